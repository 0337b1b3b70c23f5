"""Which mistake outside the stages gives this output? The reference's own answer to a layer with one thing changed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.judging.accepted import Accepted
from reference.pipelines import MoEInputs, emulation, native
from reference.swiglu import DEFAULT_ALPHA

_PIPELINES: dict[str, Callable[[MoEInputs], Any]] = {"native": native, "emulation": emulation}


def suspects(answer: Accepted, moe: MoEInputs, pipeline: str) -> list[str]:
    """The changes under which every wrong element of the output would have been right."""
    found, wrong = [], answer.wrong
    for words, changed in _changes(moe):
        try:
            accepted = _PIPELINES[pipeline](changed).output
        except (ValueError, TypeError, IndexError):
            continue  # a change that this layer does not allow
        if accepted.shape == answer.observed.shape and wrong is not None:
            right = accepted.contains(answer.observed)
            # One that leaves the element open says nothing.
            if right[wrong].all() and not accepted.free[wrong].all():
                found.append(words)
    return found


def _changes(moe: MoEInputs) -> Iterator[tuple[str, MoEInputs]]:
    weights, ids = moe.topk_weights, moe.topk_ids
    if moe.limit is not None:
        yield "no limit", replace(moe, limit=None)
    if moe.limit != 7.0:
        yield "the limit 7", replace(moe, limit=7.0)
    if moe.alpha != DEFAULT_ALPHA:
        yield f"alpha {DEFAULT_ALPHA}", replace(moe, alpha=DEFAULT_ALPHA)
    if moe.alpha != 1.0:
        yield "alpha 1", replace(moe, alpha=1.0)
    if moe.beta != 1.0:
        yield "beta 1", replace(moe, beta=1.0)
    if moe.beta != 0.0:
        yield "beta 0", replace(moe, beta=0.0)
    yield "router weights of 1", replace(moe, topk_weights=np.ones_like(weights))
    yield "squared router weights", replace(moe, topk_weights=weights * weights)
    for shift, words in ((1, "before"), (-1, "behind")):
        rolled = np.roll(weights.reshape(-1), shift).reshape(weights.shape)
        yield f"each route under the weight of the one {words}", replace(moe, topk_weights=rolled)
    half = moe.w13.shape[1] // 2
    swapped = {name: np.roll(getattr(moe, name), half, axis=1) for name in ("w13", "w13_scale")}
    yield "gate and up exchanged", replace(moe, **swapped)
    if moe.expert_map is not None:
        yield "no expert map", replace(moe, expert_map=None)
        mask = (moe.expert_map >= 0).astype(moe.expert_map.dtype)
        yield "a mask of 0 and 1 in place of the expert map", replace(moe, expert_map=mask)
    yield from _changed_routes(moe, ids)


def _changed_routes(moe: MoEInputs, ids: np.ndarray) -> Iterator[tuple[str, MoEInputs]]:
    weights = moe.topk_weights
    if 0 < moe.global_num_experts < len(moe.w2):
        known = ids < moe.global_num_experts
        yield "ids from global_num_experts on left out", replace(moe, topk_ids=np.where(known, ids, -1))
    if ids.shape[1] > 1:
        first = np.ones(ids.shape, bool)
        for j in range(1, ids.shape[1]):
            first[:, j] = (ids[:, j, None] != ids[:, :j]).all(axis=1)
        if not first.all():
            yield ("an expert that stands twice in a row counted once", replace(moe, topk_ids=np.where(first, ids, -1)))
    if (ids < 0).any():
        yield "negative ids taken as expert 0", replace(moe, topk_ids=np.maximum(ids, 0).astype(ids.dtype))
    if (weights == 0).any() and not (weights == 0).all():
        yield ("routes of weight 0 left out", replace(moe, topk_ids=np.where(weights == 0, -1, ids).astype(ids.dtype)))
