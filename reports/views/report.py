"""What does a report say, whichever form shows it? Each answer that several forms need, found once."""

from dataclasses import dataclass
from functools import cached_property

from reports.model import VERDICTS, Document
from reports.views import expected, tables
from reports.views.groups import Group, groups
from reports.views.listing import Listed
from reports.views.tables import RequirementRow

MOST_SLOW = 20


@dataclass(frozen=True)
class Report:
    """A document, and what is put together of its rows."""

    document: Document

    @cached_property
    def subjects(self) -> list[str]:
        return tables.subjects(self.document)

    @cached_property
    def sentence(self) -> str:
        return tables.sentence(self.document)

    @cached_property
    def requirements(self) -> list[RequirementRow]:
        return tables.requirement_rows(self.document)

    @cached_property
    def problems(self) -> list[str]:
        return [tables.problem_line(problem) for problem in self.document.get("problems", ())]

    @cached_property
    def tallies(self) -> list[expected.Tally]:
        return expected.tallies(self.document)

    @cached_property
    def groups(self) -> list[Group]:
        return groups(self.document, self.rows)

    @cached_property
    def rows(self) -> tuple[Listed, ...]:
        """By subject and id: parallel runs finish in any order and still look the same."""
        rows = sorted(self.document["cases"], key=lambda row: (row["subject"], row["id"]))
        return tuple(Listed(f"case-{number}", row) for number, row in enumerate(rows))

    @cached_property
    def families(self) -> dict[str, dict[str, list[Listed]]]:
        """Subject -> family -> its rows."""
        found: dict[str, dict[str, list[Listed]]] = {name: {} for name in self.subjects}
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
