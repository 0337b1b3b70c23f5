"""How does the MXFP8 MoE run on matrix cores that take MXFP8?

Tokens are quantized once; both GEMMs read E4M3 codes and E8M0 bytes as they are stored:
    x -> MXFP8 -> GEMM 1 -> x's dtype -> SwiGLU-OAI -> MXFP8 -> GEMM 2, times the router weight -> FP32 -> sum
    -> x's dtype.
On devices whose matrix cores do not take MXFP8, Triton computes the same products in BF16.
"""

import torch

from kernels import validate
from kernels.activation import launch_swiglu_quantize
from kernels.align import align
from kernels.arch import triton_backend
from kernels.constants import DEFAULT_ALPHA, DEFAULT_BETA, K_GRANULARITY
from kernels.gemm import launch_mxfp8_gemm
from kernels.quantize import launch_quantize
from kernels.reduce import launch_sum
from kernels.tiles import choose_block_m
from kernels.validate import GroupedGemm


def run(args: validate.MoEArguments) -> torch.Tensor:
    """The native pipeline on checked arguments: [T, H] in hidden_states' dtype, in fresh memory."""
    x = args.hidden_states
    if args.is_empty:
        return torch.zeros(x.shape, dtype=x.dtype, device=x.device)
    num_routes = args.topk_ids.numel()
    block_m = choose_block_m(num_routes, args.num_weight_rows, triton_backend())
    routing = align(args.topk_ids, block_m, args.num_weight_rows, args.expert_map)
    codes, scales = launch_quantize(x)
    gate_up = GroupedGemm(
        codes,
        args.w13,
        *routing.blocks,
        num_routes=num_routes,
        top_k=args.top_k,
        block_m=block_m,
        out_dtype=x.dtype,
        a_scales=scales,
        w_scale=args.w13_scale,
    )
    codes, scales = launch_swiglu_quantize(launch_mxfp8_gemm(gate_up), args.swiglu, "split")
    routes = GroupedGemm(
        codes,
        args.w2,
        *routing.blocks,
        num_routes=num_routes,
        top_k=1,
        block_m=block_m,
        out_dtype=torch.float32,
        topk_weights=args.topk_weights.reshape(-1),
        a_scales=scales,
        w_scale=args.w2_scale,
    )
    return launch_sum(launch_mxfp8_gemm(routes), args.top_k, x.dtype, routing.local_experts)


def fused_moe_mxfp8_native(
    hidden_states: torch.Tensor,  # [T, H] BF16
    w13: torch.Tensor,  # [E, 2I, H] float8_e4m3fn
    w13_scale: torch.Tensor,  # [E, 2I, H // 32] uint8 (E8M0)
    w2: torch.Tensor,  # [E, H, I] float8_e4m3fn
    w2_scale: torch.Tensor,  # [E, H, I // 32] uint8 (E8M0)
    topk_weights: torch.Tensor,  # [T, k] FP32, BF16 or FP16
    topk_ids: torch.Tensor,  # [T, k] int32 or int64
    *,
    alpha: float = DEFAULT_ALPHA,
    beta: float = DEFAULT_BETA,
    limit: float | None = None,
    global_num_experts: int,
    expert_map: torch.Tensor | None = None,  # [global_num_experts] int32 or int64
) -> torch.Tensor:  # [T, H] BF16
    """MXFP8 MoE with split SwiGLU-OAI, both GEMMs by dot_scaled; H % 128 == 0 and I % 128 == 0.

    alpha, beta, limit: numbers, read as FP32; limit None means no clamp.
    expert_map: global id -> weight row; whatever is none (-1, say) means not on this rank, and several ids may share a
    row. Without one, an id is the weight row. A route to no weight row adds nothing. No tensor's values are read on
    the host, so a graph may capture the call.
    There is no derivative: what requires grad is refused while grad mode is enabled.
    Raises TypeError or ValueError naming the argument, before anything is launched.
    """
    return run(
        validate.check_moe(
            hidden_states,
            w13,
            w13_scale,
            w2,
            w2_scale,
            topk_weights,
            topk_ids,
            alpha=alpha,
            beta=beta,
            limit=limit,
            global_num_experts=global_num_experts,
            expert_map=expert_map,
            size_multiple=K_GRANULARITY,
        )
    )
