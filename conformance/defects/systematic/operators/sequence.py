"""Which statement comes first? The other one of two that need each other."""

import ast
import builtins
from collections.abc import Iterator
from itertools import pairwise

from conformance.defects.systematic.changes import Change, Operator, Piece, flat
from conformance.defects.systematic.sites import Site


def _swapped(unit: Site) -> Iterator[Change]:
    """Two neighbours one of which reads or writes what the other writes, where every name still has a value."""
    for holder in (unit.root, *unit.nodes):
        body = getattr(holder, "body", None)
        for first, second in pairwise(body) if isinstance(body, list) else ():
            plain = _is_plain(first) and _is_plain(second)
            if plain and _depend(first, second) and _reads(second) <= _bound_before(unit, first):
                a, b = unit.of(first), unit.of(second)
                pieces = Piece(*unit.text.span(first), b), Piece(*unit.text.span(second), a)
                yield Change(pieces, flat(f"{a}; {b}"), flat(f"{b}; {a}"))


def _is_plain(node: ast.stmt) -> bool:
    """An assignment, or a call for its effect."""
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return called or isinstance(node, (ast.Assign, ast.AugAssign))


def _depend(first: ast.stmt, second: ast.stmt) -> bool:
    return bool(_writes(first) & (_reads(second) | _writes(second)) or _writes(second) & _reads(first))


def _reads(node: ast.AST) -> set[str]:
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        names.add(node.target.id)
    return names


def _writes(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _bound_before(unit: Site, statement: ast.stmt) -> set[str]:
    """The names that have a value before the statement: all but those that the function binds only later."""
    names = [node for node in unit.nodes if isinstance(node, ast.Name)]
    stored = [node for node in names if isinstance(node.ctx, ast.Store)]
    place, _ = unit.text.span(statement)
    earlier = {node.id for node in stored if unit.text.span(node)[0] < place}
    elsewhere = {node.id for node in names} - {node.id for node in stored}
    parameters = {node.arg for node in ast.walk(unit.root) if isinstance(node, ast.arg)}
    return earlier | elsewhere | parameters | set(dir(builtins))


OPERATORS = (Operator("swapped", "Values that both statements change.", _swapped),)
