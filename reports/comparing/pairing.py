"""Which subject of one report is held against which of the other? The same name, what is said, or what is left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.keeping.reading import ReportError
from reports.model import Document
from reports.views.tables import subjects


@dataclass(frozen=True)
class Pairs:
    """after: name in the first report -> name in the second. only_before, only_after: names that have no partner."""

    after: Mapping[str, str]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    def name(self, before: str) -> str:
        """'native', or 'vllm-0.32 -> vllm-0.33' where the names differ."""
        other = self.after[before]
        return before if before == other else f"{before} -> {other}"


def pair(before: Document, after: Document, said: Iterable[str] = ()) -> Pairs:
    """The subjects of both reports in pairs.

    said: 'A=B' for a subject A of the first and B of the second. Then those with the same name; then the only one left
    in each; then those that were asked the same cases, as those of one pipeline are, where only one was in each.
    Raises ReportError for a name that the report does not have, or has twice in ``said``.
    """
    names = (subjects(before), subjects(after))
    found = _said(said, *names)
    left = [[name for name in names[side] if name not in taken] for side, taken in enumerate(_sides(found))]
    found |= {name: name for name in left[0] if name in left[1]}
    left = [[name for name in names[side] if name not in taken] for side, taken in enumerate(_sides(found))]
    if len(left[0]) == len(left[1]) == 1:
        found[left[0][0]] = left[1][0]
    else:
        found |= _alike(_cases(before, left[0]), _cases(after, left[1]))
    ends = _sides(found)
    rest = [tuple(name for name in names[side] if name not in ends[side]) for side in (0, 1)]
    return Pairs(found, *rest)


def _sides(found: Mapping[str, str]) -> tuple[set[str], set[str]]:
    return set(found), set(found.values())


def _said(said: Iterable[str], before: list[str], after: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in said:
        one, equals, other = text.partition("=")
        if not equals or one not in before or other not in after:
            raise ReportError(
                f"--pair: has {text!r}, needs A=B with A of {', '.join(before)} and B of {', '.join(after)}"
            )
        if one in found or other in found.values():
            raise ReportError(f"--pair: has {text!r}, needs each subject once")
        found[one] = other
    return found


def _cases(document: Document, names: Iterable[str]) -> dict[str, frozenset[str]]:
    rows = document["cases"]
    return {name: frozenset(row["id"] for row in rows if row["subject"] == name) for name in names}


def _alike(before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> dict[str, str]:
    found = {}
    for name, cases in before.items():
        others = [other for other, asked in after.items() if asked == cases]
        same = [other for other, asked in before.items() if asked == cases]
        if len(others) == len(same) == 1:
            found[name] = others[0]
    return found
