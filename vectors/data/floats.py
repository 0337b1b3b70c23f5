"""Which floating-point inputs does a case read? Gaussian-like, log-uniform, powers of two, outliers.

Every value is made from random integers by exact operations and at most one correctly rounded one (+, *,
conversion); no library function whose last bit differs between platforms is used.
"""

from math import prod

import ml_dtypes
import numpy as np

from vectors.data.stream import Shape, Stream, dims

# dtype -> (stored mantissa bits, exponent of the smallest subnormal, exponent of the largest finite value)
_RANGES = {
    np.dtype(np.float32): (23, -149, 127),
    np.dtype(np.float16): (10, -24, 15),
    np.dtype(ml_dtypes.bfloat16): (7, -133, 127),
}
# A format by the name that a case's parameters have for it.
DTYPES: dict[str, type] = {
    **dict.fromkeys(("fp32", "float32"), np.float32),
    **dict.fromkeys(("bf16", "bfloat16"), ml_dtypes.bfloat16),
    **dict.fromkeys(("fp16", "float16"), np.float16),
}
# Standard deviation of the sum of 8 independent uniforms on {0, ..., 65535}: sqrt(8 * (2^32 - 1) / 12), halved units.
_NORMAL_UNIT = 1.0 / (2.0 * float(np.sqrt(8.0 * 4294967295.0 / 12.0)))


def float32_to_bfloat16(x: np.ndarray) -> np.ndarray:
    """float32 -> bfloat16, round to nearest even on the bits; NaN keeps sign and upper payload."""
    raw = np.ascontiguousarray(x, dtype=np.float32).view(np.uint32)
    nearest = ((raw.astype(np.uint64) + 0x7FFF + ((raw >> 16) & 1)) >> 16).astype(np.uint16)
    quiet = ((raw >> 16) | 0x40).astype(np.uint16)
    is_nan = (raw & 0x7FFFFFFF) > 0x7F800000
    pattern = np.where(is_nan, quiet, nearest).astype(np.uint16)
    return pattern.view(ml_dtypes.bfloat16).reshape(np.shape(x))


def rounded(x: np.ndarray, dtype: type) -> np.ndarray:
    """float64 or float32 values as ``dtype`` (float32, float16 or bfloat16; the last by way of float32).

    Data only needs one defined answer, so the second rounding on the way to bfloat16 is accepted.
    """
    kind = np.dtype(dtype)
    _range_of(kind)
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == ml_dtypes.bfloat16:
            return float32_to_bfloat16(x.astype(np.float32))
        return x.astype(kind)


def normal(stream: Stream, shape: Shape, *, std: float = 1.0, dtype: type = np.float32) -> np.ndarray:
    """Gaussian-like values of mean 0 and standard deviation ``std``.

    Distribution: the sum of 8 uniform 16-bit integers, centred and scaled (Irwin-Hall, n = 8). Symmetric, excess
    kurtosis -0.15, support cut at +-4.9 std: a Gaussian for |x| < 3 std; heavier tails come from ``with_outliers``. The
    sum is an exact integer below 2^20, scaled in float64 (one multiplication) and rounded once to ``dtype``. 0 occurs.
    """
    sizes = dims(shape)
    block = stream.words(4 * prod(sizes)).reshape(-1, 4)
    total = np.zeros(len(block), dtype=np.int64)
    for column in range(4):
        word = block[:, column]
        total += (word & np.uint32(0xFFFF)).astype(np.int64) + (word >> np.uint32(16)).astype(np.int64)
    centred = (2 * total - 8 * 65535).astype(np.float64)
    return rounded(centred * (_NORMAL_UNIT * float(std)), dtype).reshape(sizes)


def log_uniform(
    stream: Stream, shape: Shape, first: int, last: int, *, signed: bool = True, dtype: type = np.float32
) -> np.ndarray:
    """Magnitudes 2^e * (1 + m): e uniform on first..last (both included), m uniform on the dtype's mantissas.

    Below the normal range the extra mantissa bits are rounded away. Raises ValueError when 2^first is below
    the smallest subnormal of ``dtype`` or 2^last above its largest value.
    """
    kind = np.dtype(dtype)
    mantissa_bits = _range_of(kind, first, last)
    exponent = stream.integers(first, last + 1, shape)
    significand = (1 << mantissa_bits) + stream.integers(0, 1 << mantissa_bits, shape)
    sign = stream.signs(shape) if signed else np.int64(1)
    return rounded(sign * significand * exp2(exponent - mantissa_bits), dtype)


def powers_of_two(
    stream: Stream, shape: Shape, first: int, last: int, *, signed: bool = True, dtype: type = np.float32
) -> np.ndarray:
    """Exact powers 2^e, e uniform on first..last (both included); random signs if ``signed``."""
    _range_of(np.dtype(dtype), first, last)
    value = exp2(stream.integers(first, last + 1, shape))
    return rounded(value * stream.signs(shape) if signed else value, dtype)


def small_integers(stream: Stream, shape: Shape, max_abs: int, *, dtype: type = np.float32) -> np.ndarray:
    """Uniform integers of [-max_abs, max_abs]. Raises ValueError when not all are exact in ``dtype``."""
    mantissa_bits = _range_of(np.dtype(dtype))
    if not 0 <= max_abs <= 2 << mantissa_bits:
        raise ValueError(f"max_abs: has {max_abs}, needs 0 .. {2 << mantissa_bits}, all exact in {np.dtype(dtype)}")
    return rounded(stream.integers(-max_abs, max_abs + 1, shape).astype(np.float64), dtype)


def exp2(exponent: np.ndarray | int) -> np.ndarray:
    """2^exponent as float64 for integers in [-1022, 1023], from the bits."""
    exponents = np.asarray(exponent, dtype=np.int64)
    if exponents.size and (exponents.min() < -1022 or exponents.max() > 1023):
        raise ValueError(f"exponent: has {exponents.min()}..{exponents.max()}, needs -1022..1023")
    return ((exponents + 1023) << 52).view(np.float64)


def outlier_channels(stream: Stream, channels: int, count: int) -> np.ndarray:
    """``count`` different channel numbers in ascending order, int64 [count]."""
    return np.sort(stream.choice(channels, count))


def with_outliers(x: np.ndarray, channels: np.ndarray, exponent: int) -> np.ndarray:
    """A copy of x [..., K], the named channels of the last axis times 2^exponent; exact inside x's range."""
    scaled = x.copy()
    scaled[..., channels] = rounded(x[..., channels].astype(np.float64) * exp2(exponent), x.dtype.type)
    return scaled


def _range_of(kind: np.dtype, first: int | None = None, last: int | None = None) -> int:
    """The mantissa bits of ``kind``, after checking that 2^first .. 2^last lies in its range."""
    if kind not in _RANGES:
        raise ValueError(f"dtype: has {kind}, needs float32, float16 or bfloat16")
    mantissa_bits, smallest, largest = _RANGES[kind]
    if first is not None and last is not None and not smallest <= first <= last <= largest:
        raise ValueError(f"first, last: has {first}, {last}, needs {smallest} <= first <= last <= {largest} for {kind}")
    return mantissa_bits
