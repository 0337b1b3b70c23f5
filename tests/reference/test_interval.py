"""Do sets of values accept exactly their members?"""

from __future__ import annotations

import numpy as np
import pytest

from reference.codec import BF16_DTYPE, next_down, next_up
from reference.interval import Interval, RealInterval

NONE = np.zeros(3, bool)


@pytest.mark.parametrize("dtype", [np.float16, BF16_DTYPE, np.float32])
def test_a_set_ends_one_step_outside(dtype: type) -> None:
    lo, hi = np.array([-1.0, 0.5, -0.0], dtype), np.array([-0.5, 0.5, 0.0], dtype)
    sets = Interval(lo, hi, NONE, NONE)
    assert sets.contains(lo).all() and sets.contains(hi).all()
    assert not sets.contains(next_down(lo)).any() and not sets.contains(next_up(hi)).any()
    assert not sets.contains(np.full(3, np.nan, dtype)).any()
    ends = np.full(3, np.nan, dtype)
    assert not Interval(-ends, ends, NONE, NONE).contains(ends).any(), "ends that are NaN ask for none"
    assert sets.is_point().tolist() == [False, True, False]
    assert sets.is_value().tolist() == [False, True, True]


def test_zeros_are_two_members() -> None:
    plus, minus = np.zeros(1, np.float32), -np.zeros(1, np.float32)
    assert Interval.exact(plus).contains(minus).tolist() == [False]
    assert Interval.exact(minus).contains(plus).tolist() == [False]


def test_nan_is_a_class_and_free_is_anything() -> None:
    sets = Interval.exact(np.array([np.nan, 1.0], np.float32))
    other_nan = np.array([0xFFC12345, 0x3F800000], np.uint32).view(np.float32)
    assert sets.contains(other_nan).all() and not sets.contains(np.ones(2, np.float32))[0]
    free = Interval(
        np.ones(3, np.float32), np.ones(3, np.float32), np.array([True, False, False]), np.array([True, True, False])
    )
    assert free.contains(np.array([1.0, np.nan, 1.0], np.float32)).tolist() == [False, True, True]


def test_rounding_reals_keeps_both_zeros_only_for_zero() -> None:
    reals = RealInterval(np.array([0.0, 1e-60, -1e-60]), np.array([0.0, 1e-60, 1.0]), NONE, NONE)
    sets = reals.rounded_to(np.float32)
    assert np.signbit(sets.lo).tolist() == [True, False, True]
    assert np.signbit(sets.hi).tolist() == [False, False, False]
    assert sets.contains(np.array([-0.0, -0.0, -0.0], np.float32)).tolist() == [True, False, True]
    over = RealInterval(np.array([3.4e38] * 3), np.array([3.5e38] * 3), NONE, NONE).rounded_to(np.float32)
    assert over.contains(np.full(3, np.inf, np.float32)).all()


def test_mismatches_are_named() -> None:
    sets = Interval.exact(np.zeros(3, np.float32))
    with pytest.raises(ValueError, match=r"observed: has shape \(2,\), needs \(3,\)"):
        sets.contains(np.zeros(2, np.float32))
    with pytest.raises(TypeError, match="observed: has float64, needs float32"):
        sets.contains(np.zeros(3))
    with pytest.raises(ValueError, match="Interval: has shapes"):
        Interval(np.zeros(2, np.float32), np.zeros(3, np.float32), NONE, NONE)
    with pytest.raises(TypeError, match="hi: has float64"):
        Interval(np.zeros(3, np.float32), np.zeros(3), NONE, NONE)
    empty = Interval.exact(np.zeros((0, 4), np.float32))
    assert empty.contains(np.zeros((0, 4), np.float32)).shape == (0, 4)
