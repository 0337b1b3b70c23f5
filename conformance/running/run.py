"""How does one run go? Backend, subjects, selection, platform checks, then the cases, then the report."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from conformance.asking import expectations
from conformance.asking import suite as suites
from conformance.asking.expectations import Expectations
from conformance.asking.selection import Asked, RunOptions, load_subjects, select, why_nothing
from conformance.asking.suite import PlatformClaim, RunsKernels, SubjectUnderTest
from conformance.running import outcome, session
from conformance.running.environment import environment
from conformance.running.progress import Progress
from conformance.running.recorder import Recorder
from conformance.running.resume import ResumeError, platform_problems, take_up
from conformance.running.sources import code_of_subjects
from conformance.sharing.partition import of_shard
from conformance.watching.supervisor import INTERRUPTED, MOST_DEATHS, PLATFORM, Witness
from conformance.watching.time_limit import MOST_HANGS, START, LimitOf, limit_of
from reports.forms.terminal import STYLES, show_summary
from reports.keeping.collector import Collector
from reports.model import PlatformResult, RunInfo
from reports.views.exit_codes import NOTHING, exit_code
from vectors.case import TIERS, Case


class UsageError(ValueError):
    """The command asks for something that does not exist; the message names it."""


class PlatformError(RuntimeError):
    """The backend cannot run here."""


@dataclass(frozen=True)
class Prepared:
    """A run that can start: the backend is active, the subjects are loaded, the cases selected.

    selected: for all shards; asked: for the one that this run is. expectations: of what comes out.
    why_nothing: why no case is selected, where none is.
    """

    backend: RunsKernels
    options: RunOptions
    selected: list[Asked]
    asked: list[Asked]
    expectations: Expectations
    why_nothing: str = ""

    def selection(self) -> dict[str, Any]:
        """What is asked, as a report has it. items: (case, subject) over all shards; asked: of this one."""
        shard = {"shard": str(self.options.shard)} if self.options.shard else {}
        replay = {"replay": self.options.replay} if self.options.replay else {}
        expected = {"expectations": found} if (found := self.expectations.to_json()) else {}
        return {
            "subjects": list(self.options.subjects),
            "expression": self.options.expression,
            "items": len(self.selected),
            "asked": len(self.asked),
            **shard,
            **replay,
            **expected,
        }


@dataclass(frozen=True)
class _Facts:
    """What a process must know of a run that cannot find it out again. names: the subjects', by what was asked for."""

    info: RunInfo
    options: RunOptions
    names: dict[str, str]
    expectations: Expectations


@dataclass(frozen=True)
class _Named:
    """A subject that is not loaded."""

    name: str
    families: tuple[str, ...] = ()
    expectations: tuple[Path, ...] = ()

    def unable(self, case_family: str, params: Any, requirements: Any, /) -> str | None:
        return None

    def asked(self, case: Case, /) -> Case:
        return case

    def contradicted(self, case: Case, /) -> Mapping[str, str]:
        return {}

    @property
    def declared(self) -> Mapping[str, Any]:
        return {}


def prepare(suite_name: str, options: argparse.Namespace, witness: Witness) -> Prepared:
    """Activate the backend, then load what may import kernels. Raises UsageError, PlatformError."""
    suite = suites.load(suite_name)
    specs = tuple(dict.fromkeys(options.subject or suite.subjects))
    try:
        backend = suites.active_backend(suite_name, options.backend)
    except ValueError as error:
        raise UsageError(str(error)) from error
    except RuntimeError as error:
        raise PlatformError(str(error)) from error
    expression = options.expression or ""
    run = RunOptions(suite_name, options.tier, specs, backend.name, expression, shard=options.shard)
    replay = str(options.replay.resolve()) if options.replay else ""
    found = str((options.report_dir / "found").resolve()) if options.report_dir else ""  # a listing has no report
    run = replace(run, replay=replay, found=found, case_timeout=options.case_timeout)
    try:
        subjects = load_subjects(suite, specs, lambda spec: witness.does("subject", spec))
        witness.does("start")
        selected = select(suite, run, subjects)
        expectations = _expectations(suite, run, subjects, options)
        why = "" if selected else why_nothing(suite, run, subjects)
        return Prepared(backend, run, selected, of_shard(selected, run.shard), expectations, why)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _expectations(
    suite: suites.Suite, run: RunOptions, subjects: Mapping[str, SubjectUnderTest], options: argparse.Namespace
) -> Expectations:
    """What this run expects. Raises ExpectationError for an entry that means no case.

    A selection by -k is part of a run: what is expected of the rest is no error there. Nor is what a larger tier asks.
    """
    defaults = {} if options.no_expectations else {s.name: s.expectations for s in subjects.values()}
    found = expectations.load(options.expect or (), defaults)
    expectations.check_known(found, suite.cases(), {row.id for row in suite.requirements()})
    if not run.expression and not run.replay:
        items = select(suite, replace(run, tier=TIERS[-1]), subjects)
        expectations.check_asked(found, [(item.case, item.subject.name) for item in items], run.backend)
    return found


def judge(suite_name: str, options: argparse.Namespace, argv: Sequence[str], witness: Witness) -> int:
    """Do the whole run, or what an earlier process left of it, and print it; the exit code.

    argv: the words of the command, for the report. witness: told of everything as it happens.
    """
    console = _console()
    info = RunInfo(options.tier, environment(argv), list(suites.load(suite_name).requirements()))
    try:
        prepared = prepare(suite_name, options, witness)
        workers = _workers(options, prepared.backend)
        if witness.record.restarted:
            _try_device(prepared.backend, witness)
    except PlatformError as error:
        if witness.record.restarted and witness.record.facts is not None:
            return _close_without_device(console, options, witness, str(error))
        if options.resume is not None:
            raise  # what the interrupted run had found stays as it is
        info.environment["backend"] = options.backend or "none"
        collector = _collector(options, info, witness)
        collector.platform(PlatformResult("backend", "fail", str(error)))
        return _finish(console, collector, PLATFORM)
    if not prepared.selected:
        console.print(Text(prepared.why_nothing), soft_wrap=True)
        return NOTHING
    _describe(info, prepared)
    before = _take_up(options, info, witness)
    names = {item.spec: item.subject.name for item in prepared.asked}
    witness.found_out(_Facts(info, prepared.options, names, prepared.expectations))
    collector = _collector(options, info, witness)
    if not witness.record.restarted:
        _announce(console, prepared, info, len(witness.record.rows))
        if _check_platform(console, prepared.backend, collector, witness):
            return _finish(console, collector, PLATFORM)
        for text in platform_problems(before, collector.platform_results):
            witness.record.problems.append(text)
            witness.problem(text)
    failed = tuple(check.id for check in collector.platform_results if check.verdict == "fail")
    run = replace(prepared.options, failed_platform=failed)
    limit = limit_of(options.case_timeout)
    return _judge_cases(console, collector, replace(prepared, options=run), workers, limit, witness)


def _workers(options: argparse.Namespace, backend: RunsKernels) -> int:
    try:
        return session.how_many(options.workers, backend)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _try_device(backend: RunsKernels, witness: Witness) -> None:
    """See that a process which takes over can use the device at all. Raises PlatformError."""
    witness.does("device", limit=START)
    why = backend.why_lost()
    witness.does("start")
    if why is not None:
        raise PlatformError(f"backend {backend.name}: {why}")


def _close_without_device(console: Console, options: argparse.Namespace, witness: Witness, why: str) -> int:
    """Close the run in a process that has no backend, from what an earlier one found out."""
    facts: _Facts = witness.record.facts
    collector = _collector(options, facts.info, witness)
    done = {f"{row.id}-{row.subject}" for row in collector.rows}
    for case in suites.load(facts.options.suite).cases():
        for spec, name in facts.names.items():
            item = Asked(case, _Named(name), spec)
            if item.name in witness.record.deaths and item.name not in done:
                row = outcome.result(item, facts.options, [], witness.record.deaths[item.name])
                collector.add(facts.expectations.on(row))
    return _device_gone(console, collector, why)


def _device_gone(console: Console, collector: Collector, why: str) -> int:
    """Close a run whose device is of no use to any process any more: the cases left say nothing of a kernel."""
    collector.platform(PlatformResult("PLT-DEVICE", "fail", f"the device is gone: {why}"))
    left = collector.info.selection["asked"] - len(collector.rows)
    line = Text("platform ").append("fail", style=STYLES["fail"])
    line.append(f" PLT-DEVICE the device is gone, {left} cases were not judged: {why}", style="default")
    console.print(line, soft_wrap=True)
    return _finish(console, collector, PLATFORM)


def _describe(info: RunInfo, prepared: Prepared) -> None:
    """What the verdicts rest on, and what is asked."""
    suite, backend = suites.load(prepared.options.suite), prepared.backend
    info.environment.update({"backend": backend.name, **backend.describe(), "code": suite.code()})
    if subjects := code_of_subjects(prepared.options.subjects):
        info.environment["code_of_subjects"] = subjects
    if declared := _declared(prepared):
        info.environment["declared"] = declared
    if backend.note:
        info.environment["note"] = backend.note
    info.selection = prepared.selection()
    info.coverage = suite.coverage(list({item.case.id: item.case for item in prepared.selected}.values()))


def _declared(prepared: Prepared) -> dict[str, dict[str, Any]]:
    """Subject -> what it declares to do otherwise than the contract, or not at all; of those that declare anything."""
    loaded = {item.subject.name: item.subject for item in prepared.selected}
    found = {name: dict(subject.declared) for name, subject in loaded.items()}
    return {name: facts for name, facts in found.items() if facts}


def _take_up(options: argparse.Namespace, info: RunInfo, witness: Witness) -> list[PlatformResult]:
    """Go on from an interrupted run, if so asked; the results of its platform checks."""
    if options.resume is None or witness.record.restarted:
        return []
    try:
        return take_up(options.resume, info, witness)
    except ResumeError as error:
        raise UsageError(str(error)) from error


def _collector(options: argparse.Namespace, info: RunInfo, witness: Witness) -> Collector:
    record = witness.record
    try:
        return Collector(options.report_dir, info, platform=record.platform, rows=record.rows, started=record.started)
    except OSError as error:
        raise UsageError(f"--report-dir: {options.report_dir} cannot be written: {error.strerror}") from error


def _announce(console: Console, prepared: Prepared, info: RunInfo, done: int) -> None:
    names = ", ".join(dict.fromkeys(item.subject.name for item in prepared.selected))
    device = info.environment.get("device", "")
    where = f"{prepared.backend.name} ({device})" if device else prepared.backend.name
    shard = f", shard {prepared.options.shard} of {len(prepared.selected)}" if prepared.options.shard else ""
    judged = f", {done} of them judged before" if done else ""
    line = f"{names} on {where}, tier {info.tier}: {len(prepared.asked)} cases{shard}{judged}"
    console.print(Text(line), soft_wrap=True)
    if note := info.environment.get("note"):
        console.print(Text(f"note: {note}", style=STYLES["deviation"]), soft_wrap=True)


def _check_platform(console: Console, backend: RunsKernels, collector: Collector, witness: Witness) -> bool:
    """Run the backend's own checks: whether one that failed was essential."""
    stop = False
    for check in backend.platform_checks():
        witness.does("check", check.id, START)
        started = time.monotonic()
        holds, detail = _run_check(check)
        verdict = "pass" if holds else "fail"
        result = PlatformResult(check.id, verdict, detail)
        collector.platform(result)
        witness.platform(result)
        line = Text("platform ").append(verdict, style=STYLES[verdict])
        took = f"{time.monotonic() - started:.1f} s"
        console.print(line.append(f" {check.id} {check.claim} ({took}) {detail}", style="default"), soft_wrap=True)
        stop = stop or (check.essential and not holds)
    witness.does("cases")
    return stop


def _run_check(check: PlatformClaim) -> tuple[bool, str]:
    try:
        return check.run()
    except Exception as error:  # a platform that cannot even run its check has failed it
        return False, f"raised {type(error).__name__}: {error}"


def _judge_cases(
    console: Console, collector: Collector, prepared: Prepared, workers: int, limit: LimitOf, witness: Witness
) -> int:
    progress = Progress(console, len(prepared.asked), started=witness.record.started)
    own = limit if not workers else None
    expected = prepared.expectations.on
    recorder = Recorder(prepared.asked, prepared.options, collector, progress, witness, expected, own)
    try:
        if enough := _enough(witness):
            recorder.close(f"not judged: {enough}")
            return _close(console, collector, recorder)
        asked, backend = prepared.asked, prepared.backend
        status, stop = session.judge(asked, prepared.options, workers, recorder, backend, limit)
    finally:
        progress.close()
    if stop is not None and stop.devices_gone:
        collector.problems = recorder.problems
        return _device_gone(console, collector, stop.why)
    if stop is not None:
        recorder.close(f"not judged: {stop.why}")
        return _close(console, collector, recorder)
    if status == pytest.ExitCode.INTERRUPTED:
        return _finish(console, collector, INTERRUPTED)
    recorder.close("no check judged this case")
    return _close(console, collector, recorder)


def _enough(witness: Witness) -> str:
    """Why no further process is to go on; '' where one is."""
    record = witness.record
    died = len(record.deaths) + len(record.replaced)
    if record.hangs >= MOST_HANGS:
        return f"{record.hangs} cases had taken too long before it"
    return f"{died} processes had died in cases before it" if died > MOST_DEATHS else ""


def _close(console: Console, collector: Collector, recorder: Recorder) -> int:
    """The end of a run that went its way."""
    collector.problems = recorder.problems
    return _finish(console, collector, None)


def _finish(console: Console, collector: Collector, code: int | None) -> int:
    """Close the report and show it. code: the exit code where it is known already (the run did not go its way)."""
    document = collector.finish(complete=code is None and not collector.problems)
    show_summary(document, console)
    console.print(Text(f"report: {collector.directory / 'report.json'}"), soft_wrap=True)
    return exit_code(document) if code is None else code


class _Console(Console):
    """A console whose reader may go: the run goes on to its verdict and its report, unseen."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def _console() -> Console:
    """Standard output, also while pytest captures it; a log has no width, so tables there get one that holds them."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", errors="replace", buffering=1)
    console = _Console(file=out, highlight=False)
    return console if console.is_terminal else _Console(file=out, highlight=False, width=160)


__all__ = ["PlatformError", "Prepared", "UsageError", "judge", "prepare"]
