"""Do the models of the matrix core's sum add as they say? Against fractions, on data made to mislead float64."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from conformance.gfx950.instructions.sums import SUMS, Factor, rounded_sums
from tests.conformance.gfx950.arithmetic import bits_of_float32, float32_of, floor_log2, power

Array = np.ndarray
FORMATS = {  # significand, lowest exponent, bits, reach
    "fp8": (4, -6, 8, (-9, 9)),
    "bf8": (3, -14, 8, None),
    "bf16": (8, -126, 16, None),
    "f16": (11, -14, 16, None),
    "f32": (24, -126, 32, None),
}


def operand(values: Array, name: str, shifts: Array | None = None) -> Factor:
    """Of values [W, R, K], with shifts [W, R, K / 32] or none."""
    blocks = np.ascontiguousarray(values, np.float64)[None]
    if shifts is not None:
        blocks = np.ascontiguousarray(np.moveaxis(blocks[0].reshape(*shifts.shape, 32), 2, 0))
        shifts = np.moveaxis(shifts, 2, 0)
    significand, lowest, bits, reach = FORMATS[name]
    return Factor(blocks, shifts, significand, lowest, bits, reach)


def elements(rng: np.random.Generator, name: str, shape: tuple[int, ...], low: int, high: int) -> Array:
    """Random elements of a format, about a tenth zero, magnitudes 2^low .. 2^high."""
    significand = FORMATS[name][0]
    mantissa = rng.integers(1 << (significand - 1), 1 << significand, shape) * rng.choice([-1, 1], shape)
    values = np.ldexp(mantissa.astype(np.float64), rng.integers(low, high, shape) - significand + 1)
    return np.where(rng.random(shape) < 0.1, 0.0, values)


def products(a: Factor, b: Factor, w: int, i: int, j: int) -> list[Fraction]:
    pairs = zip(scaled(a, w, i), scaled(b, w, j), strict=True)
    return [x * y for x, y in pairs]


def scaled(x: Factor, w: int, row: int) -> list[Fraction]:
    shifts = np.zeros(x.values.shape[:3], int) if x.shifts is None else x.shifts
    blocks = zip(x.values[:, w, row].tolist(), shifts[:, w, row].tolist(), strict=True)
    return [Fraction(value) * power(shift) for block, shift in blocks for value in block]


def by_hand(model: str, a: Factor, b: Factor, c: Array) -> Array:
    """uint32 like c [W, M, N]: one result after another, in fractions."""
    result = np.empty(c.shape, np.uint32)
    for w, i, j in np.ndindex(c.shape):
        terms, start = products(a, b, w, i, j), Fraction(float(c[w, i, j]))
        if model == "exact":
            value = float32_of(sum(terms, start))
        elif model == "sequential" or a.bits == 32:
            value = chain(terms, float(c[w, i, j]))
        else:
            value = groups(a, b, w, i, j, terms, float(c[w, i, j]))
        result[w, i, j] = bits_of_float32(value)
    return result


def chain(terms: list[Fraction], total: float) -> float:
    for term in terms:
        if not math.isinf(total):
            total = float32_of(Fraction(total) + term)
    return total


def groups(a: Factor, b: Factor, w: int, i: int, j: int, terms: list[Fraction], total: float) -> float:
    length, halves = (8, 1) if a.bits == 16 else (16, 2)
    for start in range(0, len(terms), length):
        if math.isinf(total):
            return total
        parts = []
        for half in range(halves):
            indices = range(start + half, start + length, halves)
            parts.append(
                aligned([(terms[k], exponent(a, w, i, k) + exponent(b, w, j, k)) for k in indices if terms[k]])
            )
        total = accumulated(parts, Fraction(total), halves == 2)
    return total


def exponent(x: Factor, w: int, row: int, k: int) -> int:
    block, k = divmod(k, x.values.shape[3])
    shift = 0 if x.shifts is None else int(x.shifts[block, w, row])
    value = abs(Fraction(float(x.values[block, w, row, k])))
    return max(floor_log2(value), x.lowest_exponent) + shift if value else -(10**6)


def aligned(terms: list[tuple[Fraction, int]]) -> tuple[Fraction, int]:
    top = max((e for _, e in terms), default=-9999)
    unit = power(top - 24) if terms else Fraction(1)
    return sum((math.trunc(term / unit) * unit for term, _ in terms), Fraction(0)), top


def accumulated(parts: list[tuple[Fraction, int]], c: Fraction, drop: bool) -> float:
    top = max(e for _, e in parts)
    unit = power(top - 24) if top > -9999 else Fraction(1)
    group = sum((math.floor(total / unit) * unit for total, _ in parts), Fraction(0))
    c_exponent = max(floor_log2(abs(c)), -126) if c else -126
    top = max(top, c_exponent)
    kept = Fraction(0) if drop and c_exponent < top - 25 else math.floor(c / power(top - 24)) * power(top - 24)
    return float32_of(math.floor(group / power(top - 31)) * power(top - 31) + kept)


def check(model: str, a: Factor, b: Factor, c: Array) -> None:
    observed = SUMS[model](a, b, c).view(np.uint32)
    expected = by_hand(model, a, b, c)
    wrong = np.argwhere(observed != expected)
    assert not len(wrong), [(tuple(w), hex(observed[*w]), hex(expected[*w])) for w in wrong[:5]]


@pytest.mark.parametrize("spread", [3, 40, 600])
def test_rounded_sums_are_the_nearest(spread: int) -> None:
    rng = np.random.default_rng(spread)
    terms = rng.choice([-1, 1], (300, 9)) * np.ldexp(
        rng.integers(0, 2**53, (300, 9)).astype(np.float64), rng.integers(-(spread // 2), spread // 2, (300, 9)) - 53
    )
    terms[:, 1] = -terms[:, 0] * rng.choice([0.0, 1.0, 1 + 2.0**-30], 300)
    terms[:, 2] = np.ldexp(rng.integers(-(2**25), 2**25, 300).astype(np.float64), rng.integers(-150, 100, 300))
    expected = [bits_of_float32(float32_of(sum(map(Fraction, row)))) for row in terms.tolist()]
    assert rounded_sums(terms).view(np.uint32).tolist() == expected


def test_rounded_sums_of_nothing_and_of_almost_nothing() -> None:
    tiny = 2.0**-280
    terms = np.array([[0, 0], [tiny, -tiny], [-tiny, 0], [2.0**128, -(2.0**103)], [2.0**-150, 0], [2.0**-150, tiny]])
    assert rounded_sums(terms).view(np.uint32).tolist() == [0, 0, 0x80000000, 0x7F800000, 0, 1]


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("width", [1, 4, 12, 30])
def test_against_fractions(model: str, name: str, width: int) -> None:
    rng = np.random.default_rng(width)
    low = max(-width, FORMATS[name][1])
    high = 8 if name == "fp8" else min(width, 15) if FORMATS[name][1] > -126 else width
    a = operand(elements(rng, name, (3, 4, 32), low, high), name)
    b = operand(elements(rng, name, (3, 4, 32), low, high), name)
    c = elements(rng, "f32", (3, 4, 4), -width, 2 * width + 5).astype(np.float32)
    check(model, a, b, c)


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("name", ["fp8", "bf8"])
@pytest.mark.parametrize("spread", [0, 5, 12, 60, 127])
def test_block_scales(model: str, name: str, spread: int) -> None:
    rng = np.random.default_rng(spread)
    shifts = [rng.integers(-spread, spread + 1, (2, 4, 2)) for _ in range(2)]
    a, b = (operand(elements(rng, name, (2, 4, 64), -6, 8), name, shift) for shift in shifts)
    c = elements(rng, "f32", (2, 4, 4), -126, 60).astype(np.float32)
    check(model, a, b, c)


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("down", [-148, -140, -130])
def test_subnormal_results(model: str, down: int) -> None:
    rng = np.random.default_rng(-down)
    shifts = np.full((2, 4, 2), down // 2) + rng.integers(-2, 3, (2, 4, 2))
    a, b = (operand(elements(rng, "fp8", (2, 4, 64), -6, 3), "fp8", shifts) for _ in range(2))
    check(model, a, b, elements(rng, "f32", (2, 4, 4), -149 + 23, -120).astype(np.float32))


@pytest.mark.parametrize("model", SUMS)
def test_exact_data_gives_the_same_bits_in_every_model(model: str) -> None:
    """Integers times a power of two, with magnitudes that add up to less than 2^24 of it."""
    rng = np.random.default_rng(24)
    for name, shift in (("fp8", None), ("fp8", 20), ("fp8", -60), ("bf16", None), ("f16", None), ("bf8", 3)):
        limit = 2 if name == "bf8" else 15
        values = [rng.integers(-limit, limit + 1, (2, 8, 64)).astype(np.float64) for _ in range(2)]
        shifts = None if shift is None else np.full((2, 8, 2), shift)
        a, b = (operand(v, name, shifts) for v in values)
        unit = 2.0 ** (2 * (shift or 0))
        c = (rng.integers(-(2**20), 2**20, (2, 8, 8)) * unit).astype(np.float32)
        expected = (np.matmul(values[0], values[1].transpose(0, 2, 1)) * unit + c).astype(np.float32)
        np.testing.assert_array_equal(SUMS[model](a, b, c).view(np.uint32), expected.view(np.uint32))


TRAPS = {  # C and products x * y in units where every step that rounds twice, or too early, is wrong
    "a tie that a far bit breaks upwards": (1.0, [(2.0**-12, 2.0**-12), (2.0**-50, 2.0**-50)]),
    "and downwards": (1.0, [(2.0**-12, 2.0**-12), (2.0**-50, -(2.0**-50))]),
    "a tie at an odd value": (1 + 2.0**-23, [(2.0**-12, 2.0**-12), (2.0**-60, -(2.0**-60))]),
    "total cancellation around a small term": (0.0, [(2.0**60, 2.0**60), (1.5, 2.0**-40), (-(2.0**60), 2.0**60)]),
    "C cancelled": (2.0**100, [(2.0**50, -(2.0**50)), (2.0**-60, 2.0**-60)]),
    "C cancelled to zero": (-4.0, [(2.0, 2.0), (0.0, 5.0)]),
    "half of the least subnormal": (0.0, [(2.0**-75, 2.0**-75)]),
    "a hair more": (0.0, [(2.0**-75, 2.0**-75), (2.0**-110, 2.0**-110)]),
    "subnormal tie with a far bit": (3 * 2.0**-149, [(2.0**-75, 2.0**-75), (2.0**-110, -(2.0**-110))]),
    "largest, and half an ulp less a hair": (float(2**24 - 1) * 2.0**104, [(2.0**51, 2.0**52), (-(2.0**-9), 1.0)]),
    "overflow at half an ulp": (float(2**24 - 1) * 2.0**104, [(2.0**51, 2.0**52)]),
    "overflow taken back": (0.0, [(2.0**70, 2.0**70), (-(2.0**70), 2.0**70), (3.0, 1.0)]),
    "negative underflow": (0.0, [(-(2.0**-100), 2.0**-100)]),
    "negative underflow of what cancels": (0.0, [(2.0**60, 2.0**60), (-(2.0**60), 2.0**60), (-(2.0**-100), 2.0**-100)]),
    "negative zeros": (-0.0, [(-0.0, 1.0), (0.0, -1.0)]),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps(trap: str) -> None:
    start, factors = TRAPS[trap]
    factors = factors + [(0.0, 0.0)] * (8 - len(factors))
    c = np.full((1, 1, 1), start, np.float32)
    a, b = (operand(np.array([f[side] for f in factors]).reshape(1, 1, 8), "bf16") for side in (0, 1))
    check("exact", a, b, c)
    check("sequential", a, b, c)


def test_ten_thousand_near_ties() -> None:
    """C plus half an ulp plus or minus less and less, where the float64 sum is the tie itself."""
    rng = np.random.default_rng(10)
    c = rng.integers(2**23, 2**24, (1, 100, 100)).astype(np.float32)
    far = 2.0 ** -rng.integers(10, 120, (1, 100)).astype(np.float64)
    a = np.stack([np.full((1, 100), 0.5), far, np.ones((1, 100))], axis=2)
    b = np.stack([np.ones((1, 100)), rng.choice([-1.0, 0.0, 1.0], (1, 100)), np.zeros((1, 100))], axis=2)
    check("exact", operand(a, "bf16"), operand(b, "bf16"), c)


@pytest.mark.parametrize("model", SUMS)
@pytest.mark.parametrize("name", ["bf16", "bf8"])
def test_infinities_and_nan(model: str, name: str) -> None:
    special = [math.inf, -math.inf, math.nan, 0.0, 1.0, -2.0]
    rows = np.array([[x, 1.0, *[0.0] * 14] for x in special])[None]
    columns = np.array([[x, y, *[0.0] * 14] for x in special for y in (0.0, 1.0, -math.inf)])[None]
    c = np.resize(np.array([0.0, math.inf, -math.inf, math.nan, 5.0], np.float32), (1, 6, 18))
    with np.errstate(invalid="ignore"):
        expected = rows[:, :, None, 0] * columns[:, None, :, 0] + rows[:, :, None, 1] * columns[:, None, :, 1] + c
    observed = SUMS[model](operand(rows, name), operand(columns, name), c)
    np.testing.assert_array_equal(observed, expected.astype(np.float32))
    assert set(observed[np.isnan(observed)].view(np.uint32).tolist()) == {0x7FC00000}


def test_the_models_differ_where_they_should() -> None:
    """1 + 2^-12 2^-12 twice: one rounding keeps them, two lose them; 25 bits below the largest are truncated."""
    tiny = operand(np.array([[[2.0**-12, 2.0**-12] + [0.0] * 14]]), "bf16")
    c = np.ones((1, 1, 1), np.float32)
    assert SUMS["exact"](tiny, tiny, c)[0, 0, 0] == np.float32(1 + 2.0**-23)
    assert SUMS["sequential"](tiny, tiny, c)[0, 0, 0] == 1
    wide = [operand(np.array([[[x, 1.0, *[0.0] * 14]]]), "bf16") for x in (2.0**13, 2.0**13)]
    wide[0].values[0, 0, 0, 1], wide[1].values[0, 0, 0, 1] = 1.0, 2.0**-1
    none = np.full((1, 1, 1), -(2.0**26), np.float32)
    assert [float(SUMS[model](*wide, none)[0, 0, 0]) for model in ("exact", "cdna3")] == [0.5, 0.0]


def test_waves_with_and_without_room_side_by_side() -> None:
    """Only some waves, rows and columns need integers: none takes another's result."""
    rng = np.random.default_rng(5)
    shifts = rng.integers(-1, 2, (40, 8, 2))
    shifts[7, 3, 1], shifts[7, 4, 0], shifts[21, :, 1] = 60, -70, 30
    a, b = (operand(elements(rng, "fp8", (40, 8, 64), -6, 8), "fp8", shifts) for _ in range(2))
    c = elements(rng, "f32", (40, 8, 8), -20, 20).astype(np.float32)
    check("exact", a, b, c)
