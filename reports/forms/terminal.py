"""How does a report read in a terminal? Platform checks, requirement x subject, and the verdict."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.foreign.showing import plain
from reports.model import Document
from reports.views.expected import Tally
from reports.views.report import Report
from reports.views.tables import Counts, cell, counted, worst_of

MOST_UNASKED = 8  # requirements that a short list may name; report.md has them all
MOST_GROUPS = 12  # ways to be wrong that are told; report.md has more
MOST_DECLARED = 12  # reasons that are told; report.md has more
STYLES = {"pass": "green", "fail": "bold red", "deviation": "yellow", "unsupported": "cyan", "declared": "cyan"}


def said(text: str, style: str = "") -> Text:
    """Text that others may have written, for a console: it shows as it is, marks up nothing, and commands nobody."""
    return Text(plain(text), style)


def show_summary(report: Report, console: Console) -> None:
    """Print the tables and the verdict sentence. Words carry every verdict; colour only repeats them."""
    document = report.document
    if document["platform_checks"]:
        console.print(_platform_table(document))
    for subject, reason, count in report.declared[:MOST_DECLARED]:
        console.print(said(f"declared, {count} cases: {subject}: {reason}", style=STYLES["declared"]), soft_wrap=True)
    if report.subjects:
        console.print(_requirement_table(report))
        if report.unasked:
            console.print(_unasked(report), markup=False, highlight=False)
    if report.tallies:
        console.print(_expected_table(report.tallies))
    for line in _wrong(report):
        console.print(said(line, style=STYLES["fail"]), soft_wrap=True)
    console.print(f"Cases: {counted(document['totals'])} in {document['seconds']:.0f} s", highlight=False)
    for line in report.likeness:
        console.print(said(line), soft_wrap=True)
    failed = report.surprises or not document["complete"]
    style = STYLES["fail" if failed or not report.rows else "pass"]
    console.print(said(report.sentence, style=style), soft_wrap=True)
    for problem in report.problems:
        line = f"problem of the run itself: {problem}"
        console.print(said(line, style=STYLES["fail"]), soft_wrap=True)


def _wrong(report: Report) -> list[str]:
    """Each way to be wrong of which it is known whether a served model meets it, the weightiest first."""
    groups = [group for group in report.groups if group.reach]
    lines = [
        f"{'expected ' if group.expected else ''}{group.verdict}, {len(group.rows)} "
        f"case{'s' if len(group.rows) > 1 else ''}: {group.area} of "
        f"{group.subject}: {'; '.join([group.reach, *group.notes])}"
        for group in groups[:MOST_GROUPS]
    ]
    left = len(groups) - MOST_GROUPS
    return lines + ([f"and {left} more ways to be wrong (report.md names them)"] if left > 0 else [])


def _unasked(report: Report) -> str:
    start, missing = "Not asked by the cases of this run:", report.unasked
    if len(missing) <= MOST_UNASKED:
        return f"{start} {', '.join(missing)}"
    return f"{start} {len(missing)} of {len(report.document['requirements'])} requirements (report.md names them)"


def _platform_table(document: Document) -> Table:
    table = Table(title="Platform checks", title_justify="left")
    for name in ("check", "verdict", "detail"):
        table.add_column(name, overflow="fold")
    for check in document["platform_checks"]:
        verdict = said(check["verdict"], style=STYLES[check["verdict"]])
        table.add_row(said(check["id"]), verdict, said(check["detail"]))
    return table


def _expected_table(found: list[Tally]) -> Table:
    table = Table(title="Expected verdicts", title_justify="left")
    for name in ("expected", "met", "unmet", "not asked", "reason", "evidence"):
        table.add_column(name, overflow="fold", no_wrap=name not in ("reason", "evidence"))
    for tally in found:
        style = STYLES["fail"] if tally.unmet else ""
        counts = [said(str(count)) for count in (tally.met, tally.unmet, tally.unjudged)]
        counts[1].stylize(style)
        table.add_row(said(tally.verdict), *counts, said(tally.reason), said(tally.evidence))
    return table


def _requirement_table(report: Report) -> Table:
    table = Table(title="Requirements", title_justify="left")
    for name in ("id", "level", *report.subjects, "requirement"):
        table.add_column(said(name), overflow="fold", no_wrap=name in ("id", "level"))
    for row in report.requirements:
        cells = [_cell(row.by_subject.get(name)) for name in report.subjects]
        table.add_row(said(row.id), said(row.level), *cells, said(row.text))
    return table


def _cell(counts: Counts | None) -> Text:
    worst = worst_of(counts)
    return said(cell(counts), style=STYLES[worst] if worst else "dim")
