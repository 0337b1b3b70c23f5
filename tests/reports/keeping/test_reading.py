"""Is what is no report refused, by name?"""

from __future__ import annotations

import copy
import html
import json
import re

import jsonschema
import pytest

import reports
from reports.__main__ import main
from reports.keeping.reading import SCHEMA_FILE, ReportError, validate
from reports.line import lines
from reports.model import SCHEMA
from tests.reports.small_reports import changed, write

COUNTS = {"pass": 1, "fail": 0, "deviation": 0, "unsupported": 0, "declared": 0}
GOOD = {
    "schema": SCHEMA,
    "complete": True,
    "tier": "quick",
    "seconds": 1.5,
    "environment": {"versions": {"torch": None}, "backend": "interpreter"},
    "platform_checks": [{"id": "PLT-1", "verdict": "pass", "detail": ""}],
    "totals": COUNTS,
    "requirements": [{"id": "A-01", "level": "MUST", "text": "t", "cases": 1, **COUNTS}],
    "cases": [
        {
            "id": "a/one",
            "subject": "native",
            "backend": "interpreter",
            "requirements": ["A-01"],
            "flags": [],
            "verdict": "pass",
            "seconds": 0.5,
            "findings": [{"requirement": "A-01", "verdict": "pass"}],
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
        ([], f"has schema None, needs {SCHEMA}"),
        (
            _changed("schema", SCHEMA + 1),
            f"has schema {SCHEMA + 1}, needs {SCHEMA}: read it with the version of the suite that wrote it, or run",
        ),
        (
            _changed("environment", {"commit": "c0ffee"}) | {"schema": "0.9"},
            rf"has schema '0.9', needs {SCHEMA}: read it with the version of the suite that wrote it \(commit c0ffee\)",
        ),
        (_changed("schema", True), f"has schema True, needs {SCHEMA}"),
        (_changed("tier", "all"), r"\$\.tier: 'all' is not one of"),
        (_changed("totals", "fail", -1), r"\$\.totals\.fail"),
        (_changed("cases", 0, "verdict", "maybe"), r"\$\.cases\[0\]\.verdict"),
        (_changed("cases", 0, "requirements", []), r"\$\.cases\[0\]\.requirements"),
        (_changed("cases", 0, "colour", "red"), "colour"),
        (_changed("environment", {"versions": {}}), "backend"),
        (_changed("requirements", 0, "level", "MAY"), "level"),
        (_changed("platform_checks", 0, "verdict", "unsupported"), "platform_checks"),
        (_changed("cases", "x" * 9000), r"\$\.cases: 'xxx.* \.\.\. x*' is not of type 'array'"),
        (_changed("cases", 0, "seconds", 10**400), r"\$\.cases\[0\]\.seconds"),
        (_changed("totals", "fail", 2**53), r"\$\.totals\.fail"),
        (_changed("cases", 0, "histograms", {"o": {"steps": [0] * 10}}), "steps"),
        (_changed("cases", 0, "pictures", {f"o{n}": {} for n in range(65)}), "pictures"),
        (_changed("coverage", {"families": {}, "requirements": {}, "colours": {}}), "colours"),
        (_changed("totals", "pass", 2), r"\$\.totals\.pass: has 2, the rows of cases make it 1"),
        (_changed("requirements", 0, "cases", 0), r"\$\.requirements\[0\]\.cases: has 0, the rows"),
        (_changed("requirements", 0, "deviation", 1), r"\$\.requirements\[0\]\.deviation: has 1"),
        (_changed("cases", 0, "requirements", ["A-9"]), r"\$\.cases\[0\]: has requirement 'A-9', needs one of"),
        (_changed("cases", 0, "verdict", "fail"), r"verdict: has 'fail', its findings make it 'pass'"),
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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no valid JSON"),
        ("[" * 100_000, "has no valid JSON: .*recursion"),
        (json.dumps({**GOOD, "seconds": float("nan")}), "has no valid JSON: has NaN, which is no number"),
        (json.dumps({**GOOD, "seconds": -float("inf")}), "has -Infinity, which is no number"),
        (json.dumps(GOOD).replace("1.5", "1e999"), "has 1e999, which no double holds"),
        (json.dumps(GOOD).replace("1.5", "1" * 9000), "has no valid JSON: has 1{40} ..., which no double holds"),
        (json.dumps(GOOD).encode("utf-16"), "has no valid JSON: .*utf-8"),
        ("\ufeff" + json.dumps(GOOD), "has no valid JSON: .*BOM"),
        ("null", "has schema None"),
    ],
)
@pytest.mark.parametrize("command", ["render", "annotations", "merge", "compare", "gate", "lowering-diff"])
def test_every_command_refuses_what_is_no_report_in_one_line(tmp_path, capsys, command, text, says):
    (tmp_path / "report.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    files = [str(tmp_path)] * (2 if command in ("compare", "gate", "lowering-diff") else 1)
    words = ["--out", str(tmp_path / "out")] if command == "merge" else []
    assert main([command, *files, *words]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and len(said.err) < 900
    assert re.search(says, said.err)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"], "nothing was written"


def test_the_schema_is_one_and_lets_no_unknown_field_in_but_where_it_says_so():
    schema = json.loads(SCHEMA_FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    free = {"environment"}  # facts of any name
    open_ = [path for path, value in _objects(schema) if "additionalProperties" not in value]
    assert {path[-1] for path in open_} == free


def _objects(value, path=()):
    """Every schema of an object, with the names that lead to it."""
    if isinstance(value, dict):
        if value.get("type") == "object":
            yield path, value
        for name, inner in value.items():
            yield from _objects(inner, (*path, name))


def of_schema_2(folder):
    """Make the report in a folder one of schema 2, which counts nothing as declared; its file and what it holds."""
    path = folder / "report.json"
    document = json.loads(path.read_text())
    for counts in (document["totals"], *document["requirements"]):
        assert counts.pop("declared") == 0
    path.write_text(json.dumps(document | {"schema": 2}))
    return path, document


def test_a_report_of_schema_2_declares_nothing(tmp_path):
    write(tmp_path, changed(1, verdicts={"A-01": "unsupported", "A-02": "pass"}))
    new = reports.load(tmp_path)
    of_schema_2(tmp_path)
    assert reports.load(tmp_path) == new


def of_schema_1(folder):
    """Make the report in a folder one of schema 1, whose findings are sentences; what it said."""
    path, document = of_schema_2(folder)
    for row in document["cases"]:
        row["detail"] = "\n".join(said := lines(row) if row["verdict"] != "pass" else [])
        wrong = iter(said)
        for finding in row["findings"]:
            finding["detail"] = "" if finding["verdict"] == "pass" else next(wrong)
            for name in ("cause", "platform", "rerun"):
                finding.pop(name, None)
    path.write_text(json.dumps(document | {"schema": 1}))
    return [row["detail"] for row in document["cases"]]


def test_a_report_of_schema_1_is_shown_and_compared(tmp_path):
    fails = changed(1, verdicts={"A-01": "fail", "A-02": "deviation"})
    write(tmp_path / "old", fails)
    write(tmp_path / "new", fails)
    said = of_schema_1(tmp_path / "old")
    assert [
        ("\n".join(lines(row)) if row["verdict"] != "pass" else "") for row in reports.load(tmp_path / "old")["cases"]
    ] == said
    assert main(["render", str(tmp_path / "old")]) == 0
    for name in ("report.html", "report.md", "junit.xml"):
        assert "output[0] is wrong; rerun: nox -s conformance -- -k a/two" in html.unescape(
            (tmp_path / "old" / name).read_text()
        )
    assert main(["gate", str(tmp_path / "old"), str(tmp_path / "new")]) == 0, "the same fails before and after"
    write(tmp_path / "worse", changed(0, verdicts={"A-01": "fail", "A-02": "pass"}))
    of_schema_1(tmp_path / "worse")
    page = tmp_path / "page.md"
    assert main(["compare", str(tmp_path / "new"), str(tmp_path / "worse"), "--markdown", str(page)]) == 1
    assert "a/one native@interpreter A-01: output[0] is wrong" in html.unescape(page.read_text().replace("\\", ""))


@pytest.mark.parametrize("schema", [True, "1", 1.5])
def test_what_only_looks_like_schema_1_is_refused(tmp_path, schema):
    (tmp_path / "report.json").write_text(json.dumps({**GOOD, "schema": schema}))
    with pytest.raises(ReportError, match=f"needs {SCHEMA}"):
        reports.load(tmp_path)
