"""Do the cases cover every possible pair of values, and every requirement from three sides?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.requirements import REQUIREMENTS
from vectors.coverage.models import MODELS, TABLED
from vectors.coverage.pairs import LEAST_CASES, cases_of_requirements, coverage, missing_pairs
from vectors.registry import all_cases, select

GATE = select("gate")


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_the_gate_asks_every_possible_pair(model) -> None:
    missing = missing_pairs(model, GATE)
    assert not missing, f"`python -m vectors.coverage.pairwise {model.name}` adds rows for these"


@pytest.mark.parametrize("model", TABLED, ids=lambda m: m.name)
def test_without_the_combined_cases_pairs_are_missing(model) -> None:
    """So the coverage is of the cases: it falls when they go."""
    rows = {c.id for c in all_cases() if "/combined" in c.id}
    assert missing_pairs(model, [c for c in GATE if c.id not in rows])


@pytest.mark.parametrize("model", TABLED, ids=lambda m: m.name)
def test_each_row_of_a_table_is_a_case_that_holds_it(model) -> None:
    """What a combined case's parameters say is what its row asked for."""
    rows = [model.held(row) for row in model.rows()]
    read = [held for c in all_cases() if "/combined" in c.id and (held := model.reads(c)) is not None]
    assert len(read) == len(rows)
    for row in rows:
        assert any(all(row[name] <= held[name] for name in model.names) for held in read), row


def test_the_summary_is_json_and_counts_what_is_there() -> None:
    found = coverage(GATE)
    assert json.loads(json.dumps(found)) == found
    for model in MODELS:
        family = found["families"][model.name]
        assert family["pairs_covered"] == family["pairs_possible"] == len(model.possible)
        assert family["cases"] >= len(model.rows())
    empty = coverage([])
    assert all(f["pairs_covered"] == 0 and f["pairs_missing"] for f in empty["families"].values())
    assert not any(n for values in empty["dimensions"].values() for n in values.values())


def test_a_case_asked_again_of_another_device_is_no_other_case() -> None:
    case = GATE[0]
    again = replace(case, id=f"{case.id}/again", device={"ulp": 1})
    assert set(cases_of_requirements([case, again]).values()) == {(2, 1)}
    other = replace(case, id=f"{case.id}/other", params={**case.params, "x": 1})
    assert set(cases_of_requirements([case, other]).values()) == {(2, 2)}


def test_every_requirement_is_asked_in_three_ways_or_more() -> None:
    """In all tiers, and in the gate: nothing is asked in the exhaustive tier alone."""
    everywhere, gate = cases_of_requirements(all_cases()), cases_of_requirements(GATE)
    few = {name: everywhere.get(name) for name in REQUIREMENTS if everywhere.get(name, (0, 0))[1] < LEAST_CASES}
    assert few == {}
    assert {name: counts for name, counts in gate.items() if counts[1] < LEAST_CASES} == {}
    assert set(REQUIREMENTS) - set(gate) == set()


def test_every_value_of_every_dimension_is_held_by_some_case_of_the_gate() -> None:
    values = coverage(GATE)["dimensions"]
    unasked = {(name, value) for name, counts in values.items() for value, count in counts.items() if not count}
    assert unasked == set()
