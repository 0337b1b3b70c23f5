"""How does the reference arrive at an element? The rule with its numbers, for the family that asked."""

from collections.abc import Callable

from conformance.explain.account import Compared
from conformance.explain.derivations.activation import of_activation
from conformance.explain.derivations.align import of_alignment
from conformance.explain.derivations.dequantize import of_dequantize
from conformance.explain.derivations.gemm import of_gemm
from conformance.explain.derivations.quantize import of_quantize
from conformance.explain.derivations.total import of_sum
from conformance.judging.accepted import Index
from vectors.case import Case, Vector

Derivation = Callable[[Case, Vector, Compared, Index], list[str]]

_BY_FAMILY: dict[str, Derivation] = {
    "quantize": of_quantize,
    "activation": of_activation,
    "activation-quantize": of_activation,
    "gemm-mx": of_gemm,
    "gemm-bf16": of_gemm,
    "dequantize": of_dequantize,
    "align": of_alignment,
}


def derive(case: Case, vector: Vector, compared: Compared, index: Index) -> list[str]:
    """Lines on the element at ``index`` of what was compared; none where the family has nothing to derive."""
    if case.family == "stages" and compared.observable == "sum":
        return of_sum(case, vector, compared, index)
    derivation = _BY_FAMILY.get(case.family)
    return [] if derivation is None else derivation(case, vector, compared, index)
