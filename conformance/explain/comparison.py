"""What was compared with what? One comparison that a check made, kept with its arrays so that it can be looked into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from conformance.judging import comparators
from conformance.judging.comparators import Index, Mismatch, show, show_code
from reference.codec import e4m3_key, e4m3_to_float64, e8m0_to_float64, ordered_key, to_float64
from reference.fused import AcceptedBlocks
from reference.interval import Interval

Again = Callable[[np.ndarray], Mismatch | None]


@dataclass(frozen=True)
class Compared:
    """One comparison.

    observable: what the check compared. kind: bits, within or blocks. observed: what the subject gave (of blocks the
    codes; scales then holds the bytes). accepted: what it was compared with. again: the same comparison of another
    array in place of ``observed``. given: the inputs behind an index, in words. codes: whether elements are E4M3 codes.
    """

    observable: str
    kind: str
    observed: np.ndarray
    accepted: np.ndarray | Interval | AcceptedBlocks
    mismatch: Mismatch | None
    again: Again
    given: Callable[[Index], str] | None = None
    scales: np.ndarray | None = None
    codes: bool = False

    @property
    def wrong(self) -> np.ndarray | None:
        """Which elements are wrong; None where none is or where shapes or dtypes differ."""
        return self.mismatch.wrong if self.mismatch is not None else None

    def shown(self, index: Index) -> str:
        """The observed element, bits and value."""
        return str(show_code(self.observed[index]) if self.codes else show(self.observed[index]))

    def expected(self, index: Index) -> str:
        """What is accepted at an index."""
        if self.mismatch is None or self.mismatch.expects is None:
            return ""
        return str(self.mismatch.expects(index))

    def explains(self, values: np.ndarray) -> bool:
        """Whether ``values``, put where the observed elements are wrong, would have been right."""
        if self.wrong is None or values.shape != self.observed.shape:
            return False
        found = self.again(np.where(self.wrong, values, self.observed).astype(self.observed.dtype))
        return found is None

    def bounds(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The least and the largest accepted value of each element, float64; NaN where any or no number is right."""
        if isinstance(self.accepted, Interval):
            skip = self.accepted.nan | self.accepted.free
            lo, hi = to_float64(self.accepted.lo), to_float64(self.accepted.hi)
            return np.where(skip, np.nan, lo), np.where(skip, np.nan, hi)
        if isinstance(self.accepted, AcceptedBlocks):
            return None
        value = self._numbers(self.accepted)
        return value, value

    def values(self) -> np.ndarray:
        """The observed elements as float64; of blocks decoded."""
        if self.scales is not None and isinstance(self.accepted, AcceptedBlocks):
            return e4m3_to_float64(self.observed) * np.repeat(e8m0_to_float64(self.scales), 32, axis=-1)
        return self._numbers(self.observed)

    def key(self) -> np.ndarray:
        """Observed elements on the scale on which neighbours differ by one."""
        if self.codes:
            return e4m3_key(self.observed).astype(np.int64)
        if self.observed.dtype.kind in "iub":
            return self.observed.astype(np.int64)
        return ordered_key(self.observed).astype(np.int64)

    def _numbers(self, array: np.ndarray) -> np.ndarray:
        if self.codes:
            return e4m3_to_float64(array)
        return array.astype(np.float64) if array.dtype.kind in "iub" else to_float64(array)


def of_bits(
    observable: str, observed: np.ndarray, expected: np.ndarray, care: np.ndarray | None,
    key: comparators.Key | None, given: Callable[[Index], str] | None,
) -> Compared:  # fmt: skip
    """A comparison of bits."""

    def again(values: np.ndarray) -> Mismatch | None:
        return comparators.bits(values, expected, care=care, key=key)

    found, codes = again(observed), key is e4m3_key
    return Compared(observable, "bits", observed, expected, found, again, given, codes=codes)


def of_sets(
    observable: str, observed: np.ndarray, accepted: Interval, given: Callable[[Index], str] | None
) -> Compared:
    """A comparison with the accepted interval of each element."""

    def again(values: np.ndarray) -> Mismatch | None:
        return comparators.within(values, accepted)

    return Compared(observable, "within", observed, accepted, again(observed), again, given)


def of_blocks(
    observable: str, codes: np.ndarray, scales: np.ndarray, accepted: AcceptedBlocks,
    given: Callable[[Index], str] | None,
) -> Compared:  # fmt: skip
    """A comparison of MXFP8 blocks."""

    def again(values: np.ndarray) -> Mismatch | None:
        return comparators.blocks(values, scales, accepted)

    found = again(codes)
    return Compared(observable, "blocks", codes, accepted, found, again, given, scales, codes=True)
