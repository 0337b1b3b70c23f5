"""Which combinations is an experts class asked? Every pair of values of what an engine hands to it."""

from dataclasses import replace
from typing import Any

from reference.swiglu import DEFAULT_ALPHA
from vectors.case import Case, as_case
from vectors.contents.moe import parameters
from vectors.families.experts_class import class_inputs, expect_class
from vectors.families.moe_combined import (
    PARALLEL,
    POSITIVE,
    ZERO_LIMIT,
    enough_experts,
    few_bits,
    lying,
    memory,
    on_rank,
)
from vectors.sweep import combinations
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import Held, Model, Row, Rule

_OVERLAPPING = ("a-row-on", "columns-on")
_RULES = (
    Rule("a token has at most as many different experts as there are", ("routing", "experts", "top-k"), enough_experts),
    Rule("exact data need a sigmoid of 1/2, or of 1 at gates that no limit clamps",
         ("data", "gemm1-alpha", "gemm1-limit"),
         lambda data, alpha, limit: few_bits(data, DEFAULT_ALPHA if alpha is None else alpha, limit)),
    replace(ZERO_LIMIT, over=("gemm1-limit", "gemm1-beta")),
    Rule("without a map it has no format", ("expert-map", "map-format"),
         lambda kind, form: kind is not None or form == "int32"),
    Rule("of padded rows one at least is none", ("padded", "tokens"),
         lambda rows, tokens: rows != "some" or tokens > 1),
    Rule("what overlaps is made where it lies", ("output", "memory"),
         lambda output, memory: output not in _OVERLAPPING or memory != "padded"),
    *(rule for rule in PARALLEL if rule.over == ("rank", "expert-map", "experts")),
)  # fmt: skip


def _reads(case: Case) -> Held | None:
    """The values of a case that is one call; not of refusals, nor of several calls in turn."""
    p = case.params
    if case.family != "experts-class" or "in_turn" in p or "CLS-04" in case.requirements:
        return None
    return combinations.holding({
        "tokens": dim.TOKENS.named(p["T"]),
        "experts": dim.EXPERTS.named(p["E"]),
        "top-k": dim.TOP_K.named(p["k"]),
        "routing": dim.ROUTING.named(p["routing"]),
        "expert-map": dim.EXPERT_MAP.named(p.get("map")),
        "rank": "above-0" if p.get("rank") else "0",
        "map-format": p.get("map_dtype", "int32"),
        "ids": p.get("ids", "int32"),
        "padded": dim.PADDED.named(p.get("padded")),
        "weights-format": dim.WEIGHTS_FORMAT.named(p.get("router_dtype")),
        "gemm1-alpha": dim.GEMM1_ALPHA.named(p["gemm1_alpha"]),
        "gemm1-beta": dim.GEMM1_BETA.named(p["gemm1_beta"]),
        "gemm1-limit": dim.GEMM1_LIMIT.named(p["gemm1_clamp_limit"]),
        "memory": memory(p),
        "output": dim.OUTPUT.named(p.get("output")),
        "data": p["data"],
    })  # fmt: skip


MODEL = Model(
    name="experts-class",
    family="experts-class",
    dimensions=(
        dim.TOKENS.only("1", "2", "5", "17"),
        dim.EXPERTS.only("1", "2", "5", "8"),
        dim.TOP_K.only("1", "2", "3"),
        dim.ROUTING.only("uniform", "with-duplicates"),
        dim.EXPERT_MAP,
        dim.RANK,
        dim.MAP_FORMAT,
        dim.IDS,
        dim.PADDED,
        dim.WEIGHTS_FORMAT,
        dim.GEMM1_ALPHA,
        dim.GEMM1_BETA,
        dim.GEMM1_LIMIT,
        dim.MEMORY.only("contiguous", "padded", "padded-weights"),
        dim.OUTPUT,
        dim.DATA,
    ),
    rules=_RULES,
    hides=(("padded", "all"), ("expert-map", "none-local")),
    dulls=tuple((("data", "exact"), ("gemm1-alpha", name)) for name in ("left-out", *POSITIVE)),
    free=("routing", "expert-map", "rank", "map-format", "ids", "weights-format", "gemm1-alpha", "gemm1-beta",
          "gemm1-limit", "memory", "output", "data"),
    reads=_reads,
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """A case for each row of the table."""
    return tuple(_case(row) for row in MODEL.rows())


def _case(row: Row) -> Case:
    p = _parameters(MODEL.parameters(row))
    return as_case(
        f"experts-class/combined/{combinations.slug(MODEL, row)}",
        f"{p['T']} tokens of {p['E']} experts, top-{p['k']}: {', '.join(row.values())}.",
        " ".join(_requirements(p)), "interface combination stale-memory", "gate", p, class_inputs, expect_class,
    )  # fmt: skip


def _parameters(v: dict[str, Any]) -> dict[str, Any]:
    kind, experts = v["expert-map"], v["experts"]
    given = {
        "T": v["tokens"], "H": 128, "I": 128, "E": experts, "k": v["top-k"], "routing": v["routing"],
        "data": v["data"], "weights": "softmax" if v["data"] == "gaussian" else "powers_of_two",
        "ids": v["ids"], "padded": v["padded"], "router_dtype": v["weights-format"], "output": v["output"],
        "gemm1_alpha": v["gemm1-alpha"], "gemm1_beta": v["gemm1-beta"], "gemm1_clamp_limit": v["gemm1-limit"],
    } | lying(v["memory"])  # fmt: skip
    if kind is not None:
        given |= on_rank(kind, v["rank"], experts) | {"map_dtype": v["map-format"]}
    return parameters(**given)


def _requirements(p: dict[str, Any]) -> tuple[str, ...]:
    asked = {
        "CLS-01": True,
        "CLS-03": True,
        "CLS-05": p["output"] not in ("hidden-states", *_OVERLAPPING),
        "CLS-06": p.get("map") is not None,
        "CLS-07": p["padded"] is not None,
        "CLS-08": p["output"] is not None or p["row_padding"] > 0,
        "CLS-09": p["router_dtype"] is not None or "int64" in (p["ids"], p.get("map_dtype")),
    }
    return tuple(name for name, holds in asked.items() if holds)
