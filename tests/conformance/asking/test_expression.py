"""Does -k mean what it says?"""

from __future__ import annotations

import pytest

from conformance.asking.expression import ExpressionError, parse
from vectors.case import Case


def _case(name, *requirements, flags=()):
    return Case(name, "title", requirements, lambda case: {}, lambda case, inputs: {}, flags=flags)


CASES = [
    _case("quantize/powers-of-two", "QNT-02", flags=("log2-inexact",)),
    _case("quantize/powers-of-two-near", "QNT-02", "QNT-05"),
    _case("moe/zero", "MOE-01"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["quantize/powers-of-two", "quantize/powers-of-two-near", "moe/zero"]),
        ("quantize/powers-of-two", ["quantize/powers-of-two"]),
        ("powers-of-two", ["quantize/powers-of-two", "quantize/powers-of-two-near"]),
        ("qnt-05 or moe", ["quantize/powers-of-two-near", "moe/zero"]),
        ("LOG2-inexact", ["quantize/powers-of-two"]),
        ("not quantize", ["moe/zero"]),
        ("quantize and not near", ["quantize/powers-of-two"]),
        ("not (near or moe)", ["quantize/powers-of-two"]),
        ("quantize and near or moe", ["quantize/powers-of-two-near", "moe/zero"]),
        ("emulation", []),
    ],
)
def test_selects(text, expected):
    holds = parse(text, {case.id for case in CASES})
    assert [case.id for case in CASES if holds(case, "native")] == expected


def test_a_subjects_name_counts():
    for word in ("moe/zero-native", "NATIVE"):
        holds = parse(word, {case.id for case in CASES})
        assert holds(CASES[2], "native")
        assert not holds(CASES[2], "emulation")


def test_a_word_in_a_subjects_name_does_not():
    holds = parse("quantize", {case.id for case in CASES})
    assert holds(CASES[0], "mine.quantize:quantize_rows")
    assert not holds(CASES[2], "mine.quantize:quantize_rows")


@pytest.mark.parametrize("word", ["(", "not "])
def test_depth_is_bounded_and_length_is_not(word):
    with pytest.raises(ExpressionError, match="-k: has more than 50"):
        parse(word * 3000 + "moe", set())
    many = " or ".join(["(moe)"] * 3000)
    assert parse(many, set())(CASES[2], "native")


@pytest.mark.parametrize("text", ["and", "moe and", "not", "(moe", "moe)", "moe zero", "()"])
def test_refuses_what_it_cannot_read(text):
    with pytest.raises(ExpressionError, match="-k: has"):
        parse(text, set())
