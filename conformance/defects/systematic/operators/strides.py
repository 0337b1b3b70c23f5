"""Which stride is taken for which, and where is none asked for?"""

import ast
from collections.abc import Iterator
from itertools import combinations

from conformance.defects.systematic.changes import Change, Operator, exchanged, replaced
from conformance.defects.systematic.sites import Site

_PREFIX = "stride_"


def _strides(unit: Site) -> Iterator[Change]:
    """Two strides of one statement exchanged; a stride that stands alone taken for another one of its tensor."""
    for node in unit.nodes:
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            names = [name for name in ast.walk(node.value) if isinstance(name, ast.Name)]
            strides = [name for name in names if name.id.startswith(_PREFIX)]
            for first, second in combinations(sorted(strides, key=unit.text.span), 2):
                yield exchanged(unit, node, first, second)
            if len(strides) == 1 and (other := _other_of_tensor(unit, strides[0].id)):
                yield replaced(unit, strides[0], other, node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "stride":
            axis = node.args[0] if node.args else None
            if isinstance(axis, ast.Constant) and axis.value in (0, 1):
                yield replaced(unit, axis, "0" if axis.value else "1", node)


def _contiguous_dropped(unit: Site) -> Iterator[Change]:
    """What was to be copied into one stretch stays as it lies."""
    for node in unit.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "contiguous":
            yield replaced(unit, node, unit.of(node.func.value), _statement(unit, node))


def _from_shape(unit: Site) -> Iterator[Change]:
    """The strides that a tensor of that shape has where its rows follow each other."""
    for node in unit.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "stride":
            continue
        tensor = unit.of(node.func.value)
        if not node.args:
            yield replaced(unit, node, f"{tensor}.contiguous().stride()")
        elif unit.of(node.args[0]) == "0":
            yield replaced(unit, node, f"{tensor}.shape[1]")


def _from_storage(unit: Site) -> Iterator[Change]:
    """A tensor made flat is read one element after the other from where it begins."""
    for node in unit.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reshape":
            tensor, sizes = unit.of(node.func.value), [unit.of(size) for size in node.args]
            if sizes == ["-1"]:
                yield replaced(unit, node, f"{tensor}.as_strided(({tensor}.numel(),), (1,))")


def _statement(unit: Site, node: ast.AST) -> ast.AST:
    """The statement around an expression that alone says little."""
    return next(above for above in unit.above(node) if isinstance(above, ast.stmt))


def _other_of_tensor(unit: Site, name: str) -> str:
    """Another stride of the same tensor, empty where there is none; they are called stride_<tensor><axis>."""
    if not isinstance(unit.root, ast.FunctionDef):
        return ""
    known = [argument.arg for argument in unit.root.args.args if argument.arg.startswith(_PREFIX)]
    return next((other for other in known if other[:-1] == name[:-1] and other != name), "")


OPERATORS = (
    Operator("stride-exchanged", "Operands that are not square, in views of wider buffers.", _strides),
    Operator("contiguous-dropped", "Columns that lie apart.", _contiguous_dropped),
    Operator("stride-from-shape", "Rows of wider buffers.", _from_shape),
    Operator("reshape-from-storage", "Columns of wider tables.", _from_storage),
)
