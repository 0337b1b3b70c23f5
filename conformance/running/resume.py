"""What of an interrupted run counts? All that it had judged, where the same would be asked again in the same way."""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import reports
from conformance.asking.selection import Shard
from conformance.running.plan import Plan
from conformance.running.refusals import UsageError
from conformance.watching.peak_memory import FACT
from reports.foreign.arguments import name, path
from reports.keeping.same_run import differences, facts
from reports.model import CaseResult, Document, PlatformResult


class ResumeError(UsageError):
    """The folder holds no run that this one could go on from; the message names it and why."""


@dataclass(frozen=True)
class Before:
    """What an earlier run had found. seconds: how long it took. peaks: process -> the most bytes that it held."""

    rows: list[CaseResult] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    peaks: dict[str, int] = field(default_factory=dict)
    platform: list[PlatformResult] = field(default_factory=list)
    seconds: float = 0.0


def fill_in(options: argparse.Namespace) -> None:
    """Ask for what the interrupted run asked for, where the command does not say. Raises ResumeError."""
    if options.resume.is_file():
        options.resume = options.resume.parent
    document = _load(options.resume)
    asked, files = document["selection"], document["selection"].get("expectations", ())
    try:
        before = {
            "tier": document["tier"],
            "subject": list(map(name, asked["subjects"])),
            "expression": asked["expression"],
            "backend": document["environment"]["backend"],
            "shard": Shard.from_text(asked["shard"]) if "shard" in asked else None,
            "replay": path(asked["replay"]) if "replay" in asked else None,
            "use": [path(source["file"]) for source in asked.get("uses", ())],
            "expect": [path(source["file"]) for source in files if "subject" not in source],
        }
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise ResumeError(f"--resume: {options.resume} holds no run that can go on: {error}") from error
    options.no_expectations |= not any("subject" in source for source in files)
    for option, value in before.items():
        if getattr(options, option) is None:
            setattr(options, option, value)


def take_up(folder: Path, plan: Plan) -> Before:
    """What the run in `folder` had found. Raises ResumeError.

    plan: of the run that would go on; what began when is taken over into its facts.
    """
    info = plan.info
    document = _load(folder)
    earlier = _facts(document["tier"], document["environment"], document["selection"])
    changed = differences(earlier, _facts(info.tier, info.environment, info.selection))
    if changed:
        raise ResumeError(f"--resume: {folder} holds another run than this one; {'; '.join(changed)}")
    environment = document["environment"]
    again = [*environment.get("resumed", []), info.environment["started"]]
    info.environment.update({"started": environment.get("started"), "resumed": again})
    peaks = environment.get(FACT, {})
    rows = [CaseResult.from_json(row) for row in document["cases"]]
    _check_asked(folder, plan, rows)
    return Before(
        rows,
        # A case that could not be asked has no row, and is asked again.
        [problem["text"] for problem in document.get("problems", ()) if not problem["cases"]],
        {name: size << 20 for name, size in peaks.items() if name != "sum"},
        [PlatformResult(**check) for check in document["platform_checks"]],
        document["seconds"],
    )


def platform_problems(before: Iterable[PlatformResult], now: Iterable[PlatformResult]) -> list[str]:
    """Where the platform is not what it was when the earlier cases were judged."""
    verdicts = {check.id: check.verdict for check in now}
    return [
        f"platform check {check.id}: {check.verdict} before the run was interrupted, {verdicts[check.id]} now"
        for check in before
        if verdicts.get(check.id, check.verdict) != check.verdict
    ]


def _check_asked(folder: Path, plan: Plan, rows: Iterable[CaseResult]) -> None:
    """Raise ResumeError where the run of this plan could not have written these rows."""
    asked, known = {item.name for item in plan.asked}, {row.id for row in plan.info.requirements}
    for row in rows:
        named = {*row.requirements, *(finding.requirement for finding in row.findings)}
        if f"{row.id}-{row.subject}" not in asked or not named <= known:
            raise ResumeError(f"--resume: {folder} has a row of {row.id} {row.subject}, which this run does not ask so")


def _load(folder: Path) -> Document:
    try:
        document = reports.load(folder)
    except reports.ReportError as error:
        raise ResumeError(f"--resume: {error}") from error
    if "selection" not in document:
        raise ResumeError(f"--resume: {folder} does not say what was asked: the run had not begun")
    return document


def _facts(tier: str, environment: Document, selection: Document) -> Document:
    """What must be the same; unlike for a merge, the shard too."""
    return facts(tier, environment, selection) | {"shard": selection.get("shard")}
