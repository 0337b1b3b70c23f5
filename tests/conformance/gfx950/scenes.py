"""Which launches are kept? Compiled kernels with inputs and outputs: the machine is tried on them without Triton.

The folder scenes holds for each the assembly (.s) and one launch or more: the arguments, before and after (.npz).
``python -m tests.conformance.gfx950.scenes`` compiles and records them anew, with Triton 3.9.0 (see recording.py).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from conformance.gfx950.assembly import Kernel, parse
from conformance.gfx950.counts import LaunchCounts
from conformance.gfx950.launching.kernarg import pack
from conformance.gfx950.machine import execute, program_of
from conformance.gfx950.settings import Settings
from conformance.gfx950.storage.global_memory import GlobalMemory

SCENES = Path(__file__).parent / "scenes"


@dataclass(frozen=True)
class Argument:
    """One machine argument: its name and type, a number or a tensor's bytes before and after the launch.

    A tensor's bytes are those from its first element to its last, with what lies between its rows. same_as: the
    argument that is the same tensor.
    """

    name: str
    kind: str
    value: Any
    after: np.ndarray | None = None
    same_as: str = ""


@dataclass(frozen=True)
class Launch:
    """One launch of a scene's kernel."""

    arguments: tuple[Argument, ...]
    grid: tuple[int, int, int]
    num_warps: int
    lds_bytes: int

    def run(self, kernel: Kernel, settings: Settings) -> tuple[LaunchCounts, list[str]]:
        """Run this kernel in this launch's place: its counts, and the arguments whose bytes are not as recorded."""
        tensors = {a.name: _aligned(a.value) for a in self.arguments if a.after is not None}
        values = [(a.name, a.kind, tensors.get(a.same_as or a.name, a.value)) for a in self.arguments]
        memory = GlobalMemory(kernel.name, tensors.items())
        segment = pack(
            kernel.arguments, values, memory.address_of, self.grid, self.num_warps, self.lds_bytes,
            int(kernel.metadata.get("kernarg_segment_size", 0)),
        )  # fmt: skip
        counts = execute(kernel, memory, segment, self.grid, self.num_warps, self.lds_bytes, settings)
        return counts, [
            a.name for a in self.arguments if a.after is not None and (tensors[a.name].numpy() != a.after).any()
        ]


@dataclass(frozen=True)
class Scene:
    """A kernel and launches of it that, between them, reach what the kernel can do."""

    name: str
    kernel: Kernel
    launches: tuple[Launch, ...]

    def executed(self, settings: Settings) -> tuple[list[int], list[int]]:
        """The indices of the instructions that some wave ran; how many wave-instructions each launch took.

        Raises AssertionError where a launch no longer gives what was recorded.
        """
        starts, totals = set[int](), list[int]()
        for number, launch in enumerate(self.launches):
            counts, changed = launch.run(self.kernel, settings)
            if changed:
                raise AssertionError(f"scene {self.name}, launch {number}: other bytes in {', '.join(changed)}")
            starts.update(counts.executed)
            totals.append(sum(counts.instructions.values()))
        blocks = program_of(self.kernel).blocks
        return sorted(at for start in starts for at in range(start, blocks[start].stop)), totals


def _aligned(content: np.ndarray) -> torch.Tensor:
    """A tensor of these bytes where an allocator puts it: an address's low bits are the same in every run."""
    tensor = torch.empty(content.size, dtype=torch.uint8)
    tensor.numpy()[:] = content
    return tensor


@functools.cache
def load(name: str) -> Scene:
    """A kept scene."""
    with np.load(SCENES / f"{name}.npz") as arrays:
        launches = [_launch(number, meta, arrays) for number, meta in enumerate(json.loads(str(arrays["meta"])))]
    return Scene(name, parse((SCENES / f"{name}.s").read_text()), tuple(launches))


def _launch(number: int, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Launch:
    def argument(listed: Mapping[str, Any]) -> Argument:
        name, kind = listed["name"], listed["kind"]
        before = f"{number}:before:{name}"
        if before not in arrays:
            return Argument(name, kind, listed["value"], same_as=listed["same_as"])
        after = f"{number}:after:{name}"
        return Argument(name, kind, arrays[before], arrays[after if after in arrays else before])

    arguments = tuple(argument(listed) for listed in meta["arguments"])
    return Launch(arguments, tuple(meta["grid"]), meta["num_warps"], meta["lds_bytes"])


def names() -> list[str]:
    return sorted(path.stem for path in SCENES.glob("*.s"))


if __name__ == "__main__":
    from tests.conformance.gfx950.recording import record

    record()
