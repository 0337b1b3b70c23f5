"""How is a whole MoE called on a case? Its inputs as tensors, and one guarded call."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from conformance.calls import tensors
from conformance.calls.layouts import laid_out, padded_rows, table_columns
from conformance.calls.named import MOE
from conformance.subjects.base import Subject
from reference.quantize import dequantize_mxfp8_to_bf16
from vectors.case import Case

_CODES = ("w13", "w2")
_WEIGHTS = ("w13", "w13_scale", "w2", "w2_scale")
PER_TOKEN = ("hidden_states", "topk_weights", "topk_ids")
_IN_TABLES = ("topk_weights", "topk_ids", "expert_map")
TENSORS = MOE


def arguments(case: Case, inputs: Mapping[str, np.ndarray], device: torch.device | str) -> dict[str, Any]:
    """All arguments of ``fused_moe_mxfp8_native`` by name, on the device."""
    named: dict[str, Any] = {
        name: (tensors.codes if name in _CODES else tensors.tensor)(inputs[name], device) for name in TENSORS
    }
    if case.params.get("row_padding"):  # what is per token lies in wider buffers of NaN
        for name in PER_TOKEN:
            named[name] = padded_rows(named[name], case.params["row_padding"])
    layout = case.params.get("weights_layout", "contiguous")
    named |= {name: laid_out(named[name], layout) for name in _WEIGHTS}
    expert_map = inputs.get("expert_map")
    if not case.params.get("defaults"):  # a case about defaults leaves them out
        named |= {name: case.params[name] for name in ("alpha", "beta", "limit")}
    named |= {
        "global_num_experts": case.params["global_num_experts"],
        "expert_map": None if expert_map is None else tensors.tensor(expert_map, device),
    }
    if case.params.get("table"):
        named |= {name: table_columns(named[name]) for name in _IN_TABLES if named[name] is not None}
    return with_decoded_weights(named, inputs, layout) if case.params.get("decoded") else named


def with_decoded_weights(
    named: Mapping[str, Any], inputs: Mapping[str, np.ndarray], layout: str = "contiguous"
) -> dict[str, Any]:
    """The arguments with both weights in BF16, as a load may leave them, and no scales."""
    device = named["hidden_states"].device
    weights = {name: laid_out(tensors.tensor(value, device), layout) for name, value in _decoded(inputs).items()}
    return {**named, **weights, "w13_scale": None, "w2_scale": None}


def _decoded(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: dequantize_mxfp8_to_bf16(inputs[name], inputs[f"{name}_scale"]) for name in _CODES}


def call(subject: Subject, named: Mapping[str, Any]) -> torch.Tensor:
    """Call with the seven tensors by position and the rest by keyword, as the interface has it."""
    keywords = {name: value for name, value in named.items() if name not in TENSORS}
    return subject.call("fused_moe", *(named[name] for name in TENSORS), **keywords)


def changed(named: Mapping[str, Any], inputs: Mapping[str, np.ndarray]) -> list[str]:
    """Which arguments no longer hold the bytes of the case's inputs."""
    if named["w13_scale"] is None:
        inputs = {**inputs, **_decoded(inputs)}
    names = [name for name in (*TENSORS, "expert_map") if name in inputs and isinstance(named[name], torch.Tensor)]
    return [name for name in names if not tensors.same_bytes(named[name], inputs[name])]


def describe_row(inputs: Mapping[str, np.ndarray], index: tuple[int, ...]) -> str:
    """The route of the token whose output is wrong."""
    ids, weights = inputs["topk_ids"][index[0]], inputs["topk_weights"][index[0]]
    routes = ", ".join(f"{int(e)} x {float(w):.6g}" for e, w in zip(ids[:8], weights[:8], strict=False))
    return f"token {index[0]} routed to {routes}"
