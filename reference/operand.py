"""What does a contraction need to know about the rows of one of its sides?

Every side offers exact float64 rows in pieces, which rows hold NaN or infinities, how large a block can be
(norms: upper bounds) and on which power-of-two grid its values lie (grain: exponent of the lowest set bit).
"""

from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reference.codec import F64, U8, Bools, e4m3_to_float64, e8m0_to_float64
from reference.formats import BLOCK
from reference.quantize import check_mx

Exponents = NDArray[np.int16]
NO_GRAIN = 10000
"""Grain of a block of zeros: larger than any sum of two real ones, also after such a sum is added."""
_DECODE_AT_ONCE = 24 << 10  # elements decoded at once, so that the look-up's index buffer stays in the cache
_SCAN_AT_ONCE = 1 << 18
_FRACTION = np.uint64((1 << 52) - 1)


class Side(Protocol):
    """Rows [R, K] of one operand."""

    rows: int
    K: int
    nan: Bools
    infinite: Bools
    exact_blocks: bool

    def values(self, rows: slice) -> F64:
        """Float64 values [r, K], not to be changed; where rows hold NaN or infinities, these are zeros."""
        ...

    def norms(self) -> F64:
        """Upper bounds of the 2-norm of each row, [R]."""
        ...

    def grain(self, rows: slice, blocks: slice) -> Exponents:
        """Exponent of the lowest set bit in each block of 32, [r, blocks]; NO_GRAIN for zeros."""
        ...


def _finite_table() -> F64:
    table = e4m3_to_float64(np.arange(256, dtype=np.uint8))
    return np.where(np.isnan(table), 0.0, table)


_FINITE = _finite_table()
_PAIRS = np.stack([np.tile(_FINITE, 256), np.repeat(_FINITE, 256)], axis=1)
_WIDE_PAIRS = _PAIRS.view(np.complex128).reshape(-1)
_SHORT_PAIRS = _PAIRS.astype(np.float32).view(np.float64).reshape(-1)
"""Two neighbouring codes, read as one little-endian uint16, give two float64 or float32 values in one look-up."""
_WIDE_SCALES = np.repeat(e8m0_to_float64(np.append(np.arange(255), 127).astype(np.uint8))[:, None], BLOCK, axis=1)
_SHORT_SCALES = np.where(_WIDE_SCALES < 2.0**-126, 0.0, _WIDE_SCALES).astype(np.float32)
"""A scale for each element of a block: NumPy multiplies long arrays faster than many short ones by a number."""
_SHORT_BYTES = 10, 246  # scale bytes under which every value is zero or an FP32 normal number
_STEPS = (np.abs(_FINITE) * 512).astype(np.uint32)  # magnitude in units of 2^-9, below 2^18


def lowest_bit(x: NDArray[np.uint64]) -> Exponents:
    """Index of the lowest set bit of integers below 2^53, NO_GRAIN for 0."""
    lowest = (x & (~x + np.uint64(1))).astype(np.float64)  # a power of two, exact
    return np.where(x == 0, NO_GRAIN, (lowest.view(np.int64) >> 52) - 1023).astype(np.int16)


def least_grain(x: F64) -> Exponents:
    """Exponent of the lowest set bit of finite float64 over the last axis, NO_GRAIN where all are 0.

    What a number loses with the lowest set bit of its pattern is that bit's value, unless it is a power of two.
    """
    result = np.empty(x.shape[:-1], np.int16)
    step = max(1, _DECODE_AT_ONCE * len(x) // max(1, x.size))
    for start in range(0, len(x), step):
        part = x[start : start + step]
        bits = part.view(np.uint64)
        lowest = np.abs(part - (bits & (bits - np.uint64(1))).view(np.float64))
        np.copyto(lowest, np.abs(part), where=(bits & _FRACTION) == 0)
        np.copyto(lowest, np.inf, where=lowest == 0)
        least = lowest.min(axis=-1, initial=np.inf)
        result[start : start + step] = np.where(np.isinf(least), NO_GRAIN, np.frexp(least)[1] - 1)
    return result


def _rows_with_nan(codes: U8) -> Bools:
    """Rows [R] that hold 0x7F or 0xFF; a few rows at a time, which stay in the cache."""
    found = np.zeros(len(codes), bool)
    step = max(1, _SCAN_AT_ONCE // max(1, codes.shape[1]))
    for start in range(0, len(codes), step):
        hit = (codes[start : start + step] & 0x7F) == 0x7F
        if hit.any():
            found[start : start + step] = hit.any(axis=1)
    return found


class MxSide:
    """E4M3 codes [R, K], each 32 under a scale byte of their own row and block (FMT-06), [R, K / 32].

    Byte 255 makes a row NaN whatever its codes, as all 32 elements are (FMT-05). keep: decode once and hold all values.
    exponents int32 [R, K / 32]: of the scales; a NaN byte counts as 0. kept: the values, where they are held.
    """

    exact_blocks = True  # 32 products are integers times 2^-18 and sum to less than 2^41 such units

    def __init__(self, name: str, codes: U8, scales: U8, *, keep: bool = False) -> None:
        check_mx(f"{name}_codes", codes, f"{name}_scales", scales)
        if codes.ndim != 2:
            raise ValueError(f"{name}_codes: has shape {codes.shape}, needs two axes")
        self.codes, self.scales = np.ascontiguousarray(codes), scales
        self.rows, self.K = codes.shape
        self.nan: Bools = _rows_with_nan(self.codes) | np.asarray((scales == 255).any(axis=1))
        self.infinite: Bools = np.zeros(self.rows, bool)
        plain = np.where(scales == 255, np.uint8(127), scales)
        self.exponents = plain.astype(np.int32) - 127
        least, self._largest = plain.min(initial=127), plain.max(axis=1, initial=0)
        self._short = _SHORT_BYTES[0] <= least and self._largest.max(initial=127) <= _SHORT_BYTES[1]
        self.kept = self.values(slice(None)) if keep else None

    kept: F64 | None = None

    def decode(self, rows: slice, blocks: slice, out: F64) -> None:
        """Values of these rows and blocks into contiguous out [r, 32 * blocks], which should fit the cache."""
        codes = self.codes[rows, blocks.start * BLOCK : blocks.stop * BLOCK].view("<u2")
        scales = self.scales[rows, blocks]
        if self._short:  # half the bytes until the last step
            values = _SHORT_PAIRS.take(codes, mode="clip").view(np.float32)
            values *= _SHORT_SCALES.take(scales, axis=0, mode="clip").reshape(values.shape)
            out[...] = values
        else:
            _WIDE_PAIRS.take(codes, out=out.view(np.complex128), mode="clip")
            out *= _WIDE_SCALES.take(scales, axis=0, mode="clip").reshape(out.shape)

    def values(self, rows: slice) -> F64:
        if self.kept is not None:
            return self.kept[rows]
        start, stop, _ = rows.indices(self.rows)
        out = np.empty((max(0, stop - start), self.K))
        step = max(1, _DECODE_AT_ONCE // max(1, self.K))
        for first in range(0, len(out) if self.K else 0, step):
            last = min(first + step, len(out))
            self.decode(slice(start + first, start + last), slice(0, self.K // BLOCK), out[first:last])
        return out

    def norms(self) -> F64:
        """Every element is at most 448 of the row's largest scale."""
        return e8m0_to_float64(self._largest) * (448.0 * np.sqrt(self.K) * (1 + 2.0**-40))

    def grain(self, rows: slice, blocks: slice) -> Exponents:
        codes = self.codes[rows].reshape(-1, self.K // BLOCK, BLOCK)[:, blocks]
        steps = np.bitwise_or.reduce(_STEPS[codes], axis=2).astype(np.uint64)
        grain = lowest_bit(steps)
        return np.where(grain == NO_GRAIN, grain, grain - 9 + self.exponents[rows, blocks]).astype(np.int16)


class RealSide:
    """Float64 values [R, K], any K."""

    exact_blocks = False

    def __init__(self, name: str, values: F64) -> None:
        if not isinstance(values, np.ndarray) or values.dtype != np.float64:
            raise TypeError(f"{name}: has {getattr(values, 'dtype', type(values).__name__)}, needs a float64 array")
        if values.ndim != 2:
            raise ValueError(f"{name}: has shape {values.shape}, needs two axes")
        self.rows, self.K = values.shape
        self.raw = values
        self.nan: Bools = np.asarray(np.isnan(values).any(axis=1))
        self.infinite: Bools = np.asarray(np.isinf(values).any(axis=1)) & ~self.nan
        bad = self.nan | self.infinite
        if bad.any():
            values = values.copy()
            values[bad] = np.where(np.isfinite(values[bad]), values[bad], 0.0)
        self._values = values

    def values(self, rows: slice) -> F64:
        return self._values[rows]

    def norms(self) -> F64:
        """The largest magnitude times sqrt(K): rougher than a sum of squares, whose bits depend on its order."""
        v = self._values
        largest = np.maximum(v.max(axis=1, initial=0.0), -v.min(axis=1, initial=0.0))
        return largest * (np.sqrt(self.K) * (1 + 2.0**-40))

    def grain(self, rows: slice, blocks: slice) -> Exponents:
        return self._grains[rows, blocks]

    @cached_property
    def _grains(self) -> Exponents:
        """[R, blocks]: asked for by every sum of products and by what says whether it is exact."""
        pad = -self.K % BLOCK
        values = np.pad(self._values, ((0, 0), (0, pad))) if pad else self._values
        return least_grain(values.reshape(self.rows, (self.K + pad) // BLOCK, BLOCK))
