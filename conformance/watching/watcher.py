"""What if a process that judges ends too early, or never? Another one watches it, and only what was told counts.

A kernel may end its process in any way: a segmentation fault, an abort, ``os._exit(0)``. So everything that may load a
kernel runs in a child of a process that loads none. A child tells what it does, what it found and, last, the exit code;
it is ended from outside where it takes too long, since nothing in a process that waits for a kernel can end it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from conformance.root import MODULE
from conformance.watching import processes
from conformance.watching.budget import Budget
from conformance.watching.frames import Frames, whereabouts
from conformance.watching.link import Doing, Link, RunStopped
from conformance.watching.time_limit import too_long
from reports.foreign.showing import complain
from reports.line import what
from reports.model import Cause

USAGE, PLATFORM, INTERNAL, INTERRUPTED = 2, 3, 5, 130
POLL = 0.5  # seconds until a dead child is noticed whose own children keep its end of the pipe open
ENDED, MOMENT = "ended", "moment"

Life = Callable[[Link], int]
Event = tuple["Child", str, Any]


class Child:
    """A process as the watching one knows it.

    environment: what it got beside the run's own. code: the exit code that it told; None where it ended without.
    how: how it ended, in words. hung: that it took too long, where that is why.
    """

    def __init__(self, name: str, life: Life, environment: Mapping[str, str], frames: Path) -> None:
        self.name, self.environment, self._frames = name, environment, frames
        self.doing, self._since = Doing(), time.monotonic()
        self._budget: Budget | None = None
        self.code: int | None = None
        self.how = ""
        self.hung: Cause | None = None
        self._kills = processes.oom_kills()
        # Forked, not spawned: nothing heavy is imported yet, so this costs milliseconds and needs no arguments.
        fork = multiprocessing.get_context("fork")
        self.pipe, theirs = fork.Pipe()
        sys.stdout.flush()
        self._process = fork.Process(target=_live, args=(life, environment, theirs, frames, os.getpid()), name=name)
        self._process.start()
        theirs.close()

    def heard(self) -> Iterator[tuple[str, Any]]:
        """What it has said; 'ended' as the last word of all."""
        try:
            while self.pipe.poll():
                kind, value = self.pipe.recv()
                if kind == "does":
                    self._begins(value)
                elif kind == "code":
                    self.code = value
                    self._begins(self.doing._replace(limit=processes.PATIENCE))  # a thread may keep it from its end
                else:
                    yield kind, value
            if self._is_overdue():
                if self.code is None:
                    self.hung = too_long(self.doing.limit or 0.0, whereabouts(self._frames))
                    self.how = what(self.hung)
                self.end()
            if self._process.is_alive() or self.pipe.poll():
                return
        except Exception:  # its end of the pipe is closed, or what writes into it is none of ours
            pass
        self.end(processes.PATIENCE)
        ending = processes.ending(self._process.exitcode or 0)
        self.how = self.how or processes.told_with_memory(ending, self._kills, processes.oom_kills())
        yield ENDED, None

    def _begins(self, doing: Doing) -> None:
        self.doing, self._since = doing, time.monotonic()
        self._budget = None
        if doing.kind == "case" and doing.limit is not None and self.code is None:
            self._budget = Budget(self._process.pid or 0, doing.limit)

    def _is_overdue(self) -> bool:
        if self._budget is not None:
            return self._budget.is_spent
        return self.doing.limit is not None and time.monotonic() - self._since > self.doing.limit

    def answer(self, value: object) -> None:
        """What it asked for; it may be gone, which is heard."""
        with contextlib.suppress(OSError):
            self.pipe.send(value)

    def interrupt(self) -> None:
        """Have it stop what it does."""
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGINT)

    def end(self, patience: float = 0.0) -> None:
        """End it and all that it started, where it has not ended by itself within so many seconds."""
        self._process.join(patience)
        if self._process.pid is not None and self._process.is_alive():
            processes.kill_tree(self._process.pid)
            self._process.join()


class Watcher:
    """Watches children until it is left, which ends those that are there.

    interrupted: whether SIGINT or SIGTERM came, which are only noted, so that a report can be closed undisturbed; a
    second SIGINT raises KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._children: list[Child] = []
        self._started = 0

    def __enter__(self) -> Watcher:
        self._folder = Path(tempfile.mkdtemp(prefix="conformance-frames-"))
        self._before = {name: signal.signal(name, self._interrupt) for name in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end_all()
        for name, handler in self._before.items():
            signal.signal(name, handler)
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, name: str, life: Life, environment: Mapping[str, str] | None = None) -> Child:
        """Do ``life`` in a child of that name, with this added to its environment."""
        self._started += 1
        child = Child(name, life, environment or {}, self._folder / str(self._started))
        self._children.append(child)
        return child

    def events(self) -> Iterator[Event]:
        """What the children say, and each moment that passes; until all have ended or the run is interrupted."""
        while self._children and not self.interrupted:
            multiprocessing.connection.wait([child.pipe for child in self._children], POLL)
            for child in tuple(self._children):
                for kind, value in child.heard():
                    if kind == ENDED:
                        self._children.remove(child)
                    yield child, kind, value
                yield child, MOMENT, None

    def end_all(self) -> None:
        """End what is left: what can unwind may tidy up behind itself."""
        for child in self._children:
            child.interrupt()
        deadline = time.monotonic() + processes.PATIENCE
        for child in self._children:
            child.end(max(0.0, deadline - time.monotonic()))
        self._children = []

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def watched(life: Life, *, dies_in_case: Callable[[Child], int]) -> int:
    """Do ``life`` in one child; its exit code. dies_in_case: the exit code where it ended in a case."""
    with Watcher() as watcher:
        watcher.start("judging", life)
        for child, kind, _ in watcher.events():
            if kind == ENDED:
                if child.code is not None:
                    return child.code
                return dies_in_case(child) if child.doing.kind == "case" else without_a_word(child)
    return INTERRUPTED


def without_a_word(child: Child) -> int:
    """Say where a child ended that is no case's; the exit code, which is never 0."""
    name, how = child.doing.name, child.how
    match child.doing.kind:
        case "subject":
            did = "kept" if child.hung else "ended"
            words, code = f"error: subject: {name} {did} the process that loads it ({how})", USAGE
        case "device":
            words, code = f"the device cannot be used any more ({how}); this is no verdict", PLATFORM
        case "check":
            words, code = f"platform check {name} ended its process ({how}); this is no verdict", PLATFORM
        case _:
            words = f"the run itself broke: its process ended outside of any case ({how}); this is no verdict"
            code = INTERNAL
    complain(f"python -m {MODULE}: {words}")
    return code


def _live(life: Life, environment: Mapping[str, str], pipe: Connection, frames: Path, parent: int) -> None:
    """A child's whole life. Its own exit code tells people less than the word that it sends."""
    processes.die_with_parent()
    processes.first_to_go()
    if os.getppid() != parent:
        return
    os.environ.update(environment)  # read by the first who asks for a device, so before anybody does
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop)
    link = Link(pipe, Frames(frames))
    try:
        code = life(link)
    except KeyboardInterrupt:
        code = INTERRUPTED
    try:
        with contextlib.suppress(ValueError):  # a subject may have closed it
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    link.tell("code", code)


def _stop(number: int, frame: FrameType | None) -> None:
    """The first one stops the work, which is then wound up undisturbed."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    raise RunStopped
