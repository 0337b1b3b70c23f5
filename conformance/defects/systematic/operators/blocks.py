"""Which of two parts takes another block size than the other?"""

import ast
import re
from collections.abc import Iterator

from conformance.defects.systematic.changes import Change, Operator, replaced
from conformance.defects.systematic.sites import Site

_SIZES = re.compile(r"(MX_)?BLOCK(S|_[MNK])?(\.value)?|(tile\.)?block(s|_[mnk])|block_size|block")
_COUNTING = ("cdiv", "range", "full", "arange", "moe_align_block_size")
# A tile's own shape has to fit its operands: another one there only raises.
_SHAPES = ("tl.arange", "tl.zeros")


def _sizes(unit: Site) -> Iterator[Change]:
    """One use at a time: doubled where something is counted by it, halved where it is handed on by name."""
    for node in unit.nodes:
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load) and _is_size(unit, node):
            after = _other(unit, node)
            if after:
                yield replaced(unit, node, after, unit.parents[node])


def _is_size(unit: Site, node: ast.AST) -> bool:
    """By its name; but a kernel's ``block`` is the number of a block, and ``tile`` in ``tile.blocks`` no size."""
    text = unit.of(node)
    if not _SIZES.fullmatch(text) or isinstance(unit.parents[node], ast.Attribute):
        return False
    call = next((above for above in unit.above(node) if isinstance(above, ast.Call)), None)
    if call is not None and unit.of(call.func) in _SHAPES:
        return False
    return text != "block" or not getattr(unit.root, "decorator_list", [])


def _other(unit: Site, node: ast.AST) -> str:
    text, parent = unit.of(node), unit.parents[node]
    if isinstance(parent, ast.keyword):
        # the GEMMs refuse less than 16 rows
        return f"max({text} // 2, 16)" if parent.arg == "block_m" else f"{text} // 2"
    if isinstance(parent, ast.Call):
        return f"2 * {text}" if unit.of(parent.func).rsplit(".", 1)[-1] in _COUNTING else ""
    return f"(2 * {text})" if isinstance(parent, (ast.BinOp, ast.Compare)) else ""


OPERATORS = (Operator("block-size", "More rows, columns or steps than one block has.", _sizes),)
