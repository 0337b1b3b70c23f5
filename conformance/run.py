"""How does one run go? Backend, subjects, selection, platform checks, then the cases, then the report."""

from __future__ import annotations

import argparse
import os
import signal
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
from conformance.selection import Asked, RunOptions, load_subjects, select
from conformance.suite import ROOT, PlatformClaim, RunsKernels
from reports.collector import Collector
from reports.model import Document, PlatformResult, RunInfo
from reports.terminal import STYLES, show_summary

PASS, FAILED, PLATFORM, NOTHING, INTERNAL, INTERRUPTED = 0, 1, 3, 4, 5, 130


class UsageError(ValueError):
    """The command asks for something that does not exist; the message names it."""


class PlatformError(RuntimeError):
    """The backend cannot run here."""


@dataclass(frozen=True)
class Prepared:
    """A run that can start: the backend is active, the subjects are loaded, the cases selected."""

    backend: RunsKernels
    options: RunOptions
    asked: list[Asked]


def prepare(suite_name: str, options: argparse.Namespace) -> Prepared:
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
        return Prepared(backend, run, select(suite, run, load_subjects(suite, specs)))
    except ValueError as error:
        raise UsageError(str(error)) from error


def judge(suite_name: str, options: argparse.Namespace, argv: Sequence[str]) -> int:
    """Do the whole run and print it; the exit code. argv: the words of the command, for the report."""
    console = _console()
    info = RunInfo(options.tier, environment(argv), list(suites.load(suite_name).requirements()))
    try:
        prepared = prepare(suite_name, options)
    except PlatformError as error:
        info.environment["backend"] = options.backend or "none"
        collector = _collector(options, info)
        collector.platform(PlatformResult("backend", "fail", str(error)))
        return _finish(console, collector, PLATFORM)
    if not prepared.asked:
        console.print(Text(f"nothing selected: tier {options.tier}, -k {options.expression!r}"))
        return NOTHING
    info.environment.update({"backend": prepared.backend.name, **prepared.backend.describe()})
    collector = _collector(options, info)
    _announce(console, prepared, info)
    failed, essential = _check_platform(console, prepared.backend, collector)
    if essential:
        return _finish(console, collector, PLATFORM)
    run = replace(prepared.options, failed_platform=tuple(failed))
    return _judge_cases(console, collector, replace(prepared, options=run), options.workers)


def _collector(options: argparse.Namespace, info: RunInfo) -> Collector:
    try:
        return Collector(options.report_dir, info)
    except OSError as error:
        raise UsageError(f"--report-dir: {options.report_dir} cannot be written: {error.strerror}") from error


def _announce(console: Console, prepared: Prepared, info: RunInfo) -> None:
    names = ", ".join(dict.fromkeys(item.subject.name for item in prepared.asked))
    device = info.environment.get("device", "")
    where = f"{prepared.backend.name} ({device})" if device else prepared.backend.name
    console.print(Text(f"{names} on {where}, tier {info.tier}: {len(prepared.asked)} cases"), soft_wrap=True)


def _check_platform(console: Console, backend: RunsKernels, collector: Collector) -> tuple[list[str], bool]:
    """Run the backend's own checks: ids of those that failed, and whether one of them was essential."""
    failed, stop = [], False
    for check in backend.platform_checks():
        started = time.monotonic()
        holds, detail = _run_check(check)
        verdict = "pass" if holds else "fail"
        collector.platform(PlatformResult(check.id, verdict, detail))
        line = Text("platform ").append(verdict, style=STYLES[verdict])
        took = f"{time.monotonic() - started:.1f} s"
        console.print(
            line.append(f" {check.id} {check.claim} ({took}) {detail}", style="default"), soft_wrap=True
        )
        if not holds:
            failed.append(check.id)
            stop = stop or check.essential
    return failed, stop


def _run_check(check: PlatformClaim) -> tuple[bool, str]:
    try:
        return check.run()
    except Exception as error:  # a platform that cannot even run its check has failed it
        return False, f"raised {type(error).__name__}: {error}"


def _judge_cases(console: Console, collector: Collector, prepared: Prepared, workers: int) -> int:
    progress = Progress(console, len(prepared.asked))
    recorder = Recorder(prepared.asked, prepared.options, collector, progress)
    before = signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # a cancelled job still closes its report
    try:
        status = pytest.main(_pytest_arguments(prepared.options, workers), plugins=[recorder])
    finally:
        signal.signal(signal.SIGTERM, before)
        progress.close()
    if status == pytest.ExitCode.INTERRUPTED:
        return _finish(console, collector, INTERRUPTED)
    recorder.close()
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


def _console() -> Console:
    """Standard output, also while pytest captures it; a log has no width, so tables there get one that holds them."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", errors="replace", buffering=1)
    console = Console(file=out, highlight=False)
    return console if console.is_terminal else Console(file=out, highlight=False, width=160)


__all__ = ["PlatformError", "Prepared", "UsageError", "exit_code", "judge", "prepare"]
