"""What are the values of MX formats, and the codes of values? Exact in float64, and nothing of a kernel's."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import torch

FP4 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6], dtype=torch.float64)


def to_e4m3(x: torch.Tensor) -> torch.Tensor:
    """To nearest even, saturated."""
    codes = x.double().clamp(-448, 448).numpy().astype(np.float32).astype(ml_dtypes.float8_e4m3fn)
    return torch.from_numpy(codes.view(np.uint8)).view(torch.float8_e4m3fn)


def decoded(codes: torch.Tensor, scales: torch.Tensor, axis: int = -1) -> torch.Tensor:
    """float64 of E4M3 codes under E8M0 bytes."""
    return codes.double() * scales.view(torch.uint8).double().sub(127).exp2().repeat_interleave(32, axis)


def decoded_fp4(codes: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """float64 of pairs of FP4, the first of a pair in the lower half."""
    each = torch.stack([codes & 15, codes >> 4], -1).flatten(-2).long()
    return decoded(FP4[each & 7] * (1 - 2 * (each >> 3)), scales)


def mxfp8(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes and scale bytes of rows: the least power of two that brings a block's maximum to 448 or below."""
    blocks = x.double().unflatten(-1, (-1, 32))
    mantissa, exponent = torch.frexp(blocks.abs().amax(-1) / 448)
    return _e4m3_of(blocks, exponent - (mantissa == 0.5).int())


def mxfp8_of_rounded_maxima(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The same by the exponent of the maximum rounded to two bits behind the point, half up."""
    blocks = x.double().unflatten(-1, (-1, 32))
    return _e4m3_of(blocks, _exponent_of_rounded_maxima(blocks) - 8)


def fp4_of_rounded_maxima(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs of FP4 codes and scale bytes, by the same exponents."""
    blocks = x.double().unflatten(-1, (-1, 32))
    exponent = _exponent_of_rounded_maxima(blocks) - 2
    scaled = (blocks / torch.exp2(exponent.double())[..., None]).clamp(-6, 6).numpy().astype(np.float32)
    codes = torch.from_numpy(scaled.astype(ml_dtypes.float4_e2m1fn).view(np.uint8)).flatten(-2)
    return codes[..., ::2] | codes[..., 1::2] << 4, (exponent + 127).to(torch.uint8)


def _e4m3_of(blocks: torch.Tensor, exponent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    codes = to_e4m3(blocks / torch.exp2(exponent.double())[..., None])
    return codes.view(torch.uint8).flatten(-2), (exponent + 127).to(torch.uint8)


def _exponent_of_rounded_maxima(blocks: torch.Tensor) -> torch.Tensor:
    most = blocks.abs().amax(-1).float().view(torch.int32)
    return ((most + 0x200000) >> 23 & 255) - 127
