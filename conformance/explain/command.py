"""How is one case explained? Backend, subject and case as a run has them, then its check, then its steps."""

import argparse
import os
import sys
from collections.abc import Callable

from rich.console import Console

from conformance.asking import suite as suites
from conformance.asking.selection import Asked, RunOptions, load_subjects
from conformance.asking.suite import DEFAULT, RunsKernels, Suite
from conformance.asking.unaskable import CannotAskError
from conformance.explain.account import Account, ask
from conformance.explain.checks import check_of
from conformance.explain.explanation import Explanation, explained
from conformance.explain.layers import layer_of
from conformance.explain.page import show
from conformance.explain.trace import run as trace_of
from conformance.running import outcome
from conformance.running.plugin import why_unable
from conformance.running.prepare import activated
from conformance.running.refusals import UsageError
from conformance.running.vectors import vector_of
from conformance.subjects.base import Subject
from conformance.watching.link import Link
from conformance.watching.time_limit import START
from conformance.watching.watcher import INTERNAL
from reports.foreign.showing import complain
from reports.model import UNASKED
from vectors.case import Case

_EXIT = {"fail": 1, **dict.fromkeys(UNASKED, 4)}  # as a run exits; 0 for other verdicts


def explain_case(
    case_id: str,
    subject: str = "native",
    backend: str | None = None,
    *,
    suite: str = DEFAULT,
    does: Callable[..., None] = lambda *doing: None,
) -> Explanation:
    """Ask one case again and tell where it departs. subject, backend: as the command line names them.

    does: is told what comes next (conformance.watching.link.Link.does).
    Raises UsageError for an unknown name or a case that is not asked of the subject, PlatformError where the backend
    cannot run here, CannotAskError where the suite itself is at fault.
    """
    parts, active = suites.load(suite), activated(suite, backend)
    try:
        found = load_subjects(parts, (subject,), lambda spec: does("subject", spec, START))[subject]
    except ValueError as error:
        raise UsageError(str(error)) from error
    does("case", case_id)
    if not isinstance(found, Subject):
        raise UsageError(f"subject: {subject} is a {type(found).__name__}, needs a conformance Subject to be explained")
    case = next((case for case in parts.cases() if case.id == case_id), None)
    if case is None or case.family not in found.families:
        raise UsageError(f"--explain: {_why_not(parts, case_id, subject)}")
    return _explained(parts, Asked(found.asked(case), found, subject), found, active)


def main(suite: str, options: argparse.Namespace, link: Link) -> int:
    """The command; the exit code, which follows the verdict as that of a run does."""
    subjects = options.subject or [suites.load(suite).subjects[0]]
    if len(subjects) > 1:
        raise UsageError(f"--explain: has {len(subjects)} subjects, needs one")
    try:
        found = explain_case(options.explain, subjects[0], options.backend, suite=suite, does=link.does)
    except CannotAskError as error:  # nothing was asked of the subject: no verdict
        complain(f"problem of the run itself: {options.explain} was not explained: {error}")
        return INTERNAL
    finally:
        link.does("start")
    # A copy of the descriptor: what kernels print and what closes early stays apart from this.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", errors="replace") as out:
        console = Console(file=out, highlight=False)
        show(found.sections, console if console.is_terminal else Console(file=out, highlight=False, width=160))
    return _EXIT.get(found.verdict, 0)


def _why_not(parts: Suite, case_id: str, subject: str) -> str:
    known = [case.id for case in parts.cases()]
    if case_id in known:
        return f"{case_id} is not asked of {subject}"
    near = [name for name in known if case_id in name][:5]
    hint = f", such as {', '.join(near)}" if near else "; --list-cases prints them"
    return f"has {case_id!r}, needs the id of one case{hint}"


def _explained(parts: Suite, asked: Asked, subject: Subject, backend: RunsKernels) -> Explanation:
    case = asked.case
    inability = why_unable(asked, backend)
    if inability is not None:
        account = Account(case, None, (), claims=(inability,))
        return explained(account, inability.verdict, subject.name, backend.name, None, None, subject.pipeline)
    failed = _failed_platform(case, backend)
    vector = vector_of(parts, case)
    account = ask(case, check_of(case.family, parts.checks), subject, backend, vector, failed)
    options = RunOptions("", case.tier, (asked.spec,), backend.name, case.id, failed_platform=failed)
    row = outcome.result(asked, options, account.findings, account.problem)
    layer = layer_of(case, vector.inputs, _rank(account))
    trace = None if layer is None else trace_of(layer, subject, backend, parts.checks, case)
    return explained(account, row.verdict, subject.name, backend.name, layer, trace, subject.pipeline)


def _failed_platform(case: Case, backend: RunsKernels) -> tuple[str, ...]:
    """The platform checks that the case needs and that fail."""
    return tuple(c.id for c in backend.platform_checks() if c.id in case.needs and not c.run()[0])


def _rank(account: Account) -> int:
    """Which rank's output is the first wrong one, in a case that asks rank by rank."""
    outputs = [c for c in account.compared if c.observable == "output"]
    return next((rank for rank, c in enumerate(outputs) if c.mismatch is not None), 0)
