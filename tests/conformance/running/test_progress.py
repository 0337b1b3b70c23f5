"""Does a person see that a run goes on?"""

from __future__ import annotations

import io

from rich.console import Console

from conformance.running.progress import EVERY, Progress
from reports.model import CaseResult, Cause, Finding


def _row(verdict):
    findings = [Finding("A-01", verdict, None if verdict == "pass" else Cause("claim", "[0] is bad"))]
    facts = {"subject": "native", "backend": "b", "requirements": ("A-01",), "flags": (), "seconds": 0.0}
    return CaseResult.of(findings, id="a/one", **facts)


def _shown(terminal, *steps):
    """What is printed when the clock stands at each step's time and a case of its verdict finishes (None: none)."""
    out, now = io.StringIO(), [0.0]
    progress = Progress(Console(file=out, width=100, force_terminal=terminal), 4, clock=lambda: now[0])
    for seconds, verdict in steps:
        now[0] = seconds
        if verdict is None:
            progress.show()  # what is done each moment
        else:
            progress.finished(_row(verdict))
    progress.close()
    return out.getvalue()


def test_a_log_gets_a_line_now_and_then_and_at_the_end():
    times = (1.0, 2.0, EVERY + 1, EVERY + 2)
    lines = _shown(False, *((seconds, "pass") for seconds in times)).splitlines()
    assert lines == ["[ 75%] 3/4 cases, 11 s: 3 pass", "[100%] 4/4 cases, 12 s: 4 pass"]


def test_a_long_case_does_not_look_like_a_hang():
    lines = _shown(False, (1.0, "pass"), (EVERY + 1, None), (EVERY + 2, None), (2 * EVERY + 2, None)).splitlines()
    assert lines == ["[ 25%] 1/4 cases, 11 s: 1 pass", "[ 25%] 1/4 cases, 22 s: 1 pass"]


def test_failures_and_deviations_show_at_once():
    lines = _shown(False, (1.0, "fail"), (1.0, "deviation"), (1.0, "unsupported")).splitlines()
    assert lines == ["FAIL a/one native@b A-01: [0] is bad", "DEVIATION a/one native@b A-01: [0] is bad"]


def test_a_terminal_has_a_moving_line():
    shown = _shown(True, (1.0, "pass"), (2.0, "fail"))
    assert "FAIL" in shown
    assert "[ 25%]" in shown or "[ 50%]" in shown
