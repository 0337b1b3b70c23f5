"""Which launches are kept? Compiled kernels with inputs and outputs: the machine is tried on them without Triton.

``python -m tests.gfx950.scenes`` compiles and records them anew into tests/gfx950/scenes: the assembly (.s) and the
arguments, before and after (.npz). Compiled with Triton 3.9.0.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from conformance.gfx950.assembly import Kernel, parse
from conformance.gfx950.counts import LaunchCounts
from conformance.gfx950.kernarg import pack
from conformance.gfx950.machine import execute, program_of
from conformance.gfx950.memory import GlobalMemory
from conformance.gfx950.settings import Settings

SCENES = Path(__file__).parent / "scenes"


@dataclass(frozen=True)
class Argument:
    """One machine argument: its name and type, a number or a tensor's bytes before and after the launch.

    same_as: the argument that is the same tensor.
    """

    name: str
    kind: str
    value: Any
    after: np.ndarray | None = None
    same_as: str = ""


@dataclass(frozen=True)
class Scene:
    name: str
    kernel: Kernel
    arguments: tuple[Argument, ...]
    grid: tuple[int, int, int]
    num_warps: int
    lds_bytes: int

    def run(self, kernel: Kernel, settings: Settings) -> tuple[LaunchCounts, list[str]]:
        """Run this kernel in the scene's place: its counts, and the arguments whose bytes are not as recorded."""
        tensors = {a.name: torch.from_numpy(a.value.copy()) for a in self.arguments if a.after is not None}
        values = [(a.name, a.kind, tensors.get(a.same_as or a.name, a.value)) for a in self.arguments]
        memory = GlobalMemory(kernel.name, tensors.items())
        segment = pack(
            kernel.arguments, values, memory.address_of, self.grid, self.num_warps, self.lds_bytes,
            int(kernel.metadata.get("kernarg_segment_size", 0)),
        )  # fmt: skip
        counts = execute(kernel, memory, segment, self.grid, self.num_warps, self.lds_bytes, settings)
        return counts, [
            a.name
            for a in self.arguments
            if a.after is not None and (tensors[a.name].numpy() != a.after).any()
        ]

    def executed(self, counts: LaunchCounts) -> list[int]:
        """The indices of the instructions that some wave ran."""
        blocks = program_of(self.kernel).blocks
        return sorted(at for start in counts.executed for at in range(start, blocks[start].stop))


def load(name: str) -> Scene:
    """A kept scene."""
    with np.load(SCENES / f"{name}.npz") as arrays:
        meta = json.loads(str(arrays["meta"]))
        arguments = tuple(
            Argument(a["name"], a["kind"], arrays[f"before:{a['name']}"], arrays[f"after:{a['name']}"])
            if a["value"] is None and f"before:{a['name']}" in arrays
            else Argument(a["name"], a["kind"], a["value"], same_as=a["same_as"])
            for a in meta["arguments"]
        )
    kernel = parse((SCENES / f"{name}.s").read_text())
    return Scene(name, kernel, arguments, tuple(meta["grid"]), meta["num_warps"], meta["lds_bytes"])


def names() -> list[str]:
    return sorted(path.stem for path in SCENES.glob("*.s"))


# Recording


_KEPT = re.compile(r"\s+(?:[vs]_|ds_|buffer_|global_|\.amdhsa_|\.amdgcn_target|\.end_amdhsa)|[.\w]+:$")


def stripped(text: str) -> str:
    """The kernel's code, descriptor and metadata alone: the rest is debug information with the machine's paths."""
    code, _, rest = text.partition("\t.amdgpu_metadata")
    lines = (line.partition(";")[0].rstrip() for line in code.splitlines())
    kept = [
        line
        for line in lines
        if _KEPT.match(line) and not re.match(r"\.L(tmp|func_begin|debug|info|line)", line)
    ]
    return "\n".join(kept) + "\n\t.amdgpu_metadata" + rest.partition("\t.section")[0]


class Recorder:
    """Keeps what the emulated driver launches while a name is set: the first launch of each kernel under that name."""

    def __init__(self) -> None:
        from conformance.gfx950 import driver

        self.name: str | None = None
        self.wanted: tuple[str, ...] = ()
        self._driver, self._run, self._parsed = driver, driver.Launcher._run, driver.parsed
        self._texts: dict[int, str] = {}
        driver.parsed = self._remembering  # type: ignore[assignment]
        record = self._record
        driver.Launcher._run = lambda *given: record(*given)  # type: ignore[method-assign]  # noqa: PLW0108 (to bind)

    def _remembering(self, text: str) -> Kernel:
        kernel = self._parsed(text)
        self._texts[id(kernel)] = text
        return kernel

    def _record(self, launcher: Any, grid: tuple[int, int, int], given: tuple[Any, ...]) -> None:
        signature = list(zip(launcher.signature.items(), given, strict=True))
        values = [v for (name, kind), a in signature for v in self._driver.flatten(str(name), kind, a)]
        tensors = {name: value for name, _, value in values if hasattr(value, "data_ptr")}
        first = {id(value): name for name, value in reversed(tensors.items())}
        same_as = {name: first[id(value)] for name, value in tensors.items() if first[id(value)] != name}
        before = {name: _bytes(value) for name, value in tensors.items() if name not in same_as}
        self._run(launcher, grid, given)
        kernel = launcher.kernel.name.strip("_").removesuffix("_kernel")
        path = SCENES / f"{self.name}-{kernel}"
        if kernel not in self.wanted or path.with_suffix(".s").exists():
            return
        path.with_suffix(".s").write_text(stripped(self._texts[id(launcher.kernel)]))
        values += [("global_scratch", "*i8", None), ("profile_scratch", "*i8", None)]
        listed = [
            {"name": n, "kind": k, "value": None if n in tensors else v, "same_as": same_as.get(n, "")}
            for n, k, v in values
        ]
        metadata = launcher.metadata
        meta = {
            "arguments": listed,
            "grid": grid,
            "num_warps": metadata.num_warps,
            "lds_bytes": metadata.shared,
        }
        arrays = {f"before:{name}": b for name, b in before.items()}
        arrays |= {f"after:{name}": _bytes(value) for name, _, value in values if name in before}
        np.savez_compressed(path.with_suffix(".npz"), meta=json.dumps(meta), **arrays)  # type: ignore[arg-type]


def _bytes(tensor: torch.Tensor) -> np.ndarray:
    return tensor.contiguous().view(torch.uint8).numpy().reshape(-1).copy()


def record() -> None:
    """Compile and run what is kept: the kernels of small MoEs in both pipelines, and some of the zoo."""
    from conformance.backends import pick

    pick("gfx950-emulated").activate()
    from kernels import activation, emulation, native, quantize
    from tests.gfx950 import zoo

    SCENES.mkdir(exist_ok=True)
    for old in SCENES.iterdir():
        old.unlink()
    recorder = Recorder()
    recorder.name, recorder.wanted = "few-rows", ("mxfp8", "bf16", "sum")
    few = small_moe(tokens=5, hidden=128, inter=128, experts=2, top_k=2)
    native.fused_moe_mxfp8_native(**few)
    emulation.fused_moe_mxfp8_emulation(**few)
    recorder.name, recorder.wanted = "odd-values", ("quantize", "swiglu_quantize")
    quantize.mxfp8_quantize(odd_values(23, 160))
    activation.swiglu_oai_quantize_mxfp8(odd_values(23, 320), alpha=1.702, beta=1.0, limit=7.0)
    recorder.name, recorder.wanted = "many-rows", ("mxfp8",)
    native.fused_moe_mxfp8_native(**small_moe(tokens=40, hidden=128, inter=128, experts=1, top_k=1))
    recorder.name, recorder.wanted = "zoo", ("transpose", "scan", "histogram", "uneven_loops", "product")
    for _ in zoo.run_all():
        pass


def odd_values(rows: int, columns: int) -> torch.Tensor:
    """BF16 of every kind: blocks of ordinary values, of subnormals, zeros, and with infinities and NaN of both signs."""
    rng = np.random.default_rng(rows)
    values = rng.standard_normal((rows, columns)) * 2.0 ** rng.integers(-12, 6, (rows, columns))
    values *= np.repeat(
        2.0 ** rng.choice([-130, -122, -60, 0, 0, 0, 0, 100], (rows, columns // 32)), 32, axis=1
    )
    some = rng.random((rows, columns))
    for chance, value in (
        (0.004, np.nan),
        (0.008, -np.nan),
        (0.012, np.inf),
        (0.016, -np.inf),
        (0.03, 0.0),
        (0.04, -0.0),
    ):
        values = np.where((some < chance) & (some >= chance - 0.004), value, values)
    return torch.from_numpy(values.astype(np.float32)).bfloat16()


def small_moe(tokens: int, hidden: int, inter: int, experts: int, top_k: int) -> dict[str, Any]:
    """Arguments of a fused MoE: random codes without NaN, scales that differ in every row and block."""
    rng = np.random.default_rng(tokens)

    def codes(*shape: int) -> torch.Tensor:
        values = rng.integers(0, 256, shape).astype(np.uint8)
        return torch.from_numpy(np.where(values & 0x7F == 0x7F, values ^ 1, values)).view(torch.float8_e4m3fn)

    def scales(*shape: int) -> torch.Tensor:
        return torch.from_numpy(rng.integers(110, 125, shape).astype(np.uint8))

    return {
        # Magnitudes over some binades, so that neighbours differ in their scales too.
        "hidden_states": torch.from_numpy(
            rng.standard_normal((tokens, hidden)).astype(np.float32)
        ).bfloat16(),
        "w13": codes(experts, 2 * inter, hidden),
        "w13_scale": scales(experts, 2 * inter, hidden // 32),
        "w2": codes(experts, hidden, inter),
        "w2_scale": scales(experts, hidden, inter // 32),
        "topk_weights": torch.from_numpy(rng.random((tokens, top_k)).astype(np.float32)),
        "topk_ids": torch.from_numpy(rng.integers(0, experts, (tokens, top_k)).astype(np.int32)),
        "limit": 7.0,
        "global_num_experts": experts,
    }


if __name__ == "__main__":
    record()
