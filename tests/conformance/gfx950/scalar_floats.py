"""What is right for one floating-point number? IEEE 754 on Python integers (bits) and fractions (values)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction


def floor_log2(x: Fraction) -> int:
    """The largest n with 2**n <= x; x > 0."""
    n = x.numerator.bit_length() - x.denominator.bit_length()
    return n if Fraction(2) ** n <= x else n - 1


def round_even(x: Fraction) -> int:
    return round(x)  # Python rounds halves of fractions to even


@dataclass(frozen=True)
class Format:
    """A binary interchange format; numbers are their bits."""

    exponent_bits: int
    fraction_bits: int

    @functools.cached_property
    def width(self) -> int:
        return 1 + self.exponent_bits + self.fraction_bits

    @functools.cached_property
    def bias(self) -> int:
        return (1 << (self.exponent_bits - 1)) - 1

    @functools.cached_property
    def sign_bit(self) -> int:
        return 1 << (self.width - 1)

    @functools.cached_property
    def inf(self) -> int:
        return ((1 << self.exponent_bits) - 1) << self.fraction_bits

    @functools.cached_property
    def quiet_bit(self) -> int:
        return 1 << (self.fraction_bits - 1)

    @functools.cached_property
    def nan(self) -> int:
        return self.inf | self.quiet_bit

    @functools.cached_property
    def smallest_normal(self) -> int:
        return 1 << self.fraction_bits

    def magnitude(self, x: int) -> int:
        return x & (self.sign_bit - 1)

    def negative(self, x: int) -> bool:
        return x & self.sign_bit != 0

    def is_nan(self, x: int) -> bool:
        return self.magnitude(x) > self.inf

    def is_signaling(self, x: int) -> bool:
        return self.is_nan(x) and not x & self.quiet_bit

    def is_inf(self, x: int) -> bool:
        return self.magnitude(x) == self.inf

    def is_finite(self, x: int) -> bool:
        return self.magnitude(x) < self.inf

    def is_zero(self, x: int) -> bool:
        return self.magnitude(x) == 0

    def is_subnormal(self, x: int) -> bool:
        return 0 < self.magnitude(x) < self.smallest_normal

    def exponent(self, x: int) -> int:
        """The biased field."""
        return self.magnitude(x) >> self.fraction_bits

    def value(self, x: int) -> Fraction:
        """Of a finite number."""
        fraction, exponent = x & (self.smallest_normal - 1), self.exponent(x)
        if exponent:
            fraction |= self.smallest_normal
        scale = Fraction(2) ** (max(exponent, 1) - self.bias - self.fraction_bits)
        return -fraction * scale if self.negative(x) else fraction * scale

    def rounded(self, x: Fraction, negative: bool = False, toward_zero: bool = False) -> int:
        """Nearest, ties to even (or truncated, which never makes infinities). negative: the sign of a zero."""
        if x == 0:
            return self.sign_bit if negative else 0
        sign, x = (self.sign_bit, -x) if x < 0 else (0, x)
        exponent = max(floor_log2(x), 1 - self.bias)
        significand = x / Fraction(2) ** (exponent - self.fraction_bits)
        units = int(significand) if toward_zero else round_even(significand)
        # A carry out of the fraction moves into the exponent field by itself; a subnormal has field 0.
        bits = ((exponent + self.bias - 1) << self.fraction_bits) + units
        return sign | min(bits, self.inf - 1 if toward_zero else self.inf)

    def quieted(self, x: int) -> int:
        return x | self.quiet_bit if self.is_nan(x) else x


F16, BF16, F32, F64 = Format(5, 10), Format(8, 7), Format(8, 23), Format(11, 52)
NAN = None  # an oracle's "some NaN": which bits it has is settled outside of the instruction


def fma(f: Format, a: int, b: int, c: int, exponent: int = 0) -> int | None:
    """(a * b + c) * 2**exponent, rounded once."""
    if any(f.is_nan(x) for x in (a, b, c)):
        return NAN
    negative = f.negative(a) != f.negative(b)
    if f.is_inf(a) or f.is_inf(b):
        if f.is_zero(a) or f.is_zero(b) or (f.is_inf(c) and f.negative(c) != negative):
            return NAN
        return f.inf | (f.sign_bit if negative else 0)
    if f.is_inf(c):
        return c
    exact = f.value(a) * f.value(b) + f.value(c)
    product_zero = f.is_zero(a) or f.is_zero(b)
    zero_negative = negative and f.negative(c) and product_zero and f.is_zero(c)
    return f.rounded(exact * Fraction(2) ** exponent, zero_negative)


def add(f: Format, a: int, b: int) -> int | None:
    return fma(f, a, f.bias << f.fraction_bits, b)


def subtract(f: Format, a: int, b: int) -> int | None:
    return add(f, a, b ^ f.sign_bit)


def multiply(f: Format, a: int, b: int) -> int | None:
    zero = f.sign_bit if f.negative(a) != f.negative(b) else 0
    return fma(f, a, b, zero)


def order(f: Format, x: int) -> int:
    """Numbers in ascending order, -0 below +0."""
    return -f.magnitude(x) - 1 if f.negative(x) else f.magnitude(x)


def extreme(f: Format, a: int, b: int, larger: bool, nan_wins: bool = False) -> int:
    """Minimum or maximum with the IEEE mode bit set; nan_wins: any NaN is the result."""
    for x in (a, b):
        if f.is_signaling(x):
            return f.quieted(x)
    if f.is_nan(a) or f.is_nan(b):
        number, other = (b, a) if f.is_nan(a) else (a, b)
        if nan_wins:
            return a if f.is_nan(a) else b
        return number if not f.is_nan(number) else (b if f.is_nan(a) else other)
    return (max if larger else min)(a, b, key=lambda x: order(f, x))


def less(f: Format, a: int, b: int) -> bool:
    if f.is_nan(a) or f.is_nan(b):
        return False
    return order(f, a) < order(f, b) and not (f.is_zero(a) and f.is_zero(b))


def equal(f: Format, a: int, b: int) -> bool:
    if f.is_nan(a) or f.is_nan(b):
        return False
    return a == b or (f.is_zero(a) and f.is_zero(b))


def converted(source: Format, target: Format, x: int, toward_zero: bool = False) -> int | None:
    if source.is_nan(x):
        return NAN
    sign = target.sign_bit if source.negative(x) else 0
    if source.is_inf(x):
        return sign | target.inf
    return target.rounded(source.value(x), source.negative(x), toward_zero)


def floor(x: Fraction) -> int:
    return x.numerator // x.denominator


def truncated(x: Fraction) -> int:
    return -floor(-x) if x < 0 else floor(x)


def to_integer(f: Format, x: int, low: int, high: int) -> int:
    """Truncated, saturated; NaN gives 0."""
    if f.is_nan(x):
        return 0
    if f.is_inf(x):
        return low if f.negative(x) else high
    return min(max(truncated(f.value(x)), low), high)
