"""Did answers move closer to being wrong? The histograms of both reports, by stage, over the cases that both have."""

from dataclasses import dataclass

from reports.model import Document
from reports.views.histograms import BINS, Histogram, Stage, histograms


@dataclass(frozen=True)
class StageChange:
    """A stage whose histograms differ. first, second: of each report, None where it has none of this stage."""

    family: str
    observable: str
    subject: str
    first: Stage | None
    second: Stage | None

    def pair(self, kind: str) -> tuple[Histogram | None, Histogram | None]:
        """The histograms of one kind of ``BINS``."""
        first, second = (stage.found.get(kind) if stage else None for stage in (self.first, self.second))
        return first, second

    def counts(self, kind: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The counts of one kind by bin, zeros where there is no histogram."""
        none = (0,) * len(BINS[kind])
        first, second = (found.counts if found else none for found in self.pair(kind))
        return first, second


@dataclass(frozen=True)
class Closeness:
    """same: stages whose histograms are equal. lacking: why nothing was compared, '' where something was."""

    changes: list[StageChange]
    same: int
    lacking: str


def closeness(before: Document, after: Document) -> Closeness:
    """Every stage of the two reports, of which the rows are the same cases."""
    first, second = ({_key(stage): stage for stage in histograms(d)} for d in (before, after))
    if not (first and second):
        named = [name for name, found in (("first", first), ("second", second)) if not found]
        who = f"the {named[0]} report" if len(named) == 1 else "neither report"
        verb = "has no" if len(named) == 1 else "has"
        return Closeness([], 0, f"{who} {verb} histograms of the cases that both have")
    changes = [StageChange(*key, first.get(key), second.get(key)) for key in sorted(first.keys() | second.keys())]
    moved = [change for change in changes if change.first != change.second]
    return Closeness(moved, len(changes) - len(moved), "")


def _key(stage: Stage) -> tuple[str, str, str]:
    return stage.family, stage.observable, stage.subject
