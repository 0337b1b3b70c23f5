"""Are the interpreter's conversions right? Against exhaustive search, fractions and the reference's own codecs."""

from __future__ import annotations

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.backends import conversions, probe_data
from reference import codec

pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in cast")  # NaN, on purpose

FP8 = {"fp8e4nv": ml_dtypes.float8_e4m3fn, "fp8e5": ml_dtypes.float8_e5m2}


def nearest_code(values: np.ndarray, name: str) -> np.ndarray:
    """The nearest finite code by search over all of them, ties to even, beyond the largest the largest."""
    decoded = np.arange(128, dtype=np.uint8).view(FP8[name]).astype(np.float64)
    decoded = decoded[np.isfinite(decoded)]
    middles = (decoded[1:] + decoded[:-1]) / 2
    magnitudes = np.abs(values.astype(np.float64))
    low, high = (np.searchsorted(middles, magnitudes, side=side) for side in ("left", "right"))
    codes = np.where(high % 2 == 0, high, low).astype(np.uint8)
    return codes | np.where(np.signbit(values), 0x80, 0).astype(np.uint8)


@pytest.mark.parametrize("name", FP8)
def test_fp32_to_fp8_is_the_nearest_code(name):
    values = np.concatenate([probe_data.for_e4m3(), probe_data.for_bf16(1 << 16)]).view(np.float32)
    values = values[~np.isnan(values)]
    assert np.array_equal(conversions.narrow(values, name), nearest_code(values, name))


@pytest.mark.parametrize("name", FP8)
def test_nan_stays_nan_in_fp8_whatever_its_payload(name):
    patterns = np.array([0x7FC00000, 0xFFC00000, 0x7F800001, 0xFF800001, 0x7FFFFFFF], dtype=np.uint32)
    codes = conversions.narrow(patterns.view(np.float32), name)
    assert np.isnan(codes.view(FP8[name]).astype(np.float32)).all()
    assert np.isnan(conversions.widen(codes, name)).all()


@pytest.mark.parametrize("name", FP8)
def test_every_fp8_code_widens_and_returns(name):
    codes = np.arange(256, dtype=np.uint8)
    values = codes.view(FP8[name]).astype(np.float32)
    assert np.array_equal(conversions.widen(codes, name), values, equal_nan=True)
    finite = np.isfinite(values)
    assert np.array_equal(conversions.narrow(values[finite], name), codes[finite])


def test_fp32_to_bf16_agrees_with_the_reference_and_keeps_nan():
    patterns = probe_data.for_bf16(1 << 18)
    got, want = conversions.narrow(patterns.view(np.float32), "bf16"), codec.float32_bits_to_bf16(patterns)
    is_nan = np.isnan(want.astype(np.float32))
    assert np.array_equal(got[~is_nan], want.view(np.uint16)[~is_nan])
    assert np.isnan(conversions.widen(got[is_nan], "bf16")).all()


def test_every_bf16_pattern_widens_to_its_own_upper_half():
    patterns = np.arange(1 << 16, dtype=np.uint16)
    widened = conversions.widen(patterns, "bf16").view(np.uint32)
    assert np.array_equal(widened, patterns.astype(np.uint32) << np.uint32(16))


@pytest.mark.parametrize("target", ["bf16", "fp8e4nv", "fp8e5"])
def test_fp64_is_rounded_once(target):
    """Just above a tie of the target, by less than FP32 can tell: rounding to FP32 first would fall to even."""
    tie = {"bf16": 1 + 2.0**-8, "fp8e4nv": 1 + 2.0**-4, "fp8e5": 1 + 2.0**-3}[target]
    above, below = np.array([tie * (1 + 2.0**-40)]), np.array([tie * (1 - 2.0**-40)])
    codes = [int(conversions.narrow(x, target)[0]) for x in (below, np.array([tie]), above)]
    assert codes == [codes[0], codes[0], codes[0] + 1]


@given(st.floats(allow_nan=False), st.sampled_from(["bf16", "fp16"]))
def test_fp64_rounding_agrees_with_fractions(value, target):
    dtype = {"bf16": ml_dtypes.bfloat16, "fp16": np.float16}[target]
    with np.errstate(over="ignore"):
        got = conversions.narrow(np.array([value]), target).view(dtype)[0]
    if np.isinf(got):
        largest = float(ml_dtypes.finfo(dtype).max)
        assert abs(value) >= largest * (1 + 2.0**-12)
        return
    error = abs(Fraction(float(got)) - Fraction(value))
    pattern = np.array([got]).view(np.uint16)[0]
    for other in (int(pattern) + 1, int(pattern) - 1):
        neighbour = float(np.array([other & 0xFFFF], dtype=np.uint16).view(dtype)[0])
        if np.isfinite(neighbour):
            gap = abs(Fraction(neighbour) - Fraction(value))
            assert error < gap or (error == gap and int(pattern) % 2 == 0)


@pytest.mark.parametrize(("source", "dtype"), [("bf16", ml_dtypes.bfloat16), ("fp16", np.float16)])
def test_sixteen_bit_floats_go_to_each_other_and_to_fp8_by_one_rounding(source, dtype):
    patterns = np.arange(1 << 16, dtype=np.uint16)
    data = patterns if source == "bf16" else patterns.view(np.float16)
    values = patterns.view(dtype).astype(np.float64)
    real = ~np.isnan(values)
    assert np.array_equal(conversions.convert(data, source, "fp8e4nv")[real], nearest_code(values[real], "fp8e4nv"))
    other = "fp16" if source == "bf16" else "bf16"
    with np.errstate(over="ignore"):
        got = conversions.widen(conversions.convert(data, source, other), other)
        want = codec.float64_to_bf16(values) if other == "bf16" else values.astype(np.float16)
    assert np.array_equal(got, want.astype(np.float32), equal_nan=True)


def test_integers_become_bf16_by_one_rounding():
    data = np.array([0, 1, 257, 0x10180, 0x1018000000000, 0x1018000000001, -257], dtype=np.int64)
    want = codec.float64_to_bf16(data.astype(np.float64)).view(np.uint16)
    assert np.array_equal(conversions.from_integers(data, "bf16"), want)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.int64])
def test_floats_saturate_to_integers_and_nan_is_zero(dtype):
    limits = np.iinfo(dtype)
    values = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 1.9, -1.9, 0.0], dtype=np.float32)
    whole = -1 if limits.min < 0 else 0
    want = [0, limits.max, limits.min, limits.max, limits.min, 1, whole, 0]
    assert conversions.to_integers(values, "fp32", np.dtype(dtype)).tolist() == want


def test_rounding_toward_zero_cuts_and_keeps_nan():
    values = np.array([0x3F80FFFF, 0xBF80FFFF, 0x7F800001, 0x7F7FFFFF], dtype=np.uint32).view(np.float32)
    assert conversions.truncate(values, "bf16").tolist() == [0x3F80, 0xBF80, 0x7FC0, 0x7F7F]


def test_unknown_formats_are_refused_by_name():
    for convert in (conversions.widen, conversions.narrow):
        with pytest.raises(NotImplementedError, match="fp8e4b15"):
            convert(np.zeros(1, dtype=np.float32), "fp8e4b15")
    assert conversions.is_emulated("fp8e4b15"), "its bits must not pass for integers"


@pytest.mark.parametrize("shape", [(), (1,), (3, 1, 2)])
def test_shapes_are_kept(shape):
    values = np.full(shape, 0.3, dtype=np.float64)
    for name in ("bf16", "fp8e4nv", "fp16", "fp32"):
        assert conversions.narrow(values, name).shape == shape
        assert conversions.widen(conversions.narrow(values, name), name).shape == shape
