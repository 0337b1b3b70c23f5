"""Do the digests of what a subject returned reach the report, whatever way a row takes there?"""

from __future__ import annotations

import pytest

import reports
from reports.__main__ import main

WORDS = ("--subject", "right", "wrong", "unable", "--tier", "quick")


def _bits(report):
    return {(row["id"], row["subject"]): (row.get("bits"), row.get("asked")) for row in report["cases"]}


@pytest.fixture
def whole(run):
    return run(*WORDS, name="whole").report


def test_each_row_has_what_was_asked_and_what_came(whole):
    found = _bits(whole)
    assert found["alpha/one", "right"][0].keys() == {"ALP-01"}
    assert found["alpha/one", "right"][0] != found["alpha/one", "wrong"][0]
    assert found["alpha/one", "right"][1] == found["alpha/one", "wrong"][1]
    assert found["alpha/one-more", "right"] == found["alpha/one-more", "wrong"]
    assert found["alpha/one", "unable"][1] is None, "nothing was asked of it"
    assert whole["requirements"][0]["observable"] == "ALP-01"


def test_workers_give_the_same(run, whole):
    assert _bits(run(*WORDS, "-n", "2").report) == _bits(whole)


def test_shards_and_their_merge_give_the_same(run, whole, tmp_path):
    shards = [run(*WORDS, "--shard", f"{n}/2", name=f"shard-{n}") for n in (1, 2)]
    main(["merge", *(str(shard.folder) for shard in shards), "--out", str(tmp_path / "merged")])
    merged = reports.load(tmp_path / "merged")
    assert _bits(merged) == _bits(whole)
    assert [row.get("observable") for row in merged["requirements"]] == [
        row.get("observable") for row in whole["requirements"]
    ]


def test_a_process_that_takes_over_keeps_them(run):
    found = _bits(run("--subject", "crashing", "--tier", "quick").report)
    assert found["beta/number-2", "crashing"] == (None, None), "it returned nothing"
    assert all(bits for (case, _), (bits, _) in found.items() if case != "beta/number-2")


def test_a_resumed_run_keeps_them(run, whole):
    run(*WORDS)
    assert _bits(run("--resume").report) == _bits(whole)
