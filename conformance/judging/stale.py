"""Is what is wrong what a call before has left? Rows of an answer that are rows of an earlier result."""

from collections.abc import Iterable

import numpy as np

from conformance.judging.shown import patterns
from reference.codec import Bools
from reports.model import Lead, Spot

_MOST = 64  # wrong rows that are looked at
_ELEMENTS, _DISTINCT = 8, 3  # wrong elements that are the same, and bit patterns of them: fewer are so by chance
Named = tuple[str, np.ndarray]


def left_over(observable: str, observed: np.ndarray, wrong: Bools, earlier: Iterable[Named]) -> list[Lead]:
    """The earlier result that most of the wrong rows come from; [] where they come from none.

    A row is compared, where it is wrong and by its bits, with the earlier one of its number. earlier: results with what
    gave them, without the one that is looked at.
    """
    rows, bad = _rows(observed), _rows(wrong)
    numbers = [int(n) for n in np.flatnonzero(bad.any(axis=1))][:_MOST]
    best: Lead | None = None
    for name, result in earlier:
        if result.dtype != observed.dtype or result.shape[-1:] != observed.shape[-1:]:
            continue
        before = _rows(result)
        same = [n for n in numbers if n < len(before) and same_bits(before[n][bad[n]], rows[n][bad[n]])]
        if (
            _tells(rows[same][bad[same]])
            and 2 * len(same) >= len(numbers)
            and (best is None or len(same) > best.explained)
        ):
            spots = Spot(observable, (same[0],)), Spot(name, (same[0],))
            best = Lead("earlier call", *spots, explained=len(same), looked_at=len(numbers))
    return [] if best is None else [best]


def _rows(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, values.shape[-1]) if values.ndim else values.reshape(1, 1)


def _tells(elements: np.ndarray) -> bool:
    return elements.size >= _ELEMENTS and len(np.unique(patterns(elements))) >= _DISTINCT


def same_bits(before: np.ndarray, now: np.ndarray) -> bool:
    """Whether two arrays hold the same."""
    return before.dtype == now.dtype and np.array_equal(patterns(before), patterns(now))
