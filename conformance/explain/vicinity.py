"""What stands around the first difference, and where there is none, how near is the nearest?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.explain.comparison import Compared
from conformance.explain.page import Section
from conformance.judging.comparators import Index, show_code
from reference.codec import ordered_key
from reference.formats import BLOCK
from reference.fused import AcceptedBlocks
from reference.interval import Interval

_FEW = 16  # answers below which an element's place in its bound says little
_ALONG, _ACROSS = 3, 2  # neighbours shown on each side in the row, and rows above and below


def around(compared: Compared) -> list[Section]:
    """The elements around the first wrong one, observed and accepted; of blocks the scale bytes too."""
    mismatch = compared.mismatch
    if mismatch is None or mismatch.wrong is None:
        return []
    first = mismatch.index
    indices = list(dict.fromkeys([*_along(first, mismatch.wrong.shape), *_across(first, mismatch.wrong.shape)]))
    found = [_bytes(compared, first)] if isinstance(compared.accepted, AcceptedBlocks) else []
    rows = tuple(
        (_place(i), compared.shown(i), _accepted(compared, i), "wrong" if mismatch.wrong[i] else "") for i in indices
    )
    marked = frozenset(n for n, i in enumerate(indices) if mismatch.wrong[i])
    title = f"{compared.observable} around {_place(first)}"
    return [*found, Section(title, (), ("index", "observed", "accepted", ""), rows, marked)]


def _along(first: Index, shape: tuple[int, ...]) -> Iterator[Index]:
    """The row, from a little before to a little behind."""
    last = first[-1]
    for column in range(max(0, last - _ALONG), min(shape[-1], last + _ALONG + 1)):
        yield (*first[:-1], column)


def _across(first: Index, shape: tuple[int, ...]) -> Iterator[Index]:
    """The same column in the rows above and below."""
    if len(shape) < 2:
        return
    row = first[-2]
    for other in range(max(0, row - _ACROSS), min(shape[-2], row + _ACROSS + 1)):
        yield (*first[:-2], other, first[-1])


def _accepted(compared: Compared, index: Index) -> str:
    if not isinstance(compared.accepted, AcceptedBlocks) or compared.scales is None:
        return compared.expected(index)
    if compared.accepted.open[index[0], index[1] // BLOCK]:
        return "NaN" if compared.accepted.enclosure.nan[index] else "open: the block has a NaN or an infinity"
    least, largest = (ends[index] for ends in compared.accepted.code_range(compared.scales))
    return str(show_code(least)) if least == largest else f"{show_code(least)} to {show_code(largest)}"


def _bytes(compared: Compared, first: Index) -> Section:
    """The scale bytes of the row, around the block."""
    accepted, scales = compared.accepted, compared.scales
    if not isinstance(accepted, AcceptedBlocks) or scales is None:
        return Section("scale bytes")
    row, block = first[0], first[1] // BLOCK
    near = range(max(0, block - _ALONG), min(scales.shape[1], block + _ALONG + 1))
    cells = [(b, int(scales[row, b]), int(accepted.byte_lo[row, b]), int(accepted.byte_hi[row, b])) for b in near]
    rows = tuple(
        (f"block {b}", f"{seen}", f"{lo}" if lo == hi else f"{lo} to {hi}", "" if lo <= seen <= hi else "wrong")
        for b, seen, lo, hi in cells
    )
    marked = frozenset(n for n, row_of in enumerate(rows) if row_of[-1])
    return Section(f"scale bytes of row {row}", (), ("", "observed", "accepted", ""), rows, marked)


def _place(index: Index) -> str:
    return f"[{', '.join(map(str, index))}]"


def nearness(compared: Compared) -> str:
    """How near a right result is to being wrong."""
    accepted, size = compared.accepted, compared.observed.size
    if isinstance(accepted, Interval):
        return _share_of_bound(compared, accepted)
    if isinstance(accepted, AcceptedBlocks):
        one_byte = int((accepted.byte_lo == accepted.byte_hi).sum())
        least, largest = accepted.code_range(accepted.byte_lo)
        return (
            f"{size} codes in {accepted.byte_lo.size} blocks; one byte is accepted in {one_byte} of the blocks, "
            f"one code for {int((least == largest).sum())} of the elements"
        )
    return f"{size} elements, bit for bit"


def _share_of_bound(compared: Compared, accepted: Interval) -> str:
    points = int(accepted.is_point().sum())
    words = f"{compared.observed.size} elements, {points} of them with one right answer"
    found = largest_share(compared)
    if found is None:
        return words
    return f"{words}; none uses more than {found[0]:.1%} of its bound ({_place(found[1])})"


def largest_share(compared: Compared) -> tuple[float, Index] | None:
    """The largest part of its bound that an element uses, and which does.

    Sets of fewer than 16 answers do not count: there the next answer is a large part. None where all are such.
    """
    accepted, bounds = compared.accepted, compared.bounds()
    if not isinstance(accepted, Interval) or bounds is None:
        return None
    lo, hi = bounds
    answers = ordered_key(accepted.hi).astype(np.int64) - ordered_key(accepted.lo)
    with np.errstate(all="ignore"):
        half = (hi - lo) / 2
        share = np.abs(compared.values() - (lo + half)) / half
    share = np.where(np.isfinite(share) & (answers >= _FEW) & ~accepted.nan & ~accepted.free, share, -1.0)
    if not share.size or share.max() < 0:
        return None
    return float(share.max()), tuple(int(i) for i in np.unravel_index(int(np.argmax(share)), share.shape))
