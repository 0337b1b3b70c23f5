"""How fast is each MoE on this GPU, eagerly and in a graph: ours and other projects', in one run?

Points: a layer of three shipped models, top-4, at six numbers of tokens. At each, every MoE is held to the first one's
output before it is timed, then they take turns, one call each, so that what the GPU's clock does weighs on all. A call
reads tokens and routes of its own, and what the cache holds is overwritten before it. Eager: from an idle GPU to the
call's last kernel. Host: until the call returns. Graph: a replay.

Other projects' compiled alignment operators are not in their wheels' Python files: theirs run with our alignment. The
fallback is asked with weights decoded before, against vLLM's MoE on BF16 weights (``vllm_bf16``).
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

MODELS = {  # hidden size, intermediate size of one rank, experts
    "MiniMax-M3, 1 of 8 ranks": (6144, 384, 128),
    "Qwen3-235B-A22B": (4096, 1536, 128),
    "Qwen3-30B-A3B": (2048, 768, 128),
}
TOKENS = (1, 16, 128, 512, 2048, 8192)
TOP_K = 4
APART = 0.05  # most that an output may be off, as relative L2: vLLM's tests' own norm
CACHE_BYTES = 256 << 20  # several times an H200's L2

MoE = Callable[..., torch.Tensor]


@dataclass(frozen=True)
class Taken:
    """Medians in microseconds; launches of one call; workspace: most bytes that it holds beside its inputs."""

    name: str
    model: str
    tokens: int
    eager: float
    graph: float
    host: float
    launches: int
    workspace: int
    apart: float


def layer(model: str, device: torch.device) -> dict[str, Any]:
    """Weights without NaN, scale bytes that differ in every row and block, and the numbers of the call."""
    hidden, inter, experts = MODELS[model]
    made = torch.Generator(device).manual_seed(hidden)

    def codes(*shape: int) -> torch.Tensor:
        values = torch.randint(0, 127, shape, dtype=torch.uint8, device=device, generator=made)
        signs = torch.randint(0, 2, shape, dtype=torch.uint8, device=device, generator=made)
        return values.bitwise_or_(signs.mul_(128)).view(torch.float8_e4m3fn)

    def scales(*shape: int) -> torch.Tensor:
        return torch.randint(108, 116, shape, dtype=torch.uint8, device=device, generator=made)

    return {
        "w13": codes(experts, 2 * inter, hidden),
        "w13_scale": scales(experts, 2 * inter, hidden // 32),
        "w2": codes(experts, hidden, inter),
        "w2_scale": scales(experts, hidden, inter // 32),
    }


def decoded(model: str, device: torch.device) -> dict[str, Any]:
    """The layer with BF16 weights."""
    from kernels.dequantize import dequantize_mxfp8_to_bf16

    weights = layer(model, device)
    found = {name: dequantize_mxfp8_to_bf16(weights[name], weights[f"{name}_scale"]) for name in ("w13", "w2")}
    return {**found, "w13_scale": None, "w2_scale": None}


def batches(model: str, tokens: int, number: int, device: torch.device) -> list[tuple[torch.Tensor, ...]]:
    """(hidden_states, topk_weights, topk_ids) of so many calls."""
    hidden, _, experts = MODELS[model]
    made = torch.Generator(device).manual_seed(tokens)
    found = []
    for _ in range(number):
        x = torch.randn((tokens, hidden), device=device, generator=made).bfloat16()
        scores = torch.rand((tokens, experts), device=device, generator=made)
        weights, ids = scores.topk(TOP_K, dim=1)
        found.append((x, weights.softmax(1), ids.to(torch.int32)))
    return found


class Timed:
    """One MoE on one layer and number of tokens, eagerly and captured."""

    def __init__(self, name: str, moe: MoE, weights: dict[str, Any], inputs: list[tuple[torch.Tensor, ...]]) -> None:
        self.name, self._inputs = name, inputs
        self._static = tuple(one.clone() for one in inputs[0])

        def call(x: torch.Tensor, topk_weights: torch.Tensor, topk_ids: torch.Tensor) -> torch.Tensor:
            return moe(
                *(x, weights["w13"], weights["w13_scale"], weights["w2"], weights["w2_scale"], topk_weights, topk_ids),
                alpha=1.702,
                beta=1.0,
                limit=7.0,
                global_num_experts=len(weights["w2"]),
                expert_map=None,
            )

        self.call = call
        self.output = call(*self._static)
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        call(*self._static)
        self.workspace = torch.cuda.max_memory_allocated() - before
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self.captured = call(*self._static)
        self.launches = _launches(lambda: call(*self._static))

    def eager(self, turn: int, flush: torch.Tensor) -> tuple[float, float]:
        """(until the GPU is done, until the call returns)."""
        inputs = self._inputs[turn % len(self._inputs)]
        flush.zero_()
        torch.cuda.synchronize()
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        began = time.perf_counter()
        start.record()
        self.call(*inputs)
        stop.record()
        host = time.perf_counter() - began
        stop.synchronize()
        return 1e3 * start.elapsed_time(stop), 1e6 * host

    def replay(self, turn: int, flush: torch.Tensor) -> float:
        for to, of in zip(self._static, self._inputs[turn % len(self._inputs)], strict=True):
            to.copy_(of)
        flush.zero_()
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        self._graph.replay()
        stop.record()
        stop.synchronize()
        return 1e3 * start.elapsed_time(stop)


def _launches(call: Callable[[], object]) -> int:
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        call()
        torch.cuda.synchronize()
    return sum(event.count for event in seen.key_averages())


def measure(moes: dict[str, MoE], model: str, tokens: int, turns: int, weights: dict[str, Any]) -> Iterator[Taken]:
    """Each MoE at one point. Raises RuntimeError where an output is further from the first one's than APART."""
    device = torch.device("cuda")
    inputs = batches(model, tokens, 4, device)
    flush = torch.empty(CACHE_BYTES, dtype=torch.uint8, device=device)
    timed = [Timed(name, moe, weights, inputs) for name, moe in moes.items()]
    wanted = timed[0].output.double()
    apart = [float((one.output.double() - wanted).norm() / wanted.norm()) for one in timed]
    for one, off in zip(timed, apart, strict=True):
        if not off <= APART:
            raise RuntimeError(f"{one.name}, {model}, {tokens} tokens: its output is {off:.3g} from {timed[0].name}'s")
    eager: list[list[tuple[float, float]]] = [[] for _ in timed]
    graph: list[list[float]] = [[] for _ in timed]
    for turn in range(turns + 2):
        for one, e, g in zip(timed, eager, graph, strict=True):
            e.append(one.eager(turn, flush))
            g.append(one.replay(turn, flush))
    for one, off, e, g in zip(timed, apart, eager, graph, strict=True):
        times, hosts = zip(*e[2:], strict=True)
        middle = statistics.median
        yield Taken(
            *(one.name, model, tokens, middle(times), middle(g[2:]), middle(hosts)), one.launches, one.workspace, off
        )


def loaded(name: str) -> MoE:
    """A subject's whole MoE, a shipped one's with our alignment for its operator."""
    from conformance.subjects.registry import load

    moe = load(name).stages["fused_moe"]
    from kernels.align import moe_align_block_size

    def align(ids: Any, block_size: int, experts: int, expert_map: Any = None, **_: Any) -> Any:
        return moe_align_block_size(ids, block_size, experts, expert_map)

    for module in [module for key, module in sys.modules.items() if key.startswith(("vllm.", "sglang."))]:
        if "fused_moe_mxfp8_native" in vars(module):
            vars(module)["moe_align_block_size"] = align
    return moe


def _measured(moes: dict[str, MoE], turns: int, made: Callable[[str, torch.device], dict[str, Any]]) -> Iterator[Taken]:
    for model in MODELS:
        weights = made(model, torch.device("cuda"))
        for tokens in TOKENS:
            for one in measure(moes, model, tokens, turns, weights):
                print(one, file=sys.stderr, flush=True)
                yield one


def table(found: list[Taken]) -> str:
    """Markdown: a row for each point, our times and what part of the others' they are; geometric means below."""
    names = list(dict.fromkeys(one.name for one in found))
    others = names[1:]
    kinds = [head for kind in ("eager", "graph") for head in (f"{names[0]}, {kind}", *(f"/ {o}" for o in others))]
    heads = ["", "T", *kinds, "host", "launches", "MiB"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    ratios: dict[tuple[str, str], list[float]] = {}
    points: dict[tuple[str, int], dict[str, Taken]] = {(one.model, one.tokens): {} for one in found}
    for one in found:
        points[one.model, one.tokens][one.name] = one
    for (model, tokens), by_name in points.items():
        ours = by_name[names[0]]
        cells = [model, str(tokens)]
        for kind in ("eager", "graph"):
            cells.append(f"{getattr(ours, kind):.0f} us")
            for other in others:
                ratio = getattr(ours, kind) / getattr(by_name[other], kind)
                ratios.setdefault((kind, other), []).append(ratio)
                cells.append(f"{ratio:.2f}")
        cells += [f"{ours.host:.0f} us", str(ours.launches), f"{ours.workspace / 2**20:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    for (kind, other), values in ratios.items():
        mean = math.exp(statistics.fmean(map(math.log, values)))
        lines.append(f"\n{kind}, {names[0]} / {other}: geometric mean {mean:.3f}, largest {max(values):.2f}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="nox -s bench -- kernels", description=__doc__)
    parser.add_argument("--against", nargs="+", default=[], metavar="SUBJECT", help="vllm, sglang:PATH, ...")
    parser.add_argument("--fallback-against", type=Path, metavar="PATH", help="a folder that holds vLLM")
    parser.add_argument("--only", choices=("native", "emulation"), help="one of our pipelines (default: both)")
    parser.add_argument("--turns", type=int, default=20, help="calls of each at each point (default: 20)")
    parser.add_argument("--out", type=Path, help="write the measured rows as JSON")
    options = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        parser.error("torch sees no GPU; needs one")
    found: dict[str, list[Taken]] = {}
    if options.only != "emulation":
        moes = {name: loaded(name) for name in ("native", *options.against)}
        found["native"] = list(_measured(moes, options.turns, layer))
    if options.only != "native":
        moes = {"emulation": loaded("emulation")}
        if options.fallback_against:
            from tests.bench import vllm_bf16

            moes["vllm-bf16"] = vllm_bf16.load(options.fallback_against)
        found["emulation"] = list(_measured(moes, options.turns, decoded))
    print(*map(table, found.values()), sep="\n\n")
    if options.out:
        options.out.write_text(json.dumps([asdict(one) for rows in found.values() for one in rows], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
