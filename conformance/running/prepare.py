"""What does a run ask, and of whom? Backend, subjects, selection and platform checks, where kernels may be loaded."""

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.asking import expectations
from conformance.asking import suite as suites
from conformance.asking.expectations import Expectations
from conformance.asking.selection import Asked, RunOptions, load_subjects, select, why_nothing
from conformance.asking.suite import PlatformClaim, RunsKernels, SubjectUnderTest, Suite
from conformance.running.plan import Plan
from conformance.running.refusals import PlatformError, UsageError
from conformance.running.sources import code_of_subjects
from conformance.sharing.devices import how_many
from conformance.sharing.partition import of_shard
from conformance.watching.link import Link
from conformance.watching.time_limit import START
from reports.model import PlatformResult, RunInfo
from vectors.case import TIERS


@dataclass(frozen=True)
class Prepared:
    """A run that can start: the backend is active, the subjects are loaded, the cases selected.

    selected: for all shards; asked: for the one that this run is. expectations: of what comes out.
    uses: files that the command names, as a report has them. why_nothing: why no case is selected, where none is.
    left_out: how many -k leaves out of the tier's.
    """

    suite: Suite
    backend: RunsKernels
    options: RunOptions
    selected: list[Asked]
    asked: list[Asked]
    expectations: Expectations
    uses: list[dict[str, str]]
    why_nothing: str = ""
    left_out: int = 0

    def selection(self) -> dict[str, Any]:
        """What is asked, as a report has it. items: (case, subject) over all shards; asked: of this one."""
        shard = {"shard": str(self.options.shard)} if self.options.shard else {}
        replay = {"replay": self.options.replay} if self.options.replay else {}
        expected = {"expectations": found} if (found := self.expectations.to_json()) else {}
        left_out = {"left_out": self.left_out} if self.left_out else {}
        uses = {"uses": self.uses} if self.uses else {}
        return {
            "subjects": list(self.options.subjects),
            "expression": self.options.expression,
            "items": len(self.selected),
            "asked": len(self.asked),
            **shard,
            **replay,
            **expected,
            **left_out,
            **uses,
        }


def prepare(suite_name: str, options: argparse.Namespace, link: Link) -> Prepared:
    """Activate the backend, then load what may import kernels. Raises UsageError, PlatformError."""
    suite = suites.load(suite_name)
    specs = tuple(dict.fromkeys(options.subject or suite.subjects))
    backend = activated(suite_name, options.backend)
    expression = options.expression or ""
    run = RunOptions(suite_name, options.tier, specs, backend.name, expression, shard=options.shard)
    replay = str(options.replay.resolve()) if options.replay else ""
    found = str((options.report_dir / "found").resolve()) if options.report_dir else ""  # a listing has no report
    uses = tuple(str(file.resolve()) for file in options.use or ())
    run = replace(run, replay=replay, found=found, case_timeout=options.case_timeout, uses=uses)
    try:
        of_files = _files_of_uses(suite, uses)  # before anything is judged
        subjects = load_subjects(suite, specs, lambda spec: link.does("subject", spec, START))
        link.does("start", limit=START)
        selected = select(suite, run, subjects)
        expected = _expectations(suite, run, subjects, options)
        why = "" if selected else why_nothing(suite, run, subjects)
        left_out = len(select(suite, replace(run, expression=""), subjects)) - len(selected)
        return Prepared(suite, backend, run, selected, of_shard(selected, run.shard), expected, of_files, why, left_out)
    except ValueError as error:
        raise UsageError(str(error)) from error


def activated(suite: str, backend: str | None) -> RunsKernels:
    """The backend of that name, active. Raises UsageError, PlatformError."""
    try:
        return suites.active_backend(suite, backend)
    except ValueError as error:
        raise UsageError(str(error)) from error
    except RuntimeError as error:
        raise PlatformError(str(error)) from error


def plan(prepared: Prepared, options: argparse.Namespace, info: RunInfo) -> Plan:
    """What the watching process is told. Raises UsageError."""
    backend = prepared.backend
    try:
        workers = how_many(options.workers, backend.name, len(backend.devices))
    except ValueError as error:
        raise UsageError(str(error)) from error
    _describe(info, prepared)
    devices = {name: backend.environment_on(name) for name in backend.devices} if workers else {}
    subjects = tuple(dict.fromkeys(item.subject.name for item in prepared.selected))
    asked = [item.told() for item in prepared.asked]
    return Plan(info, prepared.options, subjects, asked, prepared.expectations, workers, devices, prepared.why_nothing)


def check_platform(backend: RunsKernels, link: Link) -> tuple[list[str], bool]:
    """Run the backend's own checks: ids of those that failed, and whether one of them is essential."""
    failed = []
    for check in backend.platform_checks():
        link.does("check", check.id, START)
        started = time.monotonic()
        holds, detail = _run_check(check)
        result = PlatformResult(check.id, "pass" if holds else "fail", detail)
        link.tell("platform", (result, f"{check.claim} ({time.monotonic() - started:.1f} s)"))
        failed += [] if holds else [check]
    return [check.id for check in failed], any(check.essential for check in failed)


def _run_check(check: PlatformClaim) -> tuple[bool, str]:
    try:
        return check.run()
    except Exception as error:  # a platform that cannot even run its check has failed it
        return False, f"raised {type(error).__name__}: {error}"


def _expectations(
    suite: Suite, run: RunOptions, subjects: Mapping[str, SubjectUnderTest], options: argparse.Namespace
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


def _files_of_uses(suite: Suite, files: tuple[str, ...]) -> list[dict[str, str]]:
    """Those that the command names, as a report has them. Raises ValueError for one that is none."""
    if not files:
        return []
    if suite.uses is None:
        raise ValueError("--use: has a file, needs a suite that knows what served models give")
    return suite.uses(files).to_json()


def _describe(info: RunInfo, prepared: Prepared) -> None:
    """What the verdicts rest on, and what is asked."""
    suite, backend = prepared.suite, prepared.backend
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
