"""What went wrong, in how many ways? Failures and deviations put together, each way with its first case.

One defect breaks requirements of many kinds, and the whole layer behind the stage that has it. So a group is not of a
requirement: it is a subject, a verdict, the stage that was asked (by itself, or the whole layer), and how it shows:
wrong values, an error that was raised, or a promise that was broken. What expectation files foresee is grouped by its
reason, or by the name that the reason begins with ('V1: ...'), since that says more of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reports.model import Document
from reports.views.expected import because, met
from reports.views.listing import Listed, Listing
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
_RAISED = re.compile(r"raised (\w+)")
_NAME = re.compile(r"(\w{1,12}): ")
_UNJUDGED = "not judged after "
Key = tuple[bool, int, int, str, str, str, str]


@dataclass
class Group:
    """area: what of the layer was asked, and how it shows. requirements: id -> findings.

    problem, rerun: of the first case's finding, the words and the command. follows: areas of the same subject that are
    wrong by themselves, of which this may be the consequence.
    """

    subject: str
    verdict: str
    area: str
    expected: bool
    first: Listed
    requirement: str
    problem: str
    rerun: str
    picture: Picture | None
    because: list[str]
    text: str = ""
    follows: list[str] = field(default_factory=list)
    requirements: Counter[str] = field(default_factory=Counter)
    rows: list[Listed] = field(default_factory=list)


def groups(document: Document, listing: Listing) -> list[Group]:
    """The groups of a report: unexpected ones first, failures before deviations, stages before the whole layer."""
    known = {row["id"]: row for row in document["requirements"]}
    found: dict[Key, Group] = {}
    for row in listing.rows:
        for finding, expected in _wrong(row):
            about = known.get(finding["requirement"], {})
            key = _key(row, finding, expected, about.get("observable", ""))
            if key not in found:
                found[key] = _begun(row, finding, expected, key[-1], about)
            group = found[key]
            group.because += [why for why in _because(row, finding, expected) if why not in group.because]
            group.requirements[finding["requirement"]] += 1
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


def _key(row: Listed, finding: dict[str, Any], expected: bool, observable: str) -> Key:
    """Expected or not, verdict, stage in the order of the layer, area as it is sorted, reason, subject, area."""
    what, _ = _parts(row, finding)
    stage = (
        _STAGE.get(row.family) or _STAGE.get(f"{row.family} {_observable(row, finding) or observable}") or row.family
    )
    order = list(STAGES).index(stage) if stage in STAGES else len(STAGES)
    area, reason = stage, ""
    if expected:
        order, reason = 0, _expected(row, finding)["reason"]
        if named := _NAME.match(reason):
            area, reason = named[1], ""
    elif raised := _RAISED.match(what):
        area = f"{stage}, raised {raised[1]}"
    elif " observed " not in f" {what}" and observable:
        area = f"{stage}, {observable}"
    in_order = re.sub(r"\d+", lambda number: number[0].zfill(9), area)  # V2 before V10
    return expected, SHOWN.index(finding["verdict"]), order, in_order, reason, row.subject, area


def _observable(row: Listed, finding: dict[str, Any]) -> str:
    """That the failure line speaks of, where it is one that was compared."""
    what, _ = _parts(row, finding)
    return next((name for name in row.row.get("bits", ()) if what.startswith((f"{name}[", f"{name} "))), "")


def _expected(row: Listed, finding: dict[str, Any]) -> dict[str, Any]:
    """The expectation that came true in this finding."""
    found: dict[str, Any] = next(item for item in row.row["expected"] if finding["requirement"] in item["met"])
    return found


def _because(row: Listed, finding: dict[str, Any], expected: bool) -> list[str]:
    return because({"expected": [_expected(row, finding)]}) if expected else []


def _begun(row: Listed, finding: dict[str, Any], expected: bool, area: str, about: Mapping[str, Any]) -> Group:
    """A group of which this is the first finding."""
    name = finding["requirement"]
    seen = picture(row.row, about.get("observable", ""), finding["detail"])
    start = (row.subject, finding["verdict"], area, expected, row, name)
    return Group(*start, *_parts(row, finding), seen, [], about.get("text", ""))


def _wrong(row: Listed) -> Iterator[tuple[dict[str, Any], bool]]:
    """The findings of a row that are shown, and whether each was expected; what was only not judged after another comes
    with that one."""
    if not row.row["findings"] and row.verdict in SHOWN:
        yield {"requirement": "", "verdict": row.verdict, "detail": row.row["detail"]}, False
    expected = met(row.row)
    shown = [finding for finding in row.row["findings"] if finding["verdict"] in SHOWN]
    by_name = {finding["requirement"]: finding for finding in shown}
    for finding in shown:
        why = finding["detail"].partition(f": {_UNJUDGED}")[2].partition(" failed")[0]
        if why in by_name and finding["requirement"] not in expected:
            yield {**by_name[why], "requirement": finding["requirement"]}, False
        else:
            yield finding, finding["requirement"] in expected


def _parts(row: Listed, finding: dict[str, Any]) -> tuple[str, str]:
    """What is wrong, and the command that asks again, of a failure line."""
    what, _, rerun = finding["detail"].partition("; rerun: ")
    if what.startswith(f"{row.id} {row.subject}@"):
        what = what.partition(f" {finding['requirement']}: ")[2] or what
    return (what if len(what) <= LONGEST_LINE else what[:LONGEST_LINE] + " ..."), rerun
