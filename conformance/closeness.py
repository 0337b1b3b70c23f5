"""How close is an answer to being wrong, and where is it? Small counts and a small map for a report, no verdict.

Bins are those of ``reports.html.histograms.BINS``; zeros at the end are left out. Distances are counted in
representable values: where one value is accepted from it, else from the middle of the accepted ones.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from conformance.comparators import Key
from reference.codec import ordered_key
from reference.interval import Interval

Histograms = dict[str, list[int]]

_STEPS = (0, 1, 2, 4, 16, 256, 65536)  # the last step of a bin; behind them more, then NaN against a number
_MOST_ELEMENTS = 1 << 14  # that are looked at: of more, some rows
_MOST_CELLS = (32, 64)  # of a map


def of_bits(
    observed: np.ndarray, expected: np.ndarray, care: np.ndarray | None, key: Key | None
) -> Histograms:
    """Of answers of which one is right, where it is determined (``care``)."""
    some = _some(observed)
    observed, expected = observed[some], expected[some]
    if care is not None:
        observed, expected = observed[care[some]], expected[care[some]]
    if key is None and expected.dtype.kind in "iub":
        distance = np.abs(observed.astype(np.int64) - expected.astype(np.int64))
        return {"steps": _binned(distance, np.zeros_like(distance, bool))}
    order = key or ordered_key
    distance = np.abs(order(observed).astype(np.int64) - order(expected).astype(np.int64))
    one, other = (_isnan(a) if key is None else np.zeros(a.shape, bool) for a in (observed, expected))
    return {"steps": _binned(np.where(one & other, 0, distance), one ^ other)}


def of_interval(observed: np.ndarray, accepted: Interval) -> Histograms:
    """Of answers within a range: also which share of it they use, none in its middle."""
    if observed.dtype.itemsize > 4:
        return {}  # twice a key would not fit into 64 bits
    some = _some(observed)
    judged = ~accepted.free[some]
    observed, lo, hi, nan = (a[some][judged] for a in (observed, accepted.lo, accepted.hi, accepted.nan))
    is_nan = _isnan(observed)
    low, high, place = ordered_key(lo), ordered_key(hi), ordered_key(observed)
    twice = np.abs(2 * place - low - high)  # of the distance from the middle: whole numbers
    point = nan | (low == high)
    right = np.where(nan, is_nan, (low <= place) & (place <= high) & ~is_nan)
    # Each accepted value stands for its rounding, so a range ends half a value beyond its outermost ones.
    share = twice * 10 // np.where(point, 1, high - low + 1) + 1
    used = np.where(right, np.where(point, 0, share), 11)
    steps = _binned(np.where(nan & is_nan, 0, twice // 2), nan ^ is_nan)
    return {"steps": steps, "used": _trimmed(np.bincount(used, minlength=12))}


def merged(one: Histograms, other: Histograms) -> Histograms:
    """The counts of both."""
    found = dict(one)
    for kind, counts in other.items():
        mine = found.get(kind, [])
        length = max(len(mine), len(counts))
        both = (np.array([*c, *[0] * (length - len(c))], np.int64) for c in (mine, counts))
        found[kind] = sum(both).tolist()  # type: ignore[union-attr]
    return found


def where(wrong: np.ndarray) -> dict[str, Any]:
    """A map of the wrong elements, of at most ``_MOST_CELLS``: leading axes are put together, cells are powers of two.

    So a cell never crosses the border of a block of 32 elements unless it holds whole blocks.
    """
    flat = wrong.reshape(-1, wrong.shape[-1]) if wrong.ndim else wrong.reshape(1, 1)
    tall, wide = (_cell(size, most) for size, most in zip(flat.shape, _MOST_CELLS, strict=True))
    rows, columns = (np.flatnonzero(flat.any(axis=axis)) for axis in (1, 0))
    cells = np.logical_or.reduceat(flat, np.arange(0, flat.shape[0], tall), axis=0)
    cells = np.logical_or.reduceat(cells, np.arange(0, flat.shape[1], wide), axis=1)
    return {
        "shape": list(flat.shape),
        "cell": [tall, wide],
        "bad": int(np.count_nonzero(flat)),
        "rows": [int(rows[0]), int(rows[-1])],
        "columns": [int(columns[0]), int(columns[-1])],
        "bad_cells": base64.b64encode(np.packbits(cells.reshape(-1)).tobytes()).decode(),
    }


def _some(values: np.ndarray) -> slice | tuple[()]:
    """Which rows are looked at: all of a tensor that is not large."""
    if values.ndim == 0 or values.size <= _MOST_ELEMENTS:
        return ()
    return slice(None, None, min(len(values), -(-values.size // _MOST_ELEMENTS)))


def _cell(size: int, most: int) -> int:
    cell = 1
    while -(-size // cell) > most:
        cell *= 2
    return cell


def _isnan(values: np.ndarray) -> np.ndarray:
    return np.isnan(values).astype(bool)


def _binned(distance: np.ndarray, against_nan: np.ndarray) -> list[int]:
    bins = np.where(against_nan, len(_STEPS) + 1, np.searchsorted(_STEPS, distance, side="left"))
    return _trimmed(np.bincount(bins.reshape(-1), minlength=len(_STEPS) + 2))


def _trimmed(counts: np.ndarray) -> list[int]:
    return np.trim_zeros(counts, "b").tolist()
