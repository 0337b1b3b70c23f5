"""How is shown what the cases cover? Pairs of values by family, and cases by requirement, in two small tables."""

from reports.model import Document

COLUMNS = 5  # of requirements beside each other


def pair_rows(document: Document) -> list[list[str]]:
    """Rows of family, cases, pairs covered, pairs possible, and the first that is missing; families with a case."""
    found = document.get("coverage", {}).get("families", {})
    return [
        [
            name,
            str(family["cases"]),
            str(family["pairs_covered"]),
            str(family["pairs_possible"]),
            next(iter(family.get("pairs_missing", ())), ""),
        ]
        for name, family in found.items()
        if family["cases"]
    ]


def requirement_cells(document: Document) -> list[list[str]]:
    """Rows of 'id cases' in ``COLUMNS`` columns, read downwards; every requirement that the run knows.

    'id cases (n different)' where some cases differ in their data alone.
    """
    counts = document.get("coverage", {}).get("requirements")
    if not counts:
        return []
    cells = [_cell(row["id"], counts.get(row["id"])) for row in document["requirements"]]
    height = -(-len(cells) // COLUMNS)
    cells += [""] * (height * COLUMNS - len(cells))
    return [cells[row::height] for row in range(height)]


def _cell(name: str, counts: dict[str, int] | None) -> str:
    if counts is None:
        return f"{name} 0"
    same = counts["cases"] == counts["different"]
    return f"{name} {counts['cases']}" + ("" if same else f" ({counts['different']} different)")
