"""Does a run keep to what it was told to expect, neither hiding a verdict nor passing over one that did not come?"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

import reports
from conformance.asking.expectations import Expectation
from reports.__main__ import main
from reports.model import CaseResult, Finding

ONE = {"case": "alpha/one", "requirement": "ALP-01", "verdict": "fail"}
WRONG = ("--subject", "wrong", "--tier", "quick")


@pytest.fixture
def expect(tmp_path):
    """Write a file of these entries; its name."""

    def written(*entries, name="expected.toml"):
        text = ""
        for entry in entries:
            facts = {"reason": "It adds nothing.", "evidence": "https://example.org/7", **entry}
            text += "[[expect]]\n" + "".join(f"{key} = {value!r}\n" for key, value in facts.items())
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return written


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_expected_failure_stays_one_and_does_not_fail_the_run(run, expect, workers):
    done = run(*WRONG, "--expect", expect(ONE), "-n", workers)
    assert done.code == 0, done.out + done.err
    row = done.row("alpha/one", "wrong")
    assert (row["verdict"], done.report["totals"]["fail"]) == ("fail", 1)
    (item,) = row["expected"]
    assert item == {
        "verdict": "fail",
        "reason": "It adds nothing.",
        "evidence": "https://example.org/7",
        "met": ["ALP-01"],
        "unmet": {},
        "unjudged": [],
    }
    assert [row["id"] for row in done.report["cases"] if "expected" in row] == ["alpha/one"]
    assert "EXPECTED FAIL alpha/one wrong@good ALP-01" in done.out
    assert "AS EXPECTED: wrong on good, tier quick does not conform (ALP-01), which is known" in done.out
    assert "It adds nothing." in done.out, "with its reason"
    (source,) = done.report["selection"]["expectations"]
    assert (source["entries"], "subject" in source) == (1, False)


def test_every_rendering_tells_it(run, expect):
    done = run(*WRONG, "--expect", expect(ONE))
    page = (done.folder / "report.md").read_text()
    assert "## Failures (" not in page
    assert "## Failures that were expected (1)" in page
    assert "| fail | 1 | 0 | 0 | It adds nothing. | https://example.org/7 |" in page
    case = ElementTree.parse(done.folder / "junit.xml").find(".//testcase[@name='alpha/one']")
    assert case.find("failure") is None
    assert case.find("skipped").get("message") == "expected: It adds nothing. (https://example.org/7)"


def test_an_expected_failure_that_passes_fails_the_run(run, expect):
    done = run("--subject", "right", "--tier", "quick", "--expect", expect(ONE))
    assert (done.code, done.row("alpha/one", "right")["verdict"]) == (1, "pass")
    assert "NOT AS EXPECTED alpha/one right: ALP-01 is pass, expected is fail: It adds nothing." in done.out
    assert "FAIL: right on good, tier quick is not as expected (ALP-01)" in done.out
    assert "## Not as expected (1)" in (done.folder / "report.md").read_text()
    case = ElementTree.parse(done.folder / "junit.xml").find(".//testcase[@name='alpha/one']")
    assert case.find("failure").get("message").startswith("ALP-01 is pass, expected is fail")


def test_an_expected_deviation_that_passes_fails_the_run(run, expect):
    entry = {"case": "alpha/one-more", "requirement": "ALP-02", "verdict": "deviation"}
    assert run("--subject", "ugly", "--tier", "quick", "--expect", expect(entry)).code == 0
    assert run("--subject", "right", "--tier", "quick", "--expect", expect(entry)).code == 1


def test_another_failure_is_not_the_expected_one(run, expect):
    said = run(*WRONG, "--expect", expect({**ONE, "says": "needs 0x03"}))
    assert said.code == 0
    unsaid = run(*WRONG, "--expect", expect({**ONE, "says": "needs 0x04"}))
    assert unsaid.code == 1
    assert "ALP-01 is fail that does not say 'needs 0x04', expected is fail" in unsaid.out
    assert "does not conform (ALP-01)" in unsaid.out


def test_a_pattern_must_come_true_wherever_it_fits(run, expect):
    done = run(*WRONG, "--expect", expect({**ONE, "case": "alpha/*"}))
    assert done.code == 1
    assert "NOT AS EXPECTED alpha/one-more wrong: ALP-01 is pass" in done.out
    assert "EXPECTED FAIL alpha/one wrong@good" in done.out


def test_one_that_nobody_expected_fails_beside_the_expected(run, expect):
    done = run("--subject", "wrong", "raising", "--tier", "quick", "--expect", expect({**ONE, "subject": "wrong"}))
    assert done.code == 1
    assert "does not conform (ALP-01, ALP-02)" in done.out
    assert "Others fail as expected." in done.out
    page = (done.folder / "report.md").read_text()
    assert "## Failures (1)" in page and "## Failures that were expected (1)" in page


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"case": "alpha/onne", "verdict": "fail"}, "entry 1: case has 'alpha/onne', needs a case's id"),
        ({"case": ["alpha/one", "beta/num-*"], "verdict": "fail"}, "case has 'beta/num-*'"),
        ({"requirement": "ALP-77", "verdict": "fail"}, "requirement has 'ALP-77', needs a requirement's id"),
        ({**ONE, "requirement": "BET-01"}, "requirement has BET-01, needs one that its cases ask"),
        ({**ONE, "requirement": ["ALP-01", "ALP-02"]}, "requirement has ALP-02"),
        ({**ONE, "case": ["alpha/one", "beta/big"]}, "case has 'beta/big', needs one that asks ALP-01"),
        ({**ONE, "verdict": "pass"}, "verdict: 'pass' is not one of"),
        ({**ONE, "evidence": " "}, "evidence"),
        ({**ONE, "colour": "red"}, "colour"),
        ({"verdict": "fail"}, "$.expect[0]"),
    ],
)
@pytest.mark.parametrize("words", [(), ("-k", "beta/number-1")])
def test_what_means_no_case_is_refused_before_anything_is_judged(run, expect, entry, says, words):
    done = run(*WRONG, "--expect", expect(entry), *words)
    assert done.code == 2
    assert says in done.err
    assert not done.folder.exists()


def test_what_this_run_asks_nobody_is_refused_in_a_whole_run_only(run, expect):
    file = expect({**ONE, "subject": "ugly"}, {"case": "gamma/orphan", "verdict": "fail"})
    whole = run(*WRONG, "--expect", file)
    assert whole.code == 2
    assert "entry 1: matches nothing: no subject of this run is asked case alpha/one" in whole.err
    assert run("--subject", "right", "--tier", "quick", "--expect", file, "-k", "beta").code == 0


def test_another_backends_or_a_larger_tiers_is_no_error(run, expect):
    other, larger = {**ONE, "backend": "shaky"}, {"case": "beta/big", "verdict": "fail"}
    nobodys = {"case": "gamma/orphan", "verdict": "fail", "backend": "shaky"}
    words = ("--subject", "right", "--tier", "quick", "--expect", expect(other, larger, nobodys))
    assert run(*words).code == 0
    assert run(*words, "--backend", "shaky").code == 2


def test_what_could_not_be_asked_is_told(run, expect):
    done = run("--subject", "unable", "--tier", "quick", "--expect", expect(ONE))
    assert done.code == 0
    assert done.row("alpha/one", "unable")["expected"][0]["unjudged"] == ["ALP-01"]
    assert "| fail | 0 | 0 | 1 |" in (done.folder / "report.md").read_text()


def test_a_process_that_dies_can_be_expected(run, expect):
    entry = {"case": "beta/number-2", "verdict": "fail", "says": "its process died"}
    assert run("--subject", "crashing", "--tier", "quick", "--expect", expect(entry)).code == 0


def test_shards_know_what_the_whole_asks(run, expect, tmp_path):
    file = expect(ONE)
    shards = [run(*WRONG, "--expect", file, "--shard", f"{n}/2", name=f"shard-{n}") for n in (1, 2)]
    assert [shard.code for shard in shards] == [0, 0]
    assert main(["merge", *(str(shard.folder) for shard in shards), "--out", str(tmp_path / "all")]) == 0
    merged = reports.load(tmp_path / "all")
    assert [row["expected"][0]["met"] for row in merged["cases"] if "expected" in row] == [["ALP-01"]]


def test_a_resumed_run_expects_the_same(run, expect):
    file = expect(ONE)
    first = run(*WRONG, "--expect", file)
    again = run("--resume")
    assert (again.code, again.report["selection"]) == (0, first.report["selection"])
    assert again.report["cases"] == first.report["cases"]
    other = run("--expect", expect(ONE, {"requirement": "BET-01", "verdict": "fail"}), "--resume")
    assert other.code == 2
    assert "expectations:" in other.err


def test_a_subject_brings_its_own(run):
    words = ("--subject", "known", "--tier", "gate", "-k", "alpha")
    done = run(*words)
    assert done.code == 0
    assert done.report["selection"]["expectations"][0]["subject"] == "known"
    assert run("--resume").code == 0
    assert run(*words[:-1], "alpha/one", name="alone").code == 0, "one failure, expected, is something judged"
    without = run(*words, "--no-expectations")
    assert without.code == 1
    assert "expectations" not in without.report["selection"]
    assert run("--resume").code == 1, "still without"


def test_a_subjects_own_are_not_of_others(run):
    done = run("--subject", "known", "wrong", "--tier", "gate", "-k", "alpha")
    assert done.code == 1
    assert "expected" not in done.row("alpha/one", "wrong")


def test_explain_has_no_use_for_them(run, expect):
    done = run("--explain", "alpha/one", "--expect", expect(ONE))
    assert (done.code, "--expect beside it" in done.err) == (2, True)


@pytest.mark.parametrize(("memory", "met", "unmet"), [("fail", ["MEM-01"], {}), ("pass", [], {"MEM-01": "pass"})])
def test_an_access_outside_can_be_expected_of_a_case_that_does_not_name_it(memory, met, unmet):
    entry = Expectation("", "fail", "", "", ("alpha/one",), ("MEM-01",))
    found = [Finding("ALP-01", memory), *([Finding("MEM-01", "fail")] if memory == "fail" else [])]
    facts = {"id": "alpha/one", "requirements": ("ALP-01",), "flags": (), "subject": "wrong", "backend": "good"}
    came = entry.of_row(CaseResult.of(found, seconds=0.0, **facts))
    assert (came["met"], came["unmet"]) == (met, unmet)
