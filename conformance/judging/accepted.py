"""Is an observed array a right answer? What is accepted in its place, compared once and asked often.

One kind of acceptance is one class: ``Bits``, ``Within``, ``Blocks``. None has a free tolerance.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from conformance.judging.closeness import Histograms, Rows, rows_looked_at
from conformance.judging.shown import show, show_code
from reference.codec import F64, Bools, e4m3_to_float64, ordered_key, to_float64
from reports.model import Cause, Expected, Shown

Key = Callable[[np.ndarray], np.ndarray]  # to numbers of which neighbouring values differ by one
Index = tuple[int, ...]
_EDGES = (1, 2, 4, 16, 256, 65536)


@dataclass(frozen=True)
class Mismatch:
    """The first element that is wrong, how many are, and how far off. index is () where shapes or dtypes differ.

    steps: how many of the wrong ones are that many representable values off, by label; {} where that is not counted.
    wrong: which elements are (of blocks: the codes, or all codes under a wrong scale byte); None where shapes or dtypes
    differ.
    """

    index: Index
    observed: Shown
    expected: Expected
    bad: int
    total: int
    steps: Mapping[str, int] = field(default_factory=dict)
    wrong: np.ndarray | None = field(default=None, repr=False, compare=False)

    def cause(self, observable: str = "", given: str = "") -> Cause:
        """What a finding keeps of it. given: the inputs at the place."""
        place = (observable, self.index, given)
        return Cause("values", "", *place, self.observed, self.expected, self.bad, self.total, self.steps)


@dataclass(frozen=True, eq=False)
class Accepted(ABC):
    """What is accepted in the place of ``observed``, an array whose elements are told of one by one."""

    observed: np.ndarray

    @property
    def codes(self) -> bool:
        """Whether the elements are E4M3 codes."""
        return False

    @property
    def parts(self) -> tuple[np.ndarray, ...]:
        """All arrays that were observed."""
        return (self.observed,)

    @property
    @abstractmethod
    def form(self) -> tuple[str, str] | None:
        """The shape and dtype that it has, and those that it needs, where they differ."""

    @property
    @abstractmethod
    def right(self) -> Bools:
        """Which elements are right, where the form is."""

    @abstractmethod
    def expects(self, index: Index) -> Expected:
        """What is accepted at an index."""

    @cached_property
    def mismatch(self) -> Mismatch | None:
        """The first element that is wrong; None where all are right."""
        if self.form is not None:
            has, needs = self.form
            return Mismatch((), Shown("", has), Expected(Shown("", needs)), 1, 0)
        return self.difference()

    def difference(self) -> Mismatch | None:
        """The mismatch, where the form is right."""
        wrong = ~self.right
        if not wrong.any():
            return None
        index, bad = first(wrong), int(np.count_nonzero(wrong))
        return Mismatch(index, self.shown(index), self.expects(index), bad, wrong.size, self.steps(wrong), wrong)

    @property
    def wrong(self) -> Bools | None:
        """Which elements the mismatch tells of; None where there is none, and where the form is another."""
        return None if self.mismatch is None else self.mismatch.wrong

    @property
    def closeness(self) -> Histograms:
        """How close the elements are to being wrong (conformance.judging.closeness); {} where the form is another."""
        fits = self.mismatch is None or self.mismatch.wrong is not None
        return self.counts(rows_looked_at(self.observed, self.wrong)) if fits else {}

    def counts(self, rows: Rows) -> Histograms:
        """The histograms of the elements of some rows."""
        return {}

    def steps(self, wrong: Bools) -> dict[str, int]:
        """How many of the wrong ones are that many representable values off, where that is a number."""
        return {}

    def shown(self, index: Index) -> Shown:
        """The observed element."""
        return self.show(self.observed[index])

    def show(self, value: np.ndarray) -> Shown:
        """One element, bits and value."""
        return show_code(value) if self.codes else show(value)

    def values(self) -> F64:
        """The observed elements as numbers."""
        return self.numbers(self.observed)

    def numbers(self, elements: np.ndarray) -> F64:
        """Elements as numbers."""
        if self.codes:
            return e4m3_to_float64(elements)
        return elements.astype(np.float64) if elements.dtype.kind in "iub" else to_float64(elements)

    def bounds(self) -> tuple[F64, F64] | None:
        """The least and the largest accepted number of each element, NaN where any or none is right."""
        return None

    def nearness(self) -> str:
        """How near a right answer is to being wrong, in words."""
        return f"{self.observed.size} elements"

    def largest_share(self) -> tuple[float, Index] | None:
        """The largest part of its bound that an element uses, and which does; None where that says nothing."""
        return None

    def explained_by(self, values: np.ndarray) -> bool:
        """Whether ``values``, put where the observed elements are wrong, would have been right."""
        if self.wrong is None or values.shape != self.observed.shape:
            return False
        put = np.where(self.wrong, values, self.observed).astype(self.observed.dtype)
        return replace(self, observed=put).mismatch is None


def form_of(observed: np.ndarray, like: np.ndarray) -> tuple[str, str] | None:
    """Shape and dtype of both, where they differ."""
    if observed.shape == like.shape and observed.dtype == like.dtype:
        return None
    return f"{observed.dtype}{list(observed.shape)}", f"{like.dtype}{list(like.shape)}"


def first(wrong: Bools) -> Index:
    """Where the first one is."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))


def steps_off(observed: np.ndarray, nearest: np.ndarray, key: Key = ordered_key) -> dict[str, int]:
    """How many elements are that many representable values from the nearest accepted one, or NaN against a number."""
    nan = np.isnan(observed).astype(bool) | np.isnan(nearest).astype(bool)
    steps = np.abs(key(observed).astype(np.int64) - key(nearest).astype(np.int64))[~nan]
    labels = [f"<={edge}" for edge in _EDGES] + [f">{_EDGES[-1]}", "NaN"]
    counts = np.bincount(np.searchsorted(_EDGES, steps, side="left"), minlength=len(labels) - 1)
    return {label: int(n) for label, n in zip(labels, [*counts, nan.sum()], strict=True) if n}
