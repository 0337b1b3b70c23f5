"""How is a HIP kernel judged? A row quantizer as a subject: ``conformance.subjects.examples.quantizer:subject``."""

from pathlib import Path

import torch

from conformance.subjects.base import Subject
from conformance.subjects.machine_code import MachineCode, unable_here

BLOCK, THREADS = 32, 64
_SOURCE = Path(__file__).with_suffix(".hip")
_NAMES = {torch.bfloat16: "quantize_bf16", torch.float16: "quantize_fp16", torch.float32: "quantize_fp32"}
_KERNELS = {dtype: MachineCode(_SOURCE, name) for dtype, name in _NAMES.items()}


def quantize(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes [..., K] and scale bytes [..., K // 32] of rows [..., K]. Raises TypeError, ValueError for other ones."""
    if not isinstance(x, torch.Tensor) or x.dtype not in _KERNELS:
        needs = ", ".join(str(dtype) for dtype in _KERNELS)
        raise TypeError(f"x: has {getattr(x, 'dtype', type(x).__name__)}, needs a tensor of {needs}")
    if x.ndim == 0 or x.shape[-1] % BLOCK:
        raise ValueError(f"x: has shape {list(x.shape)}, needs a last axis that is a multiple of {BLOCK}")
    k = x.shape[-1]
    codes = torch.empty(x.shape, dtype=torch.float8_e4m3fn, device=x.device)
    scales = torch.empty((*x.shape[:-1], k // BLOCK), dtype=torch.uint8, device=x.device)
    if blocks := scales.numel():
        rows = x.reshape(-1, k)
        rows = rows if rows.stride(1) == 1 else rows.contiguous()
        numbers = {"blocks": blocks, "blocks_per_row": k // BLOCK, "row_stride": rows.stride(0)}
        tensors = {"x": rows, "codes": codes, "scales": scales}
        _KERNELS[x.dtype](tensors | numbers, grid=-(-blocks // THREADS), threads=THREADS)
    return codes, scales


subject = Subject(name="hip-example", pipeline="native", stages={"quantize": quantize}, unable_here=unable_here())
