"""How does MXFP8 become BF16? In one launch, by integer operations, so that no float unit can flush what is subnormal.

Formats: OCP FP8 v1.0 (E4M3), OCP MX v1.0 (E8M0). BF16 has every product of a code and a scale but for those below its
normal range, which are rounded to nearest even, and those beyond its range, which become infinite.
"""

import torch
import triton
import triton.language as tl

from kernels import validate
from kernels.constants import MX_BLOCK
from kernels.floats import float_bits
from kernels.tiles import cdiv

BLOCKS = 64  # runs of 32 elements that a program decodes
E4M3_TO_FP32 = tl.constexpr((127 - 7) << 23)  # what the two biases differ by, in FP32's exponent field
NAN_CODE = tl.constexpr(0x7F)
BF16_INFINITY = tl.constexpr(0x7F80)
BF16_NAN = tl.constexpr(0x7FC0)


@triton.jit
def bf16_bits(code, byte):
    """BF16 bits (int32) of E4M3 codes times 2**(byte - 127), both int32; byte 255 is NaN."""
    magnitude = code & 0x7F
    # FP32 bits. A subnormal code is an integer multiple of 2**-9, and is converted as that integer.
    small = float_bits(magnitude.to(tl.float32)) - (9 << 23)
    bits = tl.where(magnitude < 8, small, (magnitude << 20) + E4M3_TO_FP32)
    exponent = (bits >> 23) + byte - 127
    significand = ((bits >> 16) & 0x7F) | 0x80
    # Below the normal range: shifted right, to nearest even; a carry to 0x80 is the smallest normal number.
    shift = tl.minimum(tl.maximum(1 - exponent, 1), 15)
    even = (significand >> shift) & 1
    subnormal = (significand + (1 << (shift - 1)) - 1 + even) >> shift
    found = tl.where(exponent >= 1, (exponent << 7) | (significand & 0x7F), subnormal)
    found = tl.where(exponent > 254, BF16_INFINITY, found)
    found = tl.where(magnitude == 0, 0, found)
    found = tl.where((byte == 255) | (magnitude == NAN_CODE), BF16_NAN, found)
    return found | ((code & 0x80) << 8)


@triton.jit(do_not_specialize=["num_blocks"])
def _dequantize_kernel(
    codes_ptr,  # [E, N, K] uint8 (E4M3)
    scales_ptr,  # [E, N, K // 32] uint8 (E8M0)
    experts_ptr,  # [R] int32 or int64, read where HAS_EXPERTS: which [N, K] are decoded
    out_ptr,  # [R, N, K] int16 (BF16)
    num_blocks,
    n,
    blocks_per_row,
    stride_ce,
    stride_cn,
    stride_ck,
    stride_se,
    stride_sn,
    stride_sk,
    HAS_EXPERTS: tl.constexpr,
    BLOCKS: tl.constexpr,
):
    """Each program decodes BLOCKS consecutive blocks of the output."""
    block = tl.program_id(0).to(tl.int64) * BLOCKS + tl.arange(0, BLOCKS)
    live = block < num_blocks
    group = block % blocks_per_row
    row = block // blocks_per_row
    expert = row // n
    row = row % n
    if HAS_EXPERTS:
        expert = tl.load(experts_ptr + expert, mask=live, other=0).to(tl.int64)
    lane = tl.arange(0, MX_BLOCK)
    column = (group * MX_BLOCK)[:, None] + lane[None, :]
    codes = codes_ptr + (expert * stride_ce + row * stride_cn)[:, None] + column * stride_ck
    scales = scales_ptr + expert * stride_se + row * stride_sn + group * stride_sk
    code = tl.load(codes, mask=live[:, None], other=0).to(tl.int32)
    byte = tl.load(scales, mask=live, other=0).to(tl.int32)
    out = out_ptr + (block * MX_BLOCK)[:, None] + lane[None, :]
    tl.store(out, bf16_bits(code, byte[:, None]).to(tl.int16), mask=live[:, None])


def dequantize_mxfp8_to_bf16(
    codes: torch.Tensor,  # [..., K] float8_e4m3fn
    scales: torch.Tensor,  # [..., K // 32] uint8 (E8M0)
) -> torch.Tensor:  # [..., K] BF16, contiguous
    """Decode MXFP8 to BF16: RNE of code * 2**(byte - 127), exact wherever BF16 has the value.

    Byte 0 is 2**-127; byte 255 makes its block NaN. Values beyond BF16's range become infinite. Raises TypeError or
    ValueError naming the argument.
    """
    validate.check_dequantize(codes, scales)
    as_experts = (-1, codes.shape[-2] if codes.dim() > 1 else 1)
    flat_codes, flat_scales = codes, scales
    if codes.dim() != 3 and codes.numel():
        flat_codes, flat_scales = (part.reshape(*as_experts, part.shape[-1]) for part in (codes, scales))
    out = torch.empty(codes.shape, dtype=torch.bfloat16, device=codes.device)
    _launch(flat_codes, flat_scales, None, out)
    return out


def dequantize_experts(
    codes: torch.Tensor,  # [E, N, K] float8_e4m3fn
    scales: torch.Tensor,  # [E, N, K // 32] uint8 (E8M0)
    experts: torch.Tensor,  # [R] int32 or int64
) -> torch.Tensor:  # [R, N, K] BF16, contiguous
    """dequantize_mxfp8_to_bf16 of these experts alone, on checked arguments; no values are read on the host."""
    out = torch.empty((experts.numel(), *codes.shape[1:]), dtype=torch.bfloat16, device=codes.device)
    _launch(codes, scales, experts, out)
    return out


def _launch(codes: torch.Tensor, scales: torch.Tensor, experts: torch.Tensor | None, out: torch.Tensor) -> None:
    num_blocks = out.numel() // MX_BLOCK.value
    if num_blocks == 0:
        return
    _dequantize_kernel[(cdiv(num_blocks, BLOCKS),)](
        codes.view(torch.uint8),
        scales,
        scales if experts is None else experts,  # a pointer that is never read without experts
        out.view(torch.int16),
        num_blocks,
        codes.shape[1],
        scales.shape[2],
        *codes.stride(),
        *scales.stride(),
        HAS_EXPERTS=experts is not None,
        BLOCKS=BLOCKS,
    )
