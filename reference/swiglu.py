"""Which results may SwiGLU-OAI, g * sigmoid(alpha g) * (u + beta), give in FP32?

g = min(gate, L), u = min(max(up, -L), L); L None does not clamp, 0.0 is a real limit. alpha, beta and L are
read as FP32. Error model: |result - r| <= (8 + |alpha g|) 2^-23 |r| + absolute, with r the exact real result.
The relative part covers a rounding each of alpha * g (amplified by |alpha g| in exp), exp, 1 + exp, the
division, u + beta and two products. The absolute part covers what FP32 loses below its smallest normal number, 2^-126:

- The result itself may be flushed to zero: 2^-126. A strict evaluation loses nothing else (ACT-12, a SHOULD).
- sigmoid = 1 / (1 + exp(-alpha g)) is below 2^-126 where alpha g < -87.3. A reciprocal or a product may flush it there,
  and from alpha g < -88.7 on exp overflows and makes it zero. So it is off by less than 2^-126, and the result by less
  than that times |g (u + beta)|: the absolute part of ACT-01 is 2^-126 max(1, |g (u + beta)|).

Evaluation error of this file in float64: alpha * g is exact (48 bits), u + beta is off by 2^-53 relative, exp
by at most 2 ulp, and five more roundings; together below 2^-49 relative, which every enclosure adds, and an
absolute 2^-800 for where exp underflows.
"""

import numpy as np

from reference.codec import F32, F64, AnyArray, Bools, to_float32
from reference.exponential import exp_minus
from reference.interval import Interval, RealInterval, hold, outward

DEFAULT_ALPHA = 1.702
DEFAULT_BETA = 1.0
"""What alpha and beta are where a call leaves them out."""
RELATIVE = 2.0**-23
SMALLEST_NORMAL = 2.0**-126
EVALUATION = 2.0**-49
EXTREMUM = -1.2784645427610738
"""Where z * sigmoid(z) is least: its derivative is zero when z (1 - sigmoid(z)) = -1, that is 1 + z + exp(z) = 0."""
SATURATED = 32.0
"""From alpha * g = 32 on exp(-alpha g) < 2^-46, so 1 + exp(-alpha g) is 1 in FP32 for any usable exp."""
_MAX = float(np.finfo(np.float32).max)
_LAYOUTS = ("split", "interleaved")


def split(gate_up: AnyArray, layout: str = "split") -> tuple[AnyArray, AnyArray]:
    """(gate, up), each [..., I], of gate_up [..., 2I]: "split" halves (ACT-07) or "interleaved" elements (ACT-09)."""
    if layout not in _LAYOUTS:
        raise ValueError(f"layout: has {layout!r}, needs one of {', '.join(_LAYOUTS)}")
    if gate_up.ndim == 0 or gate_up.shape[-1] % 2:
        raise ValueError(f"gate_up: has shape {gate_up.shape}, needs an even last axis")
    if layout == "interleaved":
        return gate_up[..., 0::2], gate_up[..., 1::2]
    half = gate_up.shape[-1] // 2
    return gate_up[..., :half], gate_up[..., half:]


def as_fp32(name: str, value: float) -> float:
    """A parameter read as FP32, of either sign or zero (ACT-04); ValueError when it is not finite."""
    with np.errstate(over="ignore"):
        result = float(np.float32(value))
    if not np.isfinite(result):
        raise ValueError(f"{name}: has {value}, needs a finite FP32 number")
    return result


def clamp(gate: AnyArray, up: AnyArray, limit: float | None) -> tuple[F32, F32]:
    """The clamped gate and up in float32, exact (ACT-02); None clamps nothing, 0.0 and infinity are limits (ACT-03).

    NaN stays NaN. ValueError when limit is NaN.
    """
    gate, up = to_float32(gate), to_float32(up)
    if limit is None:
        return gate, up
    with np.errstate(over="ignore"):
        bound = np.float32(limit)
    if np.isnan(bound):
        raise ValueError("limit: has NaN, needs a number or None")
    return np.minimum(gate, bound), np.minimum(np.maximum(up, -bound), bound)


def _gated(g: F64, alpha: float) -> F64:
    """g * sigmoid(alpha * g) without overflow, however large g is (ACT-06)."""
    z = alpha * g
    small = exp_minus(np.abs(z))
    return g * (np.where(z >= 0, 1.0, small) / (1.0 + small))


def swiglu_oai(gate: AnyArray, up: AnyArray, *, alpha: float, beta: float, limit: float | None) -> F64:
    """The real result in float64, off by less than 2^-49 relative; NaN in gate or up gives NaN.

    gate and up: float32, bfloat16 or float16 of equal shape, clamped here. Infinities follow IEEE arithmetic.
    """
    g, u = clamp(gate, up, limit)
    with np.errstate(all="ignore"):
        return _gated(g.astype(np.float64), as_fp32("alpha", alpha)) * (u.astype(np.float64) + as_fp32("beta", beta))


def enclosure(
    gate: AnyArray, up: AnyArray, *, alpha: float, beta: float, limit: float | None, strict: bool = False
) -> RealInterval:
    """Real interval of every FP32 result that the error model allows (ACT-01), of float32, bfloat16 or float16.

    strict: of those that flush no sigmoid (ACT-12).
    It is a point where FP32 determines the result: sigmoid exactly 1/2 (alpha 0) or exactly 1 (alpha g >= 32) with
    u + beta and the products exact normal numbers, or a factor g or u + beta that is exactly zero.
    NaN inputs must give NaN, there and nowhere else (ACT-05). Infinities give IEEE's limit; where that is
    indeterminate, anything is right.
    """
    g, u = clamp(gate, up, limit)
    nan = np.isnan(g) | np.isnan(u)
    g64, u64 = g.astype(np.float64), u.astype(np.float64)
    return _box(g64, g64, u64, u64, nan, hold(nan), as_fp32("alpha", alpha), as_fp32("beta", beta), strict)


def interval_enclosure(gate: Interval, up: Interval, *, alpha: float, beta: float, limit: float | None) -> RealInterval:
    """``enclosure`` of every gate and up in the given intervals (float32 or bfloat16)."""
    g_lo, u_lo = clamp(gate.lo, up.lo, limit)
    g_hi, u_hi = clamp(gate.hi, up.hi, limit)
    nan = gate.nan | up.nan
    a, b, c, d = (x.astype(np.float64) for x in (g_lo, g_hi, u_lo, u_hi))
    return _box(a, b, c, d, nan, gate.free | up.free, as_fp32("alpha", alpha), as_fp32("beta", beta))


def _box(
    g_lo: F64, g_hi: F64, u_lo: F64, u_hi: F64, nan: Bools, free: Bools, alpha: float, beta: float, strict: bool = False
) -> RealInterval:
    infinite = np.isinf(g_lo) | np.isinf(g_hi) | np.isinf(u_lo) | np.isinf(u_hi)
    plain = ~(nan | free | infinite)
    a, b, c, d = (np.where(plain, x, 0.0) for x in (g_lo, g_hi, u_lo, u_hi))
    r_lo, r_hi = _product_range(a, b, c, d, alpha, beta)
    g_size, s_size = np.maximum(np.abs(a), np.abs(b)), np.maximum(np.abs(c + beta), np.abs(d + beta))
    factor = (8.0 + np.abs(alpha) * g_size) * RELATIVE * (1 + 2.0**-40) + 2 * EVALUATION
    absolute = SMALLEST_NORMAL * (1 + 2.0**-30) * (1.0 if strict else np.maximum(1.0, g_size * s_size))
    # 2^-40: the roundings below where the factor is near or above 1, so that r and the error cancel or the error
    # dominates. Over r in [r_lo, r_hi], r - factor |r| is concave and r + factor |r| convex: the ends decide.
    lo = np.minimum(r_lo - factor * np.abs(r_lo), r_hi - factor * np.abs(r_hi)) - absolute
    hi = np.maximum(r_lo + factor * np.abs(r_lo), r_hi + factor * np.abs(r_hi)) + absolute
    lo, hi = outward(lo, hi)
    overflow = s_size >= _MAX * (1 + 2.0**-25)
    free = free | (plain & overflow)  # u + beta is infinite in FP32 though the result may be small
    fixed, value = _determined(a, b, c, d, alpha, beta)
    lo, hi = np.where(fixed, value, lo), np.where(fixed, value, hi)
    if infinite.any():
        known, limit_value = _infinite(g_lo, g_hi, u_lo, u_hi, alpha, beta)
        lo, hi = np.where(infinite, limit_value, lo), np.where(infinite, limit_value, hi)
        free = free | (infinite & ~known)
    return RealInterval(lo, hi, nan, free & ~nan)


def _product_range(a: F64, b: F64, c: F64, d: F64, alpha: float, beta: float) -> tuple[F64, F64]:
    """Range of g sigmoid(alpha g) (u + beta) over g in [a, b], u in [c, d], before any error is added.

    g sigmoid(alpha g) is monotone on both sides of its one extremum, where alpha g = EXTREMUM.
    """
    ends = _gated(a, alpha), _gated(b, alpha)
    h_lo, h_hi = np.minimum(*ends), np.maximum(*ends)
    if alpha != 0.0:
        turn = np.asarray(EXTREMUM / alpha)
        inside = (a < turn) & (turn < b)
        peak = _gated(turn, alpha)
        h_lo, h_hi = (np.where(inside, np.minimum(h_lo, peak), h_lo), np.where(inside, np.maximum(h_hi, peak), h_hi))
    s_lo, s_hi = c + beta, d + beta
    corners = (h_lo * s_lo, h_lo * s_hi, h_hi * s_lo, h_hi * s_hi)
    return np.minimum.reduce(corners), np.maximum.reduce(corners)


def _is_fp32(x: F64) -> Bools:
    """Exactly an FP32 normal number or zero."""
    with np.errstate(over="ignore", under="ignore"):
        return (x == 0.0) | ((x.astype(np.float32) == x) & (np.abs(x) >= SMALLEST_NORMAL) & (np.abs(x) <= _MAX))


def _determined(a: F64, b: F64, c: F64, d: F64, alpha: float, beta: float) -> tuple[Bools, F64]:
    """Where every conforming FP32 evaluation gives the same value (ACT-08), and that value (zero: of either sign)."""
    s = c + beta
    lost = (c - (s - (s - c))) + (beta - (s - c))  # the rounding error of s (TwoSum): 0 when s is exact
    sum_exact = (lost == 0.0) & _is_fp32(s)
    zero = ((a == 0.0) & (b == 0.0)) | (sum_exact & (s == 0.0) & (c == d))
    z = alpha * a
    half = np.full(a.shape, alpha == 0.0)
    product = a * s  # 48 bits: exact
    value = np.where(half, 0.5 * product, product)
    exact = _is_fp32(a) & _is_fp32(0.5 * a) & _is_fp32(product) & _is_fp32(value) & sum_exact
    point = (a == b) & (c == d) & (half | (z >= SATURATED)) & exact
    return zero | point, np.where(zero, 0.0, value)


def _infinite(g_lo: F64, g_hi: F64, u_lo: F64, u_hi: F64, alpha: float, beta: float) -> tuple[Bools, F64]:
    """Where an infinite gate or up makes the result a certain infinity, and which."""
    point = (g_lo == g_hi) & (u_lo == u_hi)
    g, u = g_lo, u_lo
    finite = np.isfinite(g)
    with np.errstate(all="ignore"):
        z, s = alpha * g, u + beta
        gated = _gated(np.where(finite, g, 0.0), alpha)
        # An infinity times a factor that may be flushed to zero is not certain.
        not_zero = np.where(finite, (z >= -80) & (np.abs(gated) > 2.0**-100), z > SATURATED)
        known = point & not_zero & (np.abs(s) >= SMALLEST_NORMAL) & ~(finite & np.isfinite(u))
    return known, np.where(np.sign(g) * np.sign(s) > 0, np.inf, -np.inf)


def nominal_fp32(gate: AnyArray, up: AnyArray, *, alpha: float, beta: float, limit: float | None) -> F32:
    """RNE to FP32 of ``swiglu_oai``: the value that the pipelines carry on."""
    with np.errstate(over="ignore", under="ignore"):
        return swiglu_oai(gate, up, alpha=alpha, beta=beta, limit=limit).astype(np.float32)
