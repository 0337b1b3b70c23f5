"""What went wrong, in how many ways? Failures and deviations put together, each way with its first case.

One defect breaks requirements of many kinds, and the whole layer behind the stage that has it. So a group is not of a
requirement: it is a subject, a verdict, the stage that was asked (by itself, or the whole layer), and how it shows:
wrong values, or a promise that was broken. An error that was raised in one place, a process that hung or died, an
access outside of the tensors is one cause, whatever was asked, and so one group. What expectation files foresee is
grouped by its reason, or by the name that the reason begins with ('V1: ...'), since that says more. What a served model
meets comes first, then what has the most cases.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reports.line import told
from reports.model import WRONG, Cause, Document, Finding, Place
from reports.views import reach, rules
from reports.views.expected import because, met
from reports.views.listing import Listed
from reports.views.pictures import Picture, picture

MOST_GROUPS = 60  # each has a picture and a command; the cases of all are listed further below
MOST_CASES = 40  # of a group that are named
MOST_REASONS = 5  # of a group that was expected
LONGEST_LINE = 1500


# Families of cases, and of the family that asks stage after stage the observables, by what of the layer they ask.
WHOLE = "the whole layer"
QUANTIZATION = "quantization"
STAGES = {
    QUANTIZATION: ("quantize",),
    "the activation": ("activation", "activation-quantize", "stages activation"),
    "dequantization": ("dequantize",),
    "the alignment": ("align",),
    "the grouped GEMM": ("gemm-mx", "gemm-bf16", "stages gemm1", "stages gemm2"),
    "the sum over top-k": ("moe-sum", "stages sum"),
    WHOLE: ("moe", "expert-map", "expert-parallel", "experts-class"),
}
_STAGE = {name: stage for stage, names in STAGES.items() for name in names}
_NAME = re.compile(r"(\w{1,12}): ")
_BY_ITSELF = ("time limit", "died", "outside", "out of device memory", "out of host memory", "device lost")
_NUMBER = re.compile(r"\d+")
Key = tuple[str, str, bool, str]  # subject, verdict, whether it was expected, what makes it one group


@dataclass
class Group:
    """area: what of the layer was asked, and how it shows. stages: of the layer, that were asked. requirements: id ->
    findings.

    notes: what more is known of it, from all of the run. problem, rerun, place: of the first case's finding, the words,
    the command and where it was. follows: areas of the same subject that are wrong by themselves, of which this may be
    the consequence.
    """

    subject: str
    verdict: str
    area: str
    expected: bool
    first: Listed
    requirement: str
    problem: str
    rerun: str
    place: Place | None
    picture: Picture | None
    because: list[str]
    text: str = ""
    stages: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    follows: list[str] = field(default_factory=list)
    requirements: Counter[str] = field(default_factory=Counter)
    rows: list[Listed] = field(default_factory=list)

    @property
    def reach(self) -> str:
        """Which uses meet it, and what keeps the others from it, in words."""
        return reach.words(row.row for row in self.rows)


def groups(document: Document, rows: Iterable[Listed]) -> list[Group]:
    """The groups of a report, the weightiest first; of the same weight stages before the whole layer."""
    known = {row["id"]: row for row in document["requirements"]}
    found: dict[Key, Group] = {}
    at_place: dict[Key, Key] = {}
    for row in rows:
        for finding, expected in _wrong(row):
            about = known.get(finding.requirement, {})
            stage, area, defect, at = _of(row, finding, expected, about.get("observable", ""))
            key = (row.subject, finding.verdict, expected, defect)
            if at:  # what one place raises in several stages is the group of the first
                seen = (row.subject, finding.verdict, expected, at)
                key = key if key in found else at_place.get(seen, key)
                at_place.setdefault(seen, key)
            if key not in found:
                found[key] = _begun(row, finding, expected, area, about)
            group = found[key]
            group.because += [why for why in _because(row, finding, expected) if why not in group.because]
            group.requirements[finding.requirement] += 1
            if stage not in group.stages:
                group.stages.append(stage)
            if not group.rows or group.rows[-1] is not row:
                group.rows.append(row)
    ordered = sorted(found.values(), key=_weight)
    for group in ordered:
        if len(group.stages) > 1 and not group.expected:
            group.area = group.area.replace(group.stages[0], "several stages", 1)
        if group.area == QUANTIZATION and (rule := rules.named(document["cases"], group.subject)):
            group.notes.append(rule)
        if group.area.startswith(WHOLE) and not group.expected:
            group.follows = [
                other.area
                for other in ordered
                if (other.subject, other.expected) == (group.subject, False) and other.area in _OF_ITSELF
            ]
    return ordered


_OF_ITSELF = frozenset(STAGES) - {WHOLE}


def _weight(group: Group) -> tuple[Any, ...]:
    """Unexpected before expected, failures before deviations, what a use meets first, then what has most cases.

    Of the same weight in the order of the layer, and V2 before V10.
    """
    order = min(list(STAGES).index(stage) if stage in STAGES else len(STAGES) for stage in group.stages)
    in_order = re.sub(r"\d+", lambda number: number[0].zfill(9), group.area)
    rank = reach.rank(row.row for row in group.rows)
    verdict = WRONG.index(group.verdict)
    return group.expected, verdict, rank, -len(group.rows), order, in_order, group.because, group.subject


def _of(row: Listed, finding: Finding, expected: bool, observable: str) -> tuple[str, str, str, str]:
    """The stage that was asked, what the group is called, what makes it one group, and the place of an error.

    observable: that the requirement rests on.
    """
    cause = finding.cause or Cause("")
    observable = cause.observable or observable
    stage = _STAGE.get(row.family) or _STAGE.get(f"{row.family} {observable}") or row.family
    if expected:
        reason = _expected(row, finding)["reason"]
        named = _NAME.match(reason)
        return stage, named[1] if named else stage, named[1] if named else reason, ""
    if cause.raised or cause.kind in _BY_ITSELF:
        how = f"raised {cause.raised}" if cause.raised else cause.kind
        at = f"{how} at {cause.place.file}:{cause.place.line} {cause.place.function}" if cause.place else ""
        return stage, f"{stage}, {how}", f"{stage}, {how}", at
    area = stage if cause.kind == "values" or observable in ("", stage) else f"{stage}, {observable}"
    of_the_whole = cause.kind in ("claim", "not judged") and not cause.observable  # the same for each requirement
    return stage, area, f"{stage}, {_NUMBER.sub('0', cause.words)}" if of_the_whole else area, ""


def _expected(row: Listed, finding: Finding) -> dict[str, Any]:
    """The expectation that came true in this finding."""
    found: dict[str, Any] = next(item for item in row.row["expected"] if finding.requirement in item["met"])
    return found


def _because(row: Listed, finding: Finding, expected: bool) -> list[str]:
    return because({"expected": [_expected(row, finding)]}) if expected else []


def _begun(row: Listed, finding: Finding, expected: bool, area: str, about: Mapping[str, Any]) -> Group:
    """A group of which this is the first finding."""
    cause = finding.cause or Cause("")
    seen = picture(row.row, about.get("observable", ""), cause.observable)
    start = (row.subject, finding.verdict, area, expected, row, finding.requirement)
    problem = told(finding, row.subject, row.row["backend"]) if finding.requirement else row.first_line
    problem = problem if len(problem) <= LONGEST_LINE else problem[:LONGEST_LINE] + " ..."
    return Group(*start, problem, finding.rerun, cause.place, seen, [], about.get("text", ""))


def _wrong(row: Listed) -> Iterator[tuple[Finding, bool]]:
    """The findings of a row that are shown, and whether each was expected; what was only not judged after another comes
    with that one."""
    if not row.row["findings"] and row.verdict in WRONG:
        yield Finding("", row.verdict), False
    expected = met(row.row)
    shown = [Finding.from_json(finding) for finding in row.row["findings"] if finding["verdict"] in WRONG]
    by_name = {finding.requirement: finding for finding in shown}
    for finding in shown:
        after = finding.cause.after if finding.cause else ""
        if after in by_name and finding.requirement not in expected:
            yield replace(by_name[after], requirement=finding.requirement), False
        else:
            yield finding, finding.requirement in expected
