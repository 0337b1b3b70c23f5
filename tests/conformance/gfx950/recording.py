"""How are the scenes made? Each kernel on inputs that show as much of it as small inputs can.

What every launch has where its kernel allows it: several workgroups, ragged tiles, some lanes off, rows with gaps
between them (filled with NaN), values that differ from all their neighbours, and no argument that hides another: no
weight of 1, no expert 0 alone, no stride that equals a size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from conformance.gfx950.assembly import Kernel
from conformance.gfx950.launching.kernarg import flatten
from tests.conformance.gfx950.scenes import SCENES

_KEPT = re.compile(r"\s+(?:[vs]_|ds_|buffer_|global_|\.amdhsa_|\.amdgcn_target|\.end_amdhsa)|[.\w]+:$")


def stripped(text: str) -> str:
    """The kernel's code, descriptor and metadata alone: the rest is debug information with the machine's paths."""
    code, _, rest = text.partition("\t.amdgpu_metadata")
    lines = (line.partition(";")[0].rstrip() for line in code.splitlines())
    kept = [line for line in lines if _KEPT.match(line) and not re.match(r"\.L(tmp|func_begin|debug|info|line)", line)]
    return "\n".join(kept) + "\n\t.amdgpu_metadata" + rest.partition("\t.section")[0]


class Recorder:
    """Keeps what the emulated driver launches inside ``scene``."""

    def __init__(self) -> None:
        from conformance.gfx950.launching import driver

        self._wanted: str | None = None
        self._launches: list[tuple[str, dict[str, Any], dict[str, np.ndarray]]] = []
        self._driver, self._run, self._parsed = driver, driver.Launcher._run, driver.parsed
        self._texts: dict[int, str] = {}
        driver.parsed = self._remembering
        record = self._record
        driver.Launcher._run = lambda *given: record(*given)  # type: ignore[method-assign]  # noqa: PLW0108 (to bind)

    @contextmanager
    def scene(self, name: str, kernel: str) -> Iterator[None]:
        """All launches of this kernel in the block become a scene. Raises ValueError unless all run the same code."""
        self._wanted, self._launches = kernel, []
        yield
        self._wanted = None
        texts = {text for text, _, _ in self._launches}
        if len(texts) != 1:
            raise ValueError(f"scene {name}: {len(texts)} machine codes of {kernel}, needs one")
        arrays = {
            f"{number}:{key}": array
            for number, (_, _, found) in enumerate(self._launches)
            for key, array in found.items()
        }
        meta = json.dumps([meta for _, meta, _ in self._launches])
        (SCENES / f"{name}.s").write_text(texts.pop())
        np.savez_compressed(SCENES / f"{name}.npz", meta=np.array(meta), **arrays)  # type: ignore[arg-type]

    def _remembering(self, text: str) -> Kernel:
        kernel = self._parsed(text)
        self._texts[id(kernel)] = text
        return kernel

    def _record(self, launcher: Any, grid: tuple[int, int, int], given: tuple[Any, ...]) -> None:
        if launcher.kernel.name != self._wanted:
            self._run(launcher, grid, given)
            return
        signature = list(zip(launcher.signature.items(), given, strict=True))
        values = [v for (name, kind), a in signature for v in flatten(str(name), kind, a)]
        tensors = {name: value for name, _, value in values if hasattr(value, "data_ptr")}
        first = {id(value): name for name, value in reversed(tensors.items())}
        same_as = {name: first[id(value)] for name, value in tensors.items() if first[id(value)] != name}
        before = {name: _bytes(value) for name, value in tensors.items() if name not in same_as}
        self._run(launcher, grid, given)
        values += [("global_scratch", "*i8", None), ("profile_scratch", "*i8", None)]
        listed = [
            {"name": n, "kind": k, "value": None if n in tensors else v, "same_as": same_as.get(n, "")}
            for n, k, v in values
        ]
        metadata = launcher.metadata
        meta = {"arguments": listed, "grid": grid, "num_warps": metadata.num_warps, "lds_bytes": metadata.shared}
        arrays = {f"before:{name}": content for name, content in before.items()}
        after = {name: _bytes(tensors[name]) for name in before}
        arrays |= {f"after:{name}": a for name, a in after.items() if (a != before[name]).any()}
        self._launches.append((stripped(self._texts[id(launcher.kernel)]), meta, arrays))


def _bytes(tensor: torch.Tensor) -> np.ndarray:
    """The bytes from the first element to the last."""
    length = 1 + sum((n - 1) * stride for n, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return tensor.as_strided((length,), (1,)).view(torch.uint8).numpy().copy()


def record() -> None:
    """Compile and run what is kept."""
    from conformance.backends import pick

    pick("gfx950-emulated").activate()
    torch.use_deterministic_algorithms(True)  # fills what is not initialized
    SCENES.mkdir(exist_ok=True)
    for old in SCENES.iterdir():
        old.unlink()
    recorder = Recorder()
    for launches in (_products, _rows, _shapes):
        launches(recorder)


# Inputs


def apart(values: torch.Tensor, gap: int, fill: float | int) -> torch.Tensor:
    """The same rows, with ``gap`` elements of ``fill`` after each."""
    wide = torch.full((*values.shape[:-1], values.shape[-1] + gap), fill, dtype=values.dtype)
    wide[..., : values.shape[-1]] = values
    return wide[..., : values.shape[-1]]


def bytes_apart(values: np.ndarray, gap: int, fill: int) -> torch.Tensor:
    return apart(torch.from_numpy(values.astype(np.uint8)), gap, fill)


# E4M3 codes of small numbers of both signs, no two of the same magnitude: few, so that they compress.
_CODES = np.array([0x38, 0xBC, 0x42, 0xB1], np.uint8)
_NAN_CODE, _NAN_SCALE = 0x7F, 0xFF


def _routing(block_m: int, top_k: int) -> tuple[int, int, tuple[torch.Tensor, ...]]:
    """(routes, experts, alignment): expert 1 has no route, expert 2 three blocks, two routes no expert.

    The last rows in use are odd numbers of rows, in the first half of a block and in the second.
    """
    from kernels.align import moe_align_block_size

    counts = {0: block_m // 2 + 1, 2: 2 * block_m + block_m // 8 + 1, -1: 2}
    ids = np.repeat(list(counts), list(counts.values())).astype(np.int32)
    ids = np.random.default_rng(block_m).permutation(ids)
    return ids.size, 3, moe_align_block_size(torch.from_numpy(ids.reshape(-1, top_k)), block_m, 3)


_EMPTY = 3  # the row of each operand that is all zeros


def _weights(routes: int) -> torch.Tensor:
    """All different; so large where the product is 0 that the slightest other sum would show."""
    weights = (np.random.default_rng(0).permutation(routes) + 5).astype(np.float32) / 64
    weights[2 * _EMPTY : 2 * _EMPTY + 2] = 2.0**100
    return torch.from_numpy(weights)


def _products(recorder: Recorder) -> None:
    """The grouped GEMMs: the last tile of columns ragged, one to three steps over K, the last of them whole or not."""
    from kernels import gemm

    def operand(rng: np.random.Generator, shape: tuple[int, ...], k: int) -> list[torch.Tensor]:
        codes = rng.choice(_CODES, (*shape, k))
        scales = rng.integers(124, 130, (*shape, k // 32))
        codes[..., _EMPTY, :] = 0
        if len(shape) == 2:  # what no route uses is NaN
            codes[1], scales[1] = _NAN_CODE, _NAN_SCALE
        return [bytes_apart(codes, 16, _NAN_CODE).view(torch.float8_e4m3fn), bytes_apart(scales, 5, _NAN_SCALE)]

    for block_m, top_k, ragged, dtype in ((16, 2, 304, torch.float32), (32, 1, 176, torch.bfloat16)):
        rng = np.random.default_rng(block_m)
        routes, experts, aligned = _routing(block_m, top_k)
        with recorder.scene(f"gemm-mxfp8-{block_m}", "_mxfp8_kernel"):
            for columns, k in ((ragged, 384), (96, 128), (128, 128)):
                a, w = operand(rng, (routes // top_k,), k), operand(rng, (experts, columns), k)
                if columns == 128:
                    a[0] = a[0][:1].expand_as(a[0])  # rows that are one
                gemm.grouped_gemm_mxfp8(
                    *a, *w, *aligned, num_routes=routes, top_k=top_k, block_m=block_m, out_dtype=dtype,
                    topk_weights=_weights(routes) if top_k > 1 else None,
                )  # fmt: skip
    rng = np.random.default_rng(3)
    routes, experts, aligned = _routing(16, 2)
    numbers = np.array([1.0, -1.5, 2.25, -0.6875])
    with recorder.scene("gemm-bf16", "_bf16_kernel"):
        for columns, k in ((176, 352), (96, 256), (128, 96)):
            a_bf16, w_bf16 = (
                apart(torch.from_numpy(rng.choice(numbers, shape)).bfloat16(), 16, float("nan"))
                for shape in ((routes // 2, k), (experts, columns, k))
            )
            a_bf16[_EMPTY], w_bf16[1] = 0.0, float("nan")
            gemm.grouped_gemm_bf16(
                a_bf16, w_bf16, *aligned, num_routes=routes, top_k=2, block_m=16, out_dtype=torch.bfloat16,
                topk_weights=_weights(routes),
            )  # fmt: skip


def _rows(recorder: Recorder) -> None:
    """The kernels that take rows: quantizer, activation, sum."""
    from kernels import activation, quantize, reduce

    with recorder.scene("quantize", "_quantize_kernel"):
        for values in (odd_values(29, 160), crowded(13, 96)):
            quantize.mxfp8_quantize(apart(values, 16, float("nan")))
    with recorder.scene("swiglu-quantize", "_swiglu_quantize_kernel"):
        for values, limit, beta in (
            (odd_values(29, 320), 7.0, 1.25),
            *((special_pairs(1.25, limit), limit, 1.25) for limit in (7.0, np.inf)),
            *((near_ties(beta, 7.0), 7.0, beta) for beta in (1.25, 0.5, -0.75)),
            (opposites(24, 96), 3.4e38, 0.0),
            *((enormous(9, 96, beta), np.inf, beta) for beta in (2.0**100, 3.0e38, -3.0e38)),
            (largest_of_a_block(20, 96), np.inf, 0.5),
        ):
            activation.swiglu_oai_quantize_mxfp8(apart(values, 16, float("nan")), alpha=ALPHA, beta=beta, limit=limit)
    rng = np.random.default_rng(1)
    with recorder.scene("sum", "_sum_kernel"):
        for tokens, top_k in ((2, 17), (3, 2)):
            shape = (tokens * top_k, 1360)
            values = rng.choice([-3.0, -1.0, 0.5, 2.0], shape)
            routes = torch.from_numpy(values.astype(np.float32))
            reduce.moe_sum(apart(routes, 16, float("nan")), top_k, torch.bfloat16)


def _shapes(recorder: Recorder) -> None:
    """Data that changes lanes and waves."""
    from tests.conformance.gfx950 import scene_kernels as kernels

    rng = np.random.default_rng(2)

    def numbers(rows: int, columns: int, most: int) -> torch.Tensor:
        values = torch.from_numpy(rng.integers(-most, most, (rows, columns)).astype(np.float32))
        return apart(values, 16, float("nan"))

    with recorder.scene("transpose", "transpose"):
        for rows, columns in ((48, 80), (16, 144)):
            x, out = numbers(rows, columns, 999), apart(torch.zeros(columns, rows), 16, 0)
            grid = (-(-rows // 32), -(-columns // 64))
            kernels.transpose[grid](x, out, rows, columns, x.stride(0), out.stride(0), ROWS=32, COLUMNS=64, num_warps=4)
    with recorder.scene("reductions", "reductions"):
        for rows, columns in ((21, 112), (9, 80)):
            x, programs = numbers(rows, columns, 40), -(-rows // 8)
            outs = torch.zeros(rows), torch.zeros(programs, columns), torch.zeros(rows, dtype=torch.int32)
            kernels.reductions[(programs,)](x, *outs, rows, columns, x.stride(0), ROWS=8, COLUMNS=128, num_warps=4)
    line = torch.from_numpy(rng.integers(-999, 999, 333).astype(np.int32))
    for kernel, size in ((kernels.scan, 256), (kernels.ordered, 128)):
        with recorder.scene(kernel.fn.__name__, kernel.fn.__name__):
            kernel[(-(-line.numel() // size),)](line, torch.zeros_like(line), line.numel(), N=size, num_warps=4)


# Values of rows


ALPHA = 1.702
_NANS = np.array([0x7FC0, 0x7F81, 0xFF81, 0xFFFF], np.uint16)


def odd_values(rows: int, columns: int) -> torch.Tensor:
    """BF16 of every kind: blocks of ordinary values, of subnormals, zeros, with infinities and NaN of both signs."""
    rng = np.random.default_rng(rows)
    values = rng.standard_normal((rows, columns)) * 2.0 ** rng.integers(-12, 6, (rows, columns))
    values *= np.repeat(2.0 ** rng.choice([-130, -122, -60, 0, 0, 0, 0, 100], (rows, columns // 32)), 32, axis=1)
    some = rng.random((rows, columns))
    for value, first, last in ((np.inf, 0.008, 0.012), (-np.inf, 0.012, 0.016), (0.0, 0.016, 0.03), (-0.0, 0.03, 0.04)):
        values = np.where((some >= first) & (some < last), value, values)
    bits = torch.from_numpy(values.astype(np.float32)).bfloat16().view(torch.int16).numpy().view(np.uint16)
    bits = np.where(some < 0.008, rng.choice(_NANS, (rows, columns)), bits)
    return torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16)


def _bf16(bits: np.ndarray) -> np.ndarray:
    """BF16 numbers as FP32."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _gates_and_ups(gates: np.ndarray, ups: np.ndarray) -> torch.Tensor:
    """BF16 [rows, 2 * columns] with gates in the left half."""
    return torch.from_numpy(np.concatenate([gates, ups], axis=1).astype(np.float32)).bfloat16()


def _activation(gates: np.ndarray, ups: np.ndarray, beta: float, limit: float) -> np.ndarray:
    """What the kernel makes of each pair, in FP32."""
    from kernels.activation import swiglu_oai

    pairs = torch.from_numpy(np.stack([gates, ups], axis=-1).reshape(-1, 2)).bfloat16()
    results = swiglu_oai(pairs, alpha=ALPHA, beta=beta, limit=limit, out_dtype=torch.float32)
    return results.numpy().reshape(gates.shape)


def _in_every_place(gates: np.ndarray, ups: np.ndarray, columns: int) -> torch.Tensor:
    """Rows in which each pair comes in every place of a lane's eight, and neighbours stay close to each other."""
    count = -(-len(gates) // (columns // 8)) * (columns // 8)
    places = (np.arange(count)[:, None] + np.arange(8)) % len(gates)
    return _gates_and_ups(gates[places].reshape(-1, columns), ups[places].reshape(-1, columns))


def special_pairs(beta: float, limit: float) -> torch.Tensor:
    """Every special gate with every special up, by magnitude of the result: beside a large one a small one is lost."""
    sizes = np.array([0.0, np.inf, 1e-40, 2.0**-126, 1.0, 2e38, *(limit + np.array([-0.0625, 0.0, 0.0625]))])
    gates = np.concatenate([sizes, -sizes, [np.nan, 0.3, 30.0, -20.0, -100.0, -600.0, -2000.0]])
    ups = np.concatenate([sizes, -sizes, [np.nan, -beta, 0.3]])
    gates, ups = (side.ravel().astype(np.float32) for side in np.meshgrid(gates, ups))
    order = np.argsort(np.abs(_activation(gates, ups, beta, limit)), kind="stable")
    return _in_every_place(gates[order], ups[order], 256)


def near_ties(beta: float, limit: float) -> torch.Tensor:
    """Gates and ups whose activation is an FP32 number within one of a tie between E4M3 codes.

    An error in the last place of any step changes some of their codes. With u + beta == 1 the kernel gives a gate's
    factor, by which u + beta is multiplied for any u, with one rounding.
    """
    exponents, fractions = np.meshgrid(np.arange(114, 132), np.arange(128))
    magnitudes = (exponents * 128 + fractions).ravel().astype(np.uint16)
    numbers = _bf16(np.concatenate([magnitudes, magnitudes | 0x8000]))
    gates, ups = numbers[numbers < limit], numbers[np.abs(numbers) < limit]
    results = _activation(gates, np.full_like(gates, 1.0 - beta), beta, limit)[:, None] * (ups + np.float32(beta))
    distance = np.abs((results.view(np.uint32) & 0xFFFFF).astype(np.int64) - 0x80000)
    at = np.argwhere((distance <= 1) & (np.abs(results) > 2.0**-10) & (np.abs(results) < 2.0**4))
    chosen = np.random.default_rng(5).permutation(at)[:256]
    return _in_every_place(gates[chosen[:, 0]], ups[chosen[:, 1]], 256)


def opposites(rows: int, columns: int) -> torch.Tensor:
    """Gates of any size, zeros and subnormals too, with ups that bring the activation (with beta 0) near 1 or to Inf.

    Some are so far below zero that nothing is left, though the product of the significands before the last scaling is
    as large as it can be: only an up that was taken apart keeps it from overflowing.
    """
    rng = np.random.default_rng(6)
    gates = rng.uniform(1, 2, (rows, columns)) * 2.0 ** rng.integers(-134, 124, (rows, columns))
    some = rng.random((rows, columns))
    gates = np.where(some < 0.3, -gates, gates)
    gates = np.where(some < 0.15, -rng.uniform(1.0, 80.0, (rows, columns)), gates)
    large = rng.uniform(1, 2, (rows, columns)) * 2.0 ** rng.integers(117, 124, (rows, columns))
    gates = np.where(some > 0.9, large, gates)
    gates = np.where(some > 0.98, 0.0, gates)
    factors = gates / (1 + np.exp(np.minimum(-ALPHA * gates, 200.0)))
    with np.errstate(divide="ignore"):
        ups = rng.choice([-1, 1], (rows, columns)) * 2.0 ** rng.uniform(-9, 5, (rows, columns)) / factors
    far = np.arange(56.0, 64.0, 0.25)
    octaves = ALPHA * far / np.log(2)
    far = far[2.0 ** (np.round(octaves) - octaves) > 1.3]
    nothing = (some > 0.3) & (some < 0.4)
    gates, ups = np.where(nothing, -rng.choice(far, gates.shape), gates), np.where(nothing, 3.38e38, ups)
    gates[-1, :32], ups[-1, :32] = 1e30, np.where(rng.random(32) < 0.5, 1e30, 1e-30)
    return _gates_and_ups(gates, np.clip(ups, -3.38e38, 3.38e38))


def enormous(rows: int, columns: int, beta: float) -> torch.Tensor:
    """Ups near beta, from 1e30 on, where adding it could overflow, and gates as small as they are large."""
    rng = np.random.default_rng(7)
    gates, ups = (rng.uniform(1, 2, (rows, columns)) * rng.choice([-1, 1], (rows, columns)) for _ in range(2))
    exponent = int(np.log2(abs(beta)))
    gates *= 2.0 ** rng.integers(-exponent - 1, min(6 - exponent, 0), (rows, columns))
    return _gates_and_ups(gates, ups * 2.0 ** rng.integers(exponent - 3, min(exponent + 3, 128), (rows, columns)))


def largest_of_a_block(rows: int, columns: int) -> torch.Tensor:
    """Blocks whose largest activation (with beta 0.5) is just 1.75 times a power of two, the next number, or the last.

    From a gate of 24 on the sigmoid is 1, and the activation the product of gate and up + beta. Many of the others
    are NaN, beside which the largest must not be lost.
    """
    rng = np.random.default_rng(8)
    gates, ups = rng.uniform(0.5, 4.0, (rows, columns)), rng.uniform(-1, 1, (rows, columns))
    gates[rng.random(gates.shape) < 0.4] = np.nan
    blocks = np.arange(rows * columns // 32)
    at = 32 * blocks + blocks % 32
    gates.flat[at], ups.flat[at] = (rng.choice([27.875, 28.0, 28.125, 56.0], len(at)), rng.choice([0.5, -1.5], len(at)))
    return _gates_and_ups(gates, ups)


def crowded(rows: int, columns: int) -> torch.Tensor:
    """BF16 blocks of three special values and ordinary ones."""
    rng = np.random.default_rng(9)
    special = [0x0000, 0x8000, 0x7F80, 0xFF80, 0x0001, 0x807F, 0x0080, 0x7F7F, 0xC3E0, 0x43E1, 0x43DF, 0x00E0, *_NANS]
    values = rng.integers(0x3F00, 0x4380, (rows, columns // 32, 32)) | rng.choice(
        [0, 0x8000], (rows, columns // 32, 32)
    )
    chosen = rng.choice(special, (rows, columns // 32, 3))
    which = rng.integers(0, 5, values.shape)
    values = np.where(which < 3, np.take_along_axis(chosen, np.minimum(which, 2), axis=2), values)
    values[:, 0] = np.where(which[:, 0] < 3, values[:, 0], chosen[:, 0, :1])
    return torch.from_numpy(values.reshape(rows, columns).astype(np.uint16).view(np.int16)).view(torch.bfloat16)
