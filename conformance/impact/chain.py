"""What does a layer give whose stages are some the subject's and some the reference's? One after the other."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from conformance.calls import tensors
from conformance.impact.layer import BLOCK_M, UseLayer
from conformance.subjects.base import Subject
from reference.codec import BF16_DTYPE, AnyArray, float64_to_bf16, to_float64
from reference.contraction import Contraction
from reference.operand import MxSide, RealSide, Side
from reference.propagation import nominal_sum
from reference.quantize import dequantize_mxfp8_to_bf16
from reference.swiglu import nominal_fp32, split

WHOLE = "fused_moe"
Values = dict[str, AnyArray]


@dataclass(frozen=True)
class Linked:
    """A step: the stage that it is of, the values that it takes and gives, by name, and whether the second GEMM."""

    stage: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    second: bool = False


CHAINS: Mapping[str, tuple[Linked, ...]] = {
    "native": (
        Linked("quantize", ("x",), ("x_codes", "x_scales")),
        Linked("grouped_gemm", ("x_codes", "x_scales", "w13", "w13_scale"), ("gate_up",)),
        Linked("activation_quantize", ("gate_up",), ("h_codes", "h_scales")),
        Linked("grouped_gemm", ("h_codes", "h_scales", "w2", "w2_scale"), ("routes",), second=True),
        Linked("moe_sum", ("routes",), ("output",)),
    ),
    "emulation": (
        Linked("dequantize", ("w13", "w13_scale"), ("w13_bf16",)),
        Linked("dequantize", ("w2", "w2_scale"), ("w2_bf16",)),
        Linked("grouped_gemm", ("x", "w13_bf16"), ("gate_up",)),
        Linked("activation", ("gate_up",), ("h",)),
        Linked("grouped_gemm", ("h", "w2_bf16"), ("routes",), second=True),
        Linked("moe_sum", ("routes",), ("output",)),
    ),
}
_CODES = ("x_codes", "h_codes", "w13", "w2")


def stages(pipeline: str) -> tuple[str, ...]:
    """Those of a pipeline that may be the reference's or the subject's."""
    return tuple(dict.fromkeys(link.stage for link in CHAINS[pipeline]))


def output(layer: UseLayer, subject: Subject, own: Collection[str], device: torch.device | str) -> AnyArray:
    """bfloat16 [T, H] where the stages of ``own`` are the subject's, as far as it exposes them."""
    moe = layer.moe
    values: Values = {"x": moe.hidden_states}
    values |= {name: getattr(moe, name) for name in ("w13", "w13_scale", "w2", "w2_scale")}
    for link in CHAINS[subject.pipeline]:
        given = [values[name] for name in link.takes]
        if link.stage in own and link.stage in subject.stages:
            found = _own(layer, subject, link, given, device)
        else:
            found = _RIGHT[link.stage](layer, link, given)
        values |= dict(zip(link.gives, found, strict=True))
    return values["output"]


def whole(layer: UseLayer, subject: Subject, device: torch.device | str) -> AnyArray:
    """bfloat16 [T, H] of the subject's own way through the layer."""
    moe = layer.moe
    named = {name: getattr(moe, name) for name in ("hidden_states", "w13", "w13_scale", "w2", "w2_scale")}
    given = [(tensors.codes if name in _CODES else tensors.tensor)(value, device) for name, value in named.items()]
    given += [tensors.tensor(value, device) for value in (moe.topk_weights, moe.topk_ids)]
    expert_map = None if moe.expert_map is None else tensors.tensor(moe.expert_map, device)
    placed = {"global_num_experts": moe.global_num_experts, "expert_map": expert_map}
    return tensors.array(subject.call(WHOLE, *given, **moe.activation, **placed))


def _own(
    layer: UseLayer, subject: Subject, link: Linked, given: list[AnyArray], device: torch.device | str
) -> list[AnyArray]:
    moe = layer.moe
    operands = [
        (tensors.codes if name in _CODES else tensors.tensor)(value, device)
        for name, value in zip(link.takes, given, strict=True)
    ]
    keywords: dict[str, Any] = {}
    if link.stage == "grouped_gemm":
        names = ("sorted_token_ids", "expert_ids", "num_tokens_post_padded")
        keywords = {name: tensors.tensor(layer.order[name], device) for name in names}
        wide = link.second and subject.pipeline == "native"
        keywords |= {
            "num_routes": moe.routes,
            "top_k": 1 if link.second else moe.top_k,
            "block_m": BLOCK_M,
            "out_dtype": torch.float32 if wide else torch.bfloat16,
            "topk_weights": tensors.tensor(moe.topk_weights.reshape(-1), device) if link.second else None,
        }
    elif link.stage in ("activation", "activation_quantize"):
        keywords = dict(moe.activation)
    elif link.stage == "moe_sum":
        operands += [moe.top_k, torch.bfloat16]
    found = subject.call(link.stage, *operands, **keywords)
    return [tensors.array(part) for part in (found if isinstance(found, tuple | list) else (found,))]


def _gemm(layer: UseLayer, link: Linked, given: list[AnyArray]) -> list[AnyArray]:
    """Each route's row with its expert's weights, rounded once; the second times the router weight in FP32."""
    moe, mx, expert = layer.moe, len(given) == 4, layer.order["route_expert"]
    weights = given[-2 if mx else -1]
    row = np.arange(moe.routes) // (1 if link.second else moe.top_k)
    store = np.dtype(np.float32) if link.second or moe.arithmetic.gate_up_fp32 else BF16_DTYPE
    found = np.zeros((moe.routes, weights.shape[1]), store)

    def side(name: str, which: Any, of: int) -> Side:
        if mx:
            return MxSide(name, given[of][which], given[of + 1][which])
        return RealSide(name, to_float64(given[of][which]))

    for place in np.unique(expert[expert >= 0]):
        routes = np.flatnonzero(expert == place)
        product = Contraction(side("a", row[routes], 0), side("b", place, 2 if mx else 1))
        found[routes] = product.nearest(store)
    if not link.second:
        return [found]
    with np.errstate(all="ignore"):
        found = found * moe.topk_weights.reshape(-1, 1)
    return [found if mx else float64_to_bf16(to_float64(found))]


def _activation(layer: UseLayer, link: Linked, given: list[AnyArray]) -> list[AnyArray]:
    gate, up = split(given[0])
    value = nominal_fp32(gate, up, **layer.moe.activation)
    rounded = float64_to_bf16(to_float64(value))
    if link.stage == "activation":
        return [rounded]
    return list(layer.moe.quantized(rounded if layer.moe.arithmetic.bf16_between else value))


def _sum(layer: UseLayer, link: Linked, given: list[AnyArray]) -> list[AnyArray]:
    terms = to_float64(given[0]).astype(np.float32).reshape(len(layer.moe.hidden_states), layer.moe.top_k, -1)
    return [float64_to_bf16(to_float64(nominal_sum(terms)))]


_RIGHT: Mapping[str, Callable[[UseLayer, Linked, list[AnyArray]], list[AnyArray]]] = {
    "quantize": lambda layer, link, given: list(layer.moe.quantized(given[0])),
    "dequantize": lambda layer, link, given: [dequantize_mxfp8_to_bf16(*given)],
    "grouped_gemm": _gemm,
    "activation": _activation,
    "activation_quantize": _activation,
    "moe_sum": _sum,
}
