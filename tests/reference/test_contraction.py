"""Are contractions exact, correctly rounded, certified only where they may be, and NaN exactly where they must be?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from reference import codec
from reference.contraction import Contraction, contract_mx, contract_real, integer_dot
from reference.formats import BF16, FP32
from reference.quantize import dequantize_mxfp8, quantize_mxfp8
from reference.scalar import Special, contraction, encode_rne
from tests.reference.machines import any_machine

Mx = tuple[np.ndarray, np.ndarray]


def random_mx(rng: np.random.Generator, rows: int, blocks: int, spread: int, center: int = 127) -> Mx:
    codes = rng.integers(0, 256, (rows, 32 * blocks)).astype(np.uint8)
    codes[(codes & 0x7F) == 0x7F] = 0x35
    low, high = max(0, center - spread), min(254, center + spread)
    return codes, rng.integers(low, high + 1, (rows, blocks)).astype(np.uint8)


def gaussian_mx(rng: np.random.Generator, rows: int, K: int) -> Mx:
    return quantize_mxfp8(rng.standard_normal((rows, K)).astype(np.float32))


def cancelling(rng: np.random.Generator, rows: int, blocks: int) -> tuple[Mx, Mx]:
    """Large terms cancel to nothing and only far smaller ones remain, under scales that differ everywhere."""
    a, b = random_mx(rng, rows, 2 * blocks + 1, 60), random_mx(rng, rows, 2 * blocks + 1, 60)
    half = 32 * blocks
    for codes, scales in (a, b):
        codes[:, half : 2 * half] = codes[:, :half]
        scales[:, blocks : 2 * blocks] = scales[:, :blocks]
    a[0][:, half : 2 * half] ^= 0x80
    return a, b


def check_exact(got: Contraction, a: Mx, b: Mx) -> None:
    """Everything that a contraction says, against fractions."""
    fp32, bf16 = got.nearest(np.float32), got.nearest(codec.BF16_DTYPE)
    for m in range(got.hi.shape[0]):
        for n in range(got.hi.shape[1]):
            result = contraction(a[0][m].tolist(), a[1][m].tolist(), b[0][n].tolist(), b[1][n].tolist())
            assert got.nan[m, n] == (result is None)
            if result is None:
                assert np.isnan(fp32[m, n]) and not got.exact[m, n]
                continue
            value, magnitude = result
            assert abs(Fraction(got.hi[m, n]) + Fraction(got.lo[m, n]) - value) <= Fraction(got.error[m, n])
            assert magnitude <= Fraction(got.magnitude[m, n]) <= magnitude * (1 + Fraction(1, 2**40))
            assert int(fp32[m, n].view(np.uint32)) == encode_rne(FP32, value)
            assert int(bf16[m, n].view(np.uint16)) == encode_rne(BF16, value)


@pytest.mark.parametrize("spread", [0, 3, 30, 127])
def test_equals_fractions(spread: int) -> None:
    rng = np.random.default_rng(spread)
    a, b = random_mx(rng, 4, 6, spread), random_mx(rng, 5, 6, spread)
    check_exact(contract_mx(*a, *b), a, b)


@pytest.mark.parametrize("center", [10, 60, 200, 244])
def test_subnormal_and_overflowing_results(center: int) -> None:
    rng = np.random.default_rng(center)
    a, b = random_mx(rng, 4, 4, 10, center), random_mx(rng, 4, 4, 10, center)
    got = contract_mx(*a, *b)
    check_exact(got, a, b)
    if center == 244:
        assert np.isinf(got.nearest(np.float32)).all()


def test_cancellation_falls_back_to_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = cancelling(np.random.default_rng(8), 5, 5)
    calls = []
    original = Contraction._integer_sum
    monkeypatch.setattr(Contraction, "_integer_sum", lambda self, m, n: calls.append(1) or original(self, m, n))
    check_exact(contract_mx(*a, *b), a, b)
    assert calls  # the certificate left some to integers
    monkeypatch.setattr(Contraction, "_integer_sum", lambda self, m, n: 1.0)
    with pytest.raises(AssertionError):
        check_exact(contract_mx(*a, *b), a, b)


def test_integer_dot_rounds_to_odd() -> None:
    assert integer_dot(np.array([1.0, 2.0**-60]), np.array([1.0, 1.0])) == np.nextafter(1.0, 2.0)
    assert integer_dot(np.array([1.0, -1.0]), np.array([3.0, 3.0])) == 0.0
    assert integer_dot(np.array([-3.0, 2.0**-300]), np.array([1.0, 1.0])) == -np.nextafter(3.0, 0.0)
    assert integer_dot(np.zeros(0), np.zeros(0)) == 0.0
    assert integer_dot(np.array([-1.0, 2.0**-1000]), np.array([2.0**30, 2.0**-60])) == -np.nextafter(2.0**30, 0.0)


def test_nan_codes_and_bytes_reach_exactly_their_outputs() -> None:
    rng = np.random.default_rng(1)
    a, b = random_mx(rng, 4, 2, 3), random_mx(rng, 5, 2, 3)
    a[0][1, 40], b[0][2, 3], a[1][3, 1], b[1][4, 0] = 0x7F, 0xFF, 255, 255
    b[0][:, 32:] = 0  # NaN times zero is NaN
    expected = np.zeros((4, 5), bool)
    expected[[1, 3], :] = True
    expected[:, [2, 4]] = True
    got = contract_mx(*a, *b)
    assert (got.nan == expected).all()
    check_exact(got, a, b)
    sets = got.interval(np.float32)
    assert (sets.nan == expected).all() and not sets.free.any()


def test_the_exactness_certificate_is_the_definition() -> None:
    """q is the least product of lowest set bits of non-zero blocks; exact when sum |a b| < 2^24 q."""
    rng = np.random.default_rng(2)
    a, b = random_mx(rng, 12, 3, 2), random_mx(rng, 12, 3, 2)
    for codes, _ in (a, b):  # few significant bits, many zeros, some rows with more
        codes &= np.where(np.arange(12)[:, None] % 4 == 0, 0xFF, 0xF8).astype(np.uint8)
        codes[rng.random(codes.shape) < 0.5] = 0
        codes[5, :64] = 0
    got = contract_mx(*a, *b)
    values = [dequantize_mxfp8(*x).reshape(12, 3, 32) for x in (a, b)]
    expected = np.zeros((12, 12), bool)
    for m in range(12):
        for n in range(12):
            quanta = [lowest(values[0][m, k]) * lowest(values[1][n, k]) for k in range(3)]
            magnitude = sum(abs(Fraction(x) * Fraction(y)) for x, y in
                            zip(values[0][m].flat, values[1][n].flat, strict=True))  # fmt: skip
            least = min((q for q in quanta if q), default=Fraction(1))
            expected[m, n] = magnitude < 2**24 * least
    assert (got.exact == expected).all() and 0 < expected.sum() < 144


def lowest(block: np.ndarray) -> Fraction:
    """Largest power of two that divides every value of a block, 0 for zeros."""
    divisor = Fraction(0)
    for x in block[block != 0]:
        f = Fraction(float(x))
        bit = Fraction(f.numerator & -f.numerator, f.denominator)
        divisor = bit if not divisor else min(divisor, bit)
    return divisor


def test_one_bit_more_loses_the_certificate() -> None:
    codes = np.zeros((1, 64), np.uint8)
    codes[0, :2] = 0x38  # 1.0 and 1.0
    a = codes.copy(), np.array([[127, 127]], np.uint8)
    b = codes.copy(), np.array([[127 + 23, 127]], np.uint8)
    a[0][0, 1], b[0][0, 1], a[0][0, 32], b[0][0, 32] = 0, 0, 0x38, 0x38
    assert contract_mx(*a, *b).exact.all()  # 2^23 + 1 < 2^24
    b[1][0, 0] += 1
    assert not contract_mx(*a, *b).exact.any()  # 2^24 + 1 has 25 bits
    deep = contract_mx(a[0], np.full_like(a[1], 40), a[0], np.full_like(a[1], 40))
    assert not deep.exact.any()  # the quantum 2^-174 is below FP32's least


def test_exact_results_are_points_that_every_machine_gives() -> None:
    rng = np.random.default_rng(3)
    codes = np.where(rng.random((6, 256)) < 0.5, 0x38, 0xB8).astype(np.uint8)
    a, b = (
        (codes, rng.integers(120, 130, (6, 8)).astype(np.uint8)),
        (codes[::-1].copy(), np.full((6, 8), 127, np.uint8)),
    )
    got = contract_mx(*a, *b)
    assert got.exact.all()
    sets = got.interval(np.float32)
    assert sets.is_value().all()
    products = dequantize_mxfp8(*a)[:, None] * dequantize_mxfp8(*b)[None]
    for _ in range(20):
        assert sets.contains(any_machine(products, rng).astype(np.float32)).all()
    assert not sets.contains(np.nextafter(got.nearest(np.float32), np.float32(np.inf))).any()


@pytest.mark.parametrize("dtype", [np.float32, codec.BF16_DTYPE])
def test_every_machine_lands_in_the_interval(dtype: type) -> None:
    rng = np.random.default_rng(4)
    for K in (32, 96, 512):
        a, b = gaussian_mx(rng, 6, K), gaussian_mx(rng, 7, K)
        sets = contract_mx(*a, *b).interval(dtype)
        products = dequantize_mxfp8(*a)[:, None] * dequantize_mxfp8(*b)[None]
        for _ in range(15):
            got = codec.round_float64(any_machine(products, rng), dtype)
            assert sets.contains(got).all()
        assert sets.contains(contract_mx(*a, *b).nearest(dtype)).all()


def test_the_interval_is_no_wider_than_the_bound_and_an_ulp() -> None:
    rng = np.random.default_rng(5)
    a, b = gaussian_mx(rng, 5, 512), gaussian_mx(rng, 5, 512)
    got = contract_mx(*a, *b)
    sets = got.interval(np.float32)
    width = sets.hi.astype(np.float64) - sets.lo.astype(np.float64)
    allowed = 2 * 512 * 2.0**-23 * (1 + 2.0**-12) * got.magnitude + 2.0**-23 * np.abs(got.hi)
    assert (width <= allowed).all()


def test_overflow_of_partial_sums_is_free_only_with_both_signs() -> None:
    codes = np.full((1, 64), 0x7E, np.uint8)
    signs = codes.copy()
    signs[0, 32:] |= 0x80
    scale = np.full((1, 2), 185, np.uint8)
    scale_b = np.full((1, 2), 182, np.uint8)
    assert contract_mx(codes, scale, signs, scale_b).interval(np.float32).free.all()
    same = contract_mx(codes, scale, codes, scale_b).interval(np.float32)
    assert not same.free.any() and np.isinf(same.lo).all()


def test_real_operands() -> None:
    rng = np.random.default_rng(6)
    bf16 = codec.to_float64(
        codec.float64_to_bf16(rng.standard_normal((2, 9, 100)) * 2.0 ** rng.integers(-8, 8, (2, 9, 100)))
    )
    fp32 = rng.standard_normal((2, 9, 77)).astype(np.float32).astype(np.float64)
    for a, b in (bf16, fp32):
        b = np.concatenate([b, -a[:2] * 0.5, np.zeros((1, a.shape[1]))])
        got = contract_real(a, b)
        nearest = {d: got.nearest(d) for d in (np.float32, codec.BF16_DTYPE)}
        for m in range(len(a)):
            for n in range(len(b)):
                terms = [Fraction(x) * Fraction(y) for x, y in zip(a[m], b[n], strict=True)]
                value, magnitude = sum(terms), sum(abs(t) for t in terms)
                assert abs(Fraction(got.hi[m, n]) + Fraction(got.lo[m, n]) - value) <= Fraction(got.error[m, n])
                assert magnitude <= Fraction(got.magnitude[m, n]) <= magnitude * (1 + Fraction(1, 2**40))
                assert int(nearest[np.float32][m, n].view(np.uint32)) == encode_rne(FP32, value)
                assert int(nearest[codec.BF16_DTYPE][m, n].view(np.uint16)) == encode_rne(BF16, value)
    assert got.exact[:, -1].all()


def test_real_ties_are_decided_exactly() -> None:
    a = np.array([[1.0, 2.0**-9, 2.0**-70]])
    b = np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0], [1.0, 2.0, -1.0]])
    got = contract_real(a, b).nearest(codec.BF16_DTYPE).astype(np.float64)[0]
    assert got.tolist() == [1.0, 1.0 + 2.0**-7, 1.0]


def test_real_infinities_and_nan() -> None:
    a = np.array([[np.inf, 1.0], [1.0, 2.0], [np.nan, 1.0]])
    b = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0], [-np.inf, 1.0], [1.0, np.inf]])
    got = contract_real(a, b)
    assert got.nearest(np.float32)[:2].tolist()[0][0] == np.inf
    assert got.nan.tolist() == [[False, True, False, False, False], [False] * 5, [True] * 5]
    assert got.hi[0, [0, 2, 3, 4]].tolist() == [np.inf, -np.inf, -np.inf, np.inf]
    assert got.hi[1].tolist() == [3.0, 2.0, 1.0, -np.inf, np.inf]
    sets = got.interval(np.float32)
    assert sets.lo[0, 0] == sets.hi[0, 0] == np.inf and not sets.free.any()


def test_mx_and_real_agree_on_a_large_shape() -> None:
    rng = np.random.default_rng(7)
    a, b = gaussian_mx(rng, 16, 2048), random_mx(rng, 300, 64, 12)
    mx = contract_mx(*a, *b)
    real = contract_real(dequantize_mxfp8(*a), dequantize_mxfp8(*b))
    assert (np.abs(mx.hi - real.hi) <= mx.error + real.error).all()
    assert (mx.nearest(np.float32) == real.nearest(np.float32)).all()
    assert (mx.exact == real.exact).all()


def test_empty_shapes() -> None:
    empty = np.zeros((0, 64), np.uint8), np.zeros((0, 2), np.uint8)
    some = np.zeros((3, 64), np.uint8), np.zeros((3, 2), np.uint8)
    assert contract_mx(*empty, *some).interval(np.float32).shape == (0, 3)
    nothing = contract_mx(np.zeros((2, 0), np.uint8), np.zeros((2, 0), np.uint8), np.zeros((3, 0), np.uint8),
                          np.zeros((3, 0), np.uint8))  # fmt: skip
    assert (nothing.nearest(np.float32) == 0).all() and nothing.exact.all()


def test_bad_arguments_are_named() -> None:
    codes, scales = np.zeros((2, 64), np.uint8), np.zeros((2, 2), np.uint8)
    with pytest.raises(ValueError, match="b: has 32 elements along K, needs a's 64"):
        contract_mx(codes, scales, codes[:, :32], scales[:, :1])
    with pytest.raises(ValueError, match="b_scales: has shape"):
        contract_mx(codes, scales, codes, scales[:, :1])
    with pytest.raises(TypeError, match="a_codes: has int8"):
        contract_mx(codes.astype(np.int8), scales, codes, scales)
    with pytest.raises(TypeError, match="a: has float32"):
        contract_real(codes.astype(np.float32), codes.astype(np.float64))
    assert contraction([0x7F] + [0] * 31, [127], [0] * 32, [127]) is None
    assert encode_rne(FP32, Special.NAN) == FP32.nan_code
