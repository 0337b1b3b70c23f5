"""What is asked of the block alignment? Routings, expert maps and ids at every border."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vectors import data
from vectors.case import Arrays, Case, as_case, expect_nothing
from vectors.data import Stream


def _routed(case: Case) -> Arrays:
    p = case.params
    ids = data.routing(p["routing"], Stream(case.id, "topk_ids"), p["T"], p["E"], p["k"])
    return _with_map(case, ids)


def _int64(case: Case) -> Arrays:
    """Ids and map as int64, or one of the two."""
    return {name: a.astype(np.int64) if name in case.params["int64"] else a for name, a in _routed(case).items()}


def _with_map(case: Case, ids: np.ndarray) -> Arrays:
    found: dict[str, np.ndarray] = {"topk_ids": ids}
    if "rank" in case.params:
        maps = data.expert_maps.random_partition(Stream(case.id, "map"), case.params["E"], case.params["world"])
        found["expert_map"] = maps[case.params["rank"]]
    if "previous_tokens" in case.params:
        p = case.params
        found["previous_topk_ids"] = data.routing(
            "skewed", Stream(case.id, "previous"), p["previous_tokens"], p["E"], p["k"]
        )
    return found


def _invalid(case: Case) -> Arrays:
    """Ids of -1, at the number of weight rows, far beyond, and whole rows of -1 (padding of a captured graph)."""
    p = case.params
    ids = data.routing("uniform", Stream(case.id, "topk_ids"), p["T"], p["E"], p["k"])
    bad = np.array([-1, p["E"], p["E"] + 1, 2**31 - 1, -(2**31)], dtype=np.int32)
    where = Stream(case.id, "where").booleans(ids.shape, 0.3)
    ids = np.where(where, Stream(case.id, "bad").pick(bad, ids.shape), ids).astype(np.int32)
    ids[-2:] = -1
    return _with_map(case, ids)


def _map_as_data(case: Case) -> Arrays:
    """A map whose values are not -1 where they are no weight row, or that has every row twice."""
    p, rows = case.params, case.params["num_weight_rows"]
    found = dict(_routed(case))
    if p["map_values"] == "replicated":
        return found | {"expert_map": data.expert_maps.replicated(p["E"], rows)}
    dtype = np.int64 if p["map_values"] == "int64" else np.int32
    return found | {"expert_map": data.expert_maps.without_minus_one(found["expert_map"], rows, dtype)}


def _wide_ids(case: Case) -> Arrays:
    """int64 ids; some are 2^32 + e, which are ids of experts only for who cuts them to 32 bits."""
    ids = _routed(case)["topk_ids"].astype(np.int64)
    return {"topk_ids": np.where(Stream(case.id, "wide").booleans(ids.shape, 0.3), ids + 2**32, ids)}


def _case(
    name: str, title: str, more: str, flags: str, tier: str = "quick", make: Callable[[Case], Arrays] = _routed,
    routing: str = "uniform", golden: bool = True, **params: Any,
) -> Case:  # fmt: skip
    params.setdefault("block_size", 16)
    params.setdefault("num_weight_rows", params["E"])
    given, asked = {"routing": routing, **params}, f"ALN-01 ALN-02 ALN-03 {more}"
    # The facts are checked: the order inside a group is free.
    return as_case(f"align/{name}", title, asked, flags, tier, given, make, expect_nothing, golden=golden)


_UNIFORM = ((1, 1, 1, 16), (1, 8, 2, 64), (2, 5, 1, 16), (33, 12, 4, 16), (257, 32, 8, 64), (65, 257, 8, 32))
_CASES = (
    *(_case(f"uniform-{tokens}-tokens-{experts}-experts-top-{k}-block-{block}",
            f"{tokens} tokens to {k} of {experts} experts.", "ALN-06", "expert-count",
            "quick" if tokens < 64 else "gate", T=tokens, E=experts, k=k, block_size=block)
      for tokens, experts, k, block in _UNIFORM),
    _case("no-tokens", "No token at all.", "ALN-06", "routing-empty", T=0, E=4, k=2),
    _case("all-to-one", "Every route to one expert, across several blocks.", "ALN-06",
          "routing-empty routing-duplicate", T=37, E=8, k=2, routing="all_to_one"),
    _case("some-experts-empty", "Half of the experts have no route.", "ALN-06", "routing-empty",
          T=21, E=12, k=2, routing="some_empty"),
    _case("same-expert-twice", "Tokens that name an expert twice.", "ALN-06", "routing-duplicate",
          T=19, E=5, k=3, routing="with_duplicates"),
    _case("skewed", "A few popular experts.", "", "routing-empty", "gate", T=129, E=32, k=4, routing="skewed"),
    _case("block-1", "Blocks of one route.", "", "expert-count", "gate", T=9, E=7, k=2, block_size=1),
    _case("exact-multiples", "Groups that fill their blocks exactly.", "", "expert-count", T=32, E=1, k=1),
    _case("invalid-ids", "Ids below 0, at and beyond the weight rows, rows of -1.", "ALN-05", "routing-invalid",
          make=_invalid, T=40, E=8, k=4),
    _case("shared-expert-rows", "Ids up to the weight rows, more than the routed experts.", "ALN-05",
          "shared-expert", T=17, E=10, k=3, shared=2),
    _case("int64-ids", "int64 ids, some of them 2^32 too large.", "ALN-05", "routing-invalid int32-offset",
          make=_wide_ids, T=40, E=8, k=4),
    _case("no-address-outside", "Invalid ids of every kind: none is used as an index.", "ALN-05 MEM-01",
          "routing-invalid", make=_invalid, T=13, E=5, k=3),
    *(_case(f"random-map-rank-{rank}-of-3", f"A random partition of 14 experts over 3 ranks, rank {rank}.", "ALN-04",
            "expert-map", T=50, E=14, k=4, world=3, rank=rank, num_weight_rows=weights)
      for rank, weights in ((0, 5), (2, 4))),
    _case("invalid-ids-under-a-map", "Invalid ids with an expert map.", "ALN-04 ALN-05",
          "expert-map routing-invalid", "gate", _invalid, T=40, E=8, k=4, world=2, rank=1, num_weight_rows=4),
    *(_case(f"expert-map-{name}", title, "ALN-04 ALN-09", "expert-map", make=_map_as_data, golden=False, T=19, E=12,
            k=3, world=2, rank=1, num_weight_rows=6, map_values=values)
      for name, values, title in (
          ("of-replicated-experts", "replicated", "Two global ids on each weight row: one group."),
          ("int32-without-minus-1", "int32", "What is not here is no weight row, by other values than -1."),
          ("int64-without-minus-1", "int64", "What is not here is a weight row when it is cut to 32 bits."))),
    # Each format of ids and map, whole or as columns of a wider table.
    *(_case(name, title, "ALN-04 ALN-08", "expert-map integer-format", make=_int64, golden=False, T=37, E=14, k=4,
            world=3, rank=1, num_weight_rows=5, int64=int64, table=name.endswith("columns"))
      for name, title, *int64 in (
        ("int64-map", "An int64 map beside int32 ids.", "expert_map"),
        ("int64-ids-and-map", "int64 ids and map.", "topk_ids", "expert_map"),
        ("int64-ids-and-map-as-columns", "int64 ids and map are columns of wider tables.", "topk_ids", "expert_map"),
        ("int64-ids-and-int32-map-as-columns", "The same with an int32 map.", "topk_ids"),
        ("int32-ids-and-map-as-columns", "The same, both int32."))),
    _case("int32-ids-as-columns", "int32 ids are columns of a wider table, without a map.", "ALN-08", "integer-format",
          golden=False, T=21, E=6, k=3, table=True),
    *(_case(f"{tokens}-tokens-to-{k}-of-{experts}-experts-by-{routing}-routing",
            f"{tokens} tokens to {k} of {experts} experts: as large as a model's routing gets.", "ALN-10",
            "expert-count batch-size", "quick" if tokens < 512 else "gate", routing=routing, golden=False, T=tokens,
            E=experts, k=k, block_size=block)
      for tokens, experts, k, block, routing in (
        (96, 1024, 32, 16, "uniform"), (512, 1024, 8, 64, "skewed"), (8192, 513, 8, 64, "uniform"),
        (8192, 256, 32, 128, "uniform"))),
    _case("8192-tokens-to-8-of-1024-experts-under-a-map", "The same on one of 4 ranks.", "ALN-04 ALN-10",
          "expert-count expert-map batch-size", "gate", golden=False, T=8192, E=1024, k=8, world=4, rank=2,
          num_weight_rows=256),
    _case("after-a-larger-call", "A small call after a large one.", "ALN-07", "stale-memory",
          T=3, E=8, k=2, previous_tokens=300),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return _CASES
