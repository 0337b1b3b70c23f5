"""Which observed values are right? Closed sets of floats, and outward-rounded sets of reals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from reference.codec import F64, AnyArray, Bools, ordered_key, round_float64, to_float64


def _same_shapes(owner: str, **arrays: AnyArray) -> None:
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"{owner}: has shapes {shapes}, needs equal ones")


@dataclass(frozen=True)
class Interval:
    """Per element the closed set [lo, hi] in the total order where -0 < +0; lo and hi carry the output's dtype.

    nan: the element must be NaN (any NaN). free: anything is right. Where either holds, lo and hi mean nothing.
    """

    lo: AnyArray
    hi: AnyArray
    nan: Bools
    free: Bools

    def __post_init__(self) -> None:
        _same_shapes("Interval", lo=self.lo, hi=self.hi, nan=self.nan, free=self.free)
        if self.lo.dtype != self.hi.dtype:
            raise TypeError(f"hi: has {self.hi.dtype}, needs lo's dtype {self.lo.dtype}")

    @classmethod
    def exact(cls, values: AnyArray) -> Interval:
        """Exactly these bits (a NaN: any NaN)."""
        nan = np.isnan(values).astype(bool)
        return cls(values, values, nan, np.zeros_like(nan))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.lo.shape

    @property
    def dtype(self) -> np.dtype:
        return self.lo.dtype

    def contains(self, observed: AnyArray) -> Bools:
        """Per element, whether it is right. ValueError or TypeError when shape or dtype differ."""
        if observed.shape != self.shape:
            raise ValueError(f"observed: has shape {observed.shape}, needs {self.shape}")
        if observed.dtype != self.dtype:
            raise TypeError(f"observed: has {observed.dtype}, needs {self.dtype}")
        nan = np.isnan(observed).astype(bool)
        key = ordered_key(observed)
        inside = (ordered_key(self.lo) <= key) & (key <= ordered_key(self.hi)) & ~nan
        return self.free & ~self.nan | np.where(self.nan, nan, inside)

    def is_point(self) -> Bools:
        """One bit pattern only (NaN as a class counts as one)."""
        return ~self.free & (self.nan | (ordered_key(self.lo) == ordered_key(self.hi)))

    def is_value(self) -> Bools:
        """One value only: a point, or the two zeros."""
        return ~self.free & (self.nan | (self.lo == self.hi))

    def rounded_to(self, dtype: DTypeLike) -> Interval:
        """The set after RNE to a narrower dtype, which is monotone and keeps the sign of zero."""
        return Interval(
            round_float64(to_float64(self.lo), dtype), round_float64(to_float64(self.hi), dtype), self.nan, self.free
        )

    def real(self) -> RealInterval:
        """The same bounds as float64."""
        return RealInterval(to_float64(self.lo), to_float64(self.hi), self.nan, self.free)

    def at(self, index: Any) -> Interval:
        """The elements at a NumPy index."""
        return Interval(self.lo[index], self.hi[index], self.nan[index], self.free[index])


@dataclass(frozen=True)
class RealInterval:
    """Per element an interval of reals that holds every right real value; bounds are float64, already outward.

    A bound that is exactly zero stands for both zeros, since a sum or product that is zero may have either sign.
    """

    lo: F64
    hi: F64
    nan: Bools
    free: Bools

    def __post_init__(self) -> None:
        _same_shapes("RealInterval", lo=self.lo, hi=self.hi, nan=self.nan, free=self.free)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.lo.shape

    def rounded_to(self, dtype: DTypeLike) -> Interval:
        """What RNE to ``dtype`` (float32, bfloat16) can give (ACT-10); RNE is monotone, so bounds stay bounds."""
        lo = np.where(self.lo == 0.0, -0.0, self.lo)
        hi = np.where(self.hi == 0.0, 0.0, self.hi)
        return Interval(round_float64(lo, dtype), round_float64(hi, dtype), self.nan, self.free)

    def is_point(self) -> Bools:
        """One real value only."""
        return ~self.free & (self.nan | (self.lo == self.hi))

    def at(self, index: Any) -> RealInterval:
        """The elements at a NumPy index."""
        return RealInterval(self.lo[index], self.hi[index], self.nan[index], self.free[index])


def outward(lo: F64, hi: F64) -> tuple[F64, F64]:
    """Bounds one float64 further out: covers one RNE in each."""
    return np.nextafter(lo, -np.inf), np.nextafter(hi, np.inf)


def hold(template: Bools) -> Bools:
    """A False mask of the same shape."""
    return np.zeros(template.shape, bool)
