"""What does the vector unit compute exactly? Fused multiply-add, minimum and maximum, scaling, rounding, NaNs.

All functions take and return arrays of one floating type (float16, float32, float64) and never change arguments.
NaNs as the hardware has them: an operand's NaN is passed on with its quiet bit set, the first in operand order;
an invalid operation gives the positive quiet NaN without payload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Layout:
    """A floating type's bits: its unsigned integer type, infinity's pattern, the quiet bit, the sign bit."""

    bits: Any
    infinity: int
    quiet: int
    sign: int

    @property
    def nan(self) -> int:
        """The quiet NaN of an invalid operation."""
        return self.infinity | self.quiet


LAYOUTS: dict[np.dtype[Any], Layout] = {
    np.dtype(np.float16): Layout(np.uint16, 0x7C00, 0x0200, 0x8000),
    np.dtype(np.float32): Layout(np.uint32, 0x7F800000, 0x00400000, 0x80000000),
    np.dtype(np.float64): Layout(np.uint64, 0x7FF0000000000000, 0x0008000000000000, 0x8000000000000000),
}


def select(mask: Array, chosen: Array, other: Array) -> Array:
    """uint32: `chosen` where the mask is set. As arithmetic: np.where is 7 times slower where masks are irregular."""
    return ((other ^ chosen) * mask.view(np.uint8).astype(np.uint32)) ^ other


# --- NaNs -----------------------------------------------------------------------------------------


def settle_nans(result: Array, *sources: Array) -> Array:
    """`result` with its NaNs as the hardware has them: the first NaN among `sources`, quieted, else the default.

    NumPy leaves what x86 does: a negative default NaN, and any operand's payload where several are NaN.
    """
    nan = np.isnan(result)
    if not nan.any():
        return result
    layout = LAYOUTS[result.dtype]
    bits = np.where(nan, layout.bits(layout.nan), result.view(layout.bits))
    for source in reversed(sources):
        quieted = source.view(layout.bits) | layout.bits(layout.quiet)
        bits = np.where(nan & np.isnan(source), quieted, bits)
    return bits.view(result.dtype)


def signaling(x: Array) -> Array:
    """bool: where `x` is a signaling NaN."""
    layout = LAYOUTS[x.dtype]
    return np.isnan(x) & (x.view(layout.bits) & layout.bits(layout.quiet) == 0)


def quieted(x: Array) -> Array:
    """`x` with the quiet bit of each NaN set."""
    layout = LAYOUTS[x.dtype]
    return np.where(np.isnan(x), x.view(layout.bits) | layout.bits(layout.quiet), x.view(layout.bits)).view(
        x.dtype
    )


# --- multiply-add with one rounding -------------------------------------------------------------------


def fma(a: Array, b: Array, c: Array) -> Array:
    """a * b + c, rounded once, in the operands' type."""
    return _FMA[a.dtype](a, b, c)


def fma16(a: Array, b: Array, c: Array) -> Array:
    """float16. In float64 the product is exact (22 bits), and so is every sum that a rounding to 11 bits can see."""
    return (a.astype(np.float64) * b.astype(np.float64) + c.astype(np.float64)).astype(np.float16)


def fma32(a: Array, b: Array, c: Array) -> Array:
    """float32. The product is exact in float64; the sum is rounded there and again to float32.

    That goes wrong only where the first rounding ends on the midpoint of two neighbouring float32 and the exact sum
    does not: those lanes are looked for, and computed again.
    """
    product = a.astype(np.float64) * b.astype(np.float64)  # faster than a multiplication with dtype=float64
    total = product + c.astype(np.float64)
    result = total.astype(np.float32)
    # Midpoints: the 29 bits that a normal float32 lacks are 100..0. Below 2**-126 it lacks more: any may be one.
    risky = total.view(np.uint64) & 0x1FFFFFFF == 0x10000000
    risky |= (result.view(np.uint32) & 0x7FFFFFFF) - np.uint32(1) < 0x00800000
    if risky.any():
        addend = np.broadcast_to(c, result.shape)[risky].astype(np.float64)
        result[risky] = round_to_odd(np.broadcast_to(product, result.shape)[risky], addend).astype(np.float32)
    return result


def round_to_odd(a: Array, b: Array) -> Array:
    """float64 a + b, an inexact sum being rounded to its neighbour with an odd last bit.

    Such a sum rounds to any type of at most 51 bits as the exact one does (Boldo and Melquiond 2008, "Emulation of
    FMA and correctly rounded sums: proved algorithms using rounding to odd").
    """
    total, error = two_sum(a, b)
    bits = total.view(np.int64)
    moves = (bits & 1 == 0) & (np.abs(error) > 0)  # not for the NaN that an infinity has for an error
    outward = ((error > 0) == (total > 0)).view(np.int8) * np.int8(2) - np.int8(1)
    return (bits + outward * moves).view(np.float64)


def fma64(a: Array, b: Array, c: Array, exponent: Array | int = 0) -> Array:
    """float64; (a * b + c) * 2**exponent, rounded once.

    Works on significands in [0.5, 1): the exponents are put back at the end, so that nothing on the way over- or
    underflows. An addend more than 2**200 away from the other only decides in which direction to round.
    """
    if isinstance(exponent, int) and _moderate(a) and _moderate(b) and _moderate(c):
        result, _ = _sum3(*two_product(a, b), c)
        if result.all():
            return result
    a, b, c = np.broadcast_arrays(a, b, c)
    (ma, ea), (mb, eb), (mc, ec) = np.frexp(a), np.frexp(b), np.frexp(c)
    place = ea.astype(np.int64) + eb
    top = np.where(c == 0, place, np.maximum(place, ec))
    product, rest = two_product(ma, mb)
    down = np.maximum(place - top, -200)
    high, low = _sum3(np.ldexp(product, down), np.ldexp(rest, down), np.ldexp(mc, np.maximum(ec - top, -200)))
    exact = _ldexp_rounded(high, low, np.clip(top + exponent, -5000, 5000))
    exact = np.where(high == 0, 0.0, exact)  # cancellation gives +0 when rounding to nearest
    # Without a finite, non-zero product and a finite addend, the plain expression rounds once at most.
    factors = np.isfinite(a) & np.isfinite(b)
    plain = np.ldexp(np.where(factors & ~np.isfinite(c), c + 0.0, a * b + c), exponent)
    return np.where(factors & np.isfinite(c) & (ma != 0) & (mb != 0), exact, plain)


def fma_scaled(a: Array, b: Array, c: Array, exponent: Array) -> Array:
    """(a * b + c) * 2**exponent, rounded once; float32 or float64; exponent: int32, at most 128 away from 0."""
    if a.dtype == np.float64:
        return fma64(a, b, c, exponent)
    product = np.multiply(a, b, dtype=np.float64)
    return np.ldexp(round_to_odd(product, c.astype(np.float64)), exponent).astype(np.float32)


def _moderate(x: Array) -> bool:
    """Whether no product or sum of such numbers, nor an error of one, is near the ends of float64's range."""
    magnitude = np.abs(x)
    return bool(((magnitude < 2.0**300) & ((magnitude > 2.0**-300) | (magnitude == 0))).all())


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """float64 a * b as high + low, exactly (Dekker, with Veltkamp's splitting), far from over- and underflow."""
    split = 134217729.0  # 2**27 + 1
    ah = a * split - (a * split - a)
    bh = b * split - (b * split - b)
    al, bl = a - ah, b - bh
    high = a * b
    return high, ((ah * bh - high) + ah * bl + al * bh) + al * bl


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """float64 a + b and its error, exactly (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _sum3(high: Array, low: Array, c: Array) -> tuple[Array, Array]:
    """high + low + c as its float64 value and a remainder whose sign is exact (Boldo and Melquiond 2008)."""
    upper, lower = two_sum(c, low)
    value, carry = two_sum(high, upper)
    return two_sum(value, round_to_odd(carry, lower))


def _ldexp_rounded(high: Array, low: Array, exponent: Array) -> Array:
    """(high + low) * 2**exponent rounded once; |low| is at most half a unit of high."""
    result = np.ldexp(high, exponent)
    # A subnormal result is rounded a second time. That goes wrong only at a tie, which `low` has to decide.
    lost = np.abs(np.ldexp(result, -exponent) - high)
    tie = (lost > 0) & (lost == np.ldexp(1.0, -1075 - exponent)) & (low != 0)
    if not tie.any():
        return result
    nudged = np.nextafter(high, np.where(low > 0, np.inf, -np.inf))
    return np.where(tie, np.ldexp(nudged, exponent), result)


_FMA = {np.dtype(np.float16): fma16, np.dtype(np.float32): fma32, np.dtype(np.float64): fma64}


# --- minimum and maximum --------------------------------------------------------------------------


def minimum_number(a: Array, b: Array) -> Array:
    """The smaller; of a number and a quiet NaN the number; -0 is below +0; a signaling NaN is quieted and wins.

    That is V_MIN with the IEEE bit of the mode register set, as compute kernels have it.
    """
    result = np.fmin(a, b)
    return result if _plain(result, a, b) else _select_number(a < b, np.bitwise_or, a, b)


def maximum_number(a: Array, b: Array) -> Array:
    """The larger; otherwise as minimum_number."""
    result = np.fmax(a, b)
    return result if _plain(result, a, b) else _select_number(a > b, np.bitwise_and, a, b)


def _plain(result: Array, *operands: Array) -> bool:
    """Whether NumPy's choice among the operands is beyond doubt: no zero, whose sign may differ, and no NaNs."""
    return not ((result == 0).any() or any(np.isnan(x).any() for x in operands))


def _select_number(first: Array, of_equals: np.ufunc, a: Array, b: Array) -> Array:
    """a where `first`, else b. Equal operands differ in the sign of zero only: their bits are or-ed or and-ed."""
    bits = LAYOUTS[a.dtype].bits
    result = np.where(first, a, b)
    result = np.where(a == b, of_equals(a.view(bits), b.view(bits)).view(a.dtype), result)
    result = np.where(np.isnan(a), b, np.where(np.isnan(b), a, result))
    return np.where(signaling(a), quieted(a), np.where(signaling(b), quieted(b), result))


def minimum_nan(a: Array, b: Array) -> Array:
    """The smaller, -0 below +0; a NaN operand wins, a signaling one first (IEEE 754-2019 minimum)."""
    return _select_nan(minimum_number(a, b), a, b)


def maximum_nan(a: Array, b: Array) -> Array:
    """The larger; otherwise as minimum_nan."""
    return _select_nan(maximum_number(a, b), a, b)


def _select_nan(number: Array, a: Array, b: Array) -> Array:
    if not (np.isnan(a).any() or np.isnan(b).any()):
        return number
    result = np.where(np.isnan(a), a, np.where(np.isnan(b), b, number))
    return np.where(signaling(a), quieted(a), np.where(signaling(b), quieted(b), result))


def median(a: Array, b: Array, c: Array) -> Array:
    """The middle one: the larger of the two that are not the largest; with a NaN operand, the least of the three."""
    result = np.fmax(np.fmin(a, b), np.fmin(np.fmax(a, b), c))
    if _plain(result, a, b, c):
        return result
    top = maximum_number(maximum_number(a, b), c)
    ab, ac, bc = maximum_number(a, b), maximum_number(a, c), maximum_number(b, c)
    middle = np.where(top == a, bc, np.where(top == b, ac, ab))
    nan = np.isnan(a) | np.isnan(b) | np.isnan(c)
    return np.where(nan, minimum_number(minimum_number(a, b), c), middle)


# --- parts of a number ----------------------------------------------------------------------------


def ldexp(x: Array, exponent: Array) -> Array:
    """x * 2**exponent, rounded once; exponent: a signed integer array."""
    if x.dtype == np.float64:
        return np.ldexp(x, np.clip(exponent, -5000, 5000).astype(np.int32))
    power = (np.clip(exponent, -400, 400).astype(np.int64) + 1023) << 52  # a float64, exactly
    return (x * power.view(np.float64)).astype(x.dtype)


def frexp_mantissa(x: Array) -> Array:
    """x's significand, 0.5 <= |m| < 1; zeros, infinities and (quieted) NaNs themselves."""
    return np.frexp(x)[0]


def frexp_exponent(x: Array) -> Array:
    """int32 e with x = m * 2**e, 0.5 <= |m| < 1; 0 for zeros, infinities and NaNs."""
    return np.where(np.isfinite(x), np.frexp(x)[1], np.int32(0))


def fract(x: Array) -> Array:
    """x - floor(x), at most the largest number below 1 (CDNA ISA: "result clamped to 0x3f7fffff")."""
    below_one = np.nextafter(x.dtype.type(1), x.dtype.type(0))
    return np.minimum(x - np.floor(x), below_one)


# --- conversions ----------------------------------------------------------------------------------


def convert(x: Array, target: Any) -> Array:
    """To another floating type, to nearest even; NaNs keep sign and what fits of the payload, and become quiet."""
    result = x.astype(target)
    return quieted(result) if np.isnan(x).any() else result


def to_integer(x: Array, target: Any) -> Array:
    """x truncated to the integer type `target` of at most 32 bits; what does not fit becomes its nearest; NaN 0."""
    limits = np.iinfo(target)
    wide = np.clip(x.astype(np.float64, copy=False), limits.min, limits.max)
    return np.where(np.isnan(wide), 0.0, wide).astype(target)


def float16_toward_zero(x: Array) -> Array:
    """float32 to float16, rounded toward zero: a finite number never becomes infinite."""
    nearest = convert(x, np.float16)
    beyond = np.abs(nearest.astype(np.float32)) > np.abs(x)
    return (nearest.view(np.uint16) - beyond).astype(np.uint16).view(np.float16)


def bfloat16_bits(x: Array) -> Array:
    """float32 to bfloat16, to nearest, ties to even; uint32 with the code in the upper half, zero below."""
    bits = x.view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    nan = np.isnan(x)
    if nan.any():
        rounded = np.where(nan, bits | np.uint32(0x00400000), rounded)
    return rounded & np.uint32(0xFFFF0000)


def bfloat16_value(codes: Array) -> Array:
    """float32 of bfloat16 codes in the low half of integers."""
    return (codes.astype(np.uint32) << np.uint32(16)).view(np.float32)


def saturate_float16(result: Array, *sources: Array) -> Array:
    """`result` (float16) with infinities that come from finite sources replaced by 65504, signed.

    For the mode bit FP16_OVFL, which Triton sets in kernels that convert to FP8.
    """
    overflowed = np.isinf(result)
    if not overflowed.any():
        return result
    for source in sources:
        overflowed &= np.isfinite(source)
    return np.where(overflowed, np.copysign(np.float16(65504), result), result)
