"""Which subjects are right, and wrong in one way each? The reference as a subject, with one mistake put into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from conformance.calls import tensors
from conformance.subjects.base import Subject
from reference.pipelines import MoEInputs, native
from reference.quantize import dequantize_mxfp8, quantize_mxfp8
from reference.swiglu import nominal_fp32, split

Change = Callable[[MoEInputs], MoEInputs]
_TENSORS = ("hidden_states", "w13", "w13_scale", "w2", "w2_scale", "topk_weights", "topk_ids")


def _fused(change: Change = lambda moe: moe, after: Callable[..., Any] = lambda out, moe: out) -> Callable[..., Any]:
    """The reference's nominal output of the changed layer; ``after`` changes the output."""

    def run(*positional: torch.Tensor, alpha: float, beta: float, limit: Any, global_num_experts: int, expert_map: Any):
        arrays = {name: tensors.array(value) for name, value in zip(_TENSORS, positional, strict=True)}
        mapped = None if expert_map is None else tensors.array(expert_map)
        options = {"alpha": alpha, "beta": beta, "limit": limit, "global_num_experts": global_num_experts}
        moe = change(MoEInputs(**arrays, **options, expert_map=mapped))
        return tensors.tensor(np.asarray(after(native(moe).output_nominal, moe)))

    return run


def _quantize(x: torch.Tensor, change: Callable[..., Any] = lambda x, codes, scales: (codes, scales)) -> Any:
    array = tensors.array(x)
    codes, scales = change(array, *quantize_mxfp8(array))
    return tensors.codes(codes), tensors.tensor(scales)


def _activation(gate_up: torch.Tensor, *, layout: str = "split", clamp: Any = None, **options: Any) -> torch.Tensor:
    array = tensors.array(gate_up)
    gate, up = split(array, layout)
    if clamp is not None:
        gate = clamp(gate.astype(np.float64), options["limit"]).astype(gate.dtype)
    return tensors.tensor(nominal_fp32(gate, up, **options).astype(array.dtype))


def _activation_quantize(gate_up: torch.Tensor, **options: Any) -> Any:
    wide = tensors.tensor(tensors.array(gate_up).astype(np.float32))
    codes, scales = quantize_mxfp8(tensors.array(_activation(wide, **options)))
    return tensors.codes(codes), tensors.tensor(scales)


def _gemm(a_codes, a_scales, w, w_scale, ids, experts, post, *, num_routes, top_k, block_m, change=None, **_: Any):
    """Sums of exact data in float64. change: (a_scales, w_scale) -> those that are used."""
    bytes_ = tensors.array(a_scales), tensors.array(w_scale)
    a_bytes, w_bytes = bytes_ if change is None else change(*bytes_)
    a, b = dequantize_mxfp8(tensors.array(a_codes), a_bytes), dequantize_mxfp8(tensors.array(w), w_bytes)
    out = np.zeros((num_routes, b.shape[1]), np.float32)
    for place, route in enumerate(tensors.array(ids)[: int(post)].tolist()):
        if route < num_routes:
            out[route] = b[int(experts[place // block_m])] @ a[route // top_k]
    return tensors.tensor(out)


def right() -> Subject:
    """A subject without a mistake."""
    stages = {"fused_moe": _fused(), "quantize": _quantize, "activation": _activation}
    return Subject("right", "native", stages | {"activation_quantize": _activation_quantize, "grouped_gemm": _gemm})


def _with(stage: str, call: Callable[..., Any]) -> Subject:
    return replace(right(), name="wrong", stages={**right().stages, stage: call})


def _moe(change: Change) -> Subject:
    return _with("fused_moe", _fused(change))


def _weights(change: Callable[[np.ndarray], np.ndarray]) -> Subject:
    return _moe(lambda moe: replace(moe, topk_weights=change(moe.topk_weights).astype(np.float32)))


def _last_row_dropped(out: np.ndarray, moe: MoEInputs) -> np.ndarray:
    return np.concatenate([out[:-1], np.zeros_like(out[:1])]) if len(out) % 2 else out


def _first_choice_without_weight(weights: np.ndarray) -> np.ndarray:
    return np.concatenate([np.ones_like(weights[:, :1]), weights[:, 1:]], axis=1)


def _nan_everywhere(where: Callable[[MoEInputs], bool]) -> Subject:
    def after(out: np.ndarray, moe: MoEInputs) -> np.ndarray:
        return np.full_like(out, np.nan) if where(moe) else out

    return _with("fused_moe", _fused(after=after))


def _reads_on(*positional: torch.Tensor, **keywords: Any) -> torch.Tensor:
    x = positional[0]
    return _fused()(x.as_strided(x.shape, (x.shape[1], 1)), *positional[1:], **keywords)


def _duplicates_once(moe: MoEInputs) -> MoEInputs:
    ids = moe.topk_ids.copy()
    for j in range(1, ids.shape[1]):
        ids[(ids[:, j, None] == ids[:, :j]).any(axis=1), j] = -1
    return replace(moe, topk_ids=ids)


def _wrong_quantizer(change: Callable[..., Any]) -> Subject:
    return _with("quantize", lambda x: _quantize(x, change))


def _codes(change: Callable[[np.ndarray], np.ndarray]) -> Subject:
    """change: of the codes' magnitudes."""
    return _wrong_quantizer(lambda x, codes, scales: (change(codes & 0x7F).astype(np.uint8) | (codes & 0x80), scales))


def _signed_maximum(x: np.ndarray, codes: np.ndarray, scales: np.ndarray) -> Any:
    largest = np.maximum(x.astype(np.float32).reshape(len(x), -1, 32).max(axis=-1), 0)
    return codes, quantize_mxfp8(np.repeat(largest, 32, axis=-1))[1]


def _first_half_maximum(x: np.ndarray, codes: np.ndarray, scales: np.ndarray) -> Any:
    y = x.copy().reshape(len(x), -1, 32)
    y[..., 16:] = 0
    return codes, quantize_mxfp8(y.reshape(x.shape))[1]


def _soft_clamp(gate: np.ndarray, limit: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where(gate > limit, limit + np.minimum(gate - limit, 1e3) * -(2.0**-5), gate)


def _gemm_with(change: Callable[..., Any]) -> Subject:
    return _with("grouped_gemm", lambda *a, **k: _gemm(*a, **k, change=change))


def _no_map(moe: MoEInputs) -> MoEInputs:
    return moe if moe.expert_map is None else replace(moe, expert_map=np.maximum(moe.expert_map, 0))


# Property -> a subject that breaks it.
WRONG: dict[str, Callable[[], Subject]] = {
    "permuting-tokens-permutes-outputs": lambda: _with("fused_moe", _fused(after=_last_row_dropped)),
    "permuting-choices-changes-nothing": lambda: _weights(_first_choice_without_weight),
    "renaming-experts-changes-nothing": lambda: _moe(lambda m: replace(m, w2_scale=np.roll(m.w2_scale, 1, axis=0))),
    "splitting-experts-over-ranks-sums": lambda: _moe(_no_map),
    "zero-weight-routes-change-nothing": lambda: _weights(lambda w: np.where(w == 0, 1, w)),
    "experts-without-routes-do-not-show": lambda: _nan_everywhere(lambda m: bool((m.w2_scale == 255).any())),
    "tokens-behind-do-not-show": lambda: _nan_everywhere(
        lambda m: bool(np.isnan(m.hidden_states.astype(np.float32)).any())
    ),
    "padding-around-rows-does-not-show": lambda: _with("fused_moe", _reads_on),
    "ids-without-weight-rows-are-alike": lambda: _moe(
        lambda m: replace(m, topk_ids=np.where(m.topk_ids == -1, 0, m.topk_ids).astype(np.int32))
    ),
    "scaling-router-weights-scales-rows": lambda: _weights(lambda w: np.minimum(w, 4)),
    "powers-move-between-scales-and-weights": lambda: _moe(lambda m: replace(m, w2_scale=np.minimum(m.w2_scale, 129))),
    "halving-a-route-in-two-changes-nothing": lambda: _moe(_duplicates_once),
    "scaling-a-block-shifts-its-byte": lambda: _wrong_quantizer(lambda x, c, s: (c, np.maximum(s, 120))),
    "turning-signs-turns-sign-bits": lambda: _wrong_quantizer(_signed_maximum),
    "moving-elements-moves-codes": lambda: _wrong_quantizer(_first_half_maximum),
    "larger-elements-have-no-smaller-codes": lambda: _codes(lambda m: np.where((m % 8 == 0) & (m >= 8), m - 8, m)),
    "quantizing-again-changes-nothing": lambda: _codes(lambda m: np.where((m > 0) & (m < 0x70), m + 1, m)),
    "beyond-the-limit-is-the-limit": lambda: _with(
        "activation", lambda x, **options: _activation(x, clamp=_soft_clamp, **options)
    ),
    "moving-pairs-moves-results": lambda: _with(
        "activation", lambda x, **options: _activation(x, layout="interleaved", **options)
    ),
    "powers-move-between-operands": lambda: _gemm_with(lambda a, w: (a, np.repeat(w[..., :1], w.shape[-1], axis=-1))),
    "blocks-of-k-move-together": lambda: _gemm_with(lambda a, w: (np.repeat(a[:, ::2], 2, axis=1), w)),
    "rows-and-columns-move": lambda: _gemm_with(lambda a, w: (a, np.roll(w, 1, axis=1))),
}
