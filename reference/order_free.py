"""How can a BLAS give sums that do not depend on its order of additions?

Both operands of a matmul are made integers in units of their row, so small that every partial sum, in any
order, with or without fused multiply-add, is an integer below 2^53: a float64 without error. What one matmul
can take is a part of K (``segments`` of MX blocks) or a part of the bits (``Slicing``). The exact results of
the parts are added in double-double by elementwise operations in a fixed order, so that every machine gives
the same bits. Rows whose values spread too far for a few slices are multiplied and added elementwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference import cores
from reference.codec import F64, Bools
from reference.formats import BLOCK
from reference.operand import NO_GRAIN, MxSide, Side

_TILE_ROWS, _TILE_BLOCKS = (768, 48)  # 9 MiB: a call of a busy machine's BLAS waits for its threads, so few calls
_DECODE_AT_ONCE = 24 << 10  # elements per step of decoding: codes, tables and values side by side in L2
_PARALLEL = 1 << 20  # elements of b from which threads pay
_CHUNK_VALUES = 1 << 20  # values of a real b cut into slices at once
_TERMS = 256  # terms of a sliced matmul: 8 of the 53 bits
_WIDEST = 66  # bits of a row that slices take
_EXACT = 53


class Sums(NamedTuple):
    """hi, lo, error float64 [M, N] with |hi + lo - exact| <= error; hi is the rounded hi + lo."""

    hi: F64
    lo: F64
    error: F64


def two_sum(a: F64, b: F64) -> tuple[F64, F64]:
    """a + b = s + e exactly (Knuth); infinities give e = NaN."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def sums(a: Side, b: Side, *, absolute: bool = False) -> Sums:
    """sum_k a[m, k] b[n, k], or of magnitudes; products of two values must be exact in float64."""
    if isinstance(a, MxSide) and isinstance(b, MxSide):
        return _mx_sums(a, b, absolute)
    return _real_sums(a, b, absolute)


class _Total:
    """Exact terms added in double-double, in the order of the calls."""

    def __init__(self) -> None:
        self.hi: F64 | None = None
        self.lo: F64 | None = None
        self.terms = 0

    def add(self, term: F64) -> None:
        self.terms += 1
        if self.hi is None:
            self.hi = term
            return
        self.hi, rest = two_sum(self.hi, term)
        self.lo = rest if self.lo is None else self.lo + rest

    def put(self, out: Sums, rows: slice, bound: F64) -> None:
        """bound: at least sum |a_i b_i|. lo took n - 2 roundings, each 2^-53 of a sum of at most n residues of
        2^-53 bound."""
        if self.hi is None:
            return
        out.hi[:, rows] = self.hi
        if self.lo is not None:
            out.hi[:, rows], out.lo[:, rows] = two_sum(self.hi, self.lo)
        if self.terms > 2:
            out.error[:, rows] = self.terms**2 * 2.0**-105 * bound


# --- MX operands: blocks are narrow, so K is cut ---------------------------------------------------


def segments(a: NDArray[np.int32], b: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Ranges of blocks whose float64 matmul is exact, from the scale exponents [M, blocks] and [N, blocks] alone.

    Element values are at most 448 * 512 < 2^17.81 units of 2^-9 times their scale, and by Cauchy and Schwarz
    sum |a_i b_i| <= ||a|| ||b||. Below the threshold the sums of squares here are exact, whatever their order.
    """
    if a.size == 0 or b.size == 0:
        return [(0, a.shape[1])] if a.shape[1] else []
    unit = 448.0 * 512.0 * np.sqrt(BLOCK)

    def largest_norm(exponents: NDArray[np.int32]) -> float:
        spread = power_of_two(exponents - exponents.min(axis=1, keepdims=True))
        return float(np.sqrt(np.einsum("rb,rb->r", spread, spread).max())) * unit

    def cut(first: int, last: int) -> list[tuple[int, int]]:
        if last - first == 1 or largest_norm(a[:, first:last]) * largest_norm(b[:, first:last]) < 2.0**52:
            return [(first, last)]
        middle = (first + last) // 2
        return cut(first, middle) + cut(middle, last)

    return cut(0, a.shape[1])


def power_of_two(exponent: NDArray[np.int32]) -> F64:
    """2^exponent for -1022 <= exponent <= 1023."""
    return ((exponent.astype(np.int64) + 1023) << 52).view(np.float64)


def _mx_sums(a: MxSide, b: MxSide, absolute: bool) -> Sums:
    out = Sums(*(np.zeros((a.rows, b.rows)) for _ in range(3)))
    values = a.values(slice(None))
    values = np.abs(values) if absolute else values
    norms_a, norms_b = a.norms(), b.norms()
    exponents_a, exponents_b = a.exponents, b.exponents
    count = cores.usable() if b.rows * b.K >= _PARALLEL else 1
    step = _TILE_ROWS * min(count, 4)
    buffer = np.empty(min(step, b.rows) * min(_TILE_BLOCKS * BLOCK, b.K))
    with ThreadPoolExecutor(count) if count > 1 else nullcontext() as pool:
        for start in range(0, b.rows, step):
            rows = slice(start, min(start + step, b.rows))
            total = _Total()
            for first, last in segments(exponents_a, exponents_b[rows]):
                product: F64 | None = None
                for blocks in _pieces(first, last):
                    tile = _tile(b, rows, blocks, buffer, pool, count)
                    tile = np.abs(tile) if absolute else tile
                    part = values[:, blocks.start * BLOCK : blocks.stop * BLOCK] @ tile.T
                    product = part if product is None else np.add(product, part, out=product)
                if product is not None:
                    total.add(product)
            total.put(out, rows, norms_a[:, None] * norms_b[None, rows])
    return out


def _pieces(first: int, last: int) -> Iterator[slice]:
    for start in range(first, last, _TILE_BLOCKS):
        yield slice(start, min(start + _TILE_BLOCKS, last))


def _tile(b: MxSide, rows: slice, blocks: slice, buffer: F64, pool: Executor | None, count: int) -> F64:
    """Values [r, 32 * blocks] in the buffer, decoded by all threads."""
    if b.kept is not None:
        return b.kept[rows, blocks.start * BLOCK : blocks.stop * BLOCK]
    width = (blocks.stop - blocks.start) * BLOCK
    out = buffer[: (rows.stop - rows.start) * width].reshape(-1, width)

    def decode(part: slice) -> None:
        for start in range(part.start, part.stop, max(1, _DECODE_AT_ONCE // width)):
            stop = min(start + max(1, _DECODE_AT_ONCE // width), part.stop)
            b.decode(slice(rows.start + start, rows.start + stop), blocks, out[start:stop])

    if pool is None:
        decode(slice(0, len(out)))
        return out
    share = -(-len(out) // count)
    parts = [slice(start, min(start + share, len(out))) for start in range(0, len(out), share)]
    futures = [pool.submit(decode, part) for part in parts[1:]]
    decode(parts[0])
    for future in futures:
        future.result()
    return out


# --- real operands: the bits of a row are cut ------------------------------------------------------


class Extent(NamedTuple):
    """Of rows in each part, [parts, R]: the lowest set bit and the bit above the highest; NO_GRAIN, -NO_GRAIN for 0."""

    grain: NDArray[np.int32]
    top: NDArray[np.int32]

    @classmethod
    def of(cls, side: Side, rows: slice, values: F64) -> Extent:
        """A part is _TERMS columns. values: of these rows, with whatever sign."""
        blocks = side.grain(rows, slice(0, -(-side.K // BLOCK)))
        grain = np.minimum.reduceat(blocks, range(0, blocks.shape[1], _TERMS // BLOCK), axis=1).T.astype(np.int32)
        parts = (values[:, first : first + _TERMS] for first in range(0, side.K, _TERMS))
        largest = np.stack([np.maximum(part.max(axis=1), -part.min(axis=1)) for part in parts])
        return cls(grain, np.where(grain < NO_GRAIN, np.frexp(largest)[1], -NO_GRAIN))

    def width(self) -> NDArray[np.int32]:
        """Bits [R] from the lowest set bit to the highest one of each whole row, negative for zeros."""
        return self.top.max(axis=0) - self.grain.min(axis=0)


@dataclass(frozen=True)
class Slicing:
    """Values of rows [R, k] as sums of slices: slice i holds multiples of 2^(grain + i * bits), at most 2^bits each.

    grain [R]: lowest set bit of each row. width: bits of the widest row.
    """

    grain: NDArray[np.int32]
    width: int

    @classmethod
    def of(cls, extent: Extent, part: int, zeroed: Bools) -> Slicing:
        """Of one part of the columns, of which these rows are not taken."""
        grain, top = extent.grain[part], extent.top[part]
        alive = (grain < NO_GRAIN) & ~zeroed
        return cls(np.where(alive, grain, 0), int(np.where(alive, top - grain, 0).max(initial=0)))

    def cut(self, values: F64, bits: int, count: int) -> list[F64]:
        """Slices, highest first. Adding and taking away 1.5 * 2^52 units rounds to whole units (RNE)."""
        parts, rest = [], values
        for i in range(count - 1, 0, -1):
            magic = np.ldexp(1.5, self.grain + (52 + i * bits))[:, None]
            top = (rest + magic) - magic
            parts.append(top)
            rest = rest - top
        return [*parts, rest]


def plan(width_a: int, width_b: int, terms: int) -> tuple[int, int, int, int]:
    """(bits, slices) of a, then of b, with the fewest products: bits_a + bits_b + log2(terms) <= 53."""
    budget = _EXACT - (max(1, terms) - 1).bit_length()
    best = None
    for bits_a in range(1, budget):
        count_a, count_b = -(-max(1, width_a) // bits_a), -(-max(1, width_b) // (budget - bits_a))
        if best is None or count_a * count_b < best[1] * best[3]:
            best = bits_a, count_a, budget - bits_a, count_b
    if best is None:
        raise ValueError(f"terms: has {terms}, needs fewer than 2**51")
    return best


def _real_sums(a: Side, b: Side, absolute: bool) -> Sums:
    out = Sums(*(np.zeros((a.rows, b.rows)) for _ in range(3)))
    if a.rows == 0 or b.rows == 0 or a.K == 0:
        return out
    values = a.values(slice(None))
    values = np.abs(values) if absolute else values
    extent_a = Extent.of(a, slice(None), values)
    wide_a = extent_a.width() > _WIDEST
    norms_a, norms_b = a.norms(), b.norms()
    step = max(16, _CHUNK_VALUES // a.K)
    for start in range(0, b.rows, step):
        rows = slice(start, min(start + step, b.rows))
        chunk = b.values(rows)
        chunk = np.abs(chunk) if absolute else chunk
        extent_b = Extent.of(b, rows, chunk)
        wide_b = extent_b.width() > _WIDEST
        total = _Total()
        for number, first in enumerate(range(0, a.K, _TERMS)):
            part = slice(first, first + _TERMS)
            left, right = values[:, part], chunk[:, part]
            slicings = Slicing.of(extent_a, number, wide_a), Slicing.of(extent_b, number, wide_b)
            if wide_a.any() or wide_b.any():
                left, right = np.where(wide_a[:, None], 0.0, left), np.where(wide_b[:, None], 0.0, right)
            for term in _products(left, right, *slicings):
                total.add(term)
        total.put(out, rows, norms_a[:, None] * norms_b[None, rows])
        _put_wide(out, values, wide_a, rows, chunk, wide_b)
    return out


def _products(a: F64, b: F64, slicing_a: Slicing, slicing_b: Slicing) -> Iterator[F64]:
    """Exact matmuls [M, N] that add up to a b^T."""
    bits_a, count_a, bits_b, count_b = plan(slicing_a.width, slicing_b.width, a.shape[1])
    slices_b = slicing_b.cut(b, bits_b, count_b)
    for x in slicing_a.cut(a, bits_a, count_a):
        for y in slices_b:
            yield x @ y.T


def _put_wide(out: Sums, a: F64, wide_a: Bools, rows: slice, b: F64, wide_b: Bools) -> None:
    """The sums of rows that slices leave out, one row at a time against all of the other side."""
    for n in np.flatnonzero(wide_b):
        for array, column in zip(out, tree_sum(a * b[n]), strict=True):
            array[:, rows.start + n] = column
    narrow = np.flatnonzero(~wide_b)
    for m in np.flatnonzero(wide_a):
        for array, row in zip(out, tree_sum(b[narrow] * a[m]), strict=True):
            array[m, rows.start + narrow] = row


def tree_sum(x: F64) -> tuple[F64, F64, F64]:
    """(hi, lo, error) of the sums of exact terms [R, K] over K: halves added to halves in double-double.

    In each of the log2 K levels lo takes two roundings of at most 2^-53 levels 2^-53 sum |x|.
    """
    levels = max(1, (x.shape[1] - 1).bit_length())
    bound = np.abs(x).max(axis=1, initial=0.0) * x.shape[1]
    hi, lo = x, np.zeros_like(x)
    while hi.shape[1] > 1:
        if hi.shape[1] % 2:
            hi, lo = np.pad(hi, ((0, 0), (0, 1))), np.pad(lo, ((0, 0), (0, 1)))
        half = hi.shape[1] // 2
        hi, rest = two_sum(hi[:, :half], hi[:, half:])
        lo = (lo[:, :half] + lo[:, half:]) + rest
    s, e = two_sum(hi[:, 0], lo[:, 0])
    return s, e, 4 * levels**2 * 2.0**-106 * bound
