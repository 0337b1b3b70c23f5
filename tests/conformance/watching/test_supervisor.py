"""Does only what a child told count? Children that end in every way, watched."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from conformance.watching.supervisor import INTERNAL, INTERRUPTED, PLATFORM, USAGE, supervise
from reports.model import CaseResult, Finding

ENDINGS = {"exits": lambda: os._exit(0), "is-killed": lambda: os.kill(os.getpid(), signal.SIGKILL)}


def _row(name):
    facts = {"subject": "s", "backend": "b", "requirements": ("A-01",), "flags": (), "seconds": 0.0}
    return CaseResult.of([Finding("A-01", "pass")], id=name, **facts)


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize(
    ("kind", "code"), [("start", INTERNAL), ("subject", USAGE), ("check", PLATFORM), ("cases", INTERNAL)]
)
def test_a_child_that_ends_without_its_word_is_no_success(kind, code, end, capfd):
    def work(witness):
        witness.does(kind, "what")
        end()

    assert supervise(work) == code
    assert ("signal SIGKILL" if end is ENDINGS["is-killed"] else "exit code 0") in capfd.readouterr().err


@pytest.mark.parametrize(
    ("kind", "code"), [("check", PLATFORM), ("device", PLATFORM), ("subject", USAGE), ("start", INTERNAL)]
)
def test_a_child_that_takes_too_long_is_ended(kind, code, capfd):
    def work(witness):
        witness.does(kind, "what", 0.3)
        time.sleep(30)

    started = time.monotonic()
    assert supervise(work) == code
    assert time.monotonic() - started < 20
    assert "took longer than 0.3 s" in capfd.readouterr().err


def test_the_limit_ends_with_what_it_was_for():
    def work(witness):
        witness.does("case", "a/one-s", 0.3)
        witness.does("cases")
        time.sleep(1.5)
        return 0

    assert supervise(work) == 0


def test_a_child_that_cannot_go_on_is_followed_by_another_without_a_problem():
    def work(witness):
        if witness.record.restarted:
            return 20 + len(witness.record.replaced) + len(witness.record.problems)
        witness.does("case", "a/one-s")
        witness.row(_row("a/one"))
        witness.cannot_go_on("its device broke")
        os._exit(1)

    assert supervise(work) == 21


def test_a_child_that_cannot_go_on_and_got_nowhere_is_not_followed_for_ever():
    def work(witness):
        witness.cannot_go_on("its device broke")
        os._exit(1)

    assert supervise(work) == INTERNAL


def test_the_word_counts_and_not_how_the_process_ends():
    def work(witness):
        witness.ends(3)
        os._exit(0)

    assert supervise(work) == 3


def test_each_death_in_a_case_is_told_to_the_next_child():
    def work(witness):
        left = [name for name in ("a/one", "a/two", "a/three") if f"{name}-s" not in witness.record.deaths]
        if not left:
            return 10 + len(witness.record.deaths) + len(witness.record.rows)
        witness.does("case", f"{left[0]}-s")
        os._exit(0)

    assert supervise(work) == 13


def test_a_child_that_dies_behind_a_case_again_and_again_ends_the_run():
    def work(witness):
        witness.does("case", "a/one-s")
        if not witness.record.rows:
            witness.row(_row("a/one"))
        os._exit(0)

    assert supervise(work) == INTERNAL


def test_what_a_kernel_forks_has_no_say():
    def work(witness):
        if os.fork() == 0:
            witness.ends(0)
            time.sleep(2)  # holds the pipe open
            os._exit(0)
        os._exit(0)

    assert supervise(work) == INTERNAL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_reaches_the_child_once(number):
    def work(witness):
        try:
            time.sleep(30)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGINT)  # a terminal sends it to both: the second is for nothing
            time.sleep(0.1)
            raise
        return 0

    before = signal.getsignal(number)
    threading.Timer(0.5, os.kill, [os.getpid(), number]).start()
    started = time.monotonic()
    assert supervise(work) == INTERRUPTED
    assert time.monotonic() - started < 10
    assert signal.getsignal(number) is before
