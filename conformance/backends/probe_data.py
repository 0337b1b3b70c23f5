"""Which inputs decide whether a conversion is right? Every boundary of the formats, and many more."""

import numpy as np

from reference.codec import e4m3_to_float64

# Finite magnitudes 0 to 448 and the halves between neighbours, where rounding ties.
E4M3_MAGNITUDES = e4m3_to_float64(np.arange(0x7F, dtype=np.uint8))
E4M3_MIDPOINTS = (E4M3_MAGNITUDES[1:] + E4M3_MAGNITUDES[:-1]) / 2
# From here on a value is at least as near to the 480 that E4M3 has no code for: an overflow.
E4M3_OVERFLOW = 464.0


def scattered_fp32(count: int) -> np.ndarray:
    """``count`` distinct FP32 patterns (uint32) over the whole range, the same everywhere.

    Multiples of an odd number modulo 2^32 (Knuth's multiplicative hash) visit every pattern once, evenly.
    """
    return (np.arange(count, dtype=np.uint64) * np.uint64(2654435769)).astype(np.uint32)


def all_bf16_widened() -> np.ndarray:
    """The FP32 patterns (uint32 [65536]) of all BF16 patterns, NaN payloads included."""
    return np.arange(1 << 16, dtype=np.uint32) << np.uint32(16)


def for_bf16(count: int = 1 << 20) -> np.ndarray:
    """FP32 patterns that decide a rounding to BF16: values, midpoints, their neighbours, and scattered ones."""
    values = all_bf16_widened()
    centres = np.concatenate([values, values + np.uint32(0x8000)])
    return np.concatenate([centres, centres + np.uint32(1), centres - np.uint32(1), scattered_fp32(count)])


def for_fp16() -> np.ndarray:
    """FP32 patterns that decide a rounding to FP16: values, midpoints and their neighbours, both ends, all BF16."""
    values = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    middles = np.append((values[1:] + values[:-1]) / 2, 65520.0)
    centres = np.concatenate([values[1:], middles]).astype(np.float32).view(np.uint32)
    near = np.concatenate([centres, centres - np.uint32(1), centres + np.uint32(1)])
    return np.concatenate([near, near | np.uint32(0x80000000), all_bf16_widened()])


def for_e4m3(count: int = 1 << 18) -> np.ndarray:
    """FP32 patterns that decide a rounding to E4M3: values, midpoints, neighbours, all BF16, scattered ones.

    The scattered ones are folded into the exponents 2^-12 to 2^9, where E4M3's values and its overflow lie.
    """
    centres = np.concatenate([E4M3_MAGNITUDES, E4M3_MIDPOINTS, [E4M3_OVERFLOW]]).astype(np.float32).view(np.uint32)
    scattered = scattered_fp32(count)
    exponents = (scattered >> np.uint32(23)) % np.uint32(22) + np.uint32(115)
    folded = (scattered & np.uint32(0x807FFFFF)) | (exponents << np.uint32(23))
    near = np.concatenate([centres, centres + np.uint32(1), centres[1:] - np.uint32(1)])
    return np.concatenate([near, near | np.uint32(0x80000000), all_bf16_widened(), folded])


def subnormal_products() -> tuple[np.ndarray, np.ndarray]:
    """Factors (float32): subnormals and powers of two, and normals with subnormal products, ties too."""
    subnormals = np.concatenate([np.arange(1, 257), 1 << np.arange(23), (1 << 23) - np.arange(1, 257)])
    subnormals = subnormals.astype(np.uint32).view(np.float32)
    powers = np.ldexp(np.float32(1), np.array([0, 1, 23, 127, -1, -3])).astype(np.float32)
    from_subnormal = np.meshgrid(subnormals, np.concatenate([powers, -powers]))
    small = np.ldexp(np.arange(1.0, 2.0, 1 / 64), -100).astype(np.float32)
    shrink = np.ldexp(np.float32(1), -np.arange(27, 52)).astype(np.float32)
    to_subnormal = np.meshgrid(small, shrink)
    left = np.concatenate([from_subnormal[0].ravel(), to_subnormal[0].ravel()])
    right = np.concatenate([from_subnormal[1].ravel(), to_subnormal[1].ravel()])
    return left, right
