"""Are findings counted truly, kept whole, and told in order?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import conformance.defects
from conformance.defects import document, pages, tables
from conformance.defects.comparator_classes import comparator, judged
from conformance.defects.document import Findings, RecordError
from conformance.defects.keeper import Keeper
from conformance.defects.question import Failure
from conformance.defects.records import CLEAN, LegalOutcome, Outcome, ordered
from conformance.requirements import REQUIREMENTS
from reports.model import Cause, Expected, Shown
from tests.conformance.defects.fakes import defect

SCHEMA = json.loads((Path(conformance.defects.__file__).parent / "outcome.schema.json").read_text())
KILLED = Outcome(
    id="a-defect",
    kind="catalogue",
    field="codec",
    subject="native",
    backend="fake",
    fingerprint="0123456789abcdef",
    tier="quick",
    rel_l2=(0.0421, 0.0432),
    norm="pass",
    killed=True,
    well_killed=True,
    requirement="QNT-01",
    case="quantize/ties",
    judged="native",
    comparator="bits",
    requirements=("QNT-01", "QNT-03"),
    cases_run=3,
    seconds=1.5,
    cpu_seconds=4.5,
)
NOTHING = {
    "killed": False, "well_killed": False, "requirement": "", "case": "", "judged": "", "comparator": "",
    "requirements": (),
}  # fmt: skip
SURVIVOR = replace(KILLED, id="a-survivor", tier="gate", **NOTHING)
ELSEWHERE = replace(KILLED, id="elsewhere", tier="gate", well_killed=False, rel_l2=(0.7, None), norm="fail")
GENERATED = replace(KILLED, id="generated", kind="systematic", tier="exhaustive")
EQUIVALENT = replace(SURVIVOR, id="no-other", kind="systematic", tier="quick")
ONE = Shown("", "1")
ALARM = Failure("quantize/ties", "native", "QNT-01", "codes[0] observed 1")
RIGHT = LegalOutcome(CLEAN, "fake", "gate", "0123456789abcdef", (0.0416, 0.0432), (), 9, 2.5, 90.0)
ALARMED = replace(RIGHT, id="other-tiles", tier="quick", alarms=(ALARM, replace(ALARM, requirement="QNT-02")))
ENTRIES = (
    defect("a-defect"),
    defect("a-survivor", revealed_by="Rare data."),
    defect("elsewhere"),
    defect("not-here", not_applicable="Another format."),
    defect("generated", kind="systematic"),
    defect("no-other", kind="systematic", equivalent="No input tells it."),
)
PRINTS = dict.fromkeys((*(entry.id for entry in ENTRIES), CLEAN, "other-tiles", "another"), "0123456789abcdef")


def findings(*outcomes, tier="gate"):
    found = Findings(tier, "fake", ENTRIES, asked_legal=[CLEAN, "other-tiles"])
    for row in outcomes:
        kept = found.legal if isinstance(row, LegalOutcome) else found.mutants
        (found.equivalent if row is EQUIVALENT else kept)[row.id] = row
    return found


ALL = (KILLED, ELSEWHERE, SURVIVOR, GENERATED, EQUIVALENT, RIGHT, ALARMED)


def test_the_file_follows_its_schema_and_reads_back(tmp_path):
    path = tmp_path / "mutants.json"
    document.write(path, findings(*ALL))
    found = json.loads(path.read_text())
    jsonschema.validate(found, SCHEMA)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    outcomes, legal = document.read(path)
    assert {row.id: row for row in outcomes} == {row.id: row for row in ALL[:5]}
    assert legal == [RIGHT, ALARMED]
    assert [p.name for p in tmp_path.iterdir()] == ["mutants.json"]


def test_totals_are_of_what_applies():
    found = findings(*ALL).document()
    assert found["catalogue"] == {
        "entries": 4, "applicable": 3, "killed_quick": 1, "killed_gate": 2, "well_killed": 1, "killed_by_norm": 1,
    }  # fmt: skip
    # the one that only the exhaustive tier kills is no kill of the gate; the equivalent one has to be killed by nothing
    assert found["systematic"] == {
        "entries": 2, "applicable": 1, "killed_quick": 0, "killed_gate": 0, "well_killed": 1, "killed_by_norm": 0,
    }  # fmt: skip
    assert found["survivors"] == ["a-survivor"]
    assert found["false_alarms"] == 1  # one case, by two requirements
    assert found["not_applicable"] == [
        {"id": "not-here", "kind": "catalogue", "field": "quantize", "reason": "Another format."}
    ]
    assert [row["id"] for row in found["mutants"]] == ["a-survivor", "elsewhere", "a-defect", "generated"]
    assert [(row["id"], row["argument"]) for row in found["equivalent"]] == [("no-other", "No input tells it.")]
    assert found["complete"]


@pytest.mark.parametrize("gone", [KILLED, EQUIVALENT, RIGHT])
def test_what_has_no_verdict_makes_it_incomplete(gone):
    found = findings(*(row for row in ALL if row is not gone))
    assert found.missing == [gone.id] and not found.document()["complete"]


def test_a_mutant_without_a_verdict_is_neither_killed_nor_survived():
    broken = replace(KILLED, problem="no end", **NOTHING)
    found = findings(broken, *ALL[1:])
    assert found.missing == ["a-defect"] and found.survivors == ["a-survivor"]
    assert ordered([SURVIVOR, broken])[0] is broken


@pytest.mark.parametrize(
    "text",
    ["{}", "[", "[]", '{"schema": 2, "mutants": []}', '{"schema": 2, "mutants": [{}], "equivalent": [], "legal": []}'],
)
def test_another_file_under_its_name_is_refused(tmp_path, text):
    path = tmp_path / "mutants.json"
    path.write_text(text)
    with pytest.raises(RecordError, match=r"mutants\.json"):
        document.read(path)


def kept(folder, tier="gate", prints=None):
    return Keeper(folder, findings(tier=tier), PRINTS if prints is None else prints)


def test_a_later_run_keeps_what_still_holds(tmp_path):
    for row in ALL:
        kept(tmp_path).add(row)
    again = kept(tmp_path)
    assert again.findings.document() == findings(*ALL).document()
    assert all(again.holds(row.id) for row in ALL[:5])
    assert again.holds_legal(CLEAN, "gate") and not again.holds_legal("other-tiles", "quick")
    assert not again.holds("unknown") and not again.holds_legal("unknown", "quick")
    assert (tmp_path / "mutants.md").read_text() == tables.page(again.findings)


def test_what_rests_on_other_sources_is_dropped(tmp_path):
    for row in ALL:
        kept(tmp_path).add(row)
    again = kept(tmp_path, prints=PRINTS | {"a-defect": "f" * 16, CLEAN: "f" * 16})
    assert not again.holds("a-defect") and not again.holds_legal(CLEAN, "quick")
    assert again.findings.missing == ["a-defect", CLEAN]
    assert again.holds("elsewhere")


def test_a_mutant_without_a_verdict_is_held_again(tmp_path):
    kept(tmp_path).add(replace(KILLED, problem="no end", **NOTHING))
    kept(tmp_path).add(replace(RIGHT, problem="no end"))
    assert not kept(tmp_path).holds("a-defect") and not kept(tmp_path).holds_legal(CLEAN, "quick")


def test_a_larger_tier_is_asked_only_about_survivors(tmp_path):
    survivor = replace(SURVIVOR, tier="quick")
    for row in (KILLED, survivor, replace(RIGHT, tier="quick")):
        kept(tmp_path, "quick").add(row)
    larger = kept(tmp_path)
    assert larger.holds("a-defect") and not larger.holds("a-survivor")
    assert larger.survived("a-survivor") == "quick"
    assert larger.survived("a-defect") == larger.survived("unknown") == ""
    assert not larger.holds_legal(CLEAN, "gate") and larger.holds_legal(CLEAN, "quick")


def test_the_page_has_survivors_first():
    lines = tables.page(findings(*ALL)).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[2:6]] == [
        "| a-survivor", "| elsewhere", "| a-defect", "| generated",
    ]  # fmt: skip
    assert "SURVIVED" in rows[2] and "**0.7** | none | fail" in rows[3]
    assert "QNT-01, QNT-03 in quantize/ties (native) | yes | quick | 3 | 1.5 | 4.5 | fake" in rows[4]
    found = "90 of the right kernels, 90 of other legal variants, 22 of wrong kernels, 0 of what they share."
    assert f"- 202 CPU seconds (3.4 minutes): {found}" in lines
    assert "| no-other | SURVIVED | No input tells it. |" in lines
    assert "| not-here | Another format. |" in lines
    assert "| other-tiles | QNT-02 | quantize/ties (native) | codes[0] observed 1 |" in lines


def test_a_verdict_in_one_line():
    assert "killed by QNT-01 quantize/ties (bits, quick); 3 cases, 1.5 s" in tables.line(KILLED)
    assert "not by its field" in tables.line(ELSEWHERE) and "SURVIVED" in tables.line(SURVIVOR)
    assert tables.line(ALARMED) == "other-tiles: FAILS 2: QNT-01 quantize/ties; 9 cases, 2.5 s"
    assert tables.line(RIGHT) == "clean: passes; 9 cases, 2.5 s"


def test_tables_stand_between_the_markers(tmp_path):
    page, front = tmp_path / "README.md", tmp_path / "FRONT.md"
    for path, marks in ((page, pages.PAGE_MARKS), (front, pages.FRONT_MARKS)):
        path.write_text(f"before\n{marks[0]}\nold\n{marks[1]}\nafter\n")
    pages.write(findings(*ALL), page, front)
    for path in (page, front):
        assert path.read_text().startswith("before\n") and path.read_text().endswith("after\n")
        assert "old" not in path.read_text()
    written = page.read_text()
    row = "| bits | a-defect | It \\| is wrong. | 0.0421 | 0.0432 | QNT-01, QNT-03 in `quantize/ties` |"
    assert row in written
    assert "| a-survivor | It \\| is wrong. | Rare data. | gate |" in written
    assert "elsewhere" not in written  # the norm stops it too
    assert "The right native kernel has 0.0416 and 0.0432." in written
    assert "| codec | 1 | 1 | 0 | 1 | 0 |" in written
    assert "| catalogue | 3 | 2 | 1 | 1 | 1 |" in front.read_text()
    assert "2 legal variants: 1 pass everything, 1 false alarms." in front.read_text()


@pytest.mark.parametrize("text", ["no marker\n", f"{pages.FRONT_MARKS[1]}\n{pages.FRONT_MARKS[0]}\n"])
def test_a_page_without_markers_is_named_and_nothing_written(tmp_path, text):
    page, front = tmp_path / "README.md", tmp_path / "FRONT.md"
    page.write_text("\n".join(pages.PAGE_MARKS))
    front.write_text(text)
    with pytest.raises(pages.MarkerError, match=r"FRONT\.md"):
        pages.write(findings(*ALL), page, front)
    assert page.read_text() == "\n".join(pages.PAGE_MARKS)


def test_comparators_are_read_from_the_checks():
    table = judged()
    assert table["quantize", "codes"] == ("bits",)
    assert table["activation", "output"] == ("within",)
    assert table["activation-quantize", "blocks"] == ("blocks",)
    assert table["align", "alignment"] == ("claim",)
    assert {kind for kinds in table.values() for kind in kinds} | {"raised"} == set(pages.CLASSES)
    assert {observable for _, observable in table} <= {r.observable for r in REQUIREMENTS.values()}


@pytest.mark.parametrize(
    ("case", "requirement", "cause", "kind"),
    [
        ("quantize/x", "QNT-02", Cause("values", expected=Expected(ONE)), "bits"),
        ("stages/x", "STG-02", Cause("values", expected=Expected(ONE, ONE, "scale byte")), "blocks"),
        ("stages/x", "STG-02", Cause("values", expected=Expected(ONE)), "within"),
        ("align/x", "ALN-01", Cause("claim", "route 3 is missing"), "claim"),
        ("align/x", "ALN-01", Cause("raised", "no", raised="IndexError"), "raised"),
        ("align/x", "ALN-01", Cause("died", "signal SIGSEGV"), "raised"),
        ("platform", "PLT-CAST-BF16", None, "claim"),
    ],
)
def test_the_comparator_of_a_failure(case, requirement, cause, kind):
    assert comparator(case, requirement, cause) == kind
