"""Would a wrong answer still fail? One of each kind, and the right one beside it, to be judged behind the last case.

What bends verdicts without bending arrays (a judge, a comparison or NumPy that someone has put another function into)
shows here.
"""

from collections.abc import Iterator

import numpy as np

from conformance.judging.accepted import Accepted
from conformance.judging.bits import Bits
from conformance.judging.blocks import Blocks
from conformance.judging.judge import Judge
from conformance.judging.within import Within
from reference.formats import BLOCK
from reference.fused import AcceptedBlocks
from reference.interval import Interval, RealInterval
from reference.quantize import quantize_mxfp8
from vectors.case import Case, expect_nothing, no_inputs

_VALUES = (np.arange(2 * BLOCK, dtype=np.float32) - BLOCK).reshape(2, BLOCK)


def planted() -> Iterator[tuple[Case, Judge, str]]:
    """A case, who has judged an answer to it, and the verdict that this must come to."""
    for requirement, observable, right, wrong in _answers():
        for answer, verdict in ((right, "pass"), (wrong, "fail")):
            case = Case(f"planted/{observable}", "Planted.", (requirement,), no_inputs, expect_nothing, tier="quick")
            judge = Judge(case, "planted", "none")
            judge.accepts(observable, answer)
            yield case, judge, verdict


def _answers() -> Iterator[tuple[str, str, Accepted, Accepted]]:
    """A requirement, its observable, an answer that meets it and one that is a bit off."""
    codes, scales = quantize_mxfp8(_VALUES)
    yield "QNT-01", "codes", Bits(codes, codes), Bits(_bit_off(codes), codes)
    interval = Interval.exact(_VALUES)
    off = _bit_off(_VALUES.view(np.uint32)).view(np.float32)
    yield "ACT-01", "output", Within(_VALUES, interval), Within(off, interval)
    exact, never = _VALUES.astype(np.float64), np.zeros(_VALUES.shape, bool)
    accepted = AcceptedBlocks(RealInterval(exact, exact, never, never))
    yield "FSQ-01", "blocks", Blocks(codes, scales, accepted), Blocks(_bit_off(codes), scales, accepted)


def _bit_off(bits: np.ndarray) -> np.ndarray:
    """The same but for the last bit of the last one."""
    off = bits.copy()
    off[-1, -1] ^= 1
    return off
