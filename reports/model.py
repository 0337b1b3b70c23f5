"""What is a result? The data model that a run produces and every renderer reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = 1
OPTIONAL = ("launches", "lowering", "bits", "asked", "histograms", "pictures", "pairs", "expected")  # of a row's fields
VERDICTS = ("pass", "fail", "deviation", "unsupported")

# A report as read from report.json: plain JSON values, the shape of report.schema.json.
Document = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """One value as a line tells it: its bits in hex, '' where they say nothing, and as a number or word."""

    bits: str
    value: str

    def __str__(self) -> str:
        return f"{self.bits} ({self.value})" if self.bits else self.value


@dataclass(frozen=True)
class Expected:
    """What is accepted at one place: ``least`` alone, or all from it to ``most``. of: what it is, '' for an element."""

    least: Shown
    most: Shown | None = None
    of: str = ""


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
class Problem:
    """Something that went wrong with the run itself. cases: ids of those that were not judged because of it."""

    text: str
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseResult:
    """One case on one subject. verdict: the worst of the findings', fail > deviation > unsupported > pass.

    launches: what the kernels that ran did, where the backend counts it. lowering: facts of the kernels' machine code,
    where the case looked at it. bits: observable -> digest of what the subject returned for it, where arrays were
    compared; asked: the digest of the case's own arrays. histograms: observable -> how close the elements were to being
    wrong; pictures: observable -> where it is wrong. pairs: which scale bytes meet which codes in the case's arrays.
    expected: what expectation files say of the row, and what came of it. All in the shape of report.schema.json, and
    left out of a row without them.
    """

    id: str
    subject: str
    backend: str
    requirements: tuple[str, ...]
    flags: tuple[str, ...]
    verdict: str
    seconds: float
    detail: str
    findings: tuple[Finding, ...] = ()
    launches: tuple[Mapping[str, Any], ...] = ()
    lowering: tuple[Mapping[str, Any], ...] = ()
    bits: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""
    expected: tuple[Mapping[str, Any], ...] = ()
    histograms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pictures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pairs: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(
        findings: Iterable[Finding],
        *,
        id: str,  # noqa: A002 (the field's name)
        subject: str,
        backend: str,
        requirements: Iterable[str],
        flags: Iterable[str],
        seconds: float,
        launches: Iterable[Mapping[str, Any]] = (),
        lowering: Iterable[Mapping[str, Any]] = (),
        bits: Mapping[str, str] | None = None,
        asked: str = "",
        histograms: Mapping[str, Mapping[str, Any]] | None = None,
        pictures: Mapping[str, Mapping[str, Any]] | None = None,
        pairs: Mapping[str, str] | None = None,
    ) -> CaseResult:
        """The row that these findings make: the worst verdict, and the lines of all that did not pass."""
        kept = tuple(findings)
        verdict = worst([finding.verdict for finding in kept])
        lines = dict.fromkeys(finding.detail for finding in kept if finding.verdict != "pass" and finding.detail)
        detail = "\n".join(lines) if kept else "no requirement was judged"
        fixed = (tuple(requirements), tuple(flags), verdict, round(seconds, 3), detail, kept)
        return CaseResult(
            *(id, subject, backend, *fixed, tuple(launches), tuple(lowering), dict(bits or {}), asked),
            histograms=dict(histograms or {}),
            pictures=dict(pictures or {}),
            pairs=dict(pairs or {}),
        )

    def to_json(self) -> dict[str, Any]:
        row = asdict(self)
        return {name: value for name, value in row.items() if value or name not in OPTIONAL}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> CaseResult:
        """The row again from `to_json`'s values or a report's."""
        named = ("requirements", "flags", "launches", "lowering", "expected")
        lists = {name: tuple(row.get(name, ())) for name in named}
        findings = tuple(Finding(**finding) for finding in row["findings"])
        return CaseResult(**{**row, **lists, "findings": findings})


@dataclass(frozen=True)
class RequirementText:
    """What a report must know of a requirement: id, level (MUST or SHOULD), text and source.

    observable: what a check compares to prove it, by the name that a row's ``bits`` have for it; '' where not known.
    """

    id: str
    level: str
    text: str
    source: str
    observable: str = ""

    def to_json(self) -> dict[str, str]:
        """As a report has it, which says nothing of the source."""
        found = {"id": self.id, "level": self.level, "text": self.text}
        return {**found, "observable": self.observable} if self.observable else found


@dataclass
class RunInfo:
    """What a run rests on: tier, environment facts, the requirements it knows.

    selection: what is asked; coverage: what of the possible questions that covers, over all shards. Both in the shape
    of report.schema.json, and left out of a report without them.
    """

    tier: str
    environment: dict[str, Any]
    requirements: list[RequirementText] = field(default_factory=list)
    selection: dict[str, Any] = field(default_factory=dict)
    coverage: dict[str, Any] = field(default_factory=dict)


def worst(verdicts: list[str]) -> str:
    """The verdict of a case from those of its findings; no finding at all is a fail."""
    for verdict in ("fail", "deviation", "unsupported", "pass"):
        if verdict in verdicts:
            return verdict
    return "fail"
