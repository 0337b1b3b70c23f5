"""Which models of combinations are there, and what do cases outside of them hold?"""

from __future__ import annotations

from vectors.case import Case
from vectors.combinations import Held, Model
from vectors.families import (
    activation_combined,
    align_combined,
    expert_map_combined,
    gemm_combined,
    moe_combined,
    quantize_combined,
)

TABLED: tuple[Model, ...] = (
    moe_combined.MODEL,
    moe_combined.FALLBACK,
    expert_map_combined.MODEL,
    align_combined.MODEL,
    gemm_combined.MX,
    gemm_combined.BF16,
    activation_combined.PLAIN,
    activation_combined.FUSED,
    quantize_combined.MODEL,
)
MODELS: tuple[Model, ...] = (*TABLED, *activation_combined.PLACES)
"""With those whose values each case crosses: they need no rows of their own."""


def held_elsewhere(case: Case) -> Held:
    """The values of dimensions that a case holds and no model combines."""
    return {}
