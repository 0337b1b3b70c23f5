"""Are what is one defect put together, and what are several kept apart?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.forms.html.page import to_html
from reports.model import Cause, Expected, Place, RequirementText, Shown
from reports.views.groups import MOST_REASONS
from reports.views.report import Report
from tests.reports.small_reports import Row, write

KNOWN = tuple(
    RequirementText(name, "MUST", "It is right.", "s", observable)
    for name, observable in {
        "QNT-01": "codes",
        "QNT-02": "scales",
        "ACT-01": "output",
        "FSQ-01": "blocks",
        "STG-02": "activation",
        "GEM-01": "output",
        "FMT-01": "output",
        "MOE-01": "output",
        "MOE-03": "poison",
        "EPM-01": "output",
        "CLS-01": "output",
    }.items()
)


VALUES = Cause(
    "values",
    observable="output",
    index=(0, 1),
    given="gate 0x3f80 (1)",
    observed=Shown("0x3f81", "1.0078125"),
    expected=Expected(Shown("0x3f80", "1")),
    bad=3,
    total=64,
)


def told(case, *names, cause=VALUES, **facts):
    return Row(case, dict.fromkeys(names, "fail"), cause=cause, **facts)


def found(tmp_path, *rows):
    document = write(tmp_path, rows, known=KNOWN)
    to_html(Report(document))
    return Report(document).groups


def test_three_defects_are_three_stages_and_the_layer_that_follows(tmp_path):
    blocks, activation = (replace(VALUES, observable=name) for name in ("blocks", "activation"))
    rows = [
        *(told(f"quantize/{n}", "QNT-01", "QNT-02") for n in "abcd"),
        *(told(f"activation/{n}", "ACT-01") for n in "abc"),
        *(told(f"activation-quantize/{n}", "FSQ-01", cause=blocks) for n in "ab"),
        told("stages/a", "STG-02", cause=activation),
        *(told(f"gemm-mx/{n}", "GEM-01", "FMT-01") for n in "abc"),
        *(told(f"moe/{n}", "MOE-01", "EPM-01") for n in "abcdef"),
        *(told(f"experts-class/{n}", "CLS-01") for n in "ab"),
    ]
    seen = found(tmp_path, *rows)
    assert [group.area for group in seen] == ["the whole layer", "the activation", "quantization", "the grouped GEMM"]
    assert [len(group.rows) for group in seen] == [8, 6, 4, 3]
    assert seen[0].follows == ["the activation", "quantization", "the grouped GEMM"]
    assert seen[1].problem.startswith("blocks[0, 1] gate") and seen[1].rerun.endswith("-k activation-quantize/a")


def test_an_error_and_a_broken_promise_are_other_defects_than_wrong_values(tmp_path):
    seen = found(
        tmp_path,
        told("moe/a", "MOE-01"),
        told("moe/b", "MOE-01", "EPM-01", cause=Cause("raised", "out of luck", raised="RuntimeError")),
        told("moe/c", "MOE-03", cause=Cause("claim", "NaN of unwritten memory shows in the output")),
        told("moe/d", "MOE-01", "EPM-01", cause=Cause("time limit", limit=600.0)),
    )
    wanted = ["", ", poison", ", raised RuntimeError", ", time limit"]
    wanted = [f"the whole layer{how}" for how in wanted]
    assert [group.area for group in seen] == wanted


def test_what_was_not_judged_behind_a_failure_comes_with_it(tmp_path):
    row = told("gemm-mx/a", "GEM-01", "FMT-01")
    write(tmp_path, (row,), known=KNOWN)
    document = write(tmp_path, (row,), known=KNOWN)
    document["cases"][0]["findings"][1]["cause"] = {"kind": "not judged", "after": "GEM-01"}
    (group,) = Report(document).groups
    assert group.requirements == {"GEM-01": 1, "FMT-01": 1} and group.problem.startswith("output[0, 1]")


PLACE = Place("kernels/gemm.py", 7, "launch")


@pytest.mark.parametrize(
    ("cause", "area"),
    [
        (Cause("raised", "no kernel", raised="AttributeError", place=PLACE), "several stages, raised AttributeError"),
        (Cause("time limit", limit=600.0, place=PLACE), "several stages, time limit"),
    ],
)
def test_one_place_that_raises_or_hangs_is_one_group_whatever_was_asked(tmp_path, cause, area):
    (group,) = found(
        tmp_path,
        told("quantize/a", "QNT-01", "QNT-02", cause=cause),
        told("moe/a", "MOE-01", "MOE-03", cause=cause),
        told("gemm-mx/a", "GEM-01", "FMT-01", cause=cause),
    )
    assert group.area == area and len(group.rows) == 3 and len(group.requirements) == 6


@pytest.mark.parametrize(
    "cause",
    [
        Cause("outside", "kernel k, line 60: loads 2 bytes outside"),
        Cause("died", "signal 11"),
        Cause("claim", "fused_moe changed its inputs: x"),  # beside the values of the call: of no observable
        Cause("not judged", "the check did not judge it"),
    ],
)
def test_one_cause_is_one_group_and_not_one_for_each_requirement(tmp_path, cause):
    (group,) = found(tmp_path, told("moe/a", "MOE-01", "MOE-03", cause=cause))
    assert group.requirements == {"MOE-01": 1, "MOE-03": 1}


def test_other_words_of_a_claim_are_another_cause(tmp_path):
    seen = found(tmp_path, *(told(f"moe/{w}", "MOE-03", cause=Cause("claim", w)) for w in ("one", "two")))
    assert len(seen) == 2


def test_what_a_use_meets_comes_first_then_what_nobody_knows_of_then_by_number(tmp_path):
    poison, outside = Cause("claim", "NaN shows", "poison"), {"a": ["limit none"], "b": ["map none"]}
    seen = found(
        tmp_path,
        *(told(f"quantize/{n}", "QNT-01", reach=outside) for n in "abc"),
        *(told(f"gemm-mx/{n}", "GEM-01") for n in "ab"),
        told("activation/a", "ACT-01", reach={"a": [], "b": ["map none"]}),
        told("activation/b", "ACT-01", reach={"a": ["limit 3"], "b": ["map none", "rows 7 above 4", "rows 9 above 4"]}),
        *(told(f"moe/{n}", "MOE-03", cause=poison, reach={"a": ["alpha 0", *n]}) for n in "bcdef"),
    )
    areas = ["the activation", "the grouped GEMM", "the whole layer, poison", "quantization"]
    assert [group.area for group in seen] == areas
    assert [group.reach for group in seen] == [
        "met by a (1 of 2); outside of b: map none, rows 7 above 4",
        "",
        "met by no use; outside of a: alpha 0, b, c, d and 2 more",
        "met by no use; outside of a: limit none; outside of b: map none",
    ]
    assert "Served: met by a (1 of 2)" in (tmp_path / "report.html").read_text()


def test_a_scale_rule_is_named_from_all_blocks_of_the_run(tmp_path):
    scales = replace(VALUES, observable="scales")
    one, two = (
        told("quantize/a", "QNT-01", "QNT-02", cause=scales, rules={"even": 0, "ceil": 0, "ocp_floor": 7}),
        told("quantize/b", "QNT-01", "QNT-02", cause=scales, rules={"even": 0, "ceil": 3, "ocp_floor": 9}),
    )
    right = Row("quantize/c", {"QNT-01": "pass"}, rules={"even": 5, "ceil": 0, "ocp_floor": 5})
    others = right.but(subject="another")
    (group,) = found(tmp_path, one, two, others)
    assert group.notes == ["all scale bytes of 2 cases are those of the rule even"]
    assert group.notes[0] in (tmp_path / "report.html").read_text()
    assert group.notes[0] in (tmp_path / "report.md").read_text()
    assert found(tmp_path, one)[0].notes == ["all scale bytes of its one case are those of the rule even and of ceil"]
    assert found(tmp_path, one, two, right)[0].notes == [], "a case that passes says that it is another rule"
    assert found(tmp_path, told("quantize/a", "QNT-01"))[0].notes == []
    codes = told("quantize/a", "QNT-01", rules={"even": 0})
    assert found(tmp_path, codes)[0].notes == [], "whose scales are right has no other rule"


def expected(name, reason):
    return {"verdict": "fail", "reason": reason, "evidence": f"of {reason}", "met": [name], "unmet": {}, "unjudged": []}


def test_what_is_expected_is_grouped_by_the_name_that_its_reason_has(tmp_path):
    rows = [
        told(f"moe/{n}", "MOE-01", expected=(expected("MOE-01", f"{name}: it rounds, {n}."),))
        for n, name in enumerate(["V10", "V2", "V2", "V2", "V2", "V2", "V2"])
    ]
    rows.append(told("moe/x", "MOE-01", expected=(expected("MOE-01", "Nobody gave it a name."),)))
    rows.append(told("moe/y", "MOE-01"))
    seen = found(tmp_path, *rows)
    areas = [(group.expected, group.area, len(group.rows)) for group in seen]
    whole = "the whole layer"
    assert areas == [(False, whole, 1), (True, "V2", 6), (True, "V10", 1), (True, whole, 1)]
    assert len(seen[1].because) == 6 > MOST_REASONS
    assert "And 1 more reasons: see the table above." in (tmp_path / "report.html").read_text()
    assert seen[-1].because == ["expected: Nobody gave it a name. (of Nobody gave it a name.)"]


def test_deviations_are_groups_too_and_come_behind_failures(tmp_path):
    row = Row("quantize/a", {"QNT-01": "deviation", "QNT-02": "pass"})
    seen = found(tmp_path, row, told("moe/a", "MOE-01"))
    assert [(group.verdict, group.area) for group in seen] == [
        ("fail", "the whole layer"),
        ("deviation", "quantization, codes"),
    ]


@pytest.mark.parametrize("line", ["", "exploded", "x: y"])
def test_a_line_of_any_form_is_in_a_group(tmp_path, line):
    document = write(tmp_path, (told("new-family/a", "MOE-01"),), known=KNOWN)
    document["cases"][0]["findings"][0]["cause"] = {"kind": "", "words": line}
    (group,) = Report(document).groups
    assert group.area == "new-family, output" and group.problem == line
    document["cases"][0]["findings"] = []
    (group,) = Report(document).groups
    assert group.area == "new-family" and group.requirements == {"": 1}


def test_a_group_of_which_one_case_is_unknown_is_met_by_no_use_as_far_as_known(tmp_path):
    rows = told("moe/a", "MOE-01", reach={"a": ["limit none"]}), told("moe/b", "MOE-01")
    assert found(tmp_path, *rows)[0].reach == "not known of 1 of 2 cases; outside of a: limit none"
