"""What must be compiled to be looked at? Small calls that together select every tile of the pipelines' kernels.

A tile follows from sizes alone. The grouped GEMM's has 16, 32 or 64 rows by the average number of routes to an expert,
32, 64 or 128 columns by N, and steps of 256 along K where that divides K, else of 128. Row kernels have a larger tile
from 2^14 blocks on, and the sum over top-k takes as many columns as H has, to the next power of two, up to 1024. A
launch also specialises on integers that are 1 or a multiple of 16: routes, top-k and the strides of scales are those
that vary. Results are not judged here, so the values do not matter.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes

from vectors import data
from vectors.case import Arrays, Case, expect_nothing
from vectors.contents.gemm import gaussian_mx
from vectors.contents.moe import make_inputs, parameters
from vectors.data import Stream

_ANY_KERNEL = ("LOW-03", "LOW-04", "LOW-05")
_SCALED = ("LOW-01", "LOW-02", *_ANY_KERNEL, "LOW-06", "LOW-07")


def cases() -> tuple[Case, ...]:
    """The family's cases, and those of the fallback's kernels, which multiply without scales."""
    return (*_pipeline(), *_gemm_alone(), *_large_row_tiles(), *_fallback())


def _case(name: str, title: str, requirements: tuple[str, ...], make: Any, **params: Any) -> Case:
    return Case(
        id=name,
        title=title,
        requirements=requirements,
        flags=("lowering",),
        tier=params.pop("tier", "gate"),
        golden=False,
        params=params,
        make_inputs=make,
        make_expected=expect_nothing,
    )


def _pipeline() -> list[Case]:
    asked: dict[str, dict[str, Any]] = {
        "16-rows-steps-of-128": {"T": 4, "H": 128, "I": 128, "E": 4, "k": 2, "limit": None, "tier": "quick"},
        "16-rows-steps-of-256": {"T": 4, "H": 256, "I": 256, "E": 4, "k": 2},
        "32-rows-top-1": {"T": 40, "H": 256, "I": 128, "E": 2, "k": 1},
        "32-rows-routes-divisible-by-16": {"T": 48, "H": 128, "I": 256, "E": 4, "k": 2},
        "64-rows-steps-of-256": {"T": 66, "H": 256, "I": 256, "E": 2, "k": 1},
        "64-rows-steps-of-128": {"T": 33, "H": 128, "I": 128, "E": 2, "k": 2},
        "one-route": {"T": 1, "H": 1024, "I": 128, "E": 1, "k": 1},
        "scale-strides-divisible-by-16": {"T": 16, "H": 512, "I": 512, "E": 2, "k": 1},
        "top-16": {"T": 2, "H": 128, "I": 128, "E": 16, "k": 16},
    }
    return [
        _case(
            f"lowering/moe-{name}",
            f"The native pipeline's kernels: {name.replace('-', ' ')}.",
            _SCALED,
            make_inputs,
            stage="fused_moe",
            **parameters(**params),
        )
        for name, params in asked.items()
    ]


def _gemm_alone() -> list[Case]:
    """Fewer columns than the pipeline ever has; weights and output formats take turns."""
    tiles = [(m, n, k) for m in (16, 32, 64) for n in (32, 64) for k in (128, 256)]
    routing = {"T": 5, "E": 1, "k": 1, "world": 1, "routing": "uniform", "rows_per_token": 1, "num_routes": 5}
    return [
        _case(
            f"lowering/gemm-tile-{m}x{n}x{k}",
            f"The grouped GEMM alone with a tile of {m} rows, {n} columns and steps of {k}.",
            _SCALED,
            gaussian_mx,
            stage="grouped_gemm",
            **routing,
            block_m=m,
            N=n,
            K=k,
            weighted="softmax" if turn % 2 else None,
            out_dtype=("bfloat16", "float32", "float16")[turn % 3],
        )
        for turn, (m, n, k) in enumerate(tiles)
    ]


def _large_row_tiles() -> list[Case]:
    asked = {"quantize": 1, "activation_quantize": 2}
    return [
        _case(
            f"lowering/{stage.replace('_', '-')}-large-tile",
            f"{stage} of 2^14 blocks, where the row kernels' larger tile begins.",
            _ANY_KERNEL,
            _rows,
            stage=stage,
            shape=[512, width * 1024],
        )
        for stage, width in asked.items()
    ]


def _rows(case: Case) -> Arrays:
    return {"x": data.normal(Stream(case.id, "x"), tuple(case.params["shape"]), dtype=ml_dtypes.bfloat16)}


def _fallback() -> list[Case]:
    asked: dict[str, dict[str, Any]] = {
        "16-rows-steps-of-32": {"T": 4, "H": 32, "I": 32, "E": 4, "k": 2, "tier": "quick"},
        "32-rows-steps-of-64": {"T": 40, "H": 64, "I": 64, "E": 2, "k": 1},
        "64-rows-steps-of-128": {"T": 33, "H": 160, "I": 96, "E": 2, "k": 2},
    }
    return [
        _case(
            f"lowering-fallback/moe-{name}",
            f"The fallback's kernels, which multiply in BF16: {name.replace('-', ' ')}.",
            _ANY_KERNEL,
            make_inputs,
            stage="fused_moe",
            **parameters(**params),
        )
        for name, params in asked.items()
    ]
