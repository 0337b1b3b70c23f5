"""Are shards of a run, merged, what the whole run would have been?"""

from __future__ import annotations

import pytest

import reports
from reports.__main__ import main

WORDS = ("--subject", "right", "wrong", "ugly", "unable", "--tier", "gate")
# What a run says of its own circumstances.
OWN = {"seconds", "environment"}


def _comparable(report):
    found = {name: value for name, value in report.items() if name not in OWN}
    rows = [{**row, "seconds": 0} for row in report["cases"]]
    found["cases"] = sorted(rows, key=lambda row: (row["id"], row["subject"]))
    found["problems"] = sorted(report["problems"], key=lambda problem: problem["text"])
    return found


@pytest.mark.parametrize("workers", ["0", "2"])
def test_merged_shards_are_the_whole_run(run, tmp_path, workers, capsys):
    shards = [run(*WORDS, "--shard", f"{n}/3", "-n", workers, name=f"shard-{n}") for n in (1, 2, 3)]
    assert [shard.report["selection"]["shard"] for shard in shards] == ["1/3", "2/3", "3/3"]
    assert all(0 < len(shard.report["cases"]) < 36 for shard in shards)
    assert "shard 1/3 of 48" in shards[0].out
    out = tmp_path / "merged"
    code = main(["merge", *(str(shard.folder) for shard in shards), "--out", str(out)])
    whole = run(*WORDS, name="whole")
    assert code == whole.code == 1
    assert _comparable(reports.load(out)) == _comparable(whole.report)
    assert "does not conform (ALP-01); 36 cases" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {path.name for path in whole.folder.iterdir()}


def test_a_shard_lists_and_judges_the_same_cases(run):
    words = ("--subject", "right", "--tier", "quick", "--shard", "2/3")
    listed = [line.split()[0] for line in run(*words, "--list-cases").out.splitlines()]
    assert sorted(listed) == sorted(name.split()[0] for name in run(*words).verdicts)


def test_a_shard_without_a_case_has_a_report_and_no_verdict(run, tmp_path):
    words = ("--subject", "right", "--tier", "quick", "-k", "alpha/one")
    shards = [run(*words, "--shard", f"{n}/2", name=f"shard-{n}") for n in (1, 2)]
    assert sorted(shard.code for shard in shards) == [0, 4]
    assert all(shard.report["complete"] for shard in shards)
    assert main(["merge", *(str(shard.folder) for shard in shards), "--out", str(tmp_path / "merged")]) == 0


def test_the_list_of_a_shard_without_a_case_says_where_the_cases_are(run):
    words = ("--subject", "right", "--tier", "quick", "-k", "alpha/one", "--list-cases")
    lists = [run(*words, "--shard", f"{n}/2") for n in (1, 2)]
    assert sorted(done.code for done in lists) == [0, 4]
    (empty,) = (done for done in lists if done.code)
    assert "nothing in shard" in empty.err and "the other shards have the 1 selected" in empty.err


def test_a_shard_whose_arrays_cannot_be_made_makes_the_whole_incomplete(run, tmp_path):
    words = ("--subject", "right", "ugly", "-k", "beta")
    shards = [run(*words, "--shard", f"{n}/2", name=f"shard-{n}") for n in (1, 2)]
    assert 5 in [shard.code for shard in shards]
    assert main(["merge", *(str(shard.folder) for shard in shards), "--out", str(tmp_path / "merged")]) == 5
    merged = reports.load(tmp_path / "merged")
    assert {case for problem in merged["problems"] for case in problem["cases"]} == {
        "beta/unmakeable",
        "beta/damaged",
        "beta/damaged-too",
    }


def test_shards_of_other_code_do_not_merge(run, tmp_path, capsys):
    words = ("--subject", "right", "--tier", "quick")
    shards = [run(*words, "--shard", f"{n}/2", name=f"shard-{n}", FAKE_CODE=f"v{n}") for n in (1, 2)]
    assert main(["merge", *(str(shard.folder) for shard in shards), "--out", str(tmp_path / "merged")]) == 2
    assert "code: v1 and v2" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0/2", "3/2", "2"])
def test_a_shard_that_cannot_be_is_wrong_use(run, text):
    done = run("--shard", text)
    assert done.code == 2
    assert f"--shard: has '{text}', needs i/n" in done.err
