"""Which known defects is a failing run nearest to, and what have they in common?

What a run and a known defect show is compared over the cases that were asked of both, as sets of features: that a case
fails; with that, in which observable and way; with that, how far off; or how much and where; and, of all cases of a
family, in which way and how far off. A feature weighs what it says: -log2 of the part of the known defects that have
it. Likeness is the weight in common over the weight of all: 1 where both show the same, 0 where they share nothing.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from conformance.likeness.record import Fails, Known

Feature = tuple[str, ...]
NEAR = 0.3  # the least likeness that is told


@dataclass(frozen=True)
class Near:
    """A known defect, how like it a run is, and of the cases that fail of either (of) how many fail of both."""

    known: Known
    likeness: float
    common: int
    of: int


def features(fails: Fails) -> Iterator[Feature]:
    """What is compared. Some come more than once."""
    for case, shown in fails.items():
        family = case.partition("/")[0]
        yield (case,)
        for one in shown:
            yield case, one.observable, one.way
            yield case, one.observable, one.way, "off", one.off
            yield case, one.observable, one.way, "where", one.amount, one.place
            yield "all of", family, one.observable, one.way
            yield "all of", family, one.observable, one.way, one.off


class Likeness:
    """Compares runs with the known defects of a record."""

    def __init__(self, known: Sequence[Known]) -> None:
        self.known = known

    @cached_property
    def _having(self) -> Counter[Feature]:
        return Counter(feature for known in self.known for feature in set(features(known.fails)))

    def _weight(self, found: Iterable[Feature]) -> float:
        most = len(self.known) + 1
        return sum(math.log2(most / (self._having[feature] or 1)) for feature in found)

    def nearest(self, fails: Fails, asked: Collection[str]) -> list[Near]:
        """The known defects that fail any of the same cases, the most like first. asked: all cases of the run."""
        found = (self._near(known, fails, frozenset(asked)) for known in self.known)
        return sorted((near for near in found if near.common), key=lambda near: (-near.likeness, near.known.id))

    def _near(self, known: Known, fails: Fails, asked: frozenset[str]) -> Near:
        here = {case: shown for case, shown in fails.items() if case not in known.unasked}
        there = {case: shown for case, shown in known.fails.items() if case in asked}
        common, either = here.keys() & there.keys(), here.keys() | there.keys()
        if not common:
            return Near(known, 0.0, 0, len(either))
        one, other = frozenset(features(here)), frozenset(features(there))
        likeness = self._weight(one & other) / self._weight(one | other)
        return Near(known, likeness, len(common), len(either))
