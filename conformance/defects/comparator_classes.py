"""Which comparator judges an observable of a family? Read from the checks themselves, so that it cannot go stale."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from conformance.requirements import REQUIREMENTS
from reports.model import Cause

CHECKS = Path(__file__).resolve().parents[1] / "checks"
_CLAIMS = ("claim", "problems")  # methods of a judge whose judgements are one class


def comparator(case_id: str, requirement: str, cause: Cause | None) -> str:
    """The comparator class behind a failing requirement of a case; "raised" where the check itself raised
    or its process died.

    Where a family judges an observable in several ways, the cause tells: without an observed value it is a claim's,
    one that expects scale bytes or codes is that of blocks. What no check module judges itself is a claim.
    """
    if cause and (cause.raised or cause.kind == "died"):
        return "raised"
    found = REQUIREMENTS.get(requirement)
    if found is None:
        return "claim"  # a platform check
    kinds = judged().get((case_id.split("/", 1)[0], found.observable), ())
    if len(kinds) == 1:
        return kinds[0]
    if cause is None or cause.expected is None:
        return "claim"
    if "blocks" in kinds and cause.expected.of:
        return "blocks"
    return next((kind for kind in kinds if kind not in ("claim", "blocks")), "claim")


@cache
def judged(folder: Path = CHECKS) -> dict[tuple[str, str], tuple[str, ...]]:
    """(family, observable) -> the comparator classes that checks use for it."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for path in sorted(folder.glob("test_*.py")):
        functions = {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}
        for function in functions.values():
            for family in _families(function):
                for observable, kind in _judgements(function, functions, set()):
                    found.setdefault((family, observable), {})[kind] = None
    return {key: tuple(kinds) for key, kinds in found.items()}


def _families(function: ast.FunctionDef) -> list[str]:
    return [
        argument.value
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "family"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def _judgements(
    function: ast.FunctionDef, functions: dict[str, ast.FunctionDef], seen: set[str]
) -> Iterator[tuple[str, str]]:
    """(observable, class) of each judgement in the function and in those of its module that it calls."""
    seen.add(function.name)
    named = {
        node.targets[0].id: node.value.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            match node.func.attr, node.args:
                case "accepts", [ast.Constant(value=str(observable)), ast.Call(func=ast.Name(id=kind)), *_]:
                    yield observable, kind.lower()
                case "accepts", [ast.Constant(value=str(observable)), ast.Name(id=name), *_] if name in named:
                    yield observable, named[name].lower()
                case method, [ast.Constant(value=str(observable)), *_] if method in _CLAIMS:
                    yield observable, "claim"
        elif isinstance(node, ast.Name) and node.id in functions and node.id not in seen:
            yield from _judgements(functions[node.id], functions, seen)
