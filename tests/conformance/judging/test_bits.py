"""Does an equality of bits fail when it must? Each condition has an answer that only it refuses."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from conformance.judging.bits import Bits
from reference.codec import e4m3_key

BF16 = ml_dtypes.bfloat16
NAN, OTHER_NAN = (np.array([bits], np.uint32).view(np.float32) for bits in (0x7FC00000, 0xFFC00001))


def test_equal_arrays_and_any_nan_for_nan_are_right() -> None:
    quiet = np.array([0x7FC00000, 0x7FC00001, 0xFFC00000], dtype=np.uint32).view(np.float32)
    assert Bits(quiet, quiet[::-1].copy()).mismatch is None
    assert Bits(np.arange(5, dtype=np.uint8), np.arange(5, dtype=np.uint8)).mismatch is None


@pytest.mark.parametrize("dtype", [np.float32, np.float16, BF16, np.float64])
def test_the_zeros_are_two(dtype: type) -> None:
    for observed, expected in ((0.0, -0.0), (-0.0, 0.0)):
        found = Bits(np.array([1, observed], dtype=dtype), np.array([1, expected], dtype=dtype)).mismatch
        assert found is not None and found.index == (1,) and found.bad == 1


@pytest.mark.parametrize("bit", range(32))
def test_each_bit_of_a_float_counts(bit: int) -> None:
    expected = np.array([1.5], np.float32)
    observed = (expected.view(np.uint32) ^ np.uint32(1 << bit)).view(np.float32)
    assert Bits(observed, expected).mismatch is not None


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("key", [None, e4m3_key])
def test_each_bit_of_a_byte_counts(bit: int, key: object) -> None:
    expected = np.array([0x7F], np.uint8)
    assert Bits(expected ^ np.uint8(1 << bit), expected, key=key).mismatch is not None, "two NaN codes are two bytes"


def test_one_wrong_bit_in_a_million_is_found() -> None:
    expected = np.arange(1 << 20, dtype=np.uint32).view(np.float32).reshape(1024, 1024)
    observed = expected.copy()
    observed.view(np.uint32)[700, 3] ^= 1
    found = Bits(observed, expected).mismatch
    assert found is not None and (found.index, found.bad, found.total) == ((700, 3), 1, 1 << 20)


@pytest.mark.parametrize("number", [1.0, np.inf])
def test_nan_and_a_number_differ_either_way_and_are_counted(number: float) -> None:
    other = np.array([number], np.float32)
    for nan in (NAN, OTHER_NAN):
        for observed, expected in ((nan, other), (other, nan)):
            found = Bits(observed, expected).mismatch
            assert found is not None and found.steps == {"NaN": 1}


def test_codes_are_counted_in_the_order_of_their_values() -> None:
    # -2^-9 (0x81) and +2^-9 (0x01) are three values apart: -0 and +0 lie between.
    found = Bits(np.array([0x81], np.uint8), np.array([0x01], np.uint8), key=e4m3_key).mismatch
    assert found is not None and found.steps == {"<=4": 1}
    found = Bits(np.array([119], np.uint8), np.array([127], np.uint8)).mismatch
    assert found is not None and found.steps == {"<=16": 1}


def test_only_what_is_not_determined_may_be_anything() -> None:
    observed, expected = np.array([1, 2], dtype=np.uint8), np.array([1, 3], dtype=np.uint8)
    assert Bits(observed, expected, care=np.array([True, False])).mismatch is None
    for care in (np.array([False, True]), np.array([True, True])):
        found = Bits(observed, expected, care=care).mismatch
        assert found is not None and found.index == (1,) and found.bad == 1


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (np.zeros((2, 3), np.float32), np.zeros((3, 2), np.float32)),
        (np.zeros((1, 3), np.float32), np.zeros(3, np.float32)),  # of which the one is spread over the other
        (np.zeros(1, np.float32), np.zeros(3, np.float32)),
        (np.zeros((0, 4), np.float32), np.zeros((0, 5), np.float32)),
        (np.zeros(3, np.float32), np.zeros(3, np.float64)),
        (np.zeros(3, np.uint8), np.zeros(3, np.int8)),
        (np.zeros(3, np.float16), np.zeros(3, BF16)),
        (np.zeros(3, np.int32), np.zeros(3, np.float32)),
    ],
)
def test_another_shape_or_dtype_is_refused(observed: np.ndarray, expected: np.ndarray) -> None:
    seen = Bits(observed, expected)
    found = seen.mismatch
    assert found is not None and (found.index, found.wrong, seen.closeness) == ((), None, {})
    assert str(found.observed) == f"{observed.dtype}{list(observed.shape)}"


def test_empty_arrays_of_the_same_form_are_equal() -> None:
    empty = np.zeros((0, 7), dtype=BF16)
    assert Bits(empty, empty.copy()).mismatch is None
