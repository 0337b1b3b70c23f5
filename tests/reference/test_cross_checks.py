"""Do libraries that nobody here wrote agree, and where do they differ?"""

from __future__ import annotations

import gfloat
import gfloat.formats
import ml_dtypes
import numpy as np
import pytest
import torch

from reference import codec
from reference.quantize import quantize_mxfp8
from reference.swiglu import swiglu_oai
from tests.reference.test_codec import fp32_at_decisions
from tests.reference.test_scale_rules import thresholds

ALL_BYTES = np.arange(256, dtype=np.uint8)
SAMPLE = np.random.default_rng(0).integers(0, 1 << 32, 200_000, dtype=np.uint32)


def fp32_inputs() -> np.ndarray:
    """Decision points and random patterns."""
    return np.concatenate([fp32_at_decisions(), SAMPLE]).view(np.float32)


def test_ml_dtypes_decodes_every_e4m3_code_alike() -> None:
    theirs = ALL_BYTES.view(ml_dtypes.float8_e4m3fn).astype(np.float64)
    ours = codec.e4m3_to_float64(ALL_BYTES)
    assert np.array_equal(theirs, ours, equal_nan=True) and (np.signbit(theirs) == np.signbit(ours)).all()


def test_ml_dtypes_encodes_alike_within_the_range_and_gives_nan_beyond() -> None:
    for dtype in (np.float32, np.float64):
        with np.errstate(all="ignore"):
            x = fp32_inputs().astype(dtype)
            theirs = x.astype(ml_dtypes.float8_e4m3fn).view(np.uint8)
        ours = codec.float_to_e4m3(x)
        within = np.abs(x) <= 464
        assert (theirs[within] == ours[within]).all()
        beyond = ~within & ~np.isnan(x)
        assert ((theirs[beyond] & 0x7F) == 0x7F).all() and ((ours[beyond] & 0x7F) == 0x7E).all()  # the difference
        assert ((theirs[np.isnan(x)] & 0x7F) == 0x7F).all()


def test_ml_dtypes_decodes_every_e8m0_byte_alike() -> None:
    with np.errstate(invalid="ignore"):
        theirs = ALL_BYTES.view(ml_dtypes.float8_e8m0fnu).astype(np.float32).astype(np.float64)
    assert np.array_equal(theirs, codec.e8m0_to_float64(ALL_BYTES), equal_nan=True)


def test_ml_dtypes_and_torch_round_fp32_to_bf16_alike() -> None:
    bits = np.concatenate([SAMPLE, (np.arange(0, 1 << 16, dtype=np.uint32) << 16) | 0x8000])
    x = bits.view(np.float32)
    finite = ~np.isnan(x)
    ours = codec.float32_bits_to_bf16(bits).view(np.uint16)[finite]
    with np.errstate(over="ignore", invalid="ignore"):
        theirs = x.astype(ml_dtypes.bfloat16).view(np.uint16)[finite]
    torchs = torch.from_numpy(x.copy()).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)[finite]
    assert (ours == theirs).all() and (ours == torchs).all()
    with np.errstate(over="ignore", invalid="ignore"):
        assert (codec.float64_to_bf16(x[finite].astype(np.float64)).view(np.uint16) == ours).all()


def test_ml_dtypes_rounds_float64_to_bf16_alike_except_by_way_of_fp32() -> None:
    """ml_dtypes rounds float64 to FP32 first; ours rounds once. They differ at hidden ties only."""
    x = np.array([1 + 2.0**-8 + 2.0**-40, 1 + 2.0**-8 - 2.0**-40])
    assert codec.float64_to_bf16(x).astype(np.float64).tolist() == [1 + 2.0**-7, 1.0]
    generic = np.random.default_rng(1).standard_normal(10_000)
    assert (codec.float64_to_bf16(generic).view(np.uint16) == generic.astype(ml_dtypes.bfloat16).view(np.uint16)).all()


def test_torch_decodes_alike_and_encodes_alike_up_to_464() -> None:
    theirs = torch.from_numpy(ALL_BYTES.copy()).view(torch.float8_e4m3fn).to(torch.float32).numpy()
    assert np.array_equal(theirs.astype(np.float64), codec.e4m3_to_float64(ALL_BYTES), equal_nan=True)
    x = fp32_inputs()
    got = torch.from_numpy(x.copy()).to(torch.float8_e4m3fn).view(torch.uint8).numpy()
    ours = codec.float_to_e4m3(x)
    within = np.abs(x) <= 464
    assert (got[within] == ours[within]).all()
    assert ((got[np.isnan(x)] & 0x7F) == 0x7F).all()


def test_torch_beyond_464_is_no_oracle_for_saturation() -> None:
    """The CPU build saturates in some releases and gives NaN in others; infinities too. Only these two occur."""
    x = np.array([465.0, 480.0, 1000.0, np.inf, -465.0, -np.inf], np.float32)
    got = torch.from_numpy(x).to(torch.float8_e4m3fn).view(torch.uint8).numpy() & 0x7F
    assert set(got.tolist()) <= {0x7E, 0x7F}
    assert (codec.float_to_e4m3(x) & 0x7F == 0x7E).all()


def test_torch_decodes_e8m0_alike() -> None:
    theirs = torch.from_numpy(ALL_BYTES.copy()).view(torch.float8_e8m0fnu).to(torch.float64).numpy()
    assert np.array_equal(theirs.astype(np.float64), codec.e8m0_to_float64(ALL_BYTES), equal_nan=True)


def test_gfloat_agrees_on_every_code_and_decision() -> None:
    e4m3 = gfloat.formats.format_info_ocp_e4m3
    theirs = np.array([gfloat.decode_float(e4m3, int(c)).fval for c in ALL_BYTES])
    assert np.array_equal(theirs, codec.e4m3_to_float64(ALL_BYTES), equal_nan=True)
    e8m0 = gfloat.formats.format_info_ocp_e8m0
    assert np.array_equal([gfloat.decode_float(e8m0, int(b)).fval for b in ALL_BYTES], codec.e8m0_to_float64(ALL_BYTES),
                          equal_nan=True)  # fmt: skip
    with np.errstate(invalid="ignore"):
        x = fp32_at_decisions().view(np.float32).astype(np.float64)
    x = x[~np.isnan(x)]
    rounded = np.array([gfloat.round_float(e4m3, float(v), gfloat.RoundMode.TiesToEven, sat=True) for v in x])
    ours = codec.e4m3_to_float64(codec.float_to_e4m3(x))
    assert np.array_equal(rounded, ours) and (np.signbit(rounded) == np.signbit(ours)).all()


def test_torch_formula_of_the_quantizer_agrees_on_normal_data() -> None:
    """The rule written with torch operations: frexp for the exponent, division, clamp, cast."""
    x = np.random.default_rng(2).standard_normal((256, 32)).astype(np.float32)
    edge = thresholds()
    edge = edge[(edge > 2.0**-100) & (edge < 2.0**100)]
    x = np.concatenate([x, np.repeat(edge[:, None], 32, axis=1)])
    amax = torch.from_numpy(x).abs().amax(dim=1)
    mantissa, exponent = torch.frexp(amax.double() / 448.0)
    e = torch.where(mantissa == 0.5, exponent - 1, exponent)
    scaled = torch.from_numpy(x) / torch.exp2(e.double())[:, None].float()
    theirs = scaled.clamp(-448, 448).to(torch.float8_e4m3fn).view(torch.uint8).numpy()
    codes, scales = quantize_mxfp8(x)
    assert (codes == theirs).all() and (scales[:, 0] == (e + 127).numpy()).all()


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_half_precision_keys_follow_torch_nextafter(name: str) -> None:
    x = torch.linspace(-3, 3, 50).to(getattr(torch, name))
    up = torch.nextafter(x, torch.full_like(x, float("inf")))
    dtype = {"float16": np.float16, "bfloat16": codec.BF16_DTYPE}[name]
    ours = codec.next_up(x.view(torch.int16).numpy().view(dtype))
    assert (ours.view(np.int16) == up.view(torch.int16).numpy()).all()


@pytest.mark.parametrize(
    ("alpha", "beta", "limit"), [(1.702, 1.0, 7.0), (1.702, 1.0, None), (-0.5, 0.25, 3.0), (0.0, 1.0, 0.0)]
)
def test_torch_in_float64_gives_the_same_swiglu(alpha: float, beta: float, limit: float | None) -> None:
    x = (np.random.default_rng(3).standard_normal((2, 5000)) * 8).astype(np.float32)
    gate, up = torch.from_numpy(x).double()
    if limit is not None:
        gate, up = gate.clamp(max=limit), up.clamp(-limit, limit)
    a, b = (float(np.float32(v)) for v in (alpha, beta))
    theirs = (gate * torch.sigmoid(a * gate) * (up + b)).numpy()
    ours = swiglu_oai(x[0], x[1], alpha=alpha, beta=beta, limit=limit)
    assert (np.abs(ours - theirs) <= 2.0**-45 * np.abs(ours) + 2.0**-800).all()
