"""How does a matrix core add that aligns its terms? A family of models, of which a few numbers tell each one.

Products are taken in groups, in the order of k. In a group all terms are aligned to the largest exponent among them,
each is cut ``width`` bits below it, and their sum is rounded to FP32; that is the next group's C. Cores that were
measured add in this way, with other numbers (Xie et al., "MMA-Sim", arXiv:2511.10909). Common to all: the sum of what
was cut is exact, a zero is +0 and has no exponent, Inf and NaN follow IEEE 754, results that are subnormal are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.gfx950.instructions.sums import (
    ABSENT,
    Array,
    Factor,
    canonical,
    exponents_of,
    model_exponents,
    nearest_of,
    powers,
)

TOWARDS = {"zero": np.trunc, "down": np.floor, "nearest": np.rint}
STARTS = {
    "first": "C is a term of the first group",
    "after": "a group's products are added first, then aligned with C or the sum so far and cut once more",
    "last": "the products are added from 0, then C by an FP32 addition",
}
EXPONENTS = {
    "format": "those of both factors, a subnormal having its format's lowest",
    "factors": "those of both factors, a subnormal having its own",
    "value": "the product's own",
}
_FRACTION, _LOWEST = 23, -126  # of FP32


@dataclass(frozen=True)
class SumModel:
    """One of the family.

    group: how many products are added at once; the last group may have fewer. width: how many bits below the largest
    exponent are kept of a term; None: all of them. cut: where the others go, rounding: where the sum goes, one of
    TOWARDS each. start: when C enters, one of STARTS. exponents: which exponent a product has, one of EXPONENTS.
    short: whether the sum has no more fractional bits than ``width``. Raises ValueError for anything else.
    """

    group: int
    width: int | None
    cut: str = "zero"
    rounding: str = "nearest"
    start: str = "first"
    exponents: str = "format"
    short: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.group <= 256:
            raise ValueError(f"group: has {self.group!r}, needs 1 to 256")
        if self.width is not None and not 8 <= self.width <= 40:
            raise ValueError(f"width: has {self.width!r}, needs 8 to 40, or nothing for all bits")
        for name, known in (("cut", TOWARDS), ("rounding", TOWARDS), ("start", STARTS), ("exponents", EXPONENTS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: has {getattr(self, name)!r}, needs one of {', '.join(known)}")
        if self.width is None and (self.rounding != "nearest" or self.short):
            raise ValueError(f"rounding: has {self.rounding!r}, needs nearest where all bits are kept")

    def add(self, groups: Iterable[Sequence[tuple[Array, Array]]], c: Array) -> Array:
        """float32 like c: groups of products (float64) with their exponents (int64, ABSENT for zero), all like c."""
        return added(groups, c, self, self.width, self.short)

    def matrices(self, a: Factor, b: Factor, c: Array) -> Array:
        """float32 [W, M, N]: c (likewise) plus all products, as sums.SUMS has it."""
        rows, columns = a.rows(), b.rows()
        of_rows, of_columns = (model_exponents(side, self.exponents == "format") for side in (a, b))

        def term(k: int) -> tuple[Array, Array]:
            product = rows[:, :, k, None] * columns[:, None, :, k]
            if self.exponents == "value":
                return product, exponents_of(product)
            return product, np.maximum(of_rows[:, :, k, None] + of_columns[:, None, :, k], ABSENT)

        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            starts = range(0, a.depth, self.group)
            return self.add(([term(k) for k in range(i, min(i + self.group, a.depth))] for i in starts), c)


def added(groups: Iterable[Sequence[tuple[Array, Array]]], c: Array, model: SumModel, width: Any, short: Any) -> Array:
    """As SumModel.add, with this width and shortness: also many at once, as arrays that are broadcast against c."""
    total = np.zeros(c.shape) if model.start == "last" else c.astype(np.float64)
    for terms in groups:
        total = _exactly(terms, total) if width is None else _group(terms, total, model, width, short)
    if model.start == "last":
        total = _nearest([total, np.broadcast_to(c.astype(np.float64), total.shape)])
    return canonical(total.astype(np.float32) + np.float32(0))


def _exactly(terms: Sequence[tuple[Array, Array]], total: Array) -> Array:
    return _nearest([*(product for product, _ in terms), total])


def _nearest(terms: Sequence[Array]) -> Array:
    """float64 that holds FP32: their exact sum, rounded once."""
    rows = np.stack(terms, axis=-1).reshape(-1, len(terms))
    plain = rows.sum(axis=1)
    rows[~np.isfinite(plain)] = 0
    return np.where(np.isfinite(plain), nearest_of(rows), plain).reshape(terms[0].shape)


def _group(terms: Sequence[tuple[Array, Array]], total: Array, model: SumModel, width: Any, short: Any) -> Array:
    """float64 that holds FP32."""
    cut = TOWARDS[model.cut]
    exponent = of_products = np.max([exponent for _, exponent in terms], axis=0)
    exponent = np.maximum(exponent, np.maximum(exponents_of(total), _LOWEST) * (total != 0) + ABSENT * (total == 0))
    aligned = of_products if model.start == "after" else exponent
    scale = powers(width - aligned)
    units = sum(cut(product * scale) for product, _ in terms)
    scale = powers(width - exponent)
    if model.start == "after":
        units = cut(units * powers(aligned - width) * scale)
    return _rounded(
        (units + cut(total * scale)) * powers(exponent - width),
        model.rounding,
        np.where(short, np.minimum(width, _FRACTION), _FRACTION),
    )


def _rounded(total: Array, rounding: str, fraction: Array) -> Array:
    last = np.maximum(exponents_of(total), _LOWEST) - fraction
    return TOWARDS[rounding](total * powers(-last)) * powers(last)
