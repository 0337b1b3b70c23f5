"""What is a result? The data model that a run produces and every renderer reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = 1
VERDICTS = ("pass", "fail", "deviation", "unsupported")


@dataclass(frozen=True)
class Finding:
    """One requirement judged in one case. detail is empty on a pass, else the failure line."""

    requirement: str
    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class PlatformResult:
    """One platform check: a claim about the backend itself. verdict is pass or fail."""

    id: str
    verdict: str
    detail: str


@dataclass(frozen=True)
class CaseResult:
    """One case on one subject. verdict is the worst of the findings' (fail > deviation > unsupported > pass)."""

    id: str
    subject: str
    backend: str
    requirements: tuple[str, ...]
    flags: tuple[str, ...]
    verdict: str
    seconds: float
    detail: str
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class RequirementText:
    """What a report must know of a requirement: id, level (MUST or SHOULD), text and source."""

    id: str
    level: str
    text: str
    source: str


@dataclass
class RunInfo:
    """What a run rests on: tier, environment facts, the requirements it knows."""

    tier: str
    environment: dict[str, Any]
    requirements: list[RequirementText] = field(default_factory=list)


def worst(verdicts: list[str]) -> str:
    """The verdict of a case from those of its findings; no finding at all is a fail."""
    for verdict in ("fail", "deviation", "unsupported", "pass"):
        if verdict in verdicts:
            return verdict
    return "fail"
