"""What went wrong, in how many ways? Failures and deviations put together, each way with its first case.

One defect breaks requirements of many kinds, and the whole layer behind the stage that has it. So a group is not of a
requirement: it is a subject, a verdict, the stage that was asked (by itself, or the whole layer), and how it shows:
wrong values, an error that was raised, a process that hung or died, or a promise that was broken. What expectation
files foresee is grouped by its reason, or by the name that the reason begins with ('V1: ...'), since that says more.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reports.line import told
from reports.model import Cause, Document, Finding, Place
from reports.views.expected import because, met
from reports.views.listing import Listed
from reports.views.pictures import Picture, picture

MOST_GROUPS = 60  # each has a picture and a command; the cases of all are listed further below
MOST_CASES = 40  # of a group that are named
MOST_REASONS = 5  # of a group that was expected
LONGEST_LINE = 1500
SHOWN = ("fail", "deviation")


# Families of cases, and of the family that asks stage after stage the observables, by what of the layer they ask.
WHOLE = "the whole layer"
STAGES = {
    "quantization": ("quantize",),
    "the activation": ("activation", "activation-quantize", "stages activation"),
    "dequantization": ("dequantize",),
    "the alignment": ("align",),
    "the grouped GEMM": ("gemm-mx", "gemm-bf16", "stages gemm1", "stages gemm2"),
    "the sum over top-k": ("moe-sum", "stages sum"),
    WHOLE: ("moe", "expert-map", "expert-parallel", "experts-class"),
}
_STAGE = {name: stage for stage, names in STAGES.items() for name in names}
_NAME = re.compile(r"(\w{1,12}): ")
Key = tuple[bool, int, int, str, str, str, str]


@dataclass
class Group:
    """area: what of the layer was asked, and how it shows. requirements: id -> findings.

    problem, rerun, place: of the first case's finding, the words, the command and where it was. follows: areas of the
    same subject that are wrong by themselves, of which this may be the consequence.
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
    follows: list[str] = field(default_factory=list)
    requirements: Counter[str] = field(default_factory=Counter)
    rows: list[Listed] = field(default_factory=list)


def groups(document: Document, rows: Iterable[Listed]) -> list[Group]:
    """The groups of a report: unexpected ones first, failures before deviations, stages before the whole layer."""
    known = {row["id"]: row for row in document["requirements"]}
    found: dict[Key, Group] = {}
    for row in rows:
        for finding, expected in _wrong(row):
            about = known.get(finding.requirement, {})
            key = _key(row, finding, expected, about.get("observable", ""))
            if key not in found:
                found[key] = _begun(row, finding, expected, key[-1], about)
            group = found[key]
            group.because += [why for why in _because(row, finding, expected) if why not in group.because]
            group.requirements[finding.requirement] += 1
            if not group.rows or group.rows[-1] is not row:
                group.rows.append(row)
    ordered = [found[key] for key in sorted(found)]
    for group in ordered:
        if group.area.startswith(WHOLE) and not group.expected:
            group.follows = [
                other.area
                for other in ordered
                if (other.subject, other.expected) == (group.subject, False) and other.area in _OF_ITSELF
            ]
    return ordered


_OF_ITSELF = frozenset(STAGES) - {WHOLE}


def _key(row: Listed, finding: Finding, expected: bool, observable: str) -> Key:
    """Expected or not, verdict, stage in the order of the layer, area as it is sorted, reason, subject, area."""
    cause = finding.cause or Cause("")
    observable = cause.observable or observable
    stage = _STAGE.get(row.family) or _STAGE.get(f"{row.family} {observable}") or row.family
    order = list(STAGES).index(stage) if stage in STAGES else len(STAGES)
    area, reason = stage, ""
    if expected:
        order, reason = 0, _expected(row, finding)["reason"]
        if named := _NAME.match(reason):
            area, reason = named[1], ""
    elif cause.raised:
        area = f"{stage}, raised {cause.raised}"
    elif cause.kind in ("time limit", "died"):
        area = f"{stage}, {cause.kind}"
    elif cause.kind != "values" and observable not in ("", stage):
        area = f"{stage}, {observable}"
    in_order = re.sub(r"\d+", lambda number: number[0].zfill(9), area)  # V2 before V10
    return expected, SHOWN.index(finding.verdict), order, in_order, reason, row.subject, area


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
    if not row.row["findings"] and row.verdict in SHOWN:
        yield Finding("", row.verdict), False
    expected = met(row.row)
    shown = [Finding.from_json(finding) for finding in row.row["findings"] if finding["verdict"] in SHOWN]
    by_name = {finding.requirement: finding for finding in shown}
    for finding in shown:
        after = finding.cause.after if finding.cause else ""
        if after in by_name and finding.requirement not in expected:
            yield replace(by_name[after], requirement=finding.requirement), False
        else:
            yield finding, finding.requirement in expected
