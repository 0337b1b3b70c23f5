"""Does a process that ends too early end in silence? No exit code 0, and a row for every case."""

from __future__ import annotations

import pytest

WORKERS = pytest.mark.parametrize("workers", ["0", "2"])


@WORKERS
@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("leaving", {"0": "its process died: exit code 0", "2": "its process died:"}),
        ("crashing", {"0": "its process died: signal SIGSEGV", "2": "its process died:"}),
        ("exiting", {"0": "raised SystemExit: 0", "2": "raised SystemExit: 0"}),
    ],
)
def test_a_case_that_ends_the_process_fails_and_the_others_are_judged(run, subject, says, workers):
    done = run("--subject", subject, "--tier", "quick", "-n", workers)
    failed = [name for name, verdict in done.verdicts.items() if verdict == "fail"]
    assert failed == [f"beta/number-2 {subject}"], done.out + done.err
    assert (done.code, len(done.report["cases"]), done.report["complete"]) == (1, 8, True)
    assert says[workers] in done.said("beta/number-2", subject)


def test_a_restart_shows_and_counts_everything_once(run):
    done = run("--subject", "leaving", "wrong", "--tier", "quick")
    assert done.out.count("cases on good") + done.out.count("PLT-even Two is even.") == 1
    assert done.out.count("FAIL alpha/one wrong") == 1
    assert done.out.count("FAIL beta/number-2 leaving") == 1
    assert len(done.report["platform_checks"]) == 1
    assert done.report["totals"] == {"pass": 14, "fail": 2, "deviation": 0, "unsupported": 0, "declared": 0}


@WORKERS
def test_a_subject_that_always_dies_fails_everywhere(run, workers):
    done = run("--subject", "leaving-always", "--tier", "quick", "-n", workers)
    assert done.code == 1
    assert set(done.verdicts.values()) == {"fail"}
    assert len(done.verdicts) == 8


def test_a_process_that_dies_behind_the_case_that_did_it_is_no_success(run):
    done = run("--subject", "lingering", "slow", "--tier", "quick")
    assert done.code != 0, done.out
    assert len(done.verdicts) == 6 + 8


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("gone", "raised AttributeError: module 'torch' has no attribute 'mxfp8'"),
        ("picky", "raised ValueError: this GPU is too old"),
        ("exits-at-import", "raised SystemExit: 0"),
        ("leaves-at-import", "ended the process that loads it (exit code 0)"),
    ],
)
@pytest.mark.parametrize("words", [[], ["--list-cases"], ["-n", "2"]])
def test_a_subject_that_does_not_load_is_wrong_use(run, subject, says, words):
    done = run("--subject", subject, *words)
    assert done.code == 2, done.out + done.err
    assert f"subject: {subject} " in done.err
    assert says in done.err
    assert "Traceback" not in done.err
