"""How are the 8-bit and 4-bit floating types encoded and decoded? gfx950 has the OCP formats.

OCP 8-bit Floating Point Specification 1.0 (E4M3: fp8, E5M2: bf8); OCP MX 1.0 (E2M1: fp4, E8M0 scales).
"""

from dataclasses import dataclass, field

import numpy as np

from conformance.gfx950.instructions.floats import Array, select


@dataclass(frozen=True)
class Small:
    """A format. largest: code of the largest number; overflow: code that replaces a larger one (inf or NaN);
    nan: NaN's code. values: float32 of each code.
    """

    exponent_bits: int
    mantissa_bits: int
    bias: int
    largest: int
    overflow: int
    nan: int
    values: Array = field(repr=False, compare=False)


def _small(exponent_bits: int, mantissa_bits: int, bias: int, largest: int, overflow: int, nan: int) -> Small:
    codes = np.arange(1 << (1 + exponent_bits + mantissa_bits))
    magnitude = codes & ((1 << (exponent_bits + mantissa_bits)) - 1)
    exponent, mantissa = magnitude >> mantissa_bits, magnitude & ((1 << mantissa_bits) - 1)
    significand = np.where(exponent == 0, mantissa, mantissa + (1 << mantissa_bits))
    value = np.ldexp(significand.astype(np.float64), np.maximum(exponent, 1) - bias - mantissa_bits)
    value = np.where(magnitude > largest, np.nan, value)
    if overflow != nan:
        value = np.where(magnitude == overflow, np.inf, value)
    signed = np.where(codes == magnitude, value, -value).astype(np.float32)
    return Small(exponent_bits, mantissa_bits, bias, largest, overflow, nan, signed)


FP8 = _small(4, 3, 7, largest=0x7E, overflow=0x7F, nan=0x7F)
BF8 = _small(5, 2, 15, largest=0x7B, overflow=0x7C, nan=0x7F)
FP4 = _small(2, 1, 1, largest=0x7, overflow=0x7, nan=0x7)


def encode(x: Array, to: Small, saturate: bool) -> Array:
    """uint32 codes of float32 `x`, to nearest, ties to even. saturate: the largest number instead of inf or NaN."""
    bits = x.view(np.uint32)
    magnitude = bits & np.uint32(0x7FFFFFFF)
    drop = 23 - to.mantissa_bits
    rebias = (127 - to.bias) << to.mantissa_bits
    odd = (magnitude >> np.uint32(drop)) & np.uint32(1)
    normal = ((magnitude + np.uint32((1 << (drop - 1)) - 1) + odd) >> np.uint32(drop)) - np.uint32(rebias)
    # Below the smallest normal number the spacing is constant: adding a float32 with that spacing rounds to it.
    spacing = np.float32(2.0 ** (1 - to.bias - to.mantissa_bits + 23))
    tiny = (magnitude.view(np.float32) + spacing).view(np.uint32) - spacing.view(np.uint32)
    code = select(magnitude < np.uint32((128 - to.bias) << 23), tiny, normal)
    code = np.minimum(code, np.uint32(to.largest if saturate else to.overflow))
    nan = magnitude > 0x7F800000
    if nan.any():
        code = np.where(nan, np.uint32(to.nan), code)
    sign = to.exponent_bits + to.mantissa_bits
    return code | ((bits >> np.uint32(31 - sign)) & np.uint32(1 << sign))


def decode(codes: Array, of: Small) -> Array:
    """float32 of integer `codes`; higher bits than the format's are ignored."""
    return of.values[codes & codes.dtype.type(len(of.values) - 1)]


def scale_up(scale: Array) -> Array:
    """float32 2**(e - 127) of a scale operand (float32 bits), of which only the exponent field e counts: an E8M0."""
    return _power((scale >> np.uint32(23)) & np.uint32(0xFF))


def scale_down(scale: Array) -> Array:
    """1 / scale_up."""
    exponent = (scale >> np.uint32(23)) & np.uint32(0xFF)
    return _power(np.where(exponent == 255, exponent, np.uint32(254) - exponent))


def _power(exponent: Array) -> Array:
    """float32 2**(e - 127); 2**-127 is subnormal; 255 is E8M0's NaN."""
    bits = exponent << np.uint32(23)
    edge = (exponent == 0) | (exponent == 255)
    return (bits | (edge * np.uint32(0x00400000))).view(np.float32)
