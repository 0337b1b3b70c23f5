"""Does the grouped GEMM give the exact result on exact data, and a value within the derived bound on any data?"""

from __future__ import annotations

import pytest
import torch

from conformance import tensors
from conformance.layouts import laid_out
from vectors import arrays

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@pytest.mark.family("gemm-mx")
def test_gemm_mx(case, subject, backend, vector, judge):
    given, device, layout = vector.inputs, backend.device, case.params["layout"]
    observed = subject.stages["grouped_gemm"](
        tensors.codes(given["a_codes"], device),
        tensors.tensor(given["a_scales"], device),
        laid_out(tensors.codes(given["w"], device), layout),
        laid_out(tensors.tensor(given["w_scale"], device), layout),
        **_routing(case, given, device),
    )
    _judge_output(judge, observed, vector)


@pytest.mark.family("gemm-bf16")
def test_gemm_bf16(case, subject, backend, vector, judge):
    given, device = vector.inputs, backend.device
    observed = subject.stages["grouped_gemm"](
        tensors.tensor(given["a"], device),
        tensors.tensor(given["w"], device),
        **_routing(case, given, device),
    )
    _judge_output(judge, observed, vector)


def _routing(case, given, device):
    weights = given.get("topk_weights")
    return {
        "sorted_token_ids": tensors.tensor(given["sorted_token_ids"], device),
        "expert_ids": tensors.tensor(given["expert_ids"], device),
        "num_tokens_post_padded": tensors.tensor(given["num_tokens_post_padded"], device),
        "num_routes": case.params["num_routes"],
        "top_k": case.params["rows_per_token"],
        "block_m": case.params["block_m"],
        "out_dtype": _DTYPES[case.params["out_dtype"]],
        "topk_weights": None if weights is None else tensors.tensor(weights, device),
    }


def _judge_output(judge, observed, vector):
    rows, found = vector.inputs["route_expert"], tensors.array(observed)

    def given(i):
        return f"route {i[0]} on expert {int(rows[i[0]])}, column {i[1]}"

    judge.within("output", found, arrays.interval(vector.expected), given=given)
    if judge.asks("likely-output"):
        judge.within("likely-output", found, arrays.interval(vector.expected, "likely."), given=given)
