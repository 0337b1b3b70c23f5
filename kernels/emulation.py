"""How does the MXFP8 MoE run on any device? By BF16 matrix products with decoded weights.

Activations stay in BF16:
x -> GEMM 1 -> BF16 -> SwiGLU-OAI in FP32 -> BF16 -> GEMM 2, times the router weight -> BF16 -> sum in FP32 ->
x's dtype.
"""

from typing import Any

import torch

from kernels import validate
from kernels.activation import launch_swiglu
from kernels.align import Routing, align, used_experts
from kernels.arch import triton_backend
from kernels.constants import DEFAULT_ALPHA, DEFAULT_BETA, MX_BLOCK
from kernels.dequantize import dequantize_experts
from kernels.gemm import launch_bf16_gemm
from kernels.reduce import launch_sum
from kernels.tiles import choose_block_m
from kernels.validate import GroupedGemm

WEIGHT_DTYPES = (torch.float8_e4m3fn, torch.bfloat16)


def _routing(args: validate.MoEArguments, block_m: int) -> tuple[torch.Tensor | None, Routing]:
    """The weight rows (experts) to decode, and the routes grouped by them; None where all are decoded already.

    Only experts that can have a route are decoded: few tokens do not pay for all the weights.
    """
    routing = align(args.topk_ids, block_m, args.num_weight_rows, args.expert_map)
    return (None, routing) if args.is_decoded else used_experts(routing, block_m, args.num_weight_rows)


def _bf16_rows(weights: torch.Tensor, scales: Any, rows: torch.Tensor | None) -> torch.Tensor:
    """The weights of these rows (experts), decoded; all of them as they are where they are decoded already."""
    return weights if rows is None else dequantize_experts(weights, scales, rows)


def run(args: validate.MoEArguments) -> torch.Tensor:
    """The emulation pipeline on checked arguments: [T, H] in hidden_states' dtype, in fresh memory."""
    x = args.hidden_states
    if args.is_empty:
        return torch.zeros(x.shape, dtype=x.dtype, device=x.device)
    num_routes = args.topk_ids.numel()
    block_m = choose_block_m(num_routes, args.num_weight_rows, triton_backend())
    rows, routing = _routing(args, block_m)
    gate_up = GroupedGemm(
        x,
        _bf16_rows(args.w13, args.w13_scale, rows),
        *routing.blocks,
        num_routes=num_routes,
        top_k=args.top_k,
        block_m=block_m,
        out_dtype=torch.bfloat16,
    )
    activated = launch_swiglu(launch_bf16_gemm(gate_up), args.swiglu, "split", torch.bfloat16)
    routes = GroupedGemm(
        activated,
        _bf16_rows(args.w2, args.w2_scale, rows),
        *routing.blocks,
        num_routes=num_routes,
        top_k=1,
        block_m=block_m,
        out_dtype=torch.bfloat16,
        topk_weights=args.topk_weights.reshape(-1),
    )
    return launch_sum(launch_bf16_gemm(routes), args.top_k, x.dtype, routing.local_experts)


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
