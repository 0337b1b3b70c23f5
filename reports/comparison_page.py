"""How does a comparison read? A verdict, then tables: the same ones in a terminal and as Markdown."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.comparison import CaseDifference, Change, Comparison
from reports.fitting import Part, fit
from reports.markup import code, table, table_row, text
from reports.model import Document
from reports.tables import counted

LIMIT = 30_000  # bytes of a page: two of them (emulated and on a device) fit into one comment of a forge
MOST_ROWS = 40  # of a table
LONGEST_TITLE = 1000
LONGEST_COMMAND = 4000
LONGEST_CELL = 300
MOST_IDS = 20  # in a command
SHORT = 8  # digits of a digest that are shown


@dataclass(frozen=True)
class Section:
    """A table under a title, or lines of code where ``head`` is empty. total: rows that there are, shown or not."""

    title: str
    about: str
    head: tuple[str, ...]
    rows: list[list[str]]

    @property
    def shown(self) -> list[list[str]]:
        return self.rows[:MOST_ROWS]

    @property
    def more(self) -> str:
        left = len(self.rows) - MOST_ROWS
        return f"and {left} more" if left > 0 else ""


def verdict(found: Comparison) -> str:
    """One sentence that says whether the second report is worse."""
    who = ", ".join(found.pairs.name(name) for name in found.pairs.after) or "no subject of both"
    where = f"{who} on {found.after['environment']['backend']}, tier {found.after['tier']}"
    if found.incomparable:
        return f"NOT COMPARABLE: {'; '.join(found.incomparable)}."
    count = f"{found.same} cases without a difference, {len(found.differences)} with one"
    if found.only_before:
        count += f", {len(found.only_before)} of the first report not in the second"
    if found.worse:
        parts = [_broken_words(found)] if found.broken else []
        parts += (
            [f"other bits in {_cases(found.changed)} without a changed contract"] if found.changed else []
        )
        return f"WORSE: {' and '.join(parts)}; {where}; {count}."
    if not found.differences and not (found.only_before or found.only_after or found.contract):
        return f"SAME: {where}; {count}."
    return f"NOT WORSE: no new failure, and no other bits without a reason; {where}; {count}."


def to_markdown(title: str, found: Comparison) -> str:
    """The comparison as a page of less than ``LIMIT`` bytes: the verdict in the first line."""
    parts = [
        Part(f"**{text(title, LONGEST_TITLE)}**"),
        Part("", [f"{text(line)}  " for line in _heads(found)]),
    ]
    for section in sections(found):
        about = [text(section.about)] if section.about else []
        head = "\n\n".join([f"### {text(section.title)}", *about, ""])
        if section.head:
            head += "\n".join(table(list(section.head), ()))
            lines = list(map(table_row, section.rows))
        else:
            lines = [f"- {code(cells[0], LONGEST_COMMAND)}" for cells in section.rows]
        parts.append(Part(head, lines, rest="both reports", most=MOST_ROWS))
    return fit(parts, LIMIT)


def show(title: str, found: Comparison, console: Console) -> None:
    """Print the comparison, the verdict last, where a reader's eyes are."""
    for line in _heads(found):
        console.print(Text(line), soft_wrap=True)
    for section in sections(found):
        if section.head:
            shown = Table(title=Text(section.title), title_justify="left", caption=section.more or None)
            for name in section.head:
                shown.add_column(Text(name), overflow="fold")
            for row in section.shown:
                shown.add_row(*map(Text, row))
            console.print(shown)
        else:
            console.print(Text(section.title))
            for row in section.shown:
                console.print(Text(row[0]), soft_wrap=True)
    console.print(Text(title, style="bold red" if found.worse else "bold"), soft_wrap=True)


def sections(found: Comparison) -> list[Section]:
    """The tables that have a row, the weightiest first."""
    every = [
        Section("Not comparable", "", ("fact", "first and second report"), _facts(found.incomparable)),
        Section(
            "New failures",
            "What fails now, did not before, and was not expected to.",
            ("case", "subject", "requirement", "before", "line"),
            [row for item in found.broken for row in _failures(item)],
        ),
        Section(
            "Other bits without a changed contract",
            "Digests of what came back for each observable.",
            ("case", "subject", "observable: before -> after"),
            [[item.case, item.subject, _bits(item, item.unexplained)] for item in found.changed],
        ),
        Section(
            "By requirement",
            "Cases of each subject with a change of its verdict, and with other bits in what it rests on.",
            ("requirement", "level", "subject", "new failures", "better", "other changes", "other bits"),
            list(_by_requirement(found)),
        ),
        Section(
            "Changed contract",
            "Requirements that are not the same in both reports.",
            ("requirement", "how"),
            [[name, how] for name, how in found.contract.items()],
        ),
        Section(
            "Changed verdicts",
            "",
            ("case", "subject", "requirement", "before", "after"),
            [row for item in found.differences for row in _verdicts(item)],
        ),
        Section(
            "Other bits with a reason",
            "",
            ("case", "subject", "observable: before -> after", "reason"),
            [row for item in found.differences for row in _explained(item)],
        ),
        Section("In one report only", "", ("subject", "report", "cases", "first of them"), _alone(found)),
        Section("Different beside", "", ("fact", "first and second report"), _facts(found.beside)),
        Section("Run these cases again", "", (), [[line] for line in _commands(found)]),
    ]
    return [section for section in every if section.rows]


def _heads(found: Comparison) -> list[str]:
    named = (("first", found.before), ("second", found.after))
    lines = [f"{name} report: {_origin(document)}" for name, document in named]
    lines += [f"{line}: what it did not judge is not compared" for line in found.unfinished]
    return [*lines, *(f"declared, and nothing needed it: {declaration}" for declaration in found.idle)]


def _origin(document: Document) -> str:
    commit = document["environment"].get("commit") or "no commit"
    return f"{len(document['cases'])} cases: {counted(document['totals'])}; {commit}"


def _facts(lines: Iterable[str]) -> list[list[str]]:
    return [list(line.partition(": ")[::2]) for line in lines]


def _failures(item: CaseDifference) -> Iterator[list[str]]:
    details = {finding["requirement"]: str(finding["detail"]) for finding in item.after["findings"]}
    for name in item.broken:
        detail = details[name] if name in details else str(item.after["detail"])
        # The case and its names are in the row already, the command is below.
        line = (detail.partition(f" {name}: ")[2] or detail).partition("; rerun: ")[0]
        short = line if len(line) <= LONGEST_CELL else f"{line[:LONGEST_CELL]} ..."
        yield [item.case, item.subject, name, item.verdicts[name][0], short]


def _bits(item: CaseDifference, observables: Iterable[str]) -> str:
    return ", ".join(f"{name}: {_change(item.bits[name])}" for name in observables)


def _change(change: Change) -> str:
    return " -> ".join(digest[:SHORT] for digest in change)


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
        yield [item.case, item.subject, _bits(item, observables), reason]


def _by_requirement(found: Comparison) -> Iterator[list[str]]:
    rows = {row["id"]: row for document in (found.before, found.after) for row in document["requirements"]}
    names = dict.fromkeys(item.subject for item in found.differences)
    for requirement, row in rows.items():
        for subject in names:
            items = [item for item in found.differences if item.subject == subject]
            changes = [(item, item.verdicts[requirement]) for item in items if requirement in item.verdicts]
            broken = sum(requirement in item.broken for item, _ in changes)
            better = sum(change[1] == "pass" and change[0] != "none" for _, change in changes)
            bits = sum(
                requirement in item.after["requirements"] and row.get("observable") in item.bits
                for item in items
            )
            counts = [broken, better, len(changes) - broken - better, bits]
            if any(counts):
                yield [requirement, row["level"], subject, *map(str, counts)]


def _alone(found: Comparison) -> list[list[str]]:
    rows = []
    for report, keys in (("first", found.only_before), ("second", found.only_after)):
        for subject in dict.fromkeys(name for _, name in keys):
            ids = [case for case, name in keys if name == subject]
            rows.append(
                [subject, report, str(len(ids)), ", ".join(ids[:3]) + (" ..." if len(ids) > 3 else "")]
            )
    return rows


def _commands(found: Comparison) -> Iterator[str]:
    """One for each subject of the second report that is worse, and what compares two runs of it."""
    by_subject: dict[str, list[str]] = {}
    for item in [*found.broken, *found.changed]:
        by_subject.setdefault(item.after["subject"], []).append(item.case)
    for subject, cases in by_subject.items():
        ids = list(dict.fromkeys(cases))
        yield rerun(found.after, subject, ids[:MOST_IDS])


def rerun(document: Document, subject: str, ids: Sequence[str]) -> str:
    """The command that asks these cases of this subject again."""
    specs = document.get("selection", {}).get("subjects", [])
    spec = subject if subject in specs or len(specs) != 1 else specs[0]
    words = ["--tier", document["tier"], "--subject", spec, "--backend", document["environment"]["backend"]]
    return "nox -s conformance -- " + shlex.join([*words, "-k", " or ".join(ids)])


def _broken_words(found: Comparison) -> str:
    names = {name for item in found.broken for name in item.broken if name}
    return f"new failures in {_cases(found.broken)} ({', '.join(sorted(names))})"


def _cases(items: Sequence[CaseDifference]) -> str:
    return f"{len(items)} case{'s' if len(items) > 1 else ''}"
