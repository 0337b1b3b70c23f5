"""What is a fused MoE called with, at sizes of one's choice?"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def small_moe(tokens: int, hidden: int, inter: int, experts: int, top_k: int) -> dict[str, Any]:
    """Arguments of a fused MoE: random codes without NaN, scale bytes that differ in every row and block."""
    rng = np.random.default_rng(tokens)

    def codes(*shape: int) -> torch.Tensor:
        values = rng.integers(0, 256, shape).astype(np.uint8)
        return torch.from_numpy(np.where(values & 0x7F == 0x7F, values ^ 1, values)).view(torch.float8_e4m3fn)

    def scales(*shape: int) -> torch.Tensor:
        return torch.from_numpy(rng.integers(110, 125, shape).astype(np.uint8))

    return {
        "hidden_states": torch.from_numpy(rng.standard_normal((tokens, hidden)).astype(np.float32)).bfloat16(),
        "w13": codes(experts, 2 * inter, hidden),
        "w13_scale": scales(experts, 2 * inter, hidden // 32),
        "w2": codes(experts, hidden, inter),
        "w2_scale": scales(experts, hidden, inter // 32),
        "topk_weights": torch.from_numpy(rng.random((tokens, top_k)).astype(np.float32)),
        "topk_ids": torch.from_numpy(rng.integers(0, experts, (tokens, top_k)).astype(np.int32)),
        "limit": 7.0,
        "global_num_experts": experts,
    }
