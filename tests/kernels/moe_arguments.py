"""What is a good set of fused-MoE arguments, of which a test spoils one?"""

from __future__ import annotations

from typing import Any

import torch

TOKENS, HIDDEN, INTERMEDIATE, EXPERTS, TOP_K = 3, 256, 128, 4, 2


def good_arguments(hidden: int = HIDDEN, intermediate: int = INTERMEDIATE) -> dict[str, Any]:
    """Keyword arguments that both pipelines accept (the emulation for any multiples of 32)."""

    def codes(*shape: int) -> torch.Tensor:
        return torch.zeros(shape, dtype=torch.uint8).view(torch.float8_e4m3fn)

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
