"""What does a report say in short? The facts that every rendering shows, computed once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports.model import VERDICTS, Document
from reports.views.expected import tallies, unexpected, unmet

Counts = dict[str, int]


@dataclass(frozen=True)
class RequirementRow:
    """One requirement's findings, counted for each subject that has a case of it."""

    id: str
    level: str
    text: str
    by_subject: dict[str, Counts]


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
    known = ((row, counts[row["id"]]) for row in document["requirements"])
    return [RequirementRow(row["id"], row["level"], row["text"], found) for row, found in known if found]


def unasked(document: Document) -> list[str]:
    """Requirements that no case of this run named."""
    return [row["id"] for row in document["requirements"] if not row["cases"]]


def cell(counts: Counts | None) -> str:
    """One cell of the requirement table: '12 pass, 1 fail'; '-' where the subject has no case."""
    return counted(counts) if counts and any(counts.values()) else "-"


def counted(counts: Counts, names: Iterable[str] = VERDICTS) -> str:
    """'12 pass, 1 fail': the counts that are not zero; 'none' where all are."""
    return ", ".join(f"{counts[name]} {name}" for name in names if counts[name]) or "none"


def problem_line(problem: Mapping[str, Any]) -> str:
    """A problem of the run itself, with the cases that were not judged because of it."""
    cases, text = problem["cases"], problem["text"]
    if not cases:
        return str(text)
    more = f" and {len(cases) - 1} more were" if len(cases) > 1 else " was"
    return f"{cases[0]}{more} not judged, {text}"


def _named(document: Document, found: Iterable[str]) -> str:
    """These requirements, in the registry's order."""
    names = set(found)
    return ", ".join(row["id"] for row in document["requirements"] if row["id"] in names)


def sentence(document: Document) -> str:
    """The verdict of the run."""
    totals, cases = document["totals"], document["cases"]
    who = " and ".join(subjects(document)) or "no subject"
    where = f"on {document['environment']['backend']}, tier {document['tier']}"
    if shard := document.get("selection", {}).get("shard"):
        where += f", shard {shard}"
    failed_checks = [check["id"] for check in document["platform_checks"] if check["verdict"] == "fail"]
    platform = f" Platform findings, not the kernels': {', '.join(failed_checks)}." if failed_checks else ""
    if not cases:
        return f"No verdict {where}: no case was judged.{platform}"
    count = f"{len(cases)} case{'s' if len(cases) > 1 else ''}: {counted(totals)}"
    end = "" if document["complete"] else " The run did not finish."
    if any(unexpected(row) for row in cases):
        broken = _named(document, [name for row in cases for name in unexpected(row)])
        known = " Others fail as expected." if any(expected.met for expected in tallies(document)) else ""
        return f"FAIL: {who} {where} does not conform ({broken}); {count}.{known}{end}{platform}"
    if any(unmet(row) for row in cases):
        wrong = [name for row in cases for item in row.get("expected", ()) for name in item["unmet"]]
        what = f"is not as expected ({_named(document, wrong)})"
        return f"FAIL: {who} {where} {what}; {count}.{end}{platform}"
    if not document["complete"]:
        return f"INCOMPLETE: {who} {where} did not finish; {count}.{platform}"
    if totals["fail"]:
        broken = ", ".join(row["id"] for row in document["requirements"] if row["fail"])
        return f"AS EXPECTED: {who} {where} does not conform ({broken}), which is known; {count}.{platform}"
    if totals["pass"] + totals["deviation"] == 0:
        return f"NOTHING JUDGED: {who} {where} declared every case unsupported; {count}.{platform}"
    return f"PASS: {who} {where}, no MUST failed; {count}.{platform}"
