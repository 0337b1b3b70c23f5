"""How does one run go? What judges is handed one case after the other, and replaced where it ends too early."""

import argparse
import functools
import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console

from conformance.asking.selection import RunOptions
from conformance.asking.suite import DEFAULT
from conformance.calls.explanation import explain
from conformance.running.opening import Opened, Opening, close, platform_line, standard_output
from conformance.running.progress import Progress
from conformance.running.recorder import Recorder
from conformance.running.refusals import RunError, obeyed
from conformance.running.resume import platform_problems
from conformance.sharing.devices import Devices, threads
from conformance.sharing.partition import Unit, partition
from conformance.sharing.scheduler import Scheduler
from conformance.watching.link import Link
from conformance.watching.time_limit import MOST_HANGS, START
from conformance.watching.watcher import ENDED, INTERRUPTED, MOMENT, PLATFORM, Child, Watcher
from reports.foreign.showing import complain
from reports.line import what
from reports.model import CaseResult, Cause, PlatformResult

MOST_DEATHS = 50  # processes that may end in cases; the cases left after that are not asked


def run(suite: str, options: argparse.Namespace, words: Sequence[str]) -> int:
    """Do the whole run and print it; the exit code. words: of the command, for the report. Raises UsageError."""
    console = standard_output()
    try:
        return _run(suite, options, words, console)
    except BrokenPipeError:
        raise
    except OSError as error:  # the disk is full, the folder is gone, there are too many processes
        go_on = f"; go on with --resume {options.report_dir}" if (options.report_dir / "report.json").exists() else ""
        raise RunError(f"{error.filename or 'the run'}: {error.strerror or error}{go_on}") from error


def _run(suite: str, options: argparse.Namespace, words: Sequence[str], console: Console) -> int:
    with Watcher() as watcher:
        opened = Opening(options, console, watcher).of(suite, words)
        if isinstance(opened, int):
            return opened
        end = Judging(opened, console, watcher).go()
        if suite == DEFAULT:  # known defects failed its cases
            opened.collector.likeness = _likeness(opened.collector.rows)
        return close(opened.collector, console, end.code)


def _likeness(rows: Sequence[CaseResult]) -> list[dict[str, Any]]:
    if not any(row.verdict == "fail" for row in rows):
        return []
    from conformance.likeness.statement import likeness  # a passing run does without

    try:
        return likeness(rows)
    except Exception as error:  # the verdict stands
        complain(f"what known defects it is like: {what(explain(error))}")
        return []


@dataclass(frozen=True)
class End:
    """How judging came to an end. code: the exit code where it did not go its way, else None.

    rest: why the cases left were not asked, as the report says it; '' where they are left to --resume.
    """

    code: int | None = None
    rest: str = ""


@dataclass
class Worker:
    """What a process that judges has said. number: of its part of the work. got: cases that it came to an end with.

    is_second: whether the one in its place before it got nowhere. lost: why it cannot use its device. replaced: why it
    cannot go on behind its case. broken: what the suite's own code raised.
    """

    number: int
    is_second: bool = False
    got: int = 0
    lost: str = ""
    replaced: str = ""
    broken: str = ""


class Judging:
    """A run from its first case to its last."""

    def __init__(self, opened: Opened, console: Console, watcher: Watcher) -> None:
        plan, self._collector, self._first = opened.plan, opened.collector, opened.first
        self._console, self._watcher, self._count = console, watcher, max(1, plan.workers)
        failed = tuple(check.id for check in self._collector.platform_results if check.verdict == "fail")
        self._options = replace(plan.options, failed_platform=failed)
        self._progress = Progress(console, len(plan.asked), started=opened.started)
        self._recorder = Recorder(replace(plan, options=self._options), opened.before, self._collector, self._progress)
        for text in platform_problems(opened.before.platform, self._collector.platform_results):
            self._recorder.problem(text)
        parts = partition(plan.asked, plan.workers) if plan.workers else [[Unit(tuple(plan.asked), 0.0)]]
        self._scheduler = Scheduler(parts, self._recorder.done)
        self._devices, self._threads = Devices(plan.devices), threads(plan.workers)
        self._workers: dict[Child, Worker] = {}
        self._deaths = self._hangs = 0
        self._rest = "no process judged it"

    def go(self) -> End:
        """Judge all that is to be judged yet."""
        try:
            self._begin()
            end = self._until_the_end()
        finally:
            self._progress.close()
        self._watcher.end_all()
        if end.rest:
            self._recorder.close(end.rest)
        self._collector.problems = self._recorder.problems
        return end

    def _begin(self) -> None:
        """Start the workers; the first process is one where its environment is what a worker has."""
        environment = self._environment("gw0")
        is_worker = environment.items() <= self._first.environment.items()
        if is_worker:
            self._workers[self._first] = Worker(0)
        else:
            self._devices.give_back("gw0")
        self._first.answer(is_worker)
        for number in range(int(is_worker), self._count):
            if self._scheduler.has_own(number):
                self._start(number)

    def _start(self, number: int, *, is_second: bool = False) -> None:
        name = f"gw{number}"
        work = functools.partial(going_on, self._options)
        self._workers[self._watcher.start(name, work, self._environment(name))] = Worker(number, is_second)

    def _environment(self, name: str) -> Mapping[str, str]:
        return {**self._threads, **self._devices.take(name)}

    def _until_the_end(self) -> End:
        for child, kind, value in self._watcher.events():
            worker = self._workers.get(child)
            if worker is None:  # it prepared the run, and is about to end
                continue
            if kind == ENDED:
                end = self._ended(child, worker)
                if end is not None:
                    return end
            else:
                self._hear(child, worker, kind, value)
        return End(INTERRUPTED) if self._watcher.interrupted else End(rest=self._rest)

    def _hear(self, child: Child, worker: Worker, kind: str, value: Any) -> None:
        match kind:
            case "next":
                child.answer(self._scheduler.next(worker.number))
            case "row":
                worker.got += 1
                self._recorder.row(value)
            case "unaskable":
                worker.got += 1
                self._recorder.unaskable(*value)
            case "problem":
                self._recorder.problem(value)
            case "peak":
                self._recorder.peak(child.name, value)
            case "lost":
                worker.lost = value
            case "replaced":
                worker.replaced = value
            case "broken":
                worker.broken = value
            case _ if kind == MOMENT:
                self._progress.show()

    def _ended(self, child: Child, worker: Worker) -> End | None:
        """What that means for the run; another process goes on with what this one had left. The run's end, if it is."""
        device, (kind, name, _) = self._devices.give_back(child.name), child.doing
        if child.code == INTERRUPTED and kind == "case" and not self._watcher.interrupted:
            child.code, child.how = None, "its case interrupted it"
        if child.code == INTERRUPTED:
            return End(INTERRUPTED)
        if worker.lost:
            self._lose(device, worker.lost)
        elif child.code == 0:
            return None
        elif kind == "case" and name not in self._recorder.done:
            self._ended_in_case(child, worker, name)
        elif worker.replaced and worker.got:
            self._deaths += 1
        elif worker.got:
            self._recorder.problem(f"the process that judges died behind {name}: {worker.broken or child.how}")
        else:
            return self._got_nowhere(child, worker, device)
        return self._replace(worker)

    def _ended_in_case(self, child: Child, worker: Worker, name: str) -> None:
        """Without a word, the case has failed; where the suite's own code broke in it, nothing is known of it."""
        if child.code is None:
            self._recorder.lost(name, child.hung or Cause("died", child.how))
        else:
            self._recorder.unaskable(name, f"the runner broke in it: {worker.broken or child.how}")
        self._deaths, self._hangs = self._deaths + 1, self._hangs + bool(child.hung)

    def _got_nowhere(self, child: Child, worker: Worker, device: str | None) -> End | None:
        """It ended before its first case: a second process may fare better; behind that one its place is empty."""
        loading = f", loading {child.doing.name}" if child.doing.kind == "subject" else ""
        why = worker.broken or child.how
        self._progress.note(f"{child.name} came to no case{loading}: {why}")
        if worker.is_second and child.doing.kind == "device":
            self._lose(device, why)
        elif worker.is_second:
            self._rest = f"no process could begin to judge it{loading}: {why}"
            return None
        return self._replace(worker, is_second=not worker.is_second)

    def _lose(self, device: str | None, why: str) -> None:
        """Nobody gets this device any more; None where that is known."""
        if device:
            self._recorder.problem(f"device {device} cannot be used any more: {why}")
        if device is not None:
            self._devices.lose(device, why)

    def _replace(self, worker: Worker, *, is_second: bool = False) -> End | None:
        """Start the next process in a worker's place where there is a use for it; the run's end where there is none."""
        if self._devices.none_left:
            return self._device_gone(self._devices.why_gone)
        if not self._scheduler.left(worker.number):
            return None
        if self._hangs >= MOST_HANGS:
            return End(rest=f"{self._hangs} cases had taken too long by then")
        if self._deaths > MOST_DEATHS:
            return End(rest=f"{self._deaths} processes had died in cases by then")
        self._start(worker.number, is_second=is_second)
        return None

    def _device_gone(self, why: str) -> End:
        """No process can use a device any more: the cases left say nothing of a kernel."""
        gone = PlatformResult("PLT-DEVICE", "fail", f"the device is gone: {why}")
        self._collector.platform(gone)
        left = self._collector.info.selection["asked"] - len(self._collector.rows)
        line = platform_line(replace(gone, detail=why), f"the device is gone, {left} cases were not judged:")
        self._console.print(line, soft_wrap=True)
        return End(PLATFORM)


def going_on(options: RunOptions, link: Link) -> int:
    def work() -> int:
        link.does("start", limit=START)
        gc.disable()  # until it judges
        from conformance.running import session  # which loads kernels, as the process that watches never does

        return session.go_on(options, link)

    return obeyed(work, broken=functools.partial(link.tell, "broken"))
