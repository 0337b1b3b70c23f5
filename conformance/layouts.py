"""Where does a tensor lie in memory? The same values as views of larger, poisoned buffers."""

from __future__ import annotations

import torch

LAYOUTS = ("contiguous", "padded", "far-experts")
# Element stride between experts of the far layout: the offset of expert 4 passes 2^31 elements.
FAR_STRIDE = 2**29 + 2**10


def laid_out(value: torch.Tensor, layout: str) -> torch.Tensor:
    """``value`` [E, N, K] with the same elements in another memory layout.

    contiguous: as it is. padded: a view whose rows and experts have gaps filled with NaN codes or the byte 255.
    far-experts: experts lie FAR_STRIDE elements apart, so offsets pass 2^31 with E >= 5; only the experts themselves
    are ever touched, so that host memory stays small.
    Raises ValueError for another layout.
    """
    if layout == "contiguous":
        return value
    experts, n, k = value.shape
    if layout == "padded":
        wide = torch.full((experts, n + 3, k + 64), 0xFF, dtype=torch.uint8, device=value.device)
        view = wide[:, 1 : n + 1, 32 : k + 32]
        view.copy_(value.view(torch.uint8))
        return view.view(value.dtype)
    if layout == "far-experts":
        buffer = torch.empty((experts - 1) * FAR_STRIDE + n * k, dtype=torch.uint8, device=value.device)
        view = buffer.as_strided((experts, n, k), (FAR_STRIDE, k, 1))
        for expert in range(experts):
            view[expert].copy_(value[expert].view(torch.uint8))
        return view.view(value.dtype)
    raise ValueError(f"layout: has {layout!r}, needs one of {', '.join(LAYOUTS)}")
