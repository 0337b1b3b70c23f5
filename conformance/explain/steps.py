"""Of which steps does a pipeline consist? Each is a case of its own stage's family, so the family's check judges it.

A step takes named values (the layer's inputs and what steps before it gave) and becomes a case whose arrays are these.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import ml_dtypes
import numpy as np
import torch

from conformance.calls import tensors
from conformance.explain.checks import Check
from conformance.judging.within import Within
from reference.interval import Interval
from reference.pipelines import MoEInputs, emulation, native
from reference.propagation import sum_of_routes
from vectors import arithmetic, arrays, registry
from vectors.case import Arrays, Case
from vectors.contents.gemm import gemm_case
from vectors.contents.routes import aligned

Values = Mapping[str, np.ndarray]
BLOCK_M = 16


@dataclass(frozen=True)
class Step:
    """One step. name: as people call it. stage: the subject's. ask: values and the layer -> a case and its arrays.

    gives: under which names its results go on. check: its own where no family has one. places: which of the stage's
    positional arguments are the layer's own: 'rows' per token, or 'weights', which may lie in memory in other ways.
    """

    name: str
    stage: str
    ask: Callable[[Values, MoEInputs], Case]
    gives: tuple[str, ...]
    check: Check | None = None
    places: Mapping[int, str] = field(default_factory=dict)


def steps_of(pipeline: str) -> tuple[Step, ...]:
    """The steps of ``native`` or ``emulation`` in order."""
    return _NATIVE if pipeline == "native" else _EMULATION


def nominal(pipeline: str, moe: MoEInputs) -> dict[str, np.ndarray]:
    """One right value of everything that a step takes or gives, by the reference."""
    routing = aligned(moe.topk_ids, BLOCK_M, len(moe.w2), moe.expert_map)
    if pipeline == "native":
        found = native(moe)
        stages = {"x_codes": found.x_codes, "x_scales": found.x_scales, "gemm1": found.gemm1}
        stages |= {"h_codes": found.h_codes, "h_scales": found.h_scales, "gemm2": found.gemm2}
        return routing | stages | {"output": found.output_nominal}
    other = emulation(moe)
    stages = {"w13_bf16": other.w13_bf16, "w2_bf16": other.w2_bf16, "gemm1": other.gemm1}
    return routing | stages | {"h": other.activation, "gemm2": other.gemm2, "output": other.output_nominal}


@cache
def _template(family: str) -> Case:
    """A case of the family whose expectation the reference gives for any arrays of the family's form."""
    asked = (case for case in registry.all_cases() if case.family == family)
    return next(case for case in asked if case.golden)


def _case(family: str, name: str, requirements: str, params: Mapping[str, Any], inputs: Arrays) -> Case:
    return replace(
        _template(family),
        id=f"{family}/{name}",
        title=f"The {name} step.",
        requirements=tuple(requirements.split()),
        params=params,
        needs=(),
        make_inputs=lambda case: inputs,
    )


def _align(values: Values, moe: MoEInputs) -> Case:
    rows = len(moe.w2)
    shared = rows - moe.global_num_experts if moe.expert_map is None and moe.global_num_experts > 0 else 0
    params = {"block_size": BLOCK_M, "num_weight_rows": rows, "shared": shared}
    given = {"topk_ids": moe.topk_ids} | ({} if moe.expert_map is None else {"expert_map": moe.expert_map})
    return _case("align", "align", "ALN-01 ALN-02 ALN-03", params, given)


def _quantize(values: Values, moe: MoEInputs) -> Case:
    needed = "QNT-01 QNT-02 QNT-06 QNT-09 QNT-10 QNT-12"
    return _case("quantize", "quantize", needed, arithmetic.params(moe.arithmetic), {"x": moe.hidden_states})


def _dequantize(name: str) -> Callable[[Values, MoEInputs], Case]:
    def ask(values: Values, moe: MoEInputs) -> Case:
        given = {"codes": getattr(moe, name), "scales": getattr(moe, f"{name}_scale")}
        return _case("dequantize", f"dequantize-{name}", "FMT-07", {}, given)

    return ask


def _gemm(
    family: str, second: bool, operands: Mapping[str, str], out_dtype: str
) -> Callable[[Values, MoEInputs], Case]:
    """operands: the family's name of each -> that of the value."""

    def ask(values: Values, moe: MoEInputs) -> Case:
        layer = {n: getattr(moe, n) for n in ("hidden_states", "w13", "w13_scale", "w2", "w2_scale")}
        known = {**layer, **values}
        routing = ("sorted_token_ids", "expert_ids", "num_tokens_post_padded", "route_expert")
        given = {n: known[value] for n, value in operands.items()} | {n: known[n] for n in routing}
        if second:
            given["topk_weights"] = moe.topk_weights.reshape(-1)
        (tokens, k), (experts, n, width) = moe.topk_ids.shape, given["w"].shape
        sizes = {"T": tokens, "k": k, "E": experts, "N": n, "K": width, "block_m": BLOCK_M}
        name = f"gemm{2 if second else 1}"
        return gemm_case(
            f"{family}/{name}", f"The {name} step.", lambda case: given, "GEM-02", "exact-sum",
            exact=False, second=second, out_dtype=out_dtype, **sizes,
        )  # fmt: skip

    return ask


def _activation(family: str, requirements: str) -> Callable[[Values, MoEInputs], Case]:
    def ask(values: Values, moe: MoEInputs) -> Case:
        params = {**moe.activation, "layout": "split", "dtype": "bf16", **arithmetic.params(moe.arithmetic)}
        return _case(family, "activation", requirements, params, {"gate_up": values["gemm1"]})

    return ask


def _sum(values: Values, moe: MoEInputs) -> Case:
    """Judged by ``_judge_sum``: no family asks of the sum alone."""

    def expected(case: Case, inputs: Arrays) -> Arrays:
        terms = inputs["gemm2"].astype(np.float32).reshape(*moe.topk_ids.shape, -1)
        accepted = sum_of_routes(Interval.exact(terms)).rounded_to(ml_dtypes.bfloat16)
        return arrays.flattened(accepted)

    found = _case("stages", "sum", "STG-04", {"k": moe.top_k}, {"gemm2": values["gemm2"]})
    return replace(found, make_expected=expected)


def _judge_sum(case: Any, subject: Any, backend: Any, vector: Any, judge: Any) -> None:
    terms = tensors.tensor(vector.inputs["gemm2"], backend.device)
    found = tensors.array(subject.call("moe_sum", terms, case.params["k"], torch.bfloat16))
    k, width = case.params["k"], terms.shape[1]

    def given(i: tuple[int, ...]) -> str:
        column = vector.inputs["gemm2"].reshape(-1, k, width)[i[0], :, i[1]].astype(np.float32)
        return "terms " + " + ".join(f"{float(term):.9g}" for term in column[:16])

    judge.accepts("sum", Within(found, arrays.interval(vector.expected)), given=given)


_ROUTING = ("sorted_token_ids", "expert_ids", "num_tokens_post_padded")
_MX1 = {"a_codes": "x_codes", "a_scales": "x_scales", "w": "w13", "w_scale": "w13_scale"}
_MX2 = {"a_codes": "h_codes", "a_scales": "h_scales", "w": "w2", "w_scale": "w2_scale"}
_ROWS, _MX_WEIGHTS = {0: "rows"}, {2: "weights", 3: "weights"}
_ALIGN = Step("align", "align", _align, _ROUTING, places=_ROWS)
_SUM = Step("sum", "moe_sum", _sum, ("output",), _judge_sum)

_NATIVE = (
    _ALIGN,
    Step("quantize", "quantize", _quantize, ("x_codes", "x_scales"), places=_ROWS),
    Step("gemm1", "grouped_gemm", _gemm("gemm-mx", False, _MX1, "bfloat16"), ("gemm1",), places=_MX_WEIGHTS),
    Step(
        "activation",
        "activation_quantize",
        _activation("activation-quantize", "FSQ-01 FSQ-03 QNT-06"),
        ("h_codes", "h_scales"),
    ),
    Step("gemm2", "grouped_gemm", _gemm("gemm-mx", True, _MX2, "float32"), ("gemm2",), places=_MX_WEIGHTS),
    _SUM,
)
_EMULATION = (
    _ALIGN,
    Step("dequantize w13", "dequantize", _dequantize("w13"), ("w13_bf16",)),
    Step("dequantize w2", "dequantize", _dequantize("w2"), ("w2_bf16",)),
    Step(
        "gemm1",
        "grouped_gemm",
        _gemm("gemm-bf16", False, {"a": "hidden_states", "w": "w13_bf16"}, "bfloat16"),
        ("gemm1",),
        places=_ROWS,  # the weights are decoded into memory of the pipeline's own
    ),
    Step("activation", "activation", _activation("activation", "ACT-01"), ("h",)),
    Step("gemm2", "grouped_gemm", _gemm("gemm-bf16", True, {"a": "h", "w": "w2_bf16"}, "bfloat16"), ("gemm2",)),
    _SUM,
)
