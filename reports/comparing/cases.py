"""What changed case by case? Tables of new failures, verdicts and bits, and the commands that ask the cases again."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from reports.comparing.comparison import CaseDifference, Change, Comparison
from reports.comparing.section import Section
from reports.line import lines, told
from reports.model import VERDICTS, Document, Finding
from reports.views import reach

LONGEST_CELL = 300
MOST_IDS = 20  # in a command
SHORT = 8  # digits of a digest that are shown
_ABOUT_BITS = "Digests of what came back for each observable, and the verdict of the case beside them."


def worse(found: Comparison) -> list[Section]:
    """What stops a change: first what is worse, then the requirements that this is about."""
    return [
        Section(
            "failures",
            "New failures",
            "What fails now, did not before, and was not expected to; what a served model meets comes first.",
            ("case", "subject", "requirements", "before", "line"),
            [row for item in found.broken for row in _failures(item)],
        ),
        Section(
            "bits",
            "Other bits without a changed contract",
            _ABOUT_BITS,
            ("case", "subject", "observable: before -> after", "verdict"),
            [[item.case, item.subject, _bits(item, item.unexplained), _verdict(item)] for item in found.changed],
        ),
        Section(
            "requirements",
            "By requirement",
            "Cases of each subject with a change of its verdict, and with other bits in what it rests on.",
            ("requirement", "level", "subject", "new failures", "better", "other changes", "other bits"),
            list(_by_requirement(found)),
        ),
    ]


def others(found: Comparison) -> list[Section]:
    """What else changed, and may."""
    return [
        Section(
            "contract",
            "Changed contract",
            "Requirements that are not the same in both reports.",
            ("requirement", "how"),
            [[name, how] for name, how in found.contract.items()],
        ),
        _moves(found),
        Section(
            "verdicts",
            "Changed verdicts",
            "",
            ("case", "subject", "requirements", "before", "after"),
            [row for item in found.differences for row in _verdicts(item)],
        ),
        Section(
            "reasons",
            "Other bits with a reason",
            _ABOUT_BITS,
            ("case", "subject", "observable: before -> after", "verdict", "reason"),
            [row for item in found.differences for row in _explained(item)],
        ),
    ]


def alone(found: Comparison) -> Section:
    """Cases that were not held against anything."""
    rows = []
    for report, keys in (("first", found.only_before), ("second", found.only_after)):
        for subject in dict.fromkeys(name for _, name in keys):
            ids = [case for case, name in keys if name == subject]
            rows.append([subject, report, str(len(ids)), ", ".join(ids[:3]) + (" ..." if len(ids) > 3 else "")])
    return Section("alone", "In one report only", "", ("subject", "report", "cases", "first of them"), rows)


def commands(found: Comparison) -> Section:
    """One command for each subject of the second report that is worse."""
    by_subject: dict[str, list[str]] = {}
    for item in [*found.broken, *found.changed]:
        by_subject.setdefault(item.after["subject"], []).append(item.case)
    lines = [
        rerun(found.after, subject, list(dict.fromkeys(cases))[:MOST_IDS]) for subject, cases in by_subject.items()
    ]
    return Section("again", "Run these cases again", "", (), [[line] for line in lines])


def rerun(document: Document, subject: str, ids: Sequence[str]) -> str:
    """The command that asks these cases of this subject again."""
    specs = document.get("selection", {}).get("subjects", [])
    spec = subject if subject in specs or len(specs) != 1 else specs[0]
    words = ["--tier", document["tier"], "--subject", spec, "--backend", document["environment"]["backend"]]
    return "nox -s conformance -- " + shlex.join([*words, "-k", " or ".join(ids)])


def _failures(item: CaseDifference) -> Iterator[list[str]]:
    """Requirements that fail with the same words share a row."""
    findings = {finding["requirement"]: Finding.from_json(finding) for finding in item.after["findings"]}
    by_words: dict[tuple[str, str], list[str]] = {}
    for name in item.broken:
        # The case and its names are in the row already, the command is below.
        of = (item.after["subject"], item.after["backend"])
        line = told(findings[name], *of) if name in findings else lines(item.after)[0]
        by_words.setdefault((item.verdicts[name][0], line), []).append(name)
    for (before, line), names in by_words.items():
        short = line if len(line) <= LONGEST_CELL else f"{line[:LONGEST_CELL]} ..."
        met = f"{found}: " if (found := reach.words([item.after])) else ""
        yield [item.case, item.subject, ", ".join(names), before, f"{met}{short}"]


def _bits(item: CaseDifference, observables: Iterable[str]) -> str:
    return ", ".join(f"{name}: {_change(item.bits[name])}" for name in observables)


def _change(change: Change) -> str:
    return " -> ".join(digest[:SHORT] for digest in change)


def _verdict(item: CaseDifference) -> str:
    """Whether the verdict came with the bits."""
    return "changed too" if item.verdicts else f"{item.after['verdict']}, as before"


def _verdicts(item: CaseDifference) -> Iterator[list[str]]:
    by_change: dict[Change, list[str]] = {}
    for name, change in item.verdicts.items():
        by_change.setdefault(change, []).append(name)
    for change, names in by_change.items():
        yield [item.case, item.subject, ", ".join(names), *change]


def _explained(item: CaseDifference) -> Iterator[list[str]]:
    by_reason: dict[str, list[str]] = {}
    for observable, reason in item.because.items():
        by_reason.setdefault(reason, []).append(observable)
    for reason, observables in by_reason.items():
        yield [item.case, item.subject, _bits(item, observables), _verdict(item), reason]


def _by_requirement(found: Comparison) -> Iterator[list[str]]:
    rows = {row["id"]: row for document in (found.before, found.after) for row in document["requirements"]}
    by_subject: dict[str, list[CaseDifference]] = {}
    for item in found.differences:
        by_subject.setdefault(item.subject, []).append(item)
    for requirement, row in rows.items():
        for subject, items in by_subject.items():
            changes = [(item, item.verdicts[requirement]) for item in items if requirement in item.verdicts]
            broken = sum(requirement in item.broken for item, _ in changes)
            better = sum(change[1] == "pass" and change[0] != "none" for _, change in changes)
            bits = sum(
                requirement in item.after["requirements"] and row.get("observable") in item.bits for item in items
            )
            counts = [broken, better, len(changes) - broken - better, bits]
            if any(counts):
                yield [requirement, row["level"], subject, *map(str, counts)]


def _moves(found: Comparison) -> Section:
    """Cases by their verdict before and after; nothing where each has the one that it had."""
    counts = Counter((old["verdict"], new["verdict"]) for old, new in found.both)
    names = [name for name in VERDICTS if any(name in move for move in counts)]
    moved = any(was != now for was, now in counts)
    rows = [[was, *(str(counts[was, now]) for now in names)] for was in names] if moved else []
    about = "Cases of both reports by their verdict: in the first report by row, in the second by column."
    return Section("moves", "Verdicts before and after", about, ("before", *names), rows)
