"""What is asked of the whole MoE? Shapes, routings, router weights, parameters, specials, a shipped model's shape."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference import pipelines
from reference.swiglu import DEFAULT_ALPHA
from vectors import data
from vectors.arrays import flattened
from vectors.case import Arrays, Case, as_case
from vectors.contents.gemm import LIKELY_FAILURE
from vectors.contents.moe import EXACT, as_moe, certify, make_inputs, native_can, parameters
from vectors.data import BLOCK, Stream, mx

# Whole weights are large, so the committed store holds one case of each kind.
_GOLDEN = ("gaussian-small", "exact-half-sigmoid", "outlier-on-a-zero-weight", "fallback-hidden-96-intermediate-32")


def expect_output(case: Case, inputs: Arrays) -> Arrays:
    """The accepted outputs of each pipeline that takes these sizes (native.*, emulation.*); likely ones if asked."""
    moe = as_moe(case, inputs)
    runs: dict[str, Callable[..., Any]] = {"emulation": pipelines.emulation}
    if native_can(case):
        runs["native"] = pipelines.native
    found: dict[str, np.ndarray] = {}
    for name, run in runs.items():
        accepted = run(moe).output
        certify(case, name, accepted)
        found |= flattened(accepted, f"{name}.")
        if "MOE-15" in case.requirements:
            found |= flattened(run(moe, failure=LIKELY_FAILURE).output, f"{name}.likely.")
    return found


def _with_nan(case: Case) -> Arrays:
    """A NaN activation, a NaN code in w13 of one expert and a NaN byte in w2 of another."""
    found = dict(make_inputs(case))
    found["hidden_states"][1, 40] = np.nan
    found["w13"][0, 3, 17] = 0x7F
    found["w2_scale"][1, 5, 1] = mx.E8M0_NAN
    return found


def _nan_router_weight(case: Case) -> Arrays:
    """A NaN router weight in one token, and a NaN activation under weight 0 in another: both results are NaN."""
    found = dict(make_inputs(case))
    found["topk_weights"][1, 0] = np.nan
    found["hidden_states"][2, 9], found["topk_weights"][2] = np.nan, 0.0
    return found


def _zero_token(case: Case) -> Arrays:
    """One token of zeros."""
    found = dict(make_inputs(case))
    found["hidden_states"][0] = 0.0
    return found


def outlier_on_zero_weight(case: Case) -> Arrays:
    """Each block of an activation has one element 2^13 larger, whose weights are zero: its neighbours must survive."""
    found = dict(make_inputs(case))
    found["hidden_states"][:, 5::BLOCK] = 8192.0
    found["w13"][:, :, 5::BLOCK] = 0
    return found


def _wide_ids(case: Case) -> Arrays:
    """int64 ids; every third is 2^32 + e, an expert's id only for who cuts it to 32 bits."""
    found = dict(make_inputs(case))
    ids = found["topk_ids"].astype(np.int64)
    ids.reshape(-1)[::3] += 2**32
    return found | {"topk_ids": ids}


def _replicated(case: Case) -> Arrays:
    """Two global ids on each weight row."""
    found = dict(make_inputs(case))
    return found | {"expert_map": data.expert_maps.replicated(case.params["E"], len(found["w13"]))}


def _without_minus_one(case: Case) -> Arrays:
    """What is not here has other values than -1 in the map."""
    found = dict(make_inputs(case))
    dtype = np.int64 if case.params["map_dtype"] == "int64" else np.int32
    found["expert_map"] = data.expert_maps.without_minus_one(found["expert_map"], len(found["w13"]), dtype)
    return found


def _in_formats(case: Case) -> Arrays:
    """Router weights with every bit of ``router_dtype``, FP16's subnormal ones too; int64 ids and map where named."""
    found, p = dict(make_inputs(case)), case.params
    dtype = data.DTYPES[p["router_dtype"]]
    weights = data.log_uniform(Stream(case.id, "router"), (p["T"], p["k"]), -3, 0, signed=False, dtype=dtype)
    weights[-2:] = data.rounded(weights[-2:].astype(np.float64) * 2.0**-16, dtype)
    found["topk_weights"] = weights
    return {n: a.astype(np.int64) if n in p.get("int64", ()) else a for n, a in found.items()}


def _subnormal(case: Case) -> Arrays:
    """Gates 2^-60 as large and second weights 2^-73 as large as usual: outputs on both sides of 2^-126."""
    found = dict(make_inputs(case))
    found["w13_scale"][:, : case.params["I"]] -= 60
    found["w2_scale"] -= 73
    return found


def _cancelling_routes(case: Case) -> Arrays:
    """One expert with weights 1 and -1, and between them another with 2^-9: a sum in BF16 loses that one."""
    found = dict(make_inputs(case))
    ids, weights = found["topk_ids"], found["topk_weights"]
    ids[:, 2] = ids[:, 0]
    weights[:, 0], weights[:, 1], weights[:, 2] = 1.0, 2.0**-9, -1.0
    return found


def _case(
    name: str, title: str, requirements: str, flags: str, tier: str = "gate",
    make: Callable[[Case], Arrays] = make_inputs, needs: str = "", **given: Any,
) -> Case:  # fmt: skip
    asked = f"{requirements} MOE-03 MOE-05 MOE-06"
    params = parameters(**given)
    return as_case(f"moe/{name}", title, asked, flags, tier, params, make, expect_output, needs, name in _GOLDEN)


def _sizes(tokens: int, experts: int, k: int, hidden: int = 128, intermediate: int = 128) -> dict[str, Any]:
    return {"T": tokens, "H": hidden, "I": intermediate, "E": experts, "k": k}


# Gates so large that the sigmoid is 1.
_SATURATED: dict[str, Any] = {"data": "exact", "limit": None, "weights": "powers_of_two"}
_SHIPPED = _sizes(3, 128, 4, 6144, 384) | {"distinct": 4, "filled": "near-routes"}
_SHAPES = (
    _case("gaussian-small", "Gaussian data, 5 tokens, 4 experts.", "MOE-01 MOE-04 MOE-15", "determinism stale-memory",
          "quick", **_sizes(5, 4, 2)),
    _case("exact-half-sigmoid", "alpha 0: exact from end to end.", "MOE-02 MOE-04 MOE-14",
          "exact-sum scale-addressing", "quick", **_sizes(9, 4, 2), **EXACT),
    _case("exact-saturated-sigmoid", "Gates so large that the sigmoid is 1: exact from end to end.",
          "MOE-02 MOE-14", "exact-sum scale-addressing", "quick", **_sizes(6, 4, 2), **_SATURATED),
    *(_case(f"{tokens}-tokens", f"{tokens} tokens.", "MOE-01", "block-boundary" if tokens else "routing-empty",
            "quick" if tokens < 2 else "gate", **_sizes(tokens, 5, 3)) for tokens in (0, 1, 2, 3, 16, 17, 33, 65)),
    *(_case(f"{experts}-experts-top-{k}", f"{experts} experts, top-{k}.", "MOE-01", "expert-count",
            "quick" if experts == 8 else "gate", **_sizes(4, experts, k))
      for experts, k in ((1, 1), (2, 2), (8, 8), (10, 9), (12, 4), (32, 1))),
    *(_case(f"hidden-{hidden}-intermediate-{intermediate}",
            f"H {hidden}, I {intermediate}: off 256 and off the N tile.", "MOE-01 MOE-02",
            "n-tail k-tail strided-weights", **_sizes(3, 3, 2, hidden, intermediate), **EXACT)
      for hidden, intermediate in ((256, 384), (640, 128), (384, 256), (128, 640))),
    *(_case(f"fallback-hidden-{hidden}-intermediate-{intermediate}",
            f"H {hidden}, I {intermediate}: multiples of 32 only.", "MOE-01", "n-tail k-tail",
            "quick" if hidden == 96 else "gate", **_sizes(4, 4, 2, hidden, intermediate))
      for hidden, intermediate in ((96, 32), (160, 224), (32, 96))),
    _case("shipped-model-on-one-of-8-ranks",
          "Whether Gaussian data of a shipped model's size (hidden 6144, 3072 over 8 ranks = 384, 128 experts, top-4, "
          "outlier channels) stay finite and in place; single bits are decided by the exact case of this shape. Only "
          "experts near routed ones have weights.", "MOE-01 MOE-15", "real-shape", **_SHIPPED),
    _case("exact-on-one-of-8-ranks", "The same shape with data that are exact from end to end.", "MOE-02 MOE-13",
          "real-shape exact-sum k-tail", **_SHIPPED, **EXACT),
    _case("exact-on-the-first-of-16-ranks",
          "The same widths and exact data, 8 of 128 experts here, up clamped and a falling sigmoid that is exactly 1.",
          "MOE-02 MOE-12 MOE-13 EPM-03", "real-shape exact-sum expert-map k-tail",
          **_sizes(5, 128, 4, 6144, 384), **(EXACT | {"alpha": -1.0, "limit": 7.0}), distinct=4, map="contiguous",
          world=16, rank=0),
)  # fmt: skip

_ROUTED = _sizes(7, 6, 3)
_HALF = _sizes(7, 10, 3) | EXACT | {"map": "contiguous", "world": 2, "rank": 1}
_ROUTING = (
    _case("same-expert-twice", "Tokens that name an expert twice.", "MOE-02 MOE-07", "routing-duplicate", "quick",
          routing="with_duplicates", **_ROUTED, **EXACT),
    _case("all-routes-to-one-expert", "Every route to one expert.", "MOE-02 MOE-07",
          "routing-empty routing-duplicate", routing="all_to_one", **_ROUTED, **EXACT),
    _case("half-of-the-experts-empty", "Half of the experts have no route.", "MOE-02", "routing-empty",
          routing="some_empty", **_ROUTED, **EXACT),
    _case("shared-expert-rows", "The last id of each token is a fused shared expert, at global_num_experts.",
          "MOE-02 MOE-08", "shared-expert", "quick", shared=1, **_ROUTED, **EXACT),
    _case("ids-without-weight-rows", "A third of the ids are negative or beyond the weight rows.", "MOE-02 MOE-09",
          "routing-invalid", "quick", invalid=0.34, **_ROUTED, **EXACT),
    _case("no-valid-route-at-all", "Every id is invalid: every row is zero.", "MOE-02 MOE-09",
          "routing-invalid stale-memory", invalid=1.0, **_ROUTED, **EXACT),
    *(_case(f"{kind}-router-weights", f"Router weights: {kind}.", "MOE-01 MOE-10", "router-weight", weights=kind,
            **_ROUTED) for kind in ("zero", "negative", "tiny", "huge", "bfloat16", "ones")),
    _case("cancelling-routes", "w and -w of one expert beside a small third.", "MOE-01 MOE-11", "topk-sum", "quick",
          _cancelling_routes, **_sizes(6, 6, 3)),
    _case("tokens-in-wider-buffers", "hidden_states, topk_weights and topk_ids are views of wider buffers of NaN.",
          "MOE-02", "row-stride stale-memory", "quick", row_padding=8, **_ROUTED, **EXACT),
    _case("no-address-outside", "Invalid ids, tokens off the tile, inputs that are views of wider buffers.",
          "MOE-01 MOE-09 MEM-01", "routing-invalid block-boundary", "quick", row_padding=8, invalid=0.4, **_ROUTED),
    *(_case(f"router-weights-in-{dtype}", f"Router weights are given in {dtype}: every bit counts.",
            "MOE-02 MOE-10 MOE-19", "router-weight input-dtype", "gate", _in_formats, router_dtype=dtype,
            content="formats", **_sizes(7, 6, 2), **EXACT) for dtype in ("fp16", "bf16")),
    *(_case(f"{ids}-ids-and-map-and-{dtype}-router-weights-as-columns",
            f"{ids} ids and map and {dtype} router weights are columns of wider tables, ids of others between.",
            "MOE-02 MOE-19 EPM-03", "integer-format router-weight expert-map", tier, _in_formats, router_dtype=dtype,
            content="formats", int64=["topk_ids", "expert_map"] if ids == "int64" else [], table=True,
            map="random-partition", world=2, rank=1, **_sizes(7, 6, 2), **EXACT)
      for ids, dtype, tier in (("int64", "fp16", "quick"), ("int32", "bf16", "gate"))),
    _case("subnormal-outputs", "Second sums, their weighted products and the sums over top-k are subnormal numbers.",
          "MOE-02 GEM-11", "subnormal-result topk-sum", "gate", _subnormal,
          "PLT-DOT-SCALED-SUBNORMAL PLT-DOT-BF16-SUBNORMAL PLT-SUBNORMAL-MUL", content="subnormal",
          **_sizes(6, 4, 3), **(EXACT | {"beta": 0.0})),
    _case("int64-ids", "int64 ids, some of them 2^32 too large: those have no weight row.", "MOE-02 MOE-09",
          "routing-invalid int32-offset", "quick", _wide_ids, **_ROUTED, **EXACT),
    _case("expert-map-of-replicated-experts", "Two global ids on each weight row: both are computed.",
          "MOE-02 MOE-17", "expert-map", "quick", _replicated, content="replicated", **_HALF),
    *(_case(f"{dtype}-expert-map-without-minus-1",
            f"What is not here has other values than -1 in an {dtype} map: at the weight rows, beyond, negative"
            f"{', a row when cut to 32 bits' * (dtype == 'int64')}.", "MOE-02 MOE-17", "expert-map", "quick",
            _without_minus_one, content="without-minus-1", map_dtype=dtype, **_HALF) for dtype in ("int32", "int64")),
    *(_case(f"weights-decoded-{name}",
            f"w13 and w2 decoded to BF16 before the call, {words}: the bits of decoding in the call.",
            "MOE-02 MOE-18", "decoded-weights", tier, pipelines=["emulation"], **(_ROUTED | EXACT | given))
      for name, words, tier, given in (
          ("before-the-call", "fewer routes than experts", "quick", _sizes(3, 12, 2)),
          ("in-padded-rows", "views of larger buffers of NaN", "gate", {"weights_layout": "padded"}),
          ("on-a-rank", "with an expert_map and ids without weight rows", "quick", _HALF | {"invalid": 0.2}))),
)  # fmt: skip


def _activation(name: str, alpha: float, beta: float, limit: float | None, tier: str = "gate") -> Case:
    """alpha, beta and limit on their way through the layer; what they do is the family activation's."""
    title, flags = f"alpha {alpha}, beta {beta}, limit {limit}.", "alpha-beta limit-none limit-zero"
    given: dict[str, Any] = {"alpha": alpha, "beta": beta, "limit": limit}
    return _case(f"activation-{name}", title, "MOE-01 MOE-12", flags, tier, **given, **_sizes(4, 3, 2))


_ACTIVATION = (
    _activation("no-limit", DEFAULT_ALPHA, 1.0, None, "quick"),
    _activation("limit-0", DEFAULT_ALPHA, 1.0, 0.0),
    _activation("limit-0-5", DEFAULT_ALPHA, 1.0, 0.5),
    _activation("plain-silu", 1.0, 0.0, None, "quick"),
    _activation("negative-alpha", -1.0, 0.5, 7.0),
    _activation("beta-minus-1", DEFAULT_ALPHA, -1.0, 10.0),
    *(_case(f"activation-defaults-{name}", "alpha, beta and limit are left out of the call: 1.702, 1.0 and no clamp.",
            "MOE-01 MOE-16", "alpha-beta limit-none interface", "quick" if tokens < 9 else "gate", limit=None,
            defaults=True, **_sizes(tokens, 3, 2))
      for name, tokens in (("one-token", 1), ("four-tokens", 4), ("nine-tokens", 9))),
)  # fmt: skip

_SPECIALS = (
    _case("nan-in-activations-and-weights", "NaN in one activation, one code and one scale byte.", "MOE-01",
          "nan-code scale-byte-nan nan-input", make=_with_nan,
          needs="PLT-DOT-SCALED-NAN-BYTE PLT-DOT-SCALED-NAN-CODE", **_sizes(12, 8, 2)),
    _case("nan-router-weight-and-nan-under-weight-0",
          "A NaN router weight, and a NaN activation whose router weights are 0.", "MOE-01 MOE-10",
          "nan-input router-weight", make=_nan_router_weight, **_sizes(4, 3, 2)),
    _case("token-of-zeros", "One token is all zeros.", "MOE-01", "zero-block", "quick", _zero_token,
          **_sizes(4, 3, 2)),
    _case("outlier-on-a-zero-weight", "An outlier of 2^13 in each block, on a column of zero weights.", "MOE-01",
          "outlier scale-rule", "quick", outlier_on_zero_weight, **_sizes(4, 3, 2)),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return (*_SHAPES, *_ROUTING, *_ACTIVATION, *_SPECIALS)
