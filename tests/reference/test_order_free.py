"""Are sums exact parts added in a fixed order, so that neither threads, kernels nor the order of K change a bit?"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reference import codec, cores, order_free
from reference.contraction import contract_mx, contract_real, magnitudes
from reference.interval import RealInterval
from reference.operand import NO_GRAIN, MxSide, RealSide, least_grain
from reference.order_free import Extent, Slicing, Sums, plan, sums, tree_sum
from reference.propagation import gemm_of_boxes
from reference.quantize import dequantize_mxfp8, quantize_mxfp8

ROOT = Path(__file__).resolve().parents[2]


def bf16(rng: np.random.Generator, shape: tuple[int, int], spread: int) -> np.ndarray:
    values = rng.standard_normal(shape) * 2.0 ** rng.integers(-spread, spread + 1, shape)
    return codec.to_float64(codec.float64_to_bf16(values))


def fp32(rng: np.random.Generator, shape: tuple[int, int], spread: int) -> np.ndarray:
    return (
        (rng.standard_normal(shape) * 2.0 ** rng.integers(-spread, spread + 1, shape)).astype(np.float32).astype(float)
    )


OPERANDS = [(bf16, 0), (bf16, 12), (bf16, 60), (fp32, 0), (fp32, 12), (fp32, 60)]


def check(got: Sums, a: np.ndarray, b: np.ndarray) -> None:
    for m in range(len(a)):
        for n in range(len(b)):
            exact = sum((Fraction(x) * Fraction(y) for x, y in zip(a[m], b[n], strict=True)), Fraction(0))
            hi, lo, error = (Fraction(float(x[m, n])) for x in got)
            assert abs(hi + lo - exact) <= error


@pytest.mark.parametrize(("make", "spread"), OPERANDS)
def test_sums_are_those_of_fractions_and_the_same_for_permuted_terms(make: object, spread: int) -> None:
    rng = np.random.default_rng(spread)
    a, b = make(rng, (4, 700), spread), make(rng, (5, 700), spread)
    a[1, ::2], b[2], b[3, :650] = 0.0, 0.0, 0.0
    b[4, :350], b[4, 350:] = a[0, 350:], -a[0, :350]  # its sum with a[0] is 0
    sides = RealSide("a", a), RealSide("b", b)
    check(sums(*sides), a, b)
    check(sums(*sides, absolute=True), np.abs(a), np.abs(b))
    order = rng.permutation(700)
    one, other = contract_real(a, b), contract_real(a[:, order].copy(), b[:, order].copy())
    for dtype in (np.float32, codec.BF16_DTYPE):
        assert one.nearest(dtype).tobytes() == other.nearest(dtype).tobytes()
    assert (np.abs(one.hi - other.hi) <= one.error + other.error + np.spacing(np.abs(one.hi))).all()
    assert (one.exact == other.exact).all()


def test_parts_of_rows_are_exact_matmuls() -> None:
    """Every product of slices consists of integers in units of its rows whose sums stay within 2^53."""
    rng = np.random.default_rng(1)
    for make, spread in OPERANDS[:2] + OPERANDS[3:5]:
        a, b = make(rng, (6, 256), spread), make(rng, (7, 256), spread)
        left, right = (
            Slicing.of(Extent.of(RealSide("x", x), slice(None), x), 0, np.zeros(len(x), bool)) for x in (a, b)
        )
        bits_a, count_a, bits_b, count_b = plan(left.width, right.width, 256)
        slices_a, slices_b = left.cut(a, bits_a, count_a), right.cut(b, bits_b, count_b)
        assert (sum(slices_a) == a).all() and (sum(slices_b) == b).all()
        for i, x in enumerate(reversed(slices_a)):
            for j, y in enumerate(reversed(slices_b)):
                units_a = np.ldexp(x, -(left.grain + i * bits_a)[:, None])
                units_b = np.ldexp(y, -(right.grain + j * bits_b)[:, None])
                assert (units_a == np.rint(units_a)).all() and (units_b == np.rint(units_b)).all()
                assert (np.abs(units_a) @ np.abs(units_b).T).max() <= 2.0**53


def test_the_least_grain_is_the_lowest_bit_of_a_fraction() -> None:
    """Of every kind of number: of few bits and of many, powers of two, subnormal ones, both zeros."""
    rng = np.random.default_rng(2)
    some = np.ldexp(rng.integers(-(2**11), 2**11, (40, 3)).astype(np.float64), rng.integers(-1074, 900, (40, 3)))
    some[:10] = np.ldexp(rng.choice([-1.0, 0.0, -0.0, 1.0], (10, 3)), rng.integers(-1074, 1023, (10, 3)))
    some[10:20] = rng.standard_normal((10, 3)) * 2.0**-1030
    some[0] = 0.0
    for row, least in zip(some.tolist(), least_grain(some).tolist(), strict=True):
        parts = [Fraction(value) * 2**1074 for value in row if value]
        lowest = min(((part.numerator & -part.numerator).bit_length() - 1 for part in parts), default=None)
        assert least == (NO_GRAIN if lowest is None else lowest - 1074)


def test_plans_fill_the_53_bits() -> None:
    for widths in ((8, 8), (24, 24), (33, 18), (66, 66), (1, 66), (0, 0)):
        for terms in (1, 2, 255, 256):
            bits_a, count_a, bits_b, count_b = plan(*widths, terms)
            assert terms * 2 ** (bits_a + bits_b) <= 2**53
            assert bits_a * count_a >= widths[0] and bits_b * count_b >= widths[1]
    assert plan(20, 20, 256)[1::2] == (1, 1)
    assert plan(40, 18, 256)[1::2] in ((2, 1), (1, 2))


@pytest.mark.parametrize("K", [1, 2, 3, 100])
def test_tree_sums_of_any_length(K: int) -> None:
    x = fp32(np.random.default_rng(K), (5, K), 90)
    hi, lo, error = tree_sum(x)
    for row, *parts in zip(x, hi, lo, error, strict=True):
        high, low, bound = map(Fraction, parts)
        assert abs(high + low - sum(map(Fraction, row))) <= bound


def test_wide_rows_take_the_elementwise_path_only(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    a, b = fp32(rng, (3, 64), 4), fp32(rng, (4, 64), 4)
    monkeypatch.setattr(order_free, "tree_sum", None)
    contract_real(a, b)
    b[2, 5] = 2.0**-100
    with pytest.raises(TypeError):
        contract_real(a, b)


def test_threads_and_tiles_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    a = quantize_mxfp8(rng.standard_normal((5, 2048), np.float32))
    b = quantize_mxfp8(
        rng.standard_normal((700, 2048), np.float32) * 2.0 ** rng.integers(-30, 30, (700, 1)).astype("f4")
    )
    seen = set()
    for count, blocks in ((1, 24), (2, 24), (3, 5), (1, 64)):
        monkeypatch.setattr(cores, "usable", lambda count=count: count)
        monkeypatch.setattr(order_free, "_TILE_BLOCKS", blocks)
        monkeypatch.setattr(order_free, "_PARALLEL", 1)
        got = contract_mx(*a, *b)
        seen.add(digest(got.hi, got.lo, got.magnitude))
    assert len(seen) == 1


def test_magnitudes_of_sets_hold_and_are_tight() -> None:
    rng = np.random.default_rng(4)
    values, side = np.abs(fp32(rng, (3, 320), 3)), mx(rng, 4, 320)
    weights = np.abs(dequantize_mxfp8(*side))
    got = magnitudes(RealSide("a", values), MxSide("b", *side))
    for m in range(3):
        for n in range(4):
            exact = sum(Fraction(x) * Fraction(y) for x, y in zip(values[m], weights[n], strict=True))
            assert exact <= Fraction(float(got[m, n])) <= exact * (1 + Fraction(1, 2**40))


def mx(rng: np.random.Generator, rows: int, K: int) -> tuple[np.ndarray, np.ndarray]:
    codes, scales = quantize_mxfp8(rng.standard_normal((rows, K), np.float32))
    return codes, (scales + rng.integers(0, 9, scales.shape)).astype(np.uint8)


def digest(*arrays: np.ndarray) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(x).tobytes() for x in arrays)).hexdigest()


def everything() -> str:
    """One digest of values and sets of real, MX and boxed contractions."""
    rng = np.random.default_rng(5)
    parts = []
    for make, spread in OPERANDS:
        got = contract_real(make(rng, (16, 1100), spread), make(rng, (40, 1100), spread))
        sets = got.interval(np.float32)
        parts += [got.hi, got.lo, got.error, got.magnitude, sets.lo, sets.hi, got.nearest(np.float32)]
    side = MxSide("b", *mx(rng, 300, 1024))
    got = contract_mx(*mx(rng, 24, 1024), side.codes, side.scales)
    parts += [got.hi, got.lo, got.error, got.magnitude]
    middle, none = fp32(rng, (24, 1024), 3), np.zeros((24, 1024), bool)
    sets = gemm_of_boxes(RealInterval(middle, middle + np.abs(middle) / 8, none, none), side)
    return digest(*parts, sets.lo, sets.hi)


def test_bits_do_not_depend_on_blas_threads_or_kernels() -> None:
    seen = {everything()}
    code = "from tests.reference.test_order_free import everything; print(everything())"
    for setting in ({"OPENBLAS_NUM_THREADS": "1"}, {"OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Haswell"},
                    {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Nehalem"}):  # fmt: skip
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
                              env={**os.environ, **setting})  # fmt: skip
        seen.add(done.stdout.strip())
    assert len(seen) == 1
