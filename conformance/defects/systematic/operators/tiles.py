"""What is wrong in one choice of tile only?"""

import ast
from collections.abc import Iterator

from conformance.defects.systematic.changes import Change, Operator, replaced, wrapped
from conformance.defects.systematic.sites import Site

# A kernel's size of a block -> the largest choice but one: what is above it is one choice, or a few.
_LARGEST_BUT_ONE = {"BLOCKS": 64, "BLOCK_M": 32, "BLOCK_N": 64, "BLOCK_K": 128, "BLOCK": 512}


def _last_lost(unit: Site) -> Iterator[Change]:
    """The last of what is counted up to an end is left out where the tile is the largest one."""
    if not isinstance(unit.root, ast.FunctionDef) or not unit.root.decorator_list:
        return
    sizes = [a.arg for a in unit.root.args.args if a.arg in _LARGEST_BUT_ONE]
    for node in unit.nodes:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Lt) and _is_an_end(node.comparators[0]):
            end = node.comparators[0]
            for size in sizes:
                less = f"(1 if {size} > {_LARGEST_BUT_ONE[size]} else 0)"
                yield replaced(unit, end, f"{wrapped(unit, end)} - {less}", node)


def _is_an_end(node: ast.expr) -> bool:
    """Whether it is a number of things: a name or a difference, but no constant."""
    return isinstance(node, (ast.Name, ast.BinOp))


OPERATORS = (
    Operator("last-lost-in-largest-tile", "Sizes that select the largest tile, up to the last element.", _last_lost),
)
