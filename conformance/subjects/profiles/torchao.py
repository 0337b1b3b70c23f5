"""Which of torchao's files quantize to MXFP8 in PyTorch, and what stands in for the rest? For releases from 0.13.0 on.

Judged: ``to_mx``, which MXTensor and the training layers call, in two of its documented modes: RCEIL, and FLOOR, its
default. It takes contiguous rows of BF16 and FP32. Not judged: the Triton and CUDA kernels beside it, which torchao
makes on certain GPUs alone.
"""

import importlib
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import torch

from conformance.subjects.abilities import Abilities
from conformance.subjects.base import Subject
from conformance.subjects.profiles.stand_ins import Names, StandIns
from reference.formats import BLOCK

_FORMATS = "torchao.prototype.mx_formats"
_QUANTIZE = f"{_FORMATS}.mx_tensor"
_COMMON = "torchao.quantization.quantize_.common"
_MODES = Enum("_MODES", "FLOOR RCEIL CEIL EVEN")


def stand_ins(folder: Path) -> StandIns:
    """The importer of the torchao in ``folder``. Raises ProfileError."""
    return StandIns("torchao", folder, (_QUANTIZE, f"{_FORMATS}.constants", "torchao.utils"), _given())


def subject(found: StandIns) -> Subject:
    """``to_mx`` with the mode that is the contract's rule."""
    return _subject(found, "torchao", "rceil", "RCEIL")


def in_floor(found: StandIns) -> Subject:
    """``to_mx`` with its default."""
    return _subject(found, "torchao-floor", "ocp_floor", "FLOOR")


def _subject(found: StandIns, name: str, rule: str, mode: str) -> Subject:
    to_mx = importlib.import_module(_QUANTIZE).to_mx

    def quantize(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        scales, codes = to_mx(x.contiguous(), torch.float8_e4m3fn, BLOCK, scaling_mode=_MODES[mode])
        return codes, scales.view(torch.uint8)

    takes = Abilities(scale_rule=rule, quantize_dtypes=("bf16", "fp32"), launches_triton=False)
    return Subject(f"{name}-{found.version}", "native", {"quantize": quantize}, takes)


_KERNELS = (
    *("f4_unpacked_to_f32", "f6_e2m3_unpacked_to_f32", "f6_e3m2_unpacked_to_f32", "f32_to_f4_unpacked"),
    *("f32_to_f6_e2m3_unpacked", "f32_to_f6_e3m2_unpacked", "pack_uint4", "pack_uint6", "unpack_uint4"),
    *("triton_f6_e2m3_to_scaled_bf16", "triton_f6_e3m2_to_scaled_bf16", "triton_to_mxfp8_dim0"),
)
_UTILS = ("_swizzle_aware_slice", "from_blocked", "hp_data_dims_to_swizzled_scale_dims_mx", "to_blocked")


def _given() -> dict[str, Names]:
    """What mx_tensor.py imports of the rest of torchao; no call of ours reaches the functions."""
    choices = Enum("choices", "EMULATED AUTO TORCH TRITON CUBLAS CUTLASS")
    config = {"ScaleCalculationMode": _MODES, "MXGemmKernelChoice": choices, "MXFP8Dim0CastKernelChoice": choices}
    return {
        "torchao.ops": dict,
        f"{_FORMATS}.config": lambda: config,
        f"{_FORMATS}.kernels": lambda: _refused(_KERNELS),
        f"{_FORMATS}.utils": lambda: _refused(_UTILS),
        _COMMON: lambda: {"QuantizeTensorKwargs": object},
        f"{_COMMON}.kernel_preference": lambda: {"KernelPreference": choices},
    }


def _refused(names: tuple[str, ...]) -> dict[str, Any]:
    def refuse(name: str, *_: Any, **__: Any) -> None:
        raise NotImplementedError(f"torchao's {name}: has no stand-in that computes")

    return {name: partial(refuse, name) for name in names}
