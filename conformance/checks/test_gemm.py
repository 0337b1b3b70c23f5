"""Does the grouped GEMM give the exact result on exact data, and a value within the derived bound on any data?"""

import pytest

from conformance.calls import tensors
from conformance.calls.layouts import laid_out
from conformance.judging.addresses import judge_addresses
from conformance.judging.within import Within
from vectors import arrays


@pytest.mark.family("gemm-mx")
def test_gemm_mx(case, subject, backend, vector, judge):
    """Operands are read by their strides, also where offsets pass 2^31 elements (GEM-05); scales may lie otherwise."""
    layout = case.params["layout"]
    of_scales = case.params.get("scale_layout", layout)
    operands = [
        laid_out(cross(vector.inputs[name], backend.device), lies)
        for name, cross, lies in (
            ("a_codes", tensors.codes, layout),
            ("a_scales", tensors.tensor, of_scales),
            ("w", tensors.codes, layout),
            ("w_scale", tensors.tensor, of_scales),
        )
    ]
    observed = subject.call("grouped_gemm", *operands, **_routing(case, vector.inputs, backend.device))
    _judge_output(judge, backend, observed, vector)


@pytest.mark.family("gemm-bf16")
def test_gemm_bf16(case, subject, backend, vector, judge):
    operands = [
        laid_out(tensors.tensor(vector.inputs[name], backend.device), case.params["layout"]) for name in ("a", "w")
    ]
    observed = subject.call("grouped_gemm", *operands, **_routing(case, vector.inputs, backend.device))
    _judge_output(judge, backend, observed, vector)


def _routing(case, given, device):
    weights = given.get("topk_weights")
    return {
        "sorted_token_ids": tensors.tensor(given["sorted_token_ids"], device),
        "expert_ids": tensors.tensor(given["expert_ids"], device),
        "num_tokens_post_padded": tensors.tensor(given["num_tokens_post_padded"], device),
        "num_routes": case.params["num_routes"],
        "top_k": case.params["rows_per_token"],
        "block_m": case.params["block_m"],
        "out_dtype": tensors.DTYPES[case.params["out_dtype"]],
        "topk_weights": None if weights is None else tensors.tensor(weights, device),
    }


def _judge_output(judge, backend, observed, vector):
    """To the last row and column (GEM-04): of the route's own expert and token (GEM-09), zero without one (GEM-07).

    Subnormal results are values like any other (GEM-11).
    """
    judge_addresses(judge, backend)
    rows, found = vector.inputs["route_expert"], tensors.array(observed)

    def given(i):
        return f"route {i[0]} on expert {int(rows[i[0]])}, column {i[1]}"

    judge.accepts("output", Within(found, arrays.interval(vector.expected)), given=given)
    if judge.asks("likely-output"):
        likely = arrays.interval(vector.expected, "likely.")
        judge.accepts("likely-output", Within(found, likely), given=given)
