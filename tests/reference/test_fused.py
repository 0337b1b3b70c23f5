"""Are exactly the right scale bytes and codes accepted for a fused SwiGLU + quantize?"""

from __future__ import annotations

import numpy as np
import pytest

from reference.codec import BF16_DTYPE, e4m3_to_float64, e8m0_to_float64
from reference.fused import AcceptedBlocks
from reference.interval import RealInterval
from reference.quantize import dequantize_mxfp8, quantize_mxfp8
from reference.scale_rules import SCALE_RULES


def around(x: np.ndarray, relative: float = 0.0, absolute: float = 0.0) -> RealInterval:
    x = x.astype(np.float64)
    none = np.zeros(x.shape, bool)
    return RealInterval(x - np.abs(x) * relative - absolute, x + np.abs(x) * relative + absolute, none, none)


def gaussian(rows: int = 40, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((rows, 64)) * 2.0 ** rng.integers(-20, 20, (rows, 1))).astype(np.float32)


@pytest.mark.parametrize("rule", sorted(SCALE_RULES))
def test_points_accept_exactly_the_quantizer(rule: str) -> None:
    x = gaussian()
    blocks = AcceptedBlocks(around(x), rule)
    codes, scales = quantize_mxfp8(x, rule)
    byte_ok, code_ok = blocks.membership(codes, scales)
    assert byte_ok.all() and code_ok.all()
    assert (blocks.byte_lo == scales).all() and (blocks.byte_hi == scales).all()
    for wrong in (codes ^ 1, codes ^ 0x80):
        assert not blocks.membership(wrong, scales)[1].any()
    assert not blocks.membership(codes, scales + np.uint8(1))[0].any()
    assert not blocks.membership(codes, scales - np.uint8(1))[0].any()
    hull = blocks.decoded_hull()
    assert (hull.lo == hull.hi).all() and (hull.lo == dequantize_mxfp8(codes, scales)).all()


@pytest.mark.parametrize("rule", sorted(SCALE_RULES))
def test_quantizing_anything_in_the_enclosure_is_accepted(rule: str) -> None:
    scale = 2.0 ** np.arange(-100, 100)[:, None]
    x = (np.random.default_rng(1).standard_normal((200, 64)) * scale).astype(np.float32)
    x[:, :1] = 448.0 * scale  # rceil's boundary straddled in every first block
    x[:, 32:33] = 1.9375 * scale
    enclosure = around(x, 2.0**-20, 1e-37)
    blocks = AcceptedBlocks(enclosure, rule)
    hull = blocks.decoded_hull()
    rng = np.random.default_rng(2)
    both = set()
    for weight in (0.0, 1.0, *rng.random((6, *x.shape))):
        y = (enclosure.lo + weight * (enclosure.hi - enclosure.lo)).astype(np.float32)
        codes, scales = quantize_mxfp8(y, rule)
        byte_ok, code_ok = blocks.membership(codes, scales)
        assert byte_ok.all() and code_ok.all()
        value = dequantize_mxfp8(codes, scales)
        assert ((hull.lo <= value) & (value <= hull.hi)).all()
        both.add(int(scales[100, 0]))
    if rule == "rceil":
        assert len(both) == 2 and (blocks.byte_hi[:, 0] == blocks.byte_lo[:, 0] + 1).all()


def test_codes_are_judged_under_the_observed_byte() -> None:
    x = np.full((1, 32), 448.0, np.float32)
    blocks = AcceptedBlocks(around(x, 2.0**-20))
    low = np.full((1, 32), 0x7E, np.uint8), np.array([[127]], np.uint8)
    high = np.full((1, 32), 0x76, np.uint8), np.array([[128]], np.uint8)
    for codes, scales in (low, high):
        byte_ok, code_ok = blocks.membership(codes, scales)
        assert byte_ok.all() and code_ok.all()
    byte_ok, code_ok = blocks.membership(low[0], high[1])
    assert byte_ok.all() and not code_ok.any()


def test_zero_blocks() -> None:
    zeros = np.where(np.arange(32) % 2 == 0, 0x00, 0x80).astype(np.uint8)[None]
    blocks = AcceptedBlocks(around(np.zeros((1, 32))))
    assert blocks.zero_block.all() and blocks.may_be_zero.all()
    for byte, ok in ((0, True), (1, False), (127, False)):
        byte_ok, code_ok = blocks.membership(zeros, np.array([[byte]], np.uint8))
        assert byte_ok.all() == ok and code_ok.all()
    assert not blocks.membership(zeros, np.array([[255]], np.uint8))[1].any()
    assert not blocks.membership(zeros + np.uint8(1), np.array([[0]], np.uint8))[1].any()
    tiny = AcceptedBlocks(around(np.zeros((1, 32)), absolute=2.0**-126))
    assert not tiny.zero_block.any() and tiny.may_be_zero.all()
    assert tiny.membership(zeros, np.array([[0]], np.uint8))[1].all()


def test_zero_signs_follow_the_enclosure() -> None:
    lo = np.full((1, 32), 1e-6)
    lo[0, 0] = 448.0
    positive = AcceptedBlocks(RealInterval(lo, lo.copy(), np.zeros((1, 32), bool), np.zeros((1, 32), bool)))
    codes, scales = quantize_mxfp8(lo.astype(np.float32))
    assert (codes[0, 1:] == 0).all() and positive.membership(codes, scales)[1].all()
    assert not positive.membership(codes | 0x80, scales)[1].any()
    lo[0, 1:] = 0.0
    both = AcceptedBlocks(RealInterval(lo, lo.copy(), np.zeros((1, 32), bool), np.zeros((1, 32), bool)))
    assert both.membership(codes | np.where(np.arange(32) > 0, 0x80, 0).astype(np.uint8), scales)[1].all()


def test_nan_infinity_and_free() -> None:
    x = np.ones((1, 64), np.float32)
    nan, free = np.zeros((2, 1, 64), bool)
    nan[0, 3] = True
    lo, hi = x.astype(np.float64), x.astype(np.float64)
    lo[0, 32], hi[0, 32] = -np.inf, -np.inf
    blocks = AcceptedBlocks(RealInterval(lo, hi, nan, free))
    assert blocks.open.all()
    codes = np.full((1, 64), 0x12, np.uint8)
    scales = np.array([[3, 200]], np.uint8)
    byte_ok, code_ok = blocks.membership(codes, scales)
    assert byte_ok.all() and np.flatnonzero(~code_ok[0]).tolist() == [3, 32]
    codes[0, 3], codes[0, 32] = 0xFF, 0xFE
    assert blocks.membership(codes, scales)[1].all()
    codes[0, 32] = 0x7E  # the infinity's sign is wrong
    assert not blocks.membership(codes, scales)[1][0, 32]
    assert blocks.membership(np.zeros((1, 64), np.uint8), np.full((1, 2), 255, np.uint8))[
        1
    ].all()  # a NaN byte decodes to NaN
    hull = blocks.decoded_hull()
    assert hull.nan[0, 3] and hull.free.sum() == 63


@pytest.mark.parametrize("sign", [0x00, 0x80])
def test_an_infinity_opens_its_own_block_and_is_the_largest_code_of_its_sign(sign: int) -> None:
    lo = np.ones((1, 64))
    lo[0, 3] = -np.inf if sign else np.inf
    blocks = AcceptedBlocks(RealInterval(lo, lo, *np.zeros((2, 1, 64), bool)))
    assert blocks.open.tolist() == [[True, False]] and not blocks.may_be_zero.any()
    codes, scales = np.full((1, 64), 0x78, np.uint8), np.array([[3, 119]], np.uint8)
    for code in range(256):
        codes[0, 3] = code
        byte_ok, code_ok = blocks.membership(codes, scales)
        right = code in (sign | 0x7E, 0x7F, 0xFF)
        assert byte_ok.all() and code_ok.tolist() == [[place != 3 or right for place in range(64)]]


def test_the_least_value_is_no_zero() -> None:
    least = AcceptedBlocks(around(np.full((1, 32), 2.0**-149)))
    assert not least.may_be_zero.any() and not least.zero_block.any()


def test_hull_over_many_bytes_holds_every_accepted_value() -> None:
    lo, hi = np.full((1, 32), -1e-3), np.full((1, 32), 5.0)
    lo[0, 0] = 0.0
    blocks = AcceptedBlocks(RealInterval(lo, hi, np.zeros((1, 32), bool), np.zeros((1, 32), bool)))
    hull = blocks.decoded_hull()
    for byte in range(int(blocks.byte_lo[0, 0]), int(blocks.byte_hi[0, 0]) + 1):
        low, high = blocks.code_range(np.array([[byte]], np.uint8))
        scale = e8m0_to_float64(np.array([byte], np.uint8))[0]
        assert (hull.lo <= e4m3_to_float64(low) * scale).all() and (e4m3_to_float64(high) * scale <= hull.hi).all()


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="enclosure: has shape"):
        AcceptedBlocks(around(np.zeros((1, 31))))
    blocks = AcceptedBlocks(around(np.zeros((1, 32))))
    with pytest.raises(ValueError, match="codes: has shape"):
        blocks.membership(np.zeros((1, 64), np.uint8), np.zeros((1, 1), np.uint8))
    with pytest.raises(ValueError, match="scales: has shape"):
        blocks.membership(np.zeros((1, 32), np.uint8), np.zeros((1, 2), np.uint8))


def test_values_rounded_to_bf16_are_accepted_and_others_are_not() -> None:
    x = gaussian()
    narrow = x.astype(BF16_DTYPE).astype(np.float32)
    blocks = AcceptedBlocks(around(x), bf16_between=True)
    for values, right in ((narrow, True), (x, False)):
        byte_ok, code_ok = blocks.membership(*quantize_mxfp8(values))
        assert (byte_ok.all() and code_ok.all()) == right
    wide = AcceptedBlocks(around(x, 2.0**-20), bf16_between=True)
    for factor in (1 - 2.0**-21, 1 + 2.0**-21):
        near = (x.astype(np.float64) * factor).astype(np.float32).astype(BF16_DTYPE)
        byte_ok, code_ok = wide.membership(*quantize_mxfp8(near))
        assert byte_ok.all() and code_ok.all()


def test_a_floor_decides_the_bytes_of_zero_and_of_tiny_blocks() -> None:
    floor = float(np.float32(1e-30))
    x = np.zeros((2, 32), np.float32)
    x[1] = 1e-33
    blocks = AcceptedBlocks(around(x), floor=floor)
    assert (blocks.byte_lo == blocks.byte_hi).all() and (blocks.byte_lo == 19).all()
    assert all(part.all() for part in blocks.membership(*quantize_mxfp8(x, floor=floor)))
    assert not blocks.membership(*quantize_mxfp8(x))[0].any()
