"""What does the active backend give for these bits? The probe's kernels behind functions of NumPy arrays.

Import this only on an activated backend: Triton decides at decoration how these run.
"""

from typing import Any

import numpy as np
import torch
import triton

from conformance.probe import kernels
from conformance.probe.operands import FORMATS, Array, SumOperands

_TORCH = {"e4m3": torch.float8_e4m3fn, "bf16": torch.bfloat16, "fp16": torch.float16}
_CARRIER = {1: np.uint8, 2: np.int16}
MOST = 1 << 15  # sums of a launch
BLOCK = 1024  # elements of a program
_AMD = ("exp", "log", "rcp", "rsq", "sqrt", "sin", "cos")
_NVIDIA = dict(zip(_AMD, ("ex2", "lg2", "rcp", "rsqrt", "sqrt", "sin", "cos"), strict=True))
INSTRUCTIONS = {  # name -> text, constraints
    "amd": {name: (f"v_{name}_f32 $0, $1", "=v,v") for name in _AMD},
    "nvidia": {name: (f"{its}.approx.f32 $0, $1;", "=f,f") for name, its in _NVIDIA.items()},
}


class ProbedDevice:
    """A device of an activated backend."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def sums(self, operands: SumOperands) -> Array:
        """float32 [n], as operands.Adds has it."""
        parts = [self._sums(operands.at(slice(i, i + MOST))) for i in range(0, len(operands), MOST)]
        return np.concatenate(parts)

    def _sums(self, asked: SumOperands) -> Array:
        kind, n = asked.kind, len(asked)
        asked = asked.at(np.resize(np.arange(n), -(-n // kind.tile) * kind.tile))
        a, b = (self._sent(codes, kind.format) for codes in (asked.a, asked.b))
        c = torch.from_numpy(asked.c.copy()).to(self._device)
        y = torch.full((len(asked),), float("nan"), device=self._device)
        grid = (len(asked) // kind.tile,)
        if kind.scaled:
            scales = [torch.from_numpy(s.copy()).to(self._device) for s in (asked.a_scale, asked.b_scale)]
            kernels.dot_scaled[grid](a, scales[0], b, scales[1], c, y, kind.depth, kind.tile)
        else:
            kernels.dot[grid](a, b, c, y, kind.depth, kind.tile)
        return np.asarray(y.cpu().numpy())[:n]

    def _sent(self, codes: Array, form: str) -> torch.Tensor:
        carrier = _CARRIER[np.dtype(FORMATS[form].codes).itemsize]
        return torch.from_numpy(codes.view(carrier).copy()).to(self._device).view(_TORCH[form])

    def function(self, name: str, x: Array) -> Array:
        """float32 like x, of tl's function."""
        return self._elementwise(kernels.function, [x], name)

    def instruction(self, name: str, x: Array) -> Array:
        """Likewise, of the device's own instruction of that name (INSTRUCTIONS)."""
        return self._elementwise(kernels.instruction, [x], *INSTRUCTIONS[self._vendor][name])

    def pair(self, name: str, x: Array, z: Array) -> Array:
        return self._elementwise(kernels.pair, [x, z], name)

    def converted(self, x: torch.Tensor, form: str) -> torch.Tensor:
        """Codes of the format, in an integer type, of float32 on the device."""
        carrier = torch.uint8 if form == "e4m3" else torch.int16
        codes = torch.full(x.shape, 0x55, dtype=carrier, device=x.device)
        kernels.convert[(triton.cdiv(x.numel(), BLOCK),)](x, codes.view(_TORCH[form]), x.numel(), BLOCK)
        return codes

    @property
    def torch_device(self) -> torch.device:
        return self._device

    @property
    def _vendor(self) -> str:
        return "nvidia" if triton.runtime.driver.active.get_current_target().backend == "cuda" else "amd"

    def _elementwise(self, kernel: Any, inputs: list[Array], *chosen: str) -> Array:
        sent = [torch.from_numpy(np.ascontiguousarray(x, np.float32)).to(self._device) for x in inputs]
        y = torch.full_like(sent[0], float("nan"))
        kernel[(triton.cdiv(y.numel(), BLOCK),)](*sent, y, y.numel(), *chosen, BLOCK)
        return np.asarray(y.cpu().numpy())
