"""What is asked of both grouped GEMMs alike? Router weights, ranks, tiles of columns, bounds."""

import itertools
from collections.abc import Callable, Iterable

from vectors.case import Arrays, Case
from vectors.contents.gemm import gemm_case, one_row

Make = Callable[[Case], Arrays]


def within_the_bound(family: str, title: str, gaussian: Make) -> Case:
    return gemm_case(
        f"{family}/gaussian-within-the-bound", title, gaussian, "GEM-02 GEM-08 GEM-10", "exact-sum rounding-store",
        T=17, N=128, K=512, E=3, k=2, exact=False, out_dtype="bfloat16", golden=False,
    )  # fmt: skip


def stores(family: str, stored: Make, needs: str) -> tuple[Case, ...]:
    """Results that a store rounds, and subnormal ones: of the sum, of its product with the router weight."""

    def case(name: str, title: str, asked: str, out: str, needs: str, weighted: str | None = None) -> Case:
        tier = "gate" if weighted or out == "bfloat16" else "quick"
        flags = "rounding-store subnormal-result" + " router-weight" * bool(weighted)
        return gemm_case(f"{family}/{name}-{out}", title, stored, f"GEM-01 {asked}", flags, T=12, N=128, K=128,
                         out_dtype=out, weighted=weighted, needs=needs, tier=tier, golden=False)  # fmt: skip

    return (
        *(case("subnormal-sums", f"Sums that are subnormal in FP32, {out} out.", "GEM-11", out, needs)
          for out in ("float32", "bfloat16")),
        *(case("subnormal-weighted-sums", f"Ordinary sums times tiny and subnormal router weights, {out} out.",
               "GEM-06 GEM-11", out, "PLT-SUBNORMAL-MUL", "ones") for out in ("float32", "bfloat16")),
        case("ties-and-ends", "Sums on and beside ties of FP16, its largest, its subnormal and too large ones.",
             "GEM-12", "float16", "PLT-CAST-FP16"),
        case("weighted-ties-and-ends", "The same, of sums times tiny router weights.", "GEM-06 GEM-12", "float16",
             "PLT-CAST-FP16", "ones"),
    )  # fmt: skip


def off_the_tile(family: str, exact: Make, columns: Iterable[int]) -> tuple[Case, ...]:
    return tuple(
        gemm_case(f"{family}/n-{n}-off-the-tile", f"N = {n} is no multiple of the tile.", exact, "GEM-01 GEM-04",
                  "n-tail", T=9, N=n, K=128, E=3, k=2, tier="quick" if n == 72 else "gate")
        for n in columns
    )  # fmt: skip


def past_2_31(family: str, exact: Make, depth: int, rows: int, columns: int, every: int, tier: str, words: str) -> Case:
    return gemm_case(
        f"{family}/{words}", f"{rows} routes of {columns} results: more than 2^31, of one row that stands for all.",
        one_row(exact), "GEM-13", "int32-offset n-tail",
        T=1, N=columns, K=depth, E=3, out_dtype="bfloat16", tier=tier, golden=False,
        num_routes=rows, live_every=every, repeated=rows, block_m=64,
    )  # fmt: skip


def many_results(family: str, exact: Make, depth: int) -> tuple[Case, ...]:
    """Few routes with an expert, but to both ends of the result; and, on a device that has the time, all of them."""
    return (
        past_2_31(family, exact, depth, 2**20 + 67, 2056, 27001, "gate", "more-than-2-31-results"),
        past_2_31(family, exact, depth, 2**22 + 35, 520, 100003, "gate", "more-than-2-31-results-in-narrow-rows"),
        past_2_31(family, exact, depth, 2**20 + 67, 2056, 1, "exhaustive", "more-than-2-31-results-of-live-routes"),
    )


def one_tile(
    family: str, exact: Make, blocks: Iterable[int], columns: Iterable[int], depths: Iterable[int]
) -> tuple[Case, ...]:
    """Sizes of one tile that other cases do not select; rows are given, as a MoE's routes would select them."""
    return tuple(
        gemm_case(f"{family}/n-{n}-k-{k}-in-blocks-of-{block}", f"N = {n}, K = {k}, blocks of {block} rows.", exact,
                  "GEM-01 GEM-09", "block-boundary k-tail", T=block + 1, N=n, K=k, E=2, block_m=block, tier="gate",
                  golden=False)
        for block, n, k in itertools.product(blocks, columns, depths)
    )  # fmt: skip


def far_columns(family: str, operands: str, exact: Make, depth: int) -> Case:
    return gemm_case(
        f"{family}/operands-far-columns",
        f"K is the outermost axis of {operands} operands: a step of half of it passes 2^31 elements.",
        exact, "GEM-01 GEM-05", "int32-offset strided-weights",
        T=2, N=16, K=depth, layout="far-columns", tier="gate", golden=False,
    )  # fmt: skip


def of_routes(family: str, exact: Make, gaussian: Make, depth_off_the_tile: int) -> tuple[Case, ...]:
    """Router weights, and routes to other ranks."""
    return (
        gemm_case(f"{family}/router-weight-of-each-route", "Powers of two as router weights, different for each route.",
                  exact, "GEM-01 GEM-06", "router-weight",
                  T=11, N=64, K=128, E=3, k=3, weighted="powers_of_two", second=True),
        gemm_case(f"{family}/router-weight-in-the-first-gemm",
                  "A weight per route where A has one row per token: the weight's index is the route's, not the "
                  "token's.", exact, "GEM-01 GEM-06", "router-weight",
                  T=7, N=64, K=128, E=3, k=3, weighted="powers_of_two"),
        gemm_case(f"{family}/no-address-outside",
                  "Rows and columns off the tile, views of larger buffers, blocks without rows.",
                  exact, "GEM-01 GEM-04 MEM-01", "n-tail block-boundary strided-weights",
                  T=3, N=40, K=depth_off_the_tile, E=3, k=2, world=2, layout="padded", golden=False),
        gemm_case(f"{family}/four-column-tiles", "N = 392: several tiles of columns and a rest.",
                  exact, "GEM-01 GEM-04", "n-tail scale-addressing", T=5, N=392, K=128, E=2, k=2, golden=False),
        gemm_case(f"{family}/softmax-router-weights", "Softmax router weights on Gaussian data.",
                  gaussian, "GEM-02 GEM-06", "router-weight",
                  T=7, N=64, K=256, E=3, k=2, weighted="softmax", second=True, exact=False),
        *(gemm_case(f"{family}/{kind}-router-weights", f"Router weights that are {kind}.", exact, "GEM-06",
                    "router-weight", T=6, N=32, K=128, E=2, k=2, weighted=kind, second=True, tier="gate")
          for kind in ("negative", "zero", "tiny", "huge")),
        gemm_case(f"{family}/routes-to-other-ranks",
                  "Half of the routes have no expert here, and stale blocks follow the last one.",
                  exact, "GEM-01 GEM-07", "stale-memory expert-map", T=21, N=64, K=128, E=3, k=2, world=2),
    )  # fmt: skip
