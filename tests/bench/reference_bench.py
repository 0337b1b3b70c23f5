"""How fast is the reference against plain formulas, what memory does it take, and does its cost grow linearly?

Every comparison alternates both sides (A B A B ...) and reports the median of the ratios of neighbouring runs, so
that what else the machine does meanwhile weighs on both. The contraction is held against one float64 matmul of
ready operands; decoding is its own part.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reference.contraction import contract_mx
from reference.fused import AcceptedBlocks
from reference.quantize import dequantize_mxfp8, quantize_mxfp8
from reference.swiglu import enclosure, nominal_fp32

Work = Callable[[], object]


@dataclass(frozen=True)
class Pair:
    """Medians in ms, the median and least of ratios of neighbouring runs (ours / theirs), and what is asked."""

    name: str
    ours_ms: float
    theirs_ms: float
    ratio: float
    least_ratio: float
    needs: float


@dataclass(frozen=True)
class Growth:
    """Nanoseconds per element at growing sizes; ratio: largest size over smallest."""

    name: str
    elements: tuple[int, ...]
    ns_per_element: tuple[float, ...]
    ratio: float


@dataclass(frozen=True)
class Memory:
    """Peak bytes of NumPy's allocations over the bytes of the inputs in float64."""

    name: str
    peak_bytes: int
    inputs_bytes: int
    ratio: float
    needs: float


@dataclass(frozen=True)
class Sizes:
    """What to run: elements of the quantizer, M x N x K of the contraction, smallest sizes of growth, repetitions."""

    quantizer: int = 8 << 20
    contraction: tuple[int, int, int] = (64, 1536, 6144)
    growth: int = 1 << 19
    repetitions: int = 15


def seconds(work: Work) -> float:
    """Wall clock of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(name: str, ours: Work, theirs: Work, needs: float, repetitions: int) -> Pair:
    """Both sides in turn, after one run of each that does not count."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(repetitions)]
    ratios = [a / b for a, b in pairs]
    left, right = (1e3 * statistics.median(column) for column in zip(*pairs, strict=True))
    return Pair(name, left, right, statistics.median(ratios), min(ratios), needs)


def torch_quantize(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The plain formula: least e with amax / 2^e <= 448, codes of clamped x / 2^e. For finite, not tiny x [n]."""
    blocks = x.view(-1, 32)
    mantissa, exponent = torch.frexp(blocks.abs().amax(dim=1) / 448.0)  # mantissa in [1/2, 1)
    exponent = torch.where(mantissa == 0.5, exponent - 1, exponent).clamp(-127, 127)
    scaled = blocks / torch.exp2(exponent.to(torch.float32))[:, None]
    codes = scaled.clamp(-448.0, 448.0).to(torch.float8_e4m3fn)
    return codes, (exponent + 127).to(torch.uint8)


def mx(rng: np.random.Generator, rows: int, K: int) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian values, quantized."""
    return quantize_mxfp8(rng.standard_normal((rows, K), np.float32))


def quantizer_pair(sizes: Sizes) -> Pair:
    """Against PyTorch on the CPU, which must give the same bytes. ValueError where it does not."""
    values = np.random.default_rng(1).standard_normal(sizes.quantizer, np.float32)
    tensor = torch.from_numpy(values)
    codes, scales = quantize_mxfp8(values)
    other_codes, other_scales = torch_quantize(tensor)
    if not (codes == other_codes.view(torch.uint8).numpy().reshape(-1)).all():
        raise ValueError("torch_quantize: has other codes than the reference, needs the same rule")
    if not (scales == other_scales.numpy()).all():
        raise ValueError("torch_quantize: has other scales than the reference, needs the same rule")
    return compare(
        f"quantizer / PyTorch formula, {sizes.quantizer} FP32",
        lambda: quantize_mxfp8(values),
        lambda: torch_quantize(tensor),
        1.0,
        sizes.repetitions,
    )


def contraction_pairs(sizes: Sizes) -> list[Pair]:
    """Against one float64 matmul of ready operands, and of the same codes and bytes, which it has to decode first."""
    M, N, K = sizes.contraction
    rng = np.random.default_rng(2)
    a, b = mx(rng, M, K), mx(rng, N, K)
    ready_a, ready_b = dequantize_mxfp8(*a), dequantize_mxfp8(*b)
    others: dict[str, Work] = {
        "float64 matmul": lambda: ready_a @ ready_b.T,
        "decode + float64 matmul": lambda: dequantize_mxfp8(*a) @ dequantize_mxfp8(*b).T,
    }
    return [
        compare(
            f"exact contraction / {name}, {M} x {N} x {K}", lambda: contract_mx(*a, *b), other, 1.5, sizes.repetitions
        )
        for name, other in others.items()
    ]


def contraction_memory(sizes: Sizes) -> Memory:
    """All a verdict needs: value, nearest, magnitude, certificate and interval."""
    M, N, K = sizes.contraction
    rng = np.random.default_rng(3)
    a, b = mx(rng, M, K), mx(rng, N, K)
    tracemalloc.start()
    try:
        contraction = contract_mx(*a, *b)
        contraction.nearest(np.float32)
        contraction.interval(np.float32)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    inputs = 8 * (M + N) * K
    return Memory("contraction with its interval", peak, inputs, peak / inputs, 4.0)


def growth(sizes: Sizes) -> list[Growth]:
    """Time per element at three sizes, 4x apart."""
    rng = np.random.default_rng(4)
    counts = [sizes.growth * 4**i for i in range(3)]
    K = 1024

    def quantizer(n: int) -> Work:
        values = rng.standard_normal(n, np.float32)
        return lambda: quantize_mxfp8(values)

    def contraction(n: int) -> Work:
        a, b = mx(rng, 64, K), mx(rng, n // K, K)
        return lambda: contract_mx(*a, *b)

    def halves(n: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.standard_normal((n // K, K), np.float32), rng.standard_normal((n // K, K), np.float32)

    def swiglu(n: int) -> Work:
        gate, up = halves(n)
        return lambda: enclosure(gate, up, alpha=1.702, beta=1.0, limit=7.0)

    def fused(n: int) -> Work:
        gate, up = halves(n)
        box = enclosure(gate, up, alpha=1.702, beta=1.0, limit=7.0)
        codes, scales = quantize_mxfp8(nominal_fp32(gate, up, alpha=1.702, beta=1.0, limit=7.0))
        return lambda: AcceptedBlocks(box).membership(codes, scales)

    makers = {"quantizer": quantizer, "contraction, M = 64": contraction, "SwiGLU enclosure": swiglu,
              "fused membership": fused}  # fmt: skip
    return [_growth(name, make, counts, max(3, sizes.repetitions // 3)) for name, make in makers.items()]


def _growth(name: str, make: Callable[[int], Work], counts: Sequence[int], repetitions: int) -> Growth:
    works = [make(n) for n in counts]
    for work in works:
        work()
    runs = [[seconds(work) / n * 1e9 for work, n in zip(works, counts, strict=True)] for _ in range(repetitions)]
    medians = tuple(statistics.median(column) for column in zip(*runs, strict=True))
    return Growth(name, tuple(counts), medians, statistics.median(run[-1] / run[0] for run in runs))


def run(sizes: Sizes) -> dict[str, Any]:
    """Every measurement as JSON values."""
    return {
        "machine": {
            "python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__,
            "processors": os.cpu_count(), "blas_threads": os.environ.get("OPENBLAS_NUM_THREADS", "default"),
            "load_before": os.getloadavg()[0],
        },
        "sizes": asdict(sizes),
        "pairs": [asdict(pair) for pair in (quantizer_pair(sizes), *contraction_pairs(sizes))],
        "memory": [asdict(contraction_memory(sizes))],
        "growth": [asdict(g) for g in growth(sizes)],
        "peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }  # fmt: skip


def _verdict(row: dict[str, Any]) -> str:
    return "met" if row["ratio"] <= row["needs"] else "missed"


def table(result: dict[str, Any]) -> str:
    """The result for people."""
    machine, pairs, memory, grown = (result[key] for key in ("machine", "pairs", "memory", "growth"))
    lines = [", ".join(f"{key} {value}" for key, value in machine.items()), ""]
    lines.append(f"{'pair':62} {'ours ms':>9} {'theirs':>9} {'ratio':>6} {'least':>6} {'needs':>7}")
    for p in pairs:
        lines.append(f"{p['name']:62} {p['ours_ms']:9.2f} {p['theirs_ms']:9.2f} {p['ratio']:6.2f} "
                     f"{p['least_ratio']:6.2f} {'<= ' + str(p['needs']):>7} {_verdict(p)}")  # fmt: skip
    lines += ["", f"{'peak memory over inputs in float64':62} {'MiB':>9} {'inputs':>9} {'ratio':>6}"]
    for m in memory:
        lines.append(f"{m['name']:62} {m['peak_bytes'] / 2**20:9.1f} {m['inputs_bytes'] / 2**20:9.1f} "
                     f"{m['ratio']:6.2f} {'':6} {'<= ' + str(m['needs']):>7} {_verdict(m)}")  # fmt: skip
    lines += ["", f"{'ns per element':30} {'elements':>32} {'ns':>22} {'largest / smallest':>19}"]
    for g in grown:
        counts = " ".join(f"{n:>10}" for n in g["elements"])
        times = " ".join(f"{t:7.2f}" for t in g["ns_per_element"])
        lines.append(f"{g['name']:30} {counts:>32} {times:>22} {g['ratio']:19.2f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON to --out."""
    parser = argparse.ArgumentParser(description="Speed and memory of the reference")
    parser.add_argument("--out", type=Path, help="JSON file")
    parser.add_argument("--repetitions", type=int, default=Sizes.repetitions)
    options = parser.parse_args(arguments)
    result = run(Sizes(repetitions=options.repetitions))
    print(table(result))
    if options.out:
        _write(options.out, json.dumps(result, indent=1) + "\n")
    return 0


def _write(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.resolve().parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


if __name__ == "__main__":
    sys.exit(main())
