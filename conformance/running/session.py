"""How does a process judge? The first one prepares the run; each has pytest with our plugin alone run its checks."""

import argparse
import gc
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.asking import suite as suites
from conformance.asking.selection import RunOptions, load_subjects, select
from conformance.calls import host
from conformance.calls.explanation import explain
from conformance.root import TOP
from conformance.running.environment import environment
from conformance.running.plugin import Checks
from conformance.running.prepare import check_platform, plan, prepare
from conformance.running.refusals import PlatformError
from conformance.sharing.partition import of_shard
from conformance.watching.link import Link
from conformance.watching.time_limit import START
from conformance.watching.watcher import PLATFORM
from reports.line import what
from reports.model import RunInfo
from reports.views.exit_codes import NOTHING

_LIBRARIES = ("torch", "triton")  # which nobody installs over a host's
_ALLOCATIONS = 10_000  # between two collections, which with Python's 700 take 6 to 9 % of a run


def begin(suite: str, options: argparse.Namespace, words: Sequence[str], link: Link) -> int:
    """Find out what is to be judged and tell it, then judge where this process is as good as any other one."""
    for library in _LIBRARIES if suite == suites.DEFAULT else ():
        if importlib.util.find_spec(library) is None:
            raise PlatformError(
                f"{library}: is not installed here, needs to be; the extra `device` has the tested pair"
            )
    info = RunInfo(options.tier, environment(words), list(suites.load(suite).requirements()))
    try:
        prepared = prepare(suite, options, link)
    except PlatformError as error:
        if options.resume is not None:
            raise  # what the interrupted run had found stays as it is
        info.environment["backend"] = options.backend or "none"
        link.tell("no backend", (info, str(error)))
        return PLATFORM
    link.tell("plan", plan(prepared, options, info))
    if not prepared.selected:
        return NOTHING
    failed, is_essential = check_platform(prepared.backend, link)
    if is_essential:
        return PLATFORM
    if not link.ask("checked"):
        return 0
    run = replace(prepared.options, failed_platform=tuple(failed))
    return _judge(Checks(prepared.suite, prepared.backend, run, prepared.asked, link))


def go_on(options: RunOptions, link: Link) -> int:
    """Judge what an earlier process has prepared."""
    link.does("device", limit=START)
    try:
        backend = suites.active_backend(options.suite, options.backend)
        why = backend.why_lost()
    except Exception as error:
        why = what(explain(error))
    if why is not None:  # nothing that this process would judge says anything of a kernel
        link.tell("lost", why)
        return 0
    link.does("start", limit=START)
    suite = suites.load(options.suite)
    subjects = load_subjects(suite, options.subjects, lambda spec: link.does("subject", spec, START))
    link.does("start", limit=START)
    asked = of_shard(select(suite, options, subjects), options.shard)
    return _judge(Checks(suite, backend, options, asked, link))


def _judge(checks: Checks) -> int:
    """Judge until nothing is left; the exit code, which pytest's own does not tell."""
    # No case is asked yet, so threads that torch shares work with, which this starts, have what this process had.
    if words := host.of_this_thread() or ("torch" in sys.modules and host.of_shared_threads()):
        raise PlatformError(f"the arithmetic of the host is none to judge by: {words}")
    gc.freeze()  # what has been loaded stays: collections, the one at the end too, need not look at it again
    gc.set_threshold(_ALLOCATIONS)
    gc.enable()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    # Plain asserts: pytest would else rewrite every module that is imported.
    arguments = ["-p", "no:cacheprovider", "--assert=plain", f"--rootdir={TOP}"]
    # Of what threads and garbage raise, pytest would blame the case that is asked by then. Python itself prints it.
    arguments += ["-p", "no:threadexception", "-p", "no:unraisableexception"]
    arguments += ["-p", "no:logging"]  # nobody looks at what a case logs, and to catch it costs each a millisecond
    arguments += [f"--config-file={os.devnull}", "--import-mode=importlib", "--strict-markers"]
    arguments += ["-o", "python_files=*.py", str(checks.folder)]
    pytest.main(arguments, plugins=[checks])
    return checks.code
