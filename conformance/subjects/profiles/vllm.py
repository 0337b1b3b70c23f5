"""Which of vLLM's files are its native MXFP8 MoE, and what stands in for the rest? For releases from 0.24.0 on.

Judged: the Triton kernels of the row quantizer, of SwiGLU-OAI alone and fused, of the grouped GEMM, and the function
that puts them together. Not judged: the compiled operator behind ``moe_align_block_size`` (``profiles.alignment``), the
experts classes, whose base pulls in the server, and the CUDA kernels of other devices. The platform that the files see
is a gfx950, whichever backend runs them, since that is where vLLM selects this path.
"""

import importlib
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from conformance.subjects.abilities import Abilities
from conformance.subjects.base import Subject
from conformance.subjects.profiles import shipped
from conformance.subjects.profiles.alignment import write_blocks
from conformance.subjects.profiles.grouped_gemm import as_stage
from conformance.subjects.profiles.stand_ins import Names, StandIns

_MOE = "vllm.model_executor.layers.fused_moe"
_NATIVE = f"{_MOE}.experts.mxfp8_native_moe"
_ALIGN = f"{_MOE}.moe_align_block_size"
_QUANTIZE = "vllm.model_executor.layers.quantization.utils.mxfp8_utils"
_OPS = "vllm.models.minimax_m3.amd.ops"
_ACTIVATION = f"{_OPS}.swiglu_oai"


def stand_ins(folder: Path) -> StandIns:
    """The importer of the vLLM in ``folder``. Raises ProfileError."""
    return StandIns("vllm", folder, (_NATIVE, _ALIGN, _QUANTIZE, _ACTIVATION), _given())


def subject(found: StandIns) -> Subject:
    """The native path of the vLLM that ``found`` serves."""
    native, quantize, activation = (importlib.import_module(name) for name in (_NATIVE, _QUANTIZE, _ACTIVATION))
    name = f"vllm-{found.version}"
    return Subject(
        name=name,
        pipeline="native",
        expectations=shipped.expectations(name),
        # What the kernels had until 0.29 and 0.31 is no rule of vLLM's: neither a floor of 1e-30, where the function in
        # PyTorch, whose fused form they are, has the contract's, nor floor(log2 amax).
        abilities=Abilities(activation_layouts=("split",), defaults=False),
        stages={
            "fused_moe": native.fused_moe_mxfp8_native,
            "quantize": quantize.mxfp8_e4m3_quantize,
            "activation": activation.swiglu_oai_split,
            "activation_quantize": activation.swiglu_oai_quantize_mxfp8,
            # Only whether there is a map counts: with one, rows that nothing writes are zeros.
            "grouped_gemm": as_stage(native._grouped_gemm_mxfp8, expert_map=True),
        },
    )


def in_torch(found: StandIns) -> Subject:
    """The quantizer in PyTorch beside the kernel, for rows of other than two dimensions, and where there is no GPU."""
    name = f"vllm-torch-{found.version}"
    rows = importlib.import_module(_QUANTIZE)._mxfp8_e4m3_quantize_torch
    return Subject(name, "native", {"quantize": rows}, Abilities(launches_triton=False), shipped.expectations(name))


def _given() -> dict[str, Names]:
    """What the kernel files import of the rest of vLLM."""
    return {
        "vllm.logger": lambda: {"init_logger": logging.getLogger},
        "vllm.platforms": lambda: {"current_platform": _GFX950},
        "vllm.triton_utils": _triton,
        "vllm.utils.math_utils": lambda: {"round_up": lambda x, y: -(-x // y) * y},
        "vllm.utils.torch_utils": lambda: {"direct_register_custom_op": _register},
        "vllm.utils.flashinfer": lambda: {"has_flashinfer": lambda: False},
        "vllm._custom_ops": lambda: {"moe_align_block_size": _align},
        f"{_MOE}.modular_kernel": lambda: {"ExpertTokensMetadata": object},
        f"{_MOE}.experts.mxfp8_emulation_moe": lambda: {"Mxfp8TritonExpertsBase": object},
        _OPS: _ops,
    }


# The platform as vLLM's files ask about it; capabilities are CUDA's.
_ANSWERS = {"is_rocm": True, "is_xpu": False, "supports_mx": True, "has_device_capability": False}
_GFX950 = SimpleNamespace(**{name: lambda *_, answer=answer: answer for name, answer in _ANSWERS.items()})


def _triton() -> dict[str, Any]:
    import triton
    import triton.language as tl

    return {"triton": triton, "tl": tl}


def _ops() -> dict[str, Any]:
    found = importlib.import_module(_ACTIVATION)
    return {name: getattr(found, name) for name in ("swiglu_oai_quantize_mxfp8", "swiglu_oai_split")}


_libraries: list[torch.library.Library] = []


def _register(op_name: str, op_func: Any, fake_impl: Any = None, **_: Any) -> None:
    """torch.ops.vllm.NAME, which is gone with its library: so that is kept."""
    if hasattr(torch.ops.vllm, op_name):
        _libraries.clear()  # another release's, in tests
    library = torch.library.Library("vllm", "FRAGMENT")
    library.define(op_name + torch.library.infer_schema(op_func, mutates_args=()))
    library.impl(op_name, op_func, "CompositeExplicitAutograd")
    _libraries.append(library)


def _align(
    topk_ids: torch.Tensor,
    num_experts: int,
    block_size: int,
    sorted_token_ids: torch.Tensor,
    experts_ids: torch.Tensor,
    num_tokens_post_pad: torch.Tensor,
    expert_map: torch.Tensor | None = None,
    scatter_idx: torch.Tensor | None = None,
) -> None:
    """Routes of ids beyond the experts, and of those that the map sends nowhere or beyond them, are left out.

    Which rows there are it is not told: what the map sends to one behind the weights is the caller's.
    """
    ids = topk_ids.reshape(-1).to(torch.int64)
    valid = (ids >= 0) & (ids < num_experts)
    if expert_map is not None:
        ids = expert_map.to(torch.int64)[ids.clamp(0, num_experts - 1)]
        valid &= (ids >= 0) & (ids < num_experts)
    outputs = (sorted_token_ids, experts_ids, num_tokens_post_pad)
    write_blocks(torch.where(valid, ids, num_experts), num_experts, block_size, *outputs)
