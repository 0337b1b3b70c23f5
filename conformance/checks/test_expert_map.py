"""Does each rank of an expert-parallel run compute its own experts only, and do the ranks sum to the whole?"""

import numpy as np
import pytest
import torch

from conformance.calls import tensors
from conformance.judging.within import Within
from conformance.leads import layer
from conformance.subjects import moe_call
from vectors import arrays
from vectors.families.expert_map import rank_weights


@pytest.mark.family("expert-map")
def test_expert_map(case, subject, backend, vector, judge):
    """One case is a partition: the maps of all ranks, each rank holding its own experts' weights in map order.

    A rank's output is the reference's for its map (EPM-03); rows of foreign experts are zero (EPM-02).
    """
    whole = moe_call.arguments(case, vector.inputs, backend.device)
    total = torch.zeros_like(whole["hidden_states"], dtype=torch.float32)
    for rank, expert_map in enumerate(vector.inputs["expert_maps"]):
        named = _on_rank(whole, vector.inputs, expert_map, backend.device)
        observed = moe_call.call(subject, named)
        held = vector.inputs | rank_weights(vector.inputs, expert_map) | {"expert_map": expert_map}
        changed = moe_call.changed(named, held)
        judge.claim("inputs-kept", not changed, f"rank {rank} changed its inputs: {', '.join(changed)}")
        prefix = f"{subject.pipeline}.rank{rank}."
        accepted = arrays.interval(vector.expected, prefix)
        found = tensors.array(observed)
        judge.accepts(
            "output",
            Within(found, accepted),
            given=lambda i, r=rank: f"rank {r}, {moe_call.describe_row(vector.inputs, i)}",
            leads=layer.of_case(case, vector.inputs, subject.pipeline, rank),
        )
        foreign = vector.expected[f"{prefix}foreign_rows"].astype(bool)
        judge.claim(
            "foreign-rows",
            not np.any(found[foreign].astype(np.float32) != 0),
            f"rank {rank} has non-zero rows of foreign experts",
        )
        total += observed.to(torch.float32)
    if judge.asks("rank-sum"):
        _judge_sum(judge, subject, whole, tensors.array(total), vector)


def _judge_sum(judge, subject, whole, total, vector):
    """The ranks' sum and the whole run are accepted, and where nothing was rounded away they are equal (EPM-01)."""
    judge.accepts("rank-sum", Within(total, arrays.interval(vector.expected, f"{subject.pipeline}.sum.")))
    at_once = tensors.array(moe_call.call(subject, whole))
    judge.accepts("rank-sum", Within(at_once, arrays.interval(vector.expected, f"{subject.pipeline}.whole.")))
    exact = vector.expected[f"{subject.pipeline}.exact_sum"].astype(bool)
    differ = exact & (total != at_once.astype(np.float32))
    judge.claim(
        "rank-sum", not differ.any(), f"{int(differ.sum())} exact elements differ from the run with all experts"
    )


def _on_rank(whole, inputs, expert_map, device):
    weights = rank_weights(inputs, expert_map)
    local = {n: (tensors.codes if n in ("w13", "w2") else tensors.tensor)(w, device) for n, w in weights.items()}
    return whole | local | {"expert_map": tensors.tensor(expert_map, device)}
