"""What is summed for an output, and in which FP32 order does it come out how?"""

import numpy as np

from conformance.explain.account import Compared
from conformance.judging.accepted import Index
from conformance.judging.shown import show
from reference.codec import float64_to_bf16
from vectors.case import Case, Vector


def of_sum(case: Case, vector: Vector, compared: Compared, index: Index) -> list[str]:
    """The routes' terms and their exact sum; what a sum in BF16 would give."""
    token, column = index
    k = case.params["k"]
    terms = vector.inputs["gemm2"][token * k : token * k + k, column].astype(np.float64)
    exact = float(np.sum(terms))
    rounded = np.zeros(1)
    for term in terms:
        rounded = float64_to_bf16(rounded + float64_to_bf16(np.array([term])).astype(np.float64)).astype(np.float64)
    return [
        f"terms {' + '.join(f'{term:.9g}' for term in terms)}",
        f"sum {exact:.12g}, nearest BF16 {show(float64_to_bf16(np.array([exact]))[0])}",
        f"added up in BF16 it would be {rounded[0]:.9g}",
    ]
