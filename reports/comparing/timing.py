"""Did it become slower? Seconds of the cases that both reports have, and those of which the time changed most."""

from dataclasses import dataclass

from reports.model import Document

MOST_CASES = 20
LEAST_SECONDS, LEAST_RATIO = (0.5, 1.5)  # between two times that are shown as changed: less is noise to a reader
NOISY = (
    "Timings are noisy: they hold compilation, other work on the machine and the order of the cases. "
    "A ratio of one case means something only where other runs give it again."
)


@dataclass(frozen=True)
class Seconds:
    """What something took in each report."""

    first: float
    second: float

    @property
    def ratio(self) -> str:
        """'1.25': the second's time in that of the first."""
        return f"{self.second / self.first:.3g}" if self.first else "-"

    @property
    def moved(self) -> bool:
        """Whether the two are far enough from each other to be named."""
        low, high = sorted((self.first, self.second))
        return high - low >= LEAST_SECONDS and high >= LEAST_RATIO * low

    def __str__(self) -> str:
        return f"{self.first:.1f} s -> {self.second:.1f} s, x {self.ratio}"


@dataclass(frozen=True)
class Timing:
    """runs: from start to end, however many processes there were; cases: those of both, added up; changed: (case,
    subject, seconds) of those that moved, the largest difference first."""

    runs: Seconds
    cases: Seconds
    changed: list[tuple[str, str, Seconds]]


def timing(before: Document, after: Document) -> Timing:
    """The times of two reports that have the same cases in the same order."""
    each = [
        (old["id"], old["subject"], Seconds(old["seconds"], new["seconds"]))
        for old, new in zip(before["cases"], after["cases"], strict=True)
    ]
    cases = Seconds(sum(item.first for *_, item in each), sum(item.second for *_, item in each))
    moved = [item for item in each if item[2].moved]
    moved.sort(key=lambda item: -abs(item[2].second - item[2].first))
    runs = Seconds(before["seconds"], after["seconds"])
    return Timing(runs, cases, moved[:MOST_CASES])
