"""Which machine code and which routing do these trees' kernels give? ``compiled.py TREE ...`` runs by itself.

Prints a JSON object for each tree, on one line: digests of the instructions of each launched kernel, of what the
alignment returned, and of the two outputs.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from pathlib import Path
from typing import Any


def main(trees: list[str]) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from conformance import backends

    backend: Any = backends.pick("gfx950-emulated")
    backend.activate()
    print(json.dumps([_looked_at(tree, backend.driver) for tree in trees]))


def _looked_at(tree: str, driver: Any) -> dict[str, Any]:
    import torch

    from conformance.gfx950.assembly import parse

    for name in [name for name in sys.modules if name.partition(".")[0] == "kernels"]:
        del sys.modules[name]
    sys.path.insert(0, tree)
    seen: set[str] = set()

    def look(text: str) -> str:
        seen.add(hashlib.sha256(repr(parse(text).instructions).encode()).hexdigest())
        return text

    driver.rewrite = look
    torch.manual_seed(1)
    t, h, i, e, k = 5, 512, 128, 2, 3
    arguments = (
        torch.randn(t, h).to(torch.bfloat16),
        torch.randn(e, 2 * i, h).to(torch.float8_e4m3fn),
        torch.full((e, 2 * i, h // 32), 122, dtype=torch.uint8),
        torch.randn(e, h, i).to(torch.float8_e4m3fn),
        torch.full((e, h, i // 32), 123, dtype=torch.uint8),
        torch.rand(t, k),
        torch.randint(0, e, (t, k), dtype=torch.int32),
    )
    outputs = [
        getattr(importlib.import_module(f"kernels.{name}"), f"fused_moe_mxfp8_{name}")(*arguments, global_num_experts=e)
        for name in ("native", "emulation")
    ]
    routing = importlib.import_module("kernels.align").moe_align_block_size(arguments[-1], 16, e)
    sys.path.remove(tree)
    digests = [hashlib.sha256(x.view(torch.int16).numpy().tobytes()).hexdigest() for x in outputs]
    return {"code": sorted(seen), "routing": [x.tolist() for x in routing], "outputs": digests}


if __name__ == "__main__":
    main(sys.argv[1:])
