"""Are wrong scale bytes of a quantizer those of another row or block of the same result?"""

from collections.abc import Callable

import numpy as np

from conformance.judging.accepted import Accepted
from conformance.judging.bits import Bits
from conformance.judging.blocks import Blocks
from conformance.leads.places import LEAST
from conformance.leads.relations import relations
from reference.codec import U8, Bools
from reports.model import Lead, Spot

Fits = Callable[[tuple[np.ndarray, ...], U8], Bools]  # whether bytes would be right at other places


def leads(answer: Accepted) -> list[Lead]:
    """The relation under which the most wrong bytes are right ones of elsewhere: nearly all, and several values."""
    if isinstance(answer, Blocks):
        accepted = answer.accepted
        return _leads(
            answer.scales,
            ~answer.members[0],
            lambda place, seen: (accepted.byte_lo[place] <= seen) & (seen <= accepted.byte_hi[place]),
        )
    if not isinstance(answer, Bits) or answer.wrong is None:
        return []
    width = answer.observed.shape[-1]
    expected = answer.expected.reshape(-1, width)
    return _leads(
        answer.observed.reshape(-1, width), answer.wrong.reshape(-1, width), lambda place, seen: expected[place] == seen
    )


def _leads(scales: U8, wrong: Bools, fits: Fits) -> list[Lead]:
    rows, blocks = np.nonzero(wrong)
    seen = scales[rows, blocks]
    if len(rows) < LEAST or len(np.unique(seen)) < 2 or len(np.unique(rows * scales.shape[1] + blocks)) < LEAST:
        return []
    best: Lead | None = None
    for relation in relations((1, *scales.shape)):
        _, other_rows, other_blocks = relation.read((rows * 0, rows, blocks))
        right = fits((other_rows, other_blocks), seen)
        count = int(right.sum())
        if 10 * count < 9 * len(rows) or (best is not None and count <= best.explained):
            continue
        first = int(np.argmax(right))
        belongs, used = (int(rows[first]), int(blocks[first])), (int(other_rows[first]), int(other_blocks[first]))
        spots = Spot("scales", belongs), Spot("scales", used)
        best = Lead("scale byte", *spots, int(seen[first]), relation.words, count, len(rows))
    return [] if best is None else [best]
