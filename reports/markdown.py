"""How does a report read on a page? One Markdown text, from report.json alone."""

from __future__ import annotations

import json

from reports.coverage import COLUMNS, pair_rows, requirement_cells
from reports.expected import tallies, unexpected, unmet
from reports.kernels import CLASSES, Facts, costs, lowered
from reports.markup import code, table, text
from reports.model import Document
from reports.tables import cell, counted, problem_line, requirement_rows, sentence, subjects, unasked

MOST_LINES = 60  # of failures and of deviations each: a summary on a forge has a size limit


def to_markdown(document: Document) -> str:
    """The report as Markdown: verdict, platform, requirements, what failed, what deviates, environment."""
    parts = [
        ["# MXFP8 MoE conformance", "", text(sentence(document))],
        [f"{counted(document['totals'])} in {document['seconds']:.0f} s."],
        _problems(document),
        _platform(document),
        _requirements(document),
        _unmet(document),
        _lines(document, "fail", "Failures"),
        _lines(document, "deviation", "Deviations from a SHOULD"),
        _expected(document),
        _lines(document, "fail", "Failures that were expected", expected=True),
        _lines(document, "deviation", "Deviations that were expected", expected=True),
        _unsupported(document),
        _coverage(document),
        _lowering(document),
        _launches(document),
        _environment(document),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _platform(document: Document) -> list[str]:
    checks = document["platform_checks"]
    if not checks:
        return []
    rows = ([check["id"], check["verdict"].upper(), check["detail"]] for check in checks)
    return ["## Platform checks", "", *table(["check", "verdict", "detail"], rows)]


def _requirements(document: Document) -> list[str]:
    names = subjects(document)
    if not names:
        return []
    rows = (
        [row.id, row.level, row.text, *(cell(row.by_subject.get(name)) for name in names)]
        for row in requirement_rows(document)
    )
    lines = ["## Requirements", "", *table(["id", "level", "requirement", *names], rows)]
    missing = unasked(document)
    if missing:
        lines += ["", f"Not asked by the cases of this run: {text(', '.join(missing))}."]
    return lines


def _unmet(document: Document) -> list[str]:
    """What was expected and did not come."""
    found = [(case, line) for case in document["cases"] for line in unmet(case)]
    if not found:
        return []
    lines = [f"- {code(' '.join([row['id'], row['subject'], line]))}" for row, line in found[:MOST_LINES]]
    more = [f"- and {len(found) - MOST_LINES} more in report.json"] if len(found) > MOST_LINES else []
    return [f"## Not as expected ({len(found)})", "", *lines, *more]


def _expected(document: Document) -> list[str]:
    """Each expectation with what came of it."""
    found = tallies(document)
    if not found:
        return []
    head = ["expected", "met", "unmet", "not asked", "reason", "evidence"]
    rows = ([t.verdict, str(t.met), str(t.unmet), str(t.unjudged), t.reason, t.evidence] for t in found)
    files = ", ".join(source["file"] for source in document.get("selection", {}).get("expectations", ()))
    about = f"Counted by requirement and case; from {files}." if files else "Counted by requirement and case."
    return ["## Expected verdicts", "", text(about), "", *table(head, rows)]


def _lines(document: Document, verdict: str, title: str, *, expected: bool = False) -> list[str]:
    """The rows of this verdict that were expected to have it, or that were not."""
    found = [case for case in document["cases"] if case["verdict"] == verdict]
    rows = [case for case in found if expected != bool(unexpected(case, verdict))]
    if not rows:
        return []
    lines = [f"## {title} ({len(rows)})", ""]
    for case in rows[:MOST_LINES]:
        lines.append(f"- {code(case['id'] + ' ' + case['subject'])}")
        lines += [f"  - {code(line)}" for line in case["detail"].splitlines()]
    if len(rows) > MOST_LINES:
        lines.append(f"- and {len(rows) - MOST_LINES} more in report.json")
    return lines


def _unsupported(document: Document) -> list[str]:
    """Declared inabilities, each reason once with its count."""
    reasons: dict[str, int] = {}
    for case in document["cases"]:
        if case["verdict"] == "unsupported":
            reason = case["detail"].splitlines()[0] if case["detail"] else "no reason given"
            reasons[reason] = reasons.get(reason, 0) + 1
    if not reasons:
        return []
    kept = list(reasons.items())[:MOST_LINES]
    return ["## Unsupported", "", *(f"- {count} x {code(reason)}" for reason, count in kept)]


def _problems(document: Document) -> list[str]:
    found = document.get("problems", ())
    return (
        ["## Problems of the run itself", "", *(f"- {code(problem_line(problem))}" for problem in found)]
        if found
        else []
    )


def _coverage(document: Document) -> list[str]:
    """Pairs of values by family; cases by requirement."""
    requirements = requirement_cells(document)
    if not requirements:
        return []
    about = "Pairs of values of two dimensions that some case has, of those that can be."
    lines = ["## What the cases cover", ""]
    if pairs := pair_rows(document):
        lines += [about, "", *table(["family", "cases", "pairs", "of", "missing"], pairs), ""]
    lines += ["Cases of each requirement; different ones differ in more than their data.", ""]
    return lines + list(table([""] * COLUMNS, requirements))


def _lowering(document: Document) -> list[str]:
    found = lowered(document)
    if not found:
        return []
    head = ["subject", "kernel", "variant", "waves/SIMD", "VGPR+AGPR", "SGPR", "LDS", "scratch", "spills"]
    head += ["scaled MFMA", "other MFMA", "upcasts", "loop"]
    rows = ([subject, kernel, variant, *_facts(facts)] for (subject, kernel, variant), facts in found.items())
    about = "MFMA and upcasts as K loop/kernel; loop: instructions of the K loop in the text."
    return ["## What the kernels were compiled to", "", text(about), "", *table(head, rows)]


def _facts(facts: Facts) -> list[str]:
    counts = ["/".join(map(str, facts[name])) for name in ("scaled", "unscaled", "upcasts")]
    spills = facts["vgpr_spills"] + facts["sgpr_spills"]
    registers = f"{facts['vgprs']}+{facts['agprs']}"
    whole = [facts["waves"], registers, facts["sgprs"], facts["lds"], facts["scratch"], spills]
    return [*map(str, whole), *counts, str(sum(facts["loop"].values()))]


def _launches(document: Document) -> list[str]:
    found = costs(document)
    if not found:
        return []
    head = ["subject", "kernel", "launches", "workgroups", "wave-instructions", *CLASSES]
    head += ["bytes/workgroup", "least", "LDS bytes/workgroup"]
    rows = []
    for (subject, kernel), cost in found.items():
        moved = [cost.moved, cost.least, cost.traffic["lds_loaded"] + cost.traffic["lds_stored"]]
        each = [round(count / max(1, cost.workgroups)) for count in moved]
        kinds = [cost.instructions.get(name, 0) for name in CLASSES]
        counts = [cost.launches, cost.workgroups, sum(cost.instructions.values()), *kinds, *each]
        rows.append([subject, kernel, *(f"{count:,}" for count in counts)])
    about = (
        "Counted on the emulated device, the same in every run. bytes: global memory, loaded and stored; "
        "least: the same with each byte of a launch counted once."
    )
    return ["## What the launches did", "", text(about), "", *table(head, rows)]


def _environment(document: Document) -> list[str]:
    facts = {**document["environment"]}
    versions = facts.pop("versions")
    rows = [[name, value if isinstance(value, str) else json.dumps(value)] for name, value in facts.items()]
    rows.append(["versions", ", ".join(f"{name} {value}" for name, value in versions.items() if value)])
    return ["## Environment", "", *table(["fact", "value"], rows)]
