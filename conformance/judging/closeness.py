"""How close is an answer to being wrong? Small counts for a report, no verdict.

Bins are those of ``reports.views.histograms.BINS``; zeros at the end are left out.

- steps: of one accepted value the representable values between it and the answer; of a range the units in the last
  place of its outermost value between its middle and the answer, in whole ones.
- used: the distance from the middle of an accepted range as a share of half its width, in real values: 0 in the
  middle, 1 at either edge. An infinite end stands for the power of two behind the largest finite value, as it does in
  rounding. A share says nothing where one value is accepted, or one of two, both of them edges; these count apart.
- byte, code: which one of the accepted scale bytes, and of the codes accepted under the byte that was given.
"""

from itertools import zip_longest

import numpy as np

Histograms = dict[str, list[int]]
Rows = np.ndarray | tuple[()]  # an index of some rows, or of all

_STEPS = (0, 1, 2, 4, 16, 256, 65536)  # the last step of a bin; behind them more, then NaN against a number
_MOST_ELEMENTS = 1 << 14  # that are looked at: of more, some rows, and as many with a wrong element


def rows_looked_at(values: np.ndarray, wrong: np.ndarray | None) -> Rows:
    """Which rows are looked at: all of a tensor that is not large."""
    if values.ndim == 0 or values.size <= _MOST_ELEMENTS:
        return ()
    rows = np.arange(0, len(values), min(len(values), -(-values.size // _MOST_ELEMENTS)))
    if wrong is None:
        return rows
    bad = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
    return np.union1d(rows, bad[: len(rows)])


def binned(distance: np.ndarray, against_nan: np.ndarray) -> list[int]:
    """Counts of the bins of ``steps``."""
    bins = np.where(against_nan, len(_STEPS) + 1, np.searchsorted(_STEPS, distance, side="left"))
    return trimmed(np.bincount(bins.reshape(-1), minlength=len(_STEPS) + 2))


def trimmed(counts: np.ndarray) -> list[int]:
    """Without zeros at the end."""
    return np.trim_zeros(counts, "b").tolist()


def merged(one: Histograms, other: Histograms) -> Histograms:
    """The counts of both."""
    return one | {
        kind: [sum(both) for both in zip_longest(one.get(kind, ()), counts, fillvalue=0)]
        for kind, counts in other.items()
    }
