"""What else may a stage be given? Other contents of one argument, and calls of other shapes, sizes and maps.

All of it is as valid as what the case has: no id, map or alignment that follows leads outside of a tensor.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from conformance.calls.named import NamedCall

Given = Mapping[str, Any]
Changes = dict[str, Any]


def other_contents(call: NamedCall, name: str) -> torch.Tensor:
    """What else the argument may hold: its elements in the opposite order, unless only few orders are valid."""
    value = call.given[name]
    if name == "sorted_token_ids":  # each route stands in the place of the one before it; padding stays
        routes = call.given["num_routes"]
        return torch.where(value < routes, (value + 1) % routes, value)
    if name == "num_tokens_post_padded":  # the last block is not used
        return torch.as_tensor(value - call.given["block_m"])
    return _turned(value)


def other_calls(call: NamedCall) -> list[Changes]:
    """What to change of the call for some of other shapes, sizes and maps."""
    changes = _OTHERS[call.stage](call.given)
    if call.given.get("expert_map") is not None:
        changes.append({"expert_map": other_contents(call, "expert_map")})
    return changes


def refused_call(call: NamedCall) -> Changes:
    """What to change of the call for one that nobody can take: the last of its tensors is none."""
    return {**other_calls(call)[0], [name for name in call.tensors if name != "output"][-1]: "no tensor"}


def _bits(value: torch.Tensor) -> torch.Tensor:
    """As a dtype whose elements every operation moves."""
    return value.view(torch.uint8) if value.dtype == torch.float8_e4m3fn else value


def _turned(value: torch.Tensor) -> torch.Tensor:
    """Its elements in the opposite order."""
    return _bits(value).flip(tuple(range(value.ndim))).view(value.dtype)


def _repeated(value: torch.Tensor, times: int, axis: int = 0) -> torch.Tensor:
    return torch.cat([_bits(value)] * times, axis).view(value.dtype)


def _fewer_and_more(value: torch.Tensor, few: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """The last rows, and three times as many; where a row is the case's, it holds something else."""
    return value[-few:], _repeated(_turned(value), 3)


def _of_rows(name: str, columns: int) -> Callable[[Given], list[Changes]]:
    """Other numbers of rows, and fewer columns."""
    return lambda given: [{name: v} for v in (*_fewer_and_more(given[name]), given[name][..., -columns:])]


def _of_sums(given: Given) -> list[Changes]:
    routes = given["routes"]
    return [{"routes": part} for part in (*_fewer_and_more(routes, given["top_k"]), routes[:, -32:])]


def _of_codes(given: Given) -> list[Changes]:
    codes, scales = given["codes"], given["scales"]
    columns = {"codes": codes[..., -32:], "scales": scales[..., -1:]}
    both = zip(_fewer_and_more(codes), _fewer_and_more(scales), strict=True)
    return [*({"codes": one, "scales": other} for one, other in both), columns]


def _of_ids(given: Given) -> list[Changes]:
    changes: list[Changes] = [{"topk_ids": ids} for ids in _fewer_and_more(given["topk_ids"])]
    return [*changes, {"block_size": 2 * given["block_size"]}]


def _of_gemm(given: Given) -> list[Changes]:
    """Half of the columns, and twice the contraction."""
    of_a, of_w = (tuple(name for name in names if name in given) for names in (("a", "a_codes", "a_scales"), _W))
    deeper = {name: _repeated(given[name], 2, 1) for name in of_a} | {n: _repeated(given[n], 2, 2) for n in of_w}
    return [{name: given[name][:, given["w"].shape[1] // 2 :] for name in of_w}, deeper]


def _of_tokens(given: Given) -> list[Changes]:
    """One token, and three times as many."""
    both = {name: _fewer_and_more(given[name]) for name in _PER_TOKEN if name in given}
    return [{name: pair[place] for name, pair in both.items()} for place in (0, 1)]


def _of_moe(given: Given) -> list[Changes]:
    """Other numbers of tokens, of hidden columns and, where no map names them, of experts."""
    wider = {name: _repeated(_turned(given[name]), 2, axis) for name, axis in _ALONG_HIDDEN.items()}
    if given["expert_map"] is not None:
        return [*_of_tokens(given), wider]
    experts = given["w13"].shape[0] - 1
    fewer = {name: given[name][:experts] for name in ("w13", "w13_scale", "w2", "w2_scale")}
    fewer |= {"topk_ids": given["topk_ids"] % experts, "global_num_experts": experts}
    return [*_of_tokens(given), wider, fewer]


_W = ("w", "w_scale")
_PER_TOKEN = ("hidden_states", "topk_weights", "topk_ids", "output")
_ALONG_HIDDEN = {"hidden_states": 1, "w13": 2, "w13_scale": 2, "w2": 1, "w2_scale": 1}
_OTHERS: dict[str, Callable[[Given], list[Changes]]] = {
    "quantize": _of_rows("x", 32),
    "activation": _of_rows("gate_up", 64),
    "activation_quantize": _of_rows("gate_up", 64),
    "dequantize": _of_codes,
    "align": _of_ids,
    "moe_sum": _of_sums,
    "grouped_gemm": _of_gemm,
    "fused_moe": _of_moe,
    "experts": _of_tokens,
}
