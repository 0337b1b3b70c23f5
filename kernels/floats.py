"""How does a kernel take FP32 numbers apart and put them together with integer operations?

Integer operations on the bits are exact on every device, whatever its FP32 denormal mode and however
approximate its exp2 and log2 are. Layout of FP32 (IEEE 754 binary32): sign, 8 exponent bits with bias 127,
23 mantissa bits.
"""

import triton
import triton.language as tl

MAGNITUDE_MASK = tl.constexpr(0x7FFFFFFF)
MANTISSA_MASK = tl.constexpr(0x007FFFFF)
MIN_NORMAL = tl.constexpr(0x00800000)  # bits of 2**-126
INFINITY_BITS = tl.constexpr(0x7F800000)
ONE_BITS = tl.constexpr(0x3F800000)


@triton.jit
def float_bits(x):
    """The bits of FP32 ``x`` as int32."""
    return x.to(tl.int32, bitcast=True)


@triton.jit
def from_bits(bits):
    """The FP32 number with these int32 bits."""
    return bits.to(tl.float32, bitcast=True)


@triton.jit
def power_of_two(n):
    """Exactly 2**n as FP32 for int32 n in [-126, 127]."""
    return from_bits((n + 127) << 23)


@triton.jit
def is_nan(x):
    """True where FP32 ``x`` is NaN; on the bits, so that no fast-math assumption can remove it."""
    return (float_bits(x) & MAGNITUDE_MASK) > INFINITY_BITS


@triton.jit
def significand_and_exponent(x):
    """(m, e) with x == m * 2**e and 1 <= abs(m) < 2, m FP32, e int32; zeros, Inf and NaN come back as (x, 0).

    A subnormal is an integer multiple of 2**-149: that integer is converted, so no float unit ever sees the
    subnormal and none can flush it.
    """
    bits = float_bits(x)
    magnitude = bits & MAGNITUDE_MASK
    subnormal = magnitude < MIN_NORMAL
    normal_bits = tl.where(subnormal, float_bits(magnitude.to(tl.float32)), magnitude)
    exponent = (normal_bits >> 23) - tl.where(subnormal, 127 + 149, 127)
    special = (magnitude == 0) | (magnitude >= INFINITY_BITS)
    significand_bits = (bits ^ magnitude) | (normal_bits & MANTISSA_MASK) | ONE_BITS
    return from_bits(tl.where(special, bits, significand_bits)), tl.where(special, 0, exponent)
