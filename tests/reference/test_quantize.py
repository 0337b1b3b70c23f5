"""Does the array quantizer equal the scalar one, bit for bit, for every rule, dtype, layout and subnormal mode?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from reference import codec
from reference.quantize import dequantize_mxfp8, quantize_mxfp8
from reference.scalar import quantize_block
from reference.scale_rules import SCALE_RULES


def hard_blocks(seed: int = 0) -> np.ndarray:
    """FP32 blocks [n, 32]: any bit pattern, narrow ranges around ties, subnormals, both ends, zeros of both signs."""
    rng = np.random.default_rng(seed)
    anything = rng.integers(0, 2**32, (60, 32), dtype=np.uint32).view(np.float32)
    finite = np.where(np.isfinite(anything), anything, np.float32(1.5))
    gauss = (rng.standard_normal((60, 32)) * 2.0 ** rng.integers(-140, 120, (60, 1))).astype(np.float32)
    ties = (rng.integers(-960, 961, (60, 32)) / 32 * 2.0 ** rng.integers(-130, 110, (60, 1))).astype(np.float32)
    subnormal = rng.integers(0, 1 << 23, (20, 32), dtype=np.uint32)
    subnormal = (subnormal | (rng.integers(0, 2, (20, 32), dtype=np.uint32) << 31)).view(np.float32)
    top = np.full((4, 32), np.finfo(np.float32).max) * np.float32(2.0) ** -rng.integers(0, 30, (4, 32)).astype(
        np.float32
    )
    low = subnormal.copy()
    low[:, 0] = 2.0 ** np.arange(-126, -106, dtype=np.float64)
    zeros = np.where(np.arange(64).reshape(2, 32) % 3 == 0, np.float32(-0.0), np.float32(0.0))
    return np.concatenate([anything, finite, gauss, ties, subnormal, top.astype(np.float32), low, zeros])


@pytest.mark.parametrize("rule", sorted(SCALE_RULES))
def test_equals_the_scalar_quantizer(rule: str) -> None:
    x = hard_blocks()
    codes, scales = quantize_mxfp8(x, rule)
    for row, bits in enumerate(x.view(np.uint32)):
        expected_codes, expected_byte = quantize_block([int(b) for b in bits], rule)
        assert (codes[row].tolist(), int(scales[row, 0])) == (expected_codes, expected_byte)


@pytest.mark.parametrize("rule", sorted(SCALE_RULES))
def test_flushing_subnormals_changes_nothing(rule: str) -> None:
    x = hard_blocks(1)
    expected = quantize_mxfp8(x, rule)
    assert torch.set_flush_denormal(True)
    try:
        assert float(np.float32(1e-39) * np.float32(1.0)) == 0.0  # the mode is on
        got = quantize_mxfp8(x, rule)
    finally:
        torch.set_flush_denormal(False)
    assert (got[0] == expected[0]).all() and (got[1] == expected[1]).all()


def test_half_precision_inputs_are_read_exactly_as_fp32() -> None:
    bits = np.random.default_rng(2).integers(0, 65536, (64, 64), dtype=np.uint16)
    for values in (bits.view(np.float16), bits.view(codec.BF16_DTYPE)):
        with np.errstate(invalid="ignore"):
            wide = values.astype(np.float32)
        got, expected = quantize_mxfp8(values), quantize_mxfp8(wide)
        finite = ~np.isnan(wide)
        assert (got[0][finite] == expected[0][finite]).all() and (got[1] == expected[1]).all()
        assert ((got[0][~finite] & 0x7F) == 0x7F).all()


def test_shapes_strides_and_threads() -> None:
    x = np.random.default_rng(4).standard_normal((3, 5, 128)).astype(np.float32)
    codes, scales = quantize_mxfp8(x)
    assert codes.shape == (3, 5, 128) and scales.shape == (3, 5, 4)
    wide = np.random.default_rng(5).standard_normal((7, 160)).astype(np.float32)
    part = quantize_mxfp8(wide[:, 32:96])
    assert (part[0] == quantize_mxfp8(wide)[0][:, 32:96]).all()
    turned = quantize_mxfp8(wide[:, ::5].T[:, :0])
    assert turned[0].shape == (32, 0) and turned[1].shape == (32, 0)
    assert quantize_mxfp8(np.zeros((0, 64), np.float32))[1].shape == (0, 2)
    large = np.random.default_rng(6).standard_normal((1100, 1024)).astype(np.float32)  # enough for threads
    codes, scales = quantize_mxfp8(large)
    again = [quantize_mxfp8(row) for row in large]
    assert (codes == np.stack([c for c, _ in again])).all() and (scales == np.stack([s for _, s in again])).all()


def test_policy_for_nan_and_infinity() -> None:
    x = np.full((1, 32), 2.0, np.float32)
    x[0, :4] = [np.nan, -np.nan, 448.0, -1.0]
    codes, scales = quantize_mxfp8(x)
    assert codes[0, :4].tolist() == [0x7F, 0xFF, 0x7E, 0xB8] and scales[0, 0] == 127
    x[0, 1] = -np.inf
    codes, scales = quantize_mxfp8(x)
    assert codes[0, :3].tolist() == [0x7F, 0xFE, 0x00] and scales[0, 0] == 247
    assert quantize_mxfp8(np.full((1, 32), np.nan, np.float32))[1].item() == 0


def test_quantizing_what_was_decoded_changes_no_value() -> None:
    """Codes may change: an amax that rounded down to 224 scales takes the next smaller scale, exactly."""
    x = np.random.default_rng(7).standard_normal((64, 256)).astype(np.float32)
    decoded = dequantize_mxfp8(*quantize_mxfp8(x))
    assert (dequantize_mxfp8(*quantize_mxfp8(decoded.astype(np.float32))) == decoded).all()


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"x: has shape \(2, 33\)"):
        quantize_mxfp8(np.zeros((2, 33), np.float32))
    with pytest.raises(ValueError, match=r"x: has shape \(\)"):
        quantize_mxfp8(np.float32(1.0))
    with pytest.raises(TypeError, match="x: has float64"):
        quantize_mxfp8(np.zeros((2, 32)))
    with pytest.raises(ValueError, match="rule: has 'nearest'"):
        quantize_mxfp8(np.zeros((2, 32), np.float32), "nearest")
    with pytest.raises(ValueError, match=r"scales: has shape \(2,\), needs \(2, 1\)"):
        dequantize_mxfp8(np.zeros((2, 32), np.uint8), np.zeros(2, np.uint8))
    with pytest.raises(ValueError, match="fp32_codes: has 3"):
        quantize_block([0, 0, 0])


@pytest.mark.parametrize("rule", ["rceil", "ocp_floor"])
def test_a_floor_is_the_scalar_quantizers(rule: str) -> None:
    x, floor = hard_blocks(), float(np.float32(1e-30))
    codes, scales = quantize_mxfp8(x, rule, floor)
    for row, bits in enumerate(x.view(np.uint32)):
        expected = quantize_block([int(b) for b in bits], rule, Fraction(floor))
        assert (codes[row].tolist(), int(scales[row, 0])) == expected
    assert (scales != quantize_mxfp8(x, rule)[1]).any()
