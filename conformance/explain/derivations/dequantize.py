"""How does a code become BF16? Its value times its block's scale, rounded once."""

import numpy as np

from conformance.explain.account import Compared
from conformance.judging.accepted import Index
from conformance.judging.shown import show, show_code
from reference.codec import e4m3_to_float64, e8m0_to_float64, float64_to_bf16
from reference.formats import BLOCK
from vectors.case import Case, Vector


def of_dequantize(case: Case, vector: Vector, compared: Compared, index: Index) -> list[str]:
    """code * 2^(byte - 127) and its nearest BF16 number."""
    code = vector.inputs["codes"][index]
    byte = vector.inputs["scales"][(*index[:-1], index[-1] // BLOCK)]
    exact = e4m3_to_float64(np.array([code]))[0] * e8m0_to_float64(np.array([byte]))[0]
    return [
        f"code {show_code(code)} under byte {int(byte)}: 2^{int(byte) - 127}",
        f"exact {exact:.12g}, nearest BF16 {show(float64_to_bf16(np.array([exact]))[0])}",
    ]
