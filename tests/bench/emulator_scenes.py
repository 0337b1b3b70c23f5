"""Which launches say how fast the emulated device is? Wide and narrow ones, each kind of kernel, a race search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from kernels.activation import swiglu_oai_quantize_mxfp8
from kernels.gemm import grouped_gemm_mxfp8
from kernels.native import fused_moe_mxfp8_native
from kernels.quantize import mxfp8_quantize
from tests.bench.small_moe import small_moe

Call = Callable[[], object]


@dataclass(frozen=True)
class Scene:
    """prepare: makes the call that is timed. settings: of the device. needs: the least ratio of the cores, if any is
    asked; rate: NumPy's least million wave-instructions a second; interpreted: Triton's interpreter runs it too."""

    prepare: Callable[[], Call]
    settings: dict[str, Any] = field(default_factory=dict)
    needs: float | None = None
    rate: float | None = None
    interpreted: bool = False


def _moe(**sizes: int) -> Call:
    arguments = small_moe(**sizes)
    return lambda: fused_moe_mxfp8_native(**arguments)


def _gemm(waves: int, rows: int = 16) -> Call:
    """Tiles of 16 rows and 128 columns, four waves each, K of 1024, one expert."""
    columns = 32 * waves * 16 // rows
    whole = small_moe(tokens=rows, hidden=1024, inter=columns // 2, experts=1, top_k=1)
    tiles = [torch.tensor(of, dtype=torch.int32) for of in (range(rows), [0] * (rows // 16), [rows])]
    codes, scales = whole["w13"][0, :rows], whole["w13_scale"][0, :rows]
    return lambda: grouped_gemm_mxfp8(
        codes, scales, whole["w13"], whole["w13_scale"], *tiles,
        num_routes=rows, top_k=1, block_m=16, out_dtype=torch.float32,
    )  # fmt: skip


def _rows(rows: int, columns: int) -> torch.Tensor:
    return torch.randn((rows, columns), generator=torch.Generator().manual_seed(1)).bfloat16()


def _quantizer() -> Call:
    x = _rows(64, 4096)
    return lambda: mxfp8_quantize(x)


def _activation() -> Call:
    gate_up = _rows(64, 8192)
    return lambda: swiglu_oai_quantize_mxfp8(gate_up, limit=7.0)


SCENES: dict[str, Scene] = {
    "GEMM, 512 waves": Scene(lambda: _gemm(512, rows=64), needs=6, rate=1),
    "MoE T=8 H=256 I=512 E=8 k=2": Scene(
        lambda: _moe(tokens=8, hidden=256, inter=512, experts=8, top_k=2), interpreted=True
    ),
    "GEMM, 4 waves": Scene(lambda: _gemm(4), needs=15),
    "GEMM, 16 waves": Scene(lambda: _gemm(16), needs=15),
    "GEMM, 64 waves": Scene(lambda: _gemm(64)),
    "GEMM, 256 waves": Scene(lambda: _gemm(256)),
    "quantizer, 64 x 4096": Scene(_quantizer),
    "activation and quantizer, 64 x 4096": Scene(_activation),
    "race search, GEMM, 64 waves": Scene(lambda: _gemm(64), {"sanitize": True}, needs=4),
    **{f"growth, GEMM, {waves} waves": Scene(lambda waves=waves: _gemm(waves, rows=64)) for waves in (256, 1024, 4096)},
}
