"""What does a change of the source look like, and which text tells its place?"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from conformance.defects.catalogue import Edit
from conformance.defects.systematic.sites import Site, Text

_WRAPPED = ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.UnaryOp


class Piece(NamedTuple):
    """The text from offset ``begin`` to ``end`` becomes ``text``."""

    begin: int
    end: int
    text: str


@dataclass(frozen=True)
class Change:
    """Pieces of a file that change together; ``before`` and ``after`` say it to a reader."""

    pieces: tuple[Piece, ...]
    before: str
    after: str

    @property
    def place(self) -> int:
        """Where it begins."""
        return min(piece.begin for piece in self.pieces)


@dataclass(frozen=True)
class Operator:
    """One kind of slip: its name in ids, the data that show it, and the changes that it makes in a unit.

    field: that of the defect; empty for that of the place.
    """

    name: str
    revealed_by: str
    changes: Callable[[Site], Iterator[Change]]
    field: str = ""


def changed(unit: Site, shown: ast.AST, *pieces: Piece) -> Change:
    """The pieces replaced, told by the whole of ``shown``, which holds them."""
    first, last = unit.text.span(shown)
    return Change(pieces, flat(unit.of(shown)), flat(apply(unit.text, pieces, first, last)))


def replaced(unit: Site, node: ast.AST, after: str, shown: ast.AST | None = None) -> Change:
    """The node with another text, told by ``shown``, a larger node that a reader needs to see, or by itself."""
    return changed(unit, node if shown is None else shown, Piece(*unit.text.span(node), after))


def exchanged(unit: Site, shown: ast.AST, first: ast.AST, second: ast.AST) -> Change:
    """Two nodes in each other's place."""
    there = Piece(*unit.text.span(first), unit.of(second))
    return changed(unit, shown, there, Piece(*unit.text.span(second), unit.of(first)))


def wrapped(unit: Site, node: ast.expr) -> str:
    """The node's text, in parentheses where something beside it could take a part of it."""
    return f"({unit.of(node)})" if isinstance(node, _WRAPPED) else unit.of(node)


def flat(text: str) -> str:
    """Text of several lines as one."""
    return " ".join(text.split())


def apply(text: Text, pieces: Sequence[Piece], first: int = 0, last: int | None = None) -> str:
    """The text from offset ``first`` to ``last`` (all of it by default) with the pieces replaced."""
    found, place = "", first
    for piece in sorted(pieces):
        found += text.source[place : piece.begin] + piece.text
        place = piece.end
    return found + text.source[place : len(text.source) if last is None else last]


def edit(text: Text, change: Change) -> Edit:
    """The change as an edit: its anchor is its lines, and as many around them as make it the only one of the file."""
    first, last = text.row(change.place), text.row(max(piece.end for piece in change.pieces))
    above = True
    while text.source.count(text.lines(first, last)) != 1:
        if first and (above or last + 1 == text.length):
            first -= 1
        else:
            last += 1
        above = not above
    anchor = text.lines(first, last)
    begin = text.source.index(anchor)
    return Edit(text.file, anchor, apply(text, change.pieces, begin, begin + len(anchor)))
