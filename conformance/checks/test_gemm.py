"""Does the grouped GEMM give the exact result on exact data, and a value within the derived bound on any data?"""

import functools

import numpy as np
import pytest

from conformance.calls import tensors
from conformance.calls.layouts import laid_out
from conformance.calls.memory import lazy_zeros
from conformance.checks import repeated
from conformance.judging.addresses import judge_addresses
from conformance.judging.within import Within
from conformance.leads.contraction import RoutedProduct
from vectors import arrays

_LOOKED_AT = 64  # routes at either end of those that have an expert


@pytest.mark.family("gemm-mx")
def test_gemm_mx(case, subject, backend, vector, judge):
    """Operands are read by their strides, also where offsets pass 2^31 elements (GEM-05); scales may lie otherwise."""
    crossing = {"a_codes": tensors.codes, "a_scales": tensors.tensor, "w": tensors.codes, "w_scale": tensors.tensor}
    _judge_gemm(case, subject, backend, vector, judge, crossing)


@pytest.mark.family("gemm-bf16")
def test_gemm_bf16(case, subject, backend, vector, judge):
    _judge_gemm(case, subject, backend, vector, judge, {"a": tensors.tensor, "w": tensors.tensor})


def _judge_gemm(case, subject, backend, vector, judge, crossing):
    """crossing: the operands' names, each with how it becomes a tensor."""
    operands = [cross(vector.inputs[name], backend.device) for name, cross in crossing.items()]
    routing = _routing(case, vector.inputs, backend.device)
    if "repeated" not in case.params:
        layout = case.params["layout"]
        of_scales = case.params.get("scale_layout", layout)
        lies = [of_scales if "scale" in name else layout for name in crossing]
        operands = [laid_out(operand, layout) for operand, layout in zip(operands, lies, strict=True)]
        leads = functools.partial(_leads, case, vector.inputs) if "w_scale" in crossing else None
        _judge_output(judge, backend, subject.call("grouped_gemm", *operands, **routing), vector, leads)
        return
    of_a = [name.startswith("a") for name in crossing]
    count = case.params["repeated"]
    operands = [x.expand(count, x.shape[1]) if a else x for x, a in zip(operands, of_a, strict=True)]
    with lazy_zeros(backend.device):
        observed = subject.call("grouped_gemm", *operands, **routing)
    _judge_repeated(judge, backend, observed, vector, count)


def _leads(case, inputs, answer):
    return RoutedProduct.of(inputs, case.params["rows_per_token"]).leads(answer)


def _judge_repeated(judge, backend, observed, vector, count):
    """One row of A many times, and so many results that no one looks at all: each is its expert's row (GEM-13)."""
    judge_addresses(judge, backend)
    expert, of_expert = vector.inputs["route_expert"], arrays.interval(vector.expected)
    shape = (count, of_expert.lo.shape[1])
    judge.claim("output", observed.shape == shape, f"has shape {list(observed.shape)}, needs {list(shape)}")
    if observed.shape != shape:
        return
    live = np.flatnonzero(expert >= 0)
    places = sorted({*repeated.seen(count), *live[:_LOOKED_AT].tolist(), *live[-_LOOKED_AT:].tolist()})
    accepted = of_expert.at(expert[places])
    accepted.lo[expert[places] < 0], accepted.hi[expert[places] < 0] = -0.0, 0.0
    judge.accepts(
        "output",
        Within(repeated.taken(observed, places), accepted),
        given=lambda i: f"route {places[i[0]]} on expert {int(expert[places[i[0]]])}, column {i[1]}",
    )


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


def _judge_output(judge, backend, observed, vector, leads=None):
    """To the last row and column (GEM-04): of the route's own expert and token (GEM-09), zero without one (GEM-07).

    Subnormal results are values like any other (GEM-11).
    """
    judge_addresses(judge, backend)
    rows, found = vector.inputs["route_expert"], tensors.array(observed)

    def given(i):
        return f"route {i[0]} on expert {int(rows[i[0]])}, column {i[1]}"

    judge.accepts("output", Within(found, arrays.interval(vector.expected)), given=given, leads=leads)
    if judge.asks("likely-output"):
        likely = arrays.interval(vector.expected, "likely.")
        judge.accepts("likely-output", Within(found, likely), given=given, leads=leads)
