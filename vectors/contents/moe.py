"""What goes into a whole MoE? Inputs of both pipelines: Gaussian as a model has them, or exact from end to end."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np

from reference.interval import Interval
from reference.pipelines import K_GRANULARITY, MoEInputs
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors import arithmetic, data
from vectors.case import Arrays, Case
from vectors.data import BLOCK, Stream

# Exact from end to end: a sigmoid of 1/2 and products by powers of two.
EXACT: dict[str, Any] = {"data": "exact", "alpha": 0.0, "limit": None, "weights": "powers_of_two"}
_BAD_IDS = np.array([-1, 2**31 - 1, -(2**31)], dtype=np.int32)


def parameters(**given: Any) -> dict[str, Any]:
    """The parameters of a MoE case with the field's defaults.

    T tokens, H hidden, I intermediate, E routed experts (global_num_experts), shared extra weight rows, k top-k; data:
    ``gaussian`` or ``exact``; invalid: share of ids that have no weight rows; map, world and rank: the placement of
    the experts and whose part is asked (None: all experts here, no map); filled: near-routes leaves experts that no
    route comes near without weights; distinct_tokens: so many are drawn, and each of the T tokens is one of them.
    """
    defaults = {
        "alpha": DEFAULT_ALPHA, "beta": DEFAULT_BETA, "limit": 7.0,
        "routing": "uniform", "weights": "softmax", "data": "gaussian",
        "shared": 0, "invalid": 0.0, "distinct": None, "block_m": 16,
    }  # fmt: skip
    found = defaults | given
    return found | {"global_num_experts": found["E"]}


def make_inputs(case: Case) -> Arrays:
    """hidden_states, w13, w13_scale, w2, w2_scale, topk_weights, topk_ids of the case's parameters.

    With a placement of the experts also expert_map, and the weights are those of its rank.
    """
    tensors = _gaussian_tensors if case.params["data"] == "gaussian" else _sparse_tensors
    expert_map, routes = _own_map(case), _routes(case)
    rows = _weight_rows(case, expert_map)
    found = tensors(case, rows, _filled(case, routes["topk_ids"], rows)) | routes
    if expert_map is None:
        return found
    _let_routes_be_local(found, expert_map)
    return found | {"expert_map": expert_map}


PER_TOKEN = ("hidden_states", "topk_weights", "topk_ids")


def few_tokens(case: Case) -> Arrays:
    """The inputs of the case's ``distinct_tokens`` tokens, spread over its T tokens in no order."""
    found = make_inputs(replace(case, params={**case.params, "T": case.params["distinct_tokens"]}))
    return {name: value[token_of(case)] if name in PER_TOKEN else value for name, value in found.items()}


def token_of(case: Case) -> np.ndarray:
    """Which of the distinct tokens each of the T tokens is; every one is some token."""
    p = case.params
    drawn = Stream(case.id, "token of").integers(0, p["distinct_tokens"], p["T"])
    drawn[: p["distinct_tokens"]] = np.arange(p["distinct_tokens"])
    return drawn


def with_router_format(inputs: Arrays, dtype: str) -> dict[str, np.ndarray]:
    """The router weights in another format, rounded where it has fewer bits."""
    return {"topk_weights": data.rounded(inputs["topk_weights"].astype(np.float64), data.DTYPES[dtype])}


def as_moe(case: Case, inputs: Arrays, **changed: Any) -> MoEInputs:
    """The arrays as the reference's MoEInputs; ``changed`` replaces single fields (a rank's weights, a map)."""
    fields = {
        name: inputs[name]
        for name in ("hidden_states", "w13", "w13_scale", "w2", "w2_scale", "topk_weights", "topk_ids")
    }
    fields["topk_weights"] = fields["topk_weights"].astype(np.float32)  # BF16 ones are exact in FP32
    scalars = {name: case.params[name] for name in ("alpha", "beta", "limit", "global_num_experts")}
    scalars["arithmetic"] = arithmetic.of(case.params)
    return MoEInputs(**(fields | scalars | {"expert_map": inputs.get("expert_map")} | changed))


def native_can(case: Case) -> bool:
    """Whether the native pipeline takes these sizes."""
    return case.params["H"] % K_GRANULARITY == 0 and case.params["I"] % K_GRANULARITY == 0


def _routes(case: Case) -> dict[str, np.ndarray]:
    p, rows = case.params, case.params["E"] + case.params["shared"]
    ids = data.routing(p["routing"], Stream(case.id, "topk_ids"), p["T"], p["E"], p["k"])
    if p["shared"]:  # the last columns name the shared experts' rows, as a fused shared expert has it
        ids[:, p["k"] - p["shared"] :] = np.arange(p["E"], rows, dtype=np.int32)
    if p["invalid"]:
        where = Stream(case.id, "invalid").booleans(ids.shape, p["invalid"])
        if ids.size > 1 and p["invalid"] < 1:  # of few ids, chance may take none or all
            where.flat[0], where.flat[-1] = False, True
        bad = np.concatenate([_BAD_IDS, np.array([rows, rows + 7], dtype=np.int32)])
        ids = np.where(where, Stream(case.id, "bad").pick(bad, ids.shape), ids).astype(np.int32)
    if p["routing"] != "ties":  # which the lower ids win
        ids = data.expert_maps.last_named(ids, np.arange(rows))
    kinds = data.exact_router_weights if p["data"] == "exact" else data.router_weights
    weights = kinds(p["weights"], Stream(case.id, "topk_weights"), p["T"], p["k"])
    if p["weights"] == "bfloat16":  # the tensor's format, not only its values
        weights = data.rounded(weights, ml_dtypes.bfloat16)
    return {"topk_ids": ids, "topk_weights": weights}


def _own_map(case: Case) -> np.ndarray | None:
    """The map of the case's rank. A family that asks several ranks of one case makes its maps itself."""
    p = case.params
    if p.get("map") is None or "rank" not in p:
        return None
    return data.expert_maps.placed(p["map"], Stream(case.id, "map"), p["E"], p["world"])[p["rank"]]


def _weight_rows(case: Case, expert_map: np.ndarray | None) -> int:
    """The rank's own experts; all of them where none is its own, so that there is something not to use."""
    routed = case.params["E"] if expert_map is None else data.expert_maps.local_count(expert_map)
    return (routed or case.params["E"]) + case.params["shared"]


def _let_routes_be_local(found: dict[str, np.ndarray], expert_map: np.ndarray) -> None:
    """A rank that holds experts has a route that weighs something, or its output would be zero whatever is asked."""
    owned = data.expert_maps.owned(expert_map)
    ids = data.expert_maps.popular_held(found["topk_ids"], expert_map)
    found["topk_ids"] = data.expert_maps.last_named(ids, owned)
    weights, local = found["topk_weights"], np.isin(found["topk_ids"], owned)
    if local.any() and not weights[local].any():
        weights.flat[np.flatnonzero(local)[-1]] = 1


def _filled(case: Case, ids: np.ndarray, rows: int) -> Collection[int] | None:
    """The experts that get weights: with ``filled`` near-routes those of a route and both neighbours, else all (None).

    The others are zeros that are never read by a right kernel and give another result where a wrong one reads them.
    """
    if case.params.get("filled") != "near-routes":
        return None
    near = np.unique(ids[..., None] + np.arange(-1, 2))
    return [int(expert) for expert in near if 0 <= expert < rows]


def _gaussian_tensors(case: Case, rows: int, only: Collection[int] | None) -> dict[str, np.ndarray]:
    p = case.params
    channels = data.outlier_channels(Stream(case.id, "channels"), p["H"], max(1, p["H"] // 128))
    x = data.normal(Stream(case.id, "hidden_states"), (p["T"], p["H"]), dtype=ml_dtypes.bfloat16)
    drawn = {"distinct": p["distinct"], "only": only, "outliers": 2, "outlier_exponent": 3}
    # 1 / sqrt(K) keeps every stage near 1, where limits and rounding act; std 0.02 is a checkpoint's.
    std13, std2 = (0.02, 0.02) if p["H"] > 1024 else (1.5 * p["H"] ** -0.5, p["I"] ** -0.5)
    if p["limit"] is not None and 8 <= p["limit"] < np.inf:
        std13 *= 3  # or of few values none lies beyond such a limit
    w13 = data.gaussian_weights(Stream(case.id, "w13"), (rows, 2 * p["I"], p["H"]), std=std13, **drawn)
    w2 = data.gaussian_weights(Stream(case.id, "w2"), (rows, p["H"], p["I"]), std=std2, **drawn)
    return {
        "hidden_states": data.with_outliers(x, channels, 3),
        "w13": w13[0], "w13_scale": w13[1], "w2": w2[0], "w2_scale": w2[1],
    }  # fmt: skip


def _sparse_tensors(case: Case, rows: int, only: Collection[int] | None) -> dict[str, np.ndarray]:
    """Small integers under distinct scale bytes; about three non-zero weights in each row of K."""
    p = case.params

    def weights(name: str, shape: tuple[int, int, int], largest: int) -> dict[str, np.ndarray]:
        experts, shape = shape[0], (min(shape[0], p["distinct"] or shape[0]), *shape[1:])
        drawn = data.exact_codes(Stream(case.id, name), shape, largest, density=min(1.0, 3 / shape[2]))
        # Every row has a term, or whole rows of the result would be zero and show nothing.
        where = Stream(case.id, f"{name} kept").integers(0, shape[2], (*shape[:2], 1))
        ones = data.integer_codes(Stream(case.id, f"{name} one").signs((*shape[:2], 1)))
        np.put_along_axis(drawn, where, ones, axis=2)
        scale = data.distinct_scale_bytes(Stream(case.id, f"{name} scale"), (*shape[:2], shape[2] // BLOCK), 126, 128)
        return {
            name: data.spread(drawn, (experts, *drawn.shape[1:]), only),
            f"{name}_scale": data.spread(scale, (experts, *scale.shape[1:]), only),
        }

    x = data.small_integers(Stream(case.id, "hidden_states"), (p["T"], p["H"]), 3, dtype=ml_dtypes.bfloat16)
    if p["alpha"] != 0:
        # Large positive gates: the sigmoid is exactly 1. Gate rows are non-negative and x is positive.
        x = data.rounded(np.abs(x.astype(np.float64)) + 1, ml_dtypes.bfloat16)
    found = (
        {"hidden_states": x} | weights("w13", (rows, 2 * p["I"], p["H"]), 2) | weights("w2", (rows, p["H"], p["I"]), 2)
    )
    if p["alpha"] != 0:
        _make_gates_large(found, p["I"], negative=p["alpha"] < 0)
    return found


def certify(case: Case, pipeline: str, accepted: Interval) -> None:
    """Refuse data that claim to be exact and leave a pipeline more than one right answer. Raises ValueError."""
    if case.params["data"] == "exact" and not accepted.is_value().all():
        raise ValueError(f"inputs of {case.id}: {pipeline} has more than one right answer, needs exact data")


def _make_gates_large(found: dict[str, np.ndarray], intermediate: int, *, negative: bool) -> None:
    """Gate rows of one sign under scale bytes 5 higher: |gate| >= 32 when x >= 1, and alpha times gate is positive."""
    gate = found["w13"][:, :intermediate]
    gate &= 0x7F
    gate[..., 0] = 0x38 + 8  # 2: no row without a term
    if negative:
        gate |= 0x80
    found["w13_scale"][:, :intermediate] += 5
