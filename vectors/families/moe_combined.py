"""Which combinations is the whole MoE asked? Every pair of values of its dimensions."""

from collections.abc import Mapping
from typing import Any

from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors.case import Case, as_case
from vectors.contents.moe import make_inputs, native_can, parameters
from vectors.families.moe import expect_output
from vectors.sweep import combinations
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import Held, Model, Row, Rule

# Work of the reference in multiplications of one GEMM, so that a case takes about two seconds at most.
MOST_PRODUCTS = 8 * 257 * 128 * 128
MOST_DECODED = 288 * 128 * 128
MOST_WEIGHTS = 288 * 128 * 640
PARTITIONS = ("contiguous", "round-robin", "random-partition", "one-local")
QUICK = 5
"""Tokens of the cases that a quick run asks too."""


def top_k(k: int | str, experts: int) -> int:
    """k as a number."""
    return experts if isinstance(k, str) else k


def _affordable(tokens: int, hidden: int, intermediate: int, experts: int, k: int | str) -> bool:
    routes, expert = tokens * top_k(k, experts), hidden * intermediate
    used = min(routes, experts)
    return routes * expert <= MOST_PRODUCTS and used * expert <= MOST_DECODED and experts * expert <= MOST_WEIGHTS


def enough_experts(routing: str, experts: int, k: int | str) -> bool:
    """Whether a routing can be made of so many experts."""
    chosen = top_k(k, experts)
    least = {"some_empty": chosen + 1, "all_to_one": 1}.get(routing, chosen)
    return experts >= least and (chosen >= 2 or routing != "with_duplicates")


def few_bits(data: str, alpha: float, limit: float | None) -> bool:
    """Whether a sigmoid of 1/2, or of 1 at gates beyond 32, and the clamp leave every product exact.

    A limit that is no number of quarters (0.01 has 24 bits) does not, and a large gate must not be clamped.
    """
    if data != "exact" or limit in (None, float("inf")):
        return True
    return alpha <= 0 and float(4 * limit).is_integer()


RULES = (
    Rule("a token has at most as many different experts as there are, and the routing needs some to leave out",
         ("routing", "experts", "top-k"), enough_experts),
    Rule("a third of the routes is invalid, and one at least is not", ("routing", "tokens", "experts", "top-k"),
         lambda routing, tokens, experts, k: routing != "invalid" or tokens * top_k(k, experts) >= 3),
    Rule("the reference takes seconds for more", ("tokens", "hidden", "intermediate", "experts", "top-k"), _affordable),
    Rule("the sums of so many routes are not exact in every order", ("data", "experts", "top-k"),
         lambda data, experts, k: data != "exact" or top_k(k, experts) <= 32),
    Rule("exact data need a sigmoid of 1/2, or of 1 at gates that no limit clamps", ("data", "alpha", "limit"),
         few_bits),
)  # fmt: skip
ZERO_LIMIT = Rule("a limit of 0 makes up 0, and with beta 0 every output", ("limit", "beta"),
                  lambda limit, beta: limit != 0.0 or beta != 0.0)  # fmt: skip
# Large gates make the sigmoid exactly 1, whatever positive factor alpha is.
POSITIVE = tuple(value.name for value in dim.ALPHA.values if value.value > 0)
DULLS = tuple((("data", "exact"), ("alpha", name)) for name in POSITIVE)
PARALLEL = (
    Rule("a map names routed experts only: rows of fused shared experts have no id in it",
         ("expert-map", "routing"), lambda kind, routing: kind is None or routing != "fused_shared"),
    Rule("only a partition has later ranks, and they need an expert", ("rank", "expert-map", "experts"),
         lambda rank, kind, experts: rank == "first" or (kind in PARTITIONS and experts > 1)),
    Rule("half of the routes weigh nothing, and one at least does", ("router-weights", "tokens", "experts", "top-k"),
         lambda kind, tokens, experts, k: kind != "zero" or not tokens or tokens * top_k(k, experts) >= 3),
    ZERO_LIMIT,
)  # fmt: skip


def reads(case: Case) -> Held | None:
    """The values of a MoE case's parameters. A case with contents of its own asks about these."""
    p = case.params
    if case.family != "moe" or p.get("content"):
        return None
    k = {dim.TOP_K.named(p["k"])} | ({"every"} if p["k"] == p["E"] else set())
    routing = {dim.ROUTING.named(p["routing"])}
    if p["shared"] or p["invalid"]:
        routing = {"fused-shared"} if p["shared"] else {"invalid"}
    held: dict[str, Any] = {
        "tokens": dim.TOKENS.named(p["T"]),
        "hidden": dim.HIDDEN.named(p["H"]),
        "intermediate": dim.INTERMEDIATE.named(p["I"]),
        "experts": dim.EXPERTS.named(p["E"]),
        "top-k": k,
        "routing": routing,
        "router-weights": dim.ROUTER_WEIGHTS.named(p["weights"]),
        "expert-map": dim.EXPERT_MAP.named(p.get("map")),
        "rank": "above-0" if p.get("rank") else "0",
        "limit": dim.LIMIT.named(p["limit"]),
        "alpha": dim.ALPHA.named(p["alpha"]),
        "beta": dim.BETA.named(p["beta"]),
        "memory": memory(p),
        "data": p["data"],
    }
    return combinations.holding(held)


def memory(p: Mapping[str, Any]) -> str:
    """The value of the dimension memory that the parameters of a layer have."""
    if p.get("weights_layout", "contiguous") != "contiguous":
        return {"padded": "padded-weights"}.get(p["weights_layout"], p["weights_layout"])
    return "padded" if p.get("row_padding") else "contiguous"


MODEL = Model(
    name="moe",
    family="moe",
    dimensions=(
        dim.TOKENS,
        dim.HIDDEN.only("128", "256", "384", "640"),
        dim.INTERMEDIATE.only("128", "256", "384", "640"),
        dim.EXPERTS,
        dim.TOP_K,
        dim.ROUTING,
        dim.ROUTER_WEIGHTS.without("none"),
        dim.EXPERT_MAP,
        dim.RANK,
        dim.LIMIT,
        dim.ALPHA,
        dim.BETA,
        dim.MEMORY.only("contiguous", "padded", "padded-weights"),
        dim.DATA,
    ),
    rules=(*RULES, *PARALLEL),
    hides=(("tokens", "0"), ("expert-map", "none-local")),
    dulls=DULLS,
    free=("routing", "router-weights", "expert-map", "rank", "limit", "alpha", "beta", "memory", "data"),
    reads=lambda case: reads(case) if case.family == "moe" and native_can(case) else None,
)
FALLBACK = Model(
    name="moe-fallback",
    family="moe",
    dimensions=(
        dim.TOKENS.only("1", "5", "17", "33"),
        dim.HIDDEN.only("32", "96", "160", "224"),
        dim.INTERMEDIATE.only("32", "96", "160", "224"),
        dim.EXPERTS.only("1", "5", "12"),
        dim.TOP_K.only("1", "2", "3", "every"),
        dim.ROUTING.only("uniform", "all-to-one", "with-duplicates", "invalid"),
        dim.LIMIT.only("none", "0-5", "7"),
        dim.ALPHA.only("1-702", "0", "minus-1"),
        dim.MEMORY.only("contiguous", "padded", "padded-weights"),
        dim.DATA,
    ),
    rules=RULES,
    dulls=DULLS[:1],
    free=("routing", "limit", "alpha", "memory", "data"),
    reads=lambda case: reads(case) if case.family == "moe" and not native_can(case) else None,
)


def cases() -> tuple[Case, ...]:
    """A case for each row of both tables."""
    return tuple(_case(model, row) for model in (MODEL, FALLBACK) for row in model.rows())


def _case(model: Model, row: Row) -> Case:
    v = model.parameters(row)
    p = _parameters(v)
    return as_case(
        f"moe/combined/{combinations.slug(model, row)}",
        f"{p['T']} tokens of {p['E']} experts, top-{p['k']}, H {p['H']}, I {p['I']}: {', '.join(row.values())}.",
        " ".join(_requirements(p)), " ".join(("combination", "block-boundary", "expert-count", *_flags(p))),
        "quick" if 0 < p["T"] <= QUICK and p["E"] <= 12 and p["H"] * p["I"] <= 128 * 128 else "gate",
        p, make_inputs, expect_output,
    )  # fmt: skip


def _parameters(v: dict[str, Any]) -> dict[str, Any]:
    routing, experts = v["routing"], v["experts"]
    kind = v.get("expert-map")
    given = {
        "T": v["tokens"], "H": v["hidden"], "I": v["intermediate"], "E": experts, "k": top_k(v["top-k"], experts),
        "routing": "uniform" if routing in ("fused_shared", "invalid") else routing,
        "shared": int(routing == "fused_shared"), "invalid": 0.34 if routing == "invalid" else 0.0,
        "weights": v.get("router-weights", "powers_of_two"), "limit": v["limit"], "alpha": v["alpha"],
        "beta": v.get("beta", 1.0), "data": v["data"], "distinct": 8 if experts > 8 else None,
    }  # fmt: skip
    given |= lying(v["memory"]) | (on_rank(kind, v["rank"], experts) if kind is not None else {})
    return parameters(**given)


def lying(where: str) -> dict[str, Any]:
    """Parameters of a layer whose tensors lie as that value of the dimension memory says."""
    return {
        "row_padding": 8 * (where == "padded"),
        "weights_layout": "padded" if where == "padded-weights" else "contiguous",
    }


def on_rank(kind: str, rank: str, experts: int) -> dict[str, Any]:
    """Parameters of the first or the last rank of a placement of the experts; a partition has four ranks at most."""
    world = min(experts, 4) if kind in PARTITIONS else 1
    last = (experts if kind == "one-local" else world) - 1
    return {"map": kind, "world": world, "rank": 0 if rank == "first" else last}


def _requirements(p: dict[str, Any]) -> tuple[str, ...]:
    asked = {
        "MOE-01": p["data"] == "gaussian",
        "MOE-02": p["data"] == "exact",
        "MOE-03": True,
        "MOE-05": True,
        "MOE-06": True,
        "MOE-07": p["routing"] in ("with_duplicates", "all_to_one"),
        "MOE-08": bool(p["shared"]),
        "MOE-09": bool(p["invalid"]),
        "MOE-10": p["weights"] in ("zero", "negative", "tiny", "huge", "bfloat16"),
        "MOE-12": p["data"] == "gaussian"
        or p["alpha"] <= 0
        or p["beta"] != 1.0,  # else a sigmoid of 1, no limit, a default
        "EPM-03": p.get("map") is not None,
    }
    return tuple(name for name, holds in asked.items() if holds)


def _flags(p: dict[str, Any]) -> list[str]:
    asked = {
        "expert-map": p.get("map") is not None,
        "routing-duplicate": p["routing"] in ("with_duplicates", "all_to_one"),
        "routing-empty": p["routing"] in ("some_empty", "skewed"),
        "shared-expert": bool(p["shared"]),
        "routing-invalid": bool(p["invalid"]),
        "router-weight": p["weights"] != "powers_of_two",
        "alpha-beta": (p["alpha"], p["beta"]) != (DEFAULT_ALPHA, DEFAULT_BETA),
        "row-stride": bool(p["row_padding"]),
        "strided-weights": p["weights_layout"] != "contiguous",
        "exact-sum": p["data"] == "exact",
    }
    return [name for name, holds in asked.items() if holds]
