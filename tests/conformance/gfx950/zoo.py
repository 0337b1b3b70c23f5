"""What do the small kernels give? ``-m tests.conformance.gfx950.zoo BACKEND OUT.npz`` runs all and saves their outputs.

A process of its own for each backend: Triton decides between compiler and interpreter at its import.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from conformance.backends import pick

SEED = 20


def _floats(rng: np.random.Generator, n: int) -> np.ndarray:
    """FP32 of every kind: ordinary, huge, tiny, subnormal, zeros, infinities, NaN."""
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-40, 3e38, 1.5, 2.5, -0.5, 448.0, 464.0, 465.0])
    ordinary = rng.standard_normal(n - len(special)) * 2.0 ** rng.integers(-140, 120, n - len(special))
    return np.concatenate([special, ordinary]).astype(np.float32)


def run_all() -> Iterator[tuple[str, np.ndarray]]:
    """(name, output) of each kernel; bits of floats as integers, every NaN as the same one."""
    from tests.conformance.gfx950 import zoo_kernels as zoo

    rng = np.random.default_rng(SEED)
    small = torch.from_numpy(rng.integers(-999, 999, (64, 128)).astype(np.float32))

    def launch(
        kernel: Callable[..., object], *arguments: object, grid: int = 1, warps: int = 4, **constants: int
    ) -> None:
        kernel[(grid,)](*arguments, num_warps=warps, **constants)  # type: ignore[index]

    for warps in (4, 1, 8):
        outs = torch.zeros(64), torch.zeros(128), torch.zeros(64, dtype=torch.int32)
        launch(zoo.reductions, small, *outs, ROWS=64, COLUMNS=128, warps=warps)
        for name, out in zip(("sum", "max", "argmax"), outs, strict=True):
            yield f"reduction-{name}-{warps}", _bits(out)
        flipped = torch.zeros(128, 64)
        launch(zoo.transpose, small, flipped, ROWS=64, COLUMNS=128, warps=warps)
        yield f"transpose-{warps}", _bits(flipped)
    halves = small.to(torch.bfloat16)
    flipped = torch.zeros(128, 64, dtype=torch.bfloat16)
    launch(zoo.transpose, halves, flipped, ROWS=64, COLUMNS=128)
    yield "transpose-bf16", _bits(flipped)

    line = torch.from_numpy(rng.integers(-50, 50, 512).astype(np.int32))
    for kernel, name in ((zoo.scan, "scan"), (zoo.ordered, "sort")):
        out = torch.zeros(512, dtype=torch.int32)
        launch(kernel, line, out, N=512)
        yield name, _bits(out)
    index = torch.from_numpy(rng.integers(0, 512, 512).astype(np.int32))
    out = torch.zeros(512, dtype=torch.int32)
    launch(zoo.gathered, line, index, out, N=512)
    yield "gather", _bits(out)

    values = torch.from_numpy(rng.integers(0, 16, 1000).astype(np.int32))
    counts, last = torch.zeros(16, dtype=torch.int32), torch.zeros(16, dtype=torch.int32)
    launch(zoo.histogram, values, counts, last, 1000, grid=4, BLOCK=256)
    yield "histogram-counts", _bits(counts)
    yield "histogram-last", _bits(last)
    trips = torch.from_numpy(rng.integers(0, 40, 50).astype(np.int32))
    totals = torch.full((50,), -1, dtype=torch.int32)
    launch(zoo.uneven_loops, trips, totals, 1000, grid=50)
    yield "uneven-loops", _bits(totals)

    powers = torch.cat([torch.arange(-160, 140.0), torch.from_numpy(rng.uniform(-20, 20, 212).astype(np.float32))])
    out = torch.zeros(512)
    launch(zoo.exponential, powers, out, N=512)
    yield "exp2", _bits(out)
    blocks = torch.from_numpy(rng.integers(-99, 99, (8, 32)).astype(np.float32))
    blocks[3] = 0.0
    codes = torch.zeros(8, 32, dtype=torch.uint8)
    launch(zoo.block_scaled_by_division, blocks, codes, BLOCKS=8)
    yield "codes-by-division", _bits(codes)

    yield from _arithmetic(rng, zoo, launch)
    yield from _products(rng, zoo, launch)


def _arithmetic(rng: np.random.Generator, zoo: object, launch: Callable[..., None]) -> Iterator[tuple[str, np.ndarray]]:
    a = torch.from_numpy(rng.integers(-(1 << 31), 1 << 31, 256).astype(np.int32))
    b = torch.from_numpy(rng.integers(1, 1 << 15, 256).astype(np.int32) * rng.choice([-1, 1], 256).astype(np.int32))
    out = torch.zeros(6, 256, dtype=torch.int64)
    launch(zoo.integers, a, b, out, N=256)  # type: ignore[attr-defined]
    for name, row in zip(("quotient", "remainder", "product", "seventh", "high", "shifts"), out, strict=True):
        yield f"int-{name}", _bits(row)
    x, y = torch.from_numpy(_floats(rng, 512)), torch.from_numpy(np.roll(_floats(rng, 512), 5))
    results = torch.zeros(11, 512)
    launch(zoo.floats, x, y, results, N=512)  # type: ignore[attr-defined]
    names = ("add", "mul", "div", "fma", "sqrt", "floor", "ceil", "max", "select", "double", "from-int")
    for name, row in zip(names, results, strict=True):
        yield f"float-{name}", _bits(row)
    half = torch.zeros(512, dtype=torch.float16)
    launch(zoo.halved, x, half, N=512)  # type: ignore[attr-defined]
    yield "cast-fp16", _bits(half)
    outs = torch.zeros(512, dtype=torch.bfloat16), torch.zeros(512, dtype=torch.uint8), torch.zeros(512)
    launch(zoo.narrow, x, *outs, N=512)  # type: ignore[attr-defined]
    for name, narrow in zip(("bf16", "e4m3", "e4m3-back"), outs, strict=True):
        yield f"cast-{name}", _bits(narrow)
    finite = torch.from_numpy(rng.standard_normal(1024).astype(np.float32) * 60)
    for dtype, name in ((torch.float16, "fp16"), (torch.bfloat16, "bf16")):
        codes = torch.zeros(2, 1024, dtype=torch.uint8)
        launch(zoo.narrow_again, finite.to(dtype), *codes, N=1024)  # type: ignore[attr-defined]
        for to, row in zip(("e4m3", "e5m2"), codes, strict=True):
            yield f"cast-{name}-{to}", _bits(row)


def _products(rng: np.random.Generator, zoo: object, launch: Callable[..., None]) -> Iterator[tuple[str, np.ndarray]]:
    formats = {"fp16": torch.float16, "bf16": torch.bfloat16, "e4m3": torch.float8_e4m3fn, "int8": torch.int8}
    for name, dtype in formats.items():
        for m, n, k in ((16, 32, 64), (64, 64, 128)):
            a = torch.from_numpy(rng.integers(-8, 8, (m, k)).astype(np.float32)).to(dtype)
            b = torch.from_numpy(rng.integers(-8, 8, (k, n)).astype(np.float32)).to(dtype)
            out = torch.zeros(m, n, dtype=torch.int32 if name == "int8" else torch.float32)
            launch(zoo.product, a, b, out, M=m, N=n, K=k)  # type: ignore[attr-defined]
            yield f"product-{name}-{m}x{n}x{k}", _bits(out)


def _bits(tensor: torch.Tensor) -> np.ndarray:
    values = tensor.contiguous()
    if values.is_floating_point():
        values = torch.where(values.isnan(), torch.tensor(float("nan"), dtype=values.dtype), values)
        return values.view({2: torch.int16, 4: torch.int32, 8: torch.int64}[values.element_size()]).numpy()
    return values.numpy()


def main(backend: str, out: Path) -> None:
    """Run every kernel on the backend and save what it gave."""
    chosen = pick(backend)
    chosen.activate()
    np.savez(out, **dict(run_all()))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
