"""Which result is kept with an argument, and found again when the argument holds something else?"""

import ast
from collections.abc import Iterator

from conformance.defects.systematic.changes import Change, Operator, replaced
from conformance.defects.systematic.sites import Site

_TENSOR = "torch.Tensor"
_CHECKED = "args"  # the record of checked arguments, whose fields the pipelines hand on


def _kept(unit: Site) -> Iterator[Change]:
    """What a function makes of a tensor, or a conversion of it, kept in the tensor's own attributes.

    Not views, which show what is written to the tensor; nor what kernels do, which has no objects.
    """
    if not isinstance(unit.root, ast.FunctionDef) or unit.root.decorator_list:
        return
    names = _tensors(unit, unit.root)
    for node in unit.nodes:
        if isinstance(node, ast.Call) and (holder := _holder(unit, node, names)):
            yield replaced(unit, node, f'{holder}.__dict__.setdefault("kept", {unit.of(node)})')


def _tensors(unit: Site, function: ast.FunctionDef) -> set[str]:
    """The names of tensors that the caller has: parameters, and fields of checked arguments under other names."""
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    found = {a.arg for a in arguments if a.annotation is not None and unit.of(a.annotation).startswith(_TENSOR)}
    renamed = [node for node in unit.nodes if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute)]
    fields = [node for node in renamed if unit.of(node.value).startswith(f"{_CHECKED}.")]
    return found | {unit.of(node.targets[0]) for node in fields}


def _holder(unit: Site, call: ast.Call, names: set[str]) -> str:
    """The tensor that the call makes something of; empty where it is no such call."""
    if isinstance(call.func, ast.Name) and call.args and not call.func.id[0].isupper():  # nor what only holds others
        return _tensor(unit, call.args[0], names)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "to":
        root = call.func.value
        while isinstance(root, ast.Call) and isinstance(root.func, ast.Attribute):
            root = root.func.value
        return _tensor(unit, root, names)
    return ""


def _tensor(unit: Site, node: ast.expr, names: set[str]) -> str:
    field = isinstance(node, ast.Attribute) and unit.of(node.value) == _CHECKED
    return unit.of(node) if field or (isinstance(node, ast.Name) and node.id in names) else ""


OPERATORS = (Operator("kept-by-object", "The same tensor refilled between two calls.", _kept, field="history"),)
