"""Does a set of values fail when it must? Each condition has an answer that only it refuses."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from conformance.judging.within import Within
from reference.codec import next_down, next_up
from reference.interval import Interval
from reports.model import Expected, Shown

BF16 = ml_dtypes.bfloat16


def _interval(lo: float, hi: float, n: int = 1, dtype: type = np.float32, nan: bool = False) -> Interval:
    lows, highs = (np.full(n, end, dtype=dtype) for end in (lo, hi))
    return Interval(lows, highs, np.full(n, nan), np.zeros(n, bool))


def _right(observed: float, accepted: Interval) -> bool:
    return Within(np.array([observed], accepted.dtype), accepted).mismatch is None


@pytest.mark.parametrize("dtype", [np.float32, np.float16, BF16])
@pytest.mark.parametrize(("lo", "hi"), [(1.0, 1.5), (-1.5, -1.0), (-1.0, 1.0), (0.0, 1.0), (-1.0, -0.0), (1.0, 1.0)])
def test_a_set_is_closed_and_ends_one_step_further(lo: float, hi: float, dtype: type) -> None:
    accepted = _interval(lo, hi, dtype=dtype)
    for end, outward in ((accepted.lo, next_down), (accepted.hi, next_up)):
        assert Within(end, accepted).mismatch is None
        found = Within(outward(end), accepted).mismatch
        assert found is not None and found.steps == {"<=1": 1}


def test_one_element_in_a_million_is_found() -> None:
    accepted = _interval(-1.0, 1.0, 1 << 20)
    observed = np.zeros(1 << 20, dtype=np.float32)
    observed[123456] = np.nextafter(np.float32(1), np.float32(2))
    found = Within(observed, accepted).mismatch
    assert found is not None and found.index == (123456,) and found.bad == 1


def test_the_zeros_are_ordered() -> None:
    assert not _right(-0.0, _interval(0.0, 1.0))
    assert _right(0.0, _interval(-0.0, 1.0))
    assert not _right(0.0, _interval(-1.0, -0.0))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_nan_is_right_only_where_it_is_asked_for(sign: float) -> None:
    nan = np.copysign(np.nan, sign)
    assert not _right(nan, _interval(0.0, 0.0))
    assert not _right(nan, _interval(-np.inf, np.inf))
    assert not _right(nan, _interval(-np.nan, np.nan)), "ends that are NaN ask for none"
    assert _right(nan, _interval(0.0, 0.0, nan=True))
    for number in (0.0, np.inf, -np.inf):
        assert not _right(number, _interval(-np.inf, np.inf, nan=True))


def test_anything_is_right_only_where_that_is_said_and_no_nan_is_asked_for() -> None:
    zeros = np.zeros(3, np.float32)
    accepted = Interval(zeros, zeros, np.array([False, True, False]), np.array([True, True, False]))
    for number in (7.0, np.nan):
        right = Within(np.full(3, number, np.float32), accepted).right
        assert right.tolist() == [True, bool(np.isnan(number)), False]


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (np.zeros((2, 3), np.float32), np.zeros((3, 2), np.float32)),
        (np.zeros((1, 3), np.float32), np.zeros(3, np.float32)),
        (np.zeros(3, np.float32), np.zeros(3, np.float64)),
        (np.zeros(3, np.float16), np.zeros(3, BF16)),
        (np.zeros((0, 4), np.float32), np.zeros((0, 5), np.float32)),
    ],
)
def test_another_shape_or_dtype_is_refused(observed: np.ndarray, expected: np.ndarray) -> None:
    seen = Within(observed, Interval.exact(expected))
    assert seen.mismatch is not None and (seen.mismatch.wrong, seen.closeness) == (None, {})


def test_empty_arrays_of_the_same_form_are_right() -> None:
    empty = np.zeros((0, 7), dtype=BF16)
    assert Within(empty, Interval.exact(empty)).mismatch is None


def test_what_is_expected_is_one_value_or_both_ends_or_nan() -> None:
    one, both, nan = _interval(1.0, 1.0), _interval(1.0, 2.0), _interval(0.0, 0.0, nan=True)
    found = [Within(np.zeros(1, np.float32), accepted).expects((0,)) for accepted in (one, both, nan)]
    least, most = Shown("0x3f800000", "1"), Shown("0x40000000", "2")
    assert found == [Expected(least), Expected(least, most), Expected(Shown("", "NaN"))]
