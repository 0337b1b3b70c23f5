"""How is a * b + c computed with one rounding? In FP16, FP32 and FP64, to nearest even, denormals kept."""

import numpy as np

from conformance.gfx950.instructions.floats import Array


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
