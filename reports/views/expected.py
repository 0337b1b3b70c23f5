"""What came as expected? Of rows that expectation files speak of: what was met, what was not, what nobody expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.model import Document

Row = Mapping[str, Any]  # of a report's cases


@dataclass
class Tally:
    """One expectation over all rows: requirements of rows that came out so, otherwise, and that could not be asked."""

    verdict: str
    reason: str
    evidence: str
    met: int = 0
    unmet: int = 0
    unjudged: int = 0


def met(row: Row) -> set[str]:
    """The requirements whose verdict in this row is an expected one."""
    return {name for item in row.get("expected", ()) for name in item["met"]}


def unexpected(row: Row, verdict: str = "fail") -> list[str]:
    """The requirements that have this verdict in this row and were not expected to; a row without findings has ''."""
    if row["verdict"] == verdict and not row["findings"]:
        return [""]
    expected = met(row)
    found = (finding["requirement"] for finding in row["findings"] if finding["verdict"] == verdict)
    return [name for name in dict.fromkeys(found) if name not in expected]


def unmet(row: Row) -> list[str]:
    """'QNT-03 is pass, expected is fail: reason (evidence)' for each expectation that did not come true in this row."""
    return [
        f"{requirement} is {came}, expected is {item['verdict']}: {item['reason']} ({item['evidence']})"
        for item in row.get("expected", ())
        for requirement, came in item["unmet"].items()
    ]


def because(row: Row) -> list[str]:
    """'expected: reason (evidence)' for each expectation that came true in this row."""
    found = (f"expected: {item['reason']} ({item['evidence']})" for item in row.get("expected", ()) if item["met"])
    return list(dict.fromkeys(found))


def tallies(document: Document) -> list[Tally]:
    """What came of each expectation, in the order of the rows."""
    found: dict[tuple[str, str, str], Tally] = {}
    for row in document["cases"]:
        for item in row.get("expected", ()):
            key = (item["verdict"], item["reason"], item["evidence"])
            tally = found.setdefault(key, Tally(*key))
            tally.met += len(item["met"])
            tally.unmet += len(item["unmet"])
            tally.unjudged += len(item["unjudged"])
    return list(found.values())
