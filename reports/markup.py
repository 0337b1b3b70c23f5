"""How does any text become Markdown that shows it as it is? Tables, text and code that nothing in them can mark up."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

LONGEST_LINE = 700
_MARKUP = "\\`*_[]|~"  # beside what HTML gives meaning to


def table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(text(name) for name in head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(text(value) for value in row) + " |"


def text(value: str) -> str:
    """Text that shows as it is: no markup of Markdown or HTML, one line."""
    escaped = html.escape(" ".join(value.split()), quote=False)
    return escaped.translate({ord(sign): f"\\{sign}" for sign in _MARKUP})


def code(value: str) -> str:
    """One line of code that nothing in `value` can end or mark up."""
    line = value if len(value) <= LONGEST_LINE else value[:LONGEST_LINE] + " ..."
    escaped = html.escape(" ".join(line.split()), quote=False)
    return f"<code>{escaped.translate({ord(sign): f'&#{ord(sign)};' for sign in _MARKUP})}</code>"
