"""Does the sum over top-k add each token's rows in FP32, round once, and read them where they lie?"""

import pytest

from conformance.calls import tensors
from conformance.calls.layouts import expanded_columns, laid_out
from conformance.checks import repeated
from conformance.judging.addresses import judge_addresses
from conformance.judging.within import Within
from vectors import arrays


@pytest.mark.family("moe-sum")
def test_moe_sum(case, subject, backend, vector, judge):
    """For any number of rows and columns (STG-05), which are read where they lie (STG-06).

    Of rows of each format to each (STG-07), subnormal sums included (STG-08).
    """
    p, given = case.params, vector.inputs["routes"]
    if "repeated" in p:
        _judge_repeated(case, subject, backend, vector, judge)
        return
    routes = tensors.tensor(given, backend.device)
    routes = expanded_columns(routes) if p["layout"] == "expanded-columns" else laid_out(routes, p["layout"])
    found = tensors.array(subject.call("moe_sum", routes, p["k"], tensors.DTYPES[p["out_dtype"]]))
    judge_addresses(judge, backend)

    def rows(index: tuple[int, ...]) -> str:
        of_token = given[index[0] * p["k"] : (index[0] + 1) * p["k"], index[1]]
        return "routes " + ", ".join(f"{float(value):.9g}" for value in of_token[:8])

    judge.accepts("sum", Within(found, arrays.interval(vector.expected)), given=rows)


def _judge_repeated(case, subject, backend, vector, judge):
    """One row many times: every token's result is that of the one."""
    p, count = case.params, case.params["repeated"]
    rows = repeated.rows(vector.inputs["routes"], count, backend.device)
    found = subject.call("moe_sum", rows, p["k"], tensors.DTYPES[p["out_dtype"]])
    judge_addresses(judge, backend)
    places = repeated.seen(count // p["k"])
    accepted = repeated.of_each(arrays.interval(vector.expected), places)
    judge.accepts("sum", Within(repeated.taken(found, places), accepted), given=lambda i: f"token {places[i[0]]}")
