"""What does a constant become? Its neighbour."""

import ast
from collections.abc import Iterator

import numpy as np

from conformance.defects.systematic.changes import Change, Operator, replaced
from conformance.defects.systematic.sites import Site

_LARGEST = 2**31 - 1
_LARGEST_FLOAT = float(np.finfo(np.float32).max)
# Calls whose numbers name an axis: the stride operator exchanges axes where that makes sense.
_AXES = {"stride", "size", "view", "reshape", "unflatten", "unsqueeze", "cumsum", "index_select", "index_fill"}
_AXES_AT = ("axis", "dim")


def _integers(unit: Site) -> Iterator[Change]:
    """Each constant off by one, both ways."""
    for node in unit.nodes:
        for step in (-1, 1):
            if isinstance(node, ast.Constant) and type(node.value) is int and _moves(unit, node, step):
                value = node.value + step
                text = f"0x{value:X}" if unit.of(node).lower().startswith("0x") else str(value)
                yield replaced(unit, node, text, _shown(unit, node))


def _moves(unit: Site, node: ast.Constant, step: int) -> bool:
    """Whether the step leaves something that can run: another axis, length or type would only raise."""
    if not isinstance(node.value, int) or not 0 <= node.value + step <= _LARGEST:
        return False
    parent = unit.parents[node]
    if _is_unpacked(unit, node):
        return False
    if isinstance(parent, ast.keyword) and (parent.arg in _AXES_AT or (parent.arg == "other" and step < 0)):
        return False
    call = next((above for above in unit.above(node) if isinstance(above, ast.Call)), None)
    if call is not None:
        name = unit.of(call.func).rsplit(".", 1)[-1]
        if (name == "arange" and node in call.args) or (name in _AXES and {node, parent} & set(call.args)):
            return False
    return not _is_axis_of_shape(unit, node) or step == (1 if node.value == 0 else -1)


def _is_axis_of_shape(unit: Site, node: ast.AST) -> bool:
    """Whether the constant is the i of ``x.shape[i]``, where one of its neighbours may not exist."""
    for above in list(unit.above(node))[:2]:
        if isinstance(above, ast.Subscript):
            return unit.of(above.value).endswith(".shape") and node in ast.walk(above.slice)
    return False


def _is_unpacked(unit: Site, node: ast.AST) -> bool:
    """Whether the constant is an end of a slice that is unpacked: one item more or less has no name."""
    holders = [above for above in unit.above(node) if not isinstance(above, ast.UnaryOp)][:3]
    kinds = [type(above) for above in holders]
    if kinds != [ast.Slice, ast.Subscript, ast.Assign]:
        return False
    return isinstance(holders[2].targets[0], ast.Tuple)  # type: ignore[attr-defined]


def _floats(unit: Site) -> Iterator[Change]:
    """Each constant doubled, and the next FP32 number; zero becomes one, and nobody writes its neighbour."""
    for node in unit.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            value = node.value
            yield replaced(unit, node, repr(value * 2 if value else 1.0), _shown(unit, node))
            if 0 < value < _LARGEST_FLOAT:
                after = float(np.nextafter(np.float32(value), np.float32(np.inf)))
                yield replaced(unit, node, repr(after), _shown(unit, node))


def _shown(unit: Site, node: ast.AST) -> ast.AST:
    """The expression around a constant, which alone says little."""
    for above in unit.above(node):
        if isinstance(above, (ast.BinOp, ast.Compare, ast.Call, ast.Subscript, ast.keyword)):
            return above
        if not isinstance(above, (ast.UnaryOp, ast.Slice, ast.Tuple)):
            break
    return node


OPERATORS = (
    Operator("integer", "Values on both sides of the right constant.", _integers),
    Operator("float", "Values between the right constant and the other, and results that are bits.", _floats),
)
