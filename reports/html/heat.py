"""What do the cases cover? Counts as maps: requirements by family, values of each dimension, two dimensions crossed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from reports.model import Document

STEPS = 5  # of shade; the number stands in each cell as well


@dataclass(frozen=True)
class Map:
    """counts: by row, then column; None where there can be none."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int | None, ...], ...]

    @property
    def most(self) -> int:
        return max((count or 0 for row in self.counts for count in row), default=0)


def step(count: int, most: int) -> int:
    """The shade of a count, 0 of none: each step is twice as many as the one before, ``STEPS`` of the most."""
    if count <= 0:
        return 0
    return max(1, STEPS - (most // count).bit_length() + 1)


def areas(document: Document) -> Map | None:
    """Families of cases by families of requirements: different cases that ask it."""
    asked: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in document["cases"]:
        for name in row["requirements"]:
            asked[row["id"].partition("/")[0], name.rpartition("-")[0] or name].add(row["id"])
    if not asked:
        return None
    families = tuple(sorted({family for family, _ in asked}))
    names = dict.fromkeys(row["id"].rpartition("-")[0] or row["id"] for row in document["requirements"])
    counts = tuple(tuple(len(asked[family, name]) for name in names) for family in families)
    return Map("Cases by family and family of requirements", families, tuple(names), counts)


def dimensions(document: Document) -> list[tuple[str, dict[str, int], int]]:
    """Dimension, its values with the cases that hold each, and the most of these."""
    found = document.get("coverage", {}).get("dimensions", {})
    return [(name, values, max(values.values(), default=0)) for name, values in found.items()]


def crossings(document: Document) -> list[Map]:
    """Two dimensions of a family: the cases that hold both values."""
    return [
        Map(
            f"{item['rows']['name']} by {item['columns']['name']}, in {item['family']}",
            tuple(item["rows"]["values"]),
            tuple(item["columns"]["values"]),
            tuple(tuple(row) for row in item["cases"]),
        )
        for item in document.get("coverage", {}).get("crossings", ())
    ]
