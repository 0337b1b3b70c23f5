"""Which models of combinations are there, and what do cases outside of them hold?"""

from __future__ import annotations

from vectors.case import Case
from vectors.combinations import Held, Model
from vectors.families import moe_combined

MODELS: tuple[Model, ...] = (moe_combined.MODEL, moe_combined.FALLBACK)


def held_elsewhere(case: Case) -> Held:
    """The values of dimensions that a case holds and no model combines."""
    return {}
