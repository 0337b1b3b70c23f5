"""What does GitHub show beside a change? Workflow commands for failures, deviations and platform findings.

A runner takes each line of a step's output that begins with '::' for a command. So what comes out here is one line for
each annotation, in which text of the report can end neither the line nor a property.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PureWindowsPath
from typing import TypeVar

from reports.foreign.showing import line, plain
from reports.model import WRONG
from reports.views.expected import unmet
from reports.views.groups import Group
from reports.views.report import Report

T = TypeVar("T")
MOST = 10  # of each kind that GitHub shows for one step
LONGEST_TITLE, LONGEST_LINE = 200, 1000


@dataclass(frozen=True)
class Annotation:
    """kind: error, warning or notice. lines: of the message. file, number: where in the checkout, '' if not known."""

    kind: str
    title: str
    lines: tuple[str, ...]
    file: str = ""
    number: str = ""

    def command(self) -> str:
        """As a runner reads it."""
        facts = {
            "file": line(self.file, LONGEST_TITLE),
            "line": self.number,
            "title": plain(line(self.title, LONGEST_TITLE)),
        }
        properties = ",".join(f"{name}={_property(value)}" for name, value in facts.items() if value)
        lines = (_data(plain(line(words, LONGEST_LINE))) for words in self.lines if words)
        return f"::{self.kind} {properties}::{'%0A'.join(lines)}"


def annotate(report: Report) -> list[Annotation]:
    """At most ``MOST`` of a kind: errors, warnings, notices. The last has the sentence, and counts the rest."""
    failing, deviating = (
        list(
            _in_turn(_by_subject(group for group in report.groups if (group.verdict, group.expected) == (kind, False)))
        )
        for kind in WRONG
    )
    problems = [Annotation("error", "Problem of the run itself", (problem,)) for problem in report.problems]
    errors = list(_in_turn([list(map(_of_group, failing)), problems, list(_unmet(report))]))
    warnings = list(map(_of_group, deviating))
    platform = [
        Annotation("notice", f"Platform finding, not the kernels': {check.id}", (check.detail,))
        for check in report.platform
        if check.verdict == "fail"
    ]
    kinds = {"error": errors, "warning": warnings, "platform finding": platform}
    room = {"platform finding": MOST - 1}
    left = {kind: len(found) - room.get(kind, MOST) for kind, found in kinds.items()}
    counts = [f"{count} more {kind}{'s' if count > 1 else ''}" for kind, count in left.items() if count > 0]
    more = (f"{', '.join(counts)}: see report.md and report.html.",) if counts else ()
    last = Annotation("notice", "MXFP8 MoE conformance", (report.sentence, *more))
    return [*errors[:MOST], *warnings[:MOST], *platform[: MOST - 1], last]


def _by_subject(found: Iterable[Group]) -> list[list[Group]]:
    """The groups of each subject, the weightiest first, as a report has them."""
    by_subject: dict[str, list[Group]] = {}
    for group in found:
        by_subject.setdefault(group.subject, []).append(group)
    return list(by_subject.values())


def _in_turn(lists: Iterable[Iterable[T]]) -> Iterator[T]:
    """The first of each, then the second of each: what is cut off behind some is no list as a whole."""
    for some in zip_longest(*lists):
        yield from (item for item in some if item is not None)


def _of_group(group: Group) -> Annotation:
    count = len(group.rows)
    named = ", ".join(name for name in group.requirements if name) or "no requirement judged"
    number = f"{count} case{'s' if count > 1 else ''}"
    kind, verb = ("error", "fails") if group.verdict == "fail" else ("warning", "deviates")
    title = f"{group.subject} {verb} in {number}: {named}"
    file, at = (group.place.file, str(group.place.line)) if group.place else ("", "")
    if PureWindowsPath(file).anchor or ".." in PureWindowsPath(file).parts:  # a path of another machine
        file, at = "", ""
    return Annotation(kind, title, (group.first.id, group.reach, *group.notes, group.problem, group.rerun), file, at)


def _unmet(report: Report) -> Iterator[Annotation]:
    """One for each expectation that did not come true somewhere, with the first such row."""
    first: dict[tuple[str, str, str], str] = {}
    for row in report.document["cases"]:
        for item in row.get("expected", ()):
            if item["unmet"]:
                words = f"{row['id']} {row['subject']}: {unmet({'expected': [item]})[0]}"
                first.setdefault((item["verdict"], item["reason"], item["evidence"]), words)
    for tally in report.tallies:
        if tally.unmet:
            words = first[tally.verdict, tally.reason, tally.evidence]
            yield Annotation(
                "error",
                f"Not as expected: no {tally.verdict}, {tally.unmet} time{'s' if tally.unmet > 1 else ''}",
                (words,),
            )


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
