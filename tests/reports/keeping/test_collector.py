"""Does the collector count right, and is report.json whole at every moment?"""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

import reports
from reports.keeping.collector import Collector
from reports.line import lines
from reports.model import CaseResult, Cause, Finding, PlatformResult, RequirementText, RunInfo
from reports.views.exit_codes import BROKEN, PASS

INFO = RunInfo(
    tier="quick",
    environment={"versions": {"numpy": "2.4.6", "torch": None}, "backend": "interpreter", "fp_fusion": "1"},
    requirements=[
        RequirementText("A-01", "MUST", "It is right.", "a source"),
        RequirementText("A-02", "SHOULD", "It is pretty.", "a source"),
        RequirementText("A-03", "MUST", "Nobody asks.", "a source"),
    ],
)


def row(name, *findings, subject="native"):
    """A row from (requirement, verdict) pairs."""
    found = [
        Finding(r, verdict, None if verdict == "pass" else Cause("claim", f"{r} is bad")) for r, verdict in findings
    ]
    facts = {"requirements": [r for r, _ in findings], "flags": ["a-flag"], "backend": "interpreter"}
    return CaseResult.of(found, id=name, subject=subject, seconds=0.25, **facts)


def test_a_new_run_leaves_no_example_of_an_earlier_one(tmp_path):
    for name in ("old", "asked"):
        (tmp_path / "found").mkdir(exist_ok=True)
        (tmp_path / "found" / f"{name}.json").write_text("{}")
    asked = tmp_path / "found" / "asked.json"
    Collector(tmp_path, replace(INFO, selection={"replay": str(asked.resolve())}), clock=lambda: 0.0)
    assert list((tmp_path / "found").iterdir()) == [asked]
    # What goes on with a run keeps what it had found.
    Collector(tmp_path, INFO, clock=lambda: 0.0, platform=[PlatformResult("PLT-1", "pass", "")])
    assert asked.exists()


def test_the_file_is_the_document_after_every_case(tmp_path):
    collector = Collector(tmp_path, INFO, clock=lambda: 0.0)
    collector.platform(PlatformResult("PLT-1", "pass", "256 codes"))
    for number in range(3):
        collector.add(row(f"a/case-{number}", ("A-01", "pass")))
        read = reports.load(tmp_path)
        assert [case["id"] for case in read["cases"]] == [f"a/case-{n}" for n in range(number + 1)]
        assert read["platform_checks"] == [{"id": "PLT-1", "verdict": "pass", "detail": "256 codes"}]
        assert (read["totals"]["pass"], read["complete"]) == (number + 1, False)
    assert collector.finish(complete=True).document == reports.load(tmp_path)
    written = ["junit.xml", "report.html", "report.json", "report.md"]
    assert [path.name for path in sorted(tmp_path.iterdir())] == written


def test_counts(tmp_path):
    collector = Collector(tmp_path, INFO)
    collector.add(row("a/one", ("A-01", "pass"), ("A-02", "deviation")))
    collector.add(row("a/two", ("A-01", "fail"), ("A-02", "pass")))
    collector.add(row("a/three", ("A-01", "unsupported")))
    document = collector.finish(complete=True).document
    assert document["totals"] == {"pass": 0, "fail": 1, "deviation": 1, "unsupported": 1, "declared": 0}
    first, second, third = document["requirements"]
    assert first == {
        "id": "A-01",
        "level": "MUST",
        "text": "It is right.",
        "cases": 3,
        "pass": 1,
        "fail": 1,
        "deviation": 0,
        "unsupported": 1,
        "declared": 0,
    }
    assert (second["cases"], second["pass"], second["deviation"]) == (2, 1, 1)
    assert third["cases"] == 0


def test_a_row_of_an_unknown_requirement_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has B-99, needs ids that the run knows"):
        Collector(tmp_path, INFO).add(row("a/one", ("B-99", "pass")))


def test_a_case_without_findings_fails():
    empty = row("a/one")
    assert (empty.verdict, lines(empty.to_json())) == ("fail", ["no requirement was judged"])


def test_one_reason_shared_by_requirements_is_one_line():
    cause = Cause("inability", "It has no such stage.")
    findings = [Finding("A-01", "unsupported", cause), Finding("A-02", "unsupported", cause)]
    facts = {"subject": "native", "backend": "b", "requirements": ("A-01", "A-02"), "flags": (), "seconds": 0.0}
    assert lines(CaseResult.of(findings, id="a/one", **facts).to_json()) == ["It has no such stage."]


def test_a_row_survives_the_way_between_processes():
    sent = row("a/one", ("A-01", "fail"), ("A-02", "pass"))
    assert CaseResult.from_json(json.loads(json.dumps(sent.to_json()))) == sent


def test_renderings_follow_while_the_run_goes_on(tmp_path):
    now = [0.0]
    collector = Collector(tmp_path, INFO, clock=lambda: now[0])
    for number in range(4):
        now[0] += 2.0
        collector.add(row(f"a/case-{number}", ("A-01", "fail")))
    for name in ("report.html", "report.md", "junit.xml"):
        text = (tmp_path / name).read_text()
        assert "a/case-2" in text, "six seconds after the start all were written again"
        assert "a/case-3" not in text


def test_an_old_report_in_the_folder_does_not_stay(tmp_path):
    Collector(tmp_path, INFO).add(row("a/old", ("A-01", "pass")))
    Collector(tmp_path, INFO)
    assert not any("a/old" in path.read_text() for path in tmp_path.iterdir())


def test_a_collector_goes_on_from_an_earlier_one(tmp_path):
    first, second = row("a/one", ("A-01", "fail")), row("a/two", ("A-01", "pass"))
    check = PlatformResult("PLT-1", "pass", "fine")
    whole = Collector(tmp_path / "whole", INFO, clock=lambda: 7.0, started=2.0)
    whole.platform(check)
    whole.add(first)
    known = {"platform": whole.platform_results, "rows": whole.rows}
    parts = Collector(tmp_path / "parts", INFO, clock=lambda: 7.0, started=2.0, **known)
    for collector in (whole, parts):
        collector.add(second)
        collector.finish(complete=True)
    assert (tmp_path / "parts/report.json").read_bytes() == (tmp_path / "whole/report.json").read_bytes()
    assert json.loads((tmp_path / "parts/report.json").read_bytes())["seconds"] == 5.0


def test_a_case_costs_little_in_a_large_run(tmp_path):
    collector = Collector(tmp_path, INFO)
    findings = [("A-01", "pass"), ("A-02", "deviation")]
    started = time.monotonic()
    for number in range(1500):
        collector.add(row(f"a/case-{number}", *findings))
    assert time.monotonic() - started < 15  # 10 ms each; serialising every row again takes five times that


def test_a_report_that_the_disk_has_otherwise_is_not_taken_for_written(tmp_path, monkeypatch):
    collector = Collector(tmp_path, INFO)
    monkeypatch.setattr("reports.keeping.collector.write_whole", lambda path, *pieces: None)
    with pytest.raises(OSError, match="holds other bytes than were written"):
        collector.finish(complete=True)


def test_only_a_complete_report_is_a_success(tmp_path):
    collector = Collector(tmp_path, INFO)
    collector.add(row("a/one", ("A-01", "pass")))
    assert [collector.finish(complete=complete).exit_code for complete in (True, False)] == [PASS, BROKEN]
