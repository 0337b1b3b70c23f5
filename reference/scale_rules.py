"""Which E8M0 byte does each scale rule give to a block's amax? Integer operations on FP32 bits, hence exact.

With amax = (1 + m 2^-23) 2^(E - 127): log2 never appears, floor(log2 amax) is E - 127 and the rest are thresholds on m.
The rules are those of ``reference.scalar.scales``.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference.codec import F32, U8

Ints = NDArray[np.int32]
_MANTISSA = 0x7FFFFF
_MIN_NORMAL = 0x00800000  # 2^-126
_INFINITY = 0x7F800000


def _rceil(exponent: Ints, mantissa: Ints) -> Ints:
    """The least byte under which amax fits 448 * 2^(byte - 127), by comparing bits: no logarithm errs (QNT-05)."""
    # 448 = 1.75 * 2^8: one more than floor(log2) - 8 exactly when the significand exceeds 1.75.
    return exponent - 8 + (mantissa > 0x600000)


def _ocp_floor(exponent: Ints, mantissa: Ints) -> Ints:
    return exponent - 8


def _ceil(exponent: Ints, mantissa: Ints) -> Ints:
    return exponent - 8 + (mantissa > 0)


def _even(exponent: Ints, mantissa: Ints) -> Ints:
    # Rounding to 3 mantissa bits reaches 2 from 1.9375 on: the tie there goes up, since 1.875 is odd.
    return exponent - 8 + (mantissa >= 0x780000)


SCALE_RULES: dict[str, Callable[[Ints, Ints], Ints]] = {
    "rceil": _rceil, "ocp_floor": _ocp_floor, "ceil": _ceil, "even": _even,
}  # fmt: skip
"""Each rule as byte before clamping, from the exponent field and the mantissa field of amax."""


def scale_rule(rule: str) -> Callable[[Ints, Ints], Ints]:
    """The rule by name; ValueError names the known ones."""
    if rule not in SCALE_RULES:
        raise ValueError(f"rule: has {rule!r}, needs one of {', '.join(SCALE_RULES)}")
    return SCALE_RULES[rule]


def scale_byte(amax: F32, rule: str = "rceil", floor: float = 2.0**-126) -> U8:
    """E8M0 bytes for float32 amax >= 0, any shape.

    Below ``floor`` counts as it, an FP32 number >= 2^-126; the exponent is clamped to [-127, 127]. +Inf counts as
    2^128 (rceil: byte 247).
    A NaN amax gives byte 255. TypeError when amax is not float32, ValueError for a negative one or another floor.
    """
    function = scale_rule(rule)
    amax = np.asarray(amax)
    if amax.dtype != np.float32:
        raise TypeError(f"amax: has {amax.dtype}, needs float32")
    if (amax < 0).any():
        raise ValueError(f"amax: has a negative value {amax.min()}, needs values >= 0")
    magnitude = np.ascontiguousarray(amax).reshape(amax.shape).view(np.int32) & 0x7FFFFFFF
    byte = scale_byte_of_bits(magnitude, function, floor)
    return np.where(magnitude > _INFINITY, np.uint8(255), byte)


def scale_byte_of_bits(magnitude: Ints, function: Callable[[Ints, Ints], Ints], floor: float = 2.0**-126) -> U8:
    """Bytes (QNT-02) from the magnitude bits (int32, sign bit clear, not NaN) of amax, at least ``floor``'s (QNT-07).

    ValueError as in ``scale_byte``.
    """
    least = int(np.float32(floor).view(np.int32))
    if not _MIN_NORMAL <= least < _INFINITY:
        raise ValueError(f"floor: has {floor}, needs a finite number >= 2^-126")
    magnitude = np.maximum(magnitude, np.int32(least))
    return np.clip(function(magnitude >> 23, magnitude & _MANTISSA), 0, 254).astype(np.uint8)
