"""What if the process that judges ends too early? Another one watches it, and only what was told counts.

A kernel may end its process in any way: a segmentation fault, an abort, ``os._exit(0)``. So a command runs in a child
process that tells the watching one what it does and, last, the exit code. A child that ends without that word never
gives exit code 0; where it ended in a case, the next child gives the case a failing row and goes on behind it. So it
is where a case takes too long, which the watching process ends, and where a child cannot go on, as after an error that
its device does not recover from.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType
from typing import Any

from conformance.watching import processes
from conformance.watching.time_limit import too_long
from conformance.watching.whereabouts import tell_on_request, whereabouts
from reports.line import what
from reports.model import CaseResult, Cause, PlatformResult

USAGE, PLATFORM, INTERNAL, INTERRUPTED = 2, 3, 5, 130
MOST_DEATHS = 50  # processes that may die in cases; the cases left after that get failing rows unasked
POLL = 0.5  # seconds until a dead child is noticed whose own children keep its end of the pipe open


@dataclass
class Record:
    """What the children have told. It outlives them: the next child begins with a copy.

    started: time.monotonic() at the start of the command, less the seconds of an interrupted run that it goes on from.
    doing: what the child does now, as (kind, name); kinds: start, subject (is loaded), check (of the platform), device
    (is tried by a child that takes over), case, cases (between two, or in workers). deaths: case -> how its process
    ended. hangs: how many of these took too long. replaced: why each child ended that could not go on behind its case.
    problems: what went wrong with the run itself. peaks: process -> the most bytes of memory that it held. facts: what
    the first child found out of the run, for one that cannot.
    """

    started: float
    doing: tuple[str, str] = ("start", "")
    platform: list[PlatformResult] = field(default_factory=list)
    rows: list[CaseResult] = field(default_factory=list)
    deaths: dict[str, Cause] = field(default_factory=dict)
    hangs: int = 0
    replaced: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    peaks: dict[str, int] = field(default_factory=dict)
    facts: Any = None
    children: int = 0

    @property
    def restarted(self) -> bool:
        """Whether an earlier child began to judge the cases."""
        return self.children > 1


class Witness:
    """A child's side: tells the watching process, and keeps what earlier children told."""

    def __init__(self, record: Record, pipe: Connection | None = None) -> None:
        self.record, self._pipe, self._owner = record, pipe, os.getpid()

    def does(self, kind: str, name: str = "", limit: float | None = None) -> None:
        """Say what comes next, before it is done. limit: seconds after which this process is to be ended."""
        self._tell("doing", (kind, name, limit))

    def found_out(self, facts: Any) -> None:
        """Keep facts of the run for the children to come."""
        self.record.facts = facts
        self._tell("facts", facts)

    def cannot_go_on(self, why: str) -> None:
        """Say that this process is about to end and another one should go on."""
        self._tell("replaced", why)

    def platform(self, result: PlatformResult) -> None:
        self._tell("platform", result)

    def row(self, row: CaseResult) -> None:
        self._tell("row", row)

    def problem(self, text: str) -> None:
        self._tell("problem", text)

    def peak(self, process: str, size: int) -> None:
        """Say how many bytes a process has held at most, so far."""
        if size > self.record.peaks.get(process, 0):
            self.record.peaks[process] = size
            self._tell("peak", (process, size))

    def goes_on(
        self, rows: Sequence[CaseResult], problems: Sequence[str], peaks: Mapping[str, int], seconds: float
    ) -> None:
        """Take over what an interrupted run had found, as if this one had."""
        self.record.rows += rows
        self.record.problems += problems
        self.record.started -= seconds
        for row in rows:
            self.row(row)
        for text in problems:
            self.problem(text)
        for process, size in peaks.items():
            self.peak(process, size)
        self._tell("started", self.record.started)

    def ends(self, code: int) -> None:
        """Say that the work is done. Nothing counts after it."""
        self._tell("code", code)

    def _tell(self, kind: str, value: object) -> None:
        # What a kernel forks has a copy of the pipe, and no say.
        if self._pipe is not None and os.getpid() == self._owner:
            self._pipe.send((kind, value))


def supervise(work: Callable[[Witness], int]) -> int:
    """Do ``work`` in a child process, again for what is left where the child dies in a case; the exit code."""
    record = Record(time.monotonic())
    while True:
        known, replaced = len(record.rows) + len(record.deaths), len(record.replaced)
        code, how, overdue = _run_child(work, record)
        if code is not None:
            return code
        _show_cursor()
        kind, name = record.doing
        got_further = len(record.rows) + len(record.deaths) > known
        if len(record.replaced) > replaced and got_further:
            pass  # it said so itself, and its case has a row
        elif kind == "case" and name not in _judged(record):
            record.deaths[name] = overdue or Cause("died", how)
        elif kind == "case" and got_further:
            record.problems.append(f"the process that judges died behind {name}: {how}")
        else:
            return _give_up(kind, name, how)
        record.doing = ("start", "")


def _judged(record: Record) -> set[str]:
    return {f"{row.id}-{row.subject}" for row in record.rows} | record.deaths.keys()


def _run_child(work: Callable[[Witness], int], record: Record) -> tuple[int | None, str, Cause | None]:
    """The code that the child told, or None and how it ended, and that it took too long where that is why."""
    record.children += 1
    kills = processes.oom_kills()
    # Forked, not spawned: nothing heavy is imported yet, so this costs milliseconds and needs no arguments.
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    sys.stdout.flush()
    frames = Path(tempfile.gettempdir()) / f"conformance-frames-{os.getpid()}-{record.children}"
    process = fork.Process(target=_child, args=(work, record, sender, os.getpid(), frames), name="judge")
    with _passing_on(process) as told_to_stop:
        process.start()
        sender.close()
        code, overdue = _listen(receiver, process, record, frames)
        process.join()
    frames.unlink(missing_ok=True)
    if code is None and told_to_stop:
        return INTERRUPTED, "", None
    how = processes.told_with_memory(processes.ending(process.exitcode or 0), kills, processes.oom_kills())
    return code, what(overdue) if overdue else how, overdue


def _listen(
    receiver: Connection, process: ForkProcess, record: Record, frames: Path
) -> tuple[int | None, Cause | None]:
    """Keep what the child tells until it ends; the exit code that it told, if so, and why it was ended, if so.

    frames: where it writes its own when it is asked (conformance.watching.whereabouts).
    """
    code: int | None = None
    limit: float | None = None
    since = 0.0
    while True:
        if not receiver.poll(POLL):
            if limit is not None and time.monotonic() - since > limit and process.pid is not None:
                place = whereabouts(process.pid, frames)
                processes.kill_tree(process.pid)
                record.hangs += record.doing[0] == "case"
                return code, too_long(limit, place)
            if process.is_alive():
                continue
            if not receiver.poll():
                return code, None
        try:
            kind, value = receiver.recv()
        except (EOFError, OSError):
            return code, None
        if kind == "code":
            code = value
        elif kind == "doing":
            *doing, limit = value
            record.doing, since = (doing[0], doing[1]), time.monotonic()
        else:
            _keep(record, kind, value)


def _keep(record: Record, kind: str, value: Any) -> None:
    """What a child told of its results."""
    if kind == "row":
        record.rows.append(value)
    elif kind == "platform":
        record.platform.append(value)
    elif kind == "peak":
        process, size = value
        record.peaks[process] = size
    elif kind == "started":
        record.started = value
    elif kind == "facts":
        record.facts = value
    elif kind == "replaced":
        record.replaced.append(value)
    else:
        record.problems.append(value)


def _child(work: Callable[[Witness], int], record: Record, pipe: Connection, parent: int, frames: Path) -> None:
    """The child's whole life. Its own exit code tells people less than the word that it sends."""
    processes.die_with_parent()
    processes.first_to_go()
    tell_on_request(frames)
    if os.getppid() != parent:
        return
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _interrupt)
    witness = Witness(record, pipe)
    try:
        code = work(witness)
    except KeyboardInterrupt:
        code = INTERRUPTED
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    witness.ends(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """The first one stops the work; the report is then closed undisturbed."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _passing_on(process: ForkProcess) -> Iterator[list[int]]:
    """Hand SIGINT and SIGTERM to the child, which closes its report; a second SIGINT ends it. Yields what came."""
    came: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        again = number == signal.SIGINT and number in came
        came.append(number)
        if process.pid is not None and process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL if again else number)

    before = {name: signal.signal(name, pass_on) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _give_up(kind: str, name: str, how: str) -> int:
    """Say where the child ended; the exit code."""
    if kind == "subject":
        what, code = f"error: subject: {name} ended the process that loads it ({how})", USAGE
    elif kind == "device":
        what, code = f"the device cannot be used any more ({how}); this is no verdict", PLATFORM
    elif kind == "check":
        what, code = f"platform check {name} ended its process ({how}); this is no verdict", PLATFORM
    else:
        what, code = (
            f"the run itself broke: its process ended outside of any case ({how}); this is no verdict",
            INTERNAL,
        )
    print(f"python -m conformance: {what}", file=sys.stderr)
    return code


def _show_cursor() -> None:
    """The moving line of a child that died has left a terminal without one."""
    if sys.stdout.isatty():
        print("\r\x1b[?25h", end="", flush=True)
