"""How do the outcomes read? The whole table for people, and the one for the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from conformance.defects import norm
from conformance.defects.catalogue import Defect
from conformance.defects.outcome import CLEAN, Outcome, ordered
from reports.files import write_whole
from vectors.case import TIERS

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
README = Path(__file__).with_name("README.md")
CLASSES = ("bits", "within", "blocks", "claim")


class MarkerError(ValueError):
    """The page has no section for the table; the message names the page and the markers."""


def page(outcomes: Sequence[Outcome], tier: str) -> str:
    """All outcomes as Markdown, survivors first."""
    lines = [f"# Wrong kernels against the {tier} tier", "", summary(outcomes), ""]
    lines += _table(
        (
            "defect",
            "field",
            "rel-L2 a",
            "rel-L2 b",
            "norm",
            "suite",
            "tier",
            "requirement",
            "case",
            "well killed",
            "cases",
        ),
        [
            (
                found.id,
                found.field,
                *map(distance, found.rel_l2),
                found.norm,
                _suite(found),
                found.tier,
                found.requirement,
                f"{found.case} ({found.judged})" if found.case else found.problem,
                ("yes" if found.well_killed else "no") if found.killed else "",
                str(found.cases_run),
            )
            for found in ordered(outcomes)
        ],
    )
    return "\n".join(lines) + "\n"


def summary(outcomes: Sequence[Outcome]) -> str:
    """The counts in one paragraph."""
    mutants = [found for found in outcomes if found.id != CLEAN]
    through = [found for found in mutants if found.let_through]
    caught = sum(found.killed for found in through)
    return (
        f"{len(mutants)} wrong kernels: the suite stops {sum(found.killed for found in mutants)} "
        f"({sum(found.killed and found.tier == TIERS[0] for found in mutants)} in the quick tier), "
        f"{sum(found.well_killed for found in mutants)} of them by a requirement of the field where the defect sits; "
        f"the norm stops {len(mutants) - len(through)}. Of the {len(through)} that the norm lets through, the suite "
        f"stops {caught}."
    )


def pairs(outcomes: Sequence[Outcome], defects: Mapping[str, Defect]) -> str:
    """What the norm lets through and the suite stops, by comparator class, then what survives; as Markdown."""
    rows = [
        (
            found.comparator,
            found.id,
            defects[found.id].defect,
            *map(distance, found.rel_l2),
            f"{', '.join(found.requirements)} in `{found.case}`",
        )
        for kind in CLASSES
        for found in sorted(outcomes, key=lambda found: (found.field, found.id))
        if found.comparator == kind and found.let_through and found.killed and found.id in defects
    ]
    titles = ("comparator", "wrong kernel", "what is wrong", "rel-L2 a", "rel-L2 b", "caught by")
    clean = next((found for found in outcomes if found.id == CLEAN), None)
    right = [f"The right native kernel has {' and '.join(map(distance, clean.rel_l2))}.", ""] if clean else []
    return "\n".join([summary(outcomes), *right, *_table(titles, rows), *_survivors(outcomes, defects)])


def _survivors(outcomes: Sequence[Outcome], defects: Mapping[str, Defect]) -> list[str]:
    """What nothing stopped, with the data that would."""
    left = [found for found in ordered(outcomes) if found.survived and found.id in defects]
    if not left:
        return []
    rows = [
        (
            found.id,
            defects[found.id].defect,
            defects[found.id].revealed_by,
            found.tier,
            *map(distance, found.rel_l2),
        )
        for found in left
    ]
    titles = ("survivor", "what is wrong", "a case that would show it", "asked", "rel-L2 a", "rel-L2 b")
    return [
        "",
        "Neither the norm nor the suite stops these; each is a case to write:",
        "",
        *_table(titles, rows),
    ]


def rewrite(table: str, path: Path = README) -> None:
    """Put the table between the page's markers. Raises MarkerError where they are missing or out of order."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarkerError(f"{path}: needs one {BEGIN} before one {END}")
    write_whole(path, f"{before}{BEGIN}\n\n{table}\n\n{END}{after}".encode())


def distance(value: float | None) -> str:
    """A relative L2 for people; a value at or above the threshold is marked."""
    if value is None:
        return "none"
    return f"{value:.4f}" if value < norm.THRESHOLD else f"**{value:.3g}**"


def _suite(found: Outcome) -> str:
    if found.problem:
        return "no verdict"
    if found.id == CLEAN:
        return "FAILS" if found.killed else "passes"
    return "killed" if found.killed else "SURVIVED"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [titles, ["---"] * len(titles), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
