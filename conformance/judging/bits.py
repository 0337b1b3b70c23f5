"""Is each element the one right bit pattern? +0 and -0 differ, all NaN of a float format are one."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from conformance.judging.accepted import Accepted, Index, Key, form_of, steps_off
from conformance.judging.closeness import Histograms, Rows, binned
from conformance.judging.shown import patterns
from reference.codec import F64, Bools, e4m3_key, ordered_key
from reports.model import Expected


@dataclass(frozen=True, eq=False)
class Bits(Accepted):
    """The bits of ``expected``, where ``care`` (bool, of its shape) says that the answer is determined.

    key: the order in which distances are counted; that of the floats or integers by default.
    """

    expected: np.ndarray
    care: np.ndarray | None = None
    key: Key | None = None

    @property
    def form(self) -> tuple[str, str] | None:
        return form_of(self.observed, self.expected)

    @cached_property
    def right(self) -> Bools:
        right: Bools = patterns(self.observed) == patterns(self.expected)
        if self._floats:
            right |= np.isnan(self.observed).astype(bool) & np.isnan(self.expected).astype(bool)
        return right if self.care is None else right | ~self.care

    def expects(self, index: Index) -> Expected:
        return Expected(self.show(self.expected[index]))

    def steps(self, wrong: Bools) -> dict[str, int]:
        return steps_off(self.observed[wrong], self.expected[wrong], self._order)

    def counts(self, rows: Rows) -> Histograms:
        if self.expected.dtype.itemsize > 4:
            return {}  # a difference of two keys would not fit into 64 bits
        kept = () if self.care is None else self.care[rows]
        observed, expected = self.observed[rows][kept], self.expected[rows][kept]
        distance = np.abs(self._order(observed).astype(np.int64) - self._order(expected).astype(np.int64))
        one, other = self._nan(observed), self._nan(expected)
        # NaN of a float format are alike; of codes they are different bits.
        return {"steps": binned(np.where(one & other & self._floats, 0, distance), one ^ other)}

    def bounds(self) -> tuple[F64, F64]:
        return (self.numbers(self.expected),) * 2

    def nearness(self) -> str:
        return f"{self.observed.size} elements, bit for bit"

    @property
    def codes(self) -> bool:
        return self.key is e4m3_key

    @property
    def _floats(self) -> bool:
        return self.expected.dtype.kind not in "iub"

    def _nan(self, values: np.ndarray) -> Bools:
        return (values & 0x7F) == 0x7F if self.codes else np.isnan(values).astype(bool)

    def _order(self, values: np.ndarray) -> np.ndarray:
        if self.key is None and not self._floats:
            return values.astype(np.int64)
        return (self.key or ordered_key)(values)
