"""How is an explanation laid out? Sections of lines and tables; plain text where nobody looks at a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from reports.forms.terminal import said


@dataclass(frozen=True)
class Passage:
    """A title, lines, and below them a table where there are rows. marked: rows to be seen first."""

    title: str
    lines: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    marked: frozenset[int] = frozenset()


def show(sections: Sequence[Passage], console: Console) -> None:
    """Print the sections."""
    for section in sections:
        console.print(said(section.title, style="bold"), soft_wrap=True)
        for line in section.lines:
            console.print(said(f"  {line}"), soft_wrap=True)
        if section.rows:
            console.print(_table(section, plain=not console.is_terminal))
        console.print()


def _table(section: Passage, *, plain: bool) -> Table:
    """A file gets columns apart by blanks; a terminal also rules and the marked rows in colour."""
    table = Table(box=None if plain else SIMPLE_HEAD, pad_edge=True, show_edge=False, padding=(0, 2))
    for name in section.header:
        table.add_column(said(name), overflow="fold")
    for number, row in enumerate(section.rows):
        style = "red" if number in section.marked and not plain else None
        table.add_row(*(said(cell) for cell in row), style=style)
    return table
