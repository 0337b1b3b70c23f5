"""Is every tile that the kernels can choose chosen by a case of the gate?

What can be chosen is found by asking ``kernels.tiles`` about many sizes; what a case chooses by calling the kernels'
own host code with tensors of its sizes, which stops where it would launch.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from kernels import activation, emulation, gemm, native, quantize, reduce, tiles
from kernels.constants import K_GRANULARITY, MX_BLOCK
from vectors.case import Case
from vectors.registry import select

Configuration = tuple[tuple[str, int], ...]
KERNELS = {
    gemm: ("_mxfp8_kernel", "_bf16_kernel"),
    quantize: ("_quantize_kernel",),
    activation: ("_swiglu_kernel", "_swiglu_quantize_kernel"),
    reduce: ("_sum_kernel",),
}
WHOLE = ("moe", "experts-class", "batch-invariance")
_NAMES = ("BLOCK_M", "BLOCK_N", "BLOCK_K", "BLOCKS", "BLOCK", "num_warps", "num_stages")


def as_configuration(**constants: Any) -> Configuration:
    return tuple((name, constants[name]) for name in _NAMES if name in constants)


def possible(backend: str) -> dict[str, set[Configuration]]:
    """Kernel -> what it can be launched with."""
    around = [2**n + step for n in range(20) for step in (-1, 0, 1)]
    rows = {tiles.choose_block_m(routes, experts, backend) for routes in around for experts in (0, 1, 3, 8, 100, 1024)}
    columns = range(8, 1032, 8)

    def mxfp8(block_m: int, n: int, k: int) -> list[tiles.GemmTile]:
        return [tiles.mxfp8_gemm_tile(block_m, routes, n, k, backend) for routes in (1, 10**6)]

    def bf16(block_m: int, n: int, k: int) -> list[tiles.GemmTile]:
        return [tiles.bf16_gemm_tile(block_m, n, k, backend)]

    chosen = {"_mxfp8_kernel": (mxfp8, K_GRANULARITY), "_bf16_kernel": (bf16, MX_BLOCK.value)}
    found = {
        kernel: {
            as_configuration(
                BLOCK_M=t.block_m, BLOCK_N=t.block_n, BLOCK_K=t.block_k, num_warps=t.num_warps, num_stages=t.num_stages
            )
            for block_m, n, k in itertools.product(rows, columns, range(step, 32 * step, step))
            for t in tile(block_m, n, k)
        }
        for kernel, (tile, step) in chosen.items()
    }
    for kernel in ("_quantize_kernel", "_swiglu_kernel", "_swiglu_quantize_kernel"):
        of_rows = [tiles.row_tile(n, backend, kernel != "_quantize_kernel") for n in around]
        found[kernel] = {as_configuration(BLOCKS=t.blocks, num_warps=t.num_warps) for t in of_rows}
    return found | {"_sum_kernel": {as_configuration(BLOCK=tiles.reduce_columns_per_program(n)) for n in around if n}}


class Launches:
    """In the place of a kernel: keeps what it would be launched with."""

    def __init__(self, kept: set[Configuration]) -> None:
        self._kept = kept

    def __getitem__(self, grid: Any) -> Any:
        return lambda *_, **constants: self._kept.add(as_configuration(**constants))


def zeros(*shape: int, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    """A tensor of that shape that takes the memory of one element."""
    return torch.zeros([1] * len(shape), dtype=torch.uint8).to(dtype).expand(shape)


def scaled(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    """E4M3 codes and their scale bytes."""
    blocks = zeros(*shape[:-1], shape[-1] // MX_BLOCK.value, dtype=torch.uint8)
    return zeros(*shape, dtype=torch.uint8).view(torch.float8_e4m3fn), blocks


def call_gemm(case: Case) -> None:
    p, native_one = case.params, case.family == "gemm-mx"
    operands = (
        (*scaled(p["T"], p["K"]), *scaled(1, p["N"], p["K"]))
        if native_one
        else (zeros(p["T"], p["K"]), zeros(1, p["N"], p["K"]))
    )
    routing = (torch.zeros(n, dtype=torch.int32) for n in (p["block_m"], 1, 1))
    call = gemm.grouped_gemm_mxfp8 if native_one else gemm.grouped_gemm_bf16
    sizes = {"num_routes": p["T"] * p["k"], "top_k": p["k"], "block_m": p["block_m"]}
    call(*operands, *routing, **sizes, out_dtype=torch.float32)


def call_moe(case: Case) -> None:
    p = case.params
    for tokens in p.get("token_counts", [p["T"]]):
        call_whole(tokens, p["k"], p["E"] + p["shared"], p["H"], p["I"])


def call_whole(tokens: int, top_k: int, experts: int, hidden: int, intermediate: int) -> None:
    named = (
        *(zeros(tokens, hidden), *scaled(experts, 2 * intermediate, hidden), *scaled(experts, hidden, intermediate)),
        *(zeros(tokens, top_k, dtype=torch.float32), torch.zeros((tokens, top_k), dtype=torch.int32)),
    )
    if hidden % K_GRANULARITY == intermediate % K_GRANULARITY == 0:
        native.fused_moe_mxfp8_native(*named, global_num_experts=experts)
    emulation.fused_moe_mxfp8_emulation(*named, global_num_experts=experts)


def call_rows(case: Case) -> None:
    shape = case.params["shape"]
    if case.family == "quantize":
        quantize.mxfp8_quantize(zeros(*shape))
    elif case.family == "activation":
        activation.swiglu_oai(zeros(shape[0], 2 * shape[1]))
    else:
        activation.swiglu_oai_quantize_mxfp8(zeros(shape[0], 2 * shape[1]))


def calls(case: Case) -> Any:
    """How the kernels are called with the case's sizes; None where it does not say them all."""
    p = case.params
    if case.family in WHOLE and p.get("map") is None:
        return call_moe
    if case.family.startswith("gemm-") and p["K"] and p["T"]:
        return call_gemm
    refused = {"QNT-15", "FSQ-06"} & set(case.requirements)
    if case.family in ("quantize", "activation", "activation-quantize") and "shape" in p and not refused:
        return call_rows
    if case.family == "moe-sum":
        return lambda case: reduce.moe_sum(zeros(p["T"] * p["k"], p["H"]), p["k"], torch.bfloat16)
    return None


@dataclass(frozen=True)
class Chosen:
    """Of whole MoEs and of all calls: kernel -> what it would have been launched with."""

    backend: str
    whole: dict[str, set[Configuration]]
    every: dict[str, set[Configuration]]


@pytest.fixture(scope="module", params=["hip", "cuda"])
def chosen(request: pytest.FixtureRequest) -> Iterator[Chosen]:
    """Kernels do not run meanwhile, and weights are not decoded."""
    kept: dict[str, set[Configuration]] = {name: set() for names in KERNELS.values() for name in names}
    asked = [(call, case) for case in select("gate") if (call := calls(case)) is not None]
    with pytest.MonkeyPatch.context() as patched:
        for module, names in KERNELS.items():
            for name in names:
                patched.setattr(module, name, Launches(kept[name]))
        for module in (gemm, native, emulation, activation, quantize):
            patched.setattr(module, "triton_backend", lambda: request.param)
        patched.setattr(emulation, "dequantize_experts", lambda codes, _, rows: zeros(len(rows), *codes.shape[1:]))
        for call, case in asked:
            if call is call_moe:
                call(case)
        whole = {name: set(found) for name, found in kept.items()}
        for call, case in asked:
            if call is not call_moe:
                call(case)
        yield Chosen(request.param, whole, kept)


def test_every_configuration_is_chosen_by_a_case_of_the_gate(chosen: Chosen) -> None:
    found = possible(chosen.backend)
    assert [(kernel, sorted(every - chosen.every[kernel])) for kernel, every in found.items()] == [
        (kernel, []) for kernel in found
    ]


def test_every_number_of_rows_is_chosen_by_a_whole_moe(chosen: Chosen) -> None:
    """Where it follows from the routes; a case of a GEMM alone is given it."""
    for kernel in KERNELS[gemm]:
        rows = {dict(configuration)["BLOCK_M"] for configuration in chosen.whole[kernel]}
        assert rows == {dict(configuration)["BLOCK_M"] for configuration in possible(chosen.backend)[kernel]}
