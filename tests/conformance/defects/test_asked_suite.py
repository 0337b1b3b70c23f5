"""Is a mutant asked in the job's order, without what the job leaves out, and on the checks that it takes over?"""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from conformance.asking.selection import RunOptions, select
from conformance.defects import asked_suite
from conformance.parts import SUITE
from tests.conformance.defects.fakes import CASES


@pytest.fixture
def job(tmp_path, monkeypatch):
    def tell(**facts):
        path = tmp_path / "job.json"
        path.write_text(json.dumps({"first": [], "without": [], "platform": None, **facts}))
        monkeypatch.setenv(asked_suite.JOB, str(path))
        for cached in (asked_suite._job, asked_suite._places):
            cached.cache_clear()

    yield tell
    for cached in (asked_suite._job, asked_suite._places):
        cached.cache_clear()


def in_order(suite, *names):
    """These cases of a subject in the order in which a run asks them."""
    by_name = {f"{case.id}-native": case for case in CASES}
    few = replace(suite, cases=lambda: [by_name[name] for name in names])
    families = {case.family for case in CASES}
    subject = SimpleNamespace(name="native", families=families, asked=lambda case: case)
    options = RunOptions("", "exhaustive", ("native",), "fake")
    return [item.name for item in select(few, options, {"native": subject})]


def test_what_is_named_comes_first_and_the_rest_stays_in_order(job):
    job(first=["quantize/edges-native", "not-asked", "moe/whole-native"])
    names = ("quantize/plain-native", "moe/whole-native", "selection/probe-native", "quantize/edges-native")
    assert in_order(asked_suite.SUITE, *names) == [names[3], names[1], names[0], names[2]]
    assert in_order(SUITE, *names) == list(names)


def test_cases_are_left_out(job):
    every = [case.id for case in SUITE.cases()]
    job(without=every[1:3])
    assert [case.id for case in asked_suite.SUITE.cases()] == [every[0], *every[3:]]


def test_results_of_the_backends_checks_are_taken_over(job):
    job(platform=[{"id": "PLT-A", "verdict": "pass", "detail": ""}, {"id": "PLT-B", "verdict": "fail", "detail": "no"}])
    checks = asked_suite.SUITE.backend("gfx950-emulated").platform_checks()
    assert [(check.id, *check.run(), check.essential) for check in checks] == [
        ("PLT-A", True, "", False),
        ("PLT-B", False, "no", False),
    ]


def test_without_them_the_backend_has_its_own(job):
    job()
    backend = asked_suite.SUITE.backend("gfx950-emulated")
    assert "platform_checks" not in vars(backend)
