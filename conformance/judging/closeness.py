"""How close is an answer to being wrong, and where is it? Small counts and a small map for a report, no verdict.

Bins are those of ``reports.views.histograms.BINS``; zeros at the end are left out.

- steps: of one accepted value the representable values between it and the answer; of a range the units in the last
  place of its outermost value between its middle and the answer, in whole ones.
- used: the distance from the middle of an accepted range as a share of half its width, in real values: 0 in the
  middle, 1 at either edge. An infinite end stands for the power of two behind the largest finite value, as it does in
  rounding. A share says nothing where one value is accepted, or one of two, both of them edges; these count apart.
- byte, code: which one of the accepted scale bytes, and of the codes accepted under the byte that was given.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np

from conformance.judging.comparators import Key, members
from reference.codec import F64, AnyArray, Bools, e4m3_key, e4m3_to_float64, ordered_key, to_float64
from reference.fused import AcceptedBlocks
from reference.interval import Interval

Histograms = dict[str, list[int]]

_STEPS = (0, 1, 2, 4, 16, 256, 65536)  # the last step of a bin; behind them more, then NaN against a number
_ONE, _OUTSIDE, _TWO = 0, 11, 12  # bins of ``used``; between the first two the shares, ten percent each
_MOST_ELEMENTS = 1 << 14  # that are looked at: of more, some rows, and as many with a wrong element
_MOST_CELLS = (32, 64)  # of a map


def of_bits(
    observed: np.ndarray,
    expected: np.ndarray,
    care: np.ndarray | None = None,
    key: Key | None = None,
    wrong: np.ndarray | None = None,
) -> Histograms:
    """Of answers of which one is right, where it is determined (``care``)."""
    if expected.dtype.itemsize > 4:
        return {}  # a difference of two keys would not fit into 64 bits
    some = _some(observed, wrong)
    observed, expected = observed[some], expected[some]
    if care is not None:
        observed, expected = observed[care[some]], expected[care[some]]
    if key is None and expected.dtype.kind in "iub":
        distance = np.abs(observed.astype(np.int64) - expected.astype(np.int64))
        return {"steps": _binned(distance, np.zeros_like(distance, bool))}
    order = key or ordered_key
    distance = np.abs(order(observed).astype(np.int64) - order(expected).astype(np.int64))
    one, other = (_isnan(a, key) for a in (observed, expected))
    alike = one & other & (key is None)  # of codes the two NaN are different bits
    return {"steps": _binned(np.where(alike, 0, distance), one ^ other)}


def of_interval(observed: np.ndarray, accepted: Interval, wrong: np.ndarray | None = None) -> Histograms:
    """Of answers within a range: also which share of it they use, none in its middle."""
    if observed.dtype.itemsize > 4:
        return {}
    some = _some(observed, wrong)
    judged = ~accepted.free[some]
    observed, lo, hi, nan = (a[some][judged] for a in (observed, accepted.lo, accepted.hi, accepted.nan))
    is_nan = _isnan(observed)
    low, high, place = ordered_key(lo), ordered_key(hi), ordered_key(observed)
    right = np.where(nan, is_nan, (low <= place) & (place <= high) & ~is_nan)
    least, most, value = (_finite(a) for a in (lo, hi, observed))
    single = nan | (least == most)  # both zeros are one value
    pair = ~single & (high - low - ((low < 0) & (high >= 0)) == 1)
    # The sum of the distances to both ends is the width, and their difference twice the distance from the middle.
    off, width = np.abs((value - least) - (most - value)), np.where(single, 1.0, most - least)
    share = np.clip(np.ceil(10 * off / width), 1, 10).astype(np.int64)
    used = np.where(right, np.where(single, _ONE, np.where(pair, _TWO, share)), _OUTSIDE)
    far = np.where(single, _beyond(place, low, high), _floor(off / 2 / _unit(least, most, observed.dtype)))
    steps = _binned(np.where(nan & is_nan, 0, far), nan ^ is_nan)
    return {"steps": steps, "used": _trimmed(np.bincount(used, minlength=_TWO + 1))}


def of_blocks(
    codes: np.ndarray, scales: np.ndarray, accepted: AcceptedBlocks, wrong: np.ndarray | None = None
) -> Histograms:
    """Of MXFP8 blocks: which of the accepted bytes, and of the codes that this byte allows, the smallest in magnitude,
    the largest, or one between; ``any`` where nothing is said of the byte or the code."""
    some = _some(codes, wrong)
    if not isinstance(some, tuple):
        codes, scales = codes[some], scales[some]
        accepted = replace(accepted, enclosure=accepted.enclosure.at(some))
    byte_ok, code_ok = members(codes, scales, accepted)
    within = (accepted.byte_lo <= scales) & (scales <= accepted.byte_hi)
    byte = _picked(scales, accepted.byte_lo, accepted.byte_hi, byte_ok, accepted.open | (byte_ok & ~within))
    ends = [e4m3_to_float64(end) for end in accepted.code_range(scales)]
    small, large = (np.where((np.abs(ends[0]) <= np.abs(ends[1])) == first, *ends) for first in (True, False))
    nan = accepted.enclosure.nan
    free = np.repeat(accepted.open, 32, axis=-1) & code_ok & ~nan
    code = _picked(e4m3_to_float64(codes), np.where(nan, 0, small), np.where(nan, 0, large), code_ok, free)
    return {"byte": _trimmed(np.bincount(byte.reshape(-1))), "code": _trimmed(np.bincount(code.reshape(-1)))}


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

    So a cell never crosses the border of a block of 32 elements unless it holds whole blocks. ValueError where no
    element is wrong.
    """
    if not wrong.any():
        raise ValueError(f"wrong: has no wrong element among {wrong.size}, needs one")
    flat = wrong.reshape(-1, wrong.shape[-1]) if wrong.ndim else wrong.reshape(1, 1)
    tall, wide = (_cell(size, most) for size, most in zip(flat.shape, _MOST_CELLS, strict=True))
    rows, columns = (np.flatnonzero(flat.any(axis=axis)) for axis in (1, 0))
    cells = np.logical_or.reduceat(flat, np.arange(0, flat.shape[0], tall), axis=0)
    cells = np.logical_or.reduceat(cells, np.arange(0, flat.shape[1], wide), axis=1)
    found = {
        "shape": list(flat.shape),
        "cell": [tall, wide],
        "bad": int(np.count_nonzero(flat)),
        "rows": [int(rows[0]), int(rows[-1])],
        "columns": [int(columns[0]), int(columns[-1])],
        "bad_cells": base64.b64encode(np.packbits(cells.reshape(-1)).tobytes()).decode(),
    }
    return found if wrong.ndim == 2 else found | {"axes": list(wrong.shape)}


def _some(values: np.ndarray, wrong: np.ndarray | None) -> np.ndarray | tuple[()]:
    """Which rows are looked at: all of a tensor that is not large."""
    if values.ndim == 0 or values.size <= _MOST_ELEMENTS:
        return ()
    rows = np.arange(0, len(values), min(len(values), -(-values.size // _MOST_ELEMENTS)))
    if wrong is None:
        return rows
    bad = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
    return np.union1d(rows, bad[: len(rows)])


def _finite(values: AnyArray) -> F64:
    """Real values; infinities as the powers of two behind the largest finite ones, NaN as 0."""
    behind = 2.0 ** int(_form(values.dtype).maxexp)
    return np.nan_to_num(to_float64(values), nan=0.0, posinf=behind, neginf=-behind)


def _unit(lo: F64, hi: F64, dtype: np.dtype) -> F64:
    """The unit in the last place of the outermost value of a range."""
    form = _form(dtype)
    exponent = np.frexp(np.maximum(np.abs(lo), np.abs(hi)))[1] - 1
    return np.ldexp(1.0, np.clip(exponent, int(form.minexp), int(form.maxexp) - 1) - int(form.nmant))


def _form(dtype: np.dtype) -> Any:
    """As NumPy describes a format; it does not know BF16 by itself."""
    return ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]


def _floor(steps: F64) -> np.ndarray:
    return np.minimum(np.floor(steps), 2.0**62).astype(np.int64)


def _beyond(place: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.maximum(0, np.maximum(low - place, place - high))


def _picked(value: AnyArray, small: AnyArray, large: AnyArray, right: Bools, free: Bools) -> np.ndarray:
    """Bins of ``byte`` and ``code``: the only one, the smallest, between, the largest, outside, any."""
    cases = [free, ~right, small == large, value == small, value == large]
    return np.select(cases, [5, 4, 0, 1, 3], 2)


def _cell(size: int, most: int) -> int:
    cell = 1
    while -(-size // cell) > most:
        cell *= 2
    return cell


def _isnan(values: np.ndarray, key: Key | None = None) -> Bools:
    if key is e4m3_key:
        return (values & 0x7F) == 0x7F
    return np.zeros(values.shape, bool) if key else np.isnan(values).astype(bool)


def _binned(distance: np.ndarray, against_nan: np.ndarray) -> list[int]:
    bins = np.where(against_nan, len(_STEPS) + 1, np.searchsorted(_STEPS, distance, side="left"))
    return _trimmed(np.bincount(bins.reshape(-1), minlength=len(_STEPS) + 2))


def _trimmed(counts: np.ndarray) -> list[int]:
    return np.trim_zeros(counts, "b").tolist()
