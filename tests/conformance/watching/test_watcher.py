"""Does only what a child told count, and is one ended that takes too long? Children that end in every way, watched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from conformance.watching import budget
from conformance.watching.watcher import ENDED, INTERNAL, INTERRUPTED, PLATFORM, USAGE, Watcher, watched
from reports.model import Cause

ENDINGS = {"exits": lambda: os._exit(0), "is-killed": lambda: os.kill(os.getpid(), signal.SIGKILL)}


def code_of(work):
    return watched(work, dies_in_case=lambda child: 1000)


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize(
    ("kind", "code"),
    [("start", INTERNAL), ("subject", USAGE), ("check", PLATFORM), ("device", PLATFORM), ("asking", INTERNAL)],
)
def test_a_child_that_ends_without_its_word_is_no_success(kind, code, end, capfd):
    def work(link):
        link.does(kind, "what")
        end()

    assert code_of(work) == code
    assert ("signal SIGKILL" if end is ENDINGS["is-killed"] else "exit code 0") in capfd.readouterr().err


@pytest.mark.parametrize(
    ("kind", "code"), [("check", PLATFORM), ("device", PLATFORM), ("subject", USAGE), ("start", INTERNAL)]
)
def test_a_child_that_takes_too_long_is_ended(kind, code, capfd):
    def work(link):
        link.does(kind, "what", 0.3)
        time.sleep(30)

    started = time.monotonic()
    assert code_of(work) == code
    assert time.monotonic() - started < 20
    assert "took longer than 0.3 s" in capfd.readouterr().err


def _ended(work):
    """The child, once it is no more."""
    with Watcher() as watcher:
        child = watcher.start("gw0", work)
        assert [kind for _, kind, _ in watcher.events() if kind == ENDED] == [ENDED]
    return child


def test_a_child_that_no_signal_reaches_is_ended():
    """Stopped, as by a debugger or a driver: it can write no frames and end itself by no means."""

    def work(link):
        link.does("case", "a/one-s", 0.3)
        os.kill(os.getpid(), signal.SIGSTOP)

    child = _ended(work)
    assert (child.hung, child.code, child.doing.name) == (Cause("time limit", limit=0.3), None, "a/one-s")
    assert child.how == "took longer than 0.3 s, so its process was ended"


def test_a_case_that_only_waits_keeps_its_time_and_one_that_computes_spends_it(monkeypatch):
    monkeypatch.setattr(budget, "WAITS", 10_000)

    def waits(link):
        link.does("case", "a/one-s", 0.2)
        time.sleep(1.2)
        return 0

    def computes(link):
        link.does("case", "a/one-s", 0.2)
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        time.sleep(600)

    assert code_of(waits) == 0
    assert _ended(computes).hung == Cause("time limit", limit=0.2)


def test_the_limit_ends_with_what_it_was_for():
    def work(link):
        link.does("case", "a/one-s", 0.3)
        link.does("start")
        time.sleep(1.5)
        return 0

    assert code_of(work) == 0


def test_the_word_counts_and_not_how_the_process_ends():
    def work(link):
        link.tell("code", 3)
        os._exit(0)

    assert code_of(work) == 3


def test_what_is_found_and_asked_comes_in_order_and_is_answered():
    def work(link):
        link.tell("row", 1)
        return link.ask("next", "a/one-s") + link.ask("next")

    heard = []
    with Watcher() as watcher:
        child = watcher.start("gw0", work, {"SEES": "d"})
        for _, kind, value in watcher.events():
            heard += [(kind, value, child.doing.name)] if kind in ("row", "next") else []
            if kind == "next":
                child.answer(20)
    assert heard == [("row", 1, ""), ("next", None, "a/one-s"), ("next", None, "")]
    assert (child.code, child.environment) == (40, {"SEES": "d"})


def test_a_child_has_its_environment_and_the_watcher_keeps_its_own():
    assert "SEES" not in os.environ
    with Watcher() as watcher:
        child = watcher.start("gw0", lambda link: int(os.environ["SEES"]), {"SEES": "7"})
        list(watcher.events())
    assert child.code == 7
    assert "SEES" not in os.environ


def test_what_a_kernel_forks_has_no_say():
    def work(link):
        if os.fork() == 0:
            link.tell("code", 0)
            time.sleep(2)  # holds the pipe open
            os._exit(0)
        os._exit(0)

    assert code_of(work) == INTERNAL


def test_who_leaves_the_watcher_leaves_nobody_behind():
    def work(link):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        link.tell("row", os.getpid())
        time.sleep(600)

    with Watcher() as watcher:
        watcher.start("gw0", work)
        pid = next(value for _, kind, value in watcher.events() if kind == "row")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_reaches_the_child_once(number, tmp_path):
    def work(link):
        try:
            time.sleep(30)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGINT)  # a terminal sends it to both: the second is for nothing
            time.sleep(0.1)
            (tmp_path / "tidied").touch()
            raise
        return 0

    before = signal.getsignal(number)
    threading.Timer(0.5, os.kill, [os.getpid(), number]).start()
    started = time.monotonic()
    assert code_of(work) == INTERRUPTED
    assert time.monotonic() - started < 10
    assert (tmp_path / "tidied").exists()
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("says", [b"", b"\x00\x00\x00\x04none"], ids=["nothing", "nonsense"])
def test_a_child_that_spoils_its_pipe_is_ended(says):
    def work(link):
        link.does("case", "a/one-s")
        pipe = link._pipe.fileno()
        os.write(pipe, says)
        os.close(pipe)
        time.sleep(600)

    started = time.monotonic()
    child = _ended(work)
    assert (child.code, child.doing.name, child.how) == (None, "a/one-s", "signal SIGKILL")
    assert time.monotonic() - started < 20
