"""What is g * sigmoid(alpha * g) * (u + beta), to fifty digits, and how far may an FP32 computation be off?"""

from decimal import Context, Decimal
from fractions import Fraction

_CONTEXT = Context(prec=80, Emin=-(10**12), Emax=10**12)
RELATIVE = Fraction(1, 2**23)
SMALLEST_NORMAL = Fraction(1, 2**126)


def _decimal(x: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(x.numerator), Decimal(x.denominator))


def clamp(gate: Fraction, up: Fraction, limit: Fraction | None) -> tuple[Fraction, Fraction]:
    """g = min(gate, L), u = min(max(up, -L), L); None does not clamp."""
    if limit is None:
        return gate, up
    return min(gate, limit), min(max(up, -limit), limit)


def swiglu(gate: Fraction, up: Fraction, alpha: Fraction, beta: Fraction, limit: Fraction | None) -> Fraction:
    """The real result with a relative error below 10^-60 (exactly 0 where a factor is 0)."""
    g, u = clamp(gate, up, limit)
    c = _CONTEXT
    z = _decimal(alpha * g)
    small = c.exp(-abs(z)) if abs(z) < 10**9 else Decimal(0)  # exp(-10^9) is below every bound used here
    numerator = Decimal(1) if z >= 0 else small
    sigmoid = c.divide(numerator, c.add(Decimal(1), small))
    return g * (u + beta) * Fraction(sigmoid)


def swiglu_enclosure(
    gate: Fraction, up: Fraction, alpha: Fraction, beta: Fraction, limit: Fraction | None, strict: bool = False
) -> tuple[Fraction, Fraction]:
    """r -+ ((8 + |alpha g|) 2^-23 |r| + 2^-126 max(1, |g (u + beta)|)): the FP32 error model before it collapses.

    It collapses where FP32 is exact. strict: without the factor max(1, |g (u + beta)|).
    """
    r = swiglu(gate, up, alpha, beta, limit)
    g, u = clamp(gate, up, limit)
    flushed = Fraction(1) if strict else max(Fraction(1), abs(g * (u + beta)))
    error = (8 + abs(alpha * g)) * RELATIVE * abs(r) + SMALLEST_NORMAL * flushed
    return r - error, r + error
