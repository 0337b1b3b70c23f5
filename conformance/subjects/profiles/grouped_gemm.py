"""How is a shipped grouped GEMM called as a stage? vLLM's kernel and SGLang's began as one and take the same words."""

from collections.abc import Callable
from typing import Any

import torch

from conformance.subjects.base import Stage


def as_stage(shipped: Callable[..., torch.Tensor], **always: Any) -> Stage:
    """``shipped`` with the signature of the stage (conformance/subjects/README.md); always: what it gets beside."""

    def grouped_gemm(
        a_codes: torch.Tensor,
        a_scales: torch.Tensor,
        w: torch.Tensor,
        w_scale: torch.Tensor,
        sorted_token_ids: torch.Tensor,
        expert_ids: torch.Tensor,
        num_tokens_post_padded: torch.Tensor,
        *,
        num_routes: int,
        top_k: int,
        block_m: int,
        out_dtype: torch.dtype,
        topk_weights: torch.Tensor | None = None,
    ) -> torch.Tensor:
        operands = (a_codes, a_scales, w, w_scale, sorted_token_ids, expert_ids, num_tokens_post_padded)
        numbers = (num_routes, top_k, block_m, out_dtype)
        return shipped(*operands, *numbers, a_div=top_k, mul_weight_by=topk_weights, **always)

    return grouped_gemm
