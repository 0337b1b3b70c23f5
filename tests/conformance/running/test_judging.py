"""Who follows a process that ended, and when does nobody? Processes that judge as told and end in every way."""

from __future__ import annotations

import argparse
import io
import os
import time

import pytest
from rich.console import Console

from conformance.asking.expectations import Expectations
from conformance.asking.selection import Asked, NamedSubject, RunOptions
from conformance.running import opening
from conformance.running import run as module
from conformance.running.opening import Opened, Opening
from conformance.running.plan import Plan
from conformance.running.resume import Before
from conformance.running.run import End, Judging
from conformance.watching.watcher import INTERNAL, PLATFORM, Watcher
from reports.keeping.collector import Collector
from reports.line import lines
from reports.model import CaseResult, Finding, RequirementText, RunInfo
from vectors.case import Case, expect_nothing, no_inputs

NAMES = ("a/one", "a/two", "a/three")


def _asked(name):
    return Asked(Case(name, "T.", ("A-01",), no_inputs, expect_nothing, tier="quick"), NamedSubject("s"), "s")


def _row(name):
    facts = {"subject": "s", "backend": "b", "requirements": ("A-01",), "flags": (), "seconds": 0.0}
    return CaseResult.of([Finding("A-01", "pass")], id=name.removesuffix("-s"), **facts)


def well(link, behind=lambda name: None, within=lambda name: None):
    """Judge to the end; what is done in and behind each case."""
    name = ""
    while (name := link.ask("next", name)) is not None:
        link.does("case", name)
        within(name)
        link.tell("row", _row(name))
        behind(name)
    return 0


@pytest.fixture
def judged(tmp_path, monkeypatch, capfd):
    """What comes of processes: the first does ``first``, those that follow it the next, the last of them again."""

    def over(*lives, workers=0, devices=None):
        def live(link):
            with (tmp_path / "lives").open("a") as file:
                place = file.tell()
                file.write(".")
            return lives[min(place, len(lives) - 1)](link)

        monkeypatch.setattr(module, "going_on", lambda options, link: live(link))
        info = RunInfo(
            "quick",
            {"backend": "b", "versions": {}},
            [RequirementText("A-01", "MUST", "T.", "x", "o")],
            {"asked": len(NAMES)},
        )
        asked = [_asked(name) for name in NAMES]
        options = RunOptions("", "quick", ("s",), "b")
        plan = Plan(info, options, ("s",), asked, Expectations(), workers, devices or {}, "")
        collector = Collector(tmp_path / "report", info)
        with Watcher() as watcher:
            watcher.start("gw0", lambda link: live(link) if link.ask("checked") else 0)
            first = next(child for child, kind, _ in watcher.events() if kind == "checked")
            opened = Opened(plan, collector, Before(), time.monotonic(), first)
            end = Judging(opened, Console(file=io.StringIO()), watcher).go()
        details = {row.id: "\n".join(lines(row.to_json())) for row in collector.rows}
        lived = (tmp_path / "lives").stat().st_size
        return end, details, [problem.text for problem in collector.problems], lived

    return over


def test_one_process_judges_all_where_none_ends(judged):
    assert judged(well) == (End(rest="no process judged it"), dict.fromkeys(NAMES, ""), [], 1)


def test_who_cannot_go_on_is_followed_without_a_problem(judged):
    def breaks(link):
        def leave(name):
            link.tell("replaced", "its device broke")
            os._exit(1)

        well(link, behind=leave)

    assert judged(breaks, well)[1:] == (dict.fromkeys(NAMES, ""), [], 2)


def test_who_cannot_go_on_and_got_nowhere_is_not_followed_for_ever(judged):
    def breaks(link):
        link.tell("replaced", "its device broke")
        os._exit(1)

    why = "no process could begin to judge it: exit code 1"
    assert judged(breaks) == (End(rest=why), {}, [why], 2)


def test_each_death_in_a_case_costs_that_case(judged):
    end, rows, problems, lived = judged(lambda link: well(link, within=lambda name: os._exit(0)))
    assert all("its process died: exit code 0" in detail for detail in rows.values())
    assert (end.code, len(rows), problems, lived) == (None, 3, [], 3)


def test_a_death_behind_a_case_is_a_problem_of_the_run(judged):
    end, rows, problems, lived = judged(lambda link: well(link, behind=lambda name: os._exit(0)))
    assert (end.code, rows, lived) == (None, dict.fromkeys(NAMES, ""), 3)
    assert problems == [f"the process that judges died behind {name}-s: exit code 0" for name in NAMES]


def _breaks(link):
    link.tell("broken", "raised KeyError: 'x'")
    return INTERNAL


def test_who_gets_nowhere_is_followed_once_and_what_is_left_is_no_verdict(judged):
    end, rows, problems, lived = judged(_breaks)
    assert (end.code, rows, lived) == (None, {}, 2)
    assert problems == ["no process could begin to judge it: raised KeyError: 'x'"]


@pytest.mark.parametrize("bad", [lambda link: os._exit(0), _breaks, lambda link: link.does("subject", "s") or INTERNAL])
def test_one_start_that_goes_wrong_costs_nothing(judged, bad):
    assert judged(bad, well)[1:] == (dict.fromkeys(NAMES, ""), [], 2)


def test_a_start_that_hangs_costs_nothing(judged):
    def hangs(link):
        link.does("device", limit=0.2)
        time.sleep(30)

    assert judged(hangs, well, workers=1, devices={"d": {}})[1:] == (dict.fromkeys(NAMES, ""), [], 2)


def test_others_judge_the_part_of_a_place_that_stays_empty(judged):
    assert judged(_breaks, well, _breaks, workers=2)[1] == dict.fromkeys(NAMES, "")


def test_a_case_in_which_the_suite_itself_breaks_has_no_verdict(judged):
    class Broken(Exception):
        pass

    def breaks(link):
        def within(name):
            if name == "a/two-s":
                link.tell("broken", "raised KeyError: 'x'")
                raise Broken

        try:
            return well(link, within=within)
        except Broken:
            return INTERNAL

    end, rows, problems, lived = judged(breaks, well)
    assert (end.code, rows, lived) == (None, dict.fromkeys(("a/one", "a/three"), ""), 2)
    assert problems == ["the runner broke in it: raised KeyError: 'x'"]


def test_behind_so_many_deaths_nothing_is_asked_any_more(judged, monkeypatch):
    monkeypatch.setattr(module, "MOST_DEATHS", 1)
    _, rows, problems, lived = judged(lambda link: well(link, within=lambda name: os._exit(0)))
    assert (lived, set(rows)) == (2, {"a/one", "a/two"})
    assert problems == ["2 processes had died in cases by then"]


@pytest.mark.parametrize("how", ["says so", "hangs", "dies"])
def test_a_start_without_a_device_costs_the_device_and_the_last_one_the_run(judged, how):
    def start(link):
        link.does("device", limit=0.2)
        if how == "says so":
            link.tell("lost", "no driver")
            return 0
        time.sleep(30 if how == "hangs" else 0)
        os._exit(0)

    end, rows, problems, lived = judged(start, workers=1, devices={"d": {"SEES": "d"}})
    says = {"says so": "no driver", "hangs": "took longer than 0.2 s, so its process was ended", "dies": "exit code 0"}
    assert (end, rows, lived) == (End(PLATFORM), {}, 1 if how == "says so" else 2)
    assert problems == [f"device d cannot be used any more: {says[how]}"]


def test_who_tells_of_success_before_anything_is_judged_is_not_believed(monkeypatch):
    monkeypatch.setattr(opening, "beginning", lambda suite, options, words, link: 0)
    with Watcher() as watcher:
        options = argparse.Namespace(workers=0, resume=None)
        assert Opening(options, Console(file=io.StringIO()), watcher).of("", []) == INTERNAL


def test_who_prepared_the_run_judges_only_where_it_has_what_a_worker_has(judged, tmp_path):
    def tell(link):
        (tmp_path / "sees").write_text(os.environ.get("SEES", "all"))
        return well(link)

    assert judged(tell, workers=1, devices={"d": {"SEES": "d"}})[1:] == (dict.fromkeys(NAMES, ""), [], 1)
    assert (tmp_path / "sees").read_text() == "d"
