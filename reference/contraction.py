"""What is a matrix product of MX-scaled or BF16/FP32 operands exactly, and which results may FP32 accumulation give?

MX operands: 32 products are integers times 2^-18 below 2^41 units, so block dots are exact in float64. Blocks
are joined into segments, real values are cut into slices, such that float64 matmuls of them are exact, and
those are added in double-double with a bound on what that loses (reference/order_free.py). So nothing here
depends on a BLAS's order of additions. Where the bound does not decide a rounding, Python integers do.
"""

from __future__ import annotations

import math
import operator
from functools import cached_property

import numpy as np
from numpy.typing import DTypeLike, NDArray

from reference.bounds import gemm_factor, underflow_slack
from reference.codec import F64, U8, AnyArray, Bools, ordered_key, round_float64
from reference.formats import BLOCK
from reference.interval import Interval, RealInterval
from reference.operand import NO_GRAIN, MxSide, RealSide, Side
from reference.order_free import sums, two_sum

_CHUNK_VALUES = 1 << 21  # values whose grains are looked up at once
_FLT_MAX = float(np.finfo(np.float32).max)
_ABOVE = 1 + 2.0**-44  # magnitudes have no cancellation: hi is off by at most 2^-53 + 2^-80 relative


def contract_mx(a_codes: U8, a_scales: U8, b_codes: U8, b_scales: U8) -> Contraction:
    """sum_i a[m, i] b[n, i] for a_codes [M, K], a_scales [M, K/32], b_codes [N, K], b_scales [N, K/32], all uint8.

    TypeError or ValueError name the argument that does not fit.
    """
    return Contraction(MxSide("a", a_codes, a_scales), MxSide("b", b_codes, b_scales))


def contract_real(a: F64, b: F64) -> Contraction:
    """The same for float64 arrays a [M, K] and b [N, K] that hold BF16 or FP32 values."""
    return Contraction(RealSide("a", a), RealSide("b", b))


def magnitudes(a: Side, b: Side) -> F64:
    """At least sum |a_i b_i| of finite sides, [M, N], and at most 2^-40 relative above it."""
    return sums(a, b, absolute=True).hi * _ABOVE


class Contraction:
    """An exact matrix product [M, N] in the form hi + lo with |hi + lo - exact| <= error.

    hi, lo, error: float64. nan: outputs that must be NaN (their row or column holds one: GEM-03; or infinities
    cancel); hi is 0 there. Infinite operands give IEEE's infinities in hi. magnitude and exact are computed when first
    asked for.
    """

    def __init__(self, a: Side, b: Side) -> None:
        if a.K != b.K:
            raise ValueError(f"b: has {b.K} elements along K, needs a's {a.K}")
        self._a, self._b = a, b
        self.K = a.K
        self.hi, self.lo, self.error = sums(a, b)
        self.nan = a.nan[:, None] | b.nan[None, :]
        self._infinities()
        for array in (self.hi, self.lo, self.error):
            array[self.nan] = 0.0

    def _infinities(self) -> None:
        if not (self._a.infinite.any() or self._b.infinite.any()):
            return
        if not (isinstance(self._a, RealSide) and isinstance(self._b, RealSide)):
            raise TypeError("a, b: have infinities and different kinds, need two real sides")
        touched = (self._a.infinite[:, None] | self._b.infinite[None, :]) & ~self.nan
        with np.errstate(all="ignore"):
            product = self._a.raw @ self._b.raw.T
        self.nan = self.nan | (touched & np.isnan(product))
        self.hi[touched], self.lo[touched], self.error[touched] = product[touched], 0.0, 0.0

    @cached_property
    def _raw_magnitude(self) -> F64:
        """sum |a_i b_i| rounded to float64, once as good as always; exact when below 2^53 grains."""
        total = sums(self._a, self._b, absolute=True).hi
        total[np.isinf(self.hi)] = np.inf
        return total

    @cached_property
    def magnitude(self) -> F64:
        """At least sum |a_i b_i| and at most 2^-40 relative above it; inf where an operand is infinite."""
        return self._raw_magnitude * _ABOVE

    @cached_property
    def exact(self) -> Bools:
        """Outputs for which every order of FP32 additions gives the exact sum (GEM-01).

        There is a quantum q >= 2^-149 of which every product is a multiple, with sum |a_i b_i| < 2^24 q, so that every
        partial sum is an FP32 number. The quantum is the least product of lowest set bits over the blocks in which both
        sides are non-zero. Infinite results are exact too; NaN outputs are not.
        """
        magnitude = np.where(np.isinf(self.hi), 0.0, self._raw_magnitude)
        alive = ~self.nan & (magnitude <= _FLT_MAX)
        grain = np.full(self.hi.shape, NO_GRAIN, np.int16)
        blocks, first, step = -(-self.K // BLOCK), 0, 4
        while first < blocks and alive.any():
            part = slice(first, min(first + step, blocks))
            rows_a, rows_b = np.flatnonzero(alive.any(axis=1)), np.flatnonzero(alive.any(axis=0))
            grain_a, grain_b = self._grain(self._a, rows_a, part), self._grain(self._b, rows_b, part)
            for j in range(part.stop - part.start):
                np.minimum(grain, grain_a[:, j, None] + grain_b[None, :, j], out=grain)
            alive &= np.ldexp(magnitude, -grain.astype(np.int32)) < 2.0**24
            first, step = part.stop, 2 * step
        return alive & (grain >= -149) | (np.isinf(self.hi) & ~self.nan)

    @staticmethod
    def _grain(side: Side, rows: NDArray[np.intp], blocks: slice) -> NDArray[np.int16]:
        """Grain of the span of rows that still matter; others stay NO_GRAIN."""
        result = np.full((side.rows, blocks.stop - blocks.start), NO_GRAIN, np.int16)
        span = slice(int(rows[0]), int(rows[-1]) + 1)
        step = max(1, _CHUNK_VALUES // (BLOCK * (blocks.stop - blocks.start)))
        for start in range(span.start, span.stop, step):
            part = slice(start, min(start + step, span.stop))
            result[part] = side.grain(part, blocks)
        return result

    def nearest(self, dtype: DTypeLike) -> AnyArray:
        """The exact results rounded once (RNE) to float32 or bfloat16; NaN outputs are NaN, zero results +0."""
        result = round_float64(to_odd(self.hi, self.lo), dtype)
        if self.error.any():
            low = round_float64(to_odd(self.hi, np.nextafter(self.lo - self.error, -np.inf)), dtype)
            high = round_float64(to_odd(self.hi, np.nextafter(self.lo + self.error, np.inf)), dtype)
            undecided = (ordered_key(low) != ordered_key(high)) & (self.error > 0) & ~self.nan
            if undecided.any():
                undecided &= ~self.exact  # then hi is exact, whatever the bound says
            for m, n in zip(*np.nonzero(undecided), strict=True):
                result[m, n] = round_float64(np.array([self._integer_sum(int(m), int(n))]), dtype)[0]
        result[self.nan] = np.nan
        return result

    def _integer_sum(self, m: int, n: int) -> float:
        """One exact sum by Python integers, rounded to odd at 53 bits."""
        a, b = self._a.values(slice(m, m + 1))[0], self._b.values(slice(n, n + 1))[0]
        if self._a.exact_blocks and self._b.exact_blocks:
            a, b = (a.reshape(-1, BLOCK) * b.reshape(-1, BLOCK)).sum(axis=1), np.ones(self.K // BLOCK)
        return integer_dot(a, b)

    def interval(self, dtype: DTypeLike, K: int | None = None, *, failure: float | None = None) -> Interval:
        """What FP32 accumulation in any order, stored as ``dtype`` (float32, bfloat16) by RNE (GEM-08), may give.

        A point where ``exact`` (both zeros for a zero). Elsewhere exact -+ gemm_bound(K) * magnitude (GEM-02), rounded.
        Where partial sums of both signs may overflow FP32, anything is right. K: terms per output, by default this
        product's.
        failure: use the probabilistic bound with this probability per output.
        """
        K = self.K if K is None else K
        bound = gemm_factor(K, failure)
        magnitude = self.magnitude
        infinite = np.isinf(self.hi)
        with np.errstate(invalid="ignore"):
            width = (bound * magnitude + underflow_slack(K) + self.error) * (1 + 2.0**-40) + np.abs(self.hi) * 2.0**-50
            lo, hi = self.hi - width, self.hi + width
            one_sign = np.abs(self.hi) >= magnitude * (1 - 2.0**-30)
        free = (magnitude * (1 + bound) >= _FLT_MAX) & ~one_sign & ~infinite & ~self.nan
        lo, hi = np.where(infinite, self.hi, lo), np.where(infinite, self.hi, hi)
        wide = RealInterval(lo, hi, self.nan, free).rounded_to(dtype)
        exact = self.exact & ~infinite
        if not exact.any():
            return wide
        point = round_float64(self.hi, dtype)  # an exact sum is an FP32 number: hi alone
        zero = point == 0
        point_lo, point_hi = np.where(zero, -np.abs(point), point), np.where(zero, np.abs(point), point)
        return Interval(np.where(exact, point_lo, wide.lo), np.where(exact, point_hi, wide.hi), self.nan, free & ~exact)


def to_odd(hi: F64, lo: F64) -> F64:
    """hi + lo rounded to odd at 53 bits, so that one more RNE to at most 51 bits is that of the sum."""
    with np.errstate(invalid="ignore"):
        s, rest = two_sum(hi, lo)
        even = (s.view(np.uint64) & np.uint64(1)) == 0
        return np.where(even & np.isfinite(s) & (rest != 0), np.nextafter(s, np.copysign(np.inf, rest)), s)


def integer_dot(a: F64, b: F64) -> float:
    """sum a_i b_i of finite float64 vectors by Python integers, rounded to odd at 53 bits."""
    (mantissa_a, exponent_a), (mantissa_b, exponent_b) = np.frexp(a), np.frexp(b)
    exponents = exponent_a + exponent_b - 106
    base = int(exponents.min(initial=0))
    x, y = ((mantissa * 2.0**53).astype(np.int64).tolist() for mantissa in (mantissa_a, mantissa_b))
    total = sum(map(operator.lshift, map(operator.mul, x, y), (exponents - base).tolist()))
    magnitude, shift = abs(total), max(0, abs(total).bit_length() - 53)
    top = magnitude >> shift
    if top << shift != magnitude:
        top |= 1
    return math.ldexp(top if total > 0 else -top, base + shift)
