"""How does one float format become another? Triton's float types as numpy arrays, rounded once.

Types go by Triton's names (``fp64 fp32 fp16 bf16 fp8e4nv fp8e5``). Arrays hold what Triton's interpreter
holds: FP64, FP32 and FP16 as numpy floats, BF16 as uint16 bits, the FP8 types as uint8 bits. Rounding is to
nearest, ties to even. The FP8 types saturate, as CUDA's ``cvt.satfinite`` does: anything above the largest
finite value, infinity included, becomes it; a NaN stays a NaN.
"""

from typing import Any

import ml_dtypes
import numpy as np

_BF16 = np.dtype(ml_dtypes.bfloat16)
_FP8 = {"fp8e4nv": np.dtype(ml_dtypes.float8_e4m3fn), "fp8e5": np.dtype(ml_dtypes.float8_e5m2)}
_NATIVE: dict[str, np.dtype[Any]] = {
    "fp16": np.dtype(np.float16),
    "fp32": np.dtype(np.float32),
    "fp64": np.dtype(np.float64),
}
_KNOWN = frozenset({"bf16", *_FP8, *_NATIVE})


def _narrowing_table(dtype: np.dtype) -> np.ndarray:
    """FP8 code of every upper half of an FP32 pattern, the lowest bit of which says "and something below".

    FP8 keeps at most three mantissa bits of the seven that the upper half holds, so the rest plus that sticky
    bit decide every rounding, ties included: 65,536 entries convert any FP32 value exactly.
    """
    upper = np.arange(1 << 16, dtype=np.uint32)
    values = (upper << np.uint32(16)).view(np.float32)
    largest = np.float32(ml_dtypes.finfo(dtype).max)  # type: ignore[no-untyped-call]
    with np.errstate(invalid="ignore"):  # the NaN patterns
        return np.asarray(np.clip(values, -largest, largest).astype(dtype).view(np.uint8))


_FP8_TO_FP32 = {name: np.arange(256, dtype=np.uint8).view(dt).astype(np.float32) for name, dt in _FP8.items()}
FP8_TO_FP64 = {name: table.astype(np.float64) for name, table in _FP8_TO_FP32.items()}
_UPPER_TO_FP8 = {name: _narrowing_table(dtype) for name, dtype in _FP8.items()}


def is_known(name: str) -> bool:
    """Whether this module converts the Triton float type of this name."""
    return name in _KNOWN


def is_emulated(name: str) -> bool:
    """Whether numpy has no arithmetic for the type, so that arrays of it hold bits; FP8 kinds unknown here too."""
    return name == "bf16" or name.startswith("fp8")


def widen(data: np.ndarray, name: str) -> np.ndarray:
    """The values of an array of type ``name``: float32, or float64 for fp64. Exact."""
    if name == "bf16":
        return np.asarray(data.view(_BF16).astype(np.float32))
    if name in _FP8:
        return np.asarray(_FP8_TO_FP32[name].take(data))
    if name == "fp16":
        return data.astype(np.float32)
    if name in _NATIVE:
        return data
    raise NotImplementedError(f"no conversion from Triton's type {name}")


def narrow(values: np.ndarray, name: str) -> np.ndarray:
    """float32 or float64 values rounded once to type ``name``; BF16 and FP8 come back as bits."""
    if name in _NATIVE:
        return values.astype(_NATIVE[name], copy=False)
    if name not in _KNOWN:
        raise NotImplementedError(f"no conversion to Triton's type {name}")
    if values.dtype != np.float32:
        values = round_to_odd(values)
    if name == "bf16":
        return np.asarray(values.astype(_BF16).view(np.uint16))
    bits = np.ascontiguousarray(values).view(np.uint32)
    upper = bits >> np.uint32(16)
    upper |= (bits & np.uint32(0xFFFF)) != 0
    return np.asarray(_UPPER_TO_FP8[name].take(upper).reshape(values.shape))


def truncate(values: np.ndarray, name: str) -> np.ndarray:
    """float32 values rounded toward zero to BF16 bits, the one narrowing toward zero that GPUs offer here."""
    if name != "bf16" or values.dtype != np.float32:
        raise NotImplementedError(f"no conversion toward zero from {values.dtype} to Triton's type {name}")
    rounded = (np.ascontiguousarray(values).view(np.uint32) >> np.uint32(16)).astype(np.uint16).reshape(values.shape)
    return np.where(np.isnan(values), rounded | np.uint16(0x40), rounded)


def round_to_odd(values: np.ndarray) -> np.ndarray:
    """float64 values as float32 such that rounding them again, to 22 bits or fewer, is as rounding once.

    The value is truncated toward zero and the last bit set where something was cut off (Boldo and Melquiond, 2008).
    """
    nearest = np.ascontiguousarray(values).astype(np.float32)
    exact = nearest.astype(np.float64)
    bits = nearest.view(np.uint32)
    bits -= np.abs(exact) > np.abs(values)
    bits |= exact != values
    return bits.view(np.float32).reshape(values.shape)


def convert(data: np.ndarray, source: str, target: str) -> np.ndarray:
    """An array of type ``source`` as type ``target``, exact where it fits, else rounded once."""
    if source == target:
        return data
    return narrow(widen(data, source), target)


def from_integers(data: np.ndarray, target: str) -> np.ndarray:
    """Integers (or booleans) rounded once to type ``target``, as long as they fit 53 bits."""
    if target in _NATIVE:
        return data.astype(_NATIVE[target])
    return narrow(data.astype(np.float64), target)


def to_integers(data: np.ndarray, source: str, dtype: np.dtype) -> np.ndarray:
    """Values cut toward zero, saturated to the integer type, NaN to 0, as CUDA and AMD devices convert."""
    values = widen(data, source)
    limits = np.iinfo(dtype)
    with np.errstate(invalid="ignore"):
        result = values.astype(dtype)
    # float(limits.max) can round up to a power of two outside the type, hence >= and not >.
    result[values >= float(limits.max)] = limits.max
    result[values <= float(limits.min)] = limits.min
    result[values != values] = 0
    return result
