"""How do two histograms look over each other? Bars of the first filled, those of the second drawn as outlines."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reports.closeness_diff import SLOTS, StageChange
from reports.html.histograms import TITLES

HEIGHT, BAR, GAP = 64, 30, 7
LEFT, TOP, FOOT = 60, 4, 60  # room for names of rows; over the bars; for labels and the two rows of numbers

NAMES = {
    "steps": "Representable values (ULP) away",
    "used": "Share of the accepted range",
    "byte": "Which accepted scale byte",
    "code": "Which accepted code under the byte",
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
    """counts: label and number in each report, by bin. Bars are as high as the logarithm of their number."""

    kind: str
    counts: list[tuple[str, int, int]]

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
        most = math.log1p(max(number for _, *both in self.counts for number in both))
        return [
            Bin(
                LEFT + place * (BAR + GAP),
                label,
                first,
                second,
                (HEIGHT * math.log1p(first) / most, HEIGHT * math.log1p(second) / most),
            )
            for place, (label, first, second) in enumerate(self.counts)
        ]

    @property
    def width(self) -> int:
        return LEFT + len(self.counts) * (BAR + GAP) + 8

    @property
    def height(self) -> int:
        return TOP + HEIGHT + FOOT

    @property
    def words(self) -> str:
        """What the drawing shows."""
        found = (f"{label}: {old:,} and {new:,}" for label, old, new in self.counts if old or new)
        return f"First and second report, {TITLES[self.kind]}; {', '.join(found)}"


def overlays(change: StageChange) -> list[Overlay]:
    """The drawings of a stage: of each of its histograms that differs."""
    found = (Overlay(change.kind(slot), change.bins(slot)) for slot in SLOTS)
    return [one for one in found if any(old != new for _, old, new in one.counts)]
