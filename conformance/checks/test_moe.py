"""Is the whole MoE right from end to end, and does it keep its promises about memory and repetition?"""

import numpy as np
import pytest

from conformance.calls import tensors
from conformance.judging.addresses import judge_addresses
from conformance.judging.bits import Bits
from conformance.judging.within import Within
from conformance.leads import layer
from conformance.subjects import moe_call
from vectors import arrays


@pytest.mark.family("moe")
def test_moe(case, subject, backend, vector, judge):
    """Form (MOE-06), values (MOE-13: of a shipped model's shape; MOE-20: of many routes), unwritten rows (MOE-03).

    Inputs are left as they were (MOE-05). Weights decoded before (MOE-18) give the bits of decoding in the call; router
    weights are of any format (MOE-19).
    """
    inputs = vector.inputs
    named = moe_call.arguments(case, inputs, backend.device)
    observed = moe_call.call(subject, named)
    found, like = tensors.array(observed), named["hidden_states"]
    judge_addresses(judge, backend)
    same_form = (observed.shape, observed.dtype, observed.device) == (like.shape, like.dtype, like.device)
    judge.claim(
        "shape",
        same_form,
        f"output {observed.dtype}{list(observed.shape)} on {observed.device}, "
        f"hidden_states {like.dtype}{list(like.shape)} on {like.device}",
    )
    accepted = arrays.interval(vector.expected, f"{subject.pipeline}.")
    judge.accepts(
        "output",
        Within(found, accepted),
        given=lambda i: moe_call.describe_row(inputs, i),
        leads=layer.of_case(case, inputs, subject.pipeline),
    )
    if judge.asks("likely-output"):
        likely = arrays.interval(vector.expected, f"{subject.pipeline}.likely.")
        judge.accepts("likely-output", Within(found, likely), given=lambda i: moe_call.describe_row(inputs, i))
    leaked = same_form and bool((np.isnan(found.astype(np.float32)) & ~accepted.nan & ~accepted.free).any())
    judge.claim("poison", same_form and not leaked, "NaN of unwritten memory shows in the output")
    zero = ((accepted.lo == 0) & (accepted.hi == 0) & ~accepted.nan & ~accepted.free).all(axis=-1)
    stale = same_form and bool((found[zero].astype(np.float32) != 0).any())
    judge.claim("poison", not stale, "a row without a route is not zero")
    changed = moe_call.changed(named, inputs)
    judge.claim("inputs-kept", not changed, f"changed its inputs: {', '.join(changed)}")
    if judge.asks("repeat"):
        _judge_repeat(judge, subject, named, observed, found)
    if judge.asks("locality"):
        _judge_locality(judge, subject, named, found)
    if judge.asks("decoded"):
        layout = case.params.get("weights_layout", "contiguous")
        decoded = moe_call.call(subject, moe_call.with_decoded_weights(named, inputs, layout))
        judge.accepts("decoded", Bits(tensors.array(decoded), found), given=lambda i: moe_call.describe_row(inputs, i))


def _judge_repeat(judge, subject, named, observed, found):
    """Again at once, and after calls of other sizes and tokens; no result may live in memory used again (MOE-04)."""
    judge.accepts("repeat", Bits(tensors.array(moe_call.call(subject, named)), found))
    tokens = np.arange(len(found))
    for others in (tokens[: max(1, len(found) // 2)], np.tile(tokens, 3)):
        moe_call.call(subject, _in_order(named, others))
        judge.accepts("repeat", Bits(tensors.array(moe_call.call(subject, named)), found))
    moe_call.call(subject, _in_order(named, np.arange(len(found))[::-1]))
    judge.accepts("repeat", Bits(tensors.array(observed), found))


def _judge_locality(judge, subject, named, found):
    """Tokens in another order have the same outputs in that order (MOE-14)."""
    order = np.arange(len(found))[::-1]
    turned = tensors.array(moe_call.call(subject, _in_order(named, order)))
    judge.accepts("locality", Bits(turned, found[order]))


def _in_order(named, order):
    """The same tokens in another order."""
    index = tensors.tensor(order, named["hidden_states"].device)
    return named | {name: named[name][index].contiguous() for name in moe_call.PER_TOKEN}
