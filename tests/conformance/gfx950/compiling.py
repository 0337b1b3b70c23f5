"""What does Triton make of these kernels? ``-m tests.conformance.gfx950.compiling OUT.json`` compiles, launches none.

A process of its own: Triton decides between compiler and interpreter at its import.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch

from conformance.backends import pick

# Name -> kernel, tile, options of the launch.
ASKED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "scaled": ("scaled", {"M": 32, "N": 64, "K": 128, "LHS": "e4m3"}, {"num_warps": 4}),
    "scaled-32": ("scaled", {"M": 64, "N": 128, "K": 256, "LHS": "e4m3"}, {"num_warps": 4}),
    "mixed": ("scaled", {"M": 32, "N": 64, "K": 128, "LHS": "bf16"}, {"num_warps": 4}),
    "upcast": ("upcast", {"M": 32, "N": 64, "K": 128}, {"num_warps": 4}),
    "spilling": ("scaled", {"M": 128, "N": 256, "K": 128, "LHS": "e4m3"}, {"num_warps": 1}),
    "flushing": ("upcast", {"M": 32, "N": 64, "K": 128}, {"num_warps": 4, "allow_flush_denorm": True}),
}


def compiled() -> dict[str, Any]:
    """What facts() takes of each kernel, by name; the scaled one for gfx942 too."""
    pick("gfx950-emulated").activate()
    from conformance.backends.scaled_dot import scaled_dot_compiles_for
    from conformance.gfx950.launching import capture
    from conformance.gfx950.launching.variant import variant
    from tests.conformance.gfx950 import lowering_kernels

    def texts(kernel: Any) -> dict[str, Any]:
        return {
            "asm": kernel.asm["amdgcn"],
            "ttir": kernel.asm["ttir"],
            "warps": kernel.metadata.num_warps,
            "lds": kernel.metadata.shared,
            "variant": variant(kernel.src, kernel.metadata),
        }

    found: dict[str, Any] = {}
    for name, (kernel, tile, options) in ASKED.items():
        function = getattr(lowering_kernels, kernel)
        left = torch.bfloat16 if tile.get("LHS") == "bf16" else torch.float8_e4m3fn
        codes = [torch.empty(64, dtype=dtype) for dtype in (left, torch.float8_e4m3fn)]
        scales = [torch.empty(64, dtype=torch.uint8)] * 2
        if kernel == "scaled":
            operands = [codes[0].view(left if left.itemsize > 1 else torch.uint8), scales[0]]
            operands += [codes[1].view(torch.uint8), scales[1]]
        else:
            operands = codes
        made = function.warmup(*operands, torch.empty(64), 3, grid=(1,), **tile, **options)
        found[name] = texts(made)
        if name == "scaled" and scaled_dot_compiles_for(capture.FALLBACK_ARCH):
            found["gfx942"] = texts(capture.compiled_for(made, capture.FALLBACK_ARCH))
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(compiled()))
