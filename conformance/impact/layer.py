"""Which layer is it measured in? A use's activation and map; Gaussian with outlier channels, few tokens."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.uses.use import Use
from reference.codec import F64, to_float64
from reference.pipelines import K_GRANULARITY, MoEInputs
from reference.quantize import dequantize_mxfp8
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA, split
from vectors.case import Case, expect_nothing
from vectors.contents.moe import as_moe, make_inputs, parameters
from vectors.contents.routes import aligned

TOKENS, EXPERTS, BLOCK_M = 64, 8, 16
CHOICES = 4  # of each token


@dataclass(frozen=True)
class UseLayer:
    """moe: one rank's layer. order: of its routes, as the grouped GEMM is given it. exact: float64 [T, H], the layer on
    these weights with nothing rounded and no activation quantized.
    """

    use: Use
    moe: MoEInputs
    order: dict[str, np.ndarray]
    exact: F64


def layer_of(use: Use) -> UseLayer:
    """Of sizes that an emulated device takes seconds for: multiples of what the use's are multiples of."""
    facts = use.facts
    step = int(facts.get("contraction", {}).get("multiple_of", K_GRANULARITY))
    width = 256 if step == K_GRANULARITY else 9 * step
    given: dict[str, Any] = {"T": TOKENS, "H": width, "I": width, "k": CHOICES}
    given |= {name: value for name in ("alpha", "beta", "limit") if (value := _first(use, name)) is not None}
    if facts.get("map", {}).get("values") == ["global-to-local"]:
        given |= {"E": 2 * EXPERTS, "map": "contiguous", "world": 2, "rank": 0}
    else:
        given |= {"E": EXPERTS}
    case = Case("moe/layer-of-a-use", use.about, ("MOE-01",), make_inputs, expect_nothing, parameters(**given))
    inputs = case.inputs()
    moe = as_moe(case, inputs)
    order = aligned(inputs["topk_ids"], BLOCK_M, len(moe.w2), moe.expert_map)
    return UseLayer(use, moe, order, _exact(moe))


def _first(use: Use, name: str) -> float | None:
    """The first value of a fact; None where there is none, and for no limit."""
    value = next(iter(use.facts.get(name, {}).get("values", ())), None)
    if value is None:
        return {"alpha": DEFAULT_ALPHA, "beta": DEFAULT_BETA}.get(name)
    return None if value == "none" else float(value)


def _exact(moe: MoEInputs) -> F64:
    x, expert = to_float64(moe.hidden_states), moe.route_experts().reshape(moe.topk_ids.shape)
    found = np.zeros(x.shape)
    for place in np.unique(expert[expert >= 0]):
        w13, w2 = (dequantize_mxfp8(c[place], s[place]) for c, s in ((moe.w13, moe.w13_scale), (moe.w2, moe.w2_scale)))
        for choice in range(moe.top_k):
            tokens = np.flatnonzero(expert[:, choice] == place)
            gate, up = split(x[tokens] @ w13.T)
            hidden = _activated(gate, up, moe)
            found[tokens] += moe.topk_weights[tokens, choice, None].astype(np.float64) * (hidden @ w2.T)
    return found


def _activated(gate: F64, up: F64, moe: MoEInputs) -> F64:
    """SwiGLU-OAI of float64 values, which the reference takes in the formats of tensors alone."""
    if moe.limit is not None:
        gate, up = np.minimum(gate, moe.limit), np.clip(up, -moe.limit, moe.limit)
    return np.asarray(gate / (1 + np.exp(-moe.alpha * gate)) * (up + moe.beta))
