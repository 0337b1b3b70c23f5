"""Does each element lie in its closed set of values of the output's format: a bound or an enclosure, rounded?"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ml_dtypes
import numpy as np

from conformance.judging.accepted import Accepted, Index, first, form_of, steps_off
from conformance.judging.closeness import Histograms, Rows, binned, trimmed
from conformance.judging.shown import show
from reference.codec import F64, AnyArray, Bools, ordered_key, to_float64
from reference.interval import Interval
from reports.model import Expected, Shown

_FEW = 16  # answers below which an element's place in its bound says little
_ONE, _OUTSIDE, _TWO = 0, 11, 12  # bins of ``used``; between the first two the shares, ten percent each


@dataclass(frozen=True, eq=False)
class Within(Accepted):
    """The members of ``interval``, in the total order with -0 below +0."""

    interval: Interval

    @property
    def form(self) -> tuple[str, str] | None:
        return form_of(self.observed, self.interval.lo)

    @cached_property
    def right(self) -> Bools:
        return self.interval.contains(self.observed)

    def expects(self, index: Index) -> Expected:
        if self.interval.nan[index]:
            return Expected(Shown("", "NaN"))
        low, high = show(self.interval.lo[index]), show(self.interval.hi[index])
        return Expected(low, None if low == high else high)

    def steps(self, wrong: Bools) -> dict[str, int]:
        observed, accepted = self.observed[wrong], self.interval.at(wrong)
        below = ordered_key(observed) < ordered_key(accepted.lo)
        return steps_off(observed, np.where(below, accepted.lo, accepted.hi))

    def counts(self, rows: Rows) -> Histograms:
        if self.observed.dtype.itemsize > 4:
            return {}
        judged = ~self.interval.free[rows]
        ends = (self.interval.lo, self.interval.hi)
        observed, lo, hi, nan, right = (a[rows][judged] for a in (self.observed, *ends, self.interval.nan, self.right))
        least, most, value = (_finite(a) for a in (lo, hi, observed))
        single = nan | (least == most)  # both zeros are one value
        # The sum of the distances to both ends is the width, and their difference twice the distance from the middle.
        off = np.abs((value - least) - (most - value))
        share = np.clip(np.ceil(10 * off / np.where(single, 1.0, most - least)), 1, 10).astype(np.int64)
        low, high, place = (ordered_key(a) for a in (lo, hi, observed))
        pair = high - low - ((low < 0) & (high >= 0)) == 1
        used = np.select([~right, single, pair], [_OUTSIDE, _ONE, _TWO], share)
        beyond = np.maximum(0, np.maximum(low - place, place - high))
        units = np.minimum(np.floor(off / 2 / _unit(least, most, observed.dtype)), 2.0**62).astype(np.int64)
        steps = np.where(single, beyond, units)
        is_nan = np.isnan(observed).astype(bool)
        return {
            "steps": binned(np.where(nan & is_nan, 0, steps), nan ^ is_nan),
            "used": trimmed(np.bincount(used, minlength=_TWO + 1)),
        }

    def bounds(self) -> tuple[F64, F64]:
        skip = self.interval.nan | self.interval.free
        lo, hi = (np.where(skip, np.nan, to_float64(end)) for end in (self.interval.lo, self.interval.hi))
        return lo, hi

    def nearness(self) -> str:
        points = int(self.interval.is_point().sum())
        words = f"{self.observed.size} elements, {points} of them with one right answer"
        found = self.largest_share()
        if found is None:
            return words
        return f"{words}; none uses more than {found[0]:.1%} of its bound ([{', '.join(map(str, found[1]))}])"

    def largest_share(self) -> tuple[float, Index] | None:
        """Sets of fewer than 16 answers do not count: there the next answer is a large part."""
        lo, hi = self.bounds()
        answers = ordered_key(self.interval.hi).astype(np.int64) - ordered_key(self.interval.lo)
        with np.errstate(all="ignore"):
            half = (hi - lo) / 2
            share = np.abs(self.values() - (lo + half)) / half
        share = np.where(np.isfinite(share) & (answers >= _FEW), share, -1.0)  # of no bounds it is NaN
        if not share.size or share.max() < 0:
            return None
        return float(share.max()), first(share == share.max())


def _finite(values: AnyArray) -> F64:
    """Real values; infinities as the powers of two behind the largest finite ones, NaN as 0."""
    behind = 2.0 ** int(_format(values.dtype).maxexp)
    return np.nan_to_num(to_float64(values), nan=0.0, posinf=behind, neginf=-behind)


def _unit(lo: F64, hi: F64, dtype: np.dtype) -> F64:
    """The unit in the last place of the outermost value of a range."""
    form = _format(dtype)
    exponent = np.frexp(np.maximum(np.abs(lo), np.abs(hi)))[1] - 1
    return np.ldexp(1.0, np.clip(exponent, int(form.minexp), int(form.maxexp) - 1) - int(form.nmant))


def _format(dtype: np.dtype) -> Any:
    """As NumPy describes a format; it does not know BF16 by itself."""
    return ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
