"""What stands around the first difference?"""

from conformance.explain.account import Compared
from conformance.explain.page import Passage
from conformance.judging.accepted import Accepted, Index
from conformance.judging.blocks import Blocks
from conformance.judging.shown import show_code
from reference.formats import BLOCK
from reports.line import place
from reports.model import Expected

_ALONG, _ACROSS = 3, 2  # neighbours shown on each side in the row, and rows above and below


def around(compared: Compared) -> list[Passage]:
    """The elements around the first wrong one, observed and accepted; of blocks the scale bytes too."""
    mismatch, answer = compared.mismatch, compared.answer
    if mismatch is None or mismatch.wrong is None:
        return []
    first = mismatch.index
    shape, last = mismatch.wrong.shape, mismatch.wrong.ndim - 1
    across = _line(first, shape, last - 1, _ACROSS) if last else []
    indices = list(dict.fromkeys([*_line(first, shape, last, _ALONG), *across]))
    found = [_bytes(answer, first)] if isinstance(answer, Blocks) else []
    rows = tuple(
        (place(i), str(answer.shown(i)), _accepted(answer, i), "wrong" if mismatch.wrong[i] else "") for i in indices
    )
    marked = frozenset(n for n, i in enumerate(indices) if mismatch.wrong[i])
    title = f"{compared.observable} around {place(first)}"
    return [*found, Passage(title, (), ("index", "observed", "accepted", ""), rows, marked)]


def _line(through: Index, shape: tuple[int, ...], axis: int, reach: int) -> list[Index]:
    """The places along an axis, from a little before one to a little behind it."""
    near = range(max(0, through[axis] - reach), min(shape[axis], through[axis] + reach + 1))
    return [(*through[:axis], n, *through[axis + 1 :]) for n in near]


def _accepted(answer: Accepted, index: Index) -> str:
    """In blocks the codes that are right under the byte that was given."""
    if not isinstance(answer, Blocks):
        return str(answer.expects(index))
    if answer.accepted.open[index[0], index[1] // BLOCK]:
        return "NaN" if answer.accepted.enclosure.nan[index] else "open: the block has a NaN or an infinity"
    least, largest = (show_code(ends[index]) for ends in answer.accepted.code_range(answer.scales))
    return str(Expected(least, None if least == largest else largest))


def _bytes(answer: Blocks, first: Index) -> Passage:
    """The scale bytes of the row, around the block."""
    accepted, scales = answer.accepted, answer.scales
    row, block = first[0], first[1] // BLOCK
    near = range(max(0, block - _ALONG), min(scales.shape[1], block + _ALONG + 1))
    cells = [(b, int(scales[row, b]), int(accepted.byte_lo[row, b]), int(accepted.byte_hi[row, b])) for b in near]
    rows = tuple(
        (f"block {b}", f"{seen}", f"{lo}" if lo == hi else f"{lo} to {hi}", "" if lo <= seen <= hi else "wrong")
        for b, seen, lo, hi in cells
    )
    marked = frozenset(n for n, row_of in enumerate(rows) if row_of[-1])
    return Passage(f"scale bytes of row {row}", (), ("", "observed", "accepted", ""), rows, marked)
