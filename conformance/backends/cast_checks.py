"""Does the backend convert between formats correctly? Claims about casts, each judged bit for bit.

Each claim stands in words beside its id in ``platform_checks``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from conformance.backends import probe_data
from conformance.backends.differences import Outcome, compare_patterns, given_patterns
from reference.codec import e4m3_to_float64, float32_bits_to_bf16, float64_to_fp16, float_to_e4m3

if TYPE_CHECKING:
    from conformance.backends.probes import Probes


def fp32_to_bf16(probes: Probes) -> Outcome:
    inputs = probe_data.for_bf16()
    return _converted(probes, inputs, "fp32", "bf16", float32_bits_to_bf16(inputs).view(np.uint16))


def fp32_to_fp16(probes: Probes) -> Outcome:
    inputs = probe_data.for_fp16()
    with np.errstate(invalid="ignore"):  # signalling NaNs
        nearest = float64_to_fp16(inputs.view(np.float32).astype(np.float64))
    return _converted(probes, inputs, "fp32", "fp16", nearest.view(np.uint16))


def bf16_to_fp32(probes: Probes) -> Outcome:
    inputs = np.arange(1 << 16, dtype=np.uint16)
    return _converted(probes, inputs, "bf16", "fp32", probe_data.all_bf16_widened())


def fp32_to_e4m3(probes: Probes) -> Outcome:
    inputs = probe_data.for_e4m3()
    return _to_e4m3(probes, inputs[~_overflows(inputs)])


def fp32_to_e4m3_saturates(probes: Probes) -> Outcome:
    inputs = probe_data.for_e4m3()
    return _to_e4m3(probes, inputs[_overflows(inputs)])


def e4m3_to_fp32(probes: Probes) -> Outcome:
    inputs = np.arange(256, dtype=np.uint8)
    return _converted(probes, inputs, "e4m3", "fp32", e4m3_to_float64(inputs).astype(np.float32).view(np.uint32))


def _to_e4m3(probes: Probes, inputs: np.ndarray) -> Outcome:
    return _converted(probes, inputs, "fp32", "e4m3", float_to_e4m3(inputs.view(np.float32)))


def _converted(probes: Probes, inputs: np.ndarray, source: str, target: str, expected: np.ndarray) -> Outcome:
    observed = probes.convert(inputs, source, target)
    return compare_patterns(observed, expected, target, given_patterns(source, x=inputs))


def _overflows(patterns: np.ndarray) -> np.ndarray:
    """Beyond E4M3's range, infinities included; NaN is not."""
    return np.abs(patterns.view(np.float32)) >= probe_data.E4M3_OVERFLOW
