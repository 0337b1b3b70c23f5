"""Which combinations are the grouped GEMMs asked? Sizes, routings, weights, layouts, outputs and scale bytes."""

from typing import Any

from vectors.case import Case
from vectors.contents import gemm, gemm_bytes
from vectors.contents.gemm import gemm_case
from vectors.families.moe_combined import enough_experts
from vectors.sweep import combinations
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import Held, Model, Row, Rule

_MOST_PRODUCTS = 1 << 24
_MOST_WEIGHTS = 257 * 128 * 128


def _affordable(tokens: int, columns: int, depth: int, experts: int, k: int) -> bool:
    routes, expert = tokens * k, columns * depth
    return (
        routes * expert <= _MOST_PRODUCTS
        and min(routes, experts) * expert <= _MOST_WEIGHTS
        and experts * expert <= 4 * _MOST_WEIGHTS
    )


_RULES = (
    Rule("a token has at most as many different experts as there are, and the routing needs some to leave out",
         ("routing", "experts", "top-k"), enough_experts),
    Rule("the reference takes seconds for more", ("tokens", "columns", "depth", "experts", "top-k"), _affordable),
    Rule("with one route to a token both GEMMs have a row of A per token", ("rows-of-a", "top-k"),
         lambda rows, k: rows == "token" or k > 1),
)  # fmt: skip
_BYTES = (
    Rule("Gaussian operands have the bytes that quantization gives", ("data", "scale-bytes", "scale-side"),
         lambda data, kind, side: data == "exact" or (kind == "distinct" and side == "weights")),
)  # fmt: skip
_FREE = ("routing", "router-weights", "expert-map", "rows-of-a", "block-size", "out-dtype", "memory", "data")
_COMMON = (
    dim.ROUTING.without("fused-shared", "invalid"),
    dim.ROUTER_WEIGHTS.without("bfloat16"),
    dim.EXPERT_MAP.only("none", "round-robin"),
    dim.ROWS_OF_A,
    dim.BLOCK_SIZE.only("16", "32", "64"),
    dim.OUT_DTYPE,
    dim.MEMORY.only("contiguous", "padded", "transposed"),
    dim.DATA,
)


def _reads(case: Case) -> Held | None:
    p = case.params
    routes = "route" if p["rows_per_token"] == 1 and p["k"] > 1 else "token"
    kind = p.get("scale_bytes")
    held: dict[str, Any] = {
        "tokens": dim.TOKENS.named(p["T"]),
        "columns": dim.COLUMNS.named(p["N"]),
        "depth": dim.DEPTH.named(p["K"]),
        "experts": dim.EXPERTS.named(p["E"]),
        "top-k": dim.TOP_K.named(p["k"]),
        "routing": dim.ROUTING.named(p["routing"]),
        "router-weights": dim.ROUTER_WEIGHTS.named(p["weighted"]),
        "expert-map": "none" if p["world"] == 1 else "round-robin",
        "rows-of-a": routes,
        "block-size": dim.BLOCK_SIZE.named(p["block_m"]),
        "out-dtype": dim.OUT_DTYPE.named(p["out_dtype"]),
        "memory": p["layout"],
        "data": "exact" if p["exact"] else "gaussian",
    }
    if case.family == "gemm-mx" and kind is not None:
        held |= {"scale-bytes": kind, "scale-side": p["scale_side"]}
    return combinations.holding(held)


MX = Model(
    name="gemm-mx",
    family="gemm-mx",
    dimensions=(
        dim.TOKENS,
        dim.COLUMNS,
        dim.DEPTH.only("128", "256", "384", "640", "1024"),
        dim.EXPERTS.only("1", "2", "5", "12", "32", "257"),
        dim.TOP_K.without("every"),
        *_COMMON,
        dim.SCALE_BYTES,
        dim.SCALE_SIDE,
    ),
    rules=(*_RULES, *_BYTES),
    hides=(("tokens", "0"),),
    free=(*_FREE, "scale-bytes", "scale-side", "columns"),
    reads=lambda case: _reads(case) if case.family == "gemm-mx" else None,
)
BF16 = Model(
    name="gemm-bf16",
    family="gemm-bf16",
    dimensions=(
        dim.TOKENS.only("1", "2", "5", "16", "17", "33", "65"),
        dim.COLUMNS,
        dim.DEPTH.only("32", "96", "128", "160", "256", "416"),
        dim.EXPERTS.only("1", "2", "5", "12"),
        dim.TOP_K.only("1", "2", "3", "8"),
        *_COMMON,
    ),
    rules=_RULES,
    free=(*_FREE, "columns"),
    reads=lambda case: _reads(case) if case.family == "gemm-bf16" else None,
)


def cases() -> tuple[Case, ...]:
    """A case for each row of both tables."""
    return tuple(_case(model, row) for model in (MX, BF16) for row in model.rows())


def _case(model: Model, row: Row) -> Case:
    v = model.parameters(row)
    exact, kind = v["data"] == "exact", v.get("scale-bytes", "")
    asked = ["GEM-01" if exact else "GEM-02", "GEM-04", "GEM-09"]
    asked += ["GEM-06"] * (v["router-weights"] is not None)
    asked += ["GEM-07"] * (v["expert-map"] is not None)
    asked += ["GEM-05"] * (v["memory"] != "contiguous")
    asked += ["GEM-08"] * (v["out-dtype"] == "bfloat16")
    make, given = gemm.exact_bf16 if exact else gemm.gaussian_bf16, {}
    flags = "combination n-tail k-tail block-boundary"
    if model is MX:
        make = gemm_bytes.exact_under_bytes if exact else gemm.gaussian_mx
        flags += " scale-addressing"
        asked += {"lowest": ["FMT-04"], "nan": ["FMT-05", "GEM-03"]}.get(kind, ["FMT-03"]) * exact
        asked += ["FMT-06"] * (kind == "distinct" and exact)
        given = {"scale_bytes": kind, "scale_side": v["scale-side"], "largest": 7 if v["depth"] > 256 else 15}
    return gemm_case(
        f"{model.name}/combined/{combinations.slug(model, row)}",
        f"{v['tokens']} tokens times {v['experts']} experts [{v['columns']}, {v['depth']}]: {', '.join(row.values())}.",
        make, " ".join(asked), flags, T=v["tokens"], N=v["columns"], K=v["depth"], E=v["experts"], k=v["top-k"],
        exact=exact, second=v["rows-of-a"] == "route", golden=False,
        tier="quick" if v["tokens"] <= 5 and v["depth"] == 128 else "gate",
        needs=gemm_bytes.NEEDS.get(kind, "") if exact else "",
        out_dtype=v["out-dtype"], block_m=v["block-size"], routing=v["routing"],
        world=1 if v["expert-map"] is None else 2, weighted=v["router-weights"], layout=v["memory"], **given,
    )  # fmt: skip
