"""Which meetings of properties have broken kernels before? Each is asked by name, on exact data where it can be."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vectors import data
from vectors.case import Arrays, Case, as_case, expect_nothing
from vectors.contents import gemm
from vectors.contents.gemm import gemm_case
from vectors.contents.moe import EXACT, make_inputs, parameters
from vectors.data import BLOCK, Stream
from vectors.families.align_combined import align_inputs
from vectors.families.moe import expect_output, outlier_on_zero_weight

_REPEATED = "MOE-04 MOE-14"


def _dead_expert(case: Case) -> Arrays:
    """Expert 0's weights are about 1e-23, as training leaves a dead expert; half of the tokens use it alone."""
    found = dict(make_inputs(case))
    for name in ("w13_scale", "w2_scale"):
        found[name][0] -= 76
    found["topk_ids"][::2] = 0
    return found


def _graph_padding(case: Case) -> Arrays:
    """The last tokens are padding of a captured graph: ids -1, and NaN in their activations and router weights."""
    found = dict(make_inputs(case))
    found["topk_ids"][-3:] = -1
    found["hidden_states"][-3:], found["topk_weights"][-3:] = np.nan, np.nan
    return found


def _nan_router_row(case: Case) -> Arrays:
    """What top-k makes of a row of NaN scores: expert 0 in every place, under NaN weights."""
    found = dict(make_inputs(case))
    found["topk_ids"][2], found["topk_weights"][2] = 0, np.nan
    return found


def _cancelling(case: Case) -> Arrays:
    """Large routes of one expert that cancel, first and last, around small ones that a sum in BF16 loses."""
    found = dict(make_inputs(case))
    ids, weights = found["topk_ids"], found["topk_weights"]
    ids[:, -1] = ids[:, 0]
    weights[...] = 2.0**-9
    weights[:, 0], weights[:, -1] = 1.0, -1.0
    return found


def _tiny_activations(case: Case) -> Arrays:
    """Activations of about 1e-38 under weights that bring them back: their scale byte is the least there is."""
    found = dict(make_inputs(case))
    x = found["hidden_states"]
    found["hidden_states"] = data.rounded(x.astype(np.float64) * 2.0**-126, x.dtype.type)
    found["w13_scale"] += 120
    return found


def _zeros_under_nan_bytes(case: Case) -> Arrays:
    """NaN bytes over blocks of zeros in the weights, and over blocks of zeros in A."""
    found = dict(gemm.exact_mx(case))
    for codes, scales, rows in (("a_codes", "a_scales", 2), ("w", "w_scale", 3)):
        flat, bytes_of = (found[n].reshape(-1, found[n].shape[-1]) for n in (codes, scales))
        for row in Stream(case.id, f"{codes} rows").choice(len(flat), rows):
            flat[row, BLOCK : 2 * BLOCK], bytes_of[row, 1] = 0, data.E8M0_NAN
    return found


def _layer(
    name: str, title: str, requirements: str, flags: str, make: Callable[[Case], Arrays] = make_inputs, needs: str = "",
    **changed: Any,
) -> Case:  # fmt: skip
    given = {"T": 6, "H": 128, "I": 128, "E": 6, "k": 3, **changed}
    quick = given["H"] < 1024 and given.get("weights_layout") != "far-experts"
    params = parameters(**given) | ({"content": name} if make is not make_inputs else {})
    return as_case(
        f"moe/interaction/{name}", title, f"{requirements} MOE-03 MOE-05 MOE-06", f"combination {flags}",
        "quick" if quick else "gate", params, make, expect_output, needs,
    )  # fmt: skip


_LAYERS = (
    _layer("dead-expert-beside-live-ones", "Weights of 1e-23 in one expert, ordinary ones in the others.",
           "MOE-01", "scale-byte-extreme tiny-block", _dead_expert),
    _layer("padding-tokens-of-minus-1", "The last three tokens have ids of -1 and NaN everywhere else.",
           f"MOE-02 MOE-09 {_REPEATED}", "routing-invalid stale-memory nan-input", _graph_padding, **EXACT),
    _layer("router-row-of-nan", "A token with the same expert in every place and NaN weights, beside ordinary ones.",
           "MOE-02 MOE-07 MOE-10", "routing-duplicate nan-input", _nan_router_row, **EXACT),
    _layer("one-token-in-poisoned-buffers", "A single token and 8 routes; all operands are views of buffers of NaN.",
           f"MOE-02 {_REPEATED}", "block-boundary row-stride strided-weights stale-memory", **EXACT, T=1, E=12, k=8,
           row_padding=8, weights_layout="padded"),
    _layer("cancelling-over-8-routes", "1 and -1 of one expert around six routes of 2^-9.",
           f"MOE-01 MOE-11 {_REPEATED}", "topk-sum determinism", _cancelling, E=12, k=8),
    _layer("cancelling-on-exact-data", "1 and -1 of one expert around two routes of 2^-9, every bit decided.",
           "MOE-02 MOE-11 MOE-04", "topk-sum determinism", _cancelling, **EXACT, E=5, k=4),
    _layer("shared-experts-beside-invalid-ids", "Two fused shared experts, and a third of all ids invalid.",
           f"MOE-02 MOE-08 MOE-09 {_REPEATED}", "shared-expert routing-invalid expert-count", **EXACT, T=17, E=12, k=4,
           shared=2, invalid=0.34),
    _layer("shared-experts-under-negative-weights", "A fused shared expert's router weight is one like any other.",
           "MOE-02 MOE-08 MOE-10", "shared-expert router-weight", **(EXACT | {"shared": 1, "weights": "negative"})),
    _layer("outlier-under-exact-data", "An outlier of 2^13 per block on zero weights, every bit decided.",
           "MOE-02", "outlier scale-rule", outlier_on_zero_weight, **EXACT, H=256),
    _layer("outlier-under-a-limit", "An outlier of 2^13 per block on zero weights, gate and up clamped at 0.5.",
           "MOE-02 MOE-12", "outlier scale-rule clamp-edge", outlier_on_zero_weight, **(EXACT | {"limit": 0.5})),
    _layer("activations-of-1e-38", "Activations of about 1e-38 under weights of 2^120.",
           "MOE-02", "tiny-block scale-byte-extreme", _tiny_activations, "PLT-DOT-SCALED-HIGH", **EXACT),
    _layer("experts-far-apart", "Weights of both GEMMs whose experts lie 2^29 elements apart.",
           "MOE-02", "int32-offset strided-weights", **EXACT, E=5, weights_layout="far-experts"),
    _layer("one-of-16-ranks-of-a-shipped-model", "Hidden 6144, intermediate 384, 8 of 128 experts on rank 5.",
           "MOE-02 MOE-13 EPM-03", "real-shape expert-map k-tail", **EXACT, T=9, H=6144, I=384, E=128, k=4, distinct=4,
           map="contiguous", world=16, rank=5),
    _layer("gaussian-over-8-routes", "8 routes per token, H 256 and I 384, Gaussian data.",
           f"MOE-01 MOE-15 {_REPEATED}", "determinism n-tail", T=9, H=256, I=384, E=12, k=8),
)  # fmt: skip


def _alignment(name: str, title: str, requirements: str, flags: str, **changed: Any) -> Case:
    base = {"block_size": 16, "routing": "uniform", "ids": "int32", "shared": 0}
    asked, params = f"ALN-01 ALN-02 ALN-03 {requirements}", {"num_weight_rows": changed["E"]} | base | changed
    hunted = f"combination {flags}"
    return as_case(f"align/interaction/{name}", title, asked, hunted, "quick", params, align_inputs, expect_nothing)


_ALIGNMENTS = (
    _alignment("many-blocks-of-one-expert",
               "All routes to one of 288 experts: hundreds of blocks of one group, no other group has any.",
               "ALN-06", "routing-empty routing-duplicate", T=257, E=288, k=8, routing="all_to_one"),
    _alignment("few-routes-to-257-experts-after-many",
               "Three tokens and 257 experts: most groups are empty, and a large call has left its counts.",
               "ALN-06 ALN-07", "expert-count stale-memory", T=3, E=257, k=8, previous_tokens=300, again=False),
    _alignment("invalid-ids-of-64-bits-under-a-map",
               "int64 ids, some 2^32 too large, others negative or beyond, on the last rank of four.",
               "ALN-04 ALN-05", "routing-invalid expert-map int32-offset", T=33, E=14, k=4, routing="invalid",
               ids="int64", map="random-partition", world=4, rank=3, num_weight_rows=3),
)  # fmt: skip


def _product(
    name: str, title: str, make: Callable[[Case], Arrays], requirements: str, flags: str, tier: str = "quick",
    **given: Any,
) -> Case:  # fmt: skip
    words = f"gemm-mx/interaction/{name}"
    return gemm_case(words, title, make, requirements, f"combination {flags}", tier=tier, golden=False, **given)


_NAN = "PLT-DOT-SCALED-NAN-BYTE PLT-DOT-SCALED-NAN-CODE"
_PRODUCTS = (
    _product("nan-codes-off-the-tile", "NaN codes and bytes in one expert, N off the tile, one step over K.",
             gemm.with_nan, "GEM-03 FMT-02 FMT-05", "nan-code n-tail", T=17, N=72, K=128, needs=_NAN),
    _product("nan-codes-under-router-weights",
             "NaN codes and bytes, rows of A per route, weights, BF16 out, views of NaN.",
             gemm.with_nan, "GEM-03 GEM-06 FMT-02 FMT-05", "nan-code router-weight", T=17, N=40, K=384, E=3, k=2,
             second=True, weighted="softmax", layout="padded", out_dtype="bfloat16", scale_span=4, needs=_NAN),
    _product("zeros-under-nan-bytes", "Blocks of zeros under NaN bytes in both operands: NaN all the same.",
             _zeros_under_nan_bytes, "GEM-03 FMT-05", "scale-byte-nan", T=9, N=72, K=256, E=2, needs=_NAN),
    _product("one-token-in-a-block-of-64-of-nan",
             "63 of 64 rows of the only tile lie beyond the tokens, in memory of NaN.",
             gemm.exact_mx, "GEM-01 GEM-04 GEM-05", "block-boundary stale-memory", T=1, N=72, K=128, E=5,
             layout="padded", block_m=64),
    _product("far-rows-of-second-gemm", "Rows 2^25 elements apart, a row of A per route, router weights.",
             gemm.exact_mx, "GEM-01 GEM-05 GEM-06", "int32-offset router-weight", "gate", T=34, N=66, K=128, k=2, E=2,
             second=True, weighted="negative", layout="far-rows"),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """Cases of the families moe, align and gemm-mx."""
    return (*_LAYERS, *_ALIGNMENTS, *_PRODUCTS)
