"""Which sums decide how a GEMM's result is stored? Integers of 16 bits at any power of two, each four products."""

import ml_dtypes
import numpy as np

from vectors import data
from vectors.case import Arrays, Case
from vectors.contents.gemm import routing
from vectors.data import BLOCK, Stream

_DIGITS = 4  # of four bits, in a block of K each
# By format: the exponent that rows of A carry, so that neither operand is extreme; integers and exponents to begin
# with, and then odd integers below a bound, at exponents from .. to.
_BASE = {"float16": 0, "bfloat16": -66, "float32": -70}
_FIRST = {
    # The largest, the tie to infinity and its neighbours, beyond; the ties to zero and to 2^-23, and beside the first.
    "float16": [(65504, 0), (65519, 0), (65520, 0), (65535, 0), (3, 15), (1, -25), (3, -25), (1025, -35), (1023, -35)],
    # The same at the lower end, and on the tie between the largest subnormal number and the least normal one.
    "bfloat16": [(1, -134), (3, -134), (129, -141), (127, -141), (255, -134), (509, -135), (511, -135)],
    "float32": [(1, -149), (3, -149), (65535, -149), (1, -127), (3, -128), (65535, -142), (1, -126)],
}
_DRAWN = {
    "float16": ((4096, -24, 3), (2048, -25, -25), (4096, -26, -26)),
    "bfloat16": ((512, -136, -134), (4096, -145, -138)),
    "float32": ((65536, -149, -142),),
}


def _targets(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """(integers, exponents) of the columns."""
    p = case.params
    first, drawn = np.array(_FIRST[p["out_dtype"]]), _DRAWN[p["out_dtype"]]
    count = p["N"] - len(first)
    each = np.arange(count) % len(drawn)
    bound, low, high = np.array(drawn)[each].T
    odd = 1 | Stream(case.id, "integer").integers(0, 1 << 16, count) % bound
    exponent = low + Stream(case.id, "exponent").integers(0, 1 << 16, count) % (high - low + 1)
    return np.concatenate([first[:, 0], odd]), np.concatenate([first[:, 1], exponent])


def _factors(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of A the sign and exponent of each row; of w the digits [N, 4] and their exponents."""
    p, rows = case.params, np.arange(case.params["T"])
    integer, exponent = _targets(case)
    base = _BASE[p["out_dtype"]]
    # Never below the base: that would take bits below FP32's least number.
    shift = base + rows // 2 % 3 - _weight_exponents(case)
    places = 4 * np.arange(_DIGITS)
    return 1 - 2 * (rows % 2), shift, integer[:, None] >> places & 15, (exponent - base)[:, None] + places


def _weight_exponents(case: Case) -> np.ndarray:
    """Of each token's router weight: two in a row are normal numbers, two subnormal ones where the sum allows it."""
    rows = np.arange(case.params["T"])
    return (
        np.where(rows // 2 % 2, -60 if case.params["out_dtype"] == "float16" else -140, -78)
        if case.params["weighted"]
        else np.zeros(len(rows), dtype=np.int64)
    )


def _routing(case: Case) -> dict[str, np.ndarray]:
    found = routing(case)
    if case.params["weighted"]:
        significand = np.resize([1.0, 1.0, 1.5, 1.5, 1.25], case.params["T"])
        found["topk_weights"] = (significand * data.exp2(_weight_exponents(case))).astype(np.float32)
    return found


def stores_mx(case: Case) -> Arrays:
    """A digit stands somewhere in its block, under the block's own byte; a row of A is ones or minus ones."""
    p = case.params
    sign, shift, digits, exponents = _factors(case)
    w = np.zeros((p["N"], p["K"]), dtype=np.uint8)
    np.put_along_axis(w, _places(p["N"]), data.integer_codes(digits), axis=1)
    return {
        "a_codes": data.integer_codes(np.repeat(sign[:, None], p["K"], axis=1)),
        "a_scales": np.repeat((127 + shift).astype(np.uint8)[:, None], p["K"] // BLOCK, axis=1),
        "w": w[None],
        "w_scale": (127 + exponents).astype(np.uint8)[None],
    } | _routing(case)


def stores_bf16(case: Case) -> Arrays:
    """The same numbers in BF16."""
    p = case.params
    sign, shift, digits, exponents = _factors(case)
    w = np.zeros((p["N"], p["K"]))
    np.put_along_axis(w, _places(p["N"]), digits * data.exp2(exponents), axis=1)
    a = np.repeat((sign * data.exp2(shift))[:, None], p["K"], axis=1)
    return {n: data.rounded(x, ml_dtypes.bfloat16) for n, x in (("a", a), ("w", w[None]))} | _routing(case)


def _places(columns: int) -> np.ndarray:
    """Where along K the digits of each column stand."""
    return np.arange(_DIGITS) * BLOCK + (7 * np.arange(columns)[:, None] + 5 * np.arange(_DIGITS)) % BLOCK
