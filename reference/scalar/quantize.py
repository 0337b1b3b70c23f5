"""Which scale byte and which 32 codes does a block of FP32 values get?

Declared policy for what the standard leaves open: amax ignores NaN; an infinity makes amax infinite, which takes the
exponent that amax = 2^128 would take; a NaN element becomes the NaN code of its sign, an infinity saturates.
"""

from collections.abc import Sequence
from fractions import Fraction

from reference.formats import BLOCK, E4M3, FP32
from reference.scalar.floats import Special, decode, encode_rne, is_negative
from reference.scalar.scales import scale_exponent


def quantize_block(
    fp32_codes: Sequence[int], rule: str = "rceil", floor: Fraction = FP32.min_normal
) -> tuple[list[int], int]:
    """32 FP32 bit patterns -> (32 E4M3 codes, E8M0 byte). ValueError when there are not 32."""
    if len(fp32_codes) != BLOCK:
        raise ValueError(f"fp32_codes: has {len(fp32_codes)} elements, needs {BLOCK}")
    values = [decode(FP32, code) for code in fp32_codes]
    e = scale_exponent(max((_magnitude(v) for v in values), default=Fraction(0)), rule, floor)
    codes = []
    for code, value in zip(fp32_codes, values, strict=True):
        negative = is_negative(FP32, code)
        if value is Special.NAN:
            codes.append(E4M3.nan_code | (E4M3.sign_mask if negative else 0))
        elif isinstance(value, Special):
            codes.append(encode_rne(E4M3, value, saturate=True))
        else:
            codes.append(encode_rne(E4M3, value / Fraction(2) ** e, saturate=True, negative_zero=negative))
    return codes, e + 127


def _magnitude(value: Fraction | Special) -> Fraction:
    if value is Special.NAN:
        return Fraction(0)
    if isinstance(value, Special):
        return Fraction(2) ** 128
    return abs(value)
