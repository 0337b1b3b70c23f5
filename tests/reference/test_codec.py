"""Do the array codecs equal the scalar oracle on every code and at every decision?"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from reference import codec
from reference.formats import BF16, E4M3, E8M0, FORMATS, FP16, FP32, FloatFormat
from reference.quantize import dequantize_mxfp8, dequantize_mxfp8_to_bf16
from reference.scalar import Special, decode, encode_rne, floor_log2

ALL_BYTES = np.arange(256, dtype=np.uint8)


def to_fraction(x: float) -> Fraction | Special:
    if np.isnan(x):
        return Special.NAN
    if np.isinf(x):
        return Special.POS_INF if x > 0 else Special.NEG_INF
    return Fraction(float(x))


def oracle_e4m3(bits: int) -> int:
    """Scalar E4M3 code of one FP32 pattern under the declared policy."""
    value, negative = decode(FP32, bits), bool(bits >> 31)
    if value is Special.NAN:
        return 0x7F | (0x80 if negative else 0)
    return encode_rne(E4M3, value, saturate=True, negative_zero=negative)


def fp32_at_decisions() -> np.ndarray:
    """FP32 patterns: every E4M3 value and midpoint, 464 and beyond, with 2 neighbours, both signs, and the specials."""
    values = sorted({abs(v) for c in range(127) if isinstance(v := decode(E4M3, c), Fraction)})
    points = values + [(a + b) / 2 for a, b in itertools.pairwise(values)] + [Fraction(464), Fraction(480)]
    bits = np.array([float(p) for p in points], np.float32).view(np.uint32).astype(np.int64)
    near = (bits[:, None] + np.arange(-2, 3)).reshape(-1)
    special = [0, 1, 2, 0x7FFFFF, 0x800000, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF]
    near = np.unique(np.concatenate([near[near >= 0], special]))
    return np.concatenate([near, near | 0x80000000]).astype(np.uint32)


def test_format_constants_follow_from_the_widths() -> None:
    assert E4M3.max_finite == 448
    assert (E4M3.min_normal, E4M3.min_subnormal) == (Fraction(1, 64), Fraction(1, 512))
    assert E8M0.max_finite == Fraction(2) ** 127 and E8M0.min_subnormal == Fraction(1, 2**127)
    assert FP32.max_finite == Fraction(float(np.finfo(np.float32).max))
    assert FP16.max_finite == 65504 and FP16.min_subnormal == Fraction(1, 2**24)
    assert BF16.max_finite == (2 - Fraction(1, 128)) * Fraction(2) ** 127
    assert [FORMATS[n].width for n in ("E4M3", "E8M0", "BF16", "FP16", "FP32")] == [8, 8, 16, 16, 32]
    with pytest.raises(ValueError, match="no infinity"):
        _ = E4M3.infinity_code


def test_every_e4m3_code_decodes_as_the_scalar() -> None:
    got = codec.e4m3_to_float64(ALL_BYTES)
    for code in range(256):
        assert to_fraction(got[code]) == decode(E4M3, code)
        assert np.signbit(got[code]) == (code >= 128)


def test_every_e8m0_byte_decodes_as_the_scalar() -> None:
    got = codec.e8m0_to_float64(ALL_BYTES)
    assert [to_fraction(x) for x in got] == [decode(E8M0, b) for b in range(256)]


def test_every_pair_of_element_and_scale_decodes_as_the_scalar() -> None:
    codes = np.repeat(ALL_BYTES, 32)[None, :].repeat(256, axis=0)
    scales = np.repeat(ALL_BYTES[:, None], 256, axis=1)
    got = dequantize_mxfp8(codes, scales)[:, ::32]
    bf16 = dequantize_mxfp8_to_bf16(codes, scales)[:, ::32]
    elements = [decode(E4M3, c) for c in range(256)]
    for byte in range(256):
        scale = decode(E8M0, byte)
        for code, element in enumerate(elements):
            if isinstance(element, Special) or isinstance(scale, Special):
                assert np.isnan(got[byte, code]) and np.isnan(bf16[byte, code])
                continue
            assert Fraction(got[byte, code]) == element * scale
            if byte < 8 or byte > 244 or byte % 40 == 0:  # BF16 rounds and overflows at the ends only
                expected = encode_rne(BF16, element * scale, negative_zero=code >= 128)
                assert int(bf16[byte, code].view(np.uint16)) == expected


def test_encoding_inverts_decoding() -> None:
    for dtype in (np.float32, np.float64):
        finite = codec.e4m3_to_float64(ALL_BYTES).astype(dtype)
        assert (codec.float_to_e4m3(finite) == ALL_BYTES).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_midpoint_and_its_neighbours_encode_as_the_scalar(dtype: type) -> None:
    bits = fp32_at_decisions()
    with np.errstate(invalid="ignore"):
        got = codec.float_to_e4m3(bits.view(np.float32).astype(dtype))
    expected = [oracle_e4m3(int(b)) for b in bits]
    assert got.tolist() == expected


def test_float64_encoding_has_one_rounding() -> None:
    """Just off a midpoint by less than FP32 can see: rounding to FP32 first would tie."""
    values = [decode(E4M3, c) for c in range(127)]
    for low, high in itertools.pairwise(values):
        middle = float((low + high) / 2)
        off = np.array([np.nextafter(middle, 0.0), middle, np.nextafter(middle, np.inf)])
        expected = [encode_rne(E4M3, Fraction(float(x)), saturate=True) for x in off]
        assert codec.float_to_e4m3(off).tolist() == expected
        assert codec.float_to_e4m3(-off).tolist() == [c | 0x80 for c in expected]


def test_every_bf16_pattern_survives_and_encodes_as_the_scalar() -> None:
    bits = np.arange(65536, dtype=np.uint16)
    values = bits.view(codec.BF16_DTYPE)
    wide = codec.to_float64(values)
    nan = np.isnan(wide)
    back = codec.float64_to_bf16(wide).view(np.uint16)
    assert (back[~nan] == bits[~nan]).all()
    assert np.isnan(codec.float64_to_bf16(wide[nan]).astype(np.float32)).all()
    with np.errstate(invalid="ignore"):
        single = codec.float_to_e4m3(codec.to_float32(values))
        double = codec.float_to_e4m3(wide)
    assert (single == double).all()
    expected = np.array([oracle_e4m3(int(b) << 16) for b in bits], np.uint8)
    assert (single == expected).all()


@pytest.mark.parametrize(
    ("fmt", "dtype"), [(FP16, np.dtype(np.float16)), (BF16, codec.BF16_DTYPE), (FP32, np.dtype(np.float32))]
)
def test_float64_rounds_once_at_every_kind_of_tie(fmt: FloatFormat, dtype: np.dtype) -> None:
    rng = np.random.default_rng(1)
    unsigned = np.uint32 if fmt is FP32 else np.uint16
    codes = np.concatenate([rng.integers(0, fmt.max_code, 300), np.arange(20), fmt.max_code - np.arange(4),
                            (1 << fmt.mantissa_bits) + np.arange(-4, 5)])  # fmt: skip
    low = codes.astype(unsigned).view(dtype).astype(np.float64)
    step = [float(Fraction(2) ** (max(floor_log2(Fraction(x)), fmt.min_exponent) - fmt.mantissa_bits)) if x else
            float(fmt.min_subnormal) for x in low]  # fmt: skip
    middle = low + np.array(step) / 2
    x = np.concatenate([middle, np.nextafter(middle, 0), np.nextafter(middle, np.inf), low])
    x = np.concatenate([x, -x])
    got = codec.round_float64(x, dtype).view(unsigned)
    assert got.tolist() == [encode_rne(fmt, Fraction(float(v)), negative_zero=bool(np.signbit(v))) for v in x]


def test_rounding_to_bf16_by_way_of_fp32_would_fail_the_tie_test() -> None:
    x = np.array([1 + 2.0**-8 + 2.0**-40])  # above the BF16 tie by less than FP32 can see
    twice = codec.float32_bits_to_bf16(x.astype(np.float32).view(np.uint32))
    assert codec.float64_to_bf16(x)[0] != twice[0]


@pytest.mark.parametrize("dtype", [np.float16, codec.BF16_DTYPE, np.float32, np.float64])
def test_ordered_keys_follow_the_values(dtype: type) -> None:
    small = np.array([-np.inf, -2.0, -1.0, -0.0, 0.0, 1.0, 1.5, np.inf], dtype)
    key = codec.ordered_key(small)
    assert (np.diff(key) > 0).all() and key[3] == -1 and key[4] == 0
    assert (codec.from_ordered_key(key, dtype).view(np.uint8) == small.view(np.uint8)).all()
    up = codec.next_up(small[:-1])
    assert (codec.ordered_key(up) == key[:-1] + 1).all()
    assert (codec.ordered_key(codec.next_down(small[1:])) == key[1:] - 1).all()
    assert np.isinf(codec.next_up(small[-1:])).all()


def test_e4m3_keys_follow_the_values() -> None:
    finite = ALL_BYTES[(ALL_BYTES & 0x7F) < 0x7F]
    order = np.argsort(codec.e4m3_key(finite), kind="stable")
    values = codec.e4m3_to_float64(finite[order])
    assert (np.diff(values) >= 0).all() and (np.diff(np.sort(codec.e4m3_key(finite))) == 1).all()


def test_wrong_dtypes_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="codes: has int8"):
        codec.e4m3_to_float64(np.zeros(1, np.int8))
    with pytest.raises(TypeError, match="x: has int64"):
        codec.float_to_e4m3(np.zeros(1, np.int64))
    with pytest.raises(TypeError, match="dtype: has int32"):
        codec.round_float64(np.zeros(1), np.int32)
