"""Which condition is forgotten? A mask of a load or store, or one part of a condition."""

import ast
from collections.abc import Iterator

from conformance.defects.systematic.changes import Change, Operator, flat, replaced, wrapped
from conformance.defects.systematic.sites import Site

_SIGNS: dict[type[ast.AST], str] = {ast.BitAnd: " & ", ast.BitOr: " | ", ast.And: " and ", ast.Or: " or "}


def _masks(unit: Site) -> Iterator[Change]:
    """Calls without mask and, since nothing is left out then, without ``other``."""
    for node in unit.nodes:
        if isinstance(node, ast.Call) and any(keyword.arg == "mask" for keyword in node.keywords):
            kept = [*node.args, *(keyword for keyword in node.keywords if keyword.arg not in ("mask", "other"))]
            arguments = ", ".join(flat(unit.of(argument)) for argument in kept)
            yield replaced(unit, node, f"{unit.of(node.func)}({arguments})")


def _conditions(unit: Site) -> Iterator[Change]:
    """Conditions without one of their parts."""
    for node in unit.nodes:
        if not isinstance(node, (ast.BinOp, ast.BoolOp)):
            continue
        parts = _parts(node)
        for part in parts:
            kept = [wrapped(unit, other) for other in parts if other is not part]
            yield replaced(unit, node, _SIGNS[type(node.op)].join(kept))


def _parts(node: ast.BinOp | ast.BoolOp) -> list[ast.expr]:
    """What is joined to a condition; nothing where numbers are, by the same signs."""
    if isinstance(node, ast.BoolOp):
        return node.values
    parts = [node.left, node.right]
    if not isinstance(node.op, (ast.BitAnd, ast.BitOr)) or any(isinstance(part, ast.Constant) for part in parts):
        return []
    return parts if any(map(_is_condition, parts)) else []


def _is_condition(node: ast.expr) -> bool:
    """Whether the expression is a truth value by its form: a comparison, perhaps with axes added, or is_...()."""
    if isinstance(node, ast.Subscript):
        axes = any(isinstance(part, ast.Constant) and part.value is None for part in ast.walk(node.slice))
        return axes and (isinstance(node.value, ast.Name) or _is_condition(node.value))
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id.startswith("is_")
    return isinstance(node, ast.Compare)


OPERATORS = (
    Operator("mask-dropped", "Sizes off the tile, with memory behind that shows.", _masks),
    Operator("condition-dropped", "Operands for which only this part of the condition tells.", _conditions),
)
