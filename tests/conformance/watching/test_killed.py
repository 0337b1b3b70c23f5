"""What is left of a run that was stopped? A readable report of what had finished."""

from __future__ import annotations

import signal
import time

import pytest

import reports


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_killed_run_leaves_what_had_finished(start, tmp_path, workers):
    report = _stopped(start, tmp_path, signal.SIGKILL, workers)
    assert not report["complete"]
    assert 2 <= len(report["cases"]) < 8
    assert report["totals"]["pass"] == len(report["cases"])


def test_a_terminated_run_closes_its_report(start, tmp_path):
    report = _stopped(start, tmp_path, signal.SIGTERM, "0")
    assert not report["complete"]
    assert "INCOMPLETE" in (tmp_path / "report.md").read_text()


def _stopped(start, folder, sign, workers):
    """The report of a run that got `sign` after its second case."""
    with start(folder, "--subject", "slow", "--tier", "quick", "-n", workers) as process:
        deadline = time.monotonic() + 60
        while _finished(folder) < 2:
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(sign)
        process.communicate(timeout=60)
    assert process.returncode == (130 if sign == signal.SIGTERM else -sign)
    return reports.load(folder)


def _finished(folder):
    """Cases in the report; reading it at any moment while it is written must work."""
    if not (folder / "report.json").exists():
        return 0
    return len(reports.load(folder)["cases"])
