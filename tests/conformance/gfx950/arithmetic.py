"""Exact arithmetic to test against: Python integers and fractions, no NumPy semantics."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

LARGEST = Fraction(2**24 - 1) * Fraction(2) ** 104


def power(exponent: int) -> Fraction:
    return Fraction(2) ** exponent


def floor_log2(value: Fraction) -> int:
    """Of a positive fraction."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    return exponent if power(exponent) <= value else exponent - 1


def float32_of(value: Fraction) -> float:
    """The FP32 nearest to a fraction, ties to even; Inf beyond the range; an exact zero is +0."""
    if value == 0:
        return 0.0
    sign = -1.0 if value < 0 else 1.0
    quantum = power(max(floor_log2(abs(value)), -126) - 23)
    rounded = round(abs(value) / quantum) * quantum  # Python rounds a Fraction's ties to even
    return math.copysign(math.inf if rounded > LARGEST else float(rounded), sign)


def bits_of_float32(value: float) -> int:
    """The code, NaN as 0x7FC00000."""
    return 0x7FC00000 if math.isnan(value) else struct.unpack("<I", struct.pack("<f", value))[0]
