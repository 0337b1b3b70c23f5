"""Does a report agree with itself? What its tables count must be what its rows say."""

from collections import Counter
from collections.abc import Iterator

from reports.model import VERDICTS, Document, worst


def contradiction(document: Document) -> str:
    """The first thing that a report of the right shape says in two ways, in words; '' where there is none."""
    return next(_contradictions(document), "")


def _contradictions(document: Document) -> Iterator[str]:
    known = {row["id"] for row in document["requirements"]}
    yield from _twice("$.requirements", [row["id"] for row in document["requirements"]])
    yield from _twice("$.platform_checks", [row["id"] for row in document["platform_checks"]])
    yield from _twice("$.cases", [f"{row['id']} {row['subject']}" for row in document["cases"]])
    verdicts: Counter[str] = Counter()
    named: Counter[str] = Counter()
    judged: Counter[tuple[str, str]] = Counter()
    for place, row in enumerate(document["cases"]):
        found = [finding["requirement"] for finding in row["findings"]]
        for name in [*row["requirements"], *found]:
            if name not in known:
                yield f"$.cases[{place}]: has requirement {name!r}, needs one of $.requirements"
        if row["verdict"] != (due := worst([finding["verdict"] for finding in row["findings"]])):
            yield f"$.cases[{place}].verdict: has {row['verdict']!r}, its findings make it {due!r}"
        verdicts[row["verdict"]] += 1
        named.update(row["requirements"])
        judged.update((finding["requirement"], finding["verdict"]) for finding in row["findings"])
    for verdict in VERDICTS:
        yield from _differs(f"$.totals.{verdict}", document["totals"][verdict], verdicts[verdict])
    for place, row in enumerate(document["requirements"]):
        where = f"$.requirements[{place}]"
        yield from _differs(f"{where}.cases", row["cases"], named[row["id"]])
        for verdict in VERDICTS:
            yield from _differs(f"{where}.{verdict}", row[verdict], judged[row["id"], verdict])
    for place, item in enumerate(document.get("coverage", {}).get("crossings", ())):
        rows, columns = (len(item[axis]["values"]) for axis in ("rows", "columns"))
        if [len(cells) for cells in item["cases"]] != [columns] * rows:
            yield f"$.coverage.crossings[{place}].cases: needs {rows} rows of {columns}, one for each value"


def _twice(where: str, names: list[str]) -> Iterator[str]:
    if (counts := Counter(names)).total() > len(counts):
        yield f"{where}: has {counts.most_common(1)[0][0]!r} twice"


def _differs(where: str, said: int, counted: int) -> Iterator[str]:
    if said != counted:
        yield f"{where}: has {said}, the rows of cases make it {counted}"
