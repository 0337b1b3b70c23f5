"""What is a good set of arguments of the fused MoE or of a grouped GEMM, of which a test spoils one?"""

from __future__ import annotations

from typing import Any

import torch

from kernels.align import moe_align_block_size

TOKENS, HIDDEN, INTERMEDIATE, EXPERTS, TOP_K = 3, 256, 128, 4, 2


def codes(*shape: int) -> torch.Tensor:
    return torch.zeros(shape, dtype=torch.uint8).view(torch.float8_e4m3fn)


def good_arguments(hidden: int = HIDDEN, intermediate: int = INTERMEDIATE) -> dict[str, Any]:
    """Keyword arguments that both pipelines accept (the emulation for any multiples of 32)."""

    def scales(*shape: int) -> torch.Tensor:
        return torch.full(shape, 127, dtype=torch.uint8)

    return {
        "hidden_states": torch.zeros(TOKENS, hidden, dtype=torch.bfloat16),
        "w13": codes(EXPERTS, 2 * intermediate, hidden),
        "w13_scale": scales(EXPERTS, 2 * intermediate, hidden // 32),
        "w2": codes(EXPERTS, hidden, intermediate),
        "w2_scale": scales(EXPERTS, hidden, intermediate // 32),
        "topk_weights": torch.ones(TOKENS, TOP_K),
        "topk_ids": torch.zeros(TOKENS, TOP_K, dtype=torch.int32),
        "alpha": 1.702,
        "beta": 1.0,
        "limit": None,
        "global_num_experts": EXPERTS,
        "expert_map": None,
    }


def gemm_arguments(dtype: torch.dtype) -> dict[str, Any]:
    """Keyword arguments that the grouped GEMM of that dtype accepts."""
    routing = moe_align_block_size(torch.zeros(2, 2, dtype=torch.int32), 16, 3)
    names = ("sorted_token_ids", "expert_ids", "num_tokens_post_padded")
    common = dict(zip(names, routing, strict=True))
    common |= {"num_routes": 4, "top_k": 2, "block_m": 16, "out_dtype": torch.bfloat16, "topk_weights": torch.ones(4)}
    if dtype == torch.bfloat16:
        return {"a": torch.zeros(2, 128, dtype=dtype), "w": torch.zeros(3, 8, 128, dtype=dtype), **common}
    scales = {"a_scales": torch.zeros(2, 4, dtype=torch.uint8), "w_scale": torch.zeros(3, 8, 4, dtype=torch.uint8)}
    return {"a_codes": codes(2, 128), "w": codes(3, 8, 128), **scales, **common}
