"""Are the interpreter's dot products and FMAs rounded once? Against fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.backends import arithmetic
from reference.codec import e8m0_to_float64

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def nearest_float32(exact: Fraction) -> np.float32:
    """The float32 nearest to a fraction, ties to even, by comparing the neighbours of a guess."""
    with np.errstate(over="ignore"):
        guess = np.float32(float(exact)) if abs(exact) < 2**1000 else np.float32(np.sign(exact) * np.inf)
    overflow = Fraction(2) ** 128 - Fraction(2) ** 103
    if abs(exact) >= overflow:
        return np.float32(np.inf if exact > 0 else -np.inf)
    largest = np.finfo(np.float32).max
    candidates = [np.clip(x, -largest, largest) for x in _around(guess)]
    return min(candidates, key=lambda x: (abs(Fraction(float(x)) - exact), int(x.view(np.uint32)) % 2))


def _around(x: np.float32) -> list[np.float32]:
    return [np.nextafter(x, np.float32(-np.inf)), x, np.nextafter(x, np.float32(np.inf))]


@given(FLOAT32, FLOAT32, FLOAT32)
def test_fma_of_fp32_rounds_once(x, y, z):
    operands = [np.array([v], dtype=np.float32) for v in (x, y, z)]
    got = arithmetic.fma(*operands, "fp32")[0]
    want = nearest_float32(Fraction(x) * Fraction(y) + Fraction(z))
    assert got == want


def test_fma_differs_from_multiply_then_add():
    x = np.array([1 + 2.0**-23], dtype=np.float32)
    z = np.array([-1 - 2.0**-22], dtype=np.float32)
    assert arithmetic.fma(x, x, z, "fp32")[0] == np.float32(2.0**-46)
    assert (x * x + z)[0] == 0


def test_fma_breaks_a_tie_by_what_float64_cannot_hold():
    """1 + 2^-24 is FP32's tie; the product adds 2^-80, which is lost in float64."""
    one, half_ulp = np.array([1], dtype=np.float32), np.array([2.0**-24 + 2.0**-47], dtype=np.float32)
    tie_and_more = arithmetic.fma(half_ulp, one, one, "fp32")[0]
    assert tie_and_more == np.float32(1 + 2.0**-23)
    tiny = np.array([2.0**-40], dtype=np.float32)
    above_one = np.array([1 + 2.0**-23], dtype=np.float32)
    assert arithmetic.fma(tiny, tiny, above_one, "fp32")[0] == above_one[0]


def test_a_dot_product_is_rounded_once_with_its_accumulator():
    """2^24 + 1 + 1 is 2^24 + 2; in FP32 each 1 alone would be lost."""
    a, b = np.ones((1, 2)), np.ones((2, 1))
    accumulator = np.full((1, 1), 2.0**24, dtype=np.float32)
    assert arithmetic.dot(a, b, accumulator, "fp32")[0, 0] == np.float32(2.0**24 + 2)


@pytest.mark.parametrize("shape", [(1, 8, 8), (65, 256, 128), (3, 1024, 512), (2, 70, 64, 128)])
def test_strips_give_the_whole_product(shape):
    *outer, inner, columns = shape
    a = (np.arange(np.prod([*outer, inner])) % 17 - 8.0).reshape(*outer, inner)
    b = (np.arange(inner * columns) % 13 - 6.0).reshape(inner, columns)
    zero = np.zeros((*outer, columns), dtype=np.float32)
    assert np.array_equal(arithmetic.dot(a, b, zero, "fp32"), np.matmul(a, b).astype(np.float32))


def test_every_scale_byte_is_a_power_of_two_and_255_is_nan():
    scales = np.arange(256, dtype=np.uint8).reshape(256, 1)
    scaled = arithmetic.apply_block_scales(np.ones((256, 32)), scales)
    assert np.array_equal(scaled[:, 0], e8m0_to_float64(scales)[:, 0], equal_nan=True)
    assert np.isnan(scaled[255]).all()
    assert scaled[0, 0] == 2.0**-127


def test_scales_that_do_not_divide_the_operand_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 3\).*\(4, 64\)"):
        arithmetic.apply_block_scales(np.ones((4, 64)), np.zeros((4, 3), dtype=np.uint8))
