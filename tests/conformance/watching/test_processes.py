"""What does a run cost? Memory is measured, threads are shared out, and workers load nothing twice as slowly."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from conformance.watching.peak_memory import in_mib, peak_bytes
from reference import cores
from reports.line import lines
from tests.conformance.conftest import ROOT
from tests.reports.recounted import recounted


def test_the_report_has_the_peak_of_every_process(run):
    peaks = run("--subject", "right", "--tier", "quick", "-n", "2").report["environment"]["peak_memory_mib"]
    assert peaks.keys() == {"sum", "watching", "gw0", "gw1"}
    assert peaks["sum"] == peaks["watching"] + peaks["gw0"] + peaks["gw1"]
    assert all(10 < peaks[name] < 4096 for name in ("watching", "gw0", "gw1"))


def test_a_run_without_workers_has_one_process_that_judges(run):
    done = run("--subject", "right", "leaving", "--tier", "quick")
    peaks = done.report["environment"]["peak_memory_mib"]
    assert peaks.keys() == {"sum", "watching", "gw0"}, "a process that took over counts as the one it took over from"
    assert peaks["sum"] == peaks["watching"] + peaks["gw0"]
    assert "peak\\_memory\\_mib" in (done.folder / "report.md").read_text()


def test_a_resumed_run_keeps_the_larger_peak(run):
    report = run("--subject", "right", "--tier", "quick").folder / "report.json"
    document = json.loads(report.read_text())
    document["environment"]["peak_memory_mib"] = {"sum": 7000, "watching": 2000, "gw0": 5000}
    document |= {"complete": False, "cases": document["cases"][:2]}
    report.write_text(json.dumps(recounted(document)))
    assert run("--resume").report["environment"]["peak_memory_mib"] == {"sum": 7000, "watching": 2000, "gw0": 5000}


def test_the_peak_is_this_process_own_and_does_not_fall():
    take = "from conformance.watching.peak_memory import peak_bytes as peak; before = peak(); kept = b'x' * (1 << 27)\n"
    take += "held = peak(); del kept; print(before, held, peak())"
    ballast = b"x" * (1 << 28)  # what starts a process is no part of it
    words = [sys.executable, "-c", take]
    first, second, third = map(int, subprocess.check_output(words, cwd=ROOT, text=True).split())
    assert len(ballast) < peak_bytes()
    assert first < 1 << 27
    assert second - first > 0.9 * (1 << 27)
    assert third > 0.99 * second  # the kernel counts in batches


def test_peaks_are_rounded_up():
    assert in_mib({"watching": 1, "gw0": 3 << 20}) == {"sum": 4, "gw0": 3, "watching": 1}


@pytest.mark.parametrize(("workers", "share"), [(1, 1), (2, 2), (64, 64)])
def test_the_threads_of_all_workers_fit_the_cores(run, monkeypatch, workers, share):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    row = run("--subject", "threads", "-k", "alpha/one", "-n", str(workers)).row("alpha/one", "threads")
    each = max(1, cores.usable() // share)
    assert f"threads {each} {each} {each};" in lines(row)[0]


def test_a_number_of_threads_that_was_asked_for_stays(run):
    row = run("--subject", "threads", "-k", "alpha/one", "-n", "2", OMP_NUM_THREADS="7").row("alpha/one", "threads")
    assert "threads 7 " in lines(row)[0]


def test_cores_are_those_that_the_process_may_use():
    take = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    take += "from reference import cores; print(cores.usable())"
    assert subprocess.check_output([sys.executable, "-c", take], cwd=ROOT, text=True).strip() == "1"


def test_what_the_machine_has_for_pytest_does_not_come_in(run, tmp_path):
    (tmp_path / "intruder.py").write_text("raise RuntimeError('loaded')")
    environment = {"PYTEST_PLUGINS": "intruder", "PYTEST_ADDOPTS": "--no-such-option", "PYTHONPATH": str(tmp_path)}
    for workers in ("0", "1"):
        done = run("--subject", "right", "-k", "alpha/one", "-n", workers, **environment)
        assert done.code == 0, done.out + done.err


def test_pytest_rewrites_no_module_that_a_check_imports(run):
    """With every worker it would rewrite the thousand modules of torch, which takes longer than to import them."""
    done = run("--subject", "rewritten", "-k", "alpha/one", "-n", "1")
    assert done.code == 0, done.out
