"""Do the lowering cases select every tile that sizes can select?"""

from __future__ import annotations

from itertools import product

import torch

from conformance.checks import test_lowering as lowering
from conformance.subjects.abilities import Abilities
from conformance.subjects.base import Subject
from kernels import tiles
from vectors.registry import all_cases

CASES = [case for case in all_cases() if case.family == "lowering"]
PIPELINE = [case.params for case in CASES if case.params["stage"] == "fused_moe"]


def block_m(p) -> int:
    return tiles.choose_block_m(p["T"] * p["k"], p["E"], "hip")


def gemms_of_pipeline(p) -> tuple[tuple[str, tiles.GemmTile], ...]:
    """The first GEMM is [H -> 2I], without weights; the second [I -> H], with them."""
    sizes = (("first", 2 * p["I"], p["H"]), ("second", p["H"], p["I"]))
    return tuple((name, tiles.mxfp8_gemm_tile(block_m(p), p["T"] * p["k"], n, k, "hip")) for name, n, k in sizes)


def selectable(multiple: int, most: int = 2048) -> set[tuple[str, tiles.GemmTile]]:
    """What the pipeline selects over all its sizes up to ``most``; beyond, nothing else follows from the sizes."""
    sizes = range(multiple, most + 1, multiple)
    routes = [{"T": t, "k": k, "E": e} for t, k, e in product((1, 17, 33, 600), (1, 2, 8), (1, 4, 8))]
    found = set()
    for h, i in product(sizes, sizes):
        for given in routes:
            found |= set(gemms_of_pipeline({**given, "H": h, "I": i}))
    return found


def test_the_pipelines_gemms_are_all_there():
    asked = {tile for p in PIPELINE for tile in gemms_of_pipeline(p)}
    assert asked == selectable(128, 1024)
    assert {tile.block_m for _, tile in asked} == {16, 64, 128}


def test_every_gemm_tile_there_is_has_a_case():
    every = {
        tiles.mxfp8_gemm_tile(m, 1000, n, k, "hip")
        for m in (16, 32, 64, 128)
        for n in range(1, 400)
        for k in range(128, 2048, 128)
    }
    alone = {
        tiles.mxfp8_gemm_tile(c.params["block_m"], 1000, c.params["N"], c.params["K"], "hip")
        for c in CASES
        if c.params["stage"] == "grouped_gemm"
    }
    assert alone | {tile for p in PIPELINE for _, tile in gemms_of_pipeline(p)} == every


def test_large_row_tiles_need_no_defaults():
    """A stage with all of its arguments to be given compiles too."""
    given = {}

    def quantize(x):
        return lowest(x), torch.zeros(x.shape[0], x.shape[1] // 32, dtype=torch.uint8)

    def activation_quantize(gate_up, *, alpha, beta, limit):
        given.update(alpha=alpha, beta=beta, limit=limit)
        return quantize(gate_up[:, : gate_up.shape[1] // 2])

    def lowest(x):
        return torch.zeros(x.shape, dtype=torch.float8_e4m3fn)

    stages = {"fused_moe": lowest, "quantize": quantize, "activation_quantize": activation_quantize}
    subject = Subject("strict", "native", stages, Abilities(defaults=False, limit_none=False))
    cases = [case for case in CASES if case.id.endswith("-large-tile")]
    assert {case.params["stage"] for case in cases} == {"quantize", "activation_quantize"}
    for case in cases:
        assert subject.unable(case.family, case.params, case.requirements) is None
        lowering._CALLS[case.params["stage"]](case, subject, case.inputs(), "cpu")
    assert None not in given.values() and given


def test_weights_and_output_formats_occur_alone_too():
    alone = [c.params for c in CASES if c.params["stage"] == "grouped_gemm"]
    assert {p["out_dtype"] for p in alone} == {"bfloat16", "float16", "float32"}
    assert {bool(p["weighted"]) for p in alone} == {False, True}


def test_row_kernels_have_both_tiles():
    def blocks(params) -> int:
        rows, columns = params["shape"]
        return rows * columns // 32 // (2 if params["stage"] == "activation_quantize" else 1)

    rows = {c.params["stage"]: blocks(c.params) for c in CASES if "shape" in c.params}
    assert rows.keys() == {"quantize", "activation_quantize"}
    small = {
        "quantize": {p["T"] * p["H"] // 32 for p in PIPELINE},
        "activation_quantize": {p["T"] * p["k"] * p["I"] // 32 for p in PIPELINE},
    }
    for stage, count in rows.items():
        asked, every = (
            {tiles.row_tile(n, "hip", stage != "quantize") for n in counts}
            for counts in ({*small[stage], count}, (1, 1 << 14, 1 << 30))
        )
        assert asked == every


def test_the_sum_over_top_k_has_all_its_widths():
    asked = {tiles.reduce_columns_per_program(p["H"]) for p in PIPELINE}
    assert asked == {tiles.reduce_columns_per_program(h) for h in range(128, 1 << 14, 128)}


def test_launches_are_specialised_in_every_way_that_sizes_allow():
    """Integers that a launch compiles in (1), knows to be multiples of 16, or neither."""

    def kind(number: int) -> str:
        return "one" if number == 1 else "multiple" if number % 16 == 0 else "other"

    assert {kind(p["T"] * p["k"]) for p in PIPELINE} == {"one", "multiple", "other"}
    assert {kind(p["k"]) for p in PIPELINE} == {"one", "multiple", "other"}
    assert {kind(p["H"] // 32) for p in PIPELINE} == {"multiple", "other"}
    assert {kind(p["I"] // 32) for p in PIPELINE} == {"multiple", "other"}
    assert {p["limit"] is None for p in PIPELINE} == {False, True}


def test_the_fallbacks_tiles_all_have_a_case():
    asked = [c.params for c in all_cases() if c.family == "lowering-fallback"]
    tiles_of = {
        tiles.bf16_gemm_tile(block_m(p), n, k, "hip")
        for p in asked
        for n, k in ((2 * p["I"], p["H"]), (p["H"], p["I"]))
    }
    assert {(t.block_m, t.block_n, t.block_k) for t in tiles_of} == {
        *((16, 64, 64), (16, 64, 128), (64, 128, 64), (128, 128, 64))
    }
