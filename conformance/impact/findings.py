"""What do known findings weigh? A table: whether served models meet each, and what it changes in their layers.

``python -m conformance.impact.findings REPORT ... [--page FILE]``: of reports whose failures expectation files foresee
by name ('V1: ...'), beside which ``python -m conformance.impact`` has written what their stages change.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import reports
from conformance.impact.__main__ import FILE, REFUSED, stages_of
from reports.files import write_whole
from reports.foreign.arguments import Parser, path
from reports.foreign.reading import json_file
from reports.foreign.showing import complain, say
from reports.views.groups import Group
from reports.views.reach import words
from reports.views.report import Report

BEGIN, END = "<!-- served: begin -->", "<!-- served: end -->"
_HEAD = ("finding", "cases", "served models", "what its stages change in their layers")
_NOT_OF_THE_LAYER = "no stage of a routed layer"


class PageError(ValueError):
    """The page has no place for the table, or a file beside a report is none; the message says which."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table, or put it into a page between its marks; the exit code."""
    parser = Parser(prog="python -m conformance.impact.findings", description=__doc__)
    parser.add_argument("reports", metavar="REPORT", type=path, nargs="+", help="a report.json, or its folder")
    parser.add_argument("--page", metavar="FILE", type=path, help=f"put it between '{BEGIN}' and '{END}' there")
    options = parser.parse_args(sys.argv[1:] if argv is None else argv)
    try:
        text = table(options.reports)
        if options.page is None:
            say(text)
        else:
            write_whole(options.page, _put(options.page, text).encode())
    except (reports.ReportError, PageError, OSError) as error:
        complain(error)
        return REFUSED
    return 0


def table(folders: Iterable[Path]) -> str:
    """The Markdown table of all reports' findings."""
    rows = [_HEAD, ("---",) * len(_HEAD)]
    for folder in folders:
        report = Report(reports.load(folder))
        beside = (folder if folder.is_dir() else folder.parent) / FILE
        rows += list(_rows(report, json_file(beside, PageError)))
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows)


def _in_order(item: tuple[tuple[str, str], list[Group]]) -> tuple[str, str]:
    """V2 before V10."""
    (subject, name), _ = item
    return subject, re.sub(r"\d+", lambda number: number[0].zfill(9), name)


def _rows(report: Report, impacts: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    named: dict[tuple[str, str], list[Group]] = {}
    for group in report.groups:
        if group.expected and group.area not in group.stages:
            named.setdefault((group.subject, group.area), []).append(group)
    for (subject, name), groups in sorted(named.items(), key=_in_order):
        found = {row.id: row.row for group in groups for row in group.rows}
        stages = dict.fromkeys(stage for row in found.values() for stage in stages_of(row))
        changes = _changes([item for item in impacts if item["subject"] == subject], stages)
        yield name, str(len(found)), words(found.values()) or "not known", changes


def _changes(impacts: list[dict[str, Any]], stages: Iterable[str]) -> str:
    """Of each stage the impact that weighs most, over all uses and beside whichever other stages."""
    told = []
    for stage in stages:
        mine = [item for item in impacts if item["stage"] == stage]
        if mine:
            worst = max(mine, key=lambda item: (bool(item["problem"]), _moved(item)))
            told.append(f"{stage}: {_said(worst)}")
    return "; ".join(told) or _NOT_OF_THE_LAYER


def _moved(item: Mapping[str, Any]) -> float:
    return float("inf") if isinstance(item["moved"], str) else float(item["moved"])


def _said(item: Mapping[str, Any]) -> str:
    if item["problem"] or not item["changed"]:
        return str(item["weight"])
    without, with_it = (f"{value:.4f}" if not isinstance(value, str) else value for value in item["rel_l2"])
    return f"{100 * item['changed']:.3g} % of outputs, rel-L2 {without} -> {with_it}, {item['weight']}"


def _put(page: Path, text: str) -> str:
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, behind = rest.partition(END)
    if not (begin and end):
        raise PageError(f"{page}: has no '{BEGIN}' and '{END}', needs both")
    return f"{before}{BEGIN}\n\n{text}\n{END}{behind}"


if __name__ == "__main__":
    sys.exit(main())
