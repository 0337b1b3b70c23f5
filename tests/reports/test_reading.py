"""Is what is no report refused, by name?"""

from __future__ import annotations

import copy
import json

import pytest

import reports
from reports.reading import ReportError, validate

GOOD = {
    "schema": 1,
    "complete": True,
    "tier": "quick",
    "seconds": 1.5,
    "environment": {"versions": {"torch": None}, "backend": "interpreter"},
    "platform_checks": [{"id": "PLT-1", "verdict": "pass", "detail": ""}],
    "totals": {"pass": 1, "fail": 0, "deviation": 0, "unsupported": 0},
    "requirements": [
        {
            "id": "A-01",
            "level": "MUST",
            "text": "t",
            "cases": 1,
            "pass": 1,
            "fail": 0,
            "deviation": 0,
            "unsupported": 0,
        }
    ],
    "cases": [
        {
            "id": "a/one",
            "subject": "native",
            "backend": "interpreter",
            "requirements": ["A-01"],
            "flags": [],
            "verdict": "pass",
            "seconds": 0.5,
            "detail": "",
            "findings": [{"requirement": "A-01", "verdict": "pass", "detail": ""}],
        }
    ],
}


def test_a_good_report_is_read_from_its_file_or_its_folder(tmp_path):
    (tmp_path / "report.json").write_text(json.dumps(GOOD))
    assert reports.load(tmp_path) == reports.load(tmp_path / "report.json") == GOOD


def _changed(*path_and_value):
    *path, last, value = path_and_value
    document = copy.deepcopy(GOOD)
    place = document
    for step in path:
        place = place[step]
    place[last] = value
    return document


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "has schema None, needs 1"),
        (
            _changed("schema", 2),
            "has schema 2, needs 1: render it with the version of the suite that wrote it",
        ),
        (_changed("tier", "all"), r"\$\.tier: 'all' is not one of"),
        (_changed("totals", "fail", -1), r"\$\.totals\.fail"),
        (_changed("cases", 0, "verdict", "maybe"), r"\$\.cases\[0\]\.verdict"),
        (_changed("cases", 0, "requirements", []), r"\$\.cases\[0\]\.requirements"),
        (_changed("cases", 0, "colour", "red"), "colour"),
        (_changed("environment", {"versions": {}}), "backend"),
        (_changed("requirements", 0, "level", "MAY"), "level"),
        (_changed("platform_checks", 0, "verdict", "unsupported"), "platform_checks"),
    ],
)
def test_a_broken_report_is_refused(document, says):
    with pytest.raises(ReportError, match=says):
        validate(document)


def test_each_key_is_needed():
    for key in GOOD:
        with pytest.raises(ReportError):
            validate({name: value for name, value in GOOD.items() if name != key})


def test_a_missing_or_torn_file_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"report\.json: cannot be read: No such file"):
        reports.load(tmp_path)
    (tmp_path / "report.json").write_text(json.dumps(GOOD)[:-20])
    with pytest.raises(ReportError, match=r"report\.json: has no valid JSON"):
        reports.load(tmp_path)
