"""Are outcomes kept whole, ordered, and told truly?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import conformance.defects
from conformance.defects import outcome, tables, trial
from conformance.defects.__main__ import Keeper, main
from conformance.defects.catalogue import Defect, Edit
from conformance.defects.comparator_classes import comparator, judged
from conformance.defects.outcome import CLEAN, Outcome, RecordError
from conformance.requirements import REQUIREMENTS

SCHEMA = json.loads((Path(conformance.defects.__file__).parent / "outcome.schema.json").read_text())
KILLED = Outcome(
    id="a-defect",
    field="codec",
    subject="native",
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
)
NOTHING = {
    "killed": False, "well_killed": False, "requirement": "", "case": "", "judged": "", "comparator": "",
    "requirements": (),
}  # fmt: skip
SURVIVOR = replace(KILLED, id="a-survivor", **NOTHING)
ELSEWHERE = replace(KILLED, id="elsewhere", well_killed=False, rel_l2=(0.7, None), norm="fail")
RIGHT = replace(SURVIVOR, id=CLEAN, field="")
DEFECT = Defect(
    "a-defect", "codec", "It | is wrong.", "Any.", "own", "native", (Edit("kernels/a.py", "a", "b"),)
)


def test_the_file_follows_its_schema_and_reads_back(tmp_path):
    path = tmp_path / "defects.json"
    outcome.write(path, [KILLED, ELSEWHERE, SURVIVOR, RIGHT], "quick")
    document = json.loads(path.read_text())
    jsonschema.validate(document, SCHEMA)
    assert document["totals"] == {
        "entries": 3, "killed_quick": 2, "killed": 2, "well_killed": 1, "killed_by_norm": 1, "survived": 1,
        "without_verdict": 0,
    }  # fmt: skip
    assert outcome.read(path) == [RIGHT, SURVIVOR, ELSEWHERE, KILLED]
    assert [p.name for p in tmp_path.iterdir()] == ["defects.json"]


@pytest.mark.parametrize(
    "text", ["{}", "[", '{"schema": 2, "mutants": []}', '{"schema": 1, "mutants": [{}]}']
)
def test_another_file_under_its_name_is_refused(tmp_path, text):
    path = tmp_path / "defects.json"
    path.write_text(text)
    with pytest.raises(RecordError, match=r"defects\.json"):
        outcome.read(path)


def test_a_later_run_keeps_what_still_holds(tmp_path):
    Keeper(tmp_path, "quick").add(KILLED)
    again = Keeper(tmp_path, "quick")
    assert again.holds("a-defect", KILLED.fingerprint)
    assert not again.holds("a-defect", "another")
    assert not again.holds("unknown", KILLED.fingerprint)
    again.add(replace(KILLED, problem="no end", **NOTHING))
    assert not Keeper(tmp_path, "quick").holds("a-defect", KILLED.fingerprint)


def test_a_larger_tier_is_asked_only_about_survivors(tmp_path):
    for found in (KILLED, SURVIVOR, RIGHT):
        Keeper(tmp_path, "quick").add(found)
    larger = Keeper(tmp_path, "gate")
    assert larger.holds("a-defect", KILLED.fingerprint)
    assert not larger.holds("a-survivor", SURVIVOR.fingerprint)
    assert larger.survived("a-survivor", SURVIVOR.fingerprint) == "quick"
    assert larger.survived("a-survivor", "another") == ""
    assert larger.survived("a-defect", KILLED.fingerprint) == ""
    assert not larger.holds(CLEAN, RIGHT.fingerprint)


def test_the_fingerprint_follows_entry_and_sources(tmp_path):
    (tmp_path / "kernels").mkdir()
    source = tmp_path / "kernels" / "a.py"
    source.write_text("a\n")
    first = trial.fingerprint(DEFECT, tmp_path)
    assert first == trial.fingerprint(DEFECT, tmp_path)
    assert first != trial.fingerprint(replace(DEFECT, subject="emulation"), tmp_path)
    source.write_text("b\n")
    assert first != trial.fingerprint(DEFECT, tmp_path)


def run(*failures, problem=""):
    return trial.Run(
        tuple(trial.Failure(case, "native", r, f"{r}: codes[0] observed 1") for case, r in failures),
        7,
        problem,
    )


def told(found, known=()):
    settings = trial.Settings("quick", "interpreter", frozenset(known))
    return trial._outcome(DEFECT, settings, [0.04, 0.04], found, 1.0)


def test_a_requirement_of_the_field_tells_most():
    found = told(run(("moe/whole", "MOE-01"), ("quantize/ties", "QNT-03"), ("quantize/ties", "QNT-01")))
    assert (found.requirement, found.case, found.comparator) == ("QNT-03", "quantize/ties", "bits")
    assert found.requirements == ("QNT-03", "QNT-01")
    assert found.killed and found.well_killed


def test_a_kill_elsewhere_is_no_good_kill():
    found = told(run(("moe/whole", "MOE-01")))
    assert found.killed and not found.well_killed


def test_what_the_clean_kernels_fail_kills_nothing():
    found = told(run(("quantize/ties", "QNT-03")), known=[("quantize/ties", "native", "QNT-03")])
    assert found.survived


def test_a_run_without_an_end_is_no_survivor():
    found = told(run(problem="no end within 900 s"))
    assert not found.killed and not found.survived


def test_failures_of_a_report_are_read_without_those_that_follow(tmp_path):
    def finding(requirement, verdict, detail):
        return {"requirement": requirement, "verdict": verdict, "detail": detail}

    rows = [
        finding("QNT-01", "fail", "codes wrong"),
        finding("QNT-02", "fail", "QNT-02: not judged after QNT-01 failed"),
        finding("QNT-06", "deviation", "another byte"),
    ]
    report = {
        "environment": {"backend": "interpreter"},
        "platform_checks": [{"id": "PLT-X", "verdict": "fail", "detail": "no"}],
        "cases": [{"id": "quantize/ties", "subject": "native", "findings": rows}],
    }
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report))
    found, cases = trial._read(path)
    assert [f.requirement for f in found] == ["PLT-X", "QNT-01"]
    assert cases == 1
    assert trial._read(tmp_path / "none.json") == ([], 0)


def test_comparators_are_read_from_the_checks():
    table = judged()
    assert table["quantize", "codes"] == ("bits",)
    assert table["activation", "output"] == ("within",)
    assert table["activation-quantize", "blocks"] == ("blocks",)
    assert table["align", "alignment"] == ("claim",)
    assert {kind for kinds in table.values() for kind in kinds} == set(tables.CLASSES)
    assert {observable for _, observable in table} <= {r.observable for r in REQUIREMENTS.values()}


@pytest.mark.parametrize(
    ("case", "requirement", "detail", "kind"),
    [
        ("quantize/x", "QNT-02", "scales[0] observed 1", "bits"),
        ("stages/x", "STG-02", "activation[0, 1] observed 0x7b, expected scale byte 1 to 1", "blocks"),
        ("stages/x", "STG-02", "activation[0, 1] observed 0x3f80, expected 0x3f81", "within"),
        ("align/x", "ALN-01", "route 3 is missing", "claim"),
        ("align/x", "ALN-01", "ALN-01: raised IndexError: no", "raised"),
        ("platform", "PLT-CAST-BF16", "3 wrong", "claim"),
    ],
)
def test_the_comparator_of_a_failure(case, requirement, detail, kind):
    assert comparator(case, requirement, detail) == kind


def test_the_table_stands_between_the_markers(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n")
    text = tables.pairs([KILLED, SURVIVOR, ELSEWHERE, RIGHT], {"a-defect": DEFECT})
    tables.rewrite(text, page)
    written = page.read_text()
    assert written.startswith("before\n") and written.endswith("after\n") and "old" not in written
    assert (
        "| bits | a-defect | It \\| is wrong. | 0.0421 | 0.0432 | QNT-01, QNT-03 in `quantize/ties` |"
        in written
    )
    assert "elsewhere" not in written and "a-survivor" not in written
    survivor = replace(DEFECT, id="a-survivor", revealed_by="Rare data.")
    assert "| a-survivor | It \\| is wrong. | Rare data. | quick |" in tables.pairs(
        [SURVIVOR], {"a-survivor": survivor}
    )
    page.write_text("no marker\n")
    with pytest.raises(tables.MarkerError, match=r"README\.md"):
        tables.rewrite(text, page)


def test_the_page_has_survivors_first():
    lines = tables.page([KILLED, ELSEWHERE, SURVIVOR, RIGHT], "quick").splitlines()
    assert [line.split(" | ")[0] for line in lines[6:]] == [
        "| clean",
        "| a-survivor",
        "| elsewhere",
        "| a-defect",
    ]
    assert "**0.7** | none | fail" in lines[8]


def test_the_command_refuses_what_it_does_not_know(tmp_path, capsys):
    assert main(["--only", "no-such-entry", "--out", str(tmp_path)]) == 2
    assert "no-such-entry" in capsys.readouterr().err
