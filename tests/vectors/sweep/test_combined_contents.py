"""Do the arrays of combined cases hold what their rows say? A value that is named and not held is a blind spot."""

from __future__ import annotations

from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

from reference import pipelines, swiglu
from reference.alignment import route_experts
from vectors.contents import gate_values
from vectors.contents.moe import as_moe, native_can
from vectors.coverage.models import MODELS, held_elsewhere
from vectors.data import DTYPES, expert_maps
from vectors.families.align_combined import FOUND_LATE, enough_before
from vectors.registry import all_cases
from vectors.sweep.dimensions import LIMIT

BLOCK = 32
WEIGHTS = {"w13", "w2", "w"}
FINITE = [v.value for v in LIMIT.values if v.value is not None and np.isfinite(v.value)]


def combined(family: str, part: str = "combined/"):
    found = [case for case in all_cases() if case.id.startswith(f"{family}/{part}")]
    assert found
    return found


KEPT: dict[str, dict[str, np.ndarray]] = {}


def made(case) -> dict[str, np.ndarray]:
    """The inputs of a case. What most tests look at is kept: all but the weights' codes, which would take gigabytes."""
    found = case.inputs()
    shapes = {name: np.broadcast_to(found[name].dtype.type(0), found[name].shape) for name in WEIGHTS & found.keys()}
    KEPT[case.id] = {**found, **shapes}
    return found


def inputs_of(case) -> dict[str, np.ndarray]:
    """The inputs of a case, of its weights' codes the shape alone."""
    if case.id not in KEPT:
        made(case)
    return KEPT[case.id]


def held(case) -> dict[str, str]:
    """The one value of each dimension, of a case whose row has one."""
    reading = next(h for model in MODELS if model.rows() and (h := model.reads(case)) is not None)
    return {name: min(values) for name, values in reading.items() if len(values) == 1}


def check_routing(case, ids: np.ndarray, kind: str, expert_map: np.ndarray | None) -> None:
    p = case.params
    rows = p["E"] + p["shared"]
    ids = ids.astype(np.int64)
    valid = (ids >= 0) & (ids < rows)
    if kind == "invalid":
        assert valid.any() and not valid.all(), case.id
        return
    assert valid.all(), case.id
    distinct = np.array([len(set(row)) for row in ids.tolist()])
    if kind in ("uniform", "skewed", "some-empty", "ties"):
        assert (distinct == p["k"]).all(), case.id
    if kind == "some-empty":
        assert len(np.unique(ids)) < p["E"], case.id
    if kind == "all-to-one":
        assert len(np.unique(ids)) == 1, case.id
    if kind == "with-duplicates":
        assert (distinct < p["k"]).any(), case.id
    if kind == "fused-shared":
        assert (ids >= p["E"]).any(), case.id
    if kind == "ties" and expert_map is None:
        assert ids[0].tolist() == list(range(p["k"])), case.id


def check_map(case, ids: np.ndarray, kind: str, expert_map: np.ndarray) -> np.ndarray:
    """The local routes: some of them, where the rank holds an expert."""
    p, own = case.params, expert_maps.owned(expert_map)
    assert len(expert_map) == p["E"] and len(np.unique(own)) == len(own)
    local = np.isin(ids, own)
    assert local.any() == (kind != "none-local"), case.id
    assert (kind in ("identity", "permutation")) <= (len(own) == p["E"]), case.id
    if kind == "one-local":
        assert len(own) == 1, case.id
    if p["rank"] > 0 and kind in ("contiguous", "round-robin", "one-local"):
        assert expert_map[0] == -1 and own.min() > 0, "the first expert is another rank's"
    return local


@pytest.mark.parametrize("part", range(4))
def test_a_moe_is_routed_weighted_and_placed_as_its_row_says(part) -> None:
    for case in combined("moe")[part::4]:
        inputs, says, p = inputs_of(case), held(case), case.params
        ids, weights = inputs["topk_ids"], inputs["topk_weights"]
        assert ids.shape == weights.shape == (p["T"], p["k"])
        if not p["T"]:
            continue
        kind = "invalid" if p["invalid"] else "fused-shared" if p["shared"] else p["routing"].replace("_", "-")
        expert_map = inputs.get("expert_map")
        check_routing(case, ids, kind, expert_map)
        works = (ids >= 0) & (ids < len(inputs["w13"]))
        if expert_map is not None:
            works = check_map(case, ids, p["map"], expert_map)
            held_here = expert_maps.local_count(expert_map) or p["E"]
            assert len(inputs["w13"]) == len(inputs["w2_scale"]) == held_here
        if p.get("map") != "none-local":
            assert weights.astype(np.float32)[works].any(), f"{case.id}: no route that weighs anything"
        check_weights(weights, says.get("router-weights", "powers-of-two"), case.id)


def check_weights(weights: np.ndarray, kind: str, name: str) -> None:
    assert (weights.dtype == ml_dtypes.bfloat16) == (kind == "bfloat16"), name
    values = weights.astype(np.float64)
    if kind == "zero":
        assert (values == 0).any(), name
    elif kind == "tiny":
        assert np.median(values) < 2.0**-59, name
    elif kind == "huge":
        assert np.median(values) >= 2.0**20, name
    elif kind == "negative" and values.size > 8:
        assert (values < 0).any() and (values > 0).any(), name
    elif kind in ("softmax", "powers-of-two", "bfloat16"):
        assert (values > 0).all(), name
    assert (values != 1).any(), f"{name}: weights of 1 show nothing"


def blocks_of(case, ids: np.ndarray) -> int:
    p = case.params
    experts = route_experts(ids, p["num_weight_rows"], inputs_of(case).get("expert_map"))
    return int((-(-np.bincount(experts[experts >= 0], minlength=1) // p["block_size"])).sum())


def test_an_alignment_is_routed_and_placed_as_its_row_says() -> None:
    for case in combined("align"):
        inputs, p, says = inputs_of(case), case.params, held(case)
        ids = inputs["topk_ids"]
        assert ids.dtype == (np.int64 if says["ids"] == "int64" else np.int32)
        assert ids.shape == (p["T"], p["k"])
        if says["calls"] == "after-larger" and p["T"]:
            longer = blocks_of(case, inputs["previous_topk_ids"]) > blocks_of(case, ids)
            assert longer, f"{case.id}: the call before leaves nothing behind the end of this one"
        if "previous_topk_ids" in inputs:
            before = len(inputs["previous_topk_ids"])
            assert (before > p["T"], before < p["T"]) == (
                says["calls"] == "after-larger",
                says["calls"] == "after-smaller",
            )
        if not p["T"]:
            continue
        own = np.arange(p["num_weight_rows"])
        if "expert_map" in inputs:
            own = expert_maps.owned(inputs["expert_map"])
        assert np.isin(ids, own).any() == (p.get("map") != "none-local"), f"{case.id}: no route has an expert"
        narrow = ids.astype(np.int32)  # as int64 a third of them is 2^32 too large
        if says["ids"] == "int64" and ids.size > 1:
            assert (ids != narrow).any() or says["routing"] == "invalid"
        check_routing(case, narrow, says["routing"], inputs.get("expert_map"))
        if "expert_map" in inputs:
            check_map(case, narrow, p["map"], inputs["expert_map"])
            assert p["num_weight_rows"] == (expert_maps.local_count(inputs["expert_map"]) or p["E"])


def test_what_took_a_long_search_is_what_it_finds() -> None:
    cases = {case.id: case for case in combined("align") if case.id in FOUND_LATE}
    found = {i: enough_before(i, {**c.params, "previous_tokens": 2 * c.params["T"] + 65}) for i, c in cases.items()}
    assert found == FOUND_LATE


def shows(arrays) -> bool:
    """Whether some accepted set is of finite numbers of one sign: zeros and NaN are right for many wrong kernels."""
    for prefix in (name.removesuffix("lo") for name in arrays if name.split(".")[-1] == "lo"):
        found = {part: arrays.get(prefix + part, arrays[prefix + "lo"]) for part in ("lo", "hi")}
        lo, hi = (found[part].astype(np.float64) for part in ("lo", "hi"))
        open_ = np.zeros(lo.shape, bool)
        for part in ("nan", "free"):
            open_ = open_ | arrays.get(prefix + part, False)
        if (~open_ & np.isfinite(lo) & np.isfinite(hi) & ((lo > 0) | (hi < 0))).any():
            return True
    return False


@pytest.mark.parametrize("family", ["activation", "activation-quantize", "gemm-mx", "gemm-bf16"])
def test_no_combined_case_is_right_for_a_kernel_that_writes_zeros(family) -> None:
    """So no pair is covered by a case that cannot fail."""
    for case in combined(family):
        if not case.params.get("T", case.params.get("rows")):
            continue
        inputs = made(case)
        assert shows(case.expected(inputs)), case.id
        if "topk_weights" in inputs:
            assert (inputs["topk_weights"] != 1).any(), f"{case.id}: weights of 1 show nothing"


def test_no_small_combined_layer_is_right_for_a_kernel_that_writes_zeros() -> None:
    """Of larger ones, whose reference takes seconds, the routes that weigh something are looked at."""
    small = [c for f in ("moe", "expert-map") for c in combined(f) if c.in_tier("quick") and c.params["T"]]
    asked = [c for c in small if c.params.get("map") != "none-local" and c.params["H"] * c.params["I"] <= 1 << 14]
    assert len(asked) > 8
    for case in asked[::2]:
        assert shows(case.expected(made(case))), case.id


def test_more_than_256_experts_are_named_beyond_a_byte() -> None:
    """Except where the lower ids win ties, or the rank holds none."""
    seen = 0
    for case in (*combined("moe"), *combined("align"), *combined("gemm-mx")):
        p = case.params
        if p["E"] <= 256 or not p["T"] or p.get("map") == "none-local" or p["routing"] == "ties":
            continue
        inputs = inputs_of(case)
        if case.family == "gemm-mx":
            assert (inputs["route_expert"] >= 256).any(), case.id
        else:
            own = np.arange(p["E"] + p["shared"])
            if "expert_map" in inputs:
                own = expert_maps.owned(inputs["expert_map"])
            ids = inputs["topk_ids"]
            assert own.max() < 256 or (ids[np.isin(ids, own)] >= 256).any(), case.id
        seen += 1
    assert seen > 60


@pytest.mark.parametrize("family", ["activation", "activation-quantize"])
def test_a_finite_limit_changes_a_result(family) -> None:
    for case in combined(family):
        p = case.params
        if not p["rows"] or p["limit"] is None or np.isinf(p["limit"]):
            continue
        gate, up = swiglu.split(inputs_of(case)["gate_up"].astype(np.float32), p["layout"])
        clamped, free = (
            swiglu.enclosure(gate, up, alpha=p["alpha"], beta=p["beta"], limit=limit) for limit in (p["limit"], None)
        )
        apart = (clamped.hi < free.lo) | (free.hi < clamped.lo) | (clamped.nan != free.nan)
        assert (apart & ~clamped.free & ~free.free).any(), case.id


def test_the_largest_finite_limit_of_a_layer_changes_a_result() -> None:
    seen = 0
    for case in combined("moe"):
        p = case.params
        if p["limit"] != max(FINITE) or p["data"] != "gaussian" or not 0 < p["T"] * p["k"] <= 8 or not native_can(case):
            continue
        layer = as_moe(case, made(case))
        clamped, free = (pipelines.native(replace(layer, limit=limit)).output for limit in (p["limit"], None))
        apart = (clamped.hi < free.lo) | (free.hi < clamped.lo)
        works = ~(clamped.nan | clamped.free | free.nan | free.free)
        assert (apart & works).any() or p.get("map") == "none-local", case.id
        seen += 1
    assert seen > 2


@pytest.mark.parametrize("family", ["activation", "activation-quantize"])
def test_edges_hold_every_gate_place_with_every_up_place(family) -> None:
    seen = 0
    for case in combined(family):
        if case.params["content"] != "edges":
            continue
        x = inputs_of(case)["gate_up"].astype(np.float64)
        split = case.params["layout"] == "split"
        half = x.shape[1] // 2
        gate, up = (x[:, :half], x[:, half:]) if split else (x[:, 0::2], x[:, 1::2])
        pairs = set(zip(gate.reshape(-1).tolist(), up.reshape(-1).tolist(), strict=True))
        kind = DTYPES[case.params["dtype"]]
        places = gate_values.places(case.params["limit"], case.params["dtype"])
        values = np.array(list(places.values())).astype(kind).astype(np.float64).tolist()
        assert {(g, u) for g in values for u in values} <= pairs, case.id
        seen += 1
    assert seen >= 8


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_places_are_one_step_from_the_limit(dtype) -> None:
    kind = DTYPES[dtype]
    limits = [limit for limit in FINITE if limit != 0]
    assert min(limits) < 1 < max(limits)
    for limit in limits:
        found = {name: np.array(value).astype(kind) for name, value in gate_values.places(limit, dtype).items()}
        assert found["on"] == np.array(limit).astype(kind)
        steps = [found[name].view(f"i{np.dtype(kind).itemsize}") for name in ("below", "on", "above")]
        assert np.diff(steps).tolist() == [1, 1]
        assert found["minus-below"] == -found["above"] and found["minus-above"] == -found["below"]
    assert set(gate_values.places(None, dtype)) == {"far", "minus-far", "zero"}
    assert "above" not in gate_values.places(float("inf"), dtype)


def test_operands_stand_under_the_bytes_that_their_rows_name() -> None:
    for case in combined("gemm-mx"):
        p = case.params
        if not p["exact"] or not p["T"]:
            continue
        inputs, says = inputs_of(case), held(case)
        scales = inputs["w_scale" if p["scale_side"] == "weights" else "a_scales"]
        found = set(np.unique(scales).tolist())
        assert (255 in found) == (says["scale-bytes"] == "nan"), case.id
        claimed = {int(name) for name in held_elsewhere(case).get("byte", ())}
        if scales.size > 24:
            assert claimed <= found, case.id
        if says["scale-bytes"] == "uniform":
            assert len(found) == 1, case.id
        if says["scale-bytes"] == "distinct" and scales.shape[-1] > 1:
            assert (scales[..., 1:] != scales[..., :-1]).all(), case.id


def test_every_block_is_of_its_kind() -> None:
    for case in combined("quantize"):
        x = inputs_of(case)["x"]
        assert x.shape == tuple(case.params["shape"])
        blocks = x.astype(np.float64).reshape(-1, BLOCK)
        amax = np.abs(blocks).max(axis=1)
        smallest = {"bf16": 2.0**-119, "fp32": 2.0**-119, "fp16": 2.0**7}[case.params["dtype"]]
        largest = {"bf16": 2.5e38, "fp32": 2.5e38, "fp16": 6e4}[case.params["dtype"]]
        right = {
            "zero": amax == 0,
            "nan": np.isnan(blocks).sum(axis=1) == 1,
            "inf": np.isinf(blocks).sum(axis=1) == 1,
            "subnormal": (amax > 0) & (amax < smallest),
            "huge": amax > largest,
            "one-sided": amax == 300,
        }.get(case.params["content"], np.isfinite(amax) & (amax > 0))
        assert right.all(), case.id
