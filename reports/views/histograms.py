"""How close are right answers to being wrong? Distances and used shares of what is accepted, summed by stage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from reports.model import Document

# The bins of a row's histograms, by name; a row leaves out zeros at the end.
BINS = {
    "steps": ("0", "1", "2", "3-4", "5-16", "17-256", "257-65536", "more", "NaN"),
    "used": ("one", *(f"{ten}-{ten + 10} %" for ten in range(0, 100, 10)), "outside", "of two"),
    "byte": ("one", "least", "between", "largest", "outside", "any"),
    "code": ("one", "least", "between", "largest", "outside", "any"),
}
DRAWN = {"used": (0, 12, *range(1, 12))}  # in another order than their own
UNSHARED = ("one", "of two", "any")  # what is no choice, and has no share to use
TITLES = {
    "steps": "representable values (ULP) away from the expected value, or from the middle of the accepted ones",
    "used": "share of the accepted range that is used: 0 % its middle, 100 % its edge",
    "byte": "which of the accepted scale bytes is given",
    "code": "which of the codes that are accepted under the given byte is given, by magnitude",
}
HEIGHT, BAR, GAP, FOOT = 48, 24, 3, 26


@dataclass(frozen=True)
class Bar:
    """One bin as drawn, in units of the drawing."""

    x: float
    y: float
    height: float
    label: str
    count: int


@dataclass(frozen=True)
class Histogram:
    """counts: by bin of ``BINS``. Bars are as high as the logarithm of their count."""

    kind: str
    counts: tuple[int, ...]

    @property
    def bins(self) -> list[tuple[str, int]]:
        """Label and count, in the order in which they are drawn."""
        return [(BINS[self.kind][place], self.counts[place]) for place in drawn_order(self.kind)]

    @property
    def bars(self) -> list[Bar]:
        most = math.log1p(max(self.counts))
        heights = [HEIGHT * math.log1p(count) / most for _, count in self.bins]
        return [
            Bar(place * (BAR + GAP), 12 + HEIGHT - height, height, label, count)
            for place, ((label, count), height) in enumerate(zip(self.bins, heights, strict=True))
        ]

    @property
    def width(self) -> int:
        return len(BINS[self.kind]) * (BAR + GAP) + 8  # the last label is wider than its bar

    @property
    def height(self) -> int:
        return 12 + HEIGHT + FOOT

    @property
    def words(self) -> str:
        """What the drawing shows."""
        found = (f"{label}: {count:,}" for label, count in self.bins if count)
        return f"{TITLES[self.kind]}; {', '.join(found)}"

    @property
    def shares(self) -> list[tuple[str, int]]:
        """The bins of elements that have a choice."""
        return [(label, count) for label, count in self.bins if label not in UNSHARED]

    @property
    def farthest(self) -> str:
        """The last bin that holds an element with a choice."""
        return next((label for label, count in reversed(self.shares) if count), "none")

    @property
    def median(self) -> str:
        """The bin of the middle element of those that have a choice."""
        sums = accumulate(count for _, count in self.shares)
        half = sum(count for _, count in self.shares) / 2
        return next((label for (label, _), so_far in zip(self.shares, sums, strict=True) if so_far >= half > 0), "none")


@dataclass(frozen=True)
class Stage:
    """What one observable of a family came to, for one subject, over all its rows. found: by kind, none is empty."""

    family: str
    observable: str
    subject: str
    found: dict[str, Histogram]

    @property
    def elements(self) -> int:
        return max(sum(self.found[kind].counts) if kind in self.found else 0 for kind in ("steps", "code"))

    @property
    def far(self) -> Histogram | None:
        """How far it is off; of blocks, which bytes it has."""
        return self.found.get("steps") or self.found.get("byte")

    @property
    def used(self) -> Histogram | None:
        """What it uses of the accepted ranges; of blocks, which codes it has."""
        return self.found.get("used") or self.found.get("code")


def histograms(document: Document) -> list[Stage]:
    """Every stage of which rows have histograms."""
    found: dict[tuple[str, str, str], dict[str, list[int]]] = {}
    for row in document["cases"]:
        for observable, kinds in row.get("histograms", {}).items():
            key = (row["id"].partition("/")[0], observable, row["subject"])
            sums = found.setdefault(key, {kind: [0] * len(bins) for kind, bins in BINS.items()})
            for kind, counts in kinds.items():
                for place, count in enumerate(counts):
                    sums[kind][place] += count
    return [_stage(key, sums) for key, sums in sorted(found.items())]


def _stage(key: tuple[str, str, str], sums: dict[str, list[int]]) -> Stage:
    return Stage(*key, {kind: Histogram(kind, tuple(counts)) for kind, counts in sums.items() if any(counts)})


def drawn_order(kind: str) -> Sequence[int]:
    """The places of a kind's bins, from the left."""
    return DRAWN.get(kind, range(len(BINS[kind])))


def short(count: int) -> str:
    """'1.2k': a number that fits over a bar."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return str(count)
