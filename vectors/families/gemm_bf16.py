"""What is asked of the fallback's grouped GEMM? Exact sums, bounds, tails and router weights in BF16."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.case import Case
from vectors.contents import gemm
from vectors.contents.gemm import gemm_case, weighted_cases


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return tuple(_bf16())


def _bf16() -> Iterator[Case]:
    for out in ("float32", "bfloat16"):
        yield gemm_case(
            f"gemm-bf16/exact-sums-{out}",
            f"Exact sums of BF16 integers, {out} out.",
            gemm.exact_bf16,
            "GEM-01 GEM-09",
            "exact-sum",
            T=19,
            N=160,
            K=256,
            E=4,
            k=2,
            out_dtype=out,
            routing="skewed",
            golden=False,
        )
    yield gemm_case(
        "gemm-bf16/gaussian-within-the-bound",
        "Gaussian BF16 operands against the derived bound.",
        gemm.gaussian_bf16,
        "GEM-02 GEM-08 GEM-10",
        "exact-sum rounding-store",
        T=17,
        N=128,
        K=512,
        E=3,
        k=2,
        exact=False,
        out_dtype="bfloat16",
        golden=False,
    )
    for n in (8, 72, 200):
        yield gemm_case(
            f"gemm-bf16/n-{n}-off-the-tile",
            f"N = {n} is no multiple of the tile.",
            gemm.exact_bf16,
            "GEM-01 GEM-04",
            "n-tail",
            T=9,
            N=n,
            K=128,
            E=3,
            k=2,
            tier="quick" if n == 72 else "gate",
        )
    for k in (32, 96, 160, 416):
        yield gemm_case(
            f"gemm-bf16/k-{k}-off-the-tile",
            f"K = {k} is a multiple of 32 only.",
            gemm.exact_bf16,
            "GEM-01 GEM-04",
            "k-tail exact-sum",
            T=4,
            N=64,
            K=k,
            E=2,
            tier="quick" if k == 96 else "gate",
        )
    for layout in ("padded", "transposed"):
        yield gemm_case(
            f"gemm-bf16/operands-{layout}",
            f"Operands {layout}, K = 96 off the tile: a step past the row's end meets NaN.",
            gemm.exact_bf16,
            "GEM-01 GEM-05",
            "strided-weights k-tail",
            T=6,
            N=40,
            K=96,
            E=2,
            k=2,
            layout=layout,
            golden=False,
        )
    yield gemm_case(
        "gemm-bf16/nan-in-operands",
        "NaN in single elements of both operands.",
        gemm.bf16_with_nan,
        "GEM-03",
        "nan-input",
        T=16,
        N=40,
        K=96,
        E=2,
        golden=False,
    )
    yield gemm_case(
        "gemm-bf16/operands-far-columns",
        "K is the outermost axis of both operands: a step of half of it passes 2^31 elements.",
        gemm.exact_bf16,
        "GEM-01 GEM-05",
        "int32-offset strided-weights",
        T=2,
        N=16,
        K=256,
        layout="far-columns",
        tier="gate",
        golden=False,
    )
    yield from weighted_cases("gemm-bf16", gemm.exact_bf16, gemm.gaussian_bf16)
