"""How is malformed input made? Each way of spoiling one argument of the MoE, or of a stage, by a case's name for it."""

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch

from reference.formats import BLOCK

Named = dict[str, Any]


def _widened(n: Named, name: str, axis: int, by: int) -> torch.Tensor:
    """The tensor with ``by`` more (or fewer) elements along one axis, filled from its own beginning."""
    value = n[name].view(torch.uint8) if n[name].dtype == torch.float8_e4m3fn else n[name]
    size = value.shape[axis] + by
    index = torch.arange(size, device=value.device) % value.shape[axis]
    return value.index_select(axis, index).view(n[name].dtype)


def _identity(n: Named, length: int) -> torch.Tensor:
    return torch.arange(length, dtype=torch.int32, device=n["hidden_states"].device)


def _quietly(make: Callable[[], torch.Tensor]) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a prototype, says torch
        return make()


def _fake(value: torch.Tensor) -> torch.Tensor:
    from torch._subclasses.fake_tensor import FakeTensorMode  # a second's import, for two cases

    return FakeTensorMode().from_tensor(value)


def _later(value: torch.Tensor) -> torch.Tensor:
    """The same as a view that begins some elements behind its memory."""
    return torch.cat([value, value])[len(value) :]


def _negated(n: Named, name: str) -> torch.Tensor:
    return torch._neg_view(_identity(n, 4) if n[name] is None else n[name])


# Good arguments -> the spoiled value of the argument that the case names. T = 8, H = I = 128, E = 4, k = 2.
SPOILINGS: dict[str, Callable[[Named], Any]] = {
    "hidden-states-float32": lambda n: n["hidden_states"].float(),
    "hidden-states-integers": lambda n: n["hidden_states"].to(torch.int32),
    "hidden-states-three-dimensions": lambda n: n["hidden_states"][None],
    "hidden-states-one-dimension": lambda n: n["hidden_states"].reshape(-1),
    "hidden-states-not-a-tensor": lambda n: n["hidden_states"].tolist(),
    "hidden-states-width-of-another-model": lambda n: _widened(n, "hidden_states", 1, BLOCK),
    "w13-bfloat16": lambda n: n["w13"].to(torch.bfloat16),
    "w13-e5m2": lambda n: n["w13"].view(torch.float8_e5m2),
    "w13-two-dimensions": lambda n: n["w13"][0],
    "w13-odd-rows": lambda n: _widened(n, "w13", 1, -1),
    "w13-scale-one-block-more": lambda n: _widened(n, "w13_scale", 2, 1),
    "w13-scale-half-the-rows": lambda n: n["w13_scale"][:, :128].contiguous(),
    "w13-scale-fewer-experts": lambda n: _widened(n, "w13_scale", 0, -1),
    "w13-scale-float32": lambda n: n["w13_scale"].float(),
    "w2-bfloat16": lambda n: n["w2"].to(torch.bfloat16),
    "w2-rows-not-hidden": lambda n: _widened(n, "w2", 1, 1),
    "w2-width-not-intermediate": lambda n: _widened(n, "w2", 2, 128),
    "w2-fewer-experts": lambda n: _widened(n, "w2", 0, -1),
    "w2-scale-one-block-less": lambda n: _widened(n, "w2_scale", 2, -1),
    "w2-scale-int32": lambda n: n["w2_scale"].to(torch.int32),
    "w2-on-another-device": lambda n: n["w2"].to("meta"),
    "w13-scale-on-another-device": lambda n: n["w13_scale"].to("meta"),
    "w2-scale-one-dimension": lambda n: n["w2_scale"].reshape(-1),
    "topk-ids-on-another-device": lambda n: n["topk_ids"].to("meta"),
    "topk-weights-on-another-device": lambda n: n["topk_weights"].to("meta"),
    "topk-weights-one-dimension": lambda n: n["topk_weights"].reshape(-1),
    "expert-map-two-dimensions": lambda n: _identity(n, 4)[None],
    "expert-map-on-another-device": lambda n: _identity(n, 4).to("meta"),
    "topk-weights-other-shape": lambda n: _widened(n, "topk_weights", 1, 1),
    "topk-weights-integers": lambda n: n["topk_weights"].to(torch.int32),
    "topk-ids-floats": lambda n: n["topk_ids"].float(),
    "topk-ids-one-dimension": lambda n: n["topk_ids"].reshape(-1),
    "expert-map-too-short": lambda n: _identity(n, 3),
    "expert-map-too-long": lambda n: _identity(n, 5),
    "expert-map-floats": lambda n: _identity(n, 4).float(),
    "alpha-text": lambda n: "1.702",
    "beta-none": lambda n: None,
    "alpha-boolean": lambda n: True,
    "alpha-nan": lambda n: math.nan,
    "alpha-infinite": lambda n: -math.inf,
    "alpha-beyond-fp32": lambda n: 1e39,
    "alpha-beyond-every-float": lambda n: 10**400,
    "beta-nan": lambda n: math.nan,
    "beta-beyond-every-float": lambda n: -(10**400),
    "limit-text": lambda n: "7.0",
    "limit-nan": lambda n: math.nan,
    "limit-negative": lambda n: -0.5,
    "limit-beyond-fp32": lambda n: 1e39,
    "limit-beyond-every-float": lambda n: 10**400,
    "w13-scale-e8m0": lambda n: n["w13_scale"].view(torch.float8_e8m0fnu),
    "w2-scale-e8m0": lambda n: n["w2_scale"].view(torch.float8_e8m0fnu),
    "w13-transposed": lambda n: n["w13"].transpose(1, 2),
    "w13-scale-transposed": lambda n: n["w13_scale"].transpose(1, 2),
    "w13-scale-flattened": lambda n: n["w13_scale"].reshape(-1),
    "w2-scale-transposed": lambda n: n["w2_scale"].transpose(1, 2),
    "hidden-states-transposed": lambda n: n["hidden_states"].T,
    "topk-ids-transposed": lambda n: n["topk_ids"].T,
    "topk-weights-transposed": lambda n: n["topk_weights"].T,
    "hidden-states-lazily-negated": lambda n: _negated(n, "hidden_states"),
    "w13-lazily-negated": lambda n: _negated(n, "w13"),
    "w13-scale-lazily-negated": lambda n: _negated(n, "w13_scale"),
    "w2-lazily-negated": lambda n: _negated(n, "w2"),
    "w2-scale-lazily-negated": lambda n: _negated(n, "w2_scale"),
    "topk-weights-lazily-negated": lambda n: _negated(n, "topk_weights"),
    "topk-ids-lazily-negated": lambda n: _negated(n, "topk_ids"),
    "expert-map-lazily-negated": lambda n: _negated(n, "expert_map"),
    "hidden-states-sparse": lambda n: n["hidden_states"].to_sparse(),
    "w13-scale-sparse": lambda n: n["w13_scale"].to_sparse(),
    "topk-weights-sparse-rows": lambda n: _quietly(n["topk_weights"].to_sparse_csr),
    "topk-ids-sparse": lambda n: n["topk_ids"].to_sparse(),
    "hidden-states-nested": lambda n: _quietly(lambda: torch.nested.nested_tensor(list(n["hidden_states"][None]))),
    "hidden-states-on-no-device": lambda n: n["hidden_states"].to("meta"),
    "hidden-states-fake": lambda n: _fake(n["hidden_states"]),
    "w2-fake": lambda n: _fake(n["w2"]),
    "hidden-states-fake-view": lambda n: _fake(_later(n["hidden_states"])),
    "hidden-states-on-no-device-view": lambda n: _later(n["hidden_states"].to("meta")),
}


def _wider_hidden(n: Named, by: int) -> Named:
    """A hidden size that is larger everywhere; the scales have the whole blocks of it."""
    wide = {name: _widened(n, name, axis, by) for name, axis in (("hidden_states", 1), ("w13", 2), ("w2", 1))}
    return wide | {"w2_scale": _widened(n, "w2_scale", 1, by)}


def _wider_hidden_with_scales(n: Named, by: int) -> Named:
    return _wider_hidden(n, by) | {"w13_scale": _widened(n, "w13_scale", 2, by // BLOCK)}


def _wider_intermediate(n: Named, by: int) -> Named:
    """An intermediate size that is larger everywhere but in w2's scales."""
    wide = {name: _widened(n, name, 1, 2 * by) for name in ("w13", "w13_scale")}
    return wide | {"w2": _widened(n, "w2", 2, by)}


# Rows that no memory holds, even of single bytes: whoever makes as many before the check fails at once.
_BEYOND_MEMORY = 2**45


def _rows(value: torch.Tensor) -> torch.Tensor:
    """So many rows, all of them the first one's memory."""
    return value[:1].expand(_BEYOND_MEMORY, *value.shape[1:])


# Ways that need several arguments to agree with each other.
TOGETHER: dict[str, Callable[[Named], Named]] = {
    "w13-and-its-scale-transposed": lambda n: {
        "w13": n["w13"].transpose(1, 2),
        "w13_scale": n["w13_scale"].reshape(4, 128, 8),
    },
    "topk-rows-transposed": lambda n: {name: n[name].T for name in ("topk_ids", "topk_weights")},
    "topk-rows-not-tokens": lambda n: {name: n[name][:7] for name in ("topk_ids", "topk_weights")},
    "hidden-states-beyond-memory": lambda n: {
        name: _rows(n[name]) for name in ("hidden_states", "topk_ids", "topk_weights")
    },
    "expert-map-beyond-memory": lambda n: {"expert_map": _rows(_identity(n, 4)), "global_num_experts": _BEYOND_MEMORY},
    "hidden-size-144": lambda n: _wider_hidden(n, 16),
    "hidden-size-160": lambda n: _wider_hidden_with_scales(n, BLOCK),
    "intermediate-size-144": lambda n: _wider_intermediate(n, 16),
    "intermediate-size-160": lambda n: _wider_intermediate(n, BLOCK) | {"w2_scale": _widened(n, "w2_scale", 2, 1)},
}


# Any argument of a stage, by the word that a case's way has for it.
FORMS: dict[str, Callable[[Any], Any]] = {
    "int32": lambda value: value.to(torch.int32),
    "int64": lambda value: value.to(torch.int64),
    "float16": lambda value: value.to(torch.float16),
    "float32": lambda value: value.to(torch.float32),
    "float64": lambda value: value.to(torch.float64),
    "bytes": lambda value: value.view(torch.uint8),
    "e8m0": lambda value: value.view(torch.float8_e8m0fnu),
    "list": lambda value: value.tolist(),
    "flat": lambda value: value.reshape(-1),
    "one-element": lambda value: value[0, 0],
    "one-axis-more": lambda value: value[None],
    "transposed": lambda value: value.transpose(-1, -2),
    "int8": lambda dtype: torch.int8,
}


def of_stage(stage: str, pipeline: str, device: torch.device | str) -> tuple[Named, int]:
    """Good arguments of a stage by name, and how many of them come by position. Raises KeyError for an unknown one."""

    def made(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        return torch.ones(shape, dtype=dtype, device=device)

    def codes(*shape: int) -> torch.Tensor:
        return made(*shape).to(torch.float8_e4m3fn)

    def scales(*shape: int) -> torch.Tensor:
        return made(*shape, dtype=torch.uint8)

    def counted(*shape: int) -> torch.Tensor:
        return made(*shape, dtype=torch.int32)

    parameters = {"alpha": 1.0, "beta": 1.0, "limit": 7.0}
    gates = {"gate_up": made(3, 128, dtype=torch.bfloat16)} | parameters
    operands = (
        {"a_codes": codes(6, 128), "a_scales": scales(6, 4), "w": codes(2, 64, 128), "w_scale": scales(2, 64, 4)}
        if pipeline == "native"
        else {"a": made(6, 128, dtype=torch.bfloat16), "w": made(2, 64, 128, dtype=torch.bfloat16)}
    )
    routing = {"sorted_token_ids": counted(16), "expert_ids": counted(1), "num_tokens_post_padded": counted(1)}
    numbers = {"num_routes": 6, "top_k": 1, "block_m": 16, "out_dtype": torch.float32, "topk_weights": made(6)}
    shared = {"block_size": 16, "num_experts": 6, "expert_map": counted(6), "num_local_experts": 2}
    return {
        "quantize": ({"x": made(3, 64, dtype=torch.bfloat16)}, 1),
        "activation": (gates | {"out_dtype": torch.bfloat16}, 1),
        "activation_quantize": (gates, 1),
        "dequantize": ({"codes": codes(2, 3, 64), "scales": scales(2, 3, 2)}, 2),
        "align": ({"topk_ids": counted(5, 2)} | shared, 4),
        "grouped_gemm": (operands | routing | numbers, len(operands) + len(routing)),
        "moe_sum": ({"routes": made(10, 128), "top_k": 2, "dtype": torch.bfloat16}, 3),
    }[stage]


def spoil(how: str, argument: str, named: Mapping[str, Any]) -> Named:
    """A copy of the arguments with ``argument`` spoiled. Raises KeyError for an unknown way."""
    good = dict(named)
    return good | (TOGETHER[how](good) if how in TOGETHER else {argument: SPOILINGS[how](good)})
