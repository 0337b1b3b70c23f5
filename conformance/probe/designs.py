"""Which few inputs tell every two models of the family apart, once it is known what is added together?

Most have at most four terms, at places in the first three groups or in C: a large one, one or two that are n bits
below it, and often the large one's negative, so that what was kept of the others is what remains. Patterns, and what
they tell:

kept       large + small (- large): how many bits below the largest exponent a term keeps, and where the rest goes
tie        large + half a unit of FP32 + a small one: how the sum is rounded, and from how many bits
two        large + small + small (- large), both of one group: whether products are added before C is aligned
unit       a large product whose own exponent is above its factors', or a subnormal factor: what counts as exponent
carry      in the last group, many large ones and a small one: whether the sum keeps what its terms kept
long       a product with all its bits: how many are kept of the largest itself
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from conformance.probe.operands import FORMATS, FactorFormat, Kind, SumOperands, operands_of

TOP = {"e4m3": 16, "bf16": 40, "fp16": 28}  # exponent of the large product
BITS = range(8, 37)


@dataclass(frozen=True)
class Term:
    """sign * a * b * 2^exponent: a product of two factors, whose exponents are about equal unless ``skew``."""

    exponent: int
    sign: int = 1
    a: float = 1.0
    b: float = 1.0
    skew: int = 0

    @property
    def value(self) -> float:
        return float(self.sign * self.a * self.b * 2.0**self.exponent)

    def factors(self, form: FactorFormat) -> tuple[float, float] | None:
        """None where the format has no such factors."""
        low = min((self.exponent - self.skew) // 2, form.most)
        high = self.exponent - low
        pair = float(self.sign * self.a * np.exp2(high)), float(self.b * np.exp2(low))
        return pair if all(float(form.dtype(x)) == x for x in pair) else None


Row = dict[str, Term]


def designed(kind: Kind, groups: tuple[tuple[int, ...], ...]) -> tuple[list[str], SumOperands]:
    """Labels and sums. Places are called C, and 1a, 1b, 1c, 2a, 2b, 3a: group and member; z: the last group."""
    places = {f"{g + 1}{'abc'[m]}": k for g, group in enumerate(groups[:3]) for m, k in enumerate(group[: 3 - g])}
    places |= {f"{g}[{m}]": k for g, group in (("1", groups[0]), ("z", groups[-1])) for m, k in enumerate(group)}
    rows = [row for row in _rows(kind.format) if row[1].keys() <= places.keys()]
    a, b = np.zeros((2, len(rows), kind.depth))
    for at, (_, factors, _) in enumerate(rows):
        for place, (left, right) in factors.items():
            a[at, places[place]], b[at, places[place]] = left, right
    return [label for label, _, _ in rows], operands_of(kind, a, b, np.array([c for _, _, c in rows]))


@functools.cache
def _rows(format_name: str) -> tuple[tuple[str, dict[str, tuple[float, float]], float], ...]:
    """(label, factors by place, C), of all designs that the format's factors can make."""
    form, top = FORMATS[format_name], TOP[format_name]
    made = []
    for label, row in _patterns(top, form):
        factors = {place: term.factors(form) for place, term in row.items() if place != "C"}
        if all(factors.values()):
            there = {place: pair for place, pair in factors.items() if pair}
            made.append((label, there, row["C"].value if "C" in row else 0.0))
    return tuple(made)


def _patterns(top: int, form: FactorFormat) -> Iterator[tuple[str, Row]]:
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        yield from _kept(top, *signs)
        yield from _tie(top, *signs)
        yield from _two(top, *signs)
        yield from _carry(top, *signs)
    yield from _unit(top, form)
    yield from _long(top, form)


def _label(pattern: str, n: int, row: Row) -> str:
    return f"{pattern} n={n}: " + ", ".join(f"{place} {term.value:g}" for place, term in row.items())


def _negative(term: Term) -> Term:
    return Term(term.exponent, -term.sign, term.a, term.b, term.skew)


# Places of the large term, of the small one, and of the large one's negative, '' for none.
_KEPT = (
    "1a 1b 1c", "1a 1b 2a", "C 1a 1b", "C 1a 2a", "1a C 1b", "1a C 2a", "1a 2a 2b", "1a 2a 3a", "1a 1b", "C 1a",
    "1a C", "1a 2a",
)  # fmt: skip


def _kept(top: int, sign: int, small: int) -> Iterator[tuple[str, Row]]:
    for n in BITS:
        for places in _KEPT:
            large, little, *cancel = places.split()
            row = {large: (term := Term(top, sign)), little: Term(top - n, small, 1.5)}
            row |= {place: _negative(term) for place in cancel}
            yield _label("kept", n, row), row


def _tie(top: int, sign: int, small: int) -> Iterator[tuple[str, Row]]:
    for n in BITS:
        if n < 26:
            continue
        half, sticky = Term(top - 24, sign), Term(top - n, small)
        for places in ("1a 1b 1c", "C 1a 1b", "1a 1b C", "1a 2a 2b", "1a 1b 2a", "C 1a 2a"):
            large, middle, last = places.split()
            row = {large: Term(top, sign), middle: half, last: sticky}
            yield _label("tie", n, row), row
        both = Term(top - 24, sign, 1 + small * 2.0 ** (24 - n))  # in one number, which FP32 holds up to n = 47
        yield _label("tie", n, row := {"1a": Term(top, sign), "C": both}), row
        odd = Term(top, sign, 1 + 2.0**-23)  # beside the other even neighbour
        yield _label("tie", n, row := {"C": odd, "1a": half, "1b": sticky}), row


def _two(top: int, sign: int, small: int) -> Iterator[tuple[str, Row]]:
    for n in BITS:
        pair = {place: Term(top - n, small) for place in ("1a", "1b")}
        for cancel in ({}, {"2a": Term(top, -sign)}, {"1c": Term(top, -sign)}):
            yield _label("two", n, row := {"C": Term(top, sign), **pair, **cancel}), row
        yield _label("two", n, row := {"C": Term(top - n, small), "1a": Term(top, sign), "1b": Term(top, -sign)}), row
        large, half = Term(top, sign), Term(top - n - 1, small)
        row = {"C": large, "1[0]": Term(top - 24, sign), "1[1]": half, "1[2]": half}
        yield _label("two", n, row), row
        row = {"C": large, "1[0]": Term(top - 23, small), "1[1]": Term(top - n, -small), "1[2]": half, "1[3]": half}
        yield _label("two", n, row), row


def _carry(top: int, sign: int, small: int) -> Iterator[tuple[str, Row]]:
    for count in (2, 3, 5, 9, 17, 33, 63, 127):
        large = {f"z[{m}]": Term(top - 1, sign, 1.5) for m in range(count)}
        for n in BITS:
            row = {**large, f"z[{count}]": (little := Term(top - 1 - n, small, 1.5))}
            yield f"carry n={n}: {count} times {large['z[0]'].value:g}, {little.value:g}", row


def _unit(top: int, form: FactorFormat) -> Iterator[tuple[str, Row]]:
    skew = min(form.most - form.least, 24)
    large = {"both 1.5": Term(top - 1, a=1.5, b=1.5), "one": Term(top - 1)}
    if form.least < form.lowest and form.least > -100:
        large["subnormal"] = Term(form.least + form.most, skew=skew)
    for name, term in large.items():
        for n in BITS:
            little = Term(term.exponent - n)
            for row in (
                {"1a": term, "1b": little, "1c": _negative(term)},
                {"1a": term, "1b": little, "2a": _negative(term)},
                {"1a": term, "C": little, "1b": _negative(term)},
                {"1a": term, "C": little, "2a": _negative(term)},
                {"1a": term, "C": little},
                {"1a": term, "1b": little},
            ):
                yield _label(f"unit {name}", n, row), row


def _long(top: int, form: FactorFormat) -> Iterator[tuple[str, Row]]:
    most = 2 - 2.0 ** (1 - form.significand)
    for a, b in ((most, most), (most, 2 - 2.0 ** (2 - form.significand)), (1.5, most), (1.25, 1.25), (1.0, most)):
        for sign in (1, -1):
            term = Term(top - 2, sign, a, b)
            yield _label("long", 0, row := {"1a": term}), row
            for n in (*range(1, 8), *range(14, 30, 2)):
                other = Term(top - 2 - n, sign, a, b)
                yield _label("long", n, row := {"1a": term, "1b": other}), row
                yield _label("long", n, row := {"1a": term, "2a": other}), row
                yield _label("long", n, row := {"1a": term, "C": other}), row
                yield _label("long", n, row := {"C": Term(top - 2, -sign), "1a": other}), row
