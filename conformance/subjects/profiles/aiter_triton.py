"""Which of AITER's Triton kernels quantize to MXFP8? Its MoE's copy of triton_kernels' (``quant_moe.py``)."""

import importlib
from pathlib import Path

from conformance.subjects.base import Subject
from conformance.subjects.profiles.stand_ins import StandIns
from conformance.subjects.profiles.triton_kernels import downcast_to_mxfp

_TRITON = "aiter.ops.triton"


def stand_ins(folder: Path) -> StandIns:
    """The importer of the AITER in ``folder``. Raises ProfileError."""
    return StandIns("aiter", folder, (f"{_TRITON}.quant_moe", f"{_TRITON}._triton_kernels.quant_moe"), {})


def subject(found: StandIns) -> Subject:
    """The quantizer of the AITER that ``found`` serves."""
    module = importlib.import_module(f"{_TRITON}.quant_moe")
    return downcast_to_mxfp(f"aiter-triton-{found.version}", module, ("bf16", "fp16"))  # as its kernel asserts
