"""Does what a subject does to its process cost that case, and nothing else? Every deed in one run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.calls.notes import Notes
from conformance.running.plugin import called_again
from tests.conformance.conftest import PARTS, Finished, command

sys.path.insert(0, str(PARTS))
from disturbing_suite import CASE, DEEDS, HARMLESS

sys.path.remove(str(PARTS))
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disturbing")
    words = ["--subject", *DEEDS, *HARMLESS, "--tier", "quick", "-k", f"{CASE} or beta/number-3"]
    line = command(folder, *words, suite="disturbing_suite:SUITE")
    ran = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return Finished(ran.returncode, ran.stdout, ran.stderr, folder)


def test_each_deed_costs_the_case_that_it_is_done_in_and_no_other(done):
    assert done.code == 1, done.out + done.err
    assert {name for name, verdict in done.verdicts.items() if verdict != "pass"} == {f"{CASE} {n}" for n in DEEDS}
    assert len(done.verdicts) == 2 * len({*DEEDS, *HARMLESS})
    assert done.report["complete"]


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_is_named(done, name):
    assert DEEDS[name][1] in done.said(CASE, name)


def test_who_bends_the_judge_gets_no_verdict(run):
    done = run("--subject", "bends", "--tier", "quick", "-k", CASE, suite="disturbing_suite:SUITE")
    assert done.code == 5, done.out
    assert not done.report["complete"]
    assert "the verdict on a planted answer is pass, needs fail" in done.out


@pytest.mark.parametrize("raised", [SystemExit(0), KeyboardInterrupt(0)])
def test_a_call_that_is_made_again_may_raise_what_it_likes(raised):
    def leave():
        raise raised

    assert f"raised {type(raised).__name__}: 0" in called_again(Notes(suspect=leave).unwritten, "for a look")
