"""How do two histograms look over each other? Bars of the first filled, those of the second drawn as outlines."""

import math
from dataclasses import dataclass

from reports.comparing.closeness import StageChange
from reports.views.histograms import BINS, TITLES, drawn_order

HEIGHT, BAR, GAP = 64, 30, 7
LEFT, TOP, FOOT = 60, 4, 60  # room for names of rows; over the bars; for labels and the two rows of numbers

NAMES = {
    "steps": "Representable values away",
    "used": "Share of the accepted range",
    "byte": "Which accepted scale byte",
    "code": "Which accepted code",
}


@dataclass(frozen=True)
class Bin:
    """One bin as drawn, in units of the drawing. first, second: its numbers; heights: of their bars."""

    x: int
    label: str
    first: int
    second: int
    heights: tuple[float, float]


@dataclass(frozen=True)
class Overlay:
    """first, second: numbers by bin of ``BINS``. Bars are as high as the logarithm of their number, on one scale."""

    kind: str
    first: tuple[int, ...]
    second: tuple[int, ...]

    @property
    def title(self) -> str:
        return NAMES[self.kind]

    @property
    def bar(self) -> int:
        """Width of one bar."""
        return BAR

    @property
    def ground(self) -> int:
        """Where the bars stand."""
        return TOP + HEIGHT

    @property
    def bins(self) -> list[Bin]:
        most = math.log1p(max(*self.first, *self.second))
        heights = [[HEIGHT * math.log1p(number) / most for number in side] for side in (self.first, self.second)]
        numbers = list(zip(BINS[self.kind], self.first, self.second, *heights, strict=True))
        return [
            Bin(LEFT + column * (BAR + GAP), label, first, second, (low, high))
            for column, place in enumerate(drawn_order(self.kind))
            for label, first, second, low, high in [numbers[place]]
        ]

    @property
    def width(self) -> int:
        return LEFT + len(BINS[self.kind]) * (BAR + GAP) + 8

    @property
    def height(self) -> int:
        return TOP + HEIGHT + FOOT

    @property
    def words(self) -> str:
        """What the drawing shows."""
        numbers = zip(BINS[self.kind], self.first, self.second, strict=True)
        found = (f"{label}: {old:,} and {new:,}" for label, old, new in numbers if old or new)
        return f"First and second report, {TITLES[self.kind]}; {', '.join(found)}"


def overlays(change: StageChange) -> list[Overlay]:
    """The drawings of a stage: of each kind of histogram that one of the reports has and that differs."""
    pairs = ((kind, change.counts(kind)) for kind in BINS)
    return [Overlay(kind, *counts) for kind, counts in pairs if counts[0] != counts[1]]
