"""Which operation of an expression comes first? The other one of two."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from conformance.defects.systematic.changes import Change, Operator, replaced, wrapped
from conformance.defects.systematic.sites import Site

_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}
# Two operations, by place, that mean the same however they are grouped; the order of a sum is free.
_FREE = {("+", "+"), ("+", "-"), ("&", "&"), ("|", "|"), ("^", "^")}
_SUMS = ("+", "-")


class _Triple(NamedTuple):
    """``a op b op c`` with its two signs; ``later``: whether the second operation is to come first."""

    a: ast.expr
    b: ast.expr
    c: ast.expr
    signs: tuple[str, str]
    later: bool


def _regrouped(unit: Site) -> Iterator[Change]:
    """(a op b) op c and a op (b op c), each into the other where that is another number."""
    pointers = _pointers(unit)
    for node in unit.nodes:
        if isinstance(node, ast.BinOp):
            for triple in _triples(node):
                if triple.signs not in _FREE and _is_legal(triple, pointers):
                    yield replaced(unit, node, _text(unit, triple))


def _triples(node: ast.BinOp) -> Iterator[_Triple]:
    left, right, sign = node.left, node.right, _SIGNS[type(node.op)]
    if isinstance(left, ast.BinOp):
        yield _Triple(left.left, left.right, right, (_SIGNS[type(left.op)], sign), True)
    if isinstance(right, ast.BinOp):
        yield _Triple(left, right.left, right.right, (sign, _SIGNS[type(right.op)]), False)


def _text(unit: Site, triple: _Triple) -> str:
    a, b, c = (wrapped(unit, part) for part in triple[:3])
    first, second = triple.signs
    return f"{a} {first} ({b} {second} {c})" if triple.later else f"({a} {first} {b}) {second} {c}"


def _is_legal(triple: _Triple, pointers: set[str]) -> bool:
    """Whether the new grouping only adds to pointers: they cannot be multiplied."""
    a, b, c = (_points(pointers, part) for part in triple[:3])
    first, second = triple.signs
    inner = (second, b or c) if triple.later else (first, a or b)
    outer = (first, a or b or c) if triple.later else (second, a or b or c)
    return all(sign in _SUMS or not points for sign, points in (inner, outer))


def _points(pointers: set[str], node: ast.expr) -> bool:
    """Whether the expression is a pointer: one by name, moved or not."""
    if isinstance(node, ast.BinOp):
        return _points(pointers, node.left) or _points(pointers, node.right)
    return isinstance(node, ast.Name) and node.id in pointers


def _pointers(unit: Site) -> set[str]:
    """The names of pointers: parameters called ..._ptr, and what is made from them by moving."""
    found = {node.id for node in unit.nodes if isinstance(node, ast.Name) and node.id.endswith("_ptr")}
    for node in unit.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _points(found, node.value):
            found.add(node.targets[0].id)
    return found


OPERATORS = (Operator("regrouped", "Operands for which the grouping tells.", _regrouped),)
