"""Does a report show what its cases cover, in few lines?"""

from __future__ import annotations

import copy
import re

import pytest

import reports
from reports.forms.html.page import to_html
from reports.forms.markdown import to_markdown
from reports.keeping.collector import Collector
from reports.keeping.reading import ReportError, validate
from reports.model import RequirementText, RunInfo
from reports.views.coverage import COLUMNS, pair_rows, requirement_cells
from reports.views.heat import crossings
from reports.views.report import Report
from vectors.coverage.pairs import coverage
from vectors.registry import all_cases

COVERAGE = {
    "families": {
        "moe": {"cases": 7, "pairs_possible": 90, "pairs_covered": 89, "pairs_missing": ["tokens 0 with k 8"]},
        "gemm": {"cases": 2, "pairs_possible": 4, "pairs_covered": 4, "pairs_missing": []},
        "unasked": {"cases": 0, "pairs_possible": 4, "pairs_covered": 0, "pairs_missing": ["all"]},
    },
    "dimensions": {"tokens": {"0": 1, "1": 6}},
    "requirements": {"A-00": {"cases": 7, "different": 7}, "A-01": {"cases": 5, "different": 3}},
}
KNOWN = [RequirementText(f"A-{number:02}", "MUST", "t", "s") for number in range(12)]


@pytest.fixture
def document(tmp_path):
    info = RunInfo("gate", {"versions": {}, "backend": "b"}, KNOWN, coverage=COVERAGE)
    return Collector(tmp_path, info).finish(complete=True).document


def test_the_report_holds_it_all(document, tmp_path):
    assert reports.load(tmp_path)["coverage"] == COVERAGE


def test_pairs_by_family_without_those_that_nobody_asked(document):
    assert pair_rows(document) == [["moe", "7", "89", "90", "tokens 0 with k 8"], ["gemm", "2", "4", "4", ""]]


def test_each_requirement_once_read_downwards(document):
    cells = requirement_cells(document)
    assert {len(row) for row in cells} == {COLUMNS}
    downwards = [row[column] for column in range(COLUMNS) for row in cells]
    assert downwards[:3] == ["A-00 7", "A-01 5 (3 different)", "A-02 0"]
    assert [cell.split()[0] for cell in downwards if cell] == [requirement.id for requirement in KNOWN]


def test_the_page_has_both_tables(document):
    section = to_markdown(Report(document)).split("## What the cases cover")[1].split("\n## ")[0]
    assert "| moe | 7 | 89 | 90 | tokens 0 with k 8 |" in section
    assert "A-01 5 (3 different)" in section
    rows = [line for line in section.splitlines() if re.match(r"\| .*A-\d\d", line)]
    assert len(rows) == 3


def test_what_the_vectors_say_of_themselves_fits(tmp_path):
    cases = [case for case in all_cases() if case.in_tier("quick")]
    info = RunInfo("quick", {"versions": {}, "backend": "b"}, KNOWN, coverage=coverage(cases))
    document = Collector(tmp_path, info).finish(complete=True).document
    validate(document)
    assert pair_rows(document) and requirement_cells(document)
    assert len(to_markdown(Report(document))) < 20_000
    maps = crossings(document)
    assert maps[0].title == "tokens by routing, in moe"
    assert all(len(map_.counts) == len(map_.rows) for map_ in maps)
    assert all(len(row) == len(map_.columns) for map_ in maps for row in map_.counts)
    assert all(map_.most for map_ in maps) and "tokens by routing, in moe" in to_html(Report(document))


def test_a_report_without_it_is_a_report(tmp_path):
    info = RunInfo("gate", {"versions": {}, "backend": "b"}, KNOWN)
    document = Collector(tmp_path, info).finish(complete=True).document
    validate(document)
    assert "coverage" not in document and "What the cases cover" not in to_markdown(Report(document))


@pytest.mark.parametrize(
    "broken",
    [
        {"families": {}},
        {"families": {"a": {"cases": 1}}, "requirements": {}},
        {"families": {}, "requirements": {"A-00": {"cases": -1, "different": 0}}},
        {"families": {}, "requirements": {}, "crossings": [{"family": "moe"}]},
        {"families": {}, "requirements": {}, "dimensions": {"tokens": {"0": "many"}}},
    ],
)
def test_another_shape_is_refused(document, broken):
    changed = copy.deepcopy(document) | {"coverage": broken}
    with pytest.raises(ReportError, match="coverage"):
        validate(changed)
