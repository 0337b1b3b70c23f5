"""How long may a case take? Longer than any that goes well takes on a slow machine; then it counts as hanging.

CPU time counts (``conformance.watching.budget``).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from reports.model import Cause, Place

if TYPE_CHECKING:
    from vectors.case import Case

# Seconds, by the tier of the case. The slowest of the gate takes 55 s on one core of the emulated gfx950, the slowest
# quick one 4 s; ten times that leaves room for a machine that does more than it can.
SECONDS: Mapping[str, float] = {"quick": 120.0, "gate": 600.0, "exhaustive": 3600.0}
START = 600.0  # until a worker has loaded its subjects and begun; also for a platform check
MOST_HANGS = 10  # cases that may take too long; those left after that are not asked

LimitOf = Callable[["Case"], float | None]


def limit_of(asked: float | None) -> LimitOf:
    """The limit of each case in seconds. asked: for all cases, 0 for none, None for the case's own."""
    if asked is None:
        return lambda case: SECONDS[case.tier] * case.patience
    return lambda case: asked or None


def too_long(seconds: float, place: Place | None = None) -> Cause:
    """Why a case that took too long has failed. place: as conformance.watching.frames has it."""
    return Cause("time limit", limit=seconds, place=place)
