"""How do rows become MXFP8: E4M3 codes, and one E8M0 scale byte per 32 elements?

The scale rule is "round up" (rceil): the least exponent e, clamped to [-127, 127], with amax <= 448 * 2**e,
so that nothing saturates. Formats: OCP Microscaling Formats (MX) v1.0, sections 5 and 6; E4M3 as in OCP FP8 v1.0.

Declared policy for what is not a number:
- A NaN element becomes the NaN code with the element's sign and takes no part in amax, so the rest of its block
  keeps the values it has without it.
- An infinite element makes amax infinite: the block gets byte 247 (2**120, the byte of the largest finite amax)
  and the element saturates to +-448.
"""

import torch
import triton
import triton.language as tl

from kernels import validate
from kernels.arch import triton_backend
from kernels.constants import MX_BLOCK
from kernels.floats import INFINITY_BITS, MAGNITUDE_MASK, MANTISSA_MASK, MIN_NORMAL, float_bits, from_bits, power_of_two
from kernels.tiles import cdiv, row_tile

# amax = 1.m * 2**(E - 127) fits under 448 * 2**e = 1.75 * 2**(e + 8) for e = E - 135, unless 1.m > 1.75.
MANTISSA_OF_448 = tl.constexpr(0x600000)
LEAST_ORDINARY_AMAX = tl.constexpr(27 << 23)  # bits of 2**-100: what is subnormal is far below the smallest code's half


@triton.jit
def scale_byte_rceil(amax_bits):
    """E8M0 byte (int32) of the FP32 magnitude whose bits are ``amax_bits``; below 2**-126 counts as 2**-126."""
    amax_bits = tl.maximum(amax_bits, MIN_NORMAL)
    round_up = ((amax_bits & MANTISSA_MASK) > MANTISSA_OF_448).to(tl.int32)
    return tl.maximum((amax_bits >> 23) - 8 + round_up, 0)


@triton.jit
def encode_blocks(x):
    """MXFP8 of one block per row: FP32 [R, 32] -> E4M3 codes uint8 [R, 32], E8M0 bytes uint8 [R]."""
    bits = float_bits(x)
    magnitude = bits & MAGNITUDE_MASK
    nan = magnitude > INFINITY_BITS
    byte = scale_byte_rceil(tl.max(tl.where(nan, 0, magnitude), axis=1))

    # |x| * 2**(127 - byte), exactly. A subnormal x is `magnitude` times 2**-149, with the power moved into
    # the factor, so that neither operand is ever subnormal; where that factor has to stop at 2**-126 the
    # product is far below the smallest code's half and rounds to zero with either factor.
    subnormal = magnitude < MIN_NORMAL
    operand = tl.where(subnormal, magnitude.to(tl.float32), from_bits(magnitude))
    exponent = 127 - byte[:, None]
    exponent = tl.where(subnormal, tl.maximum(exponent - 149, -126), exponent)
    scaled = operand * power_of_two(exponent)

    # Only Inf can exceed 448 here. NaN is set aside: compare-and-select keeps the cast free of special cases.
    scaled = tl.where(scaled > 448.0, 448.0, scaled)
    scaled = tl.where(nan, 0.0, scaled)
    code = scaled.to(tl.float8e4nv).to(tl.uint8, bitcast=True).to(tl.int32)
    code = tl.where(nan, 0x7F, code) | ((bits >> 24) & 0x80)
    return code.to(tl.uint8), byte.to(tl.uint8)


@triton.jit
def encode(x):
    """encode_blocks, in fewer steps where all numbers are ordinary.

    Where the amax of each row is 0 or ordinary there is no NaN and no Inf, the factor of each row is normal, and a
    subnormal element rounds to a zero of its sign, flushed or not: the cast gives the codes by itself.
    """
    amax_bits = tl.max(float_bits(x) & MAGNITUDE_MASK, axis=1)
    is_ordinary = (amax_bits == 0) | ((amax_bits >= LEAST_ORDINARY_AMAX) & (amax_bits < INFINITY_BITS))
    if tl.min(is_ordinary.to(tl.int32)) == 1:
        byte = scale_byte_rceil(amax_bits)
        codes = (x * power_of_two(127 - byte)[:, None]).to(tl.float8e4nv).to(tl.uint8, bitcast=True)
        bytes_ = byte.to(tl.uint8)
    else:
        codes, bytes_ = encode_blocks(x)
    return codes, bytes_


@triton.jit(do_not_specialize=["num_blocks", "blocks_per_row"])
def _quantize_kernel(
    x_ptr,  # [R, K] BF16, FP16 or FP32, rows stride_row apart
    codes_ptr,  # [R, K] uint8 (E4M3)
    scales_ptr,  # [R, K // 32] uint8 (E8M0)
    num_blocks,
    blocks_per_row,
    stride_row,
    BLOCKS: tl.constexpr,
):
    """Each program takes BLOCKS consecutive blocks of the flattened [R, K // 32] block grid."""
    block = tl.program_id(0) * BLOCKS + tl.arange(0, BLOCKS)
    live = block < num_blocks
    row = (block // blocks_per_row).to(tl.int64)
    column = (block % blocks_per_row) * MX_BLOCK
    lane = tl.arange(0, MX_BLOCK)
    x = tl.load(x_ptr + (row * stride_row + column)[:, None] + lane[None, :], mask=live[:, None], other=0.0)
    codes, byte = encode(x.to(tl.float32))
    block = block.to(tl.int64)
    tl.store(codes_ptr + (block * MX_BLOCK)[:, None] + lane[None, :], codes, mask=live[:, None])
    tl.store(scales_ptr + block, byte, mask=live)


def launch_quantize(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """mxfp8_quantize of a checked argument."""
    k = x.shape[-1]
    codes = torch.empty(x.shape, dtype=torch.float8_e4m3fn, device=x.device)
    scales = torch.empty((*x.shape[:-1], k // MX_BLOCK.value), dtype=torch.uint8, device=x.device)
    if scales.numel() == 0:
        return codes, scales
    rows = x.reshape(-1, k)  # a view wherever one row stride describes all rows
    if rows.stride(1) != 1:
        rows = rows.contiguous()
    tile = row_tile(scales.numel(), triton_backend(), activates=False)
    _quantize_kernel[(cdiv(scales.numel(), tile.blocks),)](
        rows,
        codes.view(torch.uint8),
        scales,
        scales.numel(),
        k // MX_BLOCK.value,
        rows.stride(0),
        BLOCKS=tile.blocks,
        num_warps=tile.num_warps,
    )
    return codes, scales


def mxfp8_quantize(
    x: torch.Tensor,  # [..., K] BF16, FP16 or FP32, K % 32 == 0
) -> tuple[torch.Tensor, torch.Tensor]:  # codes [..., K] float8_e4m3fn, scales [..., K // 32] uint8, both contiguous
    """Quantize along the last axis to MXFP8 (rule rceil; NaN and Inf as this module's docstring declares).

    Any leading shape, also zero rows; rows may be strided.
    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape; nothing is launched then.
    """
    validate.check_quantize(x)
    return launch_quantize(x)
