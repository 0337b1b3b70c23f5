"""Does a run tell the truth? Verdicts, exit codes and records of subjects that misbehave in known ways."""

from __future__ import annotations

import json
import shlex
import xml.etree.ElementTree as ElementTree

import pytest

import reports
from reports.line import lines
from reports.model import SCHEMA


def test_a_run_without_failure_exits_0_and_reports_every_case(run):
    done = run("--subject", "right", "--tier", "quick")
    assert done.code == 0, done.out + done.err
    assert done.report["complete"]
    assert done.report["totals"] == {"pass": 8, "fail": 0, "deviation": 0, "unsupported": 0, "declared": 0}
    assert "PASS: right on good, tier quick" in done.out
    assert "noise from a kernel" not in done.out
    assert done.report["environment"]["device"] == "imagined"
    assert done.report["platform_checks"] == [{"id": "PLT-even", "verdict": "pass", "detail": "256 codes compared"}]


def test_a_report_says_what_was_asked_of_which_code_and_what_that_covers(run):
    done = run("--subject", "right", "wrong", "-k", "alpha or beta/number", "--tier", "quick")
    asked = {"subjects": ["right", "wrong"], "expression": "alpha or beta/number", "items": 16, "asked": 16}
    assert done.report["selection"] == asked
    assert done.report["environment"]["code"] == "sha256:1"
    assert done.report["coverage"]["families"]["beta"]["cases"] == 6, "each case once, whatever the subjects"
    assert done.report["coverage"]["requirements"]["ALP-01"]["cases"] == 2
    page = (done.folder / "report.md").read_text()
    assert "| beta | 6 | 3 | 4 | size 1 with colour red |" in page
    assert "ALP-01 2 (1 different)" in page


def test_default_tier_is_gate_and_default_subjects_are_the_suites(run):
    done = run("-k", "alpha")
    assert set(done.verdicts) == {
        f"alpha/{name} {subject}" for name in ("one", "one-more", "needs-odd") for subject in ("right", "wrong")
    }
    assert done.report["tier"] == "gate"


def test_a_failure_exits_1_and_reads_in_one_line(run):
    done = run("--subject", "wrong", "--tier", "quick")
    assert done.code == 1
    row = done.row("alpha/one", "wrong")
    assert row["verdict"] == "fail"
    assert lines(row)[0].startswith(
        "alpha/one wrong@good ALP-01: [3] 0x01 -> 0x02, needs 0x03; rerun: nox -s conformance"
    )
    assert f"FAIL {lines(row)[0]}" in done.out.splitlines()
    assert done.report["totals"]["fail"] == 1


def test_the_printed_command_reruns_just_that_case(run):
    detail = run("--subject", "right", "wrong", "--tier", "quick").said("alpha/one", "wrong")
    words = shlex.split(detail.partition("nox -s conformance -- ")[2])
    again = run(*words)
    assert again.code == 1
    assert list(again.verdicts) == ["alpha/one wrong"], "alpha/one-more begins with the same words"


def test_a_deviation_is_reported_and_does_not_fail(run):
    done = run("--subject", "ugly", "--tier", "quick")
    assert done.code == 0
    assert done.row("alpha/one-more", "ugly")["verdict"] == "deviation"
    assert "DEVIATION alpha/one-more ugly@good ALP-02: ugly" in done.out


@pytest.mark.parametrize("subject", ["raising", "skipping", "writing"])
def test_an_exception_or_a_skip_fails_what_was_not_judged(run, subject):
    done = run("--subject", subject, "--tier", "quick", "-k", "alpha")
    case = "alpha/one-more" if subject == "raising" else "alpha/one"
    says = {
        "raising": "raised ZeroDivisionError: inside the kernel at tests/conformance/parts/fake_suite.py:",
        "skipping": "raised Skipped: not today",
        "writing": "raised ValueError: assignment destination is read-only",
    }[subject]
    row = done.row(case, subject)
    assert (done.code, row["verdict"]) == (1, "fail")
    assert [finding["requirement"] for finding in row["findings"]] == row["requirements"]
    assert all(says in line for line in lines(row))


def test_a_requirement_that_the_check_forgets_fails(run):
    row = run("--subject", "forgetful", "--tier", "quick", "-k", "alpha/one-more").row("alpha/one-more", "forgetful")
    assert [finding["verdict"] for finding in row["findings"]] == ["pass", "fail"]
    assert "ALP-02: the check did not judge it" in lines(row)[0]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_arrays_that_cannot_be_made_are_no_verdict_on_the_subject(run, workers):
    done = run("--subject", "right", "ugly", "-k", "beta", "-n", workers)
    assert done.code == 5
    assert not done.report["complete"]
    assert not {"beta/unmakeable right", "beta/damaged right"} & done.verdicts.keys()
    assert done.report["totals"] == {"pass": 12, "fail": 0, "deviation": 0, "unsupported": 0, "declared": 0}
    assert done.out.count("ArithmeticError: the reference cannot answer at tests/conformance/parts/fake_suite.py") == 2
    assert "problem of the run itself: beta/damaged and 1 more were not judged" in done.out
    assert done.out.count("golden/manifest.json: has text that is not JSON") == 2, "as it happens, and at the end"
    assert "nox -s vectors" in done.out
    assert "does not conform" not in done.out


def test_a_failure_beside_a_problem_of_the_run_exits_1(run):
    done = run("--subject", "wrong", "-k", "alpha/one or beta/damaged")
    assert done.code == 1
    assert not done.report["complete"]
    assert list(done.verdicts) == ["alpha/one wrong"]


def test_an_inability_of_the_subject_is_declared(run):
    done = run("--subject", "unable", "--tier", "quick")
    assert done.code == 0
    assert done.row("alpha/one", "unable")["verdict"] == "declared"
    assert done.said("alpha/one", "unable") == "unable has no alpha stage"
    assert "declared, 2 cases: unable: unable has no alpha stage" in done.out
    for name in ("report.md", "report.html"):
        assert "Declared" in (done.folder / name).read_text()
    assert done.report["totals"] == {"pass": 6, "fail": 0, "deviation": 0, "unsupported": 0, "declared": 2}


def test_nothing_but_inabilities_is_no_success(run):
    done = run("--subject", "able-to-nothing", "--tier", "quick")
    assert done.code == 4
    assert "NOTHING JUDGED" in done.out


def test_a_family_that_no_check_claims_is_no_verdict(run):
    done = run("--subject", "orphan", "--tier", "quick")
    assert (done.code, done.verdicts, done.report["complete"]) == (5, {}, False)
    assert "gamma/orphan was not judged, no check that can be loaded judges its family" in done.out


def test_two_checks_of_one_family_are_a_problem_of_the_run(run):
    done = run("--subject", "twice", "--tier", "quick")
    assert done.code == 5
    assert not done.report["complete"]
    assert "two checks judge it" in done.out


def test_a_check_module_that_does_not_import_is_shown_and_others_run(run):
    done = run("--subject", "right", "--tier", "quick", suite="broken_suite:SUITE")
    assert (done.code, done.report["complete"]) == (5, False)
    assert "no such kernel module" in done.out
    assert done.verdicts == {f"beta/number-{i} right": "pass" for i in range(6)}
    assert "alpha/one and 1 more were not judged, no check that can be loaded judges its family" in done.out


def test_workers_give_the_same_rows(run):
    words = ["--subject", "right", "wrong", "ugly", "unable", "raising", "--tier", "gate"]
    alone, spread = _rows(run(*words)), _rows(run(*words, "-n", "2"))
    assert alone == spread
    assert len(alone) == 5 * 9, "all but the two whose arrays cannot be made"


def _rows(done):
    rows = [{**row, "seconds": 0} for row in done.report["cases"]]
    return sorted(rows, key=lambda row: (row["id"], row["subject"]))


def test_an_essential_platform_failure_stops_with_3_and_a_report(run):
    done = run("--subject", "right", "--backend", "broken")
    assert done.code == 3
    assert (done.report["cases"], done.report["complete"]) == ([], False)
    assert "platform fail PLT-even" in done.out
    assert "No verdict on broken" in done.out


def test_a_backend_that_cannot_run_here_stops_with_3_and_a_report(run):
    done = run("--subject", "right", "--backend", "absent")
    assert done.code == 3
    assert done.report["platform_checks"][0]["detail"] == "backend absent: no such device here"


def test_a_failure_that_needs_a_failed_platform_check_is_the_platforms(run):
    done = run("--subject", "odd", "--backend", "shaky")
    row = done.row("alpha/needs-odd", "odd")
    assert row["verdict"] == "unsupported"
    assert "platform finding PLT-odd: raised ZeroDivisionError" in lines(row)[0]
    assert "Platform findings, not the kernels': PLT-odd" in done.out
    assert run("--subject", "odd", "--backend", "good").row("alpha/needs-odd", "odd")["verdict"] == "fail"


def test_nothing_selected_exits_4(run):
    done = run("--subject", "right", "-k", "no-such-case")
    assert done.code == 4
    assert "nothing selected" in done.out


@pytest.mark.parametrize("words", [[], ["--list-cases"]])
def test_a_case_of_a_larger_tier_is_told_by_its_tier(run, words):
    done = run("--subject", "right", "--tier", "quick", "-k", "alpha/needs-odd", *words)
    assert done.code == 4
    assert "alpha/needs-odd is asked in tier gate" in done.out + done.err


def test_a_case_that_is_not_asked_of_the_subject_is_told(run):
    done = run("--subject", "orphan", "--tier", "quick", "-k", "alpha/one")
    assert done.code == 4
    assert "alpha/one is not asked of orphan" in done.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--tier", "all"], "invalid choice: 'all'"),
        (["--subject", "nobody"], "subject: has 'nobody', needs one of right"),
        (["--backend", "nowhere"], "backend: has 'nowhere', needs one of good"),
        (["-n", "some"], "needs a whole number from 0 to 1024, auto or gpus"),
        (["-k", "alpha and"], "-k: has 'its end' where a word is needed"),
        (["-k", "(" * 3000], "-k: has more than 50 of '(' and 'not' within each other"),
        (["--report-dir", ""], "--report-dir: has an empty name, needs a path"),
        (["--replay", ""], "--replay: has an empty name"),
        (["--resume", ""], "--resume: has an empty name"),
        (["--explain", ""], "--explain: has an empty id, needs the id of one case"),
        (["--explain", "alpha/one", "--list-cases"], "--explain: has --list-cases beside it"),
        (["--explain", "alpha/one", "--list-requirements"], "--explain: has --list-requirements beside it"),
        (["--explain", "alpha/one", "--replay", "x"], "--explain: has --replay beside it"),
        (["--explain", "alpha/one", "--use", "x"], "--explain: has --use beside it"),
        (["--explain", "alpha/one", "-k", "a", "--shard", "1/2"], "--explain: has -k and --shard beside it"),
        (["--report", "x"], "unrecognized arguments: --report x"),
    ],
)
def test_wrong_use_exits_2_and_names_the_argument(run, words, says):
    done = run(*words)
    assert done.code == 2
    assert says in done.err


def test_a_locale_without_the_letters_of_a_path_is_no_hindrance(run):
    words = ("--subject", "right", "--tier", "quick", "-k", "alpha", "-n", "2")
    done = run(*words, name="bericht-ü", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (done.code, len(done.verdicts)) == (0, 2), done.out + done.err


def test_a_report_folder_that_cannot_be_made_is_wrong_use(run, tmp_path):
    (tmp_path / "report").write_text("a file")
    done = run("--subject", "right")
    assert done.code == 2
    assert "--report-dir" in done.err


def test_lists_without_running(run):
    cases, requirements = run("--list-cases", "-k", "odd-flag"), run("--list-requirements")
    assert cases.out.splitlines() == ["alpha/one  quick  right,wrong  ALP-01  alpha/one."]
    first = requirements.out.splitlines()[1].split(maxsplit=3)
    assert first == ["ALP-01", "MUST", "2/3/3", "alpha: The answer is right. [test]"]
    assert not cases.folder.exists()


def test_renderings_agree_with_the_report(run):
    done = run("--subject", "wrong", "ugly", "unable", "--tier", "quick")
    totals = done.report["totals"]
    root = ElementTree.parse(done.folder / "junit.xml").getroot()
    suites = [suite for suite in root if suite.get("name") != "platform"]
    assert sum(int(suite.get("tests")) for suite in suites) == len(done.report["cases"])
    assert sum(int(suite.get("failures")) for suite in suites) == totals["fail"]
    assert sum(int(suite.get("skipped")) for suite in suites) == totals["declared"]
    assert "## Failures (1)" in (done.folder / "report.md").read_text()
    assert json.loads((done.folder / "report.json").read_text())["schema"] == SCHEMA


@pytest.mark.parametrize("subject", ["right", "wrong"])
def test_a_reader_that_goes_does_not_change_the_verdict(start, tmp_path, subject):
    with start(tmp_path / "report", "--subject", subject, "slow", "--tier", "quick") as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == (1 if subject == "wrong" else 0)
    assert len(reports.load(tmp_path / "report")["cases"]) == 16
