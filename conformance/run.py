"""How does one run go? Backend, subjects, selection, platform checks, then the cases, then the report."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from rich.console import Console
from rich.text import Text

from conformance import plugin
from conformance import suite as suites
from conformance.environment import environment
from conformance.progress import Progress
from conformance.recorder import Recorder
from conformance.selection import Asked, RunOptions, load_subjects, select, why_nothing
from conformance.suite import ROOT, PlatformClaim, RunsKernels
from conformance.supervisor import INTERNAL, INTERRUPTED, MOST_DEATHS, PLATFORM, Witness
from reports.collector import Collector
from reports.model import Document, PlatformResult, RunInfo
from reports.terminal import STYLES, show_summary

PASS, FAILED, NOTHING = 0, 1, 4


class UsageError(ValueError):
    """The command asks for something that does not exist; the message names it."""


class PlatformError(RuntimeError):
    """The backend cannot run here."""


@dataclass(frozen=True)
class Prepared:
    """A run that can start: the backend is active, the subjects are loaded, the cases selected.

    why_nothing: why no case is selected, where none is.
    """

    backend: RunsKernels
    options: RunOptions
    asked: list[Asked]
    why_nothing: str = ""


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
    run = RunOptions(suite_name, options.tier, specs, backend.name, options.expression)
    try:
        subjects = load_subjects(suite, specs, lambda spec: witness.does("subject", spec))
        witness.does("start")
        asked = select(suite, run, subjects)
        return Prepared(backend, run, asked, "" if asked else why_nothing(suite, run, subjects))
    except ValueError as error:
        raise UsageError(str(error)) from error


def judge(suite_name: str, options: argparse.Namespace, argv: Sequence[str], witness: Witness) -> int:
    """Do the whole run, or what an earlier process left of it, and print it; the exit code.

    argv: the words of the command, for the report. witness: told of everything as it happens.
    """
    console = _console()
    info = RunInfo(options.tier, environment(argv), list(suites.load(suite_name).requirements()))
    try:
        prepared = prepare(suite_name, options, witness)
    except PlatformError as error:
        info.environment["backend"] = options.backend or "none"
        collector = _collector(options, info, witness)
        collector.platform(PlatformResult("backend", "fail", str(error)))
        return _finish(console, collector, PLATFORM)
    if not prepared.asked:
        console.print(Text(prepared.why_nothing), soft_wrap=True)
        return NOTHING
    info.environment.update({"backend": prepared.backend.name, **prepared.backend.describe()})
    if prepared.backend.note:
        info.environment["note"] = prepared.backend.note
    collector = _collector(options, info, witness)
    if not witness.record.resumes:
        _announce(console, prepared, info)
        if _check_platform(console, prepared.backend, collector, witness):
            return _finish(console, collector, PLATFORM)
    failed = tuple(check.id for check in collector.platform_results if check.verdict == "fail")
    run = replace(prepared.options, failed_platform=failed)
    return _judge_cases(console, collector, replace(prepared, options=run), options.workers, witness)


def _collector(options: argparse.Namespace, info: RunInfo, witness: Witness) -> Collector:
    record = witness.record
    try:
        return Collector(
            options.report_dir, info, platform=record.platform, rows=record.rows, started=record.started
        )
    except OSError as error:
        raise UsageError(f"--report-dir: {options.report_dir} cannot be written: {error.strerror}") from error


def _announce(console: Console, prepared: Prepared, info: RunInfo) -> None:
    names = ", ".join(dict.fromkeys(item.subject.name for item in prepared.asked))
    device = info.environment.get("device", "")
    where = f"{prepared.backend.name} ({device})" if device else prepared.backend.name
    console.print(Text(f"{names} on {where}, tier {info.tier}: {len(prepared.asked)} cases"), soft_wrap=True)
    if note := info.environment.get("note"):
        console.print(Text(f"note: {note}", style=STYLES["deviation"]), soft_wrap=True)


def _check_platform(console: Console, backend: RunsKernels, collector: Collector, witness: Witness) -> bool:
    """Run the backend's own checks: whether one that failed was essential."""
    stop = False
    for check in backend.platform_checks():
        witness.does("check", check.id)
        started = time.monotonic()
        holds, detail = _run_check(check)
        verdict = "pass" if holds else "fail"
        result = PlatformResult(check.id, verdict, detail)
        collector.platform(result)
        witness.platform(result)
        line = Text("platform ").append(verdict, style=STYLES[verdict])
        took = f"{time.monotonic() - started:.1f} s"
        console.print(
            line.append(f" {check.id} {check.claim} ({took}) {detail}", style="default"), soft_wrap=True
        )
        stop = stop or (check.essential and not holds)
    witness.does("cases")
    return stop


def _run_check(check: PlatformClaim) -> tuple[bool, str]:
    try:
        return check.run()
    except Exception as error:  # a platform that cannot even run its check has failed it
        return False, f"raised {type(error).__name__}: {error}"


def _judge_cases(
    console: Console, collector: Collector, prepared: Prepared, workers: int, witness: Witness
) -> int:
    progress = Progress(console, len(prepared.asked), started=witness.record.started)
    recorder = Recorder(prepared.asked, prepared.options, collector, progress, witness)
    too_many = len(witness.record.deaths) > MOST_DEATHS
    try:
        if too_many:
            recorder.close(f"not judged: {len(witness.record.deaths)} processes had died in cases before it")
            return _finish(console, collector, None, recorder.problems)
        status = pytest.main(_pytest_arguments(prepared.options, workers), plugins=[recorder])
    finally:
        progress.close()
    if status == pytest.ExitCode.INTERRUPTED:
        return _finish(console, collector, INTERRUPTED)
    recorder.close("no check judged this case")
    return _finish(console, collector, None, recorder.problems)


def _pytest_arguments(options: RunOptions, workers: int) -> list[str]:
    """pytest with the conformance plugin and nothing that the machine happens to have installed."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    arguments = ["-p", "conformance.plugin", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    arguments += [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}", "-o", "python_files=*.py"]
    if workers:
        # Work that is stolen, not dealt out one by one: neighbours share compiled kernels and a case's arrays.
        arguments += ["-p", "xdist.plugin", "-n", str(workers), "--dist", "worksteal"]
        arguments += ["--max-worker-restart", str(MOST_DEATHS)]
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, str(max(1, (os.cpu_count() or 1) // workers)))
    return [*arguments, f"{plugin.OPTION}={options.to_json()}", str(suites.load(options.suite).checks)]


def _finish(console: Console, collector: Collector, code: int | None, problems: Sequence[str] = ()) -> int:
    """Close the report and show it. code: the exit code where it is known already (the run did not go its way)."""
    document = collector.finish(complete=code is None and not problems)
    show_summary(document, console)
    for problem in problems:
        console.print(Text(f"problem of the run itself: {problem}", style=STYLES["fail"]), soft_wrap=True)
    console.print(Text(f"report: {collector.directory / 'report.json'}"), soft_wrap=True)
    return exit_code(document, problems) if code is None else code


def exit_code(document: Document, problems: Sequence[str]) -> int:
    """The exit code of a run that went to its end."""
    totals = document["totals"]
    if totals["fail"]:
        return FAILED
    if problems:
        return INTERNAL
    return PASS if totals["pass"] + totals["deviation"] else NOTHING


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


__all__ = ["PlatformError", "Prepared", "UsageError", "exit_code", "judge", "prepare"]
