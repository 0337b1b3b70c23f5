"""What does the backend give for these bits? Probe kernels behind functions of numpy arrays.

Import this only on an activated backend: Triton decides at decoration how these run.
"""

from functools import partialmethod
from typing import Any

import numpy as np
import torch
import triton

from conformance.backends import probe_kernels as kernels
from conformance.probe.kernels import convert

_TORCH: dict[str, tuple[type[np.unsignedinteger], torch.dtype, torch.dtype]] = {
    "fp32": (np.uint32, torch.int32, torch.float32),
    "bf16": (np.uint16, torch.int16, torch.bfloat16),
    "fp16": (np.uint16, torch.int16, torch.float16),
    "e4m3": (np.uint8, torch.uint8, torch.float8_e4m3fn),
}
"""By format: the patterns' dtype, torch's integer of that width, torch's float."""


class Probes:
    """The probe kernels on one device, bit patterns in and out as numpy arrays.

    block: elements per program of the elementwise probes, a power of two.
    """

    def __init__(self, device: torch.device, block: int) -> None:
        self._device = device
        self._block = block

    def convert(self, patterns: np.ndarray, source: str, target: str) -> np.ndarray:
        """Patterns of format ``source`` (``fp32``, ``bf16``, ``fp16``, ``e4m3``) as patterns of ``target``."""
        return self._elementwise(convert, [self._send(patterns, source)], target)

    def cast_to_e4m3(self, values: torch.Tensor) -> torch.Tensor:
        """The kernels' own cast of a contiguous float32 tensor on the device, to float8_e4m3fn; it stays there."""
        codes = torch.full(values.shape, 0x55, dtype=torch.uint8, device=self._device)
        y, n = codes.view(torch.float8_e4m3fn), values.numel()
        convert[(triton.cdiv(n, self._block),)](values, y, n, self._block)
        return y

    def dot_scaled(
        self, a: np.ndarray, a_scale: np.ndarray, b: np.ndarray, b_scale: np.ndarray, block_m: int = 64
    ) -> np.ndarray:
        """E4M3 codes a [M, K], b [N, K] with E8M0 bytes [M, K/32], [N, K/32] -> float32 [M, N]; block_m divides M."""
        (rows, inner), columns = a.shape, b.shape[0]
        y = torch.full((rows, columns), -1.0, dtype=torch.float32, device=self._device)
        operands = [self._send(a, "e4m3"), self._bytes(a_scale), self._send(b, "e4m3"), self._bytes(b_scale)]
        kernels.dot_scaled[(rows // block_m,)](*operands, y, columns, inner, block_m)
        return np.asarray(y.cpu().numpy())

    def dot_bf16(self, a: np.ndarray, b: np.ndarray, block_m: int = 64) -> np.ndarray:
        """BF16 patterns a [M, K], b [N, K] -> float32 [M, N]; block_m divides M."""
        (rows, inner), columns = a.shape, b.shape[0]
        y = torch.full((rows, columns), -1.0, dtype=torch.float32, device=self._device)
        kernels.dot[(rows // block_m,)](self._send(a, "bf16"), self._send(b, "bf16"), y, columns, inner, block_m)
        return np.asarray(y.cpu().numpy())

    def _float32(self, kernel: Any, *inputs: np.ndarray) -> np.ndarray:
        sent = [self._send(np.ascontiguousarray(x, dtype=np.float32).view(np.uint32), "fp32") for x in inputs]
        return self._elementwise(kernel, sent, "fp32").view(np.float32)

    # The operations of FP32, float32 in and out.
    multiply = partialmethod(_float32, kernels.multiply)
    divide = partialmethod(_float32, kernels.divide)
    exp = partialmethod(_float32, kernels.exp)
    exp2 = partialmethod(_float32, kernels.exp2)
    log2 = partialmethod(_float32, kernels.log2)

    def _elementwise(self, kernel: Any, inputs: list[Any], target: str) -> np.ndarray:
        patterns, carrier, dtype = _TORCH[target]
        n = inputs[0].numel()
        y = torch.full((n,), 0x55, dtype=carrier, device=self._device).view(dtype)
        kernel[(triton.cdiv(n, self._block),)](*inputs, y, n, self._block)
        return np.asarray(y.view(carrier).cpu().numpy().view(patterns))

    def _send(self, patterns: np.ndarray, format_name: str) -> torch.Tensor:
        """Patterns as a tensor of the format; reinterpreted, never converted."""
        unsigned, carrier, dtype = _TORCH[format_name]
        signed = np.ascontiguousarray(patterns.astype(unsigned, copy=False))
        return torch.from_numpy(signed.view(str(carrier).split(".")[1])).to(self._device).view(dtype)

    def _bytes(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.uint8)).to(self._device)
