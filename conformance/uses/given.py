"""What does a case give to the kernels? Facts of its parameters and arrays, by the names that a use has for them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from conformance.requirements import requirement
from conformance.subjects.abilities import PROPERTIES_OUT_OF_RANGE, PROPERTIES_WITH_MAPS
from conformance.subjects.base import STAGES_OF_FAMILY
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors.case import Arrays, Case

Value = float | int | str
Named = tuple[str, Any]  # a fact's name and its Value

# A use's fact -> the arrays of a case that it is about.
ARRAYS: Mapping[str, tuple[str, ...]] = {
    "hidden_states": ("hidden_states", "x"),
    "gate_up": ("gate_up",),
    "router_weights": ("topk_weights",),
    "routes": ("routes",),
    "weight_scales": ("w13_scale", "w2_scale", "w_scale", "scales"),
    "activation_scales": ("a_scales",),
    "codes": ("w13", "w2", "w", "a_codes", "codes"),
    "ids": ("topk_ids",),
    "map": ("expert_map",),
}
_FORMATS = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
_LAYERS = ("fused_moe", "experts", "align")
_ACTIVATIONS = ("activation", "activation_quantize")
_NO_LIMIT = "none"
_OF_REFUSALS = ("refusal", "message")


def stage(case: Case) -> str:
    """The stage that the case calls, of several the first; '' where it is of none."""
    if case.params.get("call") == "experts":
        return "experts"
    return str(case.params.get("stage") or next(iter(STAGES_OF_FAMILY.get(case.family, ())), ""))


def scalars(case: Case, inputs: Arrays) -> Iterator[Named]:
    """What holds for the whole case: stage, sizes, layouts, formats, alpha, beta and limit."""
    called = stage(case)
    if called:
        yield "stage", called
    refused = any(requirement(name).observable in _OF_REFUSALS for name in case.requirements)
    yield "input", "that must be refused" if refused else "valid"
    yield from _activation(case, called)
    for name in _layouts(case, called):
        yield "layout", name
    yield from _sizes(case, inputs)
    yield from _formats(case, called)
    if called in _LAYERS:
        mapped = any(name.startswith("expert_map") for name in inputs)
        mapped |= case.params.get("property") in PROPERTIES_WITH_MAPS
        yield "map", "global-to-local" if mapped else "none"


def out_of_range(case: Case) -> bool:
    """Whether examples that only the check makes have ids without a weight row."""
    return case.params.get("property") in PROPERTIES_OUT_OF_RANGE


def is_exact(case: Case) -> bool:
    """Whether a layer's sums are exact by alpha 0, no limit and powers of two: the suite's means, not what is asked."""
    return case.params.get("data") == "exact" or "property" in case.params


def _activation(case: Case, called: str) -> Iterator[Named]:
    p = case.params
    if called in _LAYERS and is_exact(case):
        return
    if called in _ACTIVATIONS and p.get("layout") in ("split", "interleaved"):
        yield "gate_up_layout", p["layout"]
    if p.get("defaults"):
        found: dict[str, Any] = {"alpha": None, "beta": None, "limit": None}
    elif "gemm1_alpha" in p:
        found = {name: p[f"gemm1_{of}"] for name, of in (("alpha",) * 2, ("beta",) * 2, ("limit", "clamp_limit"))}
    else:
        found = {name: p[name] for name in ("alpha", "beta", "limit") if name in p}
    usual = {"alpha": DEFAULT_ALPHA, "beta": DEFAULT_BETA, "limit": _NO_LIMIT}
    for name, value in found.items():
        yield name, usual[name] if value is None else value


def _layouts(case: Case, called: str) -> Iterator[str]:
    p = case.params
    names = ("memory",) if called in _ACTIVATIONS else ("layout", "scale_layout", "weights_layout")
    yield from (p[name] for name in names if p.get(name))
    if p.get("row_padding"):
        yield "rows of a wider buffer"
    if p.get("table"):
        yield "columns of a table"
    if p.get("output"):
        yield f"output {p['output']}"


def _sizes(case: Case, inputs: Arrays) -> Iterator[Named]:
    many, shapes = case.params.get("repeated"), {name: array.shape for name, array in inputs.items()}
    if "x" in shapes:
        yield "axes", len(shapes["x"])
        yield "row_width", shapes["x"][-1]
        yield "tokens", many or int(np.prod(shapes["x"][:-1]))
    if "gate_up" in shapes:
        yield "row_width", shapes["gate_up"][1] // 2
        if not shapes["gate_up"][0]:
            yield "tokens", 0
    if "topk_ids" in shapes:
        yield "tokens", shapes["topk_ids"][0]
        yield "choices", shapes["topk_ids"][1]
    for name in (name for name in ("w", "w13", "w2") if name in shapes):
        yield "experts", shapes[name][0]
        yield "columns", shapes[name][1]
        yield "contraction", shapes[name][2]
    width = max((shape[-1] for shape in shapes.values() if len(shape) > 1), default=0)
    largest = max((array.size for array in inputs.values()), default=0)
    yield "elements", max(largest, (many or 0) * width)


def _formats(case: Case, called: str) -> Iterator[Named]:
    names = {"activation": "activation_output", "grouped_gemm": "gemm_output", "moe_sum": "output"}
    if called in names and "out_dtype" in case.params:
        yield names[called], format_named(case.params["out_dtype"])


def format_named(name: str) -> str:
    """A format's name as NumPy has it."""
    return _FORMATS.get(name, name)
