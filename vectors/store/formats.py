"""Which format does an array of a case carry, and how do its bits lie in a file?

In memory uint8 is either E4M3 codes or E8M0 bytes. The name decides: when one of its words (split at ``_``
and ``.``) is scale, scales, byte or bytes, the array holds E8M0 bytes; every other uint8 array holds E4M3
codes. The manifest states the format of each tensor, so a reader of the files needs no such rule.
"""

import re
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np


class StoreError(ValueError):
    """The golden store is not what its manifest says, or cannot hold what it is given."""


class Format(NamedTuple):
    """A format by name: the dtype that cases use, the plain dtype of equal bits in a file, and what they are."""

    memory: np.dtype[Any]
    stored: np.dtype[Any]
    note: str


def _format(memory: Any, stored: Any, note: str) -> Format:
    return Format(np.dtype(memory), np.dtype(stored), note)


_E4M3 = "U8: an OCP E4M3FN code, 1-4-3 bits, bias 7, no infinity, NaN 0x7F and 0xFF, largest 448 = 0x7E."
FORMATS: dict[str, Format] = {
    "e4m3": _format(np.uint8, np.uint8, _E4M3),
    "e8m0": _format(np.uint8, np.uint8, "U8: a scale byte b, 2^(b - 127); 255 is NaN, 0 is 2^-127."),
    "bfloat16": _format(ml_dtypes.bfloat16, np.uint16, "U16: the upper half of an IEEE float32's bits."),
    "float16": _format(np.float16, np.uint16, "U16: an IEEE float16's bits."),
    "float32": _format(np.float32, np.float32, "F32."),
    "float64": _format(np.float64, np.float64, "F64."),
    "int32": _format(np.int32, np.int32, "I32."),
    "int64": _format(np.int64, np.int64, "I64."),
    "bool": _format(np.bool_, np.uint8, "U8: 0 or 1."),
}
FORMAT_NOTES = {name: form.note for name, form in FORMATS.items()}
_QUIET_NAN = {
    np.dtype(np.float64): 0x7FF8 << 48,
    np.dtype(np.float32): 0x7FC0 << 16,
    np.dtype(np.float16): 0x7E00,
    np.dtype(ml_dtypes.bfloat16): 0x7FC0,
}
_E8M0_WORDS = {"scale", "scales", "byte", "bytes"}
_BY_DTYPE = {form.memory: name for name, form in FORMATS.items() if form.memory != np.uint8}


def format_of(name: str, array: np.ndarray) -> str:
    """The format's name. Raises StoreError for a dtype that no format has."""
    if array.dtype == np.uint8:
        return "e8m0" if _E8M0_WORDS & set(re.split(r"[_.]", name)) else "e4m3"
    if array.dtype not in _BY_DTYPE:
        raise StoreError(f"{name}: has dtype {array.dtype}, needs uint8, {', '.join(map(str, _BY_DTYPE))}")
    return _BY_DTYPE[array.dtype]


def to_stored(array: np.ndarray, form: str) -> np.ndarray:
    """The same bits in the format's plain dtype, C-contiguous, to be read only: no copy where none is needed."""
    return np.asarray(array, order="C").view(FORMATS[form].stored)


def from_stored(array: np.ndarray, form: str) -> np.ndarray:
    """The inverse of ``to_stored``, a new array. Raises StoreError for a bool that is not 0 or 1."""
    if form == "bool" and array.size and array.max() > 1:
        raise StoreError(f"a bool tensor: has the byte {array.max()}, needs 0 or 1")
    return array.copy(order="C").view(FORMATS[form].memory)


def bits(array: np.ndarray) -> np.ndarray:
    """The bit patterns as unsigned integers of the element's width: NaN equals itself, -0 differs from +0."""
    return array.copy(order="C").view(f"u{array.dtype.itemsize}")


def with_one_nan(array: np.ndarray) -> np.ndarray:
    """The same with every NaN the positive quiet one without payload; a new array where there is any, else the same.

    Which NaN an operation on NaNs gives differs between processors, and between the loops of NumPy's versions.
    """
    one = _QUIET_NAN.get(array.dtype)
    if one is None:
        return array
    with np.errstate(invalid="ignore"):  # BF16 is widened to be looked at, which a signalling NaN reports
        nan = np.isnan(array).astype(bool)
    if not nan.any():
        return array
    found = array.copy(order="C")
    found.view(f"u{array.dtype.itemsize}")[nan] = one
    return found
