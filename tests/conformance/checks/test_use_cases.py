"""Can the cases of refilled arguments fail? The other contents have another right answer, and lead nowhere outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from conformance.calls import tensors
from conformance.calls.named import NamedCall
from conformance.calls.others import other_contents
from vectors.case import Arrays, Case
from vectors.contents.routes import aligned
from vectors.families import use

REFILLED = [case for case in use.cases() if case.params["way"] == "refilled" and case.params["argument"] != "output"]
OF_CLASS = {"w1": "w13", "w1_scale": "w13_scale"}
CODES = {"w13", "w2", "a_codes", "codes"}


def right_answers(case: Case, inputs: Arrays) -> Arrays:
    """The accepted sets; of an alignment, which routes go to which expert."""
    if case.params["stage"] == "align":
        rows = case.params["num_weight_rows"]
        return {"lo": aligned(inputs["topk_ids"], 1, rows, inputs.get("expert_map"))["route_expert"]}
    exact = {"exact": False} if case.params["stage"] == "grouped_gemm" else {"data": "gaussian"}  # certified or not
    return replace(case, params={**case.params, **exact}).expected(inputs)


def with_other(case: Case, inputs: Arrays) -> Arrays:
    name = OF_CLASS.get(case.params["argument"], case.params["argument"])
    value = tensors.tensor(inputs[name])
    value = value.view(torch.float8_e4m3fn) if name in CODES or (name == "w" and value.element_size() == 1) else value
    given = {name: value, **{n: case.params[n] for n in ("num_routes", "block_m") if n in case.params}}
    found = {**inputs, name: tensors.array(other_contents(NamedCall(case.params["stage"], print, given), name))}
    return found | {"route_expert": experts_of_routes(case, found)} if "route_expert" in found else found


def experts_of_routes(case: Case, inputs: Arrays) -> np.ndarray:
    """Which expert computes each route, by the blocks in use."""
    used = int(inputs["num_tokens_post_padded"][0])
    routes = inputs["sorted_token_ids"][:used]
    experts = np.repeat(inputs["expert_ids"], case.params["block_m"])[:used]
    live = routes < case.params["num_routes"]
    assert len(np.unique(routes[live])) == live.sum(), "a route stands twice: two blocks write one row"
    found = np.full(case.params["num_routes"], -1, np.int32)
    found[routes[live]] = experts[live]
    return found


def differ(one: Arrays, other: Arrays) -> bool:
    """Whether some element has no answer that is right for both."""
    for prefix in (name.removesuffix("lo") for name in one if name.split(".")[-1] == "lo"):
        (lo, hi), (low, high) = (
            (found[f"{prefix}lo"].astype(np.float64), found.get(f"{prefix}hi", found[f"{prefix}lo"]).astype(np.float64))
            for found in (one, other)
        )
        if not ((lo > high) | (hi < low)).any():
            return False
    exact = [name for name in ("codes", "scales", "bf16") if name in one]
    return all(one[name].tobytes() != other[name].tobytes() for name in exact[:1])


@pytest.mark.parametrize("case", REFILLED, ids=lambda case: case.id)
def test_the_other_contents_have_another_right_answer(case: Case) -> None:
    inputs = case.inputs()
    assert differ(right_answers(case, inputs), right_answers(case, with_other(case, inputs)))


def test_every_tensor_of_a_stage_is_refilled() -> None:
    named = [case for case in use.cases() if "argument" in case.params]
    asked = {(case.family, case.params["stage"], case.params["argument"]) for case in named}
    of_gemm = {"sorted_token_ids", "expert_ids", "num_tokens_post_padded", "topk_weights"}
    gemms = (("use-mx", {"a_codes", "a_scales", "w", "w_scale"}), ("use-bf16", {"a", "w"}))
    for family, operands in gemms:
        assert {name for f, stage, name in asked if (f, stage) == (family, "grouped_gemm")} == operands | of_gemm
    assert len({(stage, name) for _, stage, name in asked if stage == "fused_moe"}) == 8
    assert len({(stage, name) for _, stage, name in asked if stage == "experts"}) == 9
