"""Which of triton_kernels' files quantize to MXFP8? Those that vLLM ships in ``vllm/third_party``.

Judged: ``downcast_to_mxfp``, rounding scales up, its default. Its last block may have less than 32 elements, so it
refuses no length. Not judged: the matmuls, which take weights in layouts of their own.
"""

import importlib
from functools import partial
from pathlib import Path
from typing import Any

import torch

from conformance.subjects.abilities import DTYPES, Abilities
from conformance.subjects.base import Subject
from conformance.subjects.profiles.stand_ins import StandIns

_DETAILS = "triton_kernels.numerics_details"
_QUANTIZE = f"{_DETAILS}.mxfp"


def stand_ins(folder: Path) -> StandIns:
    """The importer of the triton_kernels in ``folder``. Raises ProfileError."""
    kernels = (f"{_DETAILS}.mxfp_details.{name}" for name in ("_downcast_to_mxfp", "_upcast_from_mxfp"))
    return StandIns("triton_kernels", folder, (_QUANTIZE, *kernels), {})


def subject(found: StandIns) -> Subject:
    """The quantizer of the triton_kernels that ``found`` serves."""
    return downcast_to_mxfp(f"triton_kernels-{found.version}", importlib.import_module(_QUANTIZE))


def downcast_to_mxfp(name: str, module: Any, dtypes: tuple[str, ...] = DTYPES) -> Subject:
    """The subject of a module that has this function, for rows of these formats."""
    quantize = partial(module.downcast_to_mxfp, out_quant_type=torch.float8_e4m3fn, axis=-1)
    takes = Abilities(quantize_dtypes=dtypes, refuses_bad_input=False)
    return Subject(name, "native", {"quantize": quantize}, takes)
