"""Do the renderings say what the report says, also where it holds hostile text?"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree

import pytest
from rich.console import Console

from reports.__main__ import main
from reports.forms.junit import to_junit
from reports.forms.markdown import to_markdown
from reports.forms.terminal import MOST_UNASKED, show_summary
from reports.keeping.collector import Collector
from reports.model import CaseResult, Cause, Finding, PlatformResult, RequirementText, RunInfo
from reports.views.report import Report

RENDERED = ("report.html", "report.md", "junit.xml")
HOSTILE = "<script>alert(1)</script> `x` | **b** [l](http://e) </code> &amp; \x1b[31m \x00 \udcff"


def _document(tmp_path, *verdicts, complete=True, detail="went wrong", check="pass"):
    levels = [RequirementText("A-01", "MUST", HOSTILE, "s"), RequirementText("A-02", "SHOULD", "Two.", "s")]
    environment = {"versions": {"numpy": "2.4.6"}, "backend": "interpreter", "command": HOSTILE, "cpus": 2}
    collector = Collector(tmp_path, RunInfo("quick", environment, levels))
    collector.platform(PlatformResult("PLT-1", check, detail))
    for number, verdict in enumerate(verdicts):
        name = "A-02" if verdict == "deviation" else "A-01"
        finding = Finding(name, verdict, None if verdict == "pass" else Cause("inability", detail))
        facts = {"subject": "native", "backend": "interpreter", "requirements": (name,), "flags": ("f",)}
        collector.add(CaseResult.of([finding], id=f"a/case-{number}", seconds=0.5, **facts))
    return collector.finish(complete=complete).document


WHERE = "native on interpreter, tier quick"


@pytest.mark.parametrize(
    ("verdicts", "complete", "starts"),
    [
        (["pass", "deviation"], True, f"PASS: {WHERE}, no MUST failed; 2 cases: 1 pass, 1 deviation."),
        (["pass", "fail"], True, f"FAIL: {WHERE} does not conform (A-01); 2 cases: 1 pass, 1 fail."),
        (["fail"], False, f"FAIL: {WHERE} does not conform (A-01); 1 case: 1 fail. The run did not finish."),
        (["pass"], False, f"INCOMPLETE: {WHERE} did not finish; 1 case: 1 pass."),
        (["unsupported"], True, f"NOTHING JUDGED: {WHERE} has no case that can be asked"),
        ([], False, "No verdict on interpreter, tier quick: no case was judged."),
    ],
)
def test_the_sentence(tmp_path, verdicts, complete, starts):
    assert Report(_document(tmp_path, *verdicts, complete=complete)).sentence.startswith(starts)


def test_a_platform_finding_is_told_apart(tmp_path):
    text = Report(_document(tmp_path, "pass", check="fail")).sentence
    assert text.endswith("Platform findings, not the kernels': PLT-1.")


def test_hostile_text_shows_as_text_in_markdown(tmp_path):
    text = to_markdown(Report(_document(tmp_path, "fail", "unsupported", detail=HOSTILE)))
    assert "<script>" not in text
    assert "**b**" not in text
    assert text.count("<code>") == text.count("</code>")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in rows if "A-01" in line}
    assert cells == {5}, "id, level, requirement and one subject: nothing in the text adds a column"


def test_hostile_text_is_legal_xml(tmp_path):
    root = ElementTree.fromstring(
        to_junit(Report(_document(tmp_path, "fail", "unsupported", "deviation", detail=HOSTILE)))
    )
    message = root.find(".//failure").get("message")
    assert "<script>alert(1)</script>" in message
    assert "\x00" not in message
    assert len(root.findall(".//testcase/properties/property[@name='requirement']")) == 3


@pytest.mark.parametrize(
    ("verdicts", "complete", "kind"),
    [(("pass",), True, "skipped"), ((), True, "failure"), (("pass",), False, "failure")],
)
def test_a_platform_check_fails_in_junit_only_where_it_may_have_kept_cases_from_being_judged(
    tmp_path, verdicts, complete, kind
):
    root = ElementTree.fromstring(to_junit(Report(_document(tmp_path, *verdicts, complete=complete, check="fail"))))
    found = next(suite for suite in root if suite.get("name") == "platform")
    assert (found.get("tests"), found.get("failures"), found.get("skipped")) == (
        "1",
        "1" if kind == "failure" else "0",
        "1" if kind == "skipped" else "0",
    )
    assert found.find(f"testcase/{kind}").get("message").startswith("a finding about the platform")


def test_junit_has_one_testcase_for_each_verdict(tmp_path):
    root = ElementTree.fromstring(to_junit(Report(_document(tmp_path, "pass", "fail", "deviation", "unsupported"))))
    platform, native = root
    assert (platform.get("tests"), platform.get("failures")) == ("1", "0")
    facts = {name: native.get(name) for name in ("name", "tests", "failures", "skipped", "errors", "time")}
    assert facts == {"name": "native", "tests": "4", "failures": "1", "skipped": "1", "errors": "0", "time": "2.000"}
    case = native[1]
    assert (case.get("classname"), case.get("name")) == ("native.a", "a/case-1")
    properties = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert properties == {
        "backend": "interpreter",
        "verdict": "fail",
        "flag": "f",
        "requirement": "A-01",
        "requirement.A-01": "fail",
    }


def test_the_terminal_shows_words_not_only_colours(tmp_path):
    out = io.StringIO()
    document = _document(tmp_path, "pass", "fail", "deviation", detail="[bold]not markup[/bold]", check="fail")
    show_summary(Report(document), Console(file=out, width=200))
    shown = out.getvalue()
    assert "1 pass, 1 fail" in shown
    assert "1 deviation" in shown
    assert "[bold]not markup[/bold]" in shown
    assert "FAIL: native on interpreter" in shown


def test_an_old_report_is_rendered_again(tmp_path, capsys):
    _document(tmp_path, "pass", "fail")
    before = {path: path.read_bytes() for path in map(tmp_path.joinpath, RENDERED)}
    for path in before:
        path.unlink()
    assert main(["render", str(tmp_path)]) == 0
    assert {path: path.read_bytes() for path in before} == before
    assert "FAIL: native" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, capsys):
    _document(tmp_path, "pass")
    (tmp_path / "report.md").unlink()
    (tmp_path / "report.md").mkdir()
    assert main(["render", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path}: cannot be written: Is a directory\n"


def test_rendering_refuses_what_is_no_report(tmp_path, capsys):
    (tmp_path / "report.json").write_text('{"schema": 7}')
    assert main(["render", str(tmp_path)]) == 2
    assert "has schema 7, needs 3" in capsys.readouterr().err
    assert not (tmp_path / "report.md").exists()


@pytest.mark.parametrize(("others", "names"), [(MOST_UNASKED, True), (MOST_UNASKED + 1, False)])
def test_many_unasked_requirements_are_counted_in_the_terminal_and_named_on_the_page(tmp_path, others, names):
    known = [RequirementText(f"A-{number:02}", "MUST", "t", "s") for number in range(others + 1)]
    environment = {"versions": {}, "backend": "b"}
    collector = Collector(tmp_path, RunInfo("quick", environment, known))
    facts = {"subject": "native", "backend": "b", "requirements": ("A-00",), "flags": (), "seconds": 0.0}
    collector.add(CaseResult.of([Finding("A-00", "pass")], id="a/one", **facts))
    out = io.StringIO()
    report = collector.finish(complete=True)
    show_summary(report, Console(file=out, width=160))
    last = f"A-{others:02}"
    assert (last in out.getvalue()) is names
    assert (f"Not asked by the cases of this run: {others} of {others + 1} requirements" in out.getvalue()) is not names
    assert last in to_markdown(report).replace("\\", "")
