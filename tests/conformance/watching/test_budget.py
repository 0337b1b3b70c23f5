"""Is a budget spent by CPU time, whoever uses it, and by waiting only in the end?"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from conformance.watching import budget, processes
from conformance.watching.budget import Budget

SPIN = "while True: pass"


@pytest.fixture
def told(monkeypatch):
    """The clock, what each process has used, and who was started, as a test sets them."""

    class Told:
        clock, used, started = 100.0, {1: 7.0}, []

    monkeypatch.setattr(budget.time, "monotonic", lambda: Told.clock)
    monkeypatch.setattr(processes, "cpu_seconds", lambda pid: Told.used.get(pid, 0.0))
    monkeypatch.setattr(processes, "descendants", lambda pid: Told.started)
    Told.used, Told.started = {1: 7.0}, []
    return Told


def test_who_is_kept_from_the_cpu_has_not_spent_it(told):
    allowed = Budget(1, 10)
    for told.clock, told.used[1], spent in [
        (109, 16, False),
        (112, 16.5, False),
        (139, 16.9, False),
        (139.9, 17.1, True),
    ]:
        assert allowed.is_spent == spent, told.clock


def test_threads_beside_each_other_do_not_spend_it_before_its_time(told):
    allowed = Budget(1, 10)
    told.clock, told.used[1] = 109, 80
    assert not allowed.is_spent
    told.clock = 110
    assert allowed.is_spent


def test_who_waits_has_four_times_as_long(told):
    allowed = Budget(1, 10)
    told.clock = 139
    assert not allowed.is_spent
    told.clock = 141
    assert allowed.is_spent


def test_what_it_started_counts_but_not_for_what_it_did_before(told):
    allowed = Budget(1, 10)
    told.clock, told.started, told.used[2] = 112, [2], 500
    assert not allowed.is_spent
    told.clock, told.used[2] = 115, 509
    assert not allowed.is_spent
    told.clock, told.started, told.used[3] = 116, [2, 3], 2
    assert allowed.is_spent


def test_the_system_is_not_asked_all_the_time(told, monkeypatch):
    looks = []
    allowed = Budget(1, 10)
    monkeypatch.setattr(processes, "descendants", lambda pid: looks.append(told.clock) or [])
    for _ in range(100):
        told.clock += 0.15
        assert not allowed.is_spent
    assert 0 < len(looks) <= 11


def test_a_real_process_that_computes_spends_and_one_that_waits_does_not():
    spinning = subprocess.Popen([sys.executable, "-c", SPIN])
    try:
        deadline = time.monotonic() + 30
        while processes.cpu_seconds(spinning.pid) < 0.2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert spinning.pid in processes.descendants(os.getpid())
    finally:
        spinning.kill()
        spinning.wait()
    assert processes.cpu_seconds(spinning.pid) == 0.0
