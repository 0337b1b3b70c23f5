"""Of which terms does an output of the grouped GEMM consist, and which one would explain what was observed?"""

import numpy as np

from conformance.explain.account import Compared
from conformance.judging.accepted import Accepted, Index
from reference.bounds import gemm_bound
from reference.formats import BLOCK
from reference.quantize import dequantize_mxfp8
from vectors.case import Arrays, Case, Vector

_LARGEST = 6
_BINADES = 16


def of_gemm(case: Case, vector: Vector, compared: Compared, index: Index) -> list[str]:
    """The largest terms, the exact sum, the bound; and what one block too few, too often or mis-scaled would give."""
    given, (route, column) = vector.inputs, index
    expert = int(given["route_expert"][route])
    if expert < 0:
        return [f"route {route} has no expert here: its row is zero"]
    row = route // case.params["rows_per_token"]
    a, w = _operands(given, row, expert, column)
    terms = a * w
    weight = float(given["topk_weights"][route]) if "topk_weights" in given else None
    largest = np.argsort(-np.abs(terms), kind="stable")[:_LARGEST]
    exact, size = float(terms.sum()), float(np.abs(terms).sum())
    lines = [
        f"route {route}: row {row} of A times row {column} of expert {expert}, K = {len(terms)}, "
        f"{int(np.count_nonzero(terms))} terms are not zero",
        *(_term(given, row, expert, column, int(k), terms) for k in largest if terms[k] != 0),
        f"sum {exact:.12g}, sum of magnitudes {size:.9g}, bound {gemm_bound(len(terms)) * size:.3g} "
        "(none where the sum is exact in any order)",
    ]
    if weight is not None:
        lines.append(f"times router weight {weight:.9g}: {exact * weight:.12g}")
    return [*lines, *_single_causes(compared.answer, index, terms, 1.0 if weight is None else weight)]


def _operands(given: Arrays, row: int, expert: int, column: int) -> tuple[np.ndarray, np.ndarray]:
    if "a" in given:
        return given["a"][row].astype(np.float64), given["w"][expert, column].astype(np.float64)
    a = dequantize_mxfp8(given["a_codes"][row], given["a_scales"][row])
    return a, dequantize_mxfp8(given["w"][expert, column], given["w_scale"][expert, column])


def _term(given: Arrays, row: int, expert: int, column: int, k: int, terms: np.ndarray) -> str:
    if "a" in given:
        a, w = float(given["a"][row, k]), float(given["w"][expert, column, k])
        return f"k = {k}: {a:.9g} * {w:.9g} = {terms[k]:.9g}"
    block = k // BLOCK
    left = f"0x{given['a_codes'][row, k]:02x} under byte {given['a_scales'][row, block]}"
    right = f"0x{given['w'][expert, column, k]:02x} under byte {given['w_scale'][expert, column, block]}"
    return f"k = {k} (block {block}): {left} * {right} = {terms[k]:.9g}"


def _single_causes(answer: Accepted, index: Index, terms: np.ndarray, weight: float) -> list[str]:
    """Which change of one block of K, or of the weight, gives the observed element within a bit of its format."""
    seen = float(answer.values()[index])
    if not np.isfinite(seen) or not np.isfinite(terms).all():
        return []
    blocks = terms.reshape(-1, BLOCK).sum(axis=1)
    total = float(blocks.sum())
    near = 2.0**-7 if answer.observed.dtype.itemsize == 2 else 2.0**-20
    causes = {"no router weight": total} if weight != 1.0 else {}
    causes |= {"the router weight twice": total * weight * weight} if weight not in (0.0, 1.0) else {}
    for number, part in enumerate(blocks.tolist()):
        if part == 0.0:
            continue
        where = f"block {number} (k from {number * BLOCK} on)"
        causes[f"without {where}"] = (total - part) * weight
        causes[f"{where} twice"] = (total + part) * weight
        for n in (m for m in range(-_BINADES, _BINADES + 1) if m):
            causes[f"{where} under a scale 2^{n} times its own"] = (total + part * (2.0**n - 1)) * weight
    slack = near * abs(seen) + gemm_bound(len(terms)) * float(np.abs(terms).sum()) * abs(weight)
    wrong_by = abs(seen - total * weight)
    fits = [words for words, value in causes.items() if abs(value - seen) <= slack]
    # Said only where it tells: the difference must be well above what the comparison with a cause leaves open.
    return [f"observed is what comes out with {words}" for words in fits[:3]] if wrong_by > 8 * slack else []
