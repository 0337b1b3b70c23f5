"""Which combinations is the block alignment asked? Counts, routings, blocks, maps and what ran before."""

from typing import Any

import numpy as np

from vectors import data
from vectors.case import Arrays, Case, as_case, expect_nothing
from vectors.data import Stream
from vectors.families.moe_combined import PARALLEL, RULES, on_rank, top_k
from vectors.sweep import combinations
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import Held, Model, Row, Rule

# The rules of a whole MoE that speak of these alone hold here too.
_SHARED = {"routing", "tokens", "experts", "top-k", "expert-map", "rank"}
# What enough_before finds in two rows only after seconds, which every process would spend; a test searches again.
FOUND_LATE = {
    "align/combined/t4-e288-k1-some-empty-map-one-local-rabove-0-block-32-int64-after-larger": 9344,
    "align/combined/t33-e257-k3-invalid-map-one-local-rabove-0-block-128-int64-after-larger": 33536,
}
_WORDS = {"all_to_one": "ALN-06", "some_empty": "ALN-06", "with_duplicates": "ALN-06", "invalid": "ALN-05"}


def _reads(case: Case) -> Held | None:
    p = case.params
    if case.family != "align":
        return None
    held: dict[str, Any] = {
        "tokens": dim.TOKENS.named(p["T"]),
        "experts": dim.EXPERTS.named(p["E"]),
        "top-k": {dim.TOP_K.named(p["k"])} | ({"every"} if p["k"] == p["E"] else set()),
        "routing": "fused-shared" if p.get("shared") else dim.ROUTING.named(p["routing"]),
        "expert-map": dim.EXPERT_MAP.named(p.get("map")),
        "rank": "above-0" if p.get("rank") else "0",
        "block-size": dim.BLOCK_SIZE.named(p["block_size"]),
        "ids": p.get("ids", "int32"),
        "calls": _calls(p),
    }
    return combinations.holding(held)


def _calls(p: Any) -> str:
    if "previous_tokens" not in p:
        return "once"
    if p.get("again"):
        return "again"
    return "after-larger" if p["previous_tokens"] > p["T"] else "after-smaller"


MODEL = Model(
    name="align",
    family="align",
    dimensions=(
        dim.TOKENS,
        dim.EXPERTS,
        dim.TOP_K,
        dim.ROUTING,
        dim.EXPERT_MAP,
        dim.RANK,
        dim.BLOCK_SIZE,
        dim.IDS,
        dim.CALLS,
    ),
    rules=(
        *(r for r in (*RULES, *PARALLEL) if _SHARED.issuperset(r.over)),
        Rule("a call of some tokens, and of fewer, has to come before", ("tokens", "calls"),
             lambda tokens, calls: tokens > 1 or calls != "after-smaller"),
        Rule("a rank without experts leaves nothing that another call could find", ("expert-map", "calls"),
             lambda kind, calls: kind != "none-local" or not calls.startswith("after")),
        Rule("a row of ids is a line of a table, not of a book", ("tokens", "experts", "top-k"),
             lambda tokens, experts, k: tokens * top_k(k, experts) <= 4096),
    ),
    hides=(("tokens", "0"), ("expert-map", "none-local")),
    free=("routing", "expert-map", "rank", "block-size", "ids", "calls"),
    reads=_reads,
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """A case for each row of the table."""
    return tuple(_case(row) for row in MODEL.rows())


def _case(row: Row) -> Case:
    v = MODEL.parameters(row)
    tokens, experts, routing, kind = v["tokens"], v["experts"], v["routing"], v["expert-map"]
    params: dict[str, Any] = {
        "T": tokens, "E": experts, "k": top_k(v["top-k"], experts), "block_size": v["block-size"],
        "routing": routing, "ids": v["ids"], "shared": int(routing == "fused_shared"), "num_weight_rows": experts,
    }  # fmt: skip
    params["num_weight_rows"] += params["shared"]
    if kind is not None:
        params |= on_rank(kind, v["rank"], experts)
        params["num_weight_rows"] = data.expert_maps.local_count(_map(_id(row), params)) or experts
    before = {"again": tokens, "after-larger": 2 * tokens + 65, "after-smaller": tokens // 2}
    if v["calls"] != "once":
        params |= {"previous_tokens": before[v["calls"]], "again": v["calls"] == "again"}
    if v["calls"] == "after-larger" and tokens:
        params["previous_tokens"] = FOUND_LATE.get(_id(row)) or enough_before(_id(row), params)
    asked = {"ALN-04"} if kind is not None else set()
    asked |= {_WORDS[routing]} if routing in _WORDS else {"ALN-05"} if routing == "fused_shared" else set()
    asked |= {"ALN-07"} if v["calls"] == "after-larger" else set()
    return as_case(
        _id(row), f"{tokens} tokens of {experts} experts in blocks of {v['block-size']}: {', '.join(row.values())}.",
        f"ALN-01 ALN-02 ALN-03 {' '.join(sorted(asked))}",
        f"combination expert-count{' expert-map' * (kind is not None)}",
        "quick" if tokens <= 17 and experts <= 12 else "gate", params, align_inputs, expect_nothing,
    )  # fmt: skip


def enough_before(case_id: str, p: dict[str, Any]) -> int:
    """Tokens of a call before whose routes take more blocks than this one's, so that something can be left of it."""
    now, tokens = _padded(_ids(case_id, p, "topk_ids", p["T"]), case_id, p), int(p["previous_tokens"])
    while _padded(_ids(case_id, p, "previous", tokens), case_id, p) <= now:
        tokens *= 2
    return tokens


def _padded(ids: np.ndarray, case_id: str, p: Any) -> int:
    """The length of the blocks of these routes."""
    held = data.expert_maps.owned(_map(case_id, p)) if "map" in p else np.arange(p["num_weight_rows"])
    of_each = np.unique(ids[np.isin(ids, held)], return_counts=True)[1]
    return int((-(-of_each // p["block_size"])).sum()) * int(p["block_size"])


def _id(row: Row) -> str:
    return f"align/combined/{combinations.slug(MODEL, row)}"


def _map(case_id: str, p: Any) -> np.ndarray:
    return data.expert_maps.placed(p["map"], Stream(case_id, "map"), p["E"], p["world"])[p["rank"]]


def align_inputs(case: Case) -> Arrays:
    """topk_ids of the case's parameters, with a placement expert_map too, and what a call before is to get."""
    p = case.params
    found = {"topk_ids": _ids(case.id, p, "topk_ids", p["T"])}
    if "map" in p:
        found["expert_map"] = _map(case.id, p)
    if "previous_tokens" in p:
        again = p["again"]
        found["previous_topk_ids"] = found["topk_ids"] if again else _ids(case.id, p, "previous", p["previous_tokens"])
    return found


def _ids(case_id: str, p: Any, name: str, tokens: int) -> np.ndarray:
    """topk_ids of the case's routing; of int64 ids a third is 2^32 too large, which makes them invalid."""
    rows = p["E"] + p["shared"]
    kind = "uniform" if p["routing"] in ("fused_shared", "invalid") else p["routing"]
    ids = data.routing(kind, Stream(case_id, name), tokens, p["E"], p["k"])
    if p["shared"]:
        ids[:, p["k"] - 1 :] = p["E"]
    if p["routing"] == "invalid":
        bad = np.array([-1, rows, rows + 7, 2**31 - 1, -(2**31)], dtype=np.int32)
        where = Stream(case_id, f"{name} bad").booleans(ids.shape, 0.34)
        where.flat[:1], where.flat[-1:] = False, True
        ids = np.where(where, Stream(case_id, f"{name} which").pick(bad, ids.shape), ids).astype(np.int32)
    held = np.arange(rows)
    if "map" in p:
        ids, held = (data.expert_maps.popular_held(ids, _map(case_id, p)), data.expert_maps.owned(_map(case_id, p)))
    if p["routing"] != "ties":  # which the lower ids win
        ids = data.expert_maps.last_named(ids, held)
    return _widened(ids, held) if p["ids"] == "int64" else ids


def _widened(ids: np.ndarray, held: np.ndarray) -> np.ndarray:
    """int64 ids of which a third is 2^32 too large, so that a route with an expert here is left, the last if it can."""
    made = []
    for first in (1, 0, 2):
        wide = ids.astype(np.int64)
        wide.flat[first::3] += 2**32
        made.append((int(wide[np.isin(wide, held)].max(initial=-1) > 255), bool(np.isin(wide, held).any()), wide))
    return max(made, key=lambda m: m[:2])[2]
