"""What does an operation become? Its twin: < and <=, minimum and maximum, + and -."""

import ast
from collections.abc import Iterator

from conformance.defects.systematic.changes import Change, Operator, Piece, changed, exchanged, replaced
from conformance.defects.systematic.sites import Site

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
}
_TWINS = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "amin": "amax", "amax": "amin"}


def _comparisons(unit: Site) -> Iterator[Change]:
    for node in unit.nodes:
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
                if type(operator) in _COMPARISONS:
                    yield _between(unit, node, left, right, _COMPARISONS[type(operator)])


def _between(unit: Site, whole: ast.AST, left: ast.AST, right: ast.AST, after: str) -> Change:
    """Another operator between two operands: beside it there are only parentheses and space."""
    (_, first), (last, _) = unit.text.span(left), unit.text.span(right)
    gap = unit.text.source[first:last]
    word = gap.strip("() \n\t")
    first += gap.index(word)
    return changed(unit, whole, Piece(first, first + len(word), after))


def _min_max(unit: Site) -> Iterator[Change]:
    for node in unit.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TWINS:
            yield replaced(unit, node.func, _TWINS[node.func.id], node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from _methods(unit, node, node.func)


def _methods(unit: Site, call: ast.Call, function: ast.Attribute) -> Iterator[Change]:
    if function.attr in _TWINS:
        yield replaced(unit, function, f"{unit.of(function.value)}.{_TWINS[function.attr]}", call)
    elif function.attr == "clamp" and len(call.args) == 2:
        # one bound is a maximum and the other a minimum: each alone
        (first, _), (_, last) = map(unit.text.span, call.args)
        for name, bound in zip(("min", "max"), call.args, strict=True):
            yield changed(unit, call, Piece(first, last, f"{name}={unit.of(bound)}"))
    elif function.attr == "clamp":
        for keyword in call.keywords:
            if keyword.arg in _TWINS:
                yield replaced(unit, keyword, f"{_TWINS[keyword.arg]}={unit.of(keyword.value)}", call)
    elif function.attr == "where" and len(call.args) == 3 and _chooses_compared(unit, call):
        yield exchanged(unit, call, call.args[1], call.args[2])


def _chooses_compared(unit: Site, call: ast.Call) -> bool:
    """Whether it is a minimum or maximum, written as the choice between the two numbers that it compares."""
    condition, yes, no = call.args
    if not isinstance(condition, ast.Compare):
        return False
    compared = {unit.of(condition.left), unit.of(condition.comparators[0])}
    return {unit.of(yes), unit.of(no)} == compared


def _plus_minus(unit: Site) -> Iterator[Change]:
    for node in unit.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            yield _between(unit, node, node.left, node.right, "-" if isinstance(node.op, ast.Add) else "+")
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
            sign = "-=" if isinstance(node.op, ast.Add) else "+="
            yield _between(unit, node, node.target, node.value, sign)
        elif _is_negative(node):
            begin, _ = unit.text.span(node)
            yield changed(unit, node, Piece(begin, begin + 1, ""))  # Triton has no unary +


def _is_negative(node: ast.AST) -> bool:
    """Whether it is -x, but no negative constant."""
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    return negative and not isinstance(node.operand, ast.Constant)  # type: ignore[attr-defined]


OPERATORS = (
    Operator("comparison", "Operands that are equal.", _comparisons),
    Operator("min-max", "Operands that differ, on each side of the other.", _min_max),
    Operator("plus-minus", "Operands that are not zero.", _plus_minus),
)
