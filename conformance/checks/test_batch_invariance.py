"""Does a token's output depend on that token alone, whatever the number of tokens in the call?"""

import pytest
import torch

from conformance.calls import tensors
from conformance.checks.test_experts_class import apply_layer, layer_of
from conformance.judging.bits import Bits
from conformance.subjects import moe_call


@pytest.mark.family("batch-invariance")
def test_batch_invariance(case, subject, backend, vector, judge):
    """The rows of each smaller batch have the bits of the same tokens' rows in the largest (USE-05)."""
    named = moe_call.arguments(case, vector.inputs, backend.device)
    *smaller, largest = (_output(case, subject, named, size) for size in case.params["token_counts"])
    for found in smaller:
        size = len(found)
        judge.accepts(
            "batch-bits",
            Bits(found, largest[:size]),
            given=lambda i, size=size: f"token {i[0]} of {size} and of {len(largest)}",
        )


def _output(case, subject, named, size):
    """Of a call with the first ``size`` tokens."""
    first = named | {name: named[name][:size].contiguous() for name in moe_call.PER_TOKEN}
    if case.params.get("call") != "experts":
        return tensors.array(moe_call.call(subject, first))
    output = torch.empty_like(first["hidden_states"])
    apply_layer(subject, layer_of(subject, case, first), first, output)
    return tensors.array(output)
