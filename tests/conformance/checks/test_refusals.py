"""Is a refusal told from an acceptance, from another exception and from a message that says too little?"""

from __future__ import annotations

import pytest

from conformance.checks.refusals import refusal_problem, refused, unsaid


def _raises(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("error", [ValueError("x: has 144, needs 32"), TypeError("x: has 144, needs 32")])
def test_an_error_that_says_enough_is_a_refusal(error: Exception) -> None:
    assert refusal_problem(lambda: _raises(error), ("144", "32")) == ""


def test_everything_else_is_not() -> None:
    assert refused(lambda: None) == ("was accepted", "")
    assert "KeyError" in refused(lambda: _raises(KeyError("x")))[0]
    assert "and not 4" in refusal_problem(lambda: _raises(ValueError("has 144")), ("144", "4"))


def test_words_stand_by_themselves() -> None:
    assert unsaid("has (4, 256), needs 1.5", ("4", "256")) == []
    assert unsaid("has 144 and float32", ("4", "44", "float", "32")) == ["4", "44", "float", "32"]


def test_a_refusal_without_a_text_is_one_all_the_same():
    class Unprintable(ValueError):
        def __str__(self):
            raise RuntimeError

    def call():
        raise Unprintable

    assert refused(call) == ("", "(no text: asked for it, it raised RuntimeError)")
