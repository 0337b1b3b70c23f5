"""What went wrong, in how many ways? Failures and deviations put together, each way with its first case.

A group is a subject, a verdict, and the family of a requirement ('QNT' of 'QNT-03'); what expectation files foresee
makes groups of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reports.expected import because, met
from reports.html.listing import Listed, Listing
from reports.html.pictures import Picture, picture
from reports.model import Document

MOST_GROUPS = 60  # each has a picture and a command; the cases of all are listed further below
MOST_CASES = 40  # of a group that are named
LONGEST_LINE = 1500
SHOWN = ("fail", "deviation")


@dataclass
class Group:
    """requirements: id -> findings. problem, rerun: of the first case's finding, the words and the command."""

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
    requirements: Counter[str] = field(default_factory=Counter)
    rows: list[Listed] = field(default_factory=list)


def groups(document: Document, listing: Listing) -> list[Group]:
    """The groups of a report: unexpected ones first, failures before deviations."""
    known = {row["id"]: row for row in document["requirements"]}
    found: dict[tuple[bool, int, str, str], Group] = {}
    for row in listing.rows:
        for finding, expected in _wrong(row):
            name = finding["requirement"]
            area = name.rpartition("-")[0] or name
            key = (expected, SHOWN.index(finding["verdict"]), row.subject, area)
            if key not in found:
                about = known.get(name, {})
                problem, rerun = _parts(row, finding)
                seen = picture(row.row, about.get("observable", ""), finding["detail"])
                reasons = because(row.row) if expected else []
                start = (row.subject, finding["verdict"], area, expected, row, name)
                found[key] = Group(*start, problem, rerun, seen, reasons, about.get("text", ""))
            group = found[key]
            group.requirements[name] += 1
            if not group.rows or group.rows[-1] is not row:
                group.rows.append(row)
    return [found[key] for key in sorted(found)]


def _wrong(row: Listed) -> Iterator[tuple[dict[str, Any], bool]]:
    """The findings of a row that are shown, and whether each was expected."""
    if not row.row["findings"] and row.verdict in SHOWN:
        yield {"requirement": "", "verdict": row.verdict, "detail": row.row["detail"]}, False
    expected = met(row.row)
    for finding in row.row["findings"]:
        if finding["verdict"] in SHOWN:
            yield finding, finding["requirement"] in expected


def _parts(row: Listed, finding: dict[str, Any]) -> tuple[str, str]:
    """What is wrong, and the command that asks again, of a failure line."""
    what, _, rerun = finding["detail"].partition("; rerun: ")
    if what.startswith(f"{row.id} {row.subject}@"):
        what = what.partition(f" {finding['requirement']}: ")[2] or what
    return (what if len(what) <= LONGEST_LINE else what[:LONGEST_LINE] + " ..."), rerun
