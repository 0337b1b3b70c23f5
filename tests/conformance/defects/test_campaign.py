"""Is everything judged once, what was judged kept, and the end told truly?"""

from __future__ import annotations

import threading

import pytest

from conformance.defects.__main__ import ALL_KILLED, CLEAN_FAILS, SURVIVED, exit_status
from conformance.defects.legal import Legal
from conformance.defects.records import CLEAN
from conformance.defects.suite_process import Stopped
from conformance.defects.trial import CannotStart
from tests.conformance.defects.fakes import defect, kill

RIGHT = (Legal(CLEAN, "As it is.", "Right.", backend="fake"), "gate")
TILES = (Legal("other-tiles", "Other tiles.", "Free.", subjects=("native",)), "quick")
UNFUSED = (Legal("unfused", "No fusion.", "Free.", backend="fake", fused=False), "quick")
WRONG = {"quantize/edges-native": ["QNT-01"]}


def status(run):
    return exit_status(run.campaign.chosen, [row.id for row, _ in run.campaign.legal], run.keeper.findings)


def test_a_run_judges_everything_and_a_later_one_nothing(suite, prepared, capsys):
    suite.wrong = {"first": WRONG, "second": {"quantize/large-native": ["QNT-01"]}}
    entries = (defect("first"), defect("second"), defect("none", not_applicable="Another format."))
    run = prepared(*entries, legal=(RIGHT, TILES), workers=2)
    run.campaign.run(run.keeper)
    found = run.keeper.findings
    assert status(run) == ALL_KILLED and not found.missing
    assert {name: row.tier for name, row in found.mutants.items()} == {"first": "quick", "second": "gate"}
    assert found.false_alarms == 0 and list(found.legal) == [CLEAN, "other-tiles"]
    assert suite.of("none") == []
    assert "[3/3]" in capsys.readouterr().out

    asked = len(suite.asked)
    again = prepared(*entries, legal=(RIGHT, TILES))
    again.campaign.run(again.keeper)
    assert len(suite.asked) == asked and status(again) == ALL_KILLED
    assert again.keeper.findings.document() == found.document()


def test_what_changed_is_judged_again(suite, prepared):
    suite.wrong = {"first": WRONG, "second": WRONG}
    run = prepared(defect("first"), defect("second"))
    run.campaign.run(run.keeper)
    run = prepared(defect("first"), defect("second", defect="Changed."))
    run.campaign.run(run.keeper)
    assert len(suite.of("first")) == 1 and len(suite.of("second")) == 2
    run = prepared(defect("first"), defect("second"), sources="others")
    run.campaign.run(run.keeper)
    assert len(suite.of("first")) == 2


def test_a_survivor_is_asked_the_larger_tier_only(suite, prepared):
    suite.wrong = {"a-defect": {"quantize/large-native": ["QNT-01"]}}
    run = prepared(defect(), tier="quick")
    run.campaign.run(run.keeper)
    assert status(run) == SURVIVED and run.keeper.findings.survivors == ["a-defect"]
    run = prepared(defect())
    run.campaign.run(run.keeper)
    assert suite.of("a-defect")[1] == ["quantize/large-native"] and status(run) == ALL_KILLED


def test_what_the_clean_run_saw_is_not_asked_of_the_clean_kernels_again(suite, prepared):
    suite.wrong = {"a-defect": WRONG}
    run = prepared(defect(), legal=(RIGHT,))
    run.campaign.run(run.keeper)
    assert len(suite.of("clean")) == 1
    assert [question.workers for _, question, _ in suite.asked] == [0, 0]


def test_an_entry_is_judged_on_its_own_backend_and_its_clean_kernels_too(suite, prepared):
    suite.wrong = {"a-defect": WRONG}
    run = prepared(defect(backend="interpreter"), legal=(RIGHT,))
    run.campaign.run(run.keeper)
    assert run.keeper.findings.mutants["a-defect"].backend == "interpreter"
    on = [(place, question.backend, question.expression) for place, question, _ in suite.asked]
    assert on == [
        ("clean", "fake", ""),
        ("clean", "interpreter", "selection/probe"),
        ("a-defect", "interpreter", ""),
        ("clean", "interpreter", "quantize/edges"),
    ]


def test_those_without_a_record_come_first(suite, prepared):
    suite.wrong = {"first": WRONG, "second": WRONG}
    run = prepared(defect("first"), defect("second"), kills={"first": kill()})
    run.campaign.run(run.keeper)
    assert [place for place, _, _ in suite.asked if place != "clean"] == ["second", "first"]


def test_an_equivalent_one_that_is_killed_is_an_error(suite, prepared):
    entry = defect("no-other", equivalent="No input tells it.")
    run = prepared(entry)
    run.campaign.run(run.keeper)
    assert status(run) == ALL_KILLED and run.keeper.findings.refuted == []
    suite.wrong = {"no-other": WRONG}
    run = prepared(entry, sources="others")
    run.campaign.run(run.keeper)
    assert status(run) == SURVIVED and run.keeper.findings.refuted == ["no-other"]
    assert run.keeper.findings.totals("catalogue")["applicable"] == 0


def test_what_fails_on_a_legal_variant_is_a_false_alarm(suite, prepared):
    suite.wrong = {
        "a-defect": WRONG,
        "other-tiles": {"moe/whole-native": ["MOE-01", "MOE-02"], "moe/whole-emulation": ["MOE-01"]},
    }
    run = prepared(defect(), legal=(RIGHT, TILES, UNFUSED))
    run.campaign.run(run.keeper)
    found = run.keeper.findings
    assert status(run) == SURVIVED and found.false_alarms == 1  # of its subject
    assert [(row.case, row.requirement) for row in found.legal["other-tiles"].alarms] == [
        ("moe/whole", "MOE-01"), ("moe/whole", "MOE-02"),
    ]  # fmt: skip
    assert found.mutants["a-defect"].killed
    unfused = next(question for _, question, _ in suite.asked if question.environment)
    assert unfused.environment == (("TRITON_DEFAULT_FP_FUSION", "0"),) and unfused.tier == "quick"


def test_a_legal_variant_without_a_verdict_is_no_pass(suite, prepared):
    suite.problem = {"other-tiles": "the run ended with exit code 2"}
    run = prepared(legal=(TILES,))
    run.campaign.run(run.keeper)
    assert status(run) == SURVIVED and run.keeper.findings.missing == ["other-tiles"]


def test_clean_kernels_that_fail_have_an_exit_code_of_their_own(suite, prepared):
    suite.wrong = {CLEAN: WRONG, "a-defect": WRONG}
    run = prepared(defect(), legal=(RIGHT,))
    run.campaign.run(run.keeper)
    assert status(run) == CLEAN_FAILS
    assert run.keeper.findings.mutants["a-defect"].survived  # nothing that they fail counts


def test_a_mutant_whose_clean_kernels_give_no_verdict_has_none(suite, prepared):
    suite.problem = {"clean": "the run ended with exit code 5"}
    run = prepared(defect())
    run.campaign.run(run.keeper)
    assert "exit code 5" in run.keeper.findings.mutants["a-defect"].problem and status(run) == SURVIVED


@pytest.mark.parametrize("legal", [(), (RIGHT,), (TILES,)])
def test_where_no_run_begins_the_campaign_stops_with_the_reason(suite, prepared, legal):
    suite.dead = {"clean", "other-tiles", *(f"d{i}" for i in range(9))}
    run = prepared(*(defect(f"d{i}") for i in range(9)), legal=legal)
    with pytest.raises(CannotStart, match="right kernels' on fake: the run ended with exit code 1: no torch"):
        run.campaign.run(run.keeper)
    assert len(suite.asked) <= 4 and run.campaign.stop.is_set() == (legal != (RIGHT,))
    assert not run.keeper.findings.mutants and not run.keeper.findings.legal


def test_a_mutant_in_which_no_run_begins_has_no_verdict_and_the_reason(suite, prepared):
    suite.wrong, suite.dead = {"second": WRONG}, {"first"}
    run = prepared(defect("first"), defect("second"))
    run.campaign.run(run.keeper)
    assert run.keeper.findings.mutants["first"].problem == "the run ended with exit code 1: no torch"
    assert run.keeper.findings.mutants["second"].killed and status(run) == SURVIVED


def test_what_verdicts_cost_is_added_up(suite, prepared):
    suite.wrong = {"first": WRONG}
    run = prepared(defect("first"), defect("second"), legal=(RIGHT, TILES))
    run.campaign.run(run.keeper)
    assert run.keeper.findings.cpu_seconds() == {"clean": 1.5, "legal": 1.5, "wrong": 3.0, "shared": 0.0}


def test_what_is_finished_is_kept_where_another_one_breaks_off(suite, prepared):
    suite.wrong = {"first": WRONG}
    run = prepared(defect("first"), defect("second"))
    ask = run.campaign.setup.ask

    def stopped(place, question, enough):
        if place.name == "second":
            raise Stopped("the run was stopped")
        return ask(place, question, enough)

    object.__setattr__(run.campaign.setup, "ask", stopped)
    with pytest.raises(Stopped):
        run.campaign.run(run.keeper)
    assert isinstance(run.campaign.stop, threading.Event) and run.campaign.stop.is_set()
    assert list(prepared(defect("first"), defect("second")).keeper.findings.mutants) == ["first"]
