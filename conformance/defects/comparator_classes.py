"""Which comparator judges an observable of a family? Read from the checks themselves, so that it cannot go stale."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from conformance.requirements import REQUIREMENTS

CHECKS = Path(__file__).resolve().parents[1] / "checks"
# How a class is called in the tables. A claim and a list of problems are one class.
CLASSES = {"bits": "bits", "within": "within", "blocks": "blocks", "claim": "claim", "problems": "claim"}


def comparator(case_id: str, requirement: str, detail: str = "") -> str:
    """The comparator class behind a failing requirement of a case; "raised" where the check itself raised.

    Where a family judges an observable in two ways, a failure line that shows an observed value is the comparator's
    and any other one is the claim's.
    """
    if ": raised " in detail:
        return "raised"
    found = REQUIREMENTS.get(requirement)
    if found is None:
        return "claim"  # a platform check
    kinds = judged().get((case_id.split("/", 1)[0], found.observable), ())
    comparing = [kind for kind in kinds if kind != "claim"]
    return comparing[0] if comparing and (len(kinds) == 1 or ": observed " in detail or " observed " in detail) else "claim"


@cache
def judged(folder: Path = CHECKS) -> dict[tuple[str, str], tuple[str, ...]]:
    """(family, observable) -> the comparator classes that checks use for it."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for path in sorted(folder.glob("test_*.py")):
        functions = {
            node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)
        }
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
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in CLASSES and call.args:
            name = call.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value, CLASSES[call.func.attr]
        elif isinstance(call.func, ast.Name) and call.func.id in functions and call.func.id not in seen:
            yield from _judgements(functions[call.func.id], functions, seen)
