"""What of an interrupted run counts? All that it had judged, where the same would be asked again in the same way."""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import reports
from conformance.asking.selection import Shard
from conformance.running.refusals import UsageError
from conformance.watching.peak_memory import FACT
from reports.keeping.same_run import differences, facts
from reports.model import CaseResult, Document, PlatformResult, RunInfo


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
    asked = document["selection"]
    shard = Shard.from_text(asked["shard"]) if "shard" in asked else None
    before = {
        "tier": document["tier"],
        "subject": asked["subjects"],
        "expression": asked["expression"],
        "backend": document["environment"]["backend"],
        "shard": shard,
        "replay": Path(asked["replay"]) if "replay" in asked else None,
    }
    files = asked.get("expectations", ())
    if options.expect is None:
        options.expect = [Path(source["file"]) for source in files if "subject" not in source]
    options.no_expectations |= not any("subject" in source for source in files)
    for name, value in before.items():
        if getattr(options, name) is None:
            setattr(options, name, value)


def take_up(folder: Path, info: RunInfo) -> Before:
    """What the run in `folder` had found. Raises ResumeError.

    info: of the run that would go on; what began when is taken over into it.
    """
    document = _load(folder)
    earlier = _facts(document["tier"], document["environment"], document["selection"])
    changed = differences(earlier, _facts(info.tier, info.environment, info.selection))
    if changed:
        raise ResumeError(f"--resume: {folder} holds another run than this one; {'; '.join(changed)}")
    environment = document["environment"]
    again = [*environment.get("resumed", []), info.environment["started"]]
    info.environment.update({"started": environment.get("started"), "resumed": again})
    peaks = environment.get(FACT, {})
    return Before(
        [CaseResult.from_json(row) for row in document["cases"]],
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
