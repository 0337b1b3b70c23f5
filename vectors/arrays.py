"""How does an accepted set become named arrays? Flat names, so that a golden file needs no class to be read."""

from __future__ import annotations

import numpy as np

from reference.interval import Interval, RealInterval


def flattened(accepted: Interval | RealInterval, prefix: str = "") -> dict[str, np.ndarray]:
    """lo, hi, nan and free of an accepted set, each name behind ``prefix``."""
    return {f"{prefix}{name}": getattr(accepted, name) for name in ("lo", "hi", "nan", "free")}
