"""Does likeness find the cause of a wrong kernel that it does not know? Each is left out once and asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.defects.catalogue import Defect
from conformance.defects.causes import same_cause
from conformance.defects.fields import FIELDS
from conformance.defects.tables import table
from conformance.likeness.nearest import NEAR, Likeness, Near
from conformance.likeness.record import KnownDefects
from conformance.likeness.statement import MOST

TITLES = (
    *(
        "left out",
        "wrong kernels",
        "of a cause that another one has",
        "nearest of all has it",
        "one of the nearest three",
    ),
    *("told first", "told among three", "nothing near"),
)


@dataclass(frozen=True)
class LeftOut:
    """What was found for one entry that was left out. near: the most like, those below the least likeness too.

    alike: whether each of them has its cause. others: how many other known defects have it.
    """

    entry: Defect
    near: Sequence[Near]
    alike: Sequence[bool]
    others: int

    def has(self, most: int, least: float = 0.0) -> bool:
        """Whether one of the first so many has its cause, of those that are so like it."""
        found = zip(self.near[:most], self.alike[:most], strict=True)
        return any(alike for near, alike in found if near.likeness >= least)


def left_out(found: KnownDefects, entries: Mapping[str, Defect]) -> Iterator[LeftOut]:
    """Each known defect, asked of all the others."""
    for known in found.known:
        entry = entries[known.id]
        rest = [other for other in found.known if other is not known]
        alike = {other.id for other in rest if same_cause(entry, entries[other.id])}
        near = Likeness(rest).nearest(known.fails, found.cases - known.unasked)[:MOST]
        yield LeftOut(entry, near, [one.known.id in alike for one in near], len(alike))


def tables(found: Sequence[LeftOut]) -> list[str]:
    """How often the cause was named, by kind and field."""
    rows = []
    for kind in dict.fromkeys(one.entry.kind for one in found):
        of_kind = [one for one in found if one.entry.kind == kind]
        rows += [(f"{kind}, {name}", *_counts([one for one in of_kind if one.entry.field == name])) for name in FIELDS]
        rows.append((f"**{kind}**", *_counts(of_kind)))
    rows.append(("**all**", *_counts(found)))
    return table(TITLES, [row for row in rows if row[1] != "0"])


def _counts(found: Sequence[LeftOut]) -> tuple[str, ...]:
    whole = [one for one in found if one.others]
    counts = [sum(one.has(most, least) for one in whole) for least in (0.0, NEAR) for most in (1, MOST)]
    nothing = sum(not one.near or one.near[0].likeness < NEAR for one in whole)
    return str(len(found)), str(len(whole)), *(_share(count, len(whole)) for count in (*counts, nothing))


def _share(count: int, whole: int) -> str:
    return f"{count} ({100 * count / whole:.0f} %)" if whole else "-"
