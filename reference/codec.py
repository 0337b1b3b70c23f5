"""Which bits stand for which value? Array twins of the scalar codecs.

Codes travel as raw bits: E4M3 and E8M0 as uint8 arrays, BF16 as ml_dtypes.bfloat16, the rest as NumPy floats.
"""

from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import DTypeLike, NDArray

from reference.formats import E4M3

BF16_DTYPE = np.dtype(ml_dtypes.bfloat16)
U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.int64]
AnyArray = NDArray[Any]

_FLOATS = {np.dtype(np.float16): np.uint16, BF16_DTYPE: np.uint16, np.dtype(np.float32): np.uint32,
           np.dtype(np.float64): np.uint64}  # fmt: skip


def _decode_table() -> F64:
    code = np.arange(256)
    exponent, mantissa = code >> 3 & 15, code & 7
    significand = np.where(exponent > 0, mantissa + 8, mantissa)
    value = np.ldexp(significand.astype(np.float64), np.maximum(exponent, 1) - 10)
    value[(code & 0x7F) == E4M3.nan_code] = np.nan
    return np.copysign(value, np.where(code & 0x80, -1.0, 1.0))


_E4M3_VALUES = _decode_table()
_E8M0_VALUES = np.append(np.ldexp(1.0, np.arange(255) - 127), np.nan)


def _need_uint8(name: str, array: AnyArray) -> U8:
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8:
        raise TypeError(
            f"{name}: has {getattr(array, 'dtype', type(array).__name__)}, needs a uint8 array of raw codes"
        )
    return array


def e4m3_to_float64(codes: U8) -> F64:
    """Exact values of E4M3 codes, any shape (FMT-01); NaN codes give NaN (FMT-02); NaN and zeros keep their sign."""
    return _E4M3_VALUES[_need_uint8("codes", codes)]


def e8m0_to_float64(scales: U8) -> F64:
    """2^(byte - 127) exactly, byte 0 too (FMT-03, FMT-04); byte 255 gives NaN."""
    return _E8M0_VALUES[_need_uint8("scales", scales)]


def _encode_float64(x: F64) -> U8:
    """One rounding: code = 8 (e + 6) + RNE(|x| 2^(3 - e)) with e = max(floor(log2 |x|), -6)."""
    magnitude = np.minimum(np.abs(x), 512.0)  # above 448 everything saturates; NaN stays NaN
    nan = np.isnan(x)
    magnitude = np.where(nan, 0.0, magnitude)
    exponent = np.maximum(np.frexp(magnitude)[1] - 1, -6)
    exponent = np.where(magnitude == 0.0, -6, exponent)
    steps = np.rint(np.ldexp(magnitude, 3 - exponent)).astype(np.int64)
    code = np.where(nan, E4M3.nan_code, np.minimum(8 * (exponent + 6) + steps, E4M3.max_code))
    return (code | np.where(np.signbit(x), 0x80, 0)).astype(np.uint8)


def _build_encode_table() -> U8:
    high = np.arange(65536, dtype=np.uint32) << 16
    with np.errstate(invalid="ignore"):  # signalling NaNs
        return _encode_float64(high.view(np.float32).astype(np.float64))


E4M3_OF_ODD16: U8 = _build_encode_table()
"""E4M3 code of each FP32 value rounded to odd at 16 bits (see ``odd16``)."""


def odd16(bits: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The high half of FP32 bits with its lowest bit also set when anything below it is set: rounding to odd.

    The 8 significand bits that remain, the last one sticky, decide every RNE to 4 bits or fewer, so encoding the result
    equals encoding the FP32 value itself; a NaN stays a NaN.
    """
    return (bits >> 16) | ((bits & 0xFFFF) != 0)


_CHUNK = 1 << 16


def float_to_e4m3(x: AnyArray) -> U8:
    """RNE of float32 or float64 values to E4M3 codes, each rounded once, saturating to +-448 (QNT-01, QNT-03).

    Infinities saturate too, a NaN gives 0x7F or 0xFF by its sign, zeros keep their sign. TypeError for other dtypes.
    """
    x = np.asarray(x)
    if x.dtype == np.float64:
        return _encode_float64(x)
    if x.dtype != np.float32:
        raise TypeError(f"x: has {x.dtype}, needs float32 or float64")
    flat = np.ascontiguousarray(x).reshape(-1).view(np.uint32)
    out = np.empty(flat.size, np.uint8)
    for start in range(0, flat.size, _CHUNK):  # chunks stay in the cache
        part = flat[start : start + _CHUNK]
        np.take(E4M3_OF_ODD16, odd16(part), out=out[start : start + _CHUNK], mode="clip")
    return out.reshape(x.shape)


def float64_to_float32(x: AnyArray) -> F32:
    """RNE, one rounding; beyond the range it gives infinities, quietly."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.asarray(x, np.float64).astype(np.float32)


def float64_to_fp16(x: AnyArray) -> AnyArray:
    """RNE of float64 values to FP16 with one rounding (GEM-12): subnormals kept, beyond the range infinities."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.asarray(x, np.float64).astype(np.float16)


def float64_to_bf16(x: AnyArray) -> AnyArray:
    """RNE of float64 (or float32) values to BF16 with one rounding (GEM-08), by way of FP32 rounded to odd."""
    x = np.asarray(x, np.float64)
    near = float64_to_float32(x)
    bits = near.view(np.uint32)
    with np.errstate(invalid="ignore"):
        inexact = (near != x) & ~np.isnan(x)
        too_small = np.abs(near) < np.abs(x)
    # An inexact result with an even last bit moves to the neighbour on the other side of x, which is odd.
    step = np.where(too_small, 1, -1)
    odd = np.where(inexact & (bits & 1 == 0), bits.astype(np.int64) + step, bits).astype(np.uint32)
    return float32_bits_to_bf16(odd)


def float32_bits_to_bf16(bits: NDArray[np.uint32]) -> AnyArray:
    """RNE of FP32 bit patterns to BF16; a NaN becomes quiet and keeps its sign."""
    bits = np.asarray(bits, np.uint32)
    nan = (bits & 0x7FFFFFFF) > 0x7F800000
    with np.errstate(over="ignore"):
        rounded = (bits + (0x7FFF + ((bits >> 16) & 1)).astype(np.uint32)) >> 16
    quiet = (bits >> 16) | 0x40
    return np.where(nan, quiet, rounded).astype(np.uint16).view(BF16_DTYPE)


def round_float64(x: AnyArray, dtype: DTypeLike) -> AnyArray:
    """RNE with one rounding to float16, bfloat16, float32 or float64 (identity). TypeError for other dtypes."""
    dtype = np.dtype(dtype)
    if dtype == np.float32:
        return float64_to_float32(x)
    if dtype == np.float16:
        return float64_to_fp16(x)
    if dtype == BF16_DTYPE:
        return float64_to_bf16(x)
    if dtype == np.float64:
        return np.asarray(x, np.float64)
    raise TypeError(f"dtype: has {dtype}, needs float16, bfloat16, float32 or float64")


def to_float64(x: AnyArray) -> F64:
    """float16, bfloat16, float32 or float64 values as float64, exactly. TypeError for other dtypes."""
    x = np.asarray(x)
    if x.dtype not in _FLOATS:
        raise TypeError(f"x: has {x.dtype}, needs float16, bfloat16, float32 or float64")
    if x.dtype == np.float64:
        return x
    with np.errstate(invalid="ignore"):  # a signalling NaN
        return (x if x.dtype == np.float16 else to_float32(x)).astype(np.float64)


def to_float32(x: AnyArray) -> F32:
    """float16, bfloat16 or float32 values as float32, exactly (QNT-14), any strides. TypeError for other dtypes."""
    x = np.asarray(x)
    if x.dtype == BF16_DTYPE:
        return (x.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    if x.dtype not in (np.float16, np.float32):
        raise TypeError(f"x: has {x.dtype}, needs bfloat16, float16 or float32")
    return x.astype(np.float32, copy=False)


def _bits(x: AnyArray) -> Keys:
    if x.dtype not in _FLOATS:
        raise TypeError(f"x: has {x.dtype}, needs float16, bfloat16, float32 or float64")
    return np.ascontiguousarray(x).reshape(x.shape).view(_FLOATS[x.dtype]).astype(np.int64)


def ordered_key(x: AnyArray) -> Keys:
    """int64 keys in the total order of the values: consecutive floats have consecutive keys, -0 is -1, +0 is 0.

    NaNs get keys beyond the infinities of their sign.
    """
    x = np.asarray(x)
    bits = _bits(x)
    limit = np.int64((1 << (8 * x.dtype.itemsize - 1)) - 1)
    if x.dtype == np.float64:
        return np.where(bits < 0, -(bits & limit) - 1, bits)
    return np.where(bits > limit, -(bits & limit) - 1, bits)


def from_ordered_key(key: Keys, dtype: DTypeLike) -> AnyArray:
    """Inverse of ``ordered_key``."""
    dtype = np.dtype(dtype)
    sign = np.int64(-(2**63)) if dtype == np.float64 else np.int64(1 << (8 * dtype.itemsize - 1))
    bits = np.where(key < 0, (-key - 1) | sign, key)
    return bits.astype(_FLOATS[dtype]).view(dtype)


def next_up(x: AnyArray) -> AnyArray:
    """The next value in total order (above -0 comes +0); +Inf and NaN stay."""
    x = np.asarray(x)
    key = ordered_key(x)
    with np.errstate(invalid="ignore"):
        stay = np.isnan(x) | (x == np.inf)
    return from_ordered_key(np.where(stay, key, key + 1), x.dtype)


def next_down(x: AnyArray) -> AnyArray:
    """The previous value in total order (below +0 comes -0); -Inf and NaN stay."""
    return -next_up(-np.asarray(x))


def e4m3_key(codes: U8) -> NDArray[np.int16]:
    """Keys of E4M3 codes in value order, -0 (-1) below +0 (0); NaN codes get +-127 beyond the finite ones."""
    magnitude = (_need_uint8("codes", codes) & 0x7F).astype(np.int16)
    return np.where(codes & 0x80, -magnitude - 1, magnitude).astype(np.int16)
