"""Do the bitwise scale rules equal the rules on fractions at every power of two and threshold?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from reference.scalar import scale_byte as scalar_byte
from reference.scale_rules import SCALE_RULES, scale_byte


def thresholds() -> np.ndarray:
    """Every power of two, 1.75 and 1.9375 times it, with 2 float neighbours each side; subnormal powers; the ends."""
    normal = (np.arange(1, 255)[:, None] << 23) + np.array([0, 0x600000, 0x780000, 0x700000])
    subnormal = 1 << np.arange(23)
    points = np.concatenate([normal.reshape(-1), subnormal, [0x7F7FFFFF]])
    near = np.unique((points[:, None] + np.arange(-2, 3)).reshape(-1))
    near = near[(near >= 0) & (near < 0x7F800000)]
    return near.astype(np.uint32).view(np.float32)


@pytest.mark.parametrize("rule", sorted(SCALE_RULES))
def test_every_threshold_and_its_neighbours(rule: str) -> None:
    amax = thresholds()
    got = scale_byte(amax, rule)
    assert got.tolist() == [scalar_byte(Fraction(float(a)), rule) for a in amax]


@pytest.mark.parametrize("rule", sorted(SCALE_RULES))
def test_random_patterns(rule: str) -> None:
    bits = np.random.default_rng(3).integers(0, 0x7F800000, 3000).astype(np.uint32)
    amax = bits.view(np.float32)
    assert scale_byte(amax, rule).tolist() == [scalar_byte(Fraction(float(a)), rule) for a in amax]


def test_a_logarithm_would_fail_the_threshold_test() -> None:
    """log2 in FP32 is wrong next to powers of two: the test above can fail."""
    amax = thresholds()
    amax = amax[amax >= 2.0**-100]
    byte = np.floor(np.log2(amax)).astype(np.int32) + 127
    assert (byte != scale_byte(amax, "ocp_floor") + 8).any()


def test_rceil_is_the_least_exponent_without_saturation() -> None:
    amax = thresholds()
    amax = amax[amax >= 2.0**-110].astype(np.float64)
    scale = np.ldexp(1.0, scale_byte(amax.astype(np.float32)).astype(np.int32) - 127)
    assert (amax <= 448 * scale).all() and (amax > 224 * scale).all()


def test_zero_infinity_and_nan() -> None:
    amax = np.array([0.0, np.inf, np.nan], np.float32)
    assert scale_byte(amax).tolist() == [0, 247, 255]
    assert scale_byte(amax, "ocp_floor").tolist() == [0, 247, 255]
    assert scale_byte(np.float32(1.0)).shape == ()


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="rule: has 'floor'"):
        scale_byte(np.zeros(1, np.float32), "floor")
    with pytest.raises(TypeError, match="amax: has float64"):
        scale_byte(np.zeros(1))
    with pytest.raises(ValueError, match="amax: has a negative"):
        scale_byte(np.array([-1.0], np.float32))
    with pytest.raises(ValueError, match="amax: has -1"):
        scalar_byte(Fraction(-1))


FLOOR = float(np.float32(1e-30))


@pytest.mark.parametrize("rule", sorted(SCALE_RULES))
def test_an_amax_below_the_floor_counts_as_it(rule: str) -> None:
    amax = np.append(thresholds(), np.float32([0.0, FLOOR, np.nextafter(np.float32(FLOOR), np.float32(0))]))
    right = [scalar_byte(Fraction(float(a)), rule, Fraction(FLOOR)) for a in amax]
    assert scale_byte(amax, rule, FLOOR).tolist() == right
    assert right != scale_byte(amax, rule).tolist()
    assert scale_byte(np.float32([0.0]), rule, FLOOR) == scale_byte(np.float32([FLOOR]), rule)


@pytest.mark.parametrize("floor", [0.0, 2.0**-130, float("inf"), float("nan")])
def test_a_floor_that_no_rule_has_is_refused(floor: float) -> None:
    with pytest.raises(ValueError, match="floor: has"):
        scale_byte(np.zeros(1, np.float32), "rceil", floor)
