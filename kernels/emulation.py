"""How does the MXFP8 MoE run on any device? By BF16 matrix products with decoded weights.

Activations stay in BF16:
x -> GEMM 1 -> BF16 -> SwiGLU-OAI in FP32 -> BF16 -> GEMM 2, times the router weight -> BF16 -> sum in FP32 ->
x's dtype.
"""

from functools import cache
from typing import Any

import torch

from kernels import validate
from kernels.activation import swiglu_oai
from kernels.align import moe_align_block_size, used_experts
from kernels.arch import triton_backend
from kernels.constants import DEFAULT_ALPHA, DEFAULT_BETA, MX_BLOCK
from kernels.gemm import grouped_gemm_bf16
from kernels.reduce import moe_sum
from kernels.tiles import choose_block_m

WEIGHT_DTYPES = (torch.float8_e4m3fn, torch.bfloat16)


@cache
def _bf16_table(device: torch.device) -> torch.Tensor:
    """BF16 bits of every scale byte b and E4M3 code c: int16 [65536], at 256 * b + c, RNE of c * 2**(b - 127).

    Integer operations only, so that no float unit can flush what is subnormal. A code's value is its significand
    times 2**(max(E, 1) - 10), with E its exponent field and 8 + mantissa as significand, or mantissa where E is 0.
    Formats: OCP FP8 v1.0 (E4M3), OCP MX v1.0 (E8M0).
    """
    index = torch.arange(1 << 16, dtype=torch.int32, device=device)
    byte, code = index >> 8, index & 0xFF
    field, mantissa = (code >> 3) & 0xF, code & 0x7
    significand = torch.where(field > 0, mantissa | 8, mantissa) << 4
    exponent = field.clamp(min=1) + byte - 127 - 14  # of the significand's last bit, now with 7 fraction bits
    for _ in range(3):  # an E4M3 subnormal is a normal BF16 number: shift its leading bit to the top
        low = (significand > 0) & (significand < 0x80)
        significand, exponent = (torch.where(low, significand << 1, significand), exponent - low.to(torch.int32))
    # BF16: significand * 2**(biased - 134) for biased >= 1; below that, shift right and round to even.
    biased = exponent + 134
    shift = (1 - biased).clamp(0, 15)
    even = (significand >> shift) & 1
    half = torch.where(shift > 0, (torch.ones_like(shift) << shift >> 1) - 1 + even, 0)
    subnormal = (significand + half) >> shift  # a carry to 0x80 is the smallest normal number, as it should be
    bits = torch.where(biased >= 1, (biased << 7) + (significand & 0x7F), subnormal)
    bits = torch.where(significand == 0, 0, bits)
    bits = torch.where((biased > 254) & (significand > 0), 0x7F80, bits)
    bits = torch.where((byte == 255) | (code & 0x7F == 0x7F), 0x7FC0, bits) | ((code & 0x80) << 8)
    return bits.to(torch.int16)


def _table(device: torch.device) -> torch.Tensor:
    """_bf16_table, kept for later calls; not where a graph is captured, for there it has values in a replay only."""
    is_captured = device.type == "cuda" and torch.cuda.is_current_stream_capturing()
    return _bf16_table.__wrapped__(device) if is_captured else _bf16_table(device)


def dequantize_mxfp8_to_bf16(
    codes: torch.Tensor,  # [..., K] float8_e4m3fn
    scales: torch.Tensor,  # [..., K // 32] uint8 (E8M0)
) -> torch.Tensor:  # [..., K] BF16, contiguous
    """Decode MXFP8 to BF16: RNE of code * 2**(byte - 127), exact wherever BF16 has the value.

    Byte 0 is 2**-127; byte 255 makes its block NaN. Values beyond BF16's range become infinite. Raises TypeError or
    ValueError naming the argument.
    """
    validate.check_dequantize(codes, scales)
    table = _table(codes.device)
    out = torch.empty(codes.shape, dtype=torch.bfloat16, device=codes.device)
    if out.numel() == 0:
        return out
    whole = codes.dim() <= 2  # otherwise part by part: the index takes four times the codes' memory
    for part, part_codes, part_scales in [(out, codes, scales)] if whole else zip(out, codes, scales, strict=True):
        index = part_codes.view(torch.uint8).to(torch.int32).unflatten(-1, (-1, MX_BLOCK.value))
        index += part_scales.to(torch.int32).unsqueeze(-1) << 8
        part.view(torch.int16).copy_(table.index_select(0, index.reshape(-1)).view(part.shape))
    return out


def _routing(
    args: validate.MoEArguments, block_m: int
) -> tuple[torch.Tensor | None, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """The weight rows (experts) to decode, and the routes grouped by them; None where all are decoded already.

    Only experts that can have a route are decoded: few tokens do not pay for all the weights.
    """
    if args.is_decoded:
        return None, moe_align_block_size(
            args.topk_ids, block_m, args.global_num_experts, args.expert_map, num_local_experts=args.num_weight_rows
        )
    rows, ids = used_experts(args.topk_ids, args.num_weight_rows, args.expert_map)
    return rows, moe_align_block_size(ids, block_m, rows.numel())


def _bf16_rows(weights: torch.Tensor, scales: Any, rows: torch.Tensor | None) -> torch.Tensor:
    """dequantize_mxfp8_to_bf16 of these rows (experts) only; None where the weights are decoded already."""
    if rows is None:
        return weights
    chosen = weights.view(torch.uint8).index_select(0, rows).view(torch.float8_e4m3fn)
    return dequantize_mxfp8_to_bf16(chosen, scales.index_select(0, rows))


def run(args: validate.MoEArguments) -> torch.Tensor:
    """The emulation pipeline on checked arguments: [T, H] in hidden_states' dtype, in fresh memory."""
    x = args.hidden_states
    if args.is_empty:
        return torch.zeros(x.shape, dtype=x.dtype, device=x.device)
    num_routes = args.topk_ids.numel()
    block_m = choose_block_m(num_routes, args.num_weight_rows, triton_backend())
    rows, routing = _routing(args, block_m)
    gate_up = grouped_gemm_bf16(
        x,
        _bf16_rows(args.w13, args.w13_scale, rows),
        *routing,
        num_routes=num_routes,
        top_k=args.top_k,
        block_m=block_m,
        out_dtype=torch.bfloat16,
    )
    activated = swiglu_oai(gate_up, **args.swiglu.as_keywords())
    routes = grouped_gemm_bf16(
        activated,
        _bf16_rows(args.w2, args.w2_scale, rows),
        *routing,
        num_routes=num_routes,
        top_k=1,
        block_m=block_m,
        out_dtype=torch.bfloat16,
        topk_weights=args.topk_weights.reshape(-1),
    )
    return moe_sum(routes, args.top_k, x.dtype)


def fused_moe_mxfp8_emulation(
    hidden_states: torch.Tensor,  # [T, H] BF16
    w13: torch.Tensor,  # [E, 2I, H] float8_e4m3fn, or BF16
    w13_scale: torch.Tensor | None,  # [E, 2I, H // 32] uint8 (E8M0); None beside BF16
    w2: torch.Tensor,  # [E, H, I] as w13
    w2_scale: torch.Tensor | None,  # [E, H, I // 32] uint8 (E8M0); None beside BF16
    topk_weights: torch.Tensor,  # [T, k] FP32, BF16 or FP16
    topk_ids: torch.Tensor,  # [T, k] int32 or int64
    *,
    alpha: float = DEFAULT_ALPHA,
    beta: float = DEFAULT_BETA,
    limit: float | None = None,
    global_num_experts: int,
    expert_map: torch.Tensor | None = None,  # [global_num_experts] int32 or int64
) -> torch.Tensor:  # [T, H] BF16
    """As fused_moe_mxfp8_native, on every device and for H % 32 == 0, I % 32 == 0, with activations kept in BF16.

    Weights that dequantize_mxfp8_to_bf16 decoded before, with None as their scales, give the same bits.
    """
    return run(
        validate.check_moe(
            *(hidden_states, w13, w13_scale, w2, w2_scale, topk_weights, topk_ids),
            alpha=alpha,
            beta=beta,
            limit=limit,
            global_num_experts=global_num_experts,
            expert_map=expert_map,
            size_multiple=MX_BLOCK.value,
            weight_dtypes=WEIGHT_DTYPES,
        )
    )
