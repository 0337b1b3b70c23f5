"""How does the emulated matrix core add? Three models of C plus a sum of products, since the real one is not published.

Each model takes operands as float64 and returns FP32, rounded to nearest even whatever the mode register says, with
subnormals kept (AMD CDNA4 ISA, "Matrix arithmetic instructions"). Common to all: the products are exact, block scales
included; a sum that is exactly zero is +0; Inf and NaN follow IEEE 754, and a NaN result is 0x7FC00000.

exact       C and all products are added exactly and rounded once.
sequential  One product after another in the order of k is added to C, each time rounded to FP32.
cdna3       What CDNA3's cores were measured to do (Xie et al., "MMA-Sim: Bit-Accurate Reference Model of Tensor Cores
            and Matrix Cores", arXiv:2511.10909). Formats of 8 bits: for each 16 products in the order of k, those with
            even and those with odd k are two sums, in each of which every product is aligned to the largest exponent of
            a product and truncated towards zero at 24 fractional bits; the two are aligned to the larger exponent and
            cut down (towards minus infinity) at 24 fractional bits; their sum and C are aligned to the larger exponent
            and cut down, the sum at 31 and C at 24 fractional bits; that total is rounded to FP32 and is the next
            group's C. Formats of 16 bits: groups of 8, and one sum instead of two. FP32: as sequential. An exponent
            here is the factors' exponents added, a subnormal having its format's lowest; a block scale adds its own,
            which is this model's extension to CDNA4, as is FP4, taken like 8 bits. Not modelled: a product of BF16
            beyond FP32's range is Inf on CDNA3, here only a sum beyond it is.

Data on which all three must agree: a quantum q divides C and every product, and their magnitudes add up to less than
2^24 q. No model then rounds anything, as long as q is at least 2^-149.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

Array = np.ndarray

_MIDPOINT_BITS, _MIDPOINT = (
    np.int64(0x1FFFFFFF),
    np.int64(0x10000000),
)  # of float64 between neighbouring float32
_FRACTION, _SUM_FRACTION = 24, 31  # cdna3: fractional bits kept of a product or C, and of a group's sum
_ABSENT = -5000  # cdna3: the exponent of a zero, below any other's


@dataclass(frozen=True)
class Operand:
    """A or B as rows of k: A's row i, or B's column j.

    values: float64 [W, R, K], without scales. shifts: int64 [W, R, K / 32], the scales' exponents, or None; a NaN
    scale has made its block's values NaN. significand: bits of an element's significand; lowest_exponent: of its
    format's subnormals; bits: its width, which selects how cdna3 groups. reach: of a format of few exponents, (quantum,
    top): all its values are multiples of 2^quantum and less than 2^top.
    """

    values: Array
    shifts: Array | None
    significand: int
    lowest_exponent: int
    bits: int
    reach: tuple[int, int] | None = None

    def at(self, waves: slice) -> Operand:
        return replace(
            self, values=self.values[waves], shifts=None if self.shifts is None else self.shifts[waves]
        )

    def block(self, g: int) -> Array:
        """float64 [W, R, 32 or K]: the values that share a scale."""
        return self.values if self.shifts is None else self.values[:, :, 32 * g : 32 * (g + 1)]

    def scaled(self) -> Array:
        """float64 [W, R, K]: the values with their scales."""
        if self.shifts is None:
            return self.values
        blocks = self.values.reshape(*self.shifts.shape, 32) * _powers(self.shifts)[..., None]
        return blocks.reshape(self.values.shape)

    def ranges(self) -> tuple[Array, Array]:
        """(span, quantum), int64 [W, R]: all scaled elements of a row are multiples of 2^quantum and, unless Inf or
        NaN is among them, less than 2^(quantum + span).
        """
        if self.reach is not None:
            shifts = np.zeros((*self.values.shape[:2], 1), np.int64) if self.shifts is None else self.shifts
            lowest = shifts.min(axis=2)
            return shifts.max(axis=2) - lowest + (self.reach[1] - self.reach[0]), lowest + self.reach[0]
        exponents = _exponents(self.scaled())
        lowest = np.where(exponents == _ABSENT, -_ABSENT, exponents).min(axis=2)
        return exponents.max(axis=2) - lowest + self.significand, lowest - self.significand + 1


def exact(a: Operand, b: Operand, c: Array) -> Array:
    """float32 like c (float32 [W, ..., N], whose inner axes together are the rows): C plus all products, rounded once.

    Where float64 adds the products without error, only the double rounding of C plus that sum has to be mended: it can
    be wrong where the float64 lies midway between two FP32, or below the normal FP32.
    """
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        dots = _block_sums(a, b)
        products = sum(dots[1:], dots[0]).reshape(c.shape)
        total = np.empty_like(c, np.float64)
        np.add(c, products, out=total)
        result = total.astype(np.float32)
        result += np.float32(0)
        (a_span, a_quantum), (b_span, b_quantum) = a.ranges(), b.ranges()
        mend = (total.view(np.int64) & _MIDPOINT_BITS) == _MIDPOINT
        if a_quantum.min() + b_quantum.min() < -149:
            mend |= (np.abs(total) < 2.0**-126) & (total != 0)
        if mend.any():
            result[mend] = _nearest(c[mend].astype(np.float64), products[mend])
        for wave, row, column in _wide(a_span, b_span, a.values.shape[2]):
            place = (wave, *np.unravel_index(row, c.shape[1:-1]), column)
            if a.reach and b.reach:  # at most 2^41 quanta a block: a block's sum is exact
                terms = np.stack([dot[wave, row, column] for dot in dots], axis=1)
            else:
                terms = a.scaled()[wave, row] * b.scaled()[wave, column]
            terms = np.concatenate([terms, c[place].astype(np.float64)[:, None]], axis=1)
            result[place] = _careful(terms, total[place])
    return _canonical(result)


def sequential(a: Operand, b: Operand, c: Array) -> Array:
    """float32 like c: one product after another, each sum rounded to FP32.

    Of numbers of at most 24 bits the float64 sum, rounded again to FP32, is the nearest FP32; longer products (of FP32
    elements) are added by _nearest.
    """
    long = a.significand + b.significand > 24
    blocks = []
    for block in _blocks(len(c)):
        rows, columns = a.at(block).scaled(), b.at(block).scaled()
        total = c[block].reshape(len(rows), rows.shape[1], -1) + np.float32(0)
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            for k in range(rows.shape[2]):
                product = rows[:, :, k, None] * columns[:, None, :, k]
                total = _nearest(total.astype(np.float64), product) if long else _rounded(total + product)
        blocks.append(total)
    return _canonical(np.concatenate(blocks).reshape(c.shape))


def cdna3(a: Operand, b: Operand, c: Array) -> Array:
    """float32 like c: groups of products aligned and truncated, as CDNA3's cores were measured to add."""
    if a.bits == 32:
        return sequential(a, b, c)
    length, halves = (8, 1) if a.bits == 16 else (16, 2)
    blocks = []
    for block in _blocks(len(c)):
        rows, columns = a.at(block), b.at(block)
        row_values, column_values = rows.scaled(), columns.scaled()
        row_exponents, column_exponents = _model_exponents(rows), _model_exponents(columns)
        total = c[block].reshape(*row_values.shape[:2], -1).astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            for start in range(0, row_values.shape[2], length):
                parts = [
                    _aligned_sum(row_values[:, :, k], column_values[:, :, k],
                                 row_exponents[:, :, k], column_exponents[:, :, k])
                    for k in (slice(start + half, start + length, halves) for half in range(halves))
                ]  # fmt: skip
                total = _with_accumulator(parts, total, drop=halves == 2)
        blocks.append(total.astype(np.float32))
    return _canonical(np.concatenate(blocks).reshape(c.shape))


SUMS: dict[str, Callable[[Operand, Operand, Array], Array]] = {
    "exact": exact,
    "cdna3": cdna3,
    "sequential": sequential,
}


def _rounded(values: Array) -> Array:
    return values.astype(np.float32)


def _canonical(result: Array) -> Array:
    """In place: each NaN as the hardware writes it."""
    nan = np.isnan(result)
    if nan.any():
        result.view(np.uint32)[nan] = 0x7FC00000
    return result


def _blocks(waves: int, size: int = 16) -> list[slice]:
    """Waves in portions whose arrays stay in a core's cache."""
    return [slice(start, start + size) for start in range(0, waves, size)]


def _exponents(values: Array) -> Array:
    """int64: floor(log2 |value|) of normal float64 values; _ABSENT for zero, 1024 for Inf and NaN."""
    exponents = ((values.view(np.int64) >> 52) & 0x7FF) - 1023
    return np.where(exponents == -1023, _ABSENT, exponents)


def _block_sums(a: Operand, b: Operand) -> list[Array]:
    """float64 [W, M, N] for each block that shares a scale (one block where there are none): its scaled products' sum,
    which is rounded only if the unscaled one is.
    """
    if a.shifts is None or b.shifts is None:
        return [np.matmul(a.values, b.values.transpose(0, 2, 1))]
    sums = []
    row_scales, column_scales = _powers(a.shifts), _powers(b.shifts)
    for g in range(a.shifts.shape[2]):
        dot = np.matmul(a.block(g), b.block(g).transpose(0, 2, 1))
        dot *= row_scales[:, :, g, None] * column_scales[:, None, :, g]
        sums.append(dot)
    return sums


def _wide(
    a_span: Array, b_span: Array, depth: int, portion: int = 8192
) -> Iterator[tuple[Array, Array, Array]]:
    """(wave, row, column) in portions: the results whose products' sum float64 may not hold. It does if every partial
    sum is a multiple of a quantum q and less than 2^53 q.
    """
    room = 53 - (depth - 1).bit_length()
    waves = np.nonzero(a_span.max(axis=1) + b_span.max(axis=1) > room)[0]
    wave, row, column = np.nonzero(a_span[waves, :, None] + b_span[waves, None, :] > room)
    for start in range(0, len(wave), portion):
        part = slice(start, start + portion)
        yield waves[wave[part]], row[part], column[part]


def _two_sum(x: Array, y: Array) -> tuple[Array, Array]:
    """s + e = x + y exactly, s being the float64 nearest to it (Knuth, TAOCP 2, 4.2.2, theorem B)."""
    s = x + y
    back = s - x
    return s, (x - (s - back)) + (y - back)


def _nearest(x: Array, y: Array) -> Array:
    """float32 nearest to x + y (float64): the sum is rounded to odd before it is rounded to FP32.

    (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd".)
    """
    s, error = _two_sum(x, y)
    even = (s.view(np.int64) & 1) == 0
    towards = np.where(error > 0, np.inf, -np.inf)
    inexact = np.isfinite(error) & (error != 0) & even
    return _rounded(np.where(inexact, np.nextafter(s, towards), s))


def _careful(terms: Array, total: Array) -> Array:
    """float32 [n] nearest to the sums of terms [n, T], of which total [n] is a float64 sum in some order.

    That is off by at most g = T 2^-53 / (1 - T 2^-53) times the sum of magnitudes (Higham, "Accuracy and Stability of
    Numerical Algorithms", section 4.2); T 2^-52 covers the rounding of that sum, and 2^-52 |total| that of the bounds.
    Where both bounds round to one FP32, it is that; otherwise integers decide. Products lie above 2^-300: nothing
    underflows.
    """
    bound = np.abs(terms).sum(axis=1) * (terms.shape[1] * 2.0**-52) + np.abs(total) * 2.0**-52
    low, high = _rounded(total - bound), _rounded(total + bound)
    result = _rounded(total) + np.float32(0)
    undecided = np.isfinite(total) & (bound != 0) & ((low != high) | (low == 0))
    if undecided.any():
        result[undecided] = rounded_sums(terms[undecided])
    return result


_LIMBS, _LOWEST = 24, -384  # an accumulator of 32-bit limbs: limb i counts 2^(_LOWEST + 32 i)


def rounded_sums(terms: Array) -> Array:
    """float32 [n]: the exact sum of each row of terms (finite float64 [n, T], T < 2^19, magnitudes 0 or in
    2^-300 .. 2^300), rounded to nearest even. Integers throughout: each term is spread over limbs of 32 bits.
    """
    fraction, exponent = np.frexp(terms)
    mantissa = np.abs(fraction * 2.0**53).astype(np.uint64)
    position = np.where(terms == 0, 0, exponent - 53 - _LOWEST)
    shift, low_word = (position & 31).astype(np.uint64), np.uint64(0xFFFFFFFF)
    low, high = (mantissa & low_word) << shift, (mantissa >> np.uint64(32)) << shift
    parts = (low & low_word, (low >> np.uint64(32)) + (high & low_word), high >> np.uint64(32))
    rows = np.arange(len(terms))[:, None] * _LIMBS
    counts = np.zeros(len(terms) * _LIMBS)
    for i, part in enumerate(parts):  # below 2^33 each: float64 counts up to 2^19 of them exactly
        weights = np.copysign(part.astype(np.float64), terms)
        counts += np.bincount((rows + (position >> 5) + i).ravel(), weights.ravel(), len(counts))
    limbs = counts.reshape(-1, _LIMBS).astype(np.int64)
    negative = _carried(limbs)[:, -1] < 0
    limbs = _carried(np.where(negative[:, None], -limbs, limbs))
    return np.where(negative, -1, 1).astype(np.float32) * _rounded_limbs(limbs)


def _carried(limbs: Array) -> Array:
    """The same numbers with limbs 0 .. 2^32 - 1, except for the last, which carries the sign."""
    result = limbs.copy()
    for i in range(_LIMBS - 1):
        result[:, i + 1] += result[:, i] >> 32
        result[:, i] &= 0xFFFFFFFF
    return result


def _rounded_limbs(limbs: Array) -> Array:
    """float32 [n] nearest to non-negative numbers in limbs, by way of 53 bits rounded to odd."""
    padded = np.concatenate([np.zeros((len(limbs), 1), np.int64), limbs], axis=1).astype(np.uint64)
    top = np.where(limbs != 0, np.arange(1, _LIMBS + 1), 1).max(axis=1)
    rows = np.arange(len(limbs))
    leading = (padded[rows, top] << np.uint64(32)) | padded[rows, top - 1]
    rest = ((padded != 0) & (np.arange(_LIMBS + 1) < top[:, None] - 1)).any(axis=1)
    excess = np.where(leading >> np.uint64(53) != 0, 11, 0).astype(np.uint64)
    kept = leading >> excess
    odd = kept | (((kept << excess) != leading) | rest)
    with np.errstate(over="ignore"):
        return _rounded(np.ldexp(odd.astype(np.float64), excess.astype(np.int64) + 32 * (top - 2) + _LOWEST))


def _powers(exponents: Array) -> Array:
    """float64 2^exponent; exponents beyond the normal range are taken as its ends."""
    return ((np.clip(exponents, -1022, 1023) + 1023) << 52).view(np.float64)


def _model_exponents(operand: Operand) -> Array:
    """int64 [W, R, K]: cdna3's exponents of the elements, a scale's added."""
    exponents = _exponents(operand.values)
    result = np.maximum(exponents, operand.lowest_exponent)
    if operand.shifts is not None:
        result += np.repeat(operand.shifts, 32, axis=2)
    return np.where(exponents == _ABSENT, _ABSENT, result)


def _aligned_sum(
    rows: Array, columns: Array, row_exponents: Array, column_exponents: Array
) -> tuple[Array, Array]:
    """(sum in units of 2^(exponent - 24), exponent), [W, M, N] each, of products over the last axis."""
    terms = rows.shape[2]
    exponent = np.full((len(rows), rows.shape[1], columns.shape[1]), 2 * _ABSENT)
    for k in range(terms):
        np.maximum(exponent, row_exponents[:, :, k, None] + column_exponents[:, None, :, k], out=exponent)
    scale = _powers(_FRACTION - exponent)
    total = np.zeros(exponent.shape)
    for k in range(terms):
        total += np.trunc(rows[:, :, k, None] * columns[:, None, :, k] * scale)
    return total, exponent


def _with_accumulator(parts: list[tuple[Array, Array]], c: Array, drop: bool) -> Array:
    """float64 holding FP32: the partial sums of a group and C. drop: a C far below the sum is left out, not cut down
    to -1 unit."""
    top = np.maximum(parts[0][1], parts[-1][1])
    products = sum(np.floor(total * _powers(exponent - top)) for total, exponent in parts)
    c_exponent = np.maximum(_exponents(c), -126)
    exponent = np.maximum(top, c_exponent)
    kept = np.floor(c * _powers(_FRACTION - exponent))
    if drop:
        kept = np.where(np.isfinite(c) & (c_exponent < exponent - _FRACTION - 1), 0.0, kept)
    unit = _SUM_FRACTION - _FRACTION
    total = np.floor(products * _powers(top - exponent + unit)) + kept * 2.0**unit
    return _rounded(total * _powers(exponent - _SUM_FRACTION)).astype(np.float64)
