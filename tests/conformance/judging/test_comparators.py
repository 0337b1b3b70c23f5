"""Does each comparator fail when it must? A comparator that cannot fail proves nothing."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from conformance.judging import comparators
from reference.codec import e4m3_key
from reference.fused import AcceptedBlocks
from reference.interval import Interval, RealInterval
from reports.model import Expected, Shown

BF16 = ml_dtypes.bfloat16


def test_bits_accepts_equal_arrays_and_any_nan_for_nan() -> None:
    quiet = np.array([0x7FC00000, 0x7FC00001, 0xFFC00000], dtype=np.uint32).view(np.float32)
    assert comparators.bits(quiet, quiet[::-1].copy()) is None
    assert comparators.bits(np.arange(5, dtype=np.uint8), np.arange(5, dtype=np.uint8)) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float16, BF16, np.float64])
def test_bits_tells_the_zeros_apart(dtype: type) -> None:
    found = comparators.bits(np.array([1, 0.0], dtype=dtype), np.array([1, -0.0], dtype=dtype))
    assert found is not None and found.index == (1,) and found.bad == 1


def test_bits_finds_one_wrong_bit_in_a_million() -> None:
    expected = np.arange(1 << 20, dtype=np.uint32).view(np.float32).reshape(1024, 1024)
    observed = expected.copy()
    observed.view(np.uint32)[700, 3] ^= 1
    found = comparators.bits(observed, expected)
    assert found is not None and (found.index, found.bad, found.total) == ((700, 3), 1, 1 << 20)


def test_bits_tells_nan_from_number_and_says_so() -> None:
    found = comparators.bits(np.array([np.nan], dtype=np.float32), np.array([1.0], dtype=np.float32))
    assert found is not None and found.steps == {"NaN": 1}
    assert comparators.bits(np.array([1.0], dtype=np.float32), np.array([np.nan], dtype=np.float32)) is not None


def test_bits_counts_codes_in_the_order_of_their_values() -> None:
    # -2^-9 (0x81) and +2^-9 (0x01) are three values apart: -0 and +0 lie between.
    found = comparators.bits(np.array([0x81], np.uint8), np.array([0x01], np.uint8), key=e4m3_key)
    assert found is not None and found.steps == {"<=4": 1}
    found = comparators.bits(np.array([119], np.uint8), np.array([127], np.uint8))
    assert found is not None and found.steps == {"<=16": 1}


def test_bits_respects_care() -> None:
    observed, expected = np.array([1, 2], dtype=np.uint8), np.array([1, 3], dtype=np.uint8)
    assert comparators.bits(observed, expected, care=np.array([True, False])) is None
    assert comparators.bits(observed, expected, care=np.array([False, True])) is not None


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (np.zeros((2, 3), np.float32), np.zeros((3, 2), np.float32)),
        (np.zeros(3, np.float32), np.zeros(3, np.float64)),
        (np.zeros(3, np.uint8), np.zeros(3, np.int8)),
        (np.zeros((0, 4), np.float32), np.zeros((0, 5), np.float32)),
    ],
)
def test_every_comparator_refuses_another_shape_or_dtype(observed: np.ndarray, expected: np.ndarray) -> None:
    assert comparators.bits(observed, expected) is not None
    if expected.dtype == np.float32:
        assert comparators.within(observed, Interval.exact(expected)) is not None


def test_empty_arrays_of_the_same_form_are_equal() -> None:
    empty = np.zeros((0, 7), dtype=BF16)
    assert comparators.bits(empty, empty.copy()) is None
    assert comparators.within(empty, Interval.exact(empty)) is None


def _interval(lo: float, hi: float, n: int = 1, dtype: type = np.float32) -> Interval:
    no = np.zeros(n, dtype=bool)
    return Interval(np.full(n, lo, dtype=dtype), np.full(n, hi, dtype=dtype), no, no)


@pytest.mark.parametrize("dtype", [np.float32, BF16])
def test_within_is_closed_and_ends_one_step_further(dtype: type) -> None:
    accepted = _interval(1.0, 1.5, dtype=dtype)
    unsigned = "u4" if dtype is np.float32 else "u2"
    for edge, outward in ((1.0, -1), (1.5, 1)):
        on = np.array([edge], dtype=dtype)
        assert comparators.within(on, accepted) is None
        off = (on.view(unsigned).astype(np.int64) + outward).astype(unsigned).view(dtype)
        found = comparators.within(off, accepted)
        assert found is not None and found.steps == {"<=1": 1}


def test_within_finds_one_element_in_a_million() -> None:
    accepted = _interval(-1.0, 1.0, 1 << 20)
    observed = np.zeros(1 << 20, dtype=np.float32)
    observed[123456] = np.nextafter(np.float32(1), np.float32(2))
    found = comparators.within(observed, accepted)
    assert found is not None and found.index == (123456,) and found.bad == 1


def test_within_orders_the_zeros() -> None:
    assert comparators.within(np.array([-0.0], np.float32), _interval(0.0, 1.0)) is not None
    assert comparators.within(np.array([0.0], np.float32), _interval(-0.0, 1.0)) is None
    assert comparators.within(np.array([0.0], np.float32), _interval(-1.0, -0.0)) is not None


def test_within_keeps_nan_apart() -> None:
    yes, no = np.ones(1, dtype=bool), np.zeros(1, dtype=bool)
    zero, nan = np.zeros(1, np.float32), np.full(1, np.nan, np.float32)
    assert comparators.within(nan, Interval(zero, zero, no, no)) is not None
    assert comparators.within(zero, Interval(zero, zero, yes, no)) is not None
    assert comparators.within(nan, Interval(zero, zero, yes, no)) is None
    assert comparators.within(nan, Interval(zero, zero, no, yes)) is None


def _blocks(value: float, slack: float = 0.0) -> AcceptedBlocks:
    values = np.full((1, 32), value)
    no = np.zeros((1, 32), dtype=bool)
    return AcceptedBlocks(RealInterval(values - slack, values + slack, no, no), "rceil")


def test_blocks_accepts_the_code_and_refuses_its_neighbours() -> None:
    accepted = _blocks(1.0)  # amax 1 = 1.75 * 2^8 * 2^e rounded up: e = -8, 1.0 * 2^8 = 256 = 0x78
    codes, scales = np.full((1, 32), 0x78, dtype=np.uint8), np.full((1, 1), 119, dtype=np.uint8)
    assert comparators.blocks(codes, scales, accepted) is None
    for neighbour in (0x77, 0x79):
        wrong = codes.copy()
        wrong[0, 9] = neighbour
        found = comparators.blocks(wrong, scales, accepted)
        assert found is not None and found.index == (0, 9) and found.bad == 1


def test_blocks_refuses_an_equal_value_under_another_byte() -> None:
    # 128 under byte 120 decodes to the same 1.0, but the rule gives byte 119.
    codes, scales = np.full((1, 32), 0x70, dtype=np.uint8), np.full((1, 1), 120, dtype=np.uint8)
    found = comparators.blocks(codes, scales, _blocks(1.0))
    assert found is not None and found.expected == Expected(Shown("", "119"), Shown("", "119"), "scale byte")


def test_blocks_accepts_both_bytes_at_a_scale_edge_but_not_mixed_codes() -> None:
    edge = 448.0  # just below the edge e is 0, just above it is 1
    accepted = _blocks(edge, slack=edge * 2.0**-20)
    low = np.full((1, 32), 0x7E, dtype=np.uint8), np.full((1, 1), 127, dtype=np.uint8)
    high = np.full((1, 32), 0x76, dtype=np.uint8), np.full((1, 1), 128, dtype=np.uint8)
    assert comparators.blocks(*low, accepted) is None
    assert comparators.blocks(*high, accepted) is None
    assert comparators.blocks(low[0], high[1], accepted) is not None


def test_blocks_refuses_another_shape() -> None:
    codes = np.zeros((1, 32), dtype=np.uint8)
    assert comparators.blocks(codes, np.zeros((1, 2), np.uint8), _blocks(1.0)) is not None
    assert comparators.blocks(codes[0], np.zeros((1, 1), np.uint8), _blocks(1.0)) is not None
