"""Is what several forms show put together the same, however a run's rows came in?"""

from __future__ import annotations

from pathlib import Path

from reports.views.exit_codes import FAILED
from reports.views.report import Report
from tests.reports.small_reports import ROWS, write


def test_rows_stand_by_subject_and_id_in_whichever_order_they_were_judged(tmp_path: Path) -> None:
    rows = tuple(row.but(subject=name) for row in ROWS for name in ("b", "a"))
    for order in (rows, rows[::-1]):
        shown = [(row.subject, row.row["id"]) for row in Report(write(tmp_path, order)).rows]
        assert shown == [(name, row.case) for name in ("a", "b") for row in ROWS]


def test_a_failure_of_a_requirement_that_no_registry_has_is_one(tmp_path: Path) -> None:
    document = write(tmp_path, ROWS)
    document["cases"][0]["findings"] = [{"requirement": "Z-99", "verdict": "fail"}]
    report = Report(document)
    assert report.unexpected == ["Z-99"] and report.state == "bad" and report.exit_code == FAILED
    assert report.sentence.startswith("FAIL: ") and "(Z-99)" in report.sentence
