"""How does a set of right values pass through a GEMM, a router weight and the sum over routes?

Every device computes a monotone function of its inputs for a fixed order of operations (RNE is monotone), so
bounds that hold at the ends of a box for every order hold inside it.
"""

import numpy as np

from reference.bounds import UNIT, gemm_factor, underflow_slack
from reference.codec import F32, F64, AnyArray, Bools
from reference.contraction import Contraction, magnitudes, to_odd
from reference.interval import Interval, RealInterval
from reference.operand import RealSide, Side, least_grain
from reference.order_free import two_sum

_FLT_MAX = float(np.finfo(np.float32).max)


def gemm_of_boxes(boxes: RealInterval, side: Side, *, failure: float | None = None) -> Interval:
    """FP32 accumulators [r, N] for every choice of operands in boxes [r, K] (decoded values) against rows [N, K].

    With middle m and radius d of each box, the exact sum is within |w| d of w m. A row of points keeps the
    exact points of ``Contraction.interval``, to which failure goes too. A row with a NaN is NaN; one with a
    free or infinite element is free.
    """
    loose = boxes.free | ((np.isinf(boxes.lo) | np.isinf(boxes.hi)) & ~boxes.nan)
    skip = loose | boxes.nan
    middle, radius = _short_boxes(np.where(skip, 0.0, boxes.lo), np.where(skip, 0.0, boxes.hi))
    contraction = Contraction(RealSide("boxes", middle), side)
    nan = contraction.nan | np.asarray(boxes.nan.any(axis=1))[:, None]
    free = np.broadcast_to(np.asarray(loose.any(axis=1))[:, None], nan.shape) & ~nan
    point_rows = np.asarray((radius == 0).all(axis=1))
    result = contraction.interval(np.float32, failure=failure)
    if not point_rows.all():
        result = _choose(point_rows[:, None], result, _wide(contraction, radius, side, gemm_factor(side.K, failure)))
    return Interval(result.lo, result.hi, nan, (result.free | free) & ~nan)


def _short_boxes(lo: F64, hi: F64) -> tuple[F64, F64]:
    """Middles and radii of boxes around these [r, K], of few bits, so that few slices make their sums exact.

    A middle keeps 20 bits unless the box is a point. Radii are rounded up to multiples of 2^-20 of the largest
    one in their row; 0 stays 0.
    """
    middle = lo + 0.5 * (hi - lo)
    bits = np.ascontiguousarray(middle).view(np.uint64) & ~np.uint64(2**33 - 1)
    middle = np.where(lo == hi, lo, bits.view(np.float64))
    radius = np.where(lo == hi, 0.0, np.nextafter(np.maximum(hi - middle, middle - lo), np.inf))
    exponent = np.frexp(radius.max(axis=1, initial=0.0))[1][:, None] - 20
    return middle, np.ldexp(np.ceil(np.ldexp(radius, -exponent)), exponent)


def _wide(contraction: Contraction, radius: F64, side: Side, bound: float) -> Interval:
    K = side.K
    spread = magnitudes(RealSide("radius", radius), side)  # radii are not negative
    size = contraction.magnitude + spread
    width = (spread + bound * size + underflow_slack(K) + contraction.error) * (1 + 2.0**-40)
    width += np.abs(contraction.hi) * 2.0**-50
    overflow = size * (1 + bound) >= _FLT_MAX  # also where a weight is infinite
    hi = np.where(overflow, 0.0, contraction.hi)
    width = np.where(overflow, 0.0, width)
    real = RealInterval(hi - width, hi + width, contraction.nan, overflow & ~contraction.nan)
    return real.rounded_to(np.float32)


def _choose(first: Bools, a: Interval, b: Interval) -> Interval:
    return Interval(*(np.where(first, x, y) for x, y in ((a.lo, b.lo), (a.hi, b.hi), (a.nan, b.nan), (a.free, b.free))))


def weighted(accumulator: Interval, weight: F32) -> Interval:
    """FP32 products of accumulators [r, N] (float32 sets) and router weights [r] of their rows: one rounding (GEM-06).

    A NaN weight gives NaN; an infinite one its infinity where the sign is certain, and is free elsewhere.
    """
    w = weight.astype(np.float64)[:, None]
    with np.errstate(invalid="ignore"):
        ends = accumulator.lo.astype(np.float64) * w, accumulator.hi.astype(np.float64) * w  # 48 bits: exact
        unclear = np.isnan(ends[0]) | np.isnan(ends[1]) | (np.isinf(w) & (accumulator.lo <= 0) & (accumulator.hi >= 0))
        # An accumulator set that is infinite on one side, times zero.
        unclear |= (w == 0) & (np.isinf(accumulator.lo) | np.isinf(accumulator.hi))
    nan = accumulator.nan | np.isnan(w)
    free = (accumulator.free | unclear) & ~nan
    return RealInterval(np.minimum(*ends), np.maximum(*ends), nan, free).rounded_to(np.float32)


def sum_of_routes(terms: Interval) -> Interval:
    """FP32 sums over axis 1 of float32 sets [T, k, H], in any order: [T, H] (MOE-11, STG-05).

    n non-zero terms need n - 1 additions. At most one rounding (n <= 2) gives the rounded exact sum; so does
    an exact sum (all terms multiples of q, sum of magnitudes below 2^24 q). Otherwise (n - 1) 2^-24 times the
    sum of magnitudes bounds the error of any order (Jeannerod and Rump, 2013). A zero sum may have either
    sign.
    """
    nan = np.asarray(terms.nan.any(axis=1))
    lo = np.where(terms.nan | terms.free, 0.0, terms.lo.astype(np.float64))
    hi = np.where(terms.nan | terms.free, 0.0, terms.hi.astype(np.float64))
    minus, plus = (lo == -np.inf).any(axis=1), (hi == np.inf).any(axis=1)
    size = np.maximum(np.abs(lo), np.abs(hi)).sum(axis=1)
    overflow = (size >= _FLT_MAX) & (lo.min(axis=1, initial=0.0) < 0) & (hi.max(axis=1, initial=0.0) > 0)
    free = np.asarray(terms.free.any(axis=1)) | (minus & plus) | overflow
    with np.errstate(invalid="ignore"):
        bounds = RealInterval(_sum_end(lo, -1.0), _sum_end(hi, 1.0), nan, free & ~nan)
    return bounds.rounded_to(np.float32)


def _sum_end(values: F64, direction: float) -> F64:
    """The sum [T, H] of [T, k, H] moved by what any order of FP32 additions may err, in one direction.

    Where the sum needs no bound it is rounded to odd, so that RNE to FP32 gives the rounding of the exact sum.
    """
    total, rest = np.zeros(values[:, 0].shape), np.zeros(values[:, 0].shape)
    for j in range(values.shape[1]):
        total, lost = two_sum(total, values[:, j])
        rest = rest + np.where(np.isfinite(total), lost, 0.0)
    finite = np.where(np.isfinite(values), values, 0.0)
    size = np.abs(finite).sum(axis=1)
    count = (values != 0).sum(axis=1)
    grain = least_grain(np.moveaxis(finite, 1, -1)).astype(np.int32)
    exact = (count <= 2) | (np.ldexp(size, -grain) < 2.0**24)
    error = (count - 1) * UNIT * size * (1 + 2.0**-20)
    return np.where(exact, to_odd(total, rest), total + rest + direction * error)


def nominal_sum(terms: AnyArray) -> F32:
    """FP32 sum over axis 1 of float32 [T, k, H] from first to last: one conforming order."""
    total = np.zeros((terms.shape[0], terms.shape[2]), np.float32)
    with np.errstate(all="ignore"):
        for j in range(terms.shape[1]):
            total = total + terms[:, j]
    return total
