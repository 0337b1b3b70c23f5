"""Is nothing diagnosed where nothing failed, or nothing that a known defect was asked, and nothing near said?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.likeness import statement
from conformance.likeness.record import Known, KnownDefects, write
from conformance.likeness.symptoms import Symptom
from reports.model import CaseResult, Cause, Finding

SHOWN = Symptom("codes", "claim")
KNOWN = Known("a", "It is wrong.", "o/r #1", "a-cause", "0" * 16, frozenset(), {"quantize/a": frozenset({SHOWN})})
CASES = frozenset({"quantize/a", "quantize/b"})


@pytest.fixture(autouse=True)
def record(tmp_path, monkeypatch):
    write(KnownDefects({}, "fake", CASES, [KNOWN]), tmp_path / "record.json")
    monkeypatch.setattr(statement, "RECORD", tmp_path / "record.json")


def row(case, verdict="fail"):
    cause = None if verdict == "pass" else Cause("claim", "", "codes")
    facts = {"id": case, "subject": "native", "backend": "fake", "seconds": 0.0}
    return CaseResult.of([Finding("QNT-01", verdict, cause)], **facts)


def test_what_is_near_is_told_and_what_it_is():
    [told] = statement.likeness([row("quantize/a"), row("quantize/b", "pass")])
    assert told["subject"] == "native" and told["known"] == 1
    facts = {"id": "a", "what": "It is wrong.", "source": "o/r #1", "cause": "a-cause"}
    assert told["near"] == [{**facts, "likeness": 1.0, "common": 1, "of": 1}]


def test_where_nothing_is_near_that_is_said():
    assert statement.likeness([row("quantize/b")]) == [{"subject": "native", "known": 1, "near": []}]


@pytest.mark.parametrize("rows", [[], [row("quantize/a", "pass")], [row("quantize/a", "deviation")], [row("fake/x")]])
def test_nothing_is_diagnosed_where_no_known_case_failed(rows):
    assert statement.likeness(rows) == []


def test_what_is_expected_is_explained_already():
    known = {
        "verdict": "fail",
        "reason": "V1: known",
        "evidence": "a thread",
        "met": ["QNT-01"],
        "unmet": {},
        "unjudged": [],
    }
    assert statement.likeness([replace(row("quantize/a"), expected=(known,))]) == []


def test_what_was_not_asked_did_not_pass(tmp_path):
    both = {case: frozenset({SHOWN}) for case in CASES}
    write(KnownDefects({}, "fake", CASES, [replace(KNOWN, fails=both)]), tmp_path / "record.json")
    declared = replace(row("quantize/b", "pass"), verdict="declared")
    [told] = statement.likeness([row("quantize/a"), declared])
    assert [near["of"] for near in told["near"]] == [1]
