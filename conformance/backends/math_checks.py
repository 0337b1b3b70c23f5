"""Is the backend's FP32 arithmetic what error models assume? Claims about *, /, exp, exp2 and log2.

Accuracies are those that both vendors document or keep to: CUDA's ``ex2.approx`` has a relative error of
2^-22.5, ``div.full`` 2 ulp; AMD's ``v_exp_f32``, ``v_log_f32`` and ``v_rcp_f32`` 1 ulp. Each claim stands in
words beside its id in ``platform_checks``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from conformance.backends import probe_data
from conformance.backends.differences import Outcome, compare_float32, compare_within, given_float32

if TYPE_CHECKING:
    from conformance.backends.probes import Probes

_STEPS = 1 << 15


def multiply_keeps_subnormals(probes: Probes) -> Outcome:
    left, right = probe_data.subnormal_products()
    expected = left.astype(np.float64) * right  # exact: 48 significant bits at most
    return compare_float32(probes.multiply(left, right), expected, given_float32(x=left, y=right))


def divide(probes: Probes) -> Outcome:
    """Quotients by powers of two exact, others within 2 ulp; operands and quotients normal."""
    scattered = (probe_data.scattered_fp32(_STEPS) & np.uint32(0x807FFFFF)) | np.uint32(127 << 23)
    left = np.tile(scattered.view(np.float32), 3)
    powers = np.ldexp(np.float32(1), np.arange(_STEPS) % 252 - 126)
    others = (np.roll(scattered, 1) & np.uint32(0x7FFFFFFF)).view(np.float32)
    right = np.concatenate([powers, -powers, others]).astype(np.float32)
    expected = left.astype(np.float64) / right
    inexact = np.arange(left.size) >= 2 * _STEPS
    normal = np.abs(expected) >= 2.0**-126
    left, right, expected, inexact = left[normal], right[normal], expected[normal], inexact[normal]
    tolerance = np.where(inexact, np.abs(expected) * 2.0**-22, 0.0)
    return compare_within(probes.divide(left, right), expected, tolerance, given_float32(x=left, y=right))


def divide_keeps_subnormals(probes: Probes) -> Outcome:
    """Divisors 2^-127, 2^-149 and quotients below 2^-126, all exactly representable."""
    left = np.ldexp(np.float32(1.5), np.arange(-100, 0)).astype(np.float32)
    right = np.array([2.0**-127, 2.0**-126 * 0.75, 2.0**127, 2.0**40], dtype=np.float32)
    left, right = (x.ravel() for x in np.meshgrid(left, right))
    expected = left.astype(np.float64) / right
    exact = (expected.astype(np.float32) == expected) & (np.abs(expected) < 2.0**128)
    left, right, expected = left[exact], right[exact], expected[exact]
    return compare_float32(probes.divide(left, right), expected, given_float32(x=left, y=right))


def exp2_of_integers(probes: Probes) -> Outcome:
    return _exp2_exactly(probes, np.arange(-126, 128))


def exp2_keeps_subnormals(probes: Probes) -> Outcome:
    return _exp2_exactly(probes, np.arange(-127, -150, -1))


def _exp2_exactly(probes: Probes, exponents: np.ndarray) -> Outcome:
    inputs = exponents.astype(np.float32)
    return compare_float32(probes.exp2(inputs), np.ldexp(1.0, exponents), given_float32(x=inputs))


def exp2_is_accurate(probes: Probes) -> Outcome:
    inputs = np.concatenate([np.linspace(-126, 127.99, 4 * _STEPS), np.linspace(-1, 1, _STEPS)]).astype(np.float32)
    expected = np.exp2(inputs.astype(np.float64))
    return compare_within(probes.exp2(inputs), expected, expected * 2.0**-22, given_float32(x=inputs))


def exp_is_accurate(probes: Probes) -> Outcome:
    """Relative error at most (4 + |x|) 2^-23: exp2 of the rounded product x log2(e), which errs by |x| 2^-24."""
    inputs = np.concatenate([np.linspace(-87, 88, 4 * _STEPS), np.linspace(-1, 1, _STEPS)]).astype(np.float32)
    expected = np.exp(inputs.astype(np.float64))
    tolerance = expected * (4 + np.abs(inputs)) * 2.0**-23
    return compare_within(probes.exp(inputs), expected, tolerance, given_float32(x=inputs))


def log2_of_powers(probes: Probes) -> Outcome:
    exponents = np.arange(-126, 128)
    inputs = np.ldexp(np.float32(1), exponents)
    return compare_float32(probes.log2(inputs), exponents, given_float32(x=inputs))


def log2_is_accurate(probes: Probes) -> Outcome:
    """Error at most 2^-21 where |log2 x| <= 1, relatively 2^-21 elsewhere, over all normal x."""
    patterns = probe_data.scattered_fp32(4 * _STEPS) & np.uint32(0x7FFFFFFF)
    inputs = patterns.view(np.float32)
    inputs = inputs[(inputs >= np.float32(2.0**-126)) & np.isfinite(inputs)]
    expected = np.log2(inputs.astype(np.float64))
    tolerance = np.maximum(1.0, np.abs(expected)) * 2.0**-21
    return compare_within(probes.log2(inputs), expected, tolerance, given_float32(x=inputs))
