"""Which wrong elements are looked at for a lead? Some, spread over all; numbers that are not zero."""

from collections.abc import Callable

import numpy as np

from conformance.judging.accepted import Accepted
from reference.codec import Bools

LEAST = 3  # elements that a lead explains at the least
_MOST = 48  # that are looked at
_ONE_FACTOR = 2.0**-6  # how far apart factors are that count as one


def looked_at(answer: Accepted, rows: Callable[[np.ndarray], Bools] | None = None) -> tuple[np.ndarray, ...] | None:
    """Indices of wrong elements that are finite and not zero, in rows that are asked; None where they are too few."""
    wrong = answer.wrong
    if wrong is None:
        return None
    seen = answer.observed.astype(np.float64)
    index = np.nonzero(wrong & np.isfinite(seen) & (seen != 0))
    if rows is not None:
        kept = rows(index[0])
        index = tuple(part[kept] for part in index)
    if len(index[0]) < LEAST:
        return None
    some = np.unique(np.linspace(0, len(index[0]) - 1, _MOST).astype(np.intp))
    return tuple(part[some] for part in index)


def of_one_factor(answer: Accepted, index: tuple[np.ndarray, ...]) -> bool:
    """Whether all these elements are off by the same factor."""
    ends = answer.bounds()
    if ends is None:
        return False
    with np.errstate(all="ignore"):
        factors = answer.values()[index] / ((ends[0][index] + ends[1][index]) / 2)
    factors = factors[np.isfinite(factors) & (factors != 0)]
    return bool(factors.size and np.all(np.abs(factors / factors[0] - 1) <= _ONE_FACTOR))
