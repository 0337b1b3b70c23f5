"""Does a resumed run keep what was judged, ask the rest, and refuse what would mix two runs?"""

from __future__ import annotations

import json
import resource
import signal
import time

import pytest

import reports
from reports.keeping.writer import take
from tests.reports.recounted import recounted

WORDS = ("--subject", "slow", "--tier", "quick")


@pytest.fixture
def interrupted(start, tmp_path):
    """Stop a run when two cases are finished; the report that it leaves."""

    def stopped(*words, sign=signal.SIGTERM):
        folder = tmp_path / "report"
        with start(folder, *words) as process:
            deadline = time.monotonic() + 60
            while not (folder / "report.json").exists() or len(reports.load(folder)["cases"]) < 2:
                assert process.poll() is None, process.stdout.read()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.send_signal(sign)
            process.communicate(timeout=60)
        return reports.load(folder)

    return stopped


def _rows(report):
    return {(row["id"], row["subject"]): row for row in report["cases"]}


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_rest_is_judged_and_nothing_again(interrupted, run, sign, workers):
    before = interrupted(*WORDS, sign=sign)
    done = run("-n", workers, "--resume")
    after = done.report
    assert done.code == 0, done.out + done.err
    assert (after["complete"], len(after["cases"])) == (True, 8)
    kept = _rows(before)
    assert {key: row for key, row in _rows(after).items() if key in kept} == kept, "with their seconds"
    assert f"8 cases, {len(kept)} of them judged before" in done.out
    assert after["seconds"] > before["seconds"] + 0.4 * (8 - len(kept)) / max(1, int(workers))
    assert after["environment"]["started"] == before["environment"]["started"]
    assert len(after["environment"]["resumed"]) == 1
    assert after["selection"] == before["selection"]


def test_what_is_said_may_be_said_again(interrupted, run):
    interrupted(*WORDS)
    assert run(*WORDS, "--backend", "good", "--resume").code == 0


def test_a_finished_run_is_not_judged_again(run):
    before = run("--subject", "wrong", "--tier", "quick").report
    again = run("--resume")
    assert again.code == 1
    assert again.report["cases"] == before["cases"]


def test_a_shard_goes_on_as_the_shard(run, interrupted):
    before = interrupted(*WORDS, "--shard", "1/2")
    done = run("--resume")
    assert done.report["selection"]["shard"] == "1/2"
    assert len(done.report["cases"]) == before["selection"]["asked"] == 4


@pytest.mark.parametrize(
    ("words", "environment", "says"),
    [
        (("--tier", "gate"), {}, "tier: quick and gate"),
        (("--subject", "right"), {}, "subjects: slow and right"),
        (("--backend", "shaky"), {}, "backend: good and shaky"),
        (("-k", "alpha"), {}, "expression: none and alpha"),
        (("--shard", "1/2"), {}, "shard: none and 1/2"),
        ((), {"FAKE_CODE": "sha256:2"}, "code: sha256:1 and sha256:2"),
    ],
)
def test_another_run_is_refused_by_name_and_the_report_kept(run, tmp_path, words, environment, says):
    report = run(*WORDS).folder / "report.json"
    _cut(report, 3)
    before = report.read_bytes()
    done = run(*words, "--resume", **environment)
    assert done.code == 2
    assert "holds another run than this one" in done.err and says in done.err
    assert report.read_bytes() == before


def _cut(report, rows, **changes):
    """Make the report one of a run that was killed after so many rows."""
    document = json.loads(report.read_text())
    document |= {"complete": False, "cases": document["cases"][:rows], **changes}
    report.write_text(json.dumps(recounted(document)))


def test_other_versions_are_refused(run):
    report = run(*WORDS).folder / "report.json"
    document = json.loads(report.read_text())
    document["environment"]["versions"]["numpy"] = "1.0"
    report.write_text(json.dumps(document))
    done = run("--resume")
    assert done.code == 2
    assert "version of numpy: 1.0 and " in done.err


def test_a_row_that_the_run_does_not_ask_is_refused(run):
    done = run("--subject", "right", "--tier", "quick")
    report = done.report
    report["cases"][0]["id"] = "beta/unheard-of"
    (done.folder / "report.json").write_text(json.dumps(report))
    again = run("--resume")
    assert again.code == 2, again.out + again.err
    assert "has a row of beta/unheard-of right, which this run does not ask so" in again.err
    assert reports.load(done.folder) == report


def test_a_backend_that_is_gone_leaves_the_report(run):
    report = run(*WORDS).folder / "report.json"
    _cut(report, 3)
    before = report.read_bytes()
    assert run("--backend", "absent", "--resume").code == 3
    assert report.read_bytes() == before


def test_nothing_to_resume_is_wrong_use(run, tmp_path):
    done = run("--resume")
    assert done.code == 2
    assert "--resume: " in done.err and "cannot be read: No such file" in done.err
    (tmp_path / "report").mkdir()
    old = {"environment": {"versions": {}, "backend": "good"}, "platform_checks": [], "requirements": [], "cases": []}
    counts = {"pass": 0, "fail": 0, "deviation": 0, "unsupported": 0, "declared": 0}
    facts = {"schema": 1, "complete": False, "tier": "quick", "seconds": 0, "totals": counts}
    (tmp_path / "report" / "report.json").write_text(json.dumps(old | facts))
    done = run("--resume")
    assert done.code == 2
    assert "does not say what was asked" in done.err


def test_a_folder_for_another_report_cannot_be_named_too(run, tmp_path):
    done = run("--report-dir", str(tmp_path / "other"), "--resume")
    assert done.code == 2
    assert "not allowed with argument" in done.err


def test_a_case_that_could_not_be_asked_is_asked_again(run):
    words = ("--subject", "right", "-k", "beta/damaged or alpha/one")
    assert run(*words).code == 5
    again = run("--resume")
    assert again.code == 5
    assert again.report["problems"][0]["cases"] == ["beta/damaged"]
    assert len(again.report["problems"]) == 1


def test_what_broke_the_run_stays_broken(run):
    report = run("--subject", "right", "--tier", "quick").folder / "report.json"
    _cut(report, 3, problems=[{"text": "a module did not import", "cases": []}])
    done = run("--resume")
    assert done.code == 5
    assert [problem["text"] for problem in done.report["problems"]] == ["a module did not import"]
    assert not done.report["complete"]


def test_a_platform_that_changed_meanwhile_is_a_problem(run):
    words = ("--subject", "right", "--tier", "quick", "--backend", "moody")
    report = run(*words).folder / "report.json"
    _cut(report, 3)
    done = run("--resume", FAKE_MOOD="bad")
    assert done.code == 5
    assert "platform check PLT-odd: pass before the run was interrupted, fail now" in done.out


def test_a_process_that_dies_in_a_resumed_run_loses_nothing(run):
    report = run("--subject", "right", "leaving", "--tier", "quick").folder / "report.json"
    document = json.loads(report.read_text())
    rows = [row for row in document["cases"] if row["id"] != "beta/number-2"]
    _cut(report, 0, cases=rows)
    done = run("--resume")
    assert done.code == 1
    assert len(done.report["cases"]) == 16
    assert done.report["totals"] == {"pass": 15, "fail": 1, "deviation": 0, "unsupported": 0, "declared": 0}
    kept = {(row["id"], row["subject"]): row for row in rows}
    assert {key: row for key, row in _rows(done.report).items() if key in kept} == kept


def test_a_disk_that_is_full_ends_the_run_in_one_line_and_it_goes_on_from_there(start, run, tmp_path):
    folder, report = tmp_path / "report", tmp_path / "report" / "report.json"
    with start(folder, *WORDS) as process:
        deadline = time.monotonic() + 60
        while not report.exists() or len(reports.load(folder)["cases"]) < 2:
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1000, most))
        out, _ = process.communicate(timeout=60)
    (said,) = [line for line in out.splitlines() if "File too large" in line]
    assert said == (
        f"python -m conformance: {report}: File too large; go on with --resume {folder}; this is no verdict"
    )
    assert (process.returncode, reports.load(folder)["complete"]) == (5, False)
    assert "Traceback" not in out and not list(folder.glob(".*.part"))
    done = run("--resume")
    assert (done.code, len(done.verdicts)) == (0, 8), done.out + done.err


def test_a_folder_that_another_run_writes_into_is_refused_and_kept(run):
    folder = run(*WORDS).folder
    take(folder)  # this process is the other one
    before = {path: path.read_bytes() for path in folder.glob("[!.]*")}
    for words in (WORDS, ("--resume",)):
        done = run(*words)
        assert done.code == 2
        argument = "--resume" if "--resume" in words else "--report-dir"
        assert f"error: {argument}: {folder} cannot be written: process " in done.err
        assert " is writing a report there" in done.err
    assert {path: path.read_bytes() for path in folder.glob("[!.]*")} == before
