"""What is a result? The data model that a run produces and every renderer reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = 3
VERDICTS = ("pass", "fail", "deviation", "unsupported", "declared")
WORST_FIRST = (*VERDICTS[1:], VERDICTS[0])
WRONG = ("fail", "deviation")  # of a MUST, of a SHOULD
UNASKED = ("unsupported", "declared")  # verdicts on what was not asked, or has no answer that counts
# Written by `to_json` though they are empty; what else is empty is left out.
_ALWAYS = frozenset({"id", "subject", "backend", "requirements", "flags", "seconds", "findings", "kind", "value"})
_LISTS = ("requirements", "flags", "launches", "lowering", "expected")  # of a row

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

    def __str__(self) -> str:
        ends = f"{self.least} to {self.most}" if self.most else str(self.least)
        return f"{self.of} {ends}" if self.of else ends


@dataclass(frozen=True)
class Place:
    """A line of a program that people have to look at. file: from the checkout on, where it lies there."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class Spot:
    """An element of a tensor. index: () for all of it."""

    tensor: str
    index: tuple[int, ...] = ()

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Spot:
        """The spot again from a report's values."""
        return Spot(values["tensor"], tuple(values.get("index", ())))


@dataclass(frozen=True)
class Lead:
    """What would explain wrong elements: something was used that belongs elsewhere.

    kind: "scale byte", or "earlier call" where it is what a call before has left. used: what, for the first of them,
    and belongs: in whose place; used is None where nothing of a tensor was. byte: the scale byte that was used.
    relation: what is used in place of what, for all of them. explained: how many wrong elements (of an earlier call:
    rows) it explains, of how many that were looked at.
    """

    kind: str
    belongs: Spot
    used: Spot | None = None
    byte: int = 0
    relation: str = ""
    explained: int = 0
    looked_at: int = 0

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Lead:
        """The lead again from a report's values."""
        spots = {name: Spot.from_json(values[name]) for name in ("belongs", "used") if name in values}
        return Lead(**{**values, **spots})


@dataclass(frozen=True)
class Cause:
    """Why a finding is no pass.

    kind: "values" that were compared differ; a "claim" does not hold; the check "raised", which may have been "out of
    device memory", "out of host memory" or "device lost"; a call went "outside" of its tensors, whether it raised or
    not; it took longer than its "time limit"; its process "died"; it was "not judged"; an "inability" is declared; ''
    where nothing but the words of an older report is known.
    words: what a claim or an exception says, how a process died, what is declared.
    observable, index, given, observed, expected, bad, total, steps: of values: what was compared, the first bad place
    (none where dtype or shape is another one), the inputs there, what was seen and what is accepted, how many are bad,
    and how many of these are how many representable values off.
    raised: the exception's type. place: where it was raised, or what took too long. limit: seconds that it had.
    after: the requirement that failed before. leads: what would explain it. hints: what else is known, in words.
    saved: a file with the example.
    """

    kind: str
    words: str = ""
    observable: str = ""
    index: tuple[int, ...] = ()
    given: str = ""
    observed: Shown | None = None
    expected: Expected | None = None
    bad: int = 0
    total: int = 0
    steps: Mapping[str, int] = field(default_factory=dict)
    raised: str = ""
    place: Place | None = None
    limit: float = 0.0
    after: str = ""
    leads: tuple[Lead, ...] = ()
    hints: tuple[str, ...] = ()
    saved: str = ""

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Cause:
        """The cause again from a report's values."""
        return Cause(**{name: _READ[name](value) if name in _READ else value for name, value in values.items()})


def _shown(values: Mapping[str, str]) -> Shown:
    return Shown(values.get("bits", ""), values["value"])


def _expected(values: Mapping[str, Any]) -> Expected:
    most = _shown(values["most"]) if "most" in values else None
    return Expected(_shown(values["least"]), most, values.get("of", ""))


_READ: Mapping[str, Callable[[Any], Any]] = {
    "index": tuple,
    "leads": lambda found: tuple(map(Lead.from_json, found)),
    "hints": tuple,
    "observed": _shown,
    "expected": _expected,
    "place": lambda values: Place(**values),
}


@dataclass(frozen=True)
class Finding:
    """One requirement judged in one case. reports.line makes its line.

    cause: why it is no pass. platform: ids of failed platform checks that explain it. rerun: the command to ask again.
    """

    requirement: str
    verdict: str
    cause: Cause | None = None
    platform: tuple[str, ...] = ()
    rerun: str = ""

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Finding:
        """The finding again from a report's values."""
        cause = Cause.from_json(values["cause"]) if "cause" in values else None
        return Finding(**{**values, "cause": cause, "platform": tuple(values.get("platform", ()))})


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
    """One case on one subject. verdict: the worst of the findings', fail > deviation > unsupported > declared > pass.

    launches: what the kernels that ran did, where the backend counts it. lowering: facts of the kernels' machine code,
    where the case looked at it. bits: observable -> digest of what the subject returned for it, where arrays were
    compared; asked: the digest of the case's own arrays. histograms: observable -> how close the elements were to being
    wrong; pictures: observable -> where it is wrong. pairs: which scale bytes meet which codes in the case's arrays.
    expected: what expectation files say of the row, and what came of it. reach: of what failed or deviates, use -> what
    of the case is outside of it, [] where the use meets it. rules: of a quantizer's bytes, scale rules other than the
    one that is asked for -> blocks whose byte is not theirs. All in the shape of report.schema.json, and left out of a
    row without them.
    """

    id: str
    subject: str
    backend: str
    requirements: tuple[str, ...]
    flags: tuple[str, ...]
    verdict: str
    seconds: float
    findings: tuple[Finding, ...] = ()
    launches: tuple[Mapping[str, Any], ...] = ()
    lowering: tuple[Mapping[str, Any], ...] = ()
    bits: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""
    expected: tuple[Mapping[str, Any], ...] = ()
    histograms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pictures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pairs: Mapping[str, str] = field(default_factory=dict)
    reach: Mapping[str, list[str]] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)

    @staticmethod
    def of(findings: Iterable[Finding], *, seconds: float, **facts: Any) -> CaseResult:
        """The row that these findings make, with the worst verdict. facts: the other fields, by their names."""
        kept = tuple(findings)
        facts |= {name: tuple(facts.get(name, ())) for name in _LISTS}
        return CaseResult(
            findings=kept, verdict=worst([finding.verdict for finding in kept]), seconds=round(seconds, 3), **facts
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self, dict_factory=lambda row: {name: value for name, value in row if value or name in _ALWAYS})

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> CaseResult:
        """The row again from `to_json`'s values or a report's."""
        lists = {name: tuple(row.get(name, ())) for name in _LISTS}
        findings = tuple(map(Finding.from_json, row["findings"]))
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
    for verdict in WORST_FIRST:
        if verdict in verdicts:
            return verdict
    return "fail"
