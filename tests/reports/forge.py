"""What does a forge make of a Markdown page? A parser that is not ours may find nothing but our own markup."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

OURS = re.compile(r"</?code>|</?details>|</?summary>|<!-- -->")
BLOCKS = {"heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td"}


def parse(page: str) -> list[Token]:
    """The page's tokens, those within its blocks among them. Fails on markup that a page of ours does not have."""
    blocks = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
    tokens = [inner for token in blocks for inner in (token, *(token.children or ()))]
    for token in tokens:
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind in ("html_block", "html_inline"):
            assert not re.search("[<>]", re.sub("&[lg]t;", "", OURS.sub("", token.content))), token.content
        elif kind == "strong":
            assert token.level == 0
        else:
            assert kind in BLOCKS | {"inline", "text", "text_special", "softbreak", "hardbreak"}, (kind, token.content)
    for tag in ("code", "details", "summary"):
        assert page.count(f"<{tag}>") == page.count(f"</{tag}>")
    for line in page.splitlines():
        assert line.count("<code>") == line.count("</code>"), "no code ends on another line"
    return tokens


def tables(page: str) -> list[list[int]]:
    """Of each table the number of cells in each row as they stand in the page: a parser would fill up or drop some."""
    found: list[list[int]] = []
    for line in (before := "", *page.splitlines()):
        if line.startswith("|"):
            found += [] if before.startswith("|") else [[]]
            found[-1].append(len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) - 1)
        before = line
    return found
