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

TITLES = ("left out", "wrong kernels", "of a cause that another one has", "named first", "among three", "nothing near")


@dataclass(frozen=True)
class LeftOut:
    """What was found for one entry that was left out. near: the most like, those below the least likeness too.

    others: how many other known defects have its cause. rank: place of the first of them, None where none is told.
    """

    entry: Defect
    near: Sequence[Near]
    others: int
    rank: int | None


def left_out(found: KnownDefects, entries: Mapping[str, Defect]) -> Iterator[LeftOut]:
    """Each known defect, asked of all the others."""
    for known in found.known:
        entry = entries[known.id]
        rest = [other for other in found.known if other is not known]
        alike = {other.id for other in rest if same_cause(entry, entries[other.id])}
        near = Likeness(rest).nearest(known.fails, found.cases - known.unasked)[:MOST]
        told = [one.known.id in alike for one in near if one.likeness >= NEAR]
        yield LeftOut(entry, near, len(alike), told.index(True) if True in told else None)


def tables(found: Sequence[LeftOut]) -> list[str]:
    """How often the cause was named, by kind and field."""
    rows = []
    for kind in dict.fromkeys(one.entry.kind for one in found):
        of_kind = [one for one in found if one.entry.kind == kind]
        rows += [(f"{kind}, {name}", *_counts([one for one in of_kind if one.entry.field == name])) for name in FIELDS]
        rows.append((f"**{kind}**", *_counts(of_kind)))
    return table(TITLES, [row for row in rows if row[1] != "0"])


def _counts(found: Sequence[LeftOut]) -> tuple[str, ...]:
    whole = [one for one in found if one.others]
    first, three = (sum(one.rank is not None and one.rank < most for one in whole) for most in (1, MOST))
    nothing = sum(not one.near or one.near[0].likeness < NEAR for one in whole)
    return str(len(found)), str(len(whole)), *(_share(count, len(whole)) for count in (first, three, nothing))


def _share(count: int, whole: int) -> str:
    return f"{count} ({100 * count / whole:.0f} %)" if whole else "-"
