"""Is a mutant asked in the right order, the recorded case first, and is what tells most taken for the kill?"""

from __future__ import annotations

import pytest

from conformance.defects.ask_mutant import ask_all, ask_field, leaves_platform
from conformance.defects.catalogue import Edit
from conformance.defects.clean import CleanError
from conformance.defects.order import order
from tests.conformance.defects.fakes import CASES, defect, kill, mutant
from vectors.case import Case, no_inputs

EDGES, PLAIN, LARGE, WHOLE = "quantize/edges", "quantize/plain", "quantize/large", "moe/whole"
OWNED = Case("moe/mapped", "Mapped.", ("MOE-01", "EPM-01"), no_inputs, lambda case, inputs: {}, tier="quick")


def test_the_field_comes_first_and_no_larger_tier_before_a_smaller_one():
    names = order(defect(), "gate", CASES, {EDGES: 3, WHOLE: 1})
    assert names[:4] == (
        "quantize/edges-native",
        "quantize/plain-native",
        "quantize/edges-emulation",  # names a requirement of the field, if not on the subject that was changed
        "quantize/plain-emulation",
    )
    assert names[4:6] == ("moe/whole-native", "moe/whole-emulation")
    assert [name.startswith(("quantize/large", "moe/large")) for name in names] == [False] * 8 + [True] * 4
    assert names[8] == "quantize/large-native"
    assert set(order(defect(), "quick", CASES, {})) == set(names[:8])


def test_cases_elsewhere_that_name_a_requirement_of_the_field_come_before_others():
    names = order(defect(field="expert-map", subject="emulation"), "quick", (*CASES, OWNED), {})
    assert names[:2] == ("moe/mapped-emulation", "moe/mapped-native")


def test_a_run_stops_at_the_first_failure_of_the_field(suite, setup):
    suite.wrong["a-defect"] = {"quantize/plain-native": ["QNT-01", "QNT-02"], "quantize/edges-native": ["QNT-01"]}
    found = ask_all(mutant(), setup(kills={EDGES: 1}))
    assert (found.case, found.requirement, found.tier, found.judged) == (EDGES, "QNT-01", "quick", "native")
    assert found.killed and found.well_killed and found.cases_run == 1
    assert found.rel_l2 == (0.04, 0.04) and found.norm == "pass" and found.comparator == "bits"
    assert suite.of("a-defect") == [["quantize/edges-native"]]


def test_a_larger_tier_is_asked_of_what_survives_the_smaller_one(suite, setup):
    suite.wrong["a-defect"] = {"quantize/large-native": ["QNT-01"]}
    found = ask_all(mutant(), setup("gate"))
    assert (found.case, found.tier, found.cases_run) == (LARGE, "gate", 9)
    assert not ask_all(mutant(), setup("quick")).killed
    assert ask_all(mutant(), setup("quick")).tier == "quick"


def test_a_tier_that_was_survived_is_not_asked_again(suite, setup):
    suite.wrong["a-defect"] = {"moe/large-native": ["QNT-01"]}
    found = ask_all(mutant(survived="quick"), setup("gate"))
    assert (found.case, found.tier) == ("moe/large", "gate")
    assert suite.of("a-defect") == [["quantize/large-native", "quantize/large-emulation", "moe/large-native"]]


def test_another_requirement_kills_once_its_tier_had_nothing_better(suite, setup):
    suite.wrong["a-defect"] = {"moe/whole-native": ["MOE-01"]}
    found = ask_all(mutant(), setup("gate"))
    assert (found.case, found.requirement, found.tier) == (WHOLE, "MOE-01", "quick")
    assert found.killed and not found.well_killed
    assert found.cases_run == 9  # all of quick, and the one that showed that quick is through
    suite.wrong["a-defect"]["selection/probe-emulation"] = ["QNT-14"]
    found = ask_all(mutant(), setup("gate"))
    assert (found.case, found.well_killed) == ("selection/probe", True)


def test_the_recorded_case_is_asked_first_and_by_itself(suite, setup):
    suite.wrong["a-defect"] = {"quantize/edges-native": ["QNT-02"], "quantize/plain-native": ["QNT-01"]}
    found = ask_all(mutant(kill=kill(EDGES, fingerprint="another")), setup())
    assert (found.case, found.requirement, found.cases_run) == (EDGES, "QNT-02", 1)
    assert found.rel_l2 == (0.04, 0.04)
    assert suite.of("a-defect") == [["quantize/edges-native"]]


def test_a_record_that_no_longer_kills_is_only_a_hint(suite, setup):
    suite.wrong["a-defect"] = {"quantize/plain-native": ["QNT-01"]}
    found = ask_all(mutant(kill=kill(EDGES)), setup())
    assert (found.case, found.tier, found.cases_run) == (PLAIN, "quick", 2)
    assert suite.of("a-defect") == [["quantize/edges-native"], ["quantize/plain-native"]]
    assert found.rel_l2 == (0.04, 0.04)
    assert [question.norm for place, question, _ in suite.asked if place == "a-defect"] == ["native", ""]


def test_a_record_without_a_case_of_this_suite_is_only_a_hint(suite, setup):
    suite.wrong["a-defect"] = {"quantize/plain-native": ["QNT-01"]}
    found = ask_all(mutant(kill=kill("quantize/no-longer-here")), setup())
    assert (found.case, found.killed) == (PLAIN, True)


def test_a_record_of_a_larger_tier_settles_where_that_tier_is_asked(suite, setup):
    suite.wrong["a-defect"] = {"quantize/large-native": ["QNT-01"], "quantize/edges-native": ["QNT-01"]}
    found = ask_all(mutant(kill=kill(LARGE, tier="gate", fingerprint="another")), setup())
    assert (found.case, found.tier, found.cases_run) == (LARGE, "gate", 1)
    assert ask_all(mutant(kill=kill(LARGE, tier="gate")), setup("quick")).case == EDGES


def test_a_record_of_another_requirement_settles_on_the_same_sources_only(suite, setup):
    suite.wrong["a-defect"] = {"moe/whole-native": ["MOE-01"]}
    recorded = {"requirement": "MOE-01", "well": False}
    same = ask_all(mutant(kill=kill(WHOLE, **recorded)), setup())
    assert (same.case, same.well_killed, same.cases_run) == (WHOLE, False, 1)
    suite.wrong["a-defect"]["quantize/edges-native"] = ["QNT-01"]
    stale = ask_all(mutant(kill=kill(WHOLE, **recorded, fingerprint="another")), setup())
    assert (stale.case, stale.well_killed) == (EDGES, True)


def test_a_deviation_kills_where_the_entry_says_that_only_a_should_can_tell(suite, setup):
    suite.deviating["a-defect"] = {"quantize/edges-native": ["QNT-06"]}
    assert ask_all(mutant(), setup()).survived
    found = ask_all(mutant(defect(deviation="The contract leaves it free.")), setup())
    assert (found.case, found.requirement, found.requirements) == (EDGES, "QNT-06", ("QNT-06",)) and found.well_killed


def test_a_deviation_of_the_right_kernels_kills_nothing(suite, setup):
    suite.deviating = {tree: {"quantize/edges-native": ["QNT-06"]} for tree in ("a-defect", "clean")}
    assert ask_all(mutant(defect(deviation="The contract leaves it free.")), setup()).survived


def test_a_record_of_a_good_kill_that_is_now_another_one_does_not_settle(suite, setup):
    suite.wrong["a-defect"] = {"quantize/edges-native": ["MOE-01"], "quantize/plain-native": ["QNT-01"]}
    found = ask_all(mutant(kill=kill(EDGES)), setup())
    assert (found.case, found.well_killed) == (PLAIN, True)


def test_what_the_clean_kernels_fail_kills_nothing(suite, setup):
    suite.wrong["clean"] = {"quantize/edges-native": ["QNT-01"]}
    suite.wrong["a-defect"] = {"quantize/edges-native": ["QNT-01"]}
    assert ask_all(mutant(), setup()).survived
    assert ask_all(mutant(kill=kill(EDGES)), setup()).survived
    suite.wrong["a-defect"]["quantize/edges-native"].append("QNT-02")
    assert ask_all(mutant(), setup()).requirement == "QNT-02"
    # the clean kernels were asked that case once, and the backend's checks before
    assert suite.of("clean") == [["selection/probe-native", "selection/probe-emulation"], ["quantize/edges-native"]]


def test_a_case_without_a_verdict_on_the_clean_kernels_is_no_kill(suite, setup):
    suite.wrong["a-defect"] = {"quantize/edges-native": ["QNT-01"]}
    judging = setup()
    judging.clean.platform("fake")
    suite.problem["clean"] = "the run ended with exit code 5"
    with pytest.raises(CleanError, match="exit code 5 in quantize/edges-native"):
        ask_all(mutant(), judging)


def test_a_defect_of_the_platform_is_told_by_its_checks(suite, setup):
    entry = defect(field="lowering", edits=(Edit("conformance/backends/a.py", "a", "b"),))
    suite.wrong["a-defect"] = {"platform": ["PLT-CAST"]}
    found = ask_all(mutant(entry), setup())
    assert (found.case, found.requirement, found.tier, found.cases_run) == ("platform", "PLT-CAST", "quick", 0)
    assert found.well_killed
    again = ask_all(mutant(entry, kill("platform", "PLT-CAST")), setup())
    assert (again.case, again.well_killed) == ("platform", True)
    # only a mutant of the kernels takes over what the clean tree's checks found
    assert not leaves_platform(entry) and leaves_platform(defect())
    assert all(question.platform is None for place, question, _ in suite.asked if place == "a-defect")


def test_a_failed_check_that_the_clean_tree_has_too_kills_nothing(suite, setup):
    entry = defect(field="lowering", edits=(Edit("reference/a.py", "a", "b"),))
    assert ask_all(mutant(entry), setup()).survived


def test_a_run_without_an_end_is_no_survivor(suite, setup):
    suite.problem["a-defect"] = "no further case within 900 s"
    found = ask_all(mutant(), setup())
    assert not found.killed and not found.survived and "900 s" in found.problem
    suite.wrong["a-defect"] = {"moe/large-native": ["QNT-01"]}
    assert ask_all(mutant(), setup()).killed


def test_an_equivalent_one_is_asked_the_cases_of_its_field(suite, setup):
    entry = defect(equivalent="No input tells it.")
    suite.wrong["a-defect"] = {"moe/whole-native": ["QNT-01"]}
    found = ask_field(mutant(entry), setup())
    assert found.survived and suite.of("a-defect") == [["quantize/plain-native", "quantize/edges-native"]]
    suite.wrong["a-defect"]["quantize/plain-native"] = ["MOE-01"]
    found = ask_field(mutant(entry), setup())
    assert found.killed and found.cases_run == 1
