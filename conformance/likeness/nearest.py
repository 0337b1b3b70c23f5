"""Which known defects is a failing run nearest to, and what have they in common?

What a run and a known defect show is compared over the cases that were asked of both, as sets of features: that a case
fails; with that, in which observable and way; with that, how far off; or how much and where; and, of all cases of a
family, in which way and how far off. A feature weighs what it says: -log2 of the part of the known defects that have
it. Likeness is the weight in common over the weight of all: 1 where both show the same, 0 where they share nothing.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from conformance.likeness.record import Known
from conformance.likeness.symptoms import Fails, Feature, features

NEAR = 0.2  # the least likeness that is told (conformance/defects/README.md says why)


@dataclass(frozen=True)
class Near:
    """A known defect, how like it a run is, and of the cases that fail of either (of) how many fail of both."""

    known: Known
    likeness: float
    common: int
    of: int


def _place(near: Near) -> tuple[float, bool, str]:
    """The most like first; of equal ones, what people have met before what was generated."""
    return -round(near.likeness, 6), near.known.source == "generated", near.known.id


class Likeness:
    """Compares runs with the known defects of a record."""

    def __init__(self, known: Sequence[Known]) -> None:
        self.known = known

    @cached_property
    def _having(self) -> Counter[Feature]:
        return Counter(feature for known in self.known for feature in known.features)

    def _weight(self, found: Iterable[Feature]) -> float:
        most = len(self.known) + 1
        return sum(math.log2(most / (self._having[feature] or 1)) for feature in found)

    def nearest(self, fails: Fails, asked: Collection[str]) -> list[Near]:
        """The known defects that fail any of the same cases, the most like first. asked: all cases of the run."""
        cases, whole = frozenset(asked), frozenset(features(fails))
        found = (self._near(known, fails, whole, cases) for known in self.known)
        return sorted((near for near in found if near.common), key=_place)

    def _near(self, known: Known, fails: Fails, whole: frozenset[Feature], asked: frozenset[str]) -> Near:
        """whole: the features of ``fails``."""
        here = fails if known.unasked.isdisjoint(fails) else {c: fails[c] for c in fails if c not in known.unasked}
        there = known.fails if known.fails.keys() <= asked else {c: known.fails[c] for c in known.fails if c in asked}
        common, either = here.keys() & there.keys(), here.keys() | there.keys()
        if not common:
            return Near(known, 0.0, 0, len(either))
        one = whole if here is fails else frozenset(features(here))
        other = known.features if there is known.fails else frozenset(features(there))
        likeness = self._weight(one & other) / self._weight(one | other)
        return Near(known, likeness, len(common), len(either))
