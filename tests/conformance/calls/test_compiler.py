"""Is a kernel that does not compile told in one line: the kernel, the source line, the message?"""

from __future__ import annotations

import ast
from types import SimpleNamespace

import pytest
from triton.compiler.errors import CompilationError, CompileTimeAssertionFailure

from conformance.calls.explanation import LONGEST, explain
from reports.line import what

KERNEL = "def _gemm(\n    a_ptr,\n    N,\n):\n    x = tl.load(a_ptr)\n    y = helper(x)\n    tl.store(a_ptr, y)\n"
HELPER = "def helper(x):\n    # why\n    return tl.dot(x, x,\n        x)\n"


def _error(source: str, line: int, message: str | None, kind: type = CompilationError) -> CompilationError:
    node = next(n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and n.lineno == line)
    return kind(source, node, message)


def test_kernel_line_and_message_are_told_on_one_line():
    error = _error(KERNEL, 5, "tl.load takes a pointer,\n not this")
    assert "\n" in str(error)
    assert what(explain(error)) == (
        "raised CompilationError: _gemm at `x = tl.load(a_ptr)`: tl.load takes a pointer, not this"
    )
    said = what(explain(_error(KERNEL, 7, "BLOCK must be 32", CompileTimeAssertionFailure)))
    assert said == "raised CompileTimeAssertionFailure: _gemm at `tl.store(a_ptr, y)`: BLOCK must be 32"


def test_what_fails_in_a_called_function_is_told_by_both():
    inner, outer = _error(HELPER, 3, None), _error(KERNEL, 6, None)
    inner.__cause__ = ValueError("K must be\nat least 16")
    outer.__cause__ = inner
    said = what(explain(outer))
    assert said == "raised CompilationError: _gemm, in helper at `return tl.dot(x, x,`: K must be at least 16"


def test_a_long_kernel_leaves_room_for_the_message():
    source = KERNEL.replace("x = tl.load(a_ptr)", f"x = tl.load({'a_ptr + ' * 200}0)")
    said = what(explain(_error(source, 5, "this is why " * 100)))
    assert "this is why this is why" in said
    assert len(said) < LONGEST + 50
    assert "\n" not in said


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({}, "as it says"),
        ({"src": None, "node": 3}, "as it says"),
        ({"src": "x", "node": SimpleNamespace(lineno=9)}, "as it says"),
    ],
)
def test_another_class_of_that_name_is_told_by_its_text(attributes, said):
    kind = type("CompilationError", (RuntimeError,), attributes)
    assert what(explain(kind(said))) == f"raised CompilationError: {said}"


def test_causes_in_a_circle_come_to_an_end():
    one, other = _error(HELPER, 3, "one"), _error(KERNEL, 6, "other")
    one.__cause__, other.__cause__ = other, one
    assert "raised CompilationError: _gemm" in what(explain(other))
