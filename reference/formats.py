"""Which number formats are there, and what are their constants?

E4M3 and the shared scale E8M0: OCP 8-bit Floating Point (OFP8) v1.0 and OCP Microscaling (MX) v1.0 section 5.
BF16, FP16 and FP32: one sign bit, IEEE 754 encoding with infinities and subnormals.
"""

from dataclasses import dataclass
from fractions import Fraction

BLOCK = 32
"""Elements that share one E8M0 scale (OCP MX v1.0 section 5.2)."""


@dataclass(frozen=True)
class FloatFormat:
    """A binary format: codes are non-negative ints; fields from high to low are sign, exponent, mantissa.

    max_code is the code of the largest finite value, nan_code the canonical (positive) NaN.
    """

    name: str
    exponent_bits: int
    mantissa_bits: int
    bias: int
    max_code: int
    nan_code: int
    signed: bool = True
    has_infinity: bool = True
    has_zero: bool = True

    @property
    def width(self) -> int:
        """Bits in a code."""
        return int(self.signed) + self.exponent_bits + self.mantissa_bits

    @property
    def sign_mask(self) -> int:
        """The sign bit, 0 for a format without one."""
        return 1 << (self.width - 1) if self.signed else 0

    @property
    def infinity_code(self) -> int:
        """Code of +Inf; ValueError for a format without infinities."""
        if not self.has_infinity:
            raise ValueError(f"format {self.name}: has no infinity, needs one with infinities")
        return ((1 << self.exponent_bits) - 1) << self.mantissa_bits

    @property
    def min_exponent(self) -> int:
        """Exponent of the smallest normal value (of the smallest value at all without zero)."""
        return (1 if self.has_zero else 0) - self.bias

    @property
    def min_normal(self) -> Fraction:
        """Smallest positive normal value."""
        return Fraction(2) ** self.min_exponent

    @property
    def min_subnormal(self) -> Fraction:
        """Smallest positive value."""
        return Fraction(2) ** (self.min_exponent - self.mantissa_bits)

    @property
    def max_finite(self) -> Fraction:
        """Largest finite value."""
        exponent = (self.max_code >> self.mantissa_bits) - self.bias
        fraction = self.max_code & ((1 << self.mantissa_bits) - 1)
        return (1 + Fraction(fraction, 1 << self.mantissa_bits)) * Fraction(2) ** exponent


E4M3 = FloatFormat("E4M3", 4, 3, 7, max_code=0x7E, nan_code=0x7F, has_infinity=False)
E8M0 = FloatFormat("E8M0", 8, 0, 127, max_code=0xFE, nan_code=0xFF, signed=False, has_infinity=False, has_zero=False)
BF16 = FloatFormat("BF16", 8, 7, 127, max_code=0x7F7F, nan_code=0x7FC0)
FP16 = FloatFormat("FP16", 5, 10, 15, max_code=0x7BFF, nan_code=0x7E00)
FP32 = FloatFormat("FP32", 8, 23, 127, max_code=0x7F7FFFFF, nan_code=0x7FC00000)

FORMATS = {f.name: f for f in (E4M3, E8M0, BF16, FP16, FP32)}
