"""Is each property broken by a subject that breaks it, and by no right one? Does a saved example break it again?"""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from conformance.properties import registry, search
from conformance.properties.registry import PROPERTIES
from tests.properties.subjects import WRONG, right
from vectors import examples
from vectors.examples import Example, ExampleError
from vectors.families import properties
from vectors.registry import all_cases

BACKEND = SimpleNamespace(device="cpu", name="reference")
CASES = {case.id: case for case in properties.cases() if "example" not in case.params}
OF_PROPERTY = {case.params["property"]: case for case in reversed(CASES.values())}


def test_every_property_is_asked_and_every_asked_one_is_there():
    assert {case.params["property"] for case in CASES.values()} == set(PROPERTIES) == set(WRONG)


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.id)
def test_a_right_subject_breaks_nothing(case):
    fewer = replace(case, params={**case.params, "examples": min(case.params["examples"], 6)})
    assert registry.ask(fewer, right(), BACKEND, None) == ""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_subject_is_found_and_its_example_replays(name, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "SHRINKS", 12)
    case, subject = OF_PROPERTY[name], WRONG[name]()
    problem = registry.ask(case, subject, BACKEND, tmp_path)
    (path,) = tmp_path.glob("*.json")
    assert f"--replay {path}" in problem
    (again,) = properties.found(CASES.values(), [path])
    assert again.id.startswith(f"{case.id}/") and again.tier == "gate"
    replayed = registry.ask(again, subject, BACKEND, None)
    assert replayed and problem.startswith(f"{replayed}; example ")
    assert registry.ask(again, right(), BACKEND, None) == ""


def _smallest(most=40, key="a"):
    asked = []

    def wrong(example):
        asked.append(example)
        return "three tokens or more" if example["tokens"] >= 3 else ""

    strategy = PROPERTIES["permuting-tokens-permutes-outputs"].examples({"k": 2})
    return search.search(strategy, wrong, most=most, key=key), asked


def test_the_same_examples_are_asked_in_every_search_and_the_smallest_is_found():
    (first, asked), (again, asked_again) = _smallest(), _smallest()
    assert first == again and asked == asked_again
    assert first is not None and (first[0]["tokens"], first[0]["seed"], set(first[0]["keys"])) == (3, 0, {0})
    assert _smallest(key="b")[1][:3] != asked[:3]


def test_a_search_that_finds_nothing_asks_as_many_as_it_should():
    seen = []
    strategy = PROPERTIES["larger-elements-have-no-smaller-codes"].examples(
        OF_PROPERTY["larger-elements-have-no-smaller-codes"].params
    )
    assert search.search(strategy, lambda example: seen.append(example) or "", most=15, key="x") is None
    assert 10 <= len(seen) <= 15


def test_an_exception_of_a_kernel_breaks_the_property(tmp_path):
    def raising(*positional, **keywords):
        raise IndexError("inside the kernel")

    subject = replace(right(), stages={"fused_moe": raising})
    problem = registry.ask(CASES["property/permuting-tokens-permutes-outputs"], subject, BACKEND, tmp_path)
    assert problem.startswith("raised IndexError: inside the kernel")
    assert "'tokens': 1" in problem


def test_a_file_says_what_it_holds(tmp_path):
    example = Example("property/tokens-behind-do-not-show", {"seed": 1}, {"wrong": "so"})
    path = tmp_path / "one.json"
    path.write_bytes(example.to_bytes())
    assert examples.read(path) == example
    assert example.name.startswith("tokens-behind-do-not-show-")
    older = json.loads(path.read_text()) | {"generator": 0}
    path.write_text(json.dumps(older))
    assert "version 0" in properties.found(CASES.values(), [path])[0].title


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "has no example"),
        ("[]", "has list, needs case, example"),
        ('{"format": 2, "generator": 1, "case": "a/b", "example": {}, "found": {}}', "has format 2, needs 1"),
        (
            '{"format": 1, "generator": 1, "case": "moe/x", "example": {}, "found": {}}',
            "has the case 'moe/x'",
        ),
        ('{"format": 1, "generator": 1, "case": "a/b", "example": 1, "found": {}}', "needs the id of a case"),
    ],
)
def test_another_file_is_refused(tmp_path, text, says):
    path = tmp_path / "one.json"
    path.write_text(text)
    with pytest.raises(ExampleError, match=r"one\.json") as caught:
        properties.found(CASES.values(), [path])
    assert says in str(caught.value)


def test_committed_examples_are_cases_of_the_gate():
    found = [case for case in all_cases() if "example" in case.params]
    assert len(found) == len(list(examples.FOUND.glob("*.json"))) > 0
    assert all(case.in_tier("gate") and not case.golden for case in found)
