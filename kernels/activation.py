"""What is SwiGLU-OAI of a row, stored as it is or quantized to MXFP8 on the way?

With limit L (None: no clamp): g = min(gate, L), u = min(max(up, -L), L) and
    result = g * sigmoid(alpha * g) * (u + beta).
The gate is clamped from above only. A NaN in gate or up makes the result NaN.

Accuracy against the exact real result r, over the whole range of FP32:
    |error| <= (8 + |alpha * g|) * 2**-23 * |r| + 2**-126.
The plain formula breaks that: its exp overflows at 88.7, where a huge u + beta still makes r large. Therefore
the factors are kept as significands in [1, 2) with integer exponents until one final scaling:
    a = |alpha * g|, n = round(a / ln 2), f = exp(-(a - n ln 2)) in [0.70, 1.42], E = f * 2**-n = exp(-a),
    sigmoid = 1 / (1 + E) where alpha * g >= 0, and E / (1 + E) where it is negative.
Errors in units of 2**-23: f has at most 3 (2 from an exp2 within 2 ulp, 1 from its argument), and with E <= 1
that shifts 1 + E by at most 1.5; the sums 1 + E and u + beta, the quotient, both products and the final
scaling add at most 1/2 each; rounding alpha * g costs |alpha * g| / 2 of them. Together at most
7.5 + |alpha * g| / 2.
alpha * g == 0 makes f and E exactly 1, so the result is g / 2 * (u + beta) rounded once; alpha * g >= 32
makes 1 + E exactly 1, so it is g * (u + beta) rounded once.
"""

from typing import Any

import torch
import triton
import triton.language as tl

from kernels import validate
from kernels.arch import triton_backend
from kernels.constants import DEFAULT_ALPHA, DEFAULT_BETA, MX_BLOCK
from kernels.floats import MAGNITUDE_MASK, float_bits, from_bits, is_nan, power_of_two, significand_and_exponent
from kernels.quantize import encode
from kernels.tiles import cdiv, row_tile
from kernels.validate import SwigluParams

LOG2_E = tl.constexpr(1.4426950408889634)
# ln 2 in two parts (Cody and Waite): LN2_HIGH has 13 significant bits, so n * LN2_HIGH is exact for n < 2**11.
LN2_HIGH = tl.constexpr(0.693115234375)
LN2_LOW = tl.constexpr(3.194618494530942e-05)
# exp(-1024) is below 2**-1477: no product of two finite FP32 numbers brings that back above 2**-126.
LARGEST_ARGUMENT = tl.constexpr(1024.0)
LEAST_ORDINARY = tl.constexpr((127 - 30) << 24)  # bits of 2**-30, shifted left by the sign
ORDINARY_SPAN = tl.constexpr(35 << 24)  # as far as 2**-30 is from 32


@triton.jit
def _exp_minus(a):
    """(f, n) with exp(-a) == f * 2**-n and f in [0.70, 1.42], for FP32 0 <= a <= 1024; a == 0 gives (1, 0) exactly."""
    n = tl.floor(a * LOG2_E + 0.5)
    remainder = (a - n * LN2_HIGH) - n * LN2_LOW
    return tl.exp2(-remainder * LOG2_E), n.to(tl.int32)


@triton.jit
def _scale(x, n):
    """x * 2**n for int32 n and 2**-3 < |x| < 2**3 (or zero or Inf), rounded at most once."""
    n = tl.maximum(tl.minimum(n, 252), -252)
    half = n >> 1
    return (x * power_of_two(half)) * power_of_two(n - half)


@triton.jit
def swiglu_oai_f32(gate, up, alpha, beta, limit, HAS_LIMIT: tl.constexpr):
    """SwiGLU-OAI in FP32, elementwise; gate and up FP32 of one shape, alpha, beta and limit FP32 scalars."""
    nan = is_nan(gate) | is_nan(up)
    if HAS_LIMIT:
        gate = tl.where(gate > limit, limit, gate)
        up = tl.where(up > limit, limit, up)
        up = tl.where(up < -limit, -limit, up)
    x = gate * alpha
    a = tl.abs(x)
    f, n = _exp_minus(tl.where(a < LARGEST_ARGUMENT, a, LARGEST_ARGUMENT))
    negative = x < 0.0
    denominator = 1.0 + f * power_of_two(-tl.minimum(n, 126))
    # up + beta could overflow where the whole result does not: halve both, which is exact for such an up.
    halve = tl.abs(up) > 1.0e30
    shifted = tl.where(halve, up * 0.5, up) + tl.where(halve, beta * 0.5, beta)

    g, g_exponent = significand_and_exponent(gate)
    u, u_exponent = significand_and_exponent(shifted)
    # an infinite gate times a sigmoid of minus infinity has the limit zero, with the gate's sign
    signed_zero = from_bits(float_bits(gate) ^ (float_bits(gate) & MAGNITUDE_MASK))
    g = tl.where(negative & (tl.abs(gate) == float("inf")), signed_zero, g)
    product = tl.div_rn(tl.where(negative, g * f, g), denominator) * u
    exponent = g_exponent + u_exponent + halve.to(tl.int32) - tl.where(negative, n, 0)
    return tl.where(nan, float("nan"), _scale(product, exponent))


@triton.jit
def _are_ordinary(gate, up, alpha, beta, limit, HAS_LIMIT: tl.constexpr):
    """Whether alpha and beta are in [2**-4, 2**4], each |alpha * gate| in [2**-30, 32) and each |up| below 2**13.

    Then |gate| is in [2**-34, 2**9), up + beta zero or at least 2**-28, exp(-|alpha * gate|) at least 2**-47, and so a
    result that is not zero at least 2**-111, as is what leads to it. The clamp, still to come, keeps that where its
    limit is at least 2**-4. One maximum of bits without signs says it: SPAN is that of 2**13 itself, halved.
    """
    argument = (float_bits(gate * alpha) << 1) - LEAST_ORDINARY
    magnitude = (float_bits(up) & MAGNITUDE_MASK) >> 1
    far = tl.maximum(argument.to(tl.uint32, bitcast=True), magnitude.to(tl.uint32, bitcast=True))
    numbers = (alpha >= 0.0625) & (alpha <= 16.0) & (beta >= 0.0625) & (beta <= 16.0)
    if HAS_LIMIT:
        numbers = numbers & (limit >= 0.0625)
    return numbers & (tl.max(far) < ORDINARY_SPAN)


@triton.jit
def activate(gate, up, alpha, beta, limit, HAS_LIMIT: tl.constexpr):
    """swiglu_oai_f32, in fewer steps of the same bits where none leaves the normal numbers: powers of two are exact."""
    if _are_ordinary(gate, up, alpha, beta, limit, HAS_LIMIT):
        if HAS_LIMIT:
            gate = tl.clamp(gate, -512.0, limit)  # no ordinary one is below
            up = tl.clamp(up, -limit, limit)
        x = gate * alpha
        f, n = _exp_minus(tl.abs(x))
        e = f * power_of_two(-n)
        result = tl.div_rn(tl.where(x < 0.0, gate * e, gate), 1.0 + e) * (up + beta)
    else:
        result = swiglu_oai_f32(gate, up, alpha, beta, limit, HAS_LIMIT)
    return result


@triton.jit
def _program_blocks(num_blocks, blocks_per_row, BLOCKS: tl.constexpr):
    """(block [B], whether it exists, its row int64 [B, 1], its columns [B, 32]) of a program's B = BLOCKS blocks."""
    block = tl.program_id(0) * BLOCKS + tl.arange(0, BLOCKS)
    row = (block // blocks_per_row).to(tl.int64)[:, None]
    column = ((block % blocks_per_row) * MX_BLOCK)[:, None] + tl.arange(0, MX_BLOCK)[None, :]
    return block, block < num_blocks, row, column


@triton.jit
def _load_and_activate(
    gate_up_ptr,  # [R, 2I] BF16, FP16 or FP32
    row,  # [B, 1] int64
    column,  # [B, 32] int32
    mask,
    intermediate,
    stride_row,
    alpha,
    beta,
    limit,
    HAS_LIMIT: tl.constexpr,
    INTERLEAVED: tl.constexpr,
):
    """SwiGLU-OAI of elements (row, column) of the output, FP32 [B, 32]."""
    start = gate_up_ptr + row * stride_row
    if INTERLEAVED:
        gate_ptr = start + 2 * column
        up_ptr = gate_ptr + 1
    else:
        gate_ptr = start + column
        up_ptr = gate_ptr + intermediate
    gate = tl.load(gate_ptr, mask=mask, other=1.0).to(tl.float32)  # an ordinary number
    up = tl.load(up_ptr, mask=mask, other=0.0).to(tl.float32)
    return activate(gate, up, alpha, beta, limit, HAS_LIMIT)


@triton.jit(do_not_specialize=["num_blocks", "blocks_per_row"])
def _swiglu_kernel(
    gate_up_ptr,  # [R, 2I] BF16, FP16 or FP32, rows stride_row apart
    out_ptr,  # [R, I] BF16, FP16 or FP32
    num_blocks,
    blocks_per_row,
    intermediate,
    stride_row,
    alpha,
    beta,
    limit,
    HAS_LIMIT: tl.constexpr,
    INTERLEAVED: tl.constexpr,
    BLOCKS: tl.constexpr,
):
    """BLOCKS runs of 32 outputs per program, stored in the output's dtype."""
    _, live, row, column = _program_blocks(num_blocks, blocks_per_row, BLOCKS)
    mask = live[:, None] & (column < intermediate)
    value = _load_and_activate(
        gate_up_ptr, row, column, mask, intermediate, stride_row, alpha, beta, limit, HAS_LIMIT, INTERLEAVED
    )
    tl.store(out_ptr + row * intermediate + column, value.to(out_ptr.dtype.element_ty), mask=mask)


@triton.jit(do_not_specialize=["num_blocks", "blocks_per_row"])
def _swiglu_quantize_kernel(
    gate_up_ptr,  # [R, 2I] BF16, FP16 or FP32, rows stride_row apart
    codes_ptr,  # [R, I] uint8 (E4M3)
    scales_ptr,  # [R, I // 32] uint8 (E8M0)
    num_blocks,
    blocks_per_row,
    intermediate,
    stride_row,
    alpha,
    beta,
    limit,
    HAS_LIMIT: tl.constexpr,
    INTERLEAVED: tl.constexpr,
    BLOCKS: tl.constexpr,
):
    """BLOCKS MX blocks per program; the FP32 activation is quantized without being rounded in between."""
    block, live, row, column = _program_blocks(num_blocks, blocks_per_row, BLOCKS)
    value = _load_and_activate(
        gate_up_ptr, row, column, live[:, None], intermediate, stride_row, alpha, beta, limit, HAS_LIMIT, INTERLEAVED
    )
    codes, byte = encode(value)
    lane = tl.arange(0, MX_BLOCK)[None, :]
    block = block.to(tl.int64)
    tl.store(codes_ptr + block[:, None] * MX_BLOCK + lane, codes, mask=live[:, None])
    tl.store(scales_ptr + block, byte, mask=live)


def _launch(
    kernel: Any,
    gate_up: torch.Tensor,
    results: tuple[torch.Tensor, ...],
    intermediate: int,
    params: SwigluParams,
    layout: str,
) -> None:
    """Launch over all runs of 32 outputs, where there are any."""
    blocks_per_row = cdiv(intermediate, MX_BLOCK.value)
    num_blocks = gate_up.shape[0] * blocks_per_row
    if num_blocks == 0:
        return
    gate_up = gate_up if gate_up.stride(1) == 1 else gate_up.contiguous()
    tile = row_tile(num_blocks, triton_backend(), activates=True)
    kernel[(cdiv(num_blocks, tile.blocks),)](
        gate_up,
        *results,
        num_blocks,
        blocks_per_row,
        intermediate,
        gate_up.stride(0),
        *params.as_kernel_arguments(),
        HAS_LIMIT=params.has_limit,
        INTERLEAVED=layout == "interleaved",
        BLOCKS=tile.blocks,
        num_warps=tile.num_warps,
    )


def launch_swiglu(gate_up: torch.Tensor, params: SwigluParams, layout: str, out_dtype: torch.dtype) -> torch.Tensor:
    """swiglu_oai of checked arguments."""
    rows, intermediate = gate_up.shape[0], gate_up.shape[1] // 2
    out = torch.empty((rows, intermediate), dtype=out_dtype, device=gate_up.device)
    _launch(_swiglu_kernel, gate_up, (out,), intermediate, params, layout)
    return out


def launch_swiglu_quantize(
    gate_up: torch.Tensor, params: SwigluParams, layout: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """swiglu_oai_quantize_mxfp8 of checked arguments."""
    rows, intermediate = gate_up.shape[0], gate_up.shape[1] // 2
    codes = torch.empty((rows, intermediate), dtype=torch.float8_e4m3fn, device=gate_up.device)
    scales = torch.empty((rows, intermediate // MX_BLOCK.value), dtype=torch.uint8, device=gate_up.device)
    _launch(_swiglu_quantize_kernel, gate_up, (codes.view(torch.uint8), scales), intermediate, params, layout)
    return codes, scales


def swiglu_oai(
    gate_up: torch.Tensor,  # [R, 2I] BF16, FP16 or FP32
    *,
    alpha: float = DEFAULT_ALPHA,
    beta: float = DEFAULT_BETA,
    limit: float | None = None,
    layout: str = "split",
    out_dtype: torch.dtype | None = None,
) -> torch.Tensor:  # [R, I] of out_dtype
    """SwiGLU-OAI of each row, computed in FP32 and rounded once (RNE) to out_dtype; gate_up's when None.

    layout: "split" (gate = first I columns) or "interleaved" (gate0, up0, gate1, ...). alpha, beta and limit are
    read as FP32; limit None means no clamp, 0.0 is a real limit.
    Raises TypeError or ValueError naming the argument; nothing is launched then.
    """
    params = validate.check_swiglu(gate_up, alpha, beta, limit, layout, multiple=1, out_dtype=out_dtype)
    return launch_swiglu(gate_up, params, layout, out_dtype or gate_up.dtype)


def swiglu_oai_quantize_mxfp8(
    gate_up: torch.Tensor,  # [R, 2I] BF16, FP16 or FP32, I % 32 == 0
    *,
    alpha: float = DEFAULT_ALPHA,
    beta: float = DEFAULT_BETA,
    limit: float | None = None,
    layout: str = "split",
) -> tuple[torch.Tensor, torch.Tensor]:  # codes [R, I] float8_e4m3fn, scales [R, I // 32] uint8 (E8M0)
    """SwiGLU-OAI of each row in FP32, quantized to MXFP8 (rule rceil) with no rounding in between.

    The numbers and the layout are those of swiglu_oai.
    Raises TypeError or ValueError naming the argument; nothing is launched then.
    """
    params = validate.check_swiglu(gate_up, alpha, beta, limit, layout, multiple=MX_BLOCK.value)
    return launch_swiglu_quantize(gate_up, params, layout)
