"""How does a run begin? Its first process finds out what is asked of whom, and whether the platform holds."""

import argparse
import functools
import gc
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from conformance.running.plan import Plan
from conformance.running.refusals import UsageError, obeyed
from conformance.running.resume import Before, take_up
from conformance.sharing.devices import threads
from conformance.watching.link import Link
from conformance.watching.time_limit import START
from conformance.watching.watcher import ENDED, INTERNAL, INTERRUPTED, Child, Watcher, without_a_word
from reports.foreign.showing import plain
from reports.forms.terminal import STYLES, said, show_summary
from reports.keeping.collector import Collector
from reports.keeping.writer import take
from reports.model import PlatformResult, RunInfo


@dataclass(frozen=True)
class Opened:
    """A run before its first case. first: the process that has prepared it and waits to be told whether it judges.

    before: what it goes on from. started: when it began, by time.monotonic(), less the time of an interrupted run.
    """

    plan: Plan
    collector: Collector
    before: Before
    started: float
    first: Child


class Opening:
    """Hears the first process of a run, prints what it finds, and begins the report."""

    def __init__(self, options: argparse.Namespace, console: Console, watcher: Watcher) -> None:
        self._options, self._console, self._watcher = options, console, watcher
        self._before, self._started = Before(), time.monotonic()

    def of(self, suite: str, words: Sequence[str]) -> Opened | int:
        """The run, or its exit code where it is over. Raises UsageError."""
        workers = self._options.workers
        begin = functools.partial(beginning, suite, self._options, words)
        self._watcher.start("gw0", begin, threads(workers if isinstance(workers, int) else 0))
        collector, plan = None, None
        for child, kind, value in self._watcher.events():
            if kind == "no backend":
                info, why = value
                collector = self._collector(info)
                collector.platform(PlatformResult("backend", "fail", why))
            elif kind == "plan":
                plan = value
                collector = self._begun(plan)
            elif kind == "platform" and collector:
                self._platform(collector, *value)
            elif kind == "checked" and collector and plan:
                return Opened(plan, collector, self._before, self._started, child)
            elif kind == ENDED:
                code = (without_a_word(child) if child.code is None else child.code) or INTERNAL
                return close(collector, self._console, code) if collector else code
        return close(collector, self._console, INTERRUPTED) if collector else INTERRUPTED

    def _begun(self, plan: Plan) -> Collector | None:
        """The report of what is asked; None where nothing is."""
        if plan.why_nothing:
            self._console.print(said(plan.why_nothing), soft_wrap=True)
            return None
        if self._options.resume is not None:
            self._take("--resume")  # before it is read: who writes there may add to it
            self._before = take_up(self._options.resume, plan)
            self._started -= self._before.seconds
        collector = self._collector(plan.info)
        self._announce(plan)
        return collector

    def _collector(self, info: RunInfo) -> Collector:
        if self._options.resume is None:
            self._take("--report-dir")
        try:
            return Collector(self._options.report_dir, info, rows=self._before.rows, started=self._started)
        except OSError as error:
            raise self._unwritable("--report-dir", error) from error

    def _take(self, argument: str) -> None:
        """Keep others from the report's folder. Raises UsageError."""
        try:
            take(self._options.report_dir)
        except OSError as error:
            raise self._unwritable(argument, error) from error

    def _unwritable(self, argument: str, error: OSError) -> UsageError:
        return UsageError(f"{argument}: {self._options.report_dir} cannot be written: {error.strerror}")

    def _announce(self, plan: Plan) -> None:
        facts = plan.info.environment
        device = facts.get("device", "")
        where = f"{plan.options.backend} ({device})" if device else plan.options.backend
        shard = f", shard {plan.options.shard} of {plan.info.selection['items']}" if plan.options.shard else ""
        done = len(self._before.rows)
        judged = f", {done} of them judged before" if done else ""
        line = f"{', '.join(plan.subjects)} on {where}, tier {plan.info.tier}: {len(plan.asked)} cases{shard}{judged}"
        self._console.print(said(line), soft_wrap=True)
        if note := facts.get("note"):
            self._console.print(said(f"note: {note}", style=STYLES["deviation"]), soft_wrap=True)

    def _platform(self, collector: Collector, result: PlatformResult, words: str) -> None:
        collector.platform(result)
        self._console.print(platform_line(result, words), soft_wrap=True)


def platform_line(result: PlatformResult, words: str) -> Text:
    """What a platform check comes to, as a person reads it. words: what it is about."""
    line = said("platform ").append(result.verdict, style=STYLES[result.verdict])
    return line.append(plain(f" {result.id} {words} {result.detail}"), style="default")


def close(collector: Collector, console: Console, code: int | None) -> int:
    """Close the report and show it; the exit code. code: where it is known already (the run did not go its way)."""
    report = collector.finish(complete=code is None and not collector.problems)
    show_summary(report, console)
    console.print(said(f"report: {collector.directory / 'report.json'}"), soft_wrap=True)
    return code or report.exit_code


class _Console(Console):
    """A console whose reader may go: the run goes on to its verdict and its report, unseen."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def standard_output() -> Console:
    """A log has no width, so tables there get one that holds them."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", errors="replace", buffering=1)
    console = _Console(file=out, highlight=False)
    return console if console.is_terminal else _Console(file=out, highlight=False, width=160)


def beginning(suite: str, options: argparse.Namespace, words: Sequence[str], link: Link) -> int:
    link.does("start", limit=START)
    gc.disable()  # until it judges
    from conformance.running import session  # which loads kernels, as the process that watches never does

    return obeyed(functools.partial(session.begin, suite, options, words, link))
