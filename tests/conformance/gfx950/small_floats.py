"""What is right for one number of 8 or 4 bits? By lists of all numbers of a format, code by code."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from fractions import Fraction

from tests.conformance.gfx950.scalar_floats import F32, NAN, Format


@dataclass(frozen=True)
class Tiny:
    """A format by the list of its non-negative numbers, code by code; `beyond` is where the next would be."""

    numbers: list[Fraction]
    beyond: Fraction
    overflow: int | None
    sign_bit: int

    def encode(self, x: Fraction | None, infinite: bool, negative: bool, saturate: bool) -> int | None:
        """The code of a number, None for NaN; x None is a NaN unless infinite."""
        sign = self.sign_bit if negative else 0
        if x is None and not infinite:
            return NAN
        ladder = [*self.numbers, self.beyond]
        if infinite:
            code = len(self.numbers)
        else:
            above = min(bisect.bisect_left(ladder, abs(x)), len(ladder) - 1)
            code = min((max(above - 1, 0), above), key=lambda c: (abs(ladder[c] - abs(x)), c % 2))
        if code < len(self.numbers):
            return sign | code
        if saturate:
            return sign | (code - 1)
        return NAN if self.overflow is None else sign | self.overflow


def ladder(exponent_bits: int, fraction_bits: int, bias: int, count: int) -> list[Fraction]:
    codes = (divmod(code, 1 << fraction_bits) for code in range(count))
    unit = Fraction(1, 1 << fraction_bits)
    return [(f * unit + (e > 0)) * Fraction(2) ** (max(e, 1) - bias) for e, f in codes]


TINY = {
    "fp8": Tiny(ladder(4, 3, 7, 0x7F), Fraction(480), None, 0x80),
    "bf8": Tiny(ladder(5, 2, 15, 0x7C), Fraction(65536), 0x7C, 0x80),
    "fp4": Tiny(ladder(2, 1, 1, 8), Fraction(8), None, 8),
}


def decoded(name: str, code: int, scale: Fraction | None = Fraction(1)) -> int | None:
    """FP32 bits of a code times a scale (None: NaN)."""
    tiny = TINY[name]
    magnitude, negative = code & (tiny.sign_bit - 1), code & tiny.sign_bit != 0
    if scale is None or (magnitude >= len(tiny.numbers) and magnitude != tiny.overflow):
        return NAN
    if magnitude == tiny.overflow:
        return F32.inf | (F32.sign_bit if negative else 0)
    value = tiny.numbers[magnitude] * scale
    return F32.rounded(-value if negative else value, negative)


def scale_of(bits: int) -> Fraction | None:
    """The scale operand: its exponent field as E8M0."""
    exponent = bits >> 23 & 0xFF
    return None if exponent == 255 else Fraction(2) ** (exponent - 127)


def encoded(name: str, source: Format, x: int, scale: Fraction | None, saturate: bool) -> int | None:
    negative = source.negative(x)
    if scale is None or source.is_nan(x):
        return NAN
    value = source.value(x) / scale if source.is_finite(x) else None
    return TINY[name].encode(value, source.is_inf(x), negative, saturate)


NAN_CODE = 0x7F  # in both FP8 formats; an oracle's NaN has to be it, but for the sign
