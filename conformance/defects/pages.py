"""What do the repository's own pages say of the findings? Tables between markers, written by the command."""

from collections.abc import Mapping
from pathlib import Path

from conformance.defects import left_out
from conformance.defects.catalogue import Defect
from conformance.defects.document import KINDS, Findings
from conformance.defects.mutant import ROOT
from conformance.defects.records import CLEAN, ordered
from conformance.defects.tables import DISTANCES, distance, summary, table
from conformance.likeness.record import KnownDefects
from reports.files import write_whole

CLASSES = ("bits", "within", "blocks", "claim", "raised")  # of comparators
TOLD = ("by the field's requirement", "by the norm")
PAGE, PAGE_MARKS = Path(__file__).with_name("README.md"), ("<!-- table: begin -->", "<!-- table: end -->")
LIKENESS_MARKS = ("<!-- likeness: begin -->", "<!-- likeness: end -->")
FRONT, FRONT_MARKS = ROOT / "README.md", ("<!-- defects: begin -->", "<!-- defects: end -->")


class MarkerError(ValueError):
    """The page has no section for the table; the message names the page and the markers."""


def write(findings: Findings, page: Path = PAGE, front: Path = FRONT) -> None:
    """Put the tables into both pages. Raises MarkerError, with neither written."""
    texts = {page: _between(page, PAGE_MARKS, pairs(findings)), front: _between(front, FRONT_MARKS, totals(findings))}
    for path, text in texts.items():
        write_whole(path, text.encode())


def write_left_out(found: KnownDefects, entries: Mapping[str, Defect], page: Path = PAGE) -> None:
    """Put the table of what was left out once into the page. Raises MarkerError."""
    table = "\n".join(left_out.tables(list(left_out.left_out(found, entries))))
    write_whole(page, _between(page, LIKENESS_MARKS, table).encode())


def totals(findings: Findings) -> str:
    """The numbers beside the norm's, as Markdown."""
    rows = []
    for kind in KINDS:
        found = findings.totals(kind)
        if found["applicable"]:
            numbers = (found[key] for key in ("killed_gate", "killed_quick", "well_killed", "killed_by_norm"))
            rows.append((kind, str(found["applicable"]), *map(str, numbers)))
    titles = ("wrong kernels", "apply", "killed in the gate", "in the quick tier", *TOLD)
    passed = sum(found.passes for found in findings.legal.values())
    legal = f"{len(findings.legal)} legal variants: {passed} pass everything, {findings.false_alarms} false alarms."
    return "\n".join([*table(titles, rows), "", legal])


def pairs(findings: Findings) -> str:
    """Of the catalogue what the norm lets through and the suite stops, by comparator class; of the generated ones the
    counts of each field; then what survives. As Markdown."""
    entries = {entry.id: entry for entry in findings.entries}
    outcomes = sorted(findings.mutants.values(), key=lambda found: (found.field, found.id))
    rows = [
        (
            found.comparator,
            found.id,
            entries[found.id].defect,
            *map(distance, found.rel_l2),
            f"{', '.join(found.requirements)} in `{found.case}`",
        )
        for kind in CLASSES
        for found in outcomes
        if found.kind == KINDS[0] and found.comparator == kind and found.let_through
    ]
    titles = ("comparator", "wrong kernel", "what is wrong", *DISTANCES, "caught by")
    clean = findings.legal.get(CLEAN)
    right = f"The right native kernel has {' and '.join(map(distance, clean.rel_l2))}." if clean else ""
    lines = [*summary(findings), "", *([right, ""] if right else []), *table(titles, rows)]
    return "\n".join([*lines, *_generated(findings), *_survivors(findings)])


def _generated(findings: Findings) -> list[str]:
    found = [row for row in findings.mutants.values() if row.kind == KINDS[1]]
    if not found:
        return []
    rows = []
    for field in sorted({row.field for row in found}):
        here = [row for row in found if row.field == field]
        counts = (
            len(here),
            sum(row.killed for row in here),
            sum(row.killed and row.tier == "quick" for row in here),
            sum(row.well_killed for row in here),
            sum(not row.let_through for row in here),
        )
        rows.append((field, *map(str, counts)))
    titles = ("generated, field", "mutants", "killed", "in the quick tier", *TOLD)
    return ["", *table(titles, rows)]


def _survivors(findings: Findings) -> list[str]:
    """What nothing stopped, with the data that would."""
    entries = {entry.id: entry for entry in findings.entries}
    left = [found for found in ordered(list(findings.mutants.values())) if found.survived]
    if not left:
        return []
    rows = [
        (found.id, entries[found.id].defect, entries[found.id].revealed_by, found.tier, *map(distance, found.rel_l2))
        for found in left
    ]
    titles = ("survivor", "what is wrong", "a case that would show it", "asked", *DISTANCES)
    return ["", "The suite does not stop these; each is a case to write:", "", *table(titles, rows)]


def _between(path: Path, marks: tuple[str, str], table: str) -> str:
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not begin or not end:
        raise MarkerError(f"{path}: needs one {marks[0]} before one {marks[1]}")
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"
