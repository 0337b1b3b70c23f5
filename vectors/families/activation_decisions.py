"""Which SwiGLU-OAI results are decided closely? Block maxima, code midpoints, stores, and sigmoids of every size."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vectors.case import Case, as_case
from vectors.contents import decisions, gates
from vectors.sweep.dimension import word


@dataclass(frozen=True)
class _Kind:
    """One way to choose gates and ups; requirements: of the family that asks it."""

    title: str
    make: Callable[[Case], np.ndarray]
    requirements: str
    flags: str


_BLOCKS = _Kind(
    "Block maxima within half a BF16 ulp of 448 * 2^e, elements as near to midpoints of two codes", decisions.of_blocks,
    "FSQ-01 FSQ-02 FSQ-05", "bf16-between scale-rule cast-rounding cast-subnormal sigmoid-inexact",
)  # fmt: skip
_STORES = _Kind(
    "Results near midpoints of two values of the output's format", decisions.of_stores,
    "ACT-01 ACT-10", "rounding-store sigmoid-inexact",
)  # fmt: skip
_DENSE = _Kind(
    "Gates for which alpha * gate lies densely from -20 to 20, some as far as -87", decisions.of_sigmoids,
    "ACT-01 ACT-04", "sigmoid-inexact",
)  # fmt: skip
_FLUSHED = "Sigmoids on both sides of 2^-126, times ups that make the result an ordinary number"
_PLAIN_FLUSHED = _Kind(_FLUSHED, decisions.of_flushed, "ACT-01 ACT-06 ACT-12", "sigmoid-range")
_FUSED_FLUSHED = _Kind(_FLUSHED, decisions.of_flushed, "FSQ-01 FSQ-08", "sigmoid-range")
_EXPONENTS = {None: (-12, 9), 7.0: (-12, -6), 0.01: (-32, -24)}  # of 448 * 2^e, as far as the limit lets results be


def cases() -> tuple[Case, ...]:
    """Parts of the families activation and activation-quantize."""
    fused, plain = "activation-quantize", "activation"
    return (
        _case(fused, "near-decisions", _BLOCKS, "bf16", 21, "quick"),
        _case(fused, "near-decisions", _BLOCKS, "bf16", 21, "quick", limit=7.0),
        _case(fused, "near-decisions", _BLOCKS, "bf16", 21, alpha=0.0, beta=0.0),
        _case(fused, "near-decisions", _BLOCKS, "bf16", 21, limit=7.0, alpha=1.0, beta=0.0),
        _case(fused, "near-decisions", _BLOCKS, "fp32", 21),
        _case(fused, "near-decisions", _BLOCKS, "fp32", 21, limit=7.0),
        _case(fused, "near-decisions", _BLOCKS, "fp32", 21, alpha=0.0, beta=0.0),
        _case(fused, "near-decisions", _BLOCKS, "fp32", 21, limit=7.0, alpha=1.0, beta=0.5),
        _case(fused, "near-decisions", _BLOCKS, "fp32", 21, limit=0.01, beta=0.0),
        _case(fused, "near-decisions", _BLOCKS, "fp16", 21),
        _case(fused, "flushed-sigmoids", _FUSED_FLUSHED, "bf16", 5, "quick"),
        _case(plain, "flushed-sigmoids", _PLAIN_FLUSHED, "fp32", 5, "quick"),
        _case(plain, "dense-sigmoids", _DENSE, "fp32", 85, "quick"),
        _case(plain, "dense-sigmoids", _DENSE, "fp32", 85, alpha=1.0, beta=0.0),
        _case(plain, "dense-sigmoids", _DENSE, "fp32", 85, alpha=-1.0, beta=0.5),
        _case(plain, "near-stores", _STORES, "bf16", 3),
        _case(plain, "near-stores", _STORES, "fp16", 3),
    )


def _case(
    family: str, name: str, kind: _Kind, dtype: str, rows: int, tier: str = "gate",
    *, limit: float | None = None, alpha: float = 1.702, beta: float = 1.0,
) -> Case:  # fmt: skip
    words = [f"{name}-alpha-{word(alpha)}-beta-{word(beta)}-limit-{word(limit)}", dtype]
    params: dict[str, Any] = {"alpha": alpha, "beta": beta, "limit": limit, "dtype": dtype, "layout": "split"}
    params |= {"shape": (rows, 96)} | ({"exponents": _EXPONENTS[limit]} if kind is _BLOCKS else {})
    return as_case(
        f"{family}/{'-'.join(words)}",
        f"{kind.title}: alpha {alpha}, beta {beta}, limit {limit}, {dtype} in.",
        kind.requirements, kind.flags, tier, params, lambda case: {"gate_up": kind.make(case)},
        gates.expect_blocks if family == "activation-quantize" else gates.expect_values,
    )  # fmt: skip
