"""Which combinations is SwiGLU-OAI asked, alone and fused? Parameters, values, layouts and sizes."""

from typing import Any

from vectors.case import Arrays, Case, as_case
from vectors.contents import gate_values, gates
from vectors.families.moe_combined import POSITIVE, ZERO_LIMIT, few_bits
from vectors.sweep import combinations
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import Held, Model, Row, Rule

# Every gate place with every up place; and a block of 32 with ordinary results beside one of special ones.
_LEAST = {"edges": 18 * 18, "zero": 64, "nan": 64, "infinite": 64}


def _fits(values: str, rows: int, width: int) -> bool:
    return rows * width >= _LEAST.get(values, 0)


def _has_place(place: str, limit: float | None) -> bool:
    return place in gate_values.places(limit, "fp32")


_RULES = (
    Rule("every gate place with every up place takes a number of elements, and special ones need ordinary ones beside",
         ("values", "rows", "width"), _fits),
    ZERO_LIMIT,
    Rule("exact values need a sigmoid of 1/2, or of 1 at gates that no limit clamps", ("values", "alpha", "limit"),
         few_bits),
)  # fmt: skip
# sigmoid(alpha * gate) is 1/2 whatever alpha is where gates are tiny, and 1 where alpha is positive, gates large.
_DULLS = (
    *((("values", "tiny"), ("alpha", name)) for name in dim.ALPHA.names),
    *((("values", "exact"), ("alpha", name)) for name in POSITIVE),
)
_FREE = ("values", "limit", "alpha", "beta", "layout", "memory", "rows", "width")
_PARAMETERS = (dim.LIMIT, dim.ALPHA, dim.BETA)


def _reads(case: Case) -> Held | None:
    p = case.params
    if "content" not in p:
        return None
    edges = set(gate_values.places(p["limit"], p["dtype"])) if p["content"] == "edges" else set()
    held: dict[str, Any] = {
        "values": p["content"],
        "limit": dim.LIMIT.named(p["limit"]),
        "alpha": dim.ALPHA.named(p["alpha"]),
        "beta": dim.BETA.named(p["beta"]),
        "dtype": p["dtype"],
        "layout": p["layout"],
        "memory": "padded" if p["row_padding"] else "contiguous",
        "rows": dim.ROWS.named(p["rows"]),
        "width": dim.WIDTH.named(p["width"]),
        "gate-place": edges,
        "up-place": edges,
    }
    return combinations.holding(held)


PLAIN = Model(
    name="activation",
    family="activation",
    dimensions=(
        dim.VALUES,
        *_PARAMETERS,
        dim.DTYPE.only("bf16", "fp32"),
        dim.LAYOUT,
        dim.MEMORY.only("contiguous", "padded"),
        dim.ROWS,
        dim.WIDTH,
    ),
    rules=_RULES,
    hides=(("rows", "0"),),
    dulls=_DULLS,
    free=(*_FREE, "dtype"),
    reads=lambda case: _reads(case) if case.family == "activation" else None,
)
FUSED = Model(
    name="activation-quantize",
    family="activation-quantize",
    dimensions=(
        dim.VALUES,
        *_PARAMETERS,
        dim.LAYOUT,
        dim.MEMORY.only("contiguous", "padded"),
        dim.ROWS,
        dim.WIDTH.only("32", "96", "160", "1024"),
    ),
    rules=_RULES,
    hides=(("rows", "0"),),
    dulls=_DULLS,
    free=_FREE,
    reads=lambda case: _reads(case) if case.family == "activation-quantize" else None,
)
_PLACED = (
    Rule("no limit has no edge, and nothing lies beyond infinity", ("gate-place", "limit"), _has_place),
    Rule("no limit has no edge, and nothing lies beyond infinity", ("up-place", "limit"), _has_place),
)
# Rows of the tables with edges hold every pair of places: these two have no rows of their own.
PLACES = tuple(
    Model(
        name=f"{model.name}-places",
        family=model.family,
        dimensions=(dim.GATE_PLACE, dim.UP_PLACE, dim.LIMIT),
        rules=_PLACED,
        reads=model.reads,
    )
    for model in (PLAIN, FUSED)
)


def cases() -> tuple[Case, ...]:
    """A case for each row of both tables."""
    return tuple(_case(model, row) for model in (PLAIN, FUSED) for row in model.rows())


def _case(model: Model, row: Row) -> Case:
    v = model.parameters(row)
    fused = model is FUSED
    asked = _fused_requirements(v) if fused else _plain_requirements(v)
    return as_case(
        f"{model.name}/combined/{combinations.slug(model, row)}",
        f"{v['rows']} rows of {v['width']} columns, {v['values']}: {', '.join(row.values())}.",
        " ".join(asked), "combination alpha-beta clamp-edge layout block-boundary",
        "quick" if v["values"] == "edges" else "gate",
        {"content": v["values"], "limit": v["limit"], "alpha": v["alpha"], "beta": v["beta"],
         "dtype": v.get("dtype", "bf16"), "layout": v["layout"], "rows": v["rows"], "width": v["width"],
         "row_padding": 8 * (v["memory"] == "padded")},
        _inputs, gates.expect_blocks if fused else gates.expect_values,
    )  # fmt: skip


def _plain_requirements(v: dict[str, Any]) -> list[str]:
    asked = {"edges": ["ACT-02", "ACT-03"], "nan": ["ACT-05"], "wide": ["ACT-06", "ACT-12"], "exact": ["ACT-08"]}
    found = ["ACT-01", "ACT-04", "ACT-11", *asked.get(v["values"], [])]
    found += ["ACT-09"] if v["layout"] == "interleaved" else ["ACT-07"]
    return found + ["ACT-10"] * (v["dtype"] == "bf16")


def _fused_requirements(v: dict[str, Any]) -> list[str]:
    asked = {"nan": ["FSQ-03"], "zero": ["FSQ-04"], "wide": ["FSQ-08"]}.get(v["values"], [])
    strided = v["layout"] == "interleaved" or v["memory"] == "padded"
    return ["FSQ-01", "FSQ-02", "FSQ-05", *asked, *(["FSQ-07"] * strided)]


def _inputs(case: Case) -> Arrays:
    return gates.laid_out(case, gate_values.gate_up(case))
