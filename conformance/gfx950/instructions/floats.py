"""Which floating-point functions does the vector unit have that NumPy has not? NaNs, minima, scaling, conversions.

All functions take and return arrays of one floating type (float16, float32, float64) and never change arguments.
NaNs as the hardware has them: an operand's NaN is passed on with its quiet bit set, the first in operand order;
an invalid operation gives the negative quiet NaN without payload, as AMD's pseudocode of V_DIV_FIXUP has it and
ROCm's rocjitsu (github.com/ROCm/rocm-systems), from measurements on RDNA, all arithmetic.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
# Mode bit FP16_OVFL: a number too large for FP16, FP8 or BF8 becomes the largest one instead of infinity or NaN.
FP16_OVERFLOW = 1 << 23


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
        return self.sign | self.infinity | self.quiet


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

    NumPy leaves any operand's payload where several are NaN.
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
    return np.where(np.isnan(x), x.view(layout.bits) | layout.bits(layout.quiet), x.view(layout.bits)).view(x.dtype)


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


def pack_halves(low: Array, high: Array) -> Array:
    """uint32 of two 16-bit results."""
    return low.view(np.uint16).astype(np.uint32) | (high.view(np.uint16).astype(np.uint32) << np.uint32(16))


def halves_f16(x: Array) -> tuple[Array, Array]:
    """float32 of a register's two float16."""
    low, high = (half.astype(np.uint16).view(np.float16) for half in (x, x >> np.uint32(16)))
    return low.astype(np.float32), high.astype(np.float32)


def halves_bf16(x: Array) -> tuple[Array, Array]:
    """float32 of a register's two bfloat16."""
    return bfloat16_value(x), (x & np.uint32(0xFFFF0000)).view(np.float32)


def bfloat16_value(codes: Array) -> Array:
    """float32 of bfloat16 codes in the low half of integers."""
    return (codes.astype(np.uint32, copy=False) << np.uint32(16)).view(np.float32)


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
