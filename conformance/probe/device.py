"""What does the active backend give for these bits? The probe's kernels behind functions of NumPy arrays.

Import this only on an activated backend: Triton decides at decoration how these run.
"""

import numpy as np
import torch

from conformance.probe import kernels
from conformance.probe.operands import FORMATS, Array, Operands

_TORCH = {"e4m3": torch.float8_e4m3fn, "bf16": torch.bfloat16, "fp16": torch.float16}
_CARRIER = {1: np.uint8, 2: np.int16}
MOST = 1 << 15  # sums of a launch


class ProbedDevice:
    """A device of an activated backend."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def sums(self, operands: Operands) -> Array:
        """float32 [n], as operands.Adds has it."""
        parts = [self._sums(operands.at(slice(i, i + MOST))) for i in range(0, len(operands), MOST)]
        return np.concatenate(parts)

    def _sums(self, asked: Operands) -> Array:
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
