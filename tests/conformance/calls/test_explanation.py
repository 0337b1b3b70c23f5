"""Does an exception's line name where people have to look: the kernel's, not the suite's that called it?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.calls import explanation
from conformance.calls.explanation import explain
from conformance.root import ROOT
from reports.line import what
from reports.model import Cause

OF_SUITE = str(ROOT / "conformance" / "one.py")


def _told(*files: str, last: str = "raise ValueError('boom')") -> str:
    """What is said where each file's function calls the next one's, and the last one raises."""
    functions: list = []
    for number, file in enumerate(reversed(files)):
        body = last if not number else "inner()"
        names: dict = {"inner": functions[-1] if functions else None, "json": json}
        exec(compile(f"\n\ndef called():\n    {body}\n", file, "exec"), names)
        functions.append(names["called"])
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        functions[-1]()
    return what(explain(caught.value.with_traceback(caught.value.__traceback__.tb_next)))


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ((OF_SUITE, "/elsewhere/theirs.py"), "/elsewhere/theirs.py:4 in called"),
        ((OF_SUITE, "/elsewhere/theirs.py", OF_SUITE), "/elsewhere/theirs.py:4 in called"),
        ((OF_SUITE, "/elsewhere/theirs.py", "/x/site-packages/triton/jit.py"), "/elsewhere/theirs.py:4"),
        ((OF_SUITE, str(ROOT / "kernels" / "gemm.py"), OF_SUITE), "kernels/gemm.py:4"),
        ((OF_SUITE, "/x/site-packages/torch/one.py"), "conformance/one.py:4"),
        (("/x/site-packages/torch/one.py",), "/x/site-packages/torch/one.py:4"),
    ],
)
def test_the_innermost_line_outside_the_suite_is_named(files, where):
    assert f"raised ValueError: boom at {where}" in _told(*files)


def test_a_triton_beside_the_environment_is_not_where_to_look(monkeypatch):
    monkeypatch.setattr(explanation, "_triton", lambda: Path("/with/triton-3.5.1/triton"))
    said = _told(OF_SUITE, "/elsewhere/theirs.py", "/with/triton-3.5.1/triton/compiler/compiler.py")
    assert "boom at /elsewhere/theirs.py:4 in called" in said


def test_the_standard_library_is_not_where_to_look():
    said = _told(OF_SUITE, "/elsewhere/theirs.py", last="json.loads('{')")
    assert "at /elsewhere/theirs.py:4" in said


def test_an_exception_without_a_line_is_told():
    assert explain(KeyError("x")) == Cause("raised", "'x'", raised="KeyError")
    assert what(explain(KeyError("x"))) == "raised KeyError: 'x'"


@pytest.mark.parametrize("error", [KeyError(""), AssertionError(), ValueError("  "), RuntimeError('""')])
def test_no_message_is_empty(error):
    assert what(explain(error)) == f"raised {type(error).__name__}: no message"
    try:
        raise error
    except Exception as caught:
        told = what(explain(caught))
    assert "no message, by raise error at tests/conformance/calls/test_explanation.py:" in told
