"""How close are right answers to being wrong? Distances and used shares of what is accepted, summed by stage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate

from reports.model import Document

# The bins of a row's histograms, by name; a row leaves out zeros at the end.
BINS = {
    "steps": ("0", "1", "2", "3-4", "5-16", "17-256", "257-65536", "more", "NaN"),
    "used": ("one", *(f"{ten}-{ten + 10} %" for ten in range(0, 100, 10)), "outside"),
}
TITLES = {
    "steps": "representable values away from the expected value, or from the middle of the accepted ones",
    "used": "share of the accepted range that is used: 0 % its middle, 100 % its edge",
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
    def bars(self) -> list[Bar]:
        most = math.log1p(max(self.counts))
        heights = [HEIGHT * math.log1p(count) / most for count in self.counts]
        return [
            Bar(place * (BAR + GAP), 12 + HEIGHT - height, height, label, count)
            for place, (label, count, height) in enumerate(
                zip(BINS[self.kind], self.counts, heights, strict=True)
            )
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
        found = (
            f"{label}: {count:,}" for label, count in zip(BINS[self.kind], self.counts, strict=True) if count
        )
        return f"{TITLES[self.kind]}; {', '.join(found)}"

    @property
    def farthest(self) -> str:
        """The last bin that holds an element."""
        return next((b for b, n in zip(BINS[self.kind][::-1], self.counts[::-1], strict=True) if n), "none")

    @property
    def median(self) -> str:
        """The bin of the middle element of those that have a range to use."""
        counts = self.counts[1:] if self.kind == "used" else self.counts
        labels = BINS[self.kind][1:] if self.kind == "used" else BINS[self.kind]
        sums = list(accumulate(counts))
        return next((b for b, n in zip(labels, sums, strict=True) if 2 * n >= sums[-1] > 0), "none")


@dataclass(frozen=True)
class Stage:
    """What one observable of a family came to, for one subject, over all its rows."""

    family: str
    observable: str
    subject: str
    elements: int
    steps: Histogram | None
    used: Histogram | None


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
    return [
        Stage(*key, sum(sums["steps"]), _drawn("steps", sums), _drawn("used", sums))
        for key, sums in sorted(found.items())
    ]


def _drawn(kind: str, sums: dict[str, list[int]]) -> Histogram | None:
    return Histogram(kind, tuple(sums[kind])) if any(sums[kind]) else None


def short(count: int) -> str:
    """'1.2k': a number that fits over a bar."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return str(count)
