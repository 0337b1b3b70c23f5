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

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from conformance.gfx950.instructions.fma import round_to_odd, two_sum

Array = np.ndarray

# The low bits of a float64, and what they are midway between two neighbouring normal float32.
_MIDPOINT_BITS, _MIDPOINT = np.int64(0x1FFFFFFF), np.int64(0x10000000)
_FRACTION, _SUM_FRACTION = 24, 31  # cdna3: fractional bits kept of a product or C, and of a group's sum
ABSENT = -5000  # cdna3: the exponent of a zero, below any other's


@dataclass(frozen=True)
class Factor:
    """A or B as rows of k: A's row i, or B's column j, in G blocks of k that may have a scale each.

    values: float64 [G, W, R, K / G], without scales. shifts: int64 [G, W, R], the scales' exponents, or None; a NaN
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

    @property
    def depth(self) -> int:
        """K"""
        return self.values.shape[0] * self.values.shape[3]

    def at(self, waves: Array | slice) -> Factor:
        shifts = None if self.shifts is None else self.shifts[:, waves]
        return replace(self, values=self.values[:, waves], shifts=shifts)

    def magnitudes(self) -> Factor:
        return replace(self, values=np.abs(self.values))

    def scales(self) -> Array:
        """float64 [G, W, R], or 1."""
        return np.ones(()) if self.shifts is None else powers(self.shifts)

    def rows(self) -> Array:
        """float64 [W, R, K]: the values with their scales, in the order of k."""
        return _by_row(self.values * self.scales()[..., None])

    def ranges(self, of_wave: bool = False) -> tuple[Array, Array]:
        """(span, quantum), int64 [W, R] (or [W, 1], of all rows): all scaled elements of a row are multiples of
        2^quantum and, unless Inf or NaN is among them, less than 2^(quantum + span).
        """
        if self.reach is not None:
            shifts = np.zeros(self.values.shape[:3], np.int64) if self.shifts is None else self.shifts
            lowest = shifts.min(axis=0)
            return shifts.max(axis=0) - lowest + (self.reach[1] - self.reach[0]), lowest + self.reach[0]
        magnitudes = np.abs(self.rows())
        if of_wave:
            magnitudes = magnitudes.reshape(len(magnitudes), 1, -1)
        lowest = exponents_of(np.where(magnitudes > 0, magnitudes, np.inf).min(axis=2))
        return exponents_of(magnitudes.max(axis=2)) - lowest + self.significand, lowest - self.significand + 1


def exact(a: Factor, b: Factor, c: Array) -> Array:
    """float32 [W, M, N]: c (likewise) plus all products, rounded once.

    Where float64 adds the products without error, only the double rounding of C plus that sum has to be mended: it can
    be wrong where the float64 lies midway between two FP32, or below the normal FP32.
    """
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        dots = _block_sums(a, b)
        products = dots.sum(axis=0) if len(dots) > 1 else dots[0]
        total = products + c
        result = total.astype(np.float32)
        result += np.float32(0)
        mend = (total.view(np.int64) & _MIDPOINT_BITS) == _MIDPOINT
        (a_span, a_quantum), (b_span, b_quantum) = a.ranges(of_wave=True), b.ranges(of_wave=True)
        if a_quantum.min() + b_quantum.min() < -149:
            mend |= (np.abs(total) < 2.0**-126) & (total != 0)
        places = np.flatnonzero(mend)
        if len(places):
            starts = c.ravel()[places].astype(np.float64)
            result.ravel()[places] = _nearest(starts, products.ravel()[places])
        wide = a_span.max(axis=1) + b_span.max(axis=1) > _room(a.depth)
        if wide.all():
            result = _careful(a, b, c, dots, total)
        elif wide.any():
            result[wide] = _careful(a.at(wide), b.at(wide), c[wide], dots[:, wide], total[wide])
    return canonical(result)


def sequential(a: Factor, b: Factor, c: Array) -> Array:
    """float32 [W, M, N]: one product after another added to c, each sum rounded to FP32.

    Of numbers of at most 24 bits the float64 sum, rounded again to FP32, is the nearest FP32; longer products (of FP32
    elements) are added by _nearest.
    """
    long = a.significand + b.significand > 24
    blocks = []
    for block in _blocks(len(c)):
        rows, columns = a.at(block).rows(), b.at(block).rows()
        total = c[block] + np.float32(0)
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            for k in range(a.depth):
                product = rows[:, :, k, None] * columns[:, None, :, k]
                total = _nearest(total.astype(np.float64), product) if long else _rounded(total + product)
        blocks.append(total)
    return canonical(np.concatenate(blocks))


def cdna3(a: Factor, b: Factor, c: Array) -> Array:
    """float32 [W, M, N]: groups of products aligned and truncated, as CDNA3's cores were measured to add to c."""
    if a.bits == 32:
        return sequential(a, b, c)
    length, halves = (8, 1) if a.bits == 16 else (16, 2)
    blocks = []
    for block in _blocks(len(c)):
        rows, columns = a.at(block), b.at(block)
        sides = (rows.rows(), columns.rows(), model_exponents(rows), model_exponents(columns))
        total = c[block].astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            for start in range(0, a.depth, length):
                members = [slice(start + half, start + length, halves) for half in range(halves)]
                parts = [_aligned_sum(*(side[:, :, k] for side in sides)) for k in members]
                total = _with_accumulator(parts, total, drop=halves == 2)
        blocks.append(total.astype(np.float32))
    return canonical(np.concatenate(blocks))


SUMS: dict[str, Callable[[Factor, Factor, Array], Array]] = {"exact": exact, "cdna3": cdna3, "sequential": sequential}


def _rounded(values: Array) -> Array:
    return values.astype(np.float32)


def canonical(result: Array) -> Array:
    """In place: each NaN as the hardware writes it."""
    nan = np.isnan(result)
    if nan.any():
        result.view(np.uint32)[nan] = 0x7FC00000
    return result


def _blocks(waves: int, size: int = 16) -> list[slice]:
    """Waves in portions whose arrays stay in a core's cache."""
    return [slice(start, start + size) for start in range(0, waves, size)]


def exponents_of(values: Array) -> Array:
    """int64: floor(log2 |value|) of normal float64 values; ABSENT for zero, 1024 for Inf and NaN."""
    exponents = ((values.view(np.int64) >> 52) & 0x7FF) - 1023
    return np.where(exponents == -1023, ABSENT, exponents)


def _by_row(blocks: Array) -> Array:
    """[W, R, K] from [G, W, R, K / G]."""
    groups, waves, size, depth = blocks.shape
    return np.moveaxis(blocks, 0, 2).reshape(waves, size, groups * depth)


def _block_sums(a: Factor, b: Factor) -> Array:
    """float64 [G, W, M, N]: the scaled products' sum of each block, which is rounded only if the unscaled one is."""
    sums = np.matmul(a.values, b.values.transpose(0, 1, 3, 2))
    if a.shifts is not None:
        sums *= a.scales()[:, :, :, None]
    if b.shifts is not None:
        sums *= b.scales()[:, :, None, :]
    return sums


def _room(depth: int) -> int:
    """The span that a product may have: float64 holds every partial sum of so many products if all are multiples of a
    quantum q and each is less than 2^room q.
    """
    return 53 - (depth - 1).bit_length()


def _nearest(x: Array, y: Array) -> Array:
    """float32 nearest to x + y (float64)."""
    return _rounded(round_to_odd(x, y))


def _careful(a: Factor, b: Factor, c: Array, dots: Array, total: Array) -> Array:
    """float32 [W, M, N]: as exact, where float64 may not hold the products' sum. dots: of the blocks; total: with c.

    total is off by at most g = T 2^-53 / (1 - T 2^-53) times the sum of the T terms' magnitudes (Higham, "Accuracy and
    Stability of Numerical Algorithms", section 4.2); T 2^-52 covers the rounding of that sum, and 2^-52 |total| that of
    the bounds. Where both bounds round to one FP32, it is that; otherwise integers decide. Products lie above 2^-300:
    nothing underflows.
    """
    narrow = a.reach is not None and b.reach is not None  # below 2^41 quanta a block: a block's sum is exact
    magnitudes = np.abs(dots) if narrow else _block_sums(a.magnitudes(), b.magnitudes())
    terms = len(dots) + 1 + (0 if narrow else a.depth)
    bound = (magnitudes.sum(axis=0) + np.abs(c)) * (terms * 2.0**-52)
    bound += np.abs(total) * 2.0**-52
    low, high = _rounded(total - bound), _rounded(total + bound)
    undecided = (low != high) | (low == 0)
    undecided &= np.isfinite(total) & (bound != 0)
    result = _rounded(total) + np.float32(0)
    wave, row, column = np.nonzero(undecided)
    if not len(wave):
        return result
    rows, columns = (dots, dots) if narrow else (a.rows(), b.rows())
    for start in range(0, len(wave), 8192):
        at = wave[start : start + 8192], row[start : start + 8192], column[start : start + 8192]
        parts = dots[:, *at].T if narrow else rows[at[0], at[1]] * columns[at[0], at[2]]
        result[at] = nearest_of(np.concatenate([parts, c[at].astype(np.float64)[:, None]], axis=1))
    return result


def nearest_of(terms: Array) -> Array:
    """float32 [n]: the exact sum of each row of terms [n, T], rounded once."""
    total, lost = terms[:, 0], np.zeros(len(terms), bool)
    for term in terms.T[1:]:
        total, error = two_sum(total, term)
        lost |= error != 0
    result = np.where(total == 0, np.float32(0), _rounded(total))  # of an exact sum, this is the one rounding
    if lost.any():
        result[lost] = rounded_sums(terms[lost])
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


def powers(exponents: Array) -> Array:
    """float64 2^exponent; exponents beyond the normal range are taken as its ends."""
    return ((np.minimum(np.maximum(exponents, -1022), 1023) + 1023) << 52).view(np.float64)


def model_exponents(operand: Factor, floor: bool = True) -> Array:
    """int64 [W, R, K]: the elements' exponents, a scale's added. floor: a subnormal has its format's lowest."""
    exponents = exponents_of(operand.values)
    result = np.maximum(exponents, operand.lowest_exponent) if floor else exponents.copy()
    if operand.shifts is not None:
        result += operand.shifts[..., None]
    return _by_row(np.where(exponents == ABSENT, ABSENT, result))


def _aligned_sum(rows: Array, columns: Array, row_exponents: Array, column_exponents: Array) -> tuple[Array, Array]:
    """(sum in units of 2^(exponent - 24), exponent), [W, M, N] each, of products over the last axis."""
    terms = rows.shape[2]
    exponent = np.full((len(rows), rows.shape[1], columns.shape[1]), 2 * ABSENT)
    for k in range(terms):
        np.maximum(exponent, row_exponents[:, :, k, None] + column_exponents[:, None, :, k], out=exponent)
    scale = powers(_FRACTION - exponent)
    total = np.zeros(exponent.shape)
    for k in range(terms):
        total += np.trunc(rows[:, :, k, None] * columns[:, None, :, k] * scale)
    return total, exponent


def _with_accumulator(parts: list[tuple[Array, Array]], c: Array, drop: bool) -> Array:
    """float64 holding FP32: the partial sums of a group and C. drop: a C far below the sum is left out, not cut down
    to -1 unit."""
    top = np.maximum(parts[0][1], parts[-1][1])
    products = sum(np.floor(total * powers(exponent - top)) for total, exponent in parts)
    c_exponent = np.maximum(exponents_of(c), -126)
    exponent = np.maximum(top, c_exponent)
    kept = np.floor(c * powers(_FRACTION - exponent))
    if drop:
        kept = np.where(np.isfinite(c) & (c_exponent < exponent - _FRACTION - 1), 0.0, kept)
    unit = _SUM_FRACTION - _FRACTION
    total = np.floor(products * powers(top - exponent + unit)) + kept * 2.0**unit
    return _rounded(total * powers(exponent - _SUM_FRACTION)).astype(np.float64)
