"""Does the command refuse what it cannot do, and leave nothing behind when it is stopped?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.defects.__main__ import _chosen, _legal, _parser, main
from conformance.defects.legal import configurations, variants
from tests.conformance.defects.fakes import defect

BACKEND = "gfx950-emulated"
ROOT = Path(__file__).resolve().parents[3]
ONE = """
[[defect]]
id = "a-defect"
field = "quantize"
defect = "It is wrong."
revealed_by = "Any data."
source = "own"
[[defect.edits]]
file = "kernels/quantize.py"
anchor = "{anchor}"
replacement = "return tl.maximum((amax_bits >> 23) - 7 + round_up, 0)"
"""
ANCHOR = "return tl.maximum((amax_bits >> 23) - 8 + round_up, 0)"


@pytest.fixture
def entries(tmp_path):
    """A catalogue of one entry."""

    def write(anchor=ANCHOR):
        path = tmp_path / "entries.toml"
        path.write_text(ONE.format(anchor=anchor))
        return str(path)

    return write


def test_an_unknown_id_is_refused(tmp_path, entries, capsys):
    words = ["--only", "no-such-entry", "--out", str(tmp_path / "out"), "--catalogue", entries()]
    assert main(words) == 2
    assert "no-such-entry" in capsys.readouterr().err


def test_a_stale_anchor_is_refused_before_anything_runs(tmp_path, entries, capsys):
    words = ["--only", "a-defect", "--out", str(tmp_path / "out"), "--catalogue", entries("no such text")]
    assert main(words) == 2
    assert "no such text" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unknown_backend_is_refused(tmp_path, entries, capsys):
    assert main(["--backend", "none-such", "--out", str(tmp_path / "out"), "--catalogue", entries()]) == 2
    assert "none-such" in capsys.readouterr().err


def asked(*words):
    rows = (*configurations("gfx950-emulated"), *variants())
    return {row.id: tier for row, tier in _legal(rows, _parser().parse_args(words))}


def test_the_clean_kernels_are_asked_what_legal_variants_are():
    assert set(asked().values()) == {"quick"} and {"clean", "routes-descending", "clean-interpreter"} <= set(asked())
    assert asked("--false-alarms", "gate", "--tier", "quick")["routes-descending"] == "gate"
    assert asked("--false-alarms", "gate")["clean"] == "gate"
    assert asked("--false-alarms", "none") == {"clean": "quick"}
    assert asked("--only", "a-defect") == {}
    assert asked("--only", "routes-descending") == {"routes-descending": "quick"}


def test_entries_are_chosen_by_id_and_kind():
    entries = (defect("one"), defect("two", kind="systematic"), defect("three", not_applicable="No."))

    def chosen(*words):
        return [entry.id for entry in _chosen(entries, _parser().parse_args(words))]

    assert chosen() == ["one", "two"]
    assert chosen("--kind", "systematic") == ["two"] and chosen("--kind", "catalogue") == ["one"]
    assert chosen("--only", "one", "three") == ["one"]


def command(tmp_path, catalogue, *words):
    folder = tmp_path / "temporary"
    folder.mkdir()
    line = [sys.executable, "-m", "conformance.defects", "--only", "a-defect", "--backend", BACKEND]
    line += ["--tier", "quick", "--out", str(tmp_path / "out"), "--record", str(tmp_path / "record.json")]
    return [*line, "--catalogue", catalogue, *words], {**os.environ, "TMPDIR": str(folder)}, folder


def test_a_wrong_scale_is_killed_and_recorded_and_found_again_at_once(tmp_path, entries):
    words, environment, folder = command(tmp_path, entries(), "--write-record")
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "mutants.json").read_text())
    [row] = found["mutants"]
    assert (row["killed"], row["well_killed"], row["norm"]) == (True, True, "pass")
    assert row["requirement"].startswith("QNT-") and row["backend"] == BACKEND
    assert len(row["rel_l2"]) == 2 and not found["complete"]
    assert list(folder.iterdir()) == []

    (tmp_path / "out" / "mutants.json").unlink()
    subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=True)
    [again] = json.loads((tmp_path / "out" / "mutants.json").read_text())["mutants"]
    assert (again["case"], again["cases_run"]) == (row["case"], 1)


def test_where_no_trial_can_start_the_command_stops_with_the_reason_once(tmp_path, entries, monkeypatch, capsys):
    (tmp_path / "numpy.py").write_text("raise RuntimeError('built for another Python')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    words, _, _ = command(tmp_path, entries())
    assert main(words[3:]) == 3
    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith("error: no trial can start: ") and said.endswith("RuntimeError: built for another Python")
    assert not (tmp_path / "out" / "mutants.json").exists()


def test_a_command_that_is_stopped_leaves_nothing_behind(tmp_path, entries):
    words, environment, folder = command(tmp_path, entries())
    with subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        _wait(lambda: list(folder.glob("mutant-report-*/report.json")))
        place = next(folder.glob("mutant-*/pyproject.toml")).parent
        for _ in range(2):  # as `timeout` does: to the process, and to its group
            process.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        assert process.wait(30) == 130
    _wait(lambda: not _running_in(place))
    assert list(folder.iterdir()) == []


def test_a_command_that_is_killed_leaves_no_process_behind(tmp_path, entries):
    words, environment, folder = command(tmp_path, entries())
    with subprocess.Popen(words, cwd=ROOT, env=environment) as process:
        _wait(lambda: list(folder.glob("mutant-report-*/report.json")))
        place = next(folder.glob("mutant-*/pyproject.toml")).parent
        process.kill()
        process.wait()
    _wait(lambda: not _running_in(place))


def _running_in(place):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                found += [entry.name] if str((entry / "cwd").readlink()).startswith(str(place)) else []
            except OSError:
                continue
    return found


def _wait(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
