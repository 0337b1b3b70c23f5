"""How does a report read on a page? One Markdown text, from report.json alone."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator

from reports.model import Document
from reports.tables import cell, counted, requirement_rows, sentence, subjects, unasked

MOST_LINES = 60  # of failures and of deviations each: a summary on a forge has a size limit
LONGEST_LINE = 700
_MARKUP = "\\`*_[]|~"  # beside what HTML gives meaning to


def to_markdown(document: Document) -> str:
    """The report as Markdown: verdict, platform, requirements, what failed, what deviates, environment."""
    parts = [
        ["# MXFP8 MoE conformance", "", _text(sentence(document))],
        [f"{counted(document['totals'])} in {document['seconds']:.0f} s."],
        _platform(document),
        _requirements(document),
        _lines(document, "fail", "Failures"),
        _lines(document, "deviation", "Deviations from a SHOULD"),
        _unsupported(document),
        _environment(document),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _platform(document: Document) -> list[str]:
    checks = document["platform_checks"]
    if not checks:
        return []
    rows = ([check["id"], check["verdict"].upper(), check["detail"]] for check in checks)
    return ["## Platform checks", "", *_table(["check", "verdict", "detail"], rows)]


def _requirements(document: Document) -> list[str]:
    names = subjects(document)
    if not names:
        return []
    rows = (
        [row.id, row.level, row.text, *(cell(row.by_subject.get(name)) for name in names)]
        for row in requirement_rows(document)
    )
    lines = ["## Requirements", "", *_table(["id", "level", "requirement", *names], rows)]
    missing = unasked(document)
    if missing:
        lines += ["", f"Not asked by the cases of this run: {_text(', '.join(missing))}."]
    return lines


def _lines(document: Document, verdict: str, title: str) -> list[str]:
    rows = [case for case in document["cases"] if case["verdict"] == verdict]
    if not rows:
        return []
    lines = [f"## {title} ({len(rows)})", ""]
    for case in rows[:MOST_LINES]:
        lines.append(f"- {_code(case['id'] + ' ' + case['subject'])}")
        lines += [f"  - {_code(line)}" for line in case["detail"].splitlines()]
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
    return ["## Unsupported", "", *(f"- {count} x {_code(reason)}" for reason, count in kept)]


def _environment(document: Document) -> list[str]:
    facts = {**document["environment"]}
    versions = facts.pop("versions")
    rows = [[name, value if isinstance(value, str) else json.dumps(value)] for name, value in facts.items()]
    rows.append(["versions", ", ".join(f"{name} {value}" for name, value in versions.items() if value)])
    return ["## Environment", "", *_table(["fact", "value"], rows)]


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(_text(name) for name in head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(_text(value) for value in row) + " |"


def _text(value: str) -> str:
    """Text that shows as it is: no markup of Markdown or HTML, one line."""
    escaped = html.escape(" ".join(value.split()), quote=False)
    return escaped.translate({ord(sign): f"\\{sign}" for sign in _MARKUP})


def _code(value: str) -> str:
    """One line of code that nothing in `value` can end or mark up."""
    line = value if len(value) <= LONGEST_LINE else value[:LONGEST_LINE] + " ..."
    escaped = html.escape(" ".join(line.split()), quote=False)
    return f"<code>{escaped.translate({ord(sign): f'&#{ord(sign)};' for sign in _MARKUP})}</code>"
