"""Which of SGLang's files are its native MXFP8 MoE, and what stands in for the rest? For releases from 0.5.14 on.

Judged: the Triton kernels of the MoE that SGLang selects on gfx95 (``use_mxfp8``): row quantizer, SwiGLU-OAI alone and
fused, grouped GEMM, sum of routes, and the function that puts them together. Not judged: the compiled alignment
operator of ``sgl_kernel`` (``profiles.alignment``), and the paths of NVIDIA GPUs, which are FlashInfer's, CUTLASS' and
DeepGEMM's. The platform that the files see is ROCm. By default SGLang rounds to BF16 between activation and
quantization; its own variables SGLANG_MINIMAX_M3_FUSED_SWIGLU_MXFP8 and SGLANG_MINIMAX_M3_FUSED_MOE_COMBINE switch to
the fused kernels here as there, and the declared abilities with them.
"""

import importlib
import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from conformance.subjects.abilities import DTYPES, Abilities
from conformance.subjects.base import Stage, Subject
from conformance.subjects.profiles import shipped
from conformance.subjects.profiles.alignment import write_blocks
from conformance.subjects.profiles.grouped_gemm import as_stage
from conformance.subjects.profiles.stand_ins import Names, StandIns

_OPS = "sglang.kernels.ops"
_RUNNER = "sglang.srt.layers.moe.moe_runner.triton_utils"
_ALIGN = f"{_RUNNER}.moe_align_block_size"
# Where each file lies, in the newest release first: from 0.5.23, 0.5.17, 0.5.16, 0.5.14 on.
_NATIVE = (f"{_OPS}.moe.mxfp8_moe_amd_gfx95", f"{_RUNNER}.mxfp8_moe_amd_gfx95")
_QUANTIZE = (f"{_OPS}.quantization.mxfp8_amd_gfx95", "sglang.srt.layers.quantization.mxfp8_amd_gfx95")
_ACTIVATION = (
    f"{_OPS}.activation.minimax_m3_swiglu",
    f"{_OPS}.moe.minimax_m3_swiglu",
    "sglang.jit_kernel.minimax_m3.swiglu",
)
_QUANTIZE_KERNEL = f"{_OPS}.quantization.mxfp8_quant"  # the file before has it up to 0.5.22
_FUSED_ACTIVATION = "SGLANG_MINIMAX_M3_FUSED_SWIGLU_MXFP8"
_FUSED_SUM = "SGLANG_MINIMAX_M3_FUSED_MOE_COMBINE"
_PLATFORMS = ("is_cuda", "is_hip", "is_musa", "is_xpu")


def stand_ins(folder: Path) -> StandIns:
    """The importer of the SGLang in ``folder``. Raises ProfileError."""
    places = [_there(folder, names) for names in (_NATIVE, _QUANTIZE, _ACTIVATION)]
    if places[-1] == _ACTIVATION[0]:
        places.append(_QUANTIZE_KERNEL)
    return StandIns("sglang", folder, (*places, _ALIGN), _given())


def _there(folder: Path, names: tuple[str, ...]) -> str:
    """The first of the modules whose file is in the folder, or the newest name."""
    return next((name for name in names if folder.joinpath(*name.split(".")).with_suffix(".py").is_file()), names[0])


def subject(found: StandIns) -> Subject:
    """The native path of the SGLang that ``found`` serves."""
    names = [_there(found.folder, names) for names in (_NATIVE, _QUANTIZE, _ACTIVATION)]
    native, quantize, activation = map(importlib.import_module, names)
    rows = _as_on_a_gpu(quantize)
    vars(native)["mxfp8_e4m3_quantize"] = rows
    fused = _is_on(_FUSED_ACTIVATION)
    stages: dict[str, Stage] = {
        "fused_moe": _fused_moe(native),
        "quantize": rows,
        "activation": activation.swiglu_oai_split,
        "activation_quantize": activation.swiglu_oai_mxfp8_quant if fused else _in_two_steps(activation, rows),
        "grouped_gemm": as_stage(native._grouped_gemm_mxfp8),
    }
    summed = _is_on(_FUSED_SUM)
    if summed:
        stages["moe_sum"] = lambda routes, top_k, dtype: native._combine_topk_routes(
            routes, len(routes) // top_k, top_k, routes.shape[1], dtype
        )
    name = f"sglang-{found.version}"
    return Subject(
        name=name,
        pipeline="native",
        # What is known is known of the default path.
        expectations=() if fused or summed else shipped.expectations(name),
        # The kernels' floor of 1e-30 is not declared: SGLang calls its function in PyTorch, whose floor is the
        # contract's, the reference of them.
        abilities=Abilities(
            activation_layouts=("split",),
            defaults=False,
            bf16_between=not fused,
            # Between its two steps stands gate_up's own format, which is the model's: BF16.
            fused_dtypes=DTYPES if fused else ("bf16",),
        ),
        stages=stages,
    )


def in_torch(found: StandIns) -> Subject:
    """The quantizer in PyTorch beside the kernel, for rows of other than two dimensions, and where there is no GPU."""
    name = f"sglang-torch-{found.version}"
    rows = importlib.import_module(_there(found.folder, _QUANTIZE))._mxfp8_e4m3_quantize_torch
    return Subject(name, "native", {"quantize": rows}, Abilities(launches_triton=False), shipped.expectations(name))


def _as_on_a_gpu(quantize: Any) -> Stage:
    """The quantizer asks whether its rows are on a GPU before it launches a kernel: where one is emulated they are."""

    def rows_to_mxfp8(x: torch.Tensor) -> Any:
        launches = x.ndim == 2 and x.shape[-1] % quantize.MXFP8_BLOCK_SIZE == 0
        if launches and not x.is_cuda:
            return quantize._mxfp8_e4m3_quantize_triton(x.contiguous())
        return quantize.mxfp8_e4m3_quantize(x)

    return rows_to_mxfp8


def _in_two_steps(activation: Any, rows: Stage) -> Stage:
    def activate_then_quantize(gate_up: torch.Tensor, *, alpha: float, beta: float, limit: float | None) -> Any:
        return rows(activation.swiglu_oai_split(gate_up, alpha, beta, limit, out_dtype=gate_up.dtype))

    return activate_then_quantize


def _fused_moe(native: Any) -> Stage:
    def fused_moe(*tensors: torch.Tensor, global_num_experts: int, **given: Any) -> Any:
        """SGLang counts the experts by the map, or by the weights."""
        return native.fused_moe_mxfp8_native(*tensors, **given)

    return fused_moe


def _is_on(variable: str) -> bool:
    """One of SGLang's environment variables that are off by default."""
    return os.environ.get(variable, "").lower() in ("1", "true", "yes", "y", "on")


class _Switches:
    def __getattr__(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(get=partial(_is_on, name))


class _Struct:
    """Stands in for a base class of records that no judged function makes."""

    def __init_subclass__(cls, **_: Any) -> None: ...


def _given() -> dict[str, Names]:
    """What the kernel files import of the rest of SGLang, and of packages beside torch and Triton."""
    return {
        "sglang.srt.environ": lambda: {"envs": _Switches()},
        "sglang.srt.utils": lambda: {name: lambda name=name: name == "is_hip" for name in _PLATFORMS},
        f"{_OPS}.moe": lambda: {"moe_align_block_size": _align},
        "sgl_kernel": lambda: {"moe_align_block_size": _align},  # where the operator was up to 0.5.15
        f"{_OPS.removesuffix('.ops')}.jit.utils": lambda: {"cache_once": lambda function: function},
        "sglang.jit_kernel.minimax_m3": _activations,
        "msgspec": lambda: {"Struct": _Struct},
    }


def _activations() -> dict[str, Any]:
    found = importlib.import_module(_ACTIVATION[-1])
    return {name: getattr(found, name) for name in ("swiglu_oai_mxfp8_quant", "swiglu_oai_split")}


def _align(
    topk_ids: torch.Tensor,
    num_buckets: int,
    block_size: int,
    sorted_token_ids: torch.Tensor,
    expert_ids: torch.Tensor,
    num_tokens_post_pad: torch.Tensor,
    cumsum_buffer: torch.Tensor,
    pad_sorted_token_ids: bool = False,
    ignore_invalid_expert: bool = False,
) -> None:
    """Bucket 0 is of id -1 and keeps its routes, in blocks of expert -1; bucket e + 1 is of expert e."""
    bucket = topk_ids.reshape(-1).to(torch.int64) + 1
    if ignore_invalid_expert:
        bucket = torch.where(bucket > 0, bucket, num_buckets)
    write_blocks(bucket, num_buckets, block_size, sorted_token_ids, expert_ids, num_tokens_post_pad, first_id=-1)
