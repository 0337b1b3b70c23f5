"""What is asked about a token alone and the same token in batches? Bits, over every tile that their size selects.

Rounding must show, or every order of a sum gives the same bits: the first and the last block of each contraction
cancel and are large, so that what lies between is rounded at their size, and the order decides the result's bits.
"""

import numpy as np

from vectors.case import Arrays, Case, as_case, expect_nothing
from vectors.contents.moe import make_inputs, parameters
from vectors.data import BLOCK

_LARGER = 15  # binades between the blocks that cancel and the others: their last bits are BF16's of what is left


def _cancelling(case: Case) -> Arrays:
    """Gaussian data; x, and through equal rows of w13 the activation, are the same in the first and the last block."""
    found = dict(make_inputs(case))
    half = case.params["I"]
    found["hidden_states"][:, -BLOCK:] = found["hidden_states"][:, :BLOCK]
    for name in ("w13", "w13_scale"):
        for first in (0, half):  # gates, then ups
            found[name][:, first + half - BLOCK : first + half] = found[name][:, first : first + BLOCK]
    for name in ("w13", "w2"):
        codes, scales = found[name], found[f"{name}_scale"]
        codes[..., -BLOCK:] = codes[..., :BLOCK] ^ 0x80
        scales[..., -1] = scales[..., 0] = np.minimum(scales[..., 0], 254 - _LARGER) + _LARGER
    return found


def _case(name: str, title: str, tier: str = "gate", **given: object) -> Case:
    """token_counts: tokens of the calls, each with the first so many of T tokens."""
    params = parameters(**({"H": 256, "I": 128, "E": 4, "k": 2} | given))
    params["T"] = max(params["token_counts"])
    flags = "batch-size exact-sum"
    return as_case(f"batch-invariance/{name}", title, "USE-05", flags, tier, params, _cancelling, expect_nothing)


_CASES = (
    _case("one-token-alone-and-among-65", "A token alone, among 33 and 65: blocks of 16, 32 and 64 rows.",
          token_counts=[1, 33, 65]),
    _case("one-token-alone-and-among-1025", "A token alone, among 17, 257 and 1025.", E=12, k=1,
          token_counts=[1, 17, 257, 1025]),
    _case("one-token-alone-and-among-65-over-many-steps-of-k",
          "H 384 and I 256: steps of 128 in the first GEMM, and one of 256 in the second.", H=384, I=256, k=1,
          token_counts=[1, 65]),
    _case("through-the-class", "A token alone and among 33 and 65, as an engine calls the experts class.",
          call="experts", gemm1_alpha=None, gemm1_beta=None, gemm1_clamp_limit=None, token_counts=[1, 33, 65]),
)  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return _CASES
