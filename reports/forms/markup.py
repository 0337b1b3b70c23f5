"""How does any text become Markdown that shows it as it is? Tables, text and code that nothing in them can mark up."""

import html
import re
from collections.abc import Iterable, Iterator

from reports.foreign.showing import line

LONGEST_LINE = 700  # characters; of a page that has to stay small, no text may take more
LONGEST_CELL = 400
_MARKUP = "\\`*_[]|~$"  # beside what HTML gives meaning to; $ begins mathematics on some forges
_MENTION = re.compile(r"(?<!\w)@(?=\w)")  # where a forge would tell somebody of that name


def table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield table_row(head)
    yield "|" + "---|" * len(head)
    yield from map(table_row, rows)


def table_row(cells: Iterable[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(text(cell, LONGEST_CELL) for cell in cells) + " |"


def text(value: str, most: int = LONGEST_LINE) -> str:
    """Text that shows as it is: no markup of Markdown or HTML, nobody is told of it, one line."""
    escaped = html.escape(line(value, most), quote=False)
    return _MENTION.sub("@<!-- -->", escaped.translate({ord(sign): f"\\{sign}" for sign in _MARKUP}))


def code(value: str, most: int = LONGEST_LINE) -> str:
    """One line of code that nothing in `value` can end or mark up."""
    escaped = html.escape(line(value, most), quote=False)
    return f"<code>{escaped.translate({ord(sign): f'&#{ord(sign)};' for sign in _MARKUP})}</code>"
