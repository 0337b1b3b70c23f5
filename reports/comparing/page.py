"""How does a comparison read? A verdict, then tables: the same ones in a terminal, as Markdown and as HTML."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from reports.comparing.cases import alone, commands, others, worse
from reports.comparing.comparison import CaseDifference, Comparison
from reports.comparing.numbers import closeness, lowering, time
from reports.comparing.section import Section
from reports.comparing.summary import remarks, reports, summary
from reports.forms.fitting import Part, fit
from reports.forms.markup import code, table, table_row, text
from reports.forms.terminal import said

LIMIT = 30_000  # bytes of a page: two of them (emulated and on a device) fit into one comment of a forge
MOST_ROWS = 40  # of a table
LONGEST_TITLE = 1000
LONGEST_COMMAND = 4000
ON_SCREEN = 10  # rows of a table in a terminal, which the files have more of


def verdict(found: Comparison) -> str:
    """One sentence that says whether the second report is worse."""
    who = ", ".join(found.pairs.name(name) for name in found.pairs.after) or "no subject of both"
    where = f"{who} on {found.after['environment']['backend']}, tier {found.after['tier']}"
    if found.incomparable:
        return f"NOT COMPARABLE: {'; '.join(map(str, found.incomparable))}."
    count = f"{found.same} cases without a difference, {len(found.differences)} with one"
    if found.only_before:
        count += f", {len(found.only_before)} of the first report not in the second"
    if found.worse:
        parts = [_broken_words(found)] if found.broken else []
        parts += [f"other bits in {_cases(found.changed)} without a changed contract"] if found.changed else []
        return f"WORSE: {' and '.join(parts)}; {where}; {count}."
    if not found.differences and not (found.only_before or found.only_after or found.contract):
        return f"SAME: {where}; {count}."
    return f"NOT WORSE: no new failure, and no other bits without a reason; {where}; {count}."


def to_markdown(title: str, found: Comparison) -> str:
    """The comparison as a page of less than ``LIMIT`` bytes: the verdict in the first line."""
    parts = [Part(f"**{text(title, LONGEST_TITLE)}**"), Part("", [f"{text(line)}  " for line in remarks(found)])]
    for section in sections(found):
        about = [text(section.about)] if section.about else []
        head = "\n\n".join([f"### {text(section.title)}", *about, ""])
        if section.head:
            head += "\n".join(table(list(section.head), ()))
            lines = list(map(table_row, section.rows))
        else:
            lines = [f"- {code(cells[0], LONGEST_COMMAND)}" for cells in section.rows]
        parts.append(Part(head, lines, rest="both reports", most=MOST_ROWS))
    return fit(parts, LIMIT)


def show(title: str, found: Comparison, console: Console) -> None:
    """Print the comparison, the verdict last, where a reader's eyes are."""
    for line in remarks(found):
        console.print(said(line), soft_wrap=True)
    for section in sections(found):
        if section.head:
            left = len(section.rows) - ON_SCREEN
            more = f"and {left} more" if left > 0 else None
            shown = Table(title=said(section.title), title_justify="left", caption=more)
            for name in section.head:
                shown.add_column(said(name), overflow="fold")
            for row in section.rows[:ON_SCREEN]:
                shown.add_row(*map(said, row))
            console.print(shown)
        else:
            console.print(said(section.title))
            for row in section.rows:
                console.print(said(row[0]), soft_wrap=True)
    console.print(said(title, style="bold red" if found.worse else "bold"), soft_wrap=True)


def sections(found: Comparison) -> list[Section]:
    """The tables that have a row, the weightiest first."""
    first, last = ([], [reports(found)])[:: -1 if found.incomparable else 1]
    verdicts = [summary(found), *worse(found), *others(found)]
    numbers = [closeness(found), *lowering(found), time(found)]
    every = [*first, *verdicts, *numbers, alone(found), *last, commands(found)]
    return [section for section in every if section.rows]


def _broken_words(found: Comparison) -> str:
    names = {name for item in found.broken for name in item.broken if name}
    return f"new failures in {_cases(found.broken)} ({', '.join(sorted(names))})"


def _cases(items: Sequence[CaseDifference]) -> str:
    return f"{len(items)} case{'s' if len(items) > 1 else ''}"
