"""Do counts and machine-code facts survive the report, add up, and show what a kernel change did?"""

from __future__ import annotations

import copy
import json
import re

import pytest

import reports
from reports.__main__ import main
from reports.comparing.lowering import differences
from reports.forms.markdown import to_markdown
from reports.keeping.collector import Collector
from reports.keeping.reading import ReportError, validate
from reports.model import CaseResult, Finding, RequirementText, RunInfo
from reports.views.kernels import costs, costs_of_configurations, lowered
from reports.views.report import Report

FACTS = {
    "kernel": "gemm",
    "variant": "M=16 | 4*u8",
    "arch": "gfx950",
    "warps": 4,
    "vgprs": 92,
    "agprs": 0,
    "sgprs": 66,
    "lds": 38880,
    "scratch": 0,
    "vgpr_spills": 0,
    "sgpr_spills": 0,
    "waves": 4,
    "round": 0,
    "denormal": 3,
    "mode_writes": [],
    "scaled": [4, 8],
    "unscaled": [0, 0],
    "upcasts": [0, 0],
    "scale_files": "v",
    "dots": 0,
    "scaled_dots": 1,
    "instructions": {"VALU": 200, "MFMA": 8},
    "loop": {"VALU": 40, "MFMA": 4},
}
TRAFFIC = {
    "global_loaded": 3000,
    "global_stored": 1000,
    "lds_loaded": 500,
    "lds_stored": 100,
    "distinct_loaded": 1500,
    "distinct_stored": 1000,
}


def launches(kernel="gemm", variant="M=16 | 4*u8", valu=100, **traffic):
    counts = {"launches": 1, "workgroups": 10, "waves": 40, "instructions": {"VALU": valu, "MFMA": 8}}
    return {"kernel": kernel, "variant": variant, **counts, "traffic": TRAFFIC | traffic}


def report(directory, *rows):
    """A finished report of rows (name, launches, lowering) of the subject native."""
    environment = {"versions": {}, "backend": "gfx950-emulated"}
    info = RunInfo("quick", environment, [RequirementText("A-01", "MUST", "One.", "s")])
    collector = Collector(directory, info)
    for name, counts, facts in rows:
        given = {"subject": "native", "backend": "b", "requirements": ("A-01",), "flags": (), "seconds": 0.0}
        found = [Finding("A-01", "pass")]
        collector.add(CaseResult.of(found, id=name, launches=counts, lowering=facts, **given))
    return collector.finish(complete=True).document


def test_rows_with_counts_and_facts_are_valid_and_come_back(tmp_path):
    document = report(tmp_path, ("a/one", [launches()], [FACTS]), ("a/two", [], []))
    assert reports.load(tmp_path) == document
    first, second = document["cases"]
    assert first["launches"] == [launches()] and first["lowering"] == [FACTS]
    assert "launches" not in second and "lowering" not in second, "a row says nothing of what was not counted"
    for row in document["cases"]:
        assert CaseResult.from_json(json.loads(json.dumps(row))).to_json().keys() == row.keys()


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ("launches", "waves", -1),
        ("launches", "extra", 1),
        ("launches", "instructions", {"VALU": 1.5}),
        ("lowering", "scaled", [1]),
        ("lowering", "vgprs", None),
        ("lowering", "mode_writes", "s_setreg"),
    ],
)
def test_other_shapes_are_refused(tmp_path, where, name, value):
    document = report(tmp_path, ("a/one", [launches()], [FACTS]))
    broken = copy.deepcopy(document)
    broken["cases"][0][where][0][name] = value
    with pytest.raises(ReportError, match=rf"cases\[0\]\.{where}\[0\]"):
        validate(broken)
    broken = copy.deepcopy(document)
    del broken["cases"][0][where][0]["kernel"]
    with pytest.raises(ReportError, match="'kernel' is a required property"):
        validate(broken)


def test_costs_add_up_by_kernel(tmp_path):
    document = report(
        tmp_path,
        ("a/one", [launches(), launches(variant="M=32 | 4*u8", valu=50), launches("sum")], []),
        ("a/two", [launches(valu=7)], []),
    )
    found = costs(document)
    assert list(found) == [("native", "gemm"), ("native", "sum")]
    gemm = found["native", "gemm"]
    assert (gemm.launches, gemm.workgroups, gemm.waves) == (3, 30, 120)
    assert gemm.instructions == {"VALU": 157, "MFMA": 24}
    assert (gemm.moved, gemm.least) == (3 * 4000, 3 * 2500)
    assert costs(document, {("a/two", "native")})["native", "gemm"].instructions["VALU"] == 7


def test_a_variant_that_several_cases_launch_is_listed_once(tmp_path):
    other = FACTS | {"variant": "M=8"}
    document = report(tmp_path, ("a/one", [], [FACTS, other]), ("a/two", [], [FACTS]))
    assert list(lowered(document)) == [("native", "gemm", "M=16 | 4*u8"), ("native", "gemm", "M=8")]


def test_configurations_of_a_kernel_say_how_many_cases_and_variants_ran(tmp_path):
    document = report(
        tmp_path,
        ("a/one", [launches(variant="M=128 warps=4 | 4*u8"), launches(variant="M=16 warps=4 | 4*u8 | odd n")], []),
        ("a/two", [launches(variant="M=16 warps=4 | 4*u8")], []),
    )
    found = costs_of_configurations(document)
    seen = {key[2]: (len(cost.cases), len(cost.variants), cost.launches) for key, cost in found.items()}
    assert list(seen.items()) == [("M=16 warps=4", (2, 2, 2)), ("M=128 warps=4", (1, 1, 1)), ("all", (2, 3, 3))]


def test_the_page_has_both_tables_in_a_row_for_each_kernel(tmp_path):
    rows = [(f"a/case-{n}", [launches(beyond_views=8)] if n else [launches()], [FACTS]) for n in range(50)]
    text = to_markdown(Report(report(tmp_path, *rows)))
    gemm = [line for line in text.splitlines() if line.startswith("| native | gemm ")]
    assert len(gemm) == 3
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in gemm]
    assert cells[0] == [
        "native", "gemm", r"M=16 \| 4\*u8", "4", "92+0", "66", "38880", "0", "0", "4/8", "0/0", "0/0", "44", "",
    ]  # fmt: skip
    assert cells[1] == [
        "native", "gemm", "M=16", "50", "1",
        "50", "500", "5,400", "0", "5,000", "0", "0", "0", "400", "0", "0", "400", "250", "60", "392",
    ]  # fmt: skip


def test_a_report_without_kernels_has_no_such_tables(tmp_path):
    text = to_markdown(Report(report(tmp_path, ("a/one", [], []))))
    assert "compiled to" not in text and "launches did" not in text


def test_equal_reports_have_no_difference(tmp_path, capsys):
    rows = [("a/one", [launches()], [FACTS])]
    for name in ("x", "y"):
        report(tmp_path / name, *rows)
    assert main(["lowering-diff", str(tmp_path / "x"), str(tmp_path / "y")]) == 0
    assert capsys.readouterr().out == "no difference; 1 and 1 compiled variants of kernels\n"


def test_what_a_change_did_is_told_in_lines(tmp_path, capsys):
    after = FACTS | {
        "vgprs": 128,
        "waves": 3,
        "scaled": [8, 16],
        "loop": {"VALU": 60, "MFMA": 8, "LDS": 2},
        "mode_writes": ["line 7 (s_setreg_b32)"],
    }
    gone, new = FACTS | {"variant": "M=8"}, FACTS | {"variant": "M=64", "scratch": 16}
    report(tmp_path / "before", ("a/one", [launches()], [FACTS, gone]), ("a/old", [launches(valu=9)], []))
    report(
        tmp_path / "after",
        ("a/one", [launches(valu=110, distinct_loaded=1400)], [after, new]),
        ("a/new", [launches(valu=9)], []),
    )
    assert main(["lowering-diff", str(tmp_path / "before"), str(tmp_path / "after")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "~ native gemm [M=16 | 4*u8]",
        "    waves 4 -> 3, vgprs 92 -> 128, scaled 4/8 -> 8/16, mode_writes none -> line 7 (s_setreg_b32), "
        "loop VALU 40 -> 60 (+50.0 %), loop MFMA 4 -> 8 (+100.0 %), loop LDS 0 -> 2",
        "+ native gemm [M=64]: only in the second report (waves 4, vgprs 92, sgprs 66, lds 38880, scratch 16, "
        "scaled 4/8)",
        "- native gemm [M=8]: only in the first report (waves 4, vgprs 92, sgprs 66, lds 38880, scaled 4/8)",
        "Launches in the 1 cases of both reports:",
        "~ native gemm",
        "    VALU 100 -> 110 (+10.0 %), distinct_loaded 1,500 -> 1,400 (-6.7 %)",
    ]


def test_every_fact_is_compared(tmp_path):
    before = report(tmp_path / "x", ("a/one", [], [FACTS]))
    for name in FACTS.keys() - {"kernel", "variant"}:
        after = copy.deepcopy(before)
        facts = after["cases"][0]["lowering"][0]
        facts[name] = {"VALU": 1} if isinstance(facts[name], dict) else [7, 7] if name != "arch" else "gfx942"
        assert name in "".join(differences(before, after)), name


def test_what_is_no_report_is_refused(tmp_path, capsys):
    report(tmp_path / "x", ("a/one", [], []))
    assert main(["lowering-diff", str(tmp_path / "x"), str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
