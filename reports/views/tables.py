"""What does a report say in short? The facts that every rendering shows, computed once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports.model import VERDICTS, WORST_FIRST, Document

Counts = dict[str, int]


@dataclass(frozen=True)
class RequirementRow:
    """One requirement's findings, counted for each subject that has a case of it. place: among all of these, from 1."""

    place: int
    id: str
    level: str
    text: str
    by_subject: dict[str, Counts]

    @property
    def broken(self) -> bool:
        """Whether some case fails it or deviates from it."""
        return any(counts["fail"] or counts["deviation"] for counts in self.by_subject.values())


def subjects(document: Document) -> list[str]:
    """Subjects with a row, by name: parallel runs finish in any order and still look the same."""
    return sorted({case["subject"] for case in document["cases"]})


def requirement_rows(document: Document) -> list[RequirementRow]:
    """Requirements with at least one finding or case, in the registry's order."""
    counts: dict[str, dict[str, Counts]] = {row["id"]: {} for row in document["requirements"]}
    for case in document["cases"]:
        for finding in case["findings"]:
            by_subject = counts.setdefault(finding["requirement"], {})
            by_subject.setdefault(case["subject"], dict.fromkeys(VERDICTS, 0))[finding["verdict"]] += 1
    known = [row for row in document["requirements"] if counts[row["id"]]]
    return [
        RequirementRow(place, row["id"], row["level"], row["text"], counts[row["id"]])
        for place, row in enumerate(known, 1)
    ]


def unasked(document: Document) -> list[str]:
    """Requirements that no case of this run named."""
    return [row["id"] for row in document["requirements"] if not row["cases"]]


def cell(counts: Counts | None) -> str:
    """One cell of the requirement table: '12 pass, 1 fail'; '-' where the subject has no case."""
    return counted(counts) if counts and any(counts.values()) else "-"


def worst_of(counts: Counts | None) -> str | None:
    """The worst verdict that is counted; None where none is."""
    return next((verdict for verdict in WORST_FIRST if counts and counts[verdict]), None)


def counted(counts: Counts, names: Iterable[str] = VERDICTS) -> str:
    """'12 pass, 1 fail': the counts that are not zero; 'none' where all are."""
    return ", ".join(f"{counts[name]} {name}" for name in names if counts[name]) or "none"


def problem_lines(document: Document) -> list[str]:
    """What went wrong with the run itself."""
    return list(map(problem_line, document.get("problems", ())))


def problem_line(problem: Mapping[str, Any]) -> str:
    """A problem of the run itself, with the cases that were not judged because of it."""
    cases, text = problem["cases"], problem["text"]
    if not cases:
        return str(text)
    more = f" and {len(cases) - 1} more were" if len(cases) > 1 else " was"
    return f"{cases[0]}{more} not judged, {text}"
