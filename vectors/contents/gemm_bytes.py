"""Which scale bytes stand over an operand? Kinds of E8M0 bytes, and a range for the other that keeps sums normal."""

import numpy as np

from vectors import data
from vectors.case import Arrays, Case
from vectors.contents.gemm import exact_mx
from vectors.data import BLOCK, Stream

# First and last byte over one operand -> of the other one: products stay far inside FP32's range.
RANGES: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "distinct": ((122, 124), (124, 126)),
    "uniform": ((130, 130), (124, 126)),
    "lowest": ((0, 1), (240, 242)),
    "around-one": ((126, 128), (124, 126)),
    "highest": ((253, 254), (12, 14)),
    "nan": ((122, 124), (124, 126)),
}
NEEDS = {"lowest": "PLT-DOT-SCALED-LOW", "highest": "PLT-DOT-SCALED-HIGH", "nan": "PLT-DOT-SCALED-NAN-BYTE"}
_SIDES = {"weights": ("w", "w_scale"), "activations": ("a_codes", "a_scales")}


def exact_under_bytes(case: Case) -> Arrays:
    """Small integers under bytes of the kind ``scale_bytes`` over ``scale_side``: every sum is exact."""
    p = case.params
    found, side = dict(exact_mx(case)), p["scale_side"]
    other = "activations" if side == "weights" else "weights"
    for name, (first, last) in zip((side, other), RANGES[p["scale_bytes"]], strict=True):
        _, scales = _SIDES[name]
        shape, stream = found[scales].shape, Stream(case.id, f"{scales} bytes")
        found[scales] = (
            data.scale_bytes(stream, shape, first, last)
            if first == last
            else data.distinct_scale_bytes(stream, shape, first, last)
        )
    if p["scale_bytes"] == "nan" and found[_SIDES[side][1]].size:
        rows = [found[name].reshape(-1, found[name].shape[-1]) for name in _SIDES[side]]
        _set_nan(case, *rows)
    return found


def _set_nan(case: Case, codes: np.ndarray, scales: np.ndarray) -> None:
    """A NaN byte in a block of a fifth of the rows, one row at least; in the first of them over zeros."""
    rows = np.flatnonzero(Stream(case.id, "nan rows").booleans(len(scales), 0.2))
    rows = rows if rows.size else np.array([len(scales) - 1])
    blocks = Stream(case.id, "nan blocks").integers(0, scales.shape[1], rows.size)
    scales[rows, blocks] = data.E8M0_NAN
    codes[rows[0], blocks[0] * BLOCK : (blocks[0] + 1) * BLOCK] = 0
