"""Do shards become one report, and is anything refused that would make it less than the whole run's?"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

import reports
from reports.__main__ import main
from reports.keeping.collector import Collector
from reports.keeping.merge import merge
from reports.keeping.reading import ReportError
from reports.line import lines
from reports.model import CaseResult, Cause, Finding, PlatformResult, Problem, RequirementText, RunInfo
from tests.reports.full_report import NUMBER, write_full

NAMES = [f"a/case-{number}" for number in range(5)]
COVERAGE = {
    "families": {"a": {"cases": 5, "pairs_possible": 9, "pairs_covered": 8, "pairs_missing": ["x with y"]}},
    "requirements": {"A-01": {"cases": 5, "different": 4}},
}
PASSES = PlatformResult("PLT-1", "pass", "256 codes")


def _row(name):
    wrong = ("fail", Cause("claim", "bad", saved="/elsewhere/found/odd.json"), (), "it")
    finding = Finding("A-01", *(wrong if name == "a/case-3" else ("pass",)))
    facts = {"subject": "native", "backend": "b", "requirements": ("A-01",), "flags": ("f",)}
    launches = {
        "kernel": "gemm",
        "variant": "M=16",
        "launches": 1,
        "workgroups": 2,
        "waves": 8,
        "instructions": {"VALU": 9},
        "traffic": dict.fromkeys(
            ["global_loaded", "global_stored", "lds_loaded", "lds_stored", "distinct_loaded", "distinct_stored"], 64
        ),
    }
    return CaseResult.of([finding], id=name, seconds=0.5, launches=[launches], **facts)


def _run(folder, names, shard=None, *, check=PASSES, problems=(), complete=True, seconds=2.0, **environment):
    """The report of a run that judged these cases."""
    facts = {"versions": {"numpy": "2"}, "backend": "b", "code": "1", "started": f"at {shard}"}
    asked = {"subjects": ["native"], "expression": "", "items": len(NAMES), "asked": len(names)}
    selection = asked | ({"shard": shard} if shard else {})
    known = [RequirementText("A-01", "MUST", "t", "s"), RequirementText("A-02", "SHOULD", "u", "s")]
    info = RunInfo("gate", facts | environment, known, selection, COVERAGE)
    collector = Collector(folder, info, lambda: seconds, started=0.0)
    collector.platform(check)
    for name in names:
        collector.add(_row(name))
    collector.problems = problems
    return collector.finish(complete=complete).document


@pytest.fixture
def shards(tmp_path):
    """The folders of three shards."""
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for number, folder in enumerate(folders):
        _run(folder, NAMES[number::3], f"{number + 1}/3")
    return folders


def test_a_merge_is_the_report_of_the_whole_run(shards, tmp_path):
    whole = _run(tmp_path / "whole", NAMES, seconds=6.0)
    merged = merge([shards[2], shards[0] / "report.json", shards[1]], tmp_path / "merged", "merge them").document
    own = {"environment"}
    assert {k: v for k, v in merged.items() if k not in own} == {k: v for k, v in whole.items() if k not in own}
    assert merged == reports.load(tmp_path / "merged")
    environment = merged["environment"]
    assert (environment["backend"], environment["command"]) == ("b", "merge them")
    assert [part["started"] for part in environment["shards"]] == ["at 1/3", "at 2/3", "at 3/3"]
    assert "started" not in environment


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_merge_of_a_report_with_every_field_is_the_report_of_the_whole_run(tmp_path, count):
    folders = [tmp_path / str(number) for number in range(count)]
    for number, folder in enumerate(folders):
        write_full(folder, range(number, NUMBER, count), f"{number + 1}/{count}")
    whole = write_full(tmp_path / "whole")
    merged = merge(folders, tmp_path / "merged", "").document
    own = {"environment", "seconds", "likeness"}
    assert "likeness" not in merged  # that of a part says nothing of the whole
    assert {k: v for k, v in merged.items() if k not in own} == {k: v for k, v in whole.items() if k not in own}
    environment = dict(merged["environment"])
    assert environment.pop("shards") and environment.pop("command") == ""
    assert environment == whole["environment"]
    assert reports.load(tmp_path / "merged") == merged


def test_a_merge_has_every_rendering(shards, tmp_path, capsys):
    words = ["merge", *map(str, shards), "--out", str(tmp_path / "merged")]
    assert main(words) == 1, "a case failed"
    assert "FAIL: native on b, tier gate does not conform (A-01); 5 cases" in capsys.readouterr().out
    root = ElementTree.parse(tmp_path / "merged" / "junit.xml").getroot()
    assert len(root.findall(".//testsuite[@name='native']/testcase")) == 5
    page = (tmp_path / "merged" / "report.md").read_text()
    assert "## Failures (1)" in page and "| native | gemm | all | 5 | 1 | 5 | 10 |" in page


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ([0, 2], "missing: the reports of shards 2/3"),
        ([1], "missing: the reports of shards 1/3, 3/3"),
        ([0, 1, 2, 1], "double: shard 2/3 is in .*two and in .*two"),
    ],
)
def test_each_shard_once(shards, tmp_path, chosen, says):
    with pytest.raises(ReportError, match=says):
        merge([shards[n] for n in chosen], tmp_path / "merged", "")
    assert not (tmp_path / "merged").exists()


def _edited(folder, *path_and_value):
    """The report in the folder with another value at a place."""
    document = reports.load(folder)
    *path, last, value = path_and_value
    place = document
    for step in path:
        place = place[step]
    place[last] = value
    (folder / "report.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("tier",), "quick", "tier: gate and quick"),
        (("environment", "backend"), "gpu", "backend: b and gpu"),
        (("environment", "code"), "2", "code: 1 and 2"),
        (("environment", "versions"), {"numpy": "3"}, "version of numpy: 2 and 3"),
        (("environment", "modelled"), "otherwise", "modelled: none and otherwise"),
        (("selection", "subjects"), ["native", "emulation"], "subjects: native and native emulation"),
        (("selection", "expression"), "case-1", "expression: none and case-1"),
        (("selection", "items"), 6, "items: 5 and 6"),
        (("selection", "shard"), "3/4", "is shard 3/4, the others are of 3"),
    ],
)
def test_only_parts_of_one_run(shards, tmp_path, place, value, says):
    _edited(shards[2], *place, value)
    with pytest.raises(ReportError, match=says):
        merge(shards, tmp_path / "merged", "")


def test_other_machines_may_judge_the_shards(shards, tmp_path):
    _edited(shards[2], "environment", "platform", "elsewhere")
    _edited(shards[2], "environment", "commit", "the same+changes")
    merged = merge(shards, tmp_path / "merged", "").document
    assert merged["environment"]["shards"][2]["platform"] == "elsewhere"


def test_a_row_in_two_shards_is_named(shards, tmp_path):
    _run(shards[2], [NAMES[2], NAMES[0]], "3/3")
    with pytest.raises(ReportError, match=r"double: a/case-0 native, in .*one and in .*three"):
        merge(shards, tmp_path / "merged", "")


def test_rows_that_are_missing_are_counted(shards, tmp_path):
    lost = _run(shards[1], NAMES[1:2], "2/3")
    lost["selection"]["asked"] = 2
    (shards[1] / "report.json").write_text(json.dumps(lost))
    with pytest.raises(ReportError, match="two: has 1 rows, needs the 2 that it asked for"):
        merge(shards, tmp_path / "merged", "")
    lost["selection"]["asked"] = 1
    (shards[1] / "report.json").write_text(json.dumps(lost))
    with pytest.raises(ReportError, match="asked for 4 rows together, needs the 5 of the whole run"):
        merge(shards, tmp_path / "merged", "")


def test_a_shard_that_did_not_finish_is_refused(shards, tmp_path):
    _run(shards[1], [NAMES[1]], "2/3", complete=False)
    with pytest.raises(ReportError, match="two: did not finish, 1 of 1 rows are there; go on with --resume"):
        merge(shards, tmp_path / "merged", "")


def test_problems_come_along_and_the_whole_is_not_complete(shards, tmp_path, capsys):
    for number in (1, 2):
        cases = (f"a/lost-{number}",)
        problems = [Problem("torn file", cases), Problem("broken module")]
        _run(shards[number], NAMES[number::3], f"{number + 1}/3", problems=problems, complete=False)
    merged = merge(shards, tmp_path / "merged", "").document
    assert not merged["complete"]
    assert merged["problems"] == [
        {"text": "torn file", "cases": ["a/lost-1", "a/lost-2"]},
        {"text": "broken module", "cases": []},
    ]
    assert (
        "- <code>a/lost-1 and 1 more were not judged, torn file</code>"
        in (tmp_path / "merged" / "report.md").read_text()
    )


def test_a_platform_check_that_fails_in_one_shard_fails(shards, tmp_path):
    _run(shards[1], NAMES[1::3], "2/3", check=PlatformResult("PLT-1", "fail", "0x00 differs"))
    assert merge(shards, tmp_path / "merged", "").document["platform_checks"] == [
        {"id": "PLT-1", "verdict": "fail", "detail": "in shard 2/3, not in all: 0x00 differs"}
    ]


def test_what_is_no_shard_is_refused(shards, tmp_path, capsys):
    _run(tmp_path / "whole", NAMES)
    words = ["merge", str(shards[0]), str(tmp_path / "whole"), "--out", str(tmp_path / "merged")]
    assert main(words) == 2
    assert "whole: is no shard's report" in capsys.readouterr().err


def test_a_shards_report_is_not_overwritten(shards, tmp_path):
    before = (shards[0] / "report.json").read_bytes()
    with pytest.raises(ReportError, match=r"--out: .*one holds a shard's report"):
        merge(shards, shards[0], "")
    assert (shards[0] / "report.json").read_bytes() == before


def test_saved_examples_go_with_the_verdicts(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, folder in enumerate(folders, 1):
        _run(folder, NAMES[:3] if number == 1 else NAMES[3:], f"{number}/2")
    for place in (folders[1], tmp_path / "whole"):
        (place / "found").mkdir(parents=True)
    (folders[1] / "found" / "odd.json").write_bytes(b"{}")
    (tmp_path / "whole" / "found" / "stale.json").write_bytes(b"{}")
    merge(folders, tmp_path / "whole", "a command")
    kept = tmp_path / "whole" / "found" / "odd.json"
    assert kept.read_bytes() == b"{}"
    (row,) = (row for row in reports.load(tmp_path / "whole")["cases"] if row["verdict"] == "fail")
    assert row["findings"][0]["cause"]["saved"] == str(kept)
    again = "nox -s conformance -- --subject native --backend b"
    assert lines(row)[0].endswith(f"A-01: bad; saved, to be asked alone by: {again} --replay {kept}; rerun: it")
    assert [path.name for path in kept.parent.iterdir()] == ["odd.json"]
    assert not (folders[0] / "found").exists()


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, capsys):
    _run(tmp_path / "one", NAMES, "1/1")
    taken = tmp_path / "taken"
    taken.write_text("")
    assert main(["merge", str(tmp_path / "one"), "--out", str(taken)]) == 2
    assert f"--out: {taken} cannot be written" in capsys.readouterr().err
