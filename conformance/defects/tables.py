"""How do the findings read? The kill matrix for people, survivors first, and a line for each verdict."""

from collections.abc import Sequence

from conformance.defects import norm
from conformance.defects.document import KINDS, Findings
from conformance.defects.records import LegalOutcome, Outcome, ordered

DISTANCES = ("rel-L2 a", "rel-L2 b")
_OF_SUITE = ("mutant", "kind", "field", "suite", "killed by", "of its field")
MUTANT_TITLES = (*_OF_SUITE, "tier", "cases", "seconds", "of CPU", "backend", *DISTANCES, "norm")


def page(findings: Findings) -> str:
    """All findings as Markdown, survivors first."""
    lines = [f"# Wrong kernels against the {findings.tier} tier on {findings.backend}", "", *summary(findings), ""]
    lines += table(MUTANT_TITLES, [_mutant(found) for found in ordered(list(findings.mutants.values()))])
    by_id = {entry.id: entry for entry in findings.entries}
    equivalent = ordered(list(findings.equivalent.values()))
    rows = [(found.id, _suite(found), by_id[found.id].equivalent) for found in equivalent]
    lines += _section("Equivalent", ("mutant", "cases of its field", "why no input can tell it"), rows)
    not_here = [(entry.id, entry.not_applicable) for entry in findings.entries if entry.not_applicable]
    lines += _section("Not applicable", ("entry", "why"), not_here)
    titles = ("legal variant", "backend", "tier", "verdict", "cases", "seconds", "of CPU", *DISTANCES)
    lines += _section("Legal variants", titles, [_legal(found) for found in findings.legal.values()])
    alarms = [
        (found.id, alarm.requirement, f"{alarm.case} ({alarm.subject})", alarm.detail)
        for found in findings.legal.values()
        for alarm in found.alarms
    ]
    lines += _section("False alarms", ("legal variant", "requirement", "case", "detail"), alarms)
    return "\n".join(lines) + "\n"


def summary(findings: Findings) -> list[str]:
    """The counts, a line for each kind, one for false alarms, one for what it cost."""
    lines = []
    for kind in KINDS:
        totals = findings.totals(kind)
        if totals["entries"]:
            lines.append(
                f"- {kind}: {totals['entries']} entries, {totals['applicable']} apply; the suite kills"
                f" {totals['killed_gate']} ({totals['killed_quick']} in the quick tier), {totals['well_killed']} by a"
                f" requirement of the field where the defect sits; the norm stops {totals['killed_by_norm']}."
            )
    failing = [found.id for found in findings.legal.values() if not found.passes]
    lines.append(
        f"- {len(findings.legal)} legal variants: {findings.false_alarms} false alarms"
        f"{f' ({chr(44).join(failing)})' if failing else ''}."
    )
    costs = findings.cpu_seconds()
    lines.append(
        f"- {sum(costs.values()):.0f} CPU seconds ({sum(costs.values()) / 60:.1f} minutes): {costs['clean']:.0f} of the"
        f" right kernels, {costs['legal']:.0f} of other legal variants, {costs['wrong']:.0f} of wrong kernels,"
        f" {costs['shared']:.0f} of what they share."
    )
    if findings.refuted:
        lines.append(f"- argued to be equivalent and killed: {', '.join(findings.refuted)}.")
    if findings.missing:
        lines.append(f"- without a verdict: {len(findings.missing)}.")
    return lines


def line(found: Outcome | LegalOutcome) -> str:
    """One verdict on one line."""
    if isinstance(found, LegalOutcome):
        first = f": {found.alarms[0].requirement} {found.alarms[0].case}" if found.alarms else ""
        return f"{found.id}: {_verdict(found)}{first}; {found.cases_run} cases, {found.seconds:g} s"
    distances = " ".join(map(distance, found.rel_l2))
    how = f" by {found.requirement} {found.case} ({found.comparator}, {found.tier})" if found.killed else ""
    well = "" if found.well_killed or not found.killed else ", not by its field"
    return (
        f"{found.id}: norm {found.norm} ({distances}); suite {_suite(found)}{how}{well};"
        f" {found.cases_run} cases, {found.seconds:g} s"
    )


def distance(value: float | None) -> str:
    """A relative L2 for people; a value at or above the threshold is marked."""
    if value is None:
        return "none"
    return f"{value:.4f}" if value < norm.THRESHOLD else f"**{value:.3g}**"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return ["| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |" for row in lines]


def _mutant(found: Outcome) -> tuple[str, ...]:
    return (
        found.id,
        found.kind,
        found.field,
        _suite(found),
        f"{', '.join(found.requirements)} in {found.case} ({found.judged})" if found.killed else "",
        ("yes" if found.well_killed else "no") if found.killed else "",
        found.tier,
        str(found.cases_run),
        f"{found.seconds:.1f}",
        f"{found.cpu_seconds:.1f}",
        found.backend,
        *map(distance, found.rel_l2),
        found.norm,
    )


def _legal(found: LegalOutcome) -> tuple[str, ...]:
    costs = str(found.cases_run), f"{found.seconds:.1f}", f"{found.cpu_seconds:.1f}"
    return (found.id, found.backend, found.tier, _verdict(found), *costs, *map(distance, found.rel_l2))


def _verdict(found: LegalOutcome) -> str:
    if found.problem:
        return f"no verdict: {found.problem}"
    return f"FAILS {len(found.alarms)}" if found.alarms else "passes"


def _suite(found: Outcome) -> str:
    if found.problem:
        return f"no verdict: {found.problem}"
    return "killed" if found.killed else "SURVIVED"


def _section(title: str, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["", f"## {title}", "", *table(titles, rows)] if rows else []
