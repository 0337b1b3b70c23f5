"""How does a report read where a forge shows it? One Markdown text that always fits there, from report.json alone.

report.md is the summary: there is no longer text beside it. It is for the places that take Markdown (the summary of a
job, a comment on a merge request, an annotation of a build), of which some drop a text that is too long; so whoever
posts a report.md can do it as it is, whatever failed. Everything is in report.html and report.json, and each list says
how much of it is only there.
"""

from collections.abc import Iterable, Iterator

from reports.forms.fitting import Part, fit
from reports.forms.markup import code, table, table_row, text
from reports.views.coverage import COLUMNS
from reports.views.expected import unexpected
from reports.views.groups import Group
from reports.views.kernels import Facts, loop_counts, spills, step_clocks
from reports.views.report import Report
from reports.views.tables import RequirementRow, cell, counted

LONGEST_SENTENCE = 2000
MOST_LINES = 60  # of a list
MOST_NAMED = 8  # cases of a group beside its first
MOST_SUBJECTS = 6  # columns of a table


def to_markdown(report: Report) -> str:
    """The report as Markdown of less than ``fitting.LIMIT`` bytes, the weightiest first; the sentence begins it."""
    parts: list[Iterable[Part]] = [
        _verdict(report),
        _problems(report),
        _rests_on(report),
        _groups(report, "fail", "Failures"),
        _list("Known defects that are like it", [f"- {text(line)}" for line in report.likeness]),
        _unmet(report),
        _requirements(report, holding=False),
        _unasked("Declared", report.declared),
        _platform(report),
        _groups(report, "deviation", "Deviations from a SHOULD"),
        _expected(report),
        _groups(report, "fail", "Failures that were expected", expected=True),
        _groups(report, "deviation", "Deviations that were expected", expected=True),
        _unasked("Unsupported", report.unsupported),
        _requirements(report, holding=True),
        _coverage(report),
        _lowering(report),
        _launches(report),
        _environment(report),
    ]
    return fit([part for some in parts for part in some])


def _verdict(report: Report) -> Iterator[Part]:
    yield Part(f"# MXFP8 MoE conformance\n\n{text(report.sentence, LONGEST_SENTENCE)}")
    yield Part(f"{counted(report.document['totals'])} in {report.document['seconds']:.0f} s.")


def _table(title: str, head: list[str], rows: Iterable[list[str]], about: str = "", folded: str = "") -> Iterator[Part]:
    """A table under a title where it has rows. folded: what is shown of it until a reader opens it."""
    entries = [table_row(cells) for cells in rows]
    if entries:
        opening = [f"<details><summary>{text(folded)}</summary>"] if folded else []
        lines = [*([f"## {title}"] if title else []), *opening, *([text(about)] if about else [])]
        whole = "\n\n".join([*lines, "\n".join(table(head, ()))])
        yield Part(whole, entries, foot="</details>" if folded else "")


def _list(title: str, entries: list[str]) -> Iterator[Part]:
    if entries:
        yield Part(f"## {title}\n", entries, most=MOST_LINES)


def _problems(report: Report) -> Iterator[Part]:
    lines = [f"- {code(problem)}" for problem in report.problems]
    return _list("Problems of the run itself", lines)


def _rests_on(report: Report) -> Iterator[Part]:
    return _table("What it rests on", ["fact", "value"], map(list, report.rests_on))


def _groups(report: Report, verdict: str, title: str, *, expected: bool = False) -> Iterator[Part]:
    """Each way to have this verdict with its first case; the rows that were expected to have it, or that were not."""
    found = [row.row for row in report.rows if row.verdict == verdict]
    count = sum(expected != bool(unexpected(row, verdict)) for row in found)
    lines = [_group(group) for group in report.groups if (group.verdict, group.expected) == (verdict, expected)]
    return _list(f"{title} ({count})", lines)


def _group(group: Group) -> str:
    number = len(group.rows)
    named = text(", ".join(f"{name} {count}" for name, count in group.requirements.items() if name))
    head = f"- {code(group.area)} of {code(group.subject)}" if group.area else f"- {code(group.subject)}"
    lines = [f"{head}, {number} case{'s' if number > 1 else ''}{': ' + named if named else ''}"]
    lines += [f"  - {text(words)}" for words in (group.reach, *group.notes) if words]
    lines += [f"  - {code(words)}" for words in (group.first.id, group.problem, group.rerun) if words]
    others = [code(item.id) for item in group.rows[1 : 1 + MOST_NAMED]]
    more = f" and {number - 1 - MOST_NAMED} more, see report.html" if number > 1 + MOST_NAMED else ""
    return "\n".join([*lines, *([f"  - also {', '.join(others)}{more}"] if others else [])])


def _unmet(report: Report) -> Iterator[Part]:
    """What was expected and did not come."""
    lines = [f"- {code(' '.join([row.id, row.subject, line]))}" for row, line in report.unmet]
    return _list(f"Not as expected ({len(lines)})", lines)


def _requirements(report: Report, *, holding: bool) -> Iterator[Part]:
    """Those with a failure or a deviation, or the others."""
    names = list(report.subjects)
    rows = [found for found in report.requirements if holding != found.broken]
    rows.sort(key=lambda found: found.id not in report.unexpected)  # the others were expected, or are SHOULDs
    # Of many subjects, those with most to tell.
    names.sort(key=lambda name: -sum(_wrong(found, name) for found in rows))
    left = len(names) - MOST_SUBJECTS
    about = f"{left} more subjects: see report.html." if left > 0 else ""
    kept = names[:MOST_SUBJECTS]
    cells = (
        [found.id, found.level, found.text, *(cell(found.by_subject.get(name)) for name in kept)] for found in rows
    )
    title = "Requirements without a failure or deviation" if holding else "Requirements that are not met"
    folded = f"{len(rows)} requirements" if holding else ""
    yield from _table(title, ["id", "level", "requirement", *kept], cells, about, folded)
    if holding and report.unasked and names:
        words = text(", ".join(report.unasked), LONGEST_SENTENCE)
        yield Part("", [f"Not asked by the cases of this run: {words}."])


def _wrong(found: RequirementRow, name: str) -> int:
    """Findings of this subject that are no pass."""
    counts = found.by_subject.get(name)
    return counts["fail"] + counts["deviation"] if counts else 0


def _platform(report: Report) -> Iterator[Part]:
    """What is not the kernels'."""
    checks = [[check.id, check.verdict.upper(), check.detail] for check in report.platform]
    failed = [check for check in checks if check[1] == "FAIL"]
    head, passed = ["check", "verdict", "detail"], checks[len(failed) :]
    yield from _table("Platform checks that fail, which is not the kernels' doing", head, failed)
    yield from _table("Platform checks that pass", head, passed, folded=f"{len(passed)} checks")


def _expected(report: Report) -> Iterator[Part]:
    """Each expectation with what came of it."""
    found = report.tallies
    head = ["expected", "met", "unmet", "not asked", "reason", "evidence"]
    rows = ([t.verdict, str(t.met), str(t.unmet), str(t.unjudged), t.reason, t.evidence] for t in found)
    files = ", ".join(source["file"] for source in report.document.get("selection", {}).get("expectations", ()))
    about = f"Counted by requirement and case; from {files}." if files else "Counted by requirement and case."
    folded = "" if any(t.unmet for t in found) else f"{len(found)} entries, none of them unmet"
    return _table("Expected verdicts", head, rows, about, folded)


def _unasked(title: str, found: list[tuple[str, str, int]]) -> Iterator[Part]:
    """What was not asked for a reason, each with its count."""
    return _list(title, [f"- {count} x {code(subject)}: {code(reason)}" for subject, reason, count in found])


def _coverage(report: Report) -> Iterator[Part]:
    """Pairs of values by family; cases by requirement."""
    if not report.cases_of_requirements:
        return
    yield Part("## What the cases cover")
    about = "Pairs of values of two dimensions that some case has, of those that can be."
    head = ["family", "cases", "pairs", "of", "missing"]
    yield from _table("", head, report.pairs, about, folded=f"Pairs of values in {len(report.pairs)} families")
    about = "Cases of each requirement; different ones differ in more than their data."
    yield from _table("", [""] * COLUMNS, report.cases_of_requirements, about, folded="Cases by requirement")


def _lowering(report: Report) -> Iterator[Part]:
    found = report.lowered
    head = ["subject", "kernel", "variant", "waves/SIMD", "VGPR+AGPR", "SGPR", "LDS", "scratch", "spills"]
    head += ["scaled MFMA", "other MFMA", "upcasts", "loop", "clocks of a step"]
    rows = ([*key, *_facts(facts)] for key, facts in found.items())
    about = (
        "MFMA and upcasts as K loop/kernel; loop: instructions of the K loop in the text. Clocks: the least for which "
        "a workgroup's step over K keeps each part of a compute unit busy, at the rates that AMD publishes; longest "
        "first."
    )
    folded = f"{len(found)} compiled variants of kernels"
    return _table("What the kernels were compiled to", head, rows, about, folded)


def _facts(facts: Facts) -> list[str]:
    registers = f"{facts['vgprs']}+{facts['agprs']}"
    whole = [facts["waves"], registers, facts["sgprs"], facts["lds"], facts["scratch"], spills(facts)]
    return [*map(str, whole), *loop_counts(facts), step_clocks(facts)]


def _launches(report: Report) -> Iterator[Part]:
    found = report.launches
    about = (
        "Which configurations of each kernel ran, by how many cases, in how many compiled variants. Instructions and "
        "bytes are counted on the emulated device alone, the same in every run. bytes: global memory, loaded and "
        "stored; least: the same with each byte of a launch counted once; beyond views: by accesses outside of the "
        "view that was passed, in memory that the kernel's project took itself."
    )
    rows = list(map(list, found.rows))
    folded = f"{len(rows)} rows: configurations of kernels, and each kernel's sum"
    return _table("What the launches did", list(found.head), rows, about, folded)


def _environment(report: Report) -> Iterator[Part]:
    rows = list(map(list, report.environment))
    return _table("Environment", ["fact", "value"], rows, folded=f"{len(rows)} facts")
