"""What is vLLM's Triton MoE on BF16 weights, as the fallback is measured against it?

Its kernel, its launch and its default choice of tiles, from the file in its wheel; the order of the steps is that of
its ``fused_experts_impl``. Compiled operators are not in that file: alignment, activation and sum are ours.
"""

from __future__ import annotations

import importlib
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import triton
import triton.language as tl

from conformance.subjects.profiles.stand_ins import Names, StandIns
from kernels.activation import swiglu_oai
from kernels.align import moe_align_block_size
from kernels.reduce import moe_sum

_MOE = "vllm.model_executor.layers.fused_moe"
_FILE = f"{_MOE}.fused_moe"


def _nothing(*_: Any, **__: Any) -> None: ...


def _given() -> dict[str, Names]:
    """What the file imports. No switch of vLLM's is on, and the platform is the one that torch was built for."""
    platform = SimpleNamespace(is_rocm=lambda: torch.version.hip is not None)
    unused = {
        f"{_MOE}.modular_kernel": (),
        f"{_MOE}.config": ("FUSED_MOE_UNQUANTIZED_CONFIG", "_get_config_dtype_str"),
        f"{_MOE}.moe_align_block_size": ("moe_align_block_size",),
        f"{_MOE}.utils": (
            *("enable_swap_ab", "moe_kernel_quantize_input", "resolve_moe_use_td", "warn_if_moe_use_td_ineffective"),
        ),
        "vllm._custom_ops": (),
        "vllm.triton_utils.allocation": ("set_triton_allocator",),
        "vllm.utils.math_utils": ("next_power_of_2",),
        "vllm.utils.platform_utils": ("get_device_name_as_file_name",),
        "vllm.utils.torch_utils": ("direct_register_custom_op",),
    }
    return {
        f"{_MOE}.activation": lambda: {"MoEActivation": SimpleNamespace(SILU=None), "apply_moe_activation": _nothing},
        "vllm.envs": lambda: {"VLLM_BATCH_INVARIANT": False},
        "vllm.logger": lambda: {"init_logger": logging.getLogger},
        "vllm.platforms": lambda: {"current_platform": platform},
        "vllm.triton_utils": lambda: {"triton": triton, "tl": tl},
        **{
            module: lambda names=names: {"FusedMoEQuantConfig": object, **dict.fromkeys(names, _nothing)}
            for module, names in unused.items()
        },
    }


def load(folder: Path) -> Any:
    """The MoE of the vLLM in ``folder``: called as the native one, with BF16 weights and None for their scales.

    What was imported of another part of vLLM before is forgotten, and not to be called any more.
    """
    for found in [finder for finder in sys.meta_path if isinstance(finder, StandIns) and finder.package == "vllm"]:
        found.remove()
    StandIns("vllm", folder, (_FILE,), _given()).install()
    theirs = importlib.import_module(_FILE)

    def fused_moe(
        hidden_states: torch.Tensor,
        w13: torch.Tensor,
        _w13_scale: None,
        w2: torch.Tensor,
        _w2_scale: None,
        topk_weights: torch.Tensor,
        topk_ids: torch.Tensor,
        *,
        alpha: float,
        beta: float,
        limit: float | None,
        global_num_experts: int,
        expert_map: torch.Tensor | None,
    ) -> torch.Tensor:
        tokens, top_k = topk_ids.shape
        config = theirs.get_default_config(tokens, len(w13), w2.shape[2], w13.shape[2], top_k, None)
        routing = moe_align_block_size(topk_ids, config["BLOCK_SIZE_M"], global_num_experts, expert_map)

        def product(a: torch.Tensor, w: torch.Tensor, weighted: bool) -> torch.Tensor:
            out = torch.empty((tokens, top_k, w.shape[1]), dtype=a.dtype, device=a.device)
            theirs.invoke_fused_moe_triton_kernel(
                *(a, w, out, None, None, topk_weights, *routing, weighted, 1 if weighted else top_k, config),
                compute_type=tl.bfloat16,
                use_fp8_w8a8=False,
                use_int8_w8a8=False,
                use_int8_w8a16=False,
                use_int4_w4a16=False,
                per_channel_quant=False,
            )
            return out.view(tokens * top_k, w.shape[1])

        activated = swiglu_oai(product(hidden_states, w13, False), alpha=alpha, beta=beta, limit=limit)
        return moe_sum(product(activated, w2, True), top_k, hidden_states.dtype)

    return fused_moe
