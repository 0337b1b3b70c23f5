"""Which layer does a case ask about? The whole MoE's inputs behind it, as one rank sees them."""

from dataclasses import dataclass, replace

import numpy as np

from conformance.explain.memory import CONTIGUOUS, Memory
from reference.pipelines import MoEInputs
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA
from vectors.case import Arrays, Case
from vectors.contents.moe import as_moe
from vectors.families.expert_map import rank_weights

FAMILIES = ("moe", "stages", "expert-map", "experts-class")
LARGE = 1 << 27  # weight codes above which experts without a route are left out


@dataclass(frozen=True)
class Layer:
    """moe: the inputs. note: how they are not simply the case's; '' where they are. memory: where the case has them."""

    moe: MoEInputs
    note: str = ""
    memory: Memory = CONTIGUOUS


def layer_of(case: Case, inputs: Arrays, rank: int = 0) -> Layer | None:
    """The layer of a case of a whole MoE, on ``rank`` where it has several; None for other families."""
    if case.family not in FAMILIES:
        return None
    if case.family == "experts-class":
        case = _as_called(case)
    if "expert_maps" in inputs and case.family == "expert-map":
        expert_map = inputs["expert_maps"][rank]
        layer = Layer(as_moe(case, inputs, **rank_weights(inputs, expert_map), expert_map=expert_map), f"rank {rank}")
    else:
        layer = Layer(as_moe(case, inputs))
    layer = _with_used_experts(layer) if layer.moe.w13.size > LARGE else layer
    memory = Memory.of(case)
    return replace(layer, memory=memory, note="; ".join(filter(None, (layer.note, str(memory)))))


def _as_called(case: Case) -> Case:
    """With the activation's parameters that the class must arrive at."""
    given = {name: case.params[f"gemm1_{name}"] for name in ("alpha", "beta", "clamp_limit")}
    alpha = DEFAULT_ALPHA if given["alpha"] is None else given["alpha"]
    beta = DEFAULT_BETA if given["beta"] is None else given["beta"]
    return replace(case, params={**case.params, "alpha": alpha, "beta": beta, "limit": given["clamp_limit"]})


def _with_used_experts(layer: Layer) -> Layer:
    """Only the experts that a route uses, numbered anew: the others would only cost memory."""
    moe = layer.moe
    local = moe.route_experts()
    used = np.unique(local[local >= 0])
    place = np.full(len(moe.w2) + 1, -1, np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    fewer = replace(
        moe,
        **{name: getattr(moe, name)[used] for name in ("w13", "w13_scale", "w2", "w2_scale")},
        topk_ids=place[local].reshape(moe.topk_ids.shape),
        expert_map=None,
        global_num_experts=len(used),
    )
    note = f"the stages run with the {len(used)} experts that have a route, numbered anew"
    return Layer(fewer, "; ".join(filter(None, (layer.note, note))))
