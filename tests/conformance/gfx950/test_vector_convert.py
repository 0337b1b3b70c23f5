"""Do the vector unit's conversions give the right codes? Against fractions and against lists of all codes."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from conformance.gfx950.instructions import float8
from conformance.gfx950.instructions.floats import FP16_OVERFLOW
from conformance.gfx950.instructions.vector_convert import CONVERT
from tests.conformance.gfx950 import scalar_floats as oracle
from tests.conformance.gfx950.scalar_floats import BF16, F16, F32, F64, NAN, Format
from tests.conformance.gfx950.small_floats import NAN_CODE, TINY, decoded, encoded, scale_of
from tests.conformance.gfx950.vector_cases import check, float_edges

Oracle = Callable[..., Any]


def put_pair(name: str, source: Format, a: int, b: int, scale: Fraction | None, old: int, high: int, mode: int) -> int:
    saturate = bool(mode & FP16_OVERFLOW)
    codes = []
    for x in (a, b):
        code = encoded(name, source, x, scale, saturate)
        if code is NAN:  # a source's NaN keeps its sign, one by the scale is positive, one by overflow is signed
            by_scale = scale is None and not source.is_nan(x)
            code = NAN_CODE | (0x80 if source.negative(x) and not by_scale else 0)
        codes.append(code)
    pair = codes[0] | codes[1] << 8
    return (old & 0xFFFF) | pair << 16 if high else (old & 0xFFFF0000) | pair


def pk_encode(name: str) -> Oracle:
    def run(a: int, b: int, old: int, op_sel: list[int], mode: int) -> int:
        return put_pair(name, F32, a, b, Fraction(1), old, op_sel[-1], mode)

    return run


def scaled_pk_encode(name: str, source: Format) -> Oracle:
    def run(*operands: int, op_sel: list[int], mode: int) -> int:
        *sources, scale, old = operands
        a, b = sources if source is F32 else (sources[0] & 0xFFFF, sources[0] >> 16)
        return put_pair(name, source, a, b, scale_of(scale), old, op_sel[-1], mode)

    return run


def fp4_pair(source: Format) -> Oracle:
    """Into the byte that op_sel[2:] names; a NaN, which FP4 has not, becomes its largest number of the same sign."""

    def run(*operands: int, op_sel: list[int], mode: int) -> int:
        *sources, scale, old = operands
        numbers = sources if source is F32 else (sources[0] & 0xFFFF, sources[0] >> 16)
        codes = []
        for x in numbers:
            code = encoded("fp4", source, x, scale_of(scale), True)
            by_scale = code is NAN and not source.is_nan(x)
            codes.append((7 | (8 if source.negative(x) and not by_scale else 0)) if code is NAN else code)
        first = 8 * (op_sel[2] + 2 * op_sel[3])
        return (old & ~(0xFF << first)) | (codes[0] | codes[1] << 4) << first

    return run


def scaled_half(name: str) -> Oracle:
    """FP16 into the half that the last bit of op_sel names."""

    def run(x: int, scale: int, old: int, op_sel: list[int], mode: int) -> int:
        wide = decoded(name, x & 0xFF, scale_of(scale))
        if wide is NAN:  # a code's keeps its sign, one by the scale is positive
            half = F16.nan | (F16.sign_bit if x & 0x80 and decoded(name, x & 0xFF) is NAN else 0)
        else:
            half = int(oracle.converted(F32, F16, wide) or 0)
        return (old & 0xFFFF) | half << 16 if op_sel[-1] else (old & 0xFFFF0000) | half

    return run


def normalized(f: Format, x: int, largest: int, signed: bool) -> int:
    if f.is_nan(x):
        return 0
    low = -1 if signed else 0
    value = Fraction(low if f.negative(x) else 1) if f.is_inf(x) else min(max(f.value(x), Fraction(low)), Fraction(1))
    return oracle.round_even(value * largest)


def bf16_bits(x: int) -> int:
    """A NaN keeps its upper payload."""
    return x >> 16 | BF16.quiet_bit if F32.is_nan(x) else oracle.converted(F32, BF16, x)


def f16_bits(x: int, toward_zero: bool = False, mode: int = 0) -> int | None:
    code = oracle.converted(F32, F16, x, toward_zero)
    if code is not NAN and F16.is_inf(code) and F32.is_finite(x) and mode & FP16_OVERFLOW:
        return code - 1
    return code


def rounded_integer(f: Format, bits: int, signed: bool) -> Oracle:
    return lambda x: f.rounded(Fraction(x - (1 << bits) if signed and x >> (bits - 1) else x))


def floored(x: int) -> int:
    if not F32.is_finite(x):
        return oracle.to_integer(F32, x, -(1 << 31), (1 << 31) - 1)
    return min(max(oracle.floor(F32.value(x)), -(1 << 31)), (1 << 31) - 1)


def rounded_up(x: int) -> int:
    half = oracle.add(F32, x, F32.rounded(Fraction(1, 2)))
    return 0 if half is NAN else floored(half)


I32, U32, I16, U16 = ((-(1 << 31), (1 << 31) - 1), (0, (1 << 32) - 1), (-(1 << 15), (1 << 15) - 1), (0, (1 << 16) - 1))

ORACLES: dict[str, Oracle] = {
    "v_cvt_f32_i32": rounded_integer(F32, 32, True),
    "v_cvt_f32_u32": rounded_integer(F32, 32, False),
    "v_cvt_f64_i32": rounded_integer(F64, 32, True),
    "v_cvt_f64_u32": rounded_integer(F64, 32, False),
    "v_cvt_f16_i16": rounded_integer(F16, 16, True),
    "v_cvt_f16_u16": rounded_integer(F16, 16, False),
    "v_cvt_i32_f32": lambda x: oracle.to_integer(F32, x, *I32),
    "v_cvt_u32_f32": lambda x: oracle.to_integer(F32, x, *U32),
    "v_cvt_i32_f64": lambda x: oracle.to_integer(F64, x, *I32),
    "v_cvt_u32_f64": lambda x: oracle.to_integer(F64, x, *U32),
    "v_cvt_i16_f16": lambda x: oracle.to_integer(F16, x, *I16),
    "v_cvt_u16_f16": lambda x: oracle.to_integer(F16, x, *U16),
    "v_cvt_flr_i32_f32": floored,
    "v_cvt_rpi_i32_f32": rounded_up,
    "v_cvt_f64_f32": partial(oracle.converted, F32, F64),
    "v_cvt_f32_f64": partial(oracle.converted, F64, F32),
    "v_cvt_f32_f16": partial(oracle.converted, F16, F32),
    "v_cvt_f32_bf16": partial(oracle.converted, BF16, F32),
    "v_cvt_f16_f32": f16_bits,
    "v_cvt_pk_bf16_f32": lambda a, b: bf16_bits(a) | bf16_bits(b) << 16,
    "v_cvt_norm_i16_f16": lambda x: normalized(F16, x, 32767, True),
    "v_cvt_norm_u16_f16": lambda x: normalized(F16, x, 65535, False),
    "v_cvt_pknorm_i16_f32": lambda a, b: sum(
        (normalized(F32, x, 32767, True) & 0xFFFF) << s for x, s in ((a, 0), (b, 16))
    ),
    "v_cvt_pknorm_u16_f32": lambda a, b: sum(normalized(F32, x, 65535, False) << s for x, s in ((a, 0), (b, 16))),
}
for byte in range(4):
    ORACLES[f"v_cvt_f32_ubyte{byte}"] = lambda x, byte=byte: F32.rounded(Fraction(x >> 8 * byte & 0xFF))
for name in ("fp8", "bf8"):
    ORACLES |= {
        f"v_cvt_f32_{name}": lambda x, name=name: decoded(name, x & 0xFF),
        f"v_cvt_pk_{name}_f32": pk_encode(name),
        f"v_cvt_scalef32_pk_{name}_f32": scaled_pk_encode(name, F32),
        f"v_cvt_scalef32_pk_{name}_f16": scaled_pk_encode(name, F16),
        f"v_cvt_scalef32_pk_{name}_bf16": scaled_pk_encode(name, BF16),
        f"v_cvt_scalef32_f16_{name}": scaled_half(name),
        f"v_cvt_scalef32_f32_{name}": lambda x, scale, op_sel, name=name: decoded(
            name, x >> 8 * (op_sel[0] + 2 * op_sel[1]) & 0xFF, scale_of(scale)
        ),
    }
for name, f in (("f32", F32), ("f16", F16), ("bf16", BF16)):
    ORACLES[f"v_cvt_scalef32_pk_fp4_{name}"] = fp4_pair(f)
PAIRS = {"v_cvt_pkrtz_f16_f32": True, "v_cvt_pk_f16_f32": False}
WIDENING = {f"v_cvt_scalef32_pk_{to}_{of}" for to in ("f32", "f16", "bf16") for of in TINY}
APART = WIDENING | set(PAIRS) | {"v_cvt_pk_f32_fp8", "v_cvt_pk_f32_bf8"}
# What to try of the modifiers that an instruction takes.


def variants(mnemonic: str) -> list[dict[str, Any]]:
    modifiers = CONVERT[mnemonic].modifiers
    if modifiers == ("op_sel", "mode"):  # the destination's bit is the one behind those of the sources
        if "_fp4_" in mnemonic:
            return [{"op_sel": [0, 0, low, high], "mode": 0} for low in (0, 1) for high in (0, 1)]
        sources = [0] * len(CONVERT[mnemonic].reads.split())
        return [{"op_sel": [*sources, high], "mode": mode} for high in (0, 1) for mode in (0, FP16_OVERFLOW)]
    if modifiers == ("op_sel",):
        return [{"op_sel": [low, high]} for low in (0, 1) for high in (0, 1)]
    return [{"mode": mode} for mode in (0, FP16_OVERFLOW)] if modifiers else [{}]


@pytest.mark.parametrize("mnemonic", sorted(set(CONVERT) - APART))
def test_against_fractions(mnemonic: str) -> None:
    for modifiers in variants(mnemonic):
        check(mnemonic, CONVERT[mnemonic], ORACLES[mnemonic], **modifiers)


def test_no_oracle_without_an_instruction() -> None:
    assert set(ORACLES) | APART == set(CONVERT)


@pytest.mark.parametrize("mnemonic", sorted(PAIRS))
def test_pairs_of_halves(mnemonic: str) -> None:
    rng = random.Random(3)
    numbers = float_edges(F32) + [rng.getrandbits(32) for _ in range(200)]
    # Near and between FP16 numbers, normal, subnormal and too large.
    numbers += [
        F32.rounded(F16.value(rng.randrange(F16.inf)) * (1 + Fraction(rng.randint(-4, 4), 1 << 13))) for _ in range(400)
    ]
    numbers += [0x477FE000, 0x477FEFFF, 0x477FF000, 0x477FFFFF, 0x47800000]
    numbers += [0] * (-len(numbers) % 64)
    a = np.array(numbers, np.uint32).view(np.float32).reshape(-1, 64)
    for mode in (0, FP16_OVERFLOW) if CONVERT[mnemonic].modifiers else (0,):
        keywords = {"mode": mode} if mode else {}
        with np.errstate(all="ignore"):
            computed = CONVERT[mnemonic].compute(a, a[::-1], **keywords)
        assert computed.dtype == np.uint32
        pairs = zip(numbers, a[::-1].view(np.uint32).ravel().tolist(), computed.ravel().tolist(), strict=True)
        for x, y, seen in pairs:
            for source, half in ((x, seen & 0xFFFF), (y, seen >> 16)):
                wanted = f16_bits(source, PAIRS[mnemonic], mode)
                assert F16.is_nan(half) if wanted is NAN else half == wanted, f"{source:#x} gives {half:#x}"


def test_float16_toward_zero_of_nan_is_nan() -> None:
    nans = np.array([[0x7F800001, 0xFFFFFFFF]], np.uint32).view(np.float32)
    packed = CONVERT["v_cvt_pkrtz_f16_f32"].compute(nans, nans)
    assert all(F16.is_nan(x & 0xFFFF) and F16.is_nan(x >> 16) for x in packed.ravel().tolist())


def registers(rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Source registers holding every byte in each place, and scales with every exponent."""
    words = [(code * 0x01010101) & 0xFFFFFFFF for code in range(256)] + [rng.getrandbits(32) for _ in range(256)]
    scales = [e << 23 | rng.getrandbits(23) | rng.getrandbits(1) << 31 for e in range(256)]
    scales += [rng.choice((0x3F800000, 0x40000000, 0x3E800000)) for _ in range(256)]
    return np.array(words, np.uint32).reshape(8, 64), np.array(scales, np.uint32).reshape(8, 64)


@pytest.mark.parametrize("mnemonic", sorted(WIDENING))
def test_scaled_widening(mnemonic: str) -> None:
    """Every code under many scales, from each place that op_sel can name."""
    _, _, _, _, to, of = mnemonic.split("_")
    words, scales = registers(random.Random(mnemonic))
    for op_sel in ([0, 0], [1, 0], [0, 1], [1, 1]) if of == "fp4" else ([0, 0], [1, 0]):
        with np.errstate(all="ignore"):
            computed = CONVERT[mnemonic].compute(words, scales, op_sel=op_sel)
        if to == "f32":
            low, high = computed.view(np.uint32)
        else:
            low, high = computed & np.uint32(0xFFFF), computed >> np.uint32(16)
        rows = zip(*(x.ravel().tolist() for x in (words, scales, low, high)), strict=True)
        for word, scale, *seen in rows:
            first, width = (8 * (op_sel[0] + 2 * op_sel[1]), 4) if of == "fp4" else (16 * op_sel[0], 8)
            for position, observed in enumerate(seen):
                code = word >> (first + position * width) & ((1 << width) - 1)
                wide, f = decoded(of, code, scale_of(scale)), {"f32": F32, "f16": F16, "bf16": BF16}[to]
                wanted = wide if wide is NAN or f is F32 else oracle.converted(F32, f, wide)
                assert f.is_nan(observed) if wanted is NAN else observed == wanted, f"{word:#x} {scale:#x} {op_sel}"


@pytest.mark.parametrize("name", ["fp8", "bf8"])
def test_pk_widening(name: str) -> None:
    words = np.arange(65536, step=37, dtype=np.uint32)[None] | np.uint32(0xABCD0000)
    computed = CONVERT[f"v_cvt_pk_f32_{name}"].compute(words).view(np.uint32)
    for word, *seen in zip(*(x.ravel().tolist() for x in (words, *computed)), strict=True):
        for position, observed in enumerate(seen):
            wanted = decoded(name, word >> 8 * position & 0xFF)
            assert F32.is_nan(observed) if wanted is NAN else observed == wanted


@pytest.mark.parametrize(
    ("small", "dtype"),
    [(float8.FP8, ml_dtypes.float8_e4m3fn), (float8.BF8, ml_dtypes.float8_e5m2), (float8.FP4, ml_dtypes.float4_e2m1fn)],
)
def test_small_formats_agree_with_ml_dtypes(small: float8.Small, dtype: Any) -> None:
    codes = np.arange(len(small.values), dtype=np.uint8)
    np.testing.assert_array_equal(small.values, codes.view(dtype).astype(np.float32))
    if small is float8.FP4:
        return
    rng = np.random.default_rng(8)
    near = small.values[np.isfinite(small.values)]
    midpoints = (near[1:] + near[:-1]) / 2
    x = np.concatenate(
        [near, midpoints, np.nextafter(midpoints, np.float32(np.inf)), np.nextafter(midpoints, np.float32(0))]
    )
    x = np.concatenate([x, rng.standard_normal(4000).astype(np.float32) * 10.0 ** rng.integers(-6, 6, 4000)]).astype(
        np.float32
    )
    with np.errstate(all="ignore"):
        wanted = x.astype(dtype)
    seen = float8.encode(x, small, saturate=False)
    same = seen.astype(np.uint8) == wanted.view(np.uint8)
    assert (same | np.isnan(wanted.astype(np.float32))).all()
