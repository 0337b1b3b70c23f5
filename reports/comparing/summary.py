"""What came out in short, and of which two reports? Counts of what changed and what did not, and facts in pairs."""

from dataclasses import dataclass
from typing import Any

from reports.comparing.comparison import Comparison
from reports.comparing.section import Section
from reports.keeping.same_run import Differing, value
from reports.model import Document
from reports.views.facts import FACTS
from reports.views.kernels import costs, lowered
from reports.views.tables import counted, subjects

# Shown whether they differ or not; other facts where they do.
_ALWAYS = ("backend", "device", "arithmetic", "fp_fusion", "torch", "triton", "commit", "started", "command")


@dataclass(frozen=True)
class Count:
    """How many of something there are. key: of the section that shows them, '' where none does; of: out of how many.

    nouns: what is counted, of many; rest: which of them.
    """

    number: int
    nouns: str
    rest: str
    key: str = ""
    of: int | None = None

    @property
    def words(self) -> str:
        """What is counted, as it stands after the number."""
        one = (self.number if self.of is None else self.of) == 1
        return f"{self.nouns[:-1] if one else self.nouns} {self.rest}"

    def __str__(self) -> str:
        return f"{self.number:,}" if self.of is None else f"{self.number:,} of {self.of:,}"


def overview(found: Comparison) -> list[Count]:
    """What changed, the weightiest first; of what did not, the number."""
    still = [item for item in found.differences if item.bits and not item.verdicts]
    unexplained = sum(bool(item.unexplained) for item in still)
    moved = sum(bool(item.bits and item.verdicts) for item in found.differences)
    otherwise = sum(bool(item.verdicts) and not item.broken and not item.fixed for item in found.differences)
    stages = found.closeness
    old, new = (lowered(document) for document in found.aligned)
    kernels = {key for document in found.aligned for key in costs(document)}
    counts = [
        Count(len(found.broken), "cases", "with a new failure", "failures"),
        Count(sum(item.fixed for item in found.differences), "cases", "with a better verdict", "verdicts"),
        Count(otherwise, "cases", "with another change of verdict", "verdicts"),
        Count(unexplained, "cases", "with other bits, the same verdicts and no changed contract", "bits"),
        Count(len(still) - unexplained, "cases", "with other bits, the same verdicts and a reason", "reasons"),
        Count(moved, "cases", "with other bits and another verdict", "verdicts"),
        Count(len(found.contract), "requirements", "with another contract", "contract"),
        Count(len(stages.changes), "stages", "with other histograms", "closeness", len(stages.changes) + stages.same),
        Count(len(found.variants), "compiled variants", "with other facts", "lowering", len(old.keys() | new.keys())),
        Count(len(found.launches_changed), "kernels", "with other launch counts", "launches", len(kernels)),
        Count(len(found.only_before), "cases", "of the first report only", "alone"),
        Count(len(found.only_after), "cases", "of the second report only", "alone"),
    ]
    shown = [count for count in counts if count.number or count.of]
    return [*shown, Count(found.same, "cases", "without a difference")]


def summary(found: Comparison) -> Section:
    """The same as a table."""
    rows = [[str(count), count.words] for count in overview(found)]
    return Section("summary", "What changed", "", ("number", "of"), rows)


def reports(found: Comparison) -> Section:
    """The two reports side by side: what makes them incomparable, what they rest on, what else differs."""
    known = [
        Differing("subjects", *(", ".join(subjects(document)) or "none" for document in _two(found))),
        Differing("verdicts", *(f"{len(d['cases'])} cases: {counted(d['totals'])}" for d in _two(found))),
        *(_fact(found, name) for name in _ALWAYS),
    ]
    told = {*(item.name for item in found.incomparable), *_ALWAYS}
    facts = [
        *((item, "differs: not comparable") for item in found.incomparable),
        *((item, "") for item in known if item.name not in {i.name for i in found.incomparable}),
        *((item, "") for item in found.beside if item.name not in told),
    ]
    rows = [
        [
            FACTS.get(item.name, item.name),
            item.first,
            item.second,
            note or ("" if item.first == item.second else "differs"),
        ]
        for item, note in facts
        if (item.first, item.second) != ("none", "none")
    ]
    return Section("reports", "The two reports", "", ("fact", "first", "second", "note"), rows)


def remarks(found: Comparison) -> list[str]:
    """What a reader must know of what is not compared."""
    lines = [f"{line}: what it did not judge is not compared" for line in found.unfinished]
    lines += [f"declared, and nothing needed it: {declaration}" for declaration in found.idle]
    if found.both and found.closeness.lacking:
        lines.append(f"closeness is not compared: {found.closeness.lacking}")
    return lines


def _two(found: Comparison) -> tuple[Document, Document]:
    return found.before, found.after


def _fact(found: Comparison, name: str) -> Differing:
    values: list[Any] = [document["environment"].get(name) for document in _two(found)]
    return Differing(name, *map(value, values))
