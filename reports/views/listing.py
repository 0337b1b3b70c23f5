"""Where on the page is each case? Rows in one order, each with an anchor, by family and by requirement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from reports.line import lines
from reports.model import VERDICTS, Document
from reports.views.expected import Row, met, unmet
from reports.views.tables import subjects

MOST_SLOW = 20


@dataclass(frozen=True)
class Listed:
    """One row of the report. anchor: the page's name for its place; family: the first part of its id."""

    anchor: str
    row: Row

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def subject(self) -> str:
        return str(self.row["subject"])

    @property
    def verdict(self) -> str:
        return str(self.row["verdict"])

    @property
    def family(self) -> str:
        return self.id.partition("/")[0]

    @property
    def first_line(self) -> str:
        """Of what is wrong; '' where nothing is."""
        return next(iter(lines(self.row)), "")

    @property
    def remark(self) -> str:
        """What expectations have to do with the verdict."""
        if unmet(self.row):
            return "not as expected"
        return "as expected" if met(self.row) else ""


@dataclass(frozen=True)
class Listing:
    """All rows, by subject and id: parallel runs finish in any order and still look the same."""

    document: Document
    rows: tuple[Listed, ...]

    @cached_property
    def families(self) -> dict[str, dict[str, list[Listed]]]:
        """Subject -> family -> its rows."""
        found: dict[str, dict[str, list[Listed]]] = {name: {} for name in subjects(self.document)}
        for row in self.rows:
            found[row.subject].setdefault(row.family, []).append(row)
        return found

    @cached_property
    def judging(self) -> dict[str, dict[str, dict[str, list[Listed]]]]:
        """Requirement -> subject -> verdict -> the rows with such a finding; verdicts from the worst on."""
        found: dict[str, dict[str, dict[str, list[Listed]]]] = {}
        for row in self.rows:
            for finding in row.row["findings"]:
                of_subject = found.setdefault(finding["requirement"], {}).setdefault(
                    row.subject, {verdict: [] for verdict in (*VERDICTS[1:], VERDICTS[0])}
                )
                of_subject[finding["verdict"]].append(row)
        return found

    @cached_property
    def slowest(self) -> list[Listed]:
        """The rows that took longest."""
        return sorted(self.rows, key=lambda row: -row.row["seconds"])[:MOST_SLOW]

    def counts(self, rows: list[Listed]) -> dict[str, int]:
        """Verdict -> rows."""
        found = dict.fromkeys(VERDICTS, 0)
        for row in rows:
            found[row.verdict] += 1
        return found


def listed(document: Document) -> Listing:
    """The rows of a report, each with its place."""
    rows = sorted(document["cases"], key=lambda row: (row["subject"], row["id"]))
    return Listing(document, tuple(Listed(f"case-{number}", row) for number, row in enumerate(rows)))
