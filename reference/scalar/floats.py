"""Which real number is a code, and which code is nearest to a real number?"""

from enum import Enum
from fractions import Fraction

from reference.formats import FloatFormat


class Special(Enum):
    """What a code can mean besides a real number."""

    NAN = "NaN"
    POS_INF = "+Inf"
    NEG_INF = "-Inf"


Value = Fraction | Special


def floor_log2(x: Fraction) -> int:
    """Largest e with 2^e <= x, for x > 0; ValueError otherwise."""
    if x <= 0:
        raise ValueError(f"x: has {x}, needs a positive number")
    e = x.numerator.bit_length() - x.denominator.bit_length()
    return e if Fraction(2) ** e <= x else e - 1


def is_negative(fmt: FloatFormat, code: int) -> bool:
    """Whether the sign bit is set."""
    return bool(code & fmt.sign_mask)


def decode(fmt: FloatFormat, code: int) -> Value:
    """The exact value of a code; both zeros give Fraction(0). ValueError when the code does not fit the format."""
    if not 0 <= code < 1 << fmt.width:
        raise ValueError(f"code: has {code:#x}, needs {fmt.width} bits for {fmt.name}")
    negative = is_negative(fmt, code)
    magnitude = code & ~fmt.sign_mask
    if magnitude > fmt.max_code:
        if fmt.has_infinity and magnitude == fmt.infinity_code:
            return Special.NEG_INF if negative else Special.POS_INF
        return Special.NAN
    exponent = magnitude >> fmt.mantissa_bits
    significand = magnitude & ((1 << fmt.mantissa_bits) - 1)
    if fmt.has_zero and exponent == 0:
        exponent = 1  # subnormal: no hidden bit, exponent of the smallest normal
    else:
        significand += 1 << fmt.mantissa_bits
    value = significand * Fraction(2) ** (exponent - fmt.bias - fmt.mantissa_bits)
    return -value if negative else value


def encode_rne(fmt: FloatFormat, value: Value, *, saturate: bool = False, negative_zero: bool = False) -> int:
    """The code nearest to ``value``, ties to the even code; a NaN gives the canonical one.

    saturate: what exceeds the largest finite value becomes it (infinities too); otherwise it becomes Inf, or NaN
    in a format without infinities. negative_zero: the sign of a value that is exactly zero.
    """
    if not fmt.has_zero:
        raise ValueError(f"fmt: has {fmt.name}, needs a format with a zero")
    if value is Special.NAN:
        return fmt.nan_code
    if isinstance(value, Special):
        negative, overflow, code = value is Special.NEG_INF, True, 0
    else:
        negative = value < 0 or (value == 0 and negative_zero)
        code = _nearest_magnitude(fmt, abs(value))
        overflow = code > fmt.max_code
    if overflow:
        code = fmt.max_code if saturate else (fmt.infinity_code if fmt.has_infinity else fmt.nan_code)
    return code | (fmt.sign_mask if negative else 0)


def _nearest_magnitude(fmt: FloatFormat, magnitude: Fraction) -> int:
    """RNE as if the exponent had no upper limit; codes of consecutive values are consecutive integers."""
    if magnitude == 0:
        return 0
    exponent = max(floor_log2(magnitude), fmt.min_exponent)
    steps = round(magnitude / Fraction(2) ** (exponent - fmt.mantissa_bits))  # Fraction rounds half to even
    # steps of the binade: 2^m .. 2^(m+1); below 2^m it is subnormal, at 2^(m+1) it is the next binade's first.
    return ((exponent - fmt.min_exponent) << fmt.mantissa_bits) + steps
