"""Is the whole MoE right from end to end, and does it keep its promises about memory and repetition?"""

from __future__ import annotations

import numpy as np
import pytest

from conformance import moe_call, tensors
from conformance.memory import poisoned_allocations
from vectors import arrays


@pytest.mark.family("moe")
def test_moe(case, subject, backend, vector, judge):
    fused_moe, inputs = subject.stages["fused_moe"], vector.inputs
    named = moe_call.arguments(case, inputs, backend.device)
    with poisoned_allocations():
        observed = moe_call.call(fused_moe, named)
    like = named["hidden_states"]
    same_form = (observed.shape, observed.dtype, observed.device) == (like.shape, like.dtype, like.device)
    judge.claim(
        "shape",
        same_form,
        f"output {observed.dtype}{list(observed.shape)} on {observed.device}, "
        f"hidden_states {like.dtype}{list(like.shape)} on {like.device}",
    )
    found = tensors.array(observed)
    accepted = arrays.interval(vector.expected, f"{subject.pipeline}.")
    judge.within("output", found, accepted, given=lambda i: moe_call.describe_row(inputs, i))
    if judge.asks("likely-output"):
        likely = arrays.interval(vector.expected, f"{subject.pipeline}.likely.")
        judge.within("likely-output", found, likely, given=lambda i: moe_call.describe_row(inputs, i))
    leaked = same_form and bool((np.isnan(found.astype(np.float32)) & ~accepted.nan & ~accepted.free).any())
    judge.claim("poison", same_form and not leaked, "NaN of unwritten memory shows in the output")
    _judge_inputs_kept(judge, named, inputs)
    if judge.asks("repeat"):
        _judge_repeat(judge, fused_moe, named, found, case)
    if judge.asks("locality"):
        _judge_locality(judge, fused_moe, named, found)


def _judge_inputs_kept(judge, named, inputs):
    names = [name for name in (*moe_call.TENSORS, "expert_map") if name in inputs]
    changed = [n for n in names if not np.array_equal(tensors.raw(named[n]), _bytes(inputs[n]))]
    judge.claim("inputs-kept", not changed, f"changed its inputs: {', '.join(changed)}")


def _judge_repeat(judge, fused_moe, named, found, case):
    """Again at once, and again after a call of another size."""
    again = tensors.array(moe_call.call(fused_moe, named))
    judge.bits("repeat", again, found)
    rows = max(1, len(found) // 2)
    per_token = ("hidden_states", "topk_weights", "topk_ids")
    moe_call.call(fused_moe, named | {name: named[name][:rows] for name in per_token})
    judge.bits("repeat", tensors.array(moe_call.call(fused_moe, named)), found)


def _judge_locality(judge, fused_moe, named, found):
    order = np.arange(len(found))[::-1].copy()
    index = tensors.tensor(order, named["hidden_states"].device)
    per_token = ("hidden_states", "topk_weights", "topk_ids")
    moved = moe_call.call(fused_moe, named | {name: named[name][index].contiguous() for name in per_token})
    judge.bits("locality", tensors.array(moved), found[order])


def _bytes(array):
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
