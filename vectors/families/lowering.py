"""What must be compiled to be looked at? Small calls that together select every tile of the pipelines' kernels.

A tile follows from sizes alone. On gfx950 the grouped GEMM's has 16, 64 or 128 rows by the average number of routes to
an expert, the last 128 or 256 columns by N, the others 64 and steps of 256 along K where that divides K, else of 128;
a call of it alone can ask for 32 rows too. Row kernels have a larger tile from 2^14 blocks on, and the sum over top-k
takes as many columns as H has, to the next power of two, up to 1024. A launch also specialises on integers that are 1
or a multiple of 16: routes, top-k and the strides of scales are those that vary. Results are not judged here, so the
values do not matter.
"""

from collections.abc import Callable
from typing import Any

import ml_dtypes

from vectors import data
from vectors.case import Arrays, Case, as_case, expect_nothing
from vectors.contents.gemm import gaussian_mx
from vectors.contents.moe import make_inputs, parameters
from vectors.data import Stream

_ANY_KERNEL = "LOW-03 LOW-04 LOW-05"
_SCALED = f"LOW-01 LOW-02 {_ANY_KERNEL} LOW-06 LOW-07"
_PIPELINE: dict[str, dict[str, Any]] = {
    "16-rows-steps-of-128": {"T": 4, "H": 128, "I": 128, "E": 4, "k": 2, "limit": None, "tier": "quick"},
    "16-rows-steps-of-256": {"T": 4, "H": 256, "I": 256, "E": 4, "k": 2},
    "64-rows-top-1": {"T": 40, "H": 256, "I": 128, "E": 2, "k": 1},
    "64-rows-routes-divisible-by-16": {"T": 48, "H": 128, "I": 256, "E": 4, "k": 2},
    "128-rows-256-columns": {"T": 66, "H": 256, "I": 256, "E": 2, "k": 1},
    "128-rows-128-columns": {"T": 33, "H": 128, "I": 128, "E": 2, "k": 2},
    "one-route": {"T": 1, "H": 1024, "I": 128, "E": 1, "k": 1},
    "scale-strides-divisible-by-16": {"T": 16, "H": 512, "I": 512, "E": 2, "k": 1},
    "top-16": {"T": 2, "H": 128, "I": 128, "E": 16, "k": 16},
}
_FALLBACK: dict[str, dict[str, Any]] = {
    "16-rows-steps-of-64-and-128": {"T": 4, "H": 32, "I": 96, "E": 4, "k": 2, "tier": "quick"},
    "64-rows-steps-of-64": {"T": 40, "H": 64, "I": 64, "E": 2, "k": 1},
    "128-rows": {"T": 33, "H": 160, "I": 96, "E": 2, "k": 2},
}
_TILES = (
    *((16, 64, 128), (16, 64, 256), (32, 64, 128), (32, 64, 256)),
    *((64, 64, 128), (64, 64, 256), (128, 128, 128), (128, 256, 128)),
)


def cases() -> tuple[Case, ...]:
    """The family's cases, and those of the fallback's kernels, which multiply without scales."""
    native, fallback = "The native pipeline's kernels", "The fallback's kernels, which multiply in BF16"
    return (
        *(_layer("lowering", name, native, _SCALED, **sizes) for name, sizes in _PIPELINE.items()),
        *(_tile(turn, *tile) for turn, tile in enumerate(_TILES)),
        _large_row_tile("quantize", 1024),
        _large_row_tile("activation_quantize", 2048),
        *(_layer("lowering-fallback", name, fallback, _ANY_KERNEL, **sizes) for name, sizes in _FALLBACK.items()),
    )


def _case(name: str, title: str, asked: str, make: Callable[[Case], Arrays], params: Any, tier: str = "gate") -> Case:
    return as_case(name, title, asked, "lowering", tier, params, make, expect_nothing)


def _layer(family: str, name: str, title: str, asked: str, tier: str = "gate", **sizes: Any) -> Case:
    words, params = f"{title}: {name.replace('-', ' ')}.", {"stage": "fused_moe", **parameters(**sizes)}
    return _case(f"{family}/moe-{name}", words, asked, make_inputs, params, tier)


def _tile(turn: int, m: int, n: int, k: int) -> Case:
    """Weights and output formats take turns."""
    routing = {"T": 5, "E": 1, "k": 1, "world": 1, "routing": "uniform", "rows_per_token": 1, "num_routes": 5}
    stored = {"weighted": "softmax" if turn % 2 else None, "out_dtype": ("bfloat16", "float32", "float16")[turn % 3]}
    title = f"The grouped GEMM alone with a tile of {m} rows, {n} columns and steps of {k}."
    params = {"stage": "grouped_gemm", **routing, "block_m": m, "N": n, "K": k, **stored}
    return _case(f"lowering/gemm-tile-{m}x{n}x{k}", title, _SCALED, gaussian_mx, params)


def _large_row_tile(stage: str, width: int) -> Case:
    title = f"{stage} of 2^14 blocks, where the row kernels' larger tile begins."
    params = {"stage": stage, "shape": [512, width]}
    return _case(f"lowering/{stage.replace('_', '-')}-large-tile", title, _ANY_KERNEL, _rows, params)


def _rows(case: Case) -> Arrays:
    return {"x": data.normal(Stream(case.id, "x"), tuple(case.params["shape"]), dtype=ml_dtypes.bfloat16)}
