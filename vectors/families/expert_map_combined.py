"""Which combinations is expert parallelism asked? Placements with worlds, routings and router weights."""

from typing import Any

from vectors.case import Case
from vectors.contents.moe import parameters
from vectors.families.expert_map import ranks_case
from vectors.families.moe_combined import enough_experts, top_k
from vectors.sweep import combinations
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import Held, Model, Row, Rule

_ALONE = ("identity", "permutation", "none-local")
# Of these a rank's output seldom has more bits than BF16 holds, so that the ranks' sum is exact.
_SHORT = ("powers_of_two", "tiny", "huge")


def _whole_world(kind: str, world: int, experts: int) -> bool:
    if kind in _ALONE:
        return world == 1
    return world == experts if kind == "one-local" else world > 1


def _reads(case: Case) -> Held | None:
    p = case.params
    if case.family != "expert-map":
        return None
    held: dict[str, Any] = {
        "tokens": dim.TOKENS.named(p["T"]),
        "experts": dim.EXPERTS.named(p["E"]),
        "top-k": {dim.TOP_K.named(p["k"])} | ({"every"} if p["k"] == p["E"] else set()),
        "routing": "invalid" if p["invalid"] else dim.ROUTING.named(p["routing"]),
        "router-weights": dim.ROUTER_WEIGHTS.named(p["weights"]),
        "expert-map": dim.EXPERT_MAP.named(p["map"]),
        "world": dim.WORLD.named(p["world"]),
        "rank": {"0"} if p["world"] == 1 else {"0", "above-0"},  # each rank is asked
        "alpha": dim.ALPHA.named(p["alpha"]),
        "data": p["data"],
    }
    return combinations.holding(held)


MODEL = Model(
    name="expert-map",
    family="expert-map",
    dimensions=(
        dim.TOKENS.only("1", "2", "5", "17", "33"),
        dim.EXPERTS.only("2", "5", "8", "12", "32"),
        dim.TOP_K.only("1", "2", "3", "every"),
        dim.ROUTING.only("uniform", "all-to-one", "some-empty", "with-duplicates", "invalid"),
        dim.ROUTER_WEIGHTS.without("none", "zero"),
        dim.EXPERT_MAP.without("none"),
        dim.WORLD,
        dim.ALPHA.only("1-702", "0"),
        dim.DATA,
    ),
    rules=(
        Rule(
            "a token has at most as many different experts as there are, and the routing needs some to leave out",
            ("routing", "experts", "top-k"),
            enough_experts,
        ),
        Rule(
            "a third of the routes is invalid, and one at least is not",
            ("routing", "tokens", "experts", "top-k"),
            lambda routing, tokens, experts, k: routing != "invalid" or tokens * top_k(k, experts) >= 3,
        ),
        Rule(
            "one rank holds all or none, one expert each is a rank for every expert, the rest is shared",
            ("expert-map", "world", "experts"),
            _whole_world,
        ),
        Rule(
            "the reference runs once for each rank",
            ("tokens", "top-k", "experts", "world"),
            lambda tokens, k, experts, world: tokens * top_k(k, experts) * world <= 600,
        ),
        Rule("exact data have a sigmoid of 1/2 here", ("data", "alpha"), lambda data, a: data != "exact" or a == 0),
        Rule(
            "the ranks' sum is exact where each rank's output fits BF16",
            ("data", "router-weights", "experts", "top-k"),
            lambda data, weights, experts, k: data != "exact" or (weights in _SHORT and top_k(k, experts) <= 2),
        ),
    ),
    hides=(("expert-map", "none-local"),),
    free=("routing", "router-weights", "alpha", "data"),
    reads=_reads,
)


def cases() -> tuple[Case, ...]:
    """A case for each row of the table."""
    return tuple(_case(row) for row in MODEL.rows())


def _case(row: Row) -> Case:
    v = MODEL.parameters(row)
    kind, experts, routing = v["expert-map"], v["experts"], v["routing"]
    invalid = routing == "invalid"
    params = parameters(
        T=v["tokens"], H=128, I=128, E=experts, k=top_k(v["top-k"], experts), map=kind, world=v["world"],
        routing="uniform" if invalid else routing, invalid=0.34 if invalid else 0.0, weights=v["router-weights"],
        alpha=v["alpha"], limit=None if v["alpha"] == 0 else 7.0, data=v["data"], distinct=8 if experts > 8 else None,
    )  # fmt: skip
    title = f"{kind}, {v['world']} ranks, {v['tokens']} tokens of {experts} experts: {', '.join(row.values())}."
    tier = "quick" if v["tokens"] <= 2 and experts <= 5 else "gate"
    return ranks_case(f"combined/{combinations.slug(MODEL, row)}", title, kind, "combination", tier, False, params)
