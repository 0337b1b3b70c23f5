"""What do the cases cover? Counts as maps: requirements by family, values of each dimension, two dimensions crossed."""

import base64
from collections import defaultdict
from dataclasses import dataclass

from reports.model import Document

# The classes of a row's pairs, in their order (vectors.coverage.scaled_pairs).
BYTES = ("00", "01-1f", "20-3f", "40-5f", "60-7f", "80-9f", "a0-bf", "c0-df", "e0-fd", "fe", "ff NaN")
CODES = tuple(
    f"{sign}{name}"
    for sign in ("+", "-")
    for name in ("0", "subnormal", "08-1f", "20-3f", "40-5f", "60-7d", "448", "NaN")
)
PAIRS = {
    "multiplied": "operands of matrix products",
    "decoded": "operands that are only decoded",
    "made": "right results of quantization",
}
_NEVER_MADE = ({"fe", "ff NaN"}, {"+NaN", "-NaN"})  # from numbers, which all that is determined is made from
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

    @property
    def holes(self) -> list[str]:
        """What can be and no case has, by name."""
        return [
            f"{row} with {column}"
            for row, counts in zip(self.rows, self.counts, strict=True)
            for column, count in zip(self.columns, counts, strict=True)
            if count == 0
        ]


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


def pairs(document: Document) -> list[Map]:
    """Scale bytes by element codes: the cases in whose arrays they meet, by what these are."""
    cells = len(BYTES) * len(CODES)
    held: dict[str, dict[str, int]] = {kind: {} for kind in PAIRS}
    for row in document["cases"]:
        for kind, text in row.get("pairs", {}).items():
            # Padded to whole bytes. Subjects of one case hold the same, but where their arithmetic differs.
            bits = int.from_bytes(base64.b64decode(text), "big") >> (-cells % 8)
            held[kind][row["id"]] = held[kind].get(row["id"], 0) | bits
    return [_pairs(kind, tuple(found.values())) for kind, found in held.items() if found]


def _pairs(kind: str, held: tuple[int, ...]) -> Map:
    def cell(row: int, column: int) -> int | None:
        if kind == "made" and (BYTES[row] in _NEVER_MADE[0] or CODES[column] in _NEVER_MADE[1]):
            return None
        place = len(BYTES) * len(CODES) - 1 - (row * len(CODES) + column)
        return sum(bits >> place & 1 for bits in held)

    counts = tuple(tuple(cell(row, column) for column in range(len(CODES))) for row in range(len(BYTES)))
    return Map(f"Scale bytes by element codes: {PAIRS[kind]}", BYTES, CODES, counts)
