"""What is asked of the experts classes? In place, with defaults, with given parameters, refusing the rest."""

from dataclasses import replace
from typing import Any

import numpy as np

from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors import data
from vectors.case import Arrays, Case, as_case
from vectors.contents.moe import EXACT, make_inputs, parameters, with_router_format
from vectors.families.moe import expect_output
from vectors.sweep import dimensions as dim


def effective(case: Case) -> Case:
    """The case with the parameters that the class must arrive at: None means alpha 1.702, beta 1.0, no clamp."""
    alpha, beta, limit = (case.params[f"gemm1_{name}"] for name in ("alpha", "beta", "clamp_limit"))
    meant = {
        "alpha": DEFAULT_ALPHA if alpha is None else alpha,
        "beta": DEFAULT_BETA if beta is None else beta,
        "limit": limit,
    }
    return replace(case, params={**case.params, **meant})


def expect_class(case: Case, inputs: Arrays) -> Arrays:
    return expect_output(effective(case), inputs)


def class_inputs(case: Case) -> Arrays:
    """Of a MoE, in the formats that the case names; of padded batches the rows without an expert are -1 throughout."""
    found, p = dict(make_inputs(effective(case))), case.params
    if p.get("padded"):
        found["topk_ids"] = found["topk_ids"].copy()
        found["topk_ids"][_padding(found) if p["padded"] == "some" else slice(None)] = -1
    if p.get("router_dtype"):
        found |= with_router_format(found, p["router_dtype"])
    if p.get("ids") == "int64":
        found["topk_ids"] = found["topk_ids"].astype(np.int64)
    if p.get("map_dtype") == "int64":
        found["expert_map"] = found["expert_map"].astype(np.int64)
    return found


def _padding(inputs: Arrays) -> np.ndarray:
    """Which rows become padding: two of three; one of the others has an expert here, or every output would be zero."""
    ids, every_third = inputs["topk_ids"], np.arange(len(inputs["topk_ids"])) % 3
    here = np.isin(ids, data.expert_maps.owned(inputs["expert_map"])) if "expert_map" in inputs else ids >= 0
    kept = next((place for place in (1, 2, 0) if here[every_third == place].any()), 1)
    return np.asarray(every_third != kept)


def _case(name: str, title: str, more: str, flags: str, tier: str = "quick", /, **changed: Any) -> Case:
    given = {"gemm1_alpha": None, "gemm1_beta": None, "gemm1_clamp_limit": None} | changed
    params = parameters(T=4, H=128, I=128, E=4, k=2) | given
    asked, hunted = f"CLS-02 {more}", f"interface {flags}"
    return as_case(f"experts-class/{name}", title, asked, hunted, tier, params, class_inputs, expect_class)


def _given(alpha: float, beta: float, limit: float) -> dict[str, float]:
    return {"gemm1_alpha": alpha, "gemm1_beta": beta, "gemm1_clamp_limit": limit}


_CASES = (
    _case("defaults", "gemm1_alpha, gemm1_beta and gemm1_clamp_limit are None.", "CLS-01 CLS-03 CLS-05",
          "limit-none stale-memory"),
    _case("given-parameters", "alpha 1.0, beta 0.0 and limit 0.5 are given.", "CLS-01 CLS-03 CLS-05", "alpha-beta",
          **_given(1.0, 0.0, 0.5)),
    _case("limit-zero", "The clamp limit 0.0 is given.", "CLS-01 CLS-03", "limit-zero", gemm1_clamp_limit=0.0),
    _case("alpha-zero", "alpha 0.0 is given: a value, not the absence of one.", "CLS-01 CLS-03", "alpha-beta",
          gemm1_alpha=0.0),
    _case("second-of-two-ranks", "Half of the experts, a map of all and a global count.", "CLS-01 CLS-06",
          "expert-map", map="contiguous", world=2, rank=1),
    _case("first-of-three-ranks-with-parameters", "Every third expert, with alpha, beta and limit given.",
          "CLS-01 CLS-03 CLS-05 CLS-06", "expert-map alpha-beta stale-memory", map="round-robin", world=3, rank=0,
          **_given(1.0, -1.0, 7.0)),
    _case("all-experts-in-another-order", "A map that permutes all experts.", "CLS-01 CLS-06", "expert-map",
          map="permutation", world=1, rank=0),
    _case("one-token-in-poisoned-output", "A single token: output and workspaces hold NaN before.", "CLS-01 CLS-05",
          "stale-memory", T=1),
    _case("sizes-in-steps-of-256",
          "H and I are multiples of 256, as shipped models' are: kernels may take other tiles than for 128.",
          "CLS-01", "real-shape k-tail", H=256, I=256),
    _case("many-routes-of-each-expert",
          "48 tokens on 2 experts, H 640, I 384: several blocks of rows, and a width off every power of two.",
          "CLS-01 CLS-05", "block-boundary n-tail", T=48, H=640, I=384, E=2, k=1),
    _case("refusals", "apply_router_weight_on_input, other activations, bad outputs.", "CLS-04", ""),
    _case("refusals-with-parameters", "The same with alpha, beta and limit given.", "CLS-04", "",
          **_given(1.0, 0.0, 0.0)),
    _case("refusals-on-a-rank", "The same on the second of two ranks.", "CLS-04", "expert-map", map="contiguous",
          world=2, rank=1),
)  # fmt: skip
_EXACT = EXACT | {"gemm1_alpha": EXACT["alpha"]}
_RANK: dict[str, Any] = {"map": "round-robin", "world": 2, "rank": 1}
_MAPS: tuple[tuple[str, dict[str, Any]], ...] = (("", {}), ("-under-a-map", _RANK))
_BATCHES = tuple(
    _case(f"padded-batch-{padded}-rows{words}", f"{padded} rows of a batch have ids of -1: they are zeros.",
          "CLS-01 CLS-07", "routing-invalid stale-memory", "quick" if padded == "some" else "gate",
          T=5, padded=padded, **_EXACT, **given)
    for padded in ("some", "all") for words, given in _MAPS
)  # fmt: skip
PLACES = {
    "strided": "rows of a wider buffer, which is left as it was beside them",
    "transposed": "columns are contiguous, rows are not",
    "hidden-states": "hidden_states itself",
    "a-row-on": "hidden_states and a row behind, without the first row",
    "columns-on": "columns of the buffer of hidden_states that overlap with them",
}
_MEMORY = (
    _case("hidden-states-in-a-wider-buffer", "Tokens, ids and router weights are slices of wider buffers of NaN.",
          "CLS-01 CLS-08", "row-stride stale-memory", row_padding=8, **_EXACT),
    *(_case(f"output-{place}{words}", f"Output is {what}.", "CLS-01 CLS-08", "row-stride stale-memory",
            "quick" if place in ("strided", "a-row-on") else "gate", output=place, row_padding=padding, **_EXACT)
      for place, what in PLACES.items()
      for words, padding in (("", 0), ("-of-wider-rows", 8)) if place in ("strided", "hidden-states") or not padding),
)  # fmt: skip
_FORMATS = (
    *(_case(f"{dtype}-router-weights{words}", f"Router weights in {dtype}.", "CLS-01 CLS-09", "router-weight",
            "quick" if data_ is _EXACT else "gate", router_dtype=dtype, **data_)
      for dtype in ("fp16", "bf16") for words, data_ in (("", _EXACT), ("-of-a-softmax", {}))),
    _case("int64-ids", "int64 ids, and padding among them.", "CLS-01 CLS-07 CLS-09", "routing-invalid int32-offset",
          ids="int64", padded="some", **_EXACT),
    *(_case(f"int64-map{words}", "An int64 expert_map.", "CLS-01 CLS-06 CLS-09", "expert-map int32-offset",
            "quick" if ids == "int32" else "gate", map_dtype="int64", ids=ids, **_RANK, **_EXACT)
      for words, ids in (("", "int32"), ("-and-ids", "int64"))),
)  # fmt: skip
_IN_TURN = (
    *(_case(f"layers-in-turn{words}", "Three layers with weights of their own, and a fourth with other numbers, share "
            "workspaces and are called in turn.", "CLS-01 CLS-10", "object-cache stale-memory",
            "gate" if words else "quick", in_turn="layers", **given)
      for words, given in (("", _EXACT), ("-with-parameters", _given(1.0, 0.0, 0.5)))),
    *(_case(f"token-counts-in-turn{words}", "One layer, called with several numbers of tokens in turn.",
            "CLS-01 CLS-10", "object-cache stale-memory block-boundary", "gate", in_turn="tokens", T=18, **_EXACT,
            **given)
      for words, given in _MAPS),
)  # fmt: skip


def _alone() -> tuple[Case, ...]:
    """Each swept number by itself: the two others are left to the class."""
    return tuple(
        _case(f"{name.removeprefix('gemm1_').replace('_', '-')}-{value.name}-alone",
              f"Only {name} {value.value} is given.", "CLS-01 CLS-03", "alpha-beta limit-none limit-zero", "gate",
              **{name: value.value})
        for name, swept in (("gemm1_alpha", dim.ALPHA), ("gemm1_beta", dim.BETA), ("gemm1_clamp_limit", dim.LIMIT))
        for value in swept.values if value.value is not None
    )  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return (*_CASES, *_BATCHES, *_MEMORY, *_FORMATS, *_IN_TURN, *_alone())
