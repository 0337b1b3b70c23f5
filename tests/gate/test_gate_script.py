"""Does the CI's script judge the base and the change, say what the gate says, and leave nothing behind?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import reports

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).with_name("parts") / "conformance_stand_in.py"


def _git(place, *words):
    who = {f"GIT_{role}_{fact}": "a@b" for role in ("AUTHOR", "COMMITTER") for fact in ("NAME", "EMAIL")}
    done = subprocess.run(["git", *words], cwd=place, env=os.environ | who, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _commit(place, answer, message="A commit."):
    (place / "kernels" / "answer").write_text(answer)
    _git(place, "add", "-A")
    _git(place, "commit", "-q", "--allow-empty", "-m", message)


@pytest.fixture
def checkout(tmp_path):
    """A repository with this script, our reports and a stand-in for the run; one commit, whose kernels pass."""
    place = tmp_path / "checkout"
    (place / "conformance").mkdir(parents=True)
    (place / "kernels").mkdir()
    (place / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "gate", place / ".ci" / "gate")
    shutil.copy(STAND_IN, place / "conformance" / "__main__.py")
    shutil.copytree(ROOT / "reports", place / "reports", ignore=shutil.ignore_patterns("out", "__pycache__"))
    (place / ".gitignore").write_text("reports/out/\n__pycache__/\n")
    _git(place, "init", "-q", "-b", "main")
    _commit(place, "pass a")
    _git(place, "checkout", "-q", "-b", "change")
    return place


@pytest.fixture
def gate(checkout):
    """Run the script; its exit code, output and the folder it wrote."""

    def ran(*words, **environment):
        clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "BUILDKITE")}
        done = subprocess.run(
            [str(checkout / ".ci" / "gate"), *words],
            cwd=checkout.parent,
            env=clean | {"GATE_PYTHON": sys.executable} | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr, checkout / "reports" / "out" / "gate"

    return ran


@pytest.mark.parametrize(
    ("answer", "code", "title"),
    [
        ("pass a", 0, "**GATE PASSED. SAME"),
        ("fail a", 1, "**GATE FAILED. WORSE: new failures in 1 case (A-01)"),
        ("pass b", 1, "**GATE FAILED. WORSE: other bits in 1 case"),
    ],
)
def test_the_change_is_held_against_its_base(checkout, gate, answer, code, title):
    _commit(checkout, answer)
    found, out, folder = gate("main", "--tier", "quick")
    assert found == code, out
    assert (folder / "summary.md").read_text().startswith(title)
    assert "GATE" in (folder / "comparison.html").read_text()
    kept = [reports.load(folder / name)["tier"] for name in ("base", "change")]
    assert kept == ["quick", "quick"], "both reports stay, and got the options"
    assert _git(checkout, "worktree", "list").count("\n") == 0
    assert _git(checkout, "status", "--porcelain") == ""


def test_nothing_that_kernels_print_is_a_command_to_a_runner(gate):
    _, out, _ = gate("main", GITHUB_ACTIONS="true")
    stops = re.findall(r"^::stop-commands::(\w{32})$", out, re.MULTILINE)
    assert len(set(stops)) == 2, "both runs, and nobody knows the next word"
    for word in stops:
        assert out.index(f"::stop-commands::{word}\n") < out.index(f"\n::{word}::\n"), "until they are over"


def test_what_is_not_committed_yet_is_judged_too(checkout, gate):
    (checkout / "kernels" / "answer").write_text("fail a")
    assert gate("main")[0] == 1


def test_the_base_is_where_the_change_began(checkout, gate):
    _git(checkout, "checkout", "-q", "main")
    _commit(checkout, "pass z", "Another one's.")
    _git(checkout, "checkout", "-q", "change")
    assert gate("main")[0] == 0, "what main became since is not the change's doing"


def test_a_commit_may_say_that_it_means_other_bits(checkout, gate):
    _commit(checkout, "pass b", "Tiles of 64.\n\nThey are faster.\n\nChanged-bits: a/*=tiles of 64")
    code, out, folder = gate("main")
    assert code == 0, out
    assert "declared: tiles of 64" in (folder / "summary.md").read_text()
    _commit(checkout, "fail b", "And wrong.")
    assert gate("main")[0] == 1, "which says nothing of failures"


def test_a_base_that_failed_already_does_not_stop_the_change(checkout, gate):
    _git(checkout, "checkout", "-q", "main")
    _commit(checkout, "fail a")
    _git(checkout, "checkout", "-q", "-B", "change")
    _commit(checkout, "fail a", "Nothing new.")
    assert gate("main")[0] == 0


def test_a_run_without_a_report_is_no_verdict(checkout, gate):
    _commit(checkout, "broken")
    code, out, folder = gate("main")
    assert (code, "left no report (exit code 5)" in out) == (3, True)
    assert not (folder / "summary.md").exists()
    assert _git(checkout, "worktree", "list").count("\n") == 0


def test_a_report_of_the_base_need_not_be_made_again(checkout, gate, tmp_path):
    _, _, folder = gate("main")
    shutil.move(folder / "base", tmp_path / "kept")
    _commit(checkout, "pass b")
    assert gate("main", BASE_REPORT=str(tmp_path / "kept"))[0] == 1
    assert not (folder / "base").exists()


def test_two_subjects_from_elsewhere(checkout, gate):
    for name, answer in (("old", "pass a"), ("same", "pass a"), ("new", "fail a")):
        (checkout / "kernels" / name).write_text(answer)
    assert gate("--subjects", "old", "same")[0] == 0
    code, _, folder = gate("--subjects", "old", "new", "--tier", "quick")
    assert code == 1
    assert "| a/one | old -&gt; new | A-01 |" in (folder / "summary.md").read_text()


@pytest.mark.parametrize("words", [(), ("--tier", "quick"), ("--subjects", "one"), ("no-such-commit",)])
def test_wrong_use_is_told(gate, words):
    code, out, _ = gate(*words)
    assert (code, ".ci/gate: " in out) == (2, True)


def test_the_summary_goes_where_a_ci_shows_it(checkout, gate, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "buildkite-agent").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\ncat >> {tmp_path}/said\n')
    (tools / "buildkite-agent").chmod(0o755)
    _commit(checkout, "fail a")
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    code, _, _ = gate(
        "main", PATH=path, BUILDKITE="true", GITHUB_STEP_SUMMARY=str(tmp_path / "step.md"), GATE_NAME="gate on a toy"
    )
    assert code == 1
    assert (tmp_path / "step.md").read_text().startswith("## gate on a toy\n\n**GATE FAILED.")
    said = (tmp_path / "said").read_text()
    assert said.startswith("annotate --style error --context gate on a toy\n## gate on a toy\n\n**GATE FAILED.")
