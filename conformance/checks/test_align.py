"""Does the block alignment put every valid route once into its expert's blocks?"""

import pytest
import torch

from conformance.calls import tensors
from conformance.calls.layouts import table_columns
from conformance.judging.addresses import judge_addresses
from conformance.leads import routing
from reference.alignment import align_block_size, check_alignment


@pytest.mark.family("align")
def test_align(case, subject, backend, vector, judge):
    """Also of a call after a larger one, and of that one's result behind it (ALN-07); int64, and columns (ALN-08).

    Of any size (ALN-10).
    """
    topk_ids, p = vector.inputs["topk_ids"], case.params
    expert_map = vector.inputs.get("expert_map")
    calls = {"": topk_ids}
    if "previous_tokens" in p:
        # Another call first: whatever it leaves in memory must not show in the next one, nor that in its result.
        calls = {"the call before: ": vector.inputs["previous_topk_ids"]} | calls
    found = {name: _align(subject, ids, p, expert_map, backend.device) for name, ids in calls.items()}
    judge_addresses(judge, backend)
    problems = [
        name + problem
        for name, tensors_of in found.items()
        for problem in _problems(tensors_of, calls[name], p, expert_map)
    ]
    judge.problems("alignment", problems, _leads(found, topk_ids, p, expert_map) if problems else ())


def _problems(found, topk_ids, p, expert_map):
    """What is wrong with an alignment. All but the order inside a group is decided, so two right ones agree in that."""
    sorted_ids, expert_ids, num_post = (tensors.array(t) for t in found)
    problems = (
        []
        if num_post.dtype.name == "int32" and num_post.shape == (1,)
        else [f"num_tokens_post_padded is {num_post.dtype}{list(num_post.shape)}, needs int32[1]"]
    )
    return problems + check_alignment(
        sorted_ids,
        expert_ids,
        num_post,
        topk_ids=topk_ids,
        block_size=p["block_size"],
        num_weight_rows=p["num_weight_rows"],
        expert_map=expert_map,
    )


def _leads(found, topk_ids, p, expert_map):
    """What the call before has left in the routing of the last one."""
    before, last = next(iter(found.values())), found[""]
    if before is last:
        return []
    facts = align_block_size(topk_ids, p["block_size"], p["num_weight_rows"], expert_map)
    ids, experts = (tensors.array(t) for t in last[:2])
    return routing.left_over(ids, experts, tensors.array(before[0]), facts, p["block_size"])


def _align(subject, topk_ids, p, expert_map, device):
    lay = table_columns if p.get("table") else torch.Tensor.contiguous
    mapped = None if expert_map is None else lay(tensors.tensor(expert_map, device))
    # What the caller's model counts: with a map the global ids; without one the routed experts, which may be fewer
    # than the weight rows where shared experts are fused.
    num_experts = len(expert_map) if expert_map is not None else p["num_weight_rows"] - p.get("shared", 0)
    return subject.call(
        "align",
        lay(tensors.tensor(topk_ids, device)),
        p["block_size"],
        num_experts,
        mapped,
        num_local_experts=p["num_weight_rows"],
    )
