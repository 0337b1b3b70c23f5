"""What is asked of the fallback's grouped GEMM? Exact sums, bounds, tails and router weights in BF16."""

from vectors.case import Case
from vectors.contents import gemm
from vectors.contents.gemm import exact_bf16, gaussian_bf16, gemm_case
from vectors.contents.gemm_stores import stores_bf16
from vectors.families import _gemm

_FAMILY = "gemm-bf16"
_CASES = (
    *(gemm_case(f"gemm-bf16/exact-sums-{out}", f"Exact sums of BF16 integers, {out} out.", exact_bf16,
                "GEM-01 GEM-09", "exact-sum", T=19, N=160, K=256, E=4, k=2, out_dtype=out, routing="skewed",
                tier="gate" if out == "float16" else "quick", golden=False)
      for out in ("float32", "bfloat16", "float16")),
    _gemm.within_the_bound(_FAMILY, "Gaussian BF16 operands against the derived bound.", gaussian_bf16),
    *_gemm.off_the_tile(_FAMILY, exact_bf16, (8, 72, 200)),
    *(gemm_case(f"gemm-bf16/k-{k}-off-the-tile", f"K = {k} is a multiple of 32 only.", exact_bf16, "GEM-01 GEM-04",
                "k-tail exact-sum", T=4, N=64, K=k, E=2, tier="quick" if k == 96 else "gate")
      for k in (32, 96, 160, 416)),
    *(gemm_case(f"gemm-bf16/operands-{layout}",
                f"Operands {layout}, K = 96 off the tile: a step past the row's end meets NaN.", exact_bf16,
                "GEM-01 GEM-05", "strided-weights k-tail", T=6, N=40, K=96, E=2, k=2, layout=layout, golden=False)
      for layout in ("padded", "transposed", "swapped", "spread")),
    gemm_case("gemm-bf16/nan-in-operands", "NaN in single elements of both operands.", gemm.bf16_with_nan, "GEM-03",
              "nan-input", T=16, N=40, K=96, E=2, golden=False),
    _gemm.far_columns(_FAMILY, "both", exact_bf16, 256),
    *_gemm.stores(_FAMILY, stores_bf16, "PLT-DOT-BF16-SUBNORMAL"),
    *_gemm.of_routes(_FAMILY, exact_bf16, gaussian_bf16, depth_off_the_tile=96),
    *_gemm.many_results(_FAMILY, exact_bf16, 128),
    *_gemm.one_tile(_FAMILY, exact_bf16, blocks=(16, 32, 64), columns=(32, 64, 128), depths=(64,)),
    *_gemm.one_tile(_FAMILY, exact_bf16, blocks=(32, 64), columns=(32, 64), depths=(32,)),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return _CASES
