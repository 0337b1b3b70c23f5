"""Is each property broken by a subject that breaks it, and by no right one? Does a saved example break it again?"""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from hypothesis.internal.conjecture.data import StopTest

from conformance.asking.unaskable import NoVectorError
from conformance.properties import drawing, registry, search
from conformance.properties.asking import answer
from conformance.properties.registry import PROPERTIES
from reports.line import what
from reports.model import Cause
from tests.conformance.properties.subjects import WRONG, right
from vectors.examples.example import FOUND, Example, ExampleError, read
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
    assert registry.ask(fewer, right(), BACKEND, None) is None


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_subject_is_found_and_its_example_replays(name, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "SHRINKS", 12)
    case, subject = OF_PROPERTY[name], WRONG[name]()
    broken = registry.ask(case, subject, BACKEND, tmp_path)
    (path,) = tmp_path.glob("*.json")
    assert broken.saved == str(path)
    assert "the relation holds" not in broken.words, "the relation itself finds it"
    (again,) = properties.found(CASES.values(), [path])
    assert again.id.startswith(f"{case.id}/") and again.tier == "gate"
    replayed = registry.ask(again, subject, BACKEND, None)
    assert replayed == replace(broken, hints=(), saved="") and broken.hints[0].startswith("example {")
    assert registry.ask(again, right(), BACKEND, None) is None


def test_an_example_that_cannot_be_saved_is_broken_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "SHRINKS", 0)
    (tmp_path / "file").touch()
    name = next(iter(WRONG))
    broken = registry.ask(OF_PROPERTY[name], WRONG[name](), BACKEND, tmp_path / "file" / "found")
    assert (broken.saved, broken.hints[1]) == ("", "not saved: Not a directory")


def _smallest(most=40, key="a"):
    asked = []

    def wrong(example):
        asked.append(example)
        return "three tokens or more" if example["tokens"] >= 3 else ""

    strategy = drawing.examples({"property": "permuting-tokens-permutes-outputs", "k": 2})
    return search.search(strategy, wrong, most=most, key=key), asked


def test_the_same_examples_are_asked_in_every_search_and_the_smallest_is_found():
    (first, asked), (again, asked_again) = _smallest(), _smallest()
    assert first == again and asked == asked_again
    assert first is not None and (first[0]["tokens"], first[0]["seed"], set(first[0]["keys"])) == (3, 0, {0})
    assert _smallest(key="b")[1][:3] != asked[:3]


def test_a_search_that_finds_nothing_asks_as_many_as_it_should():
    seen = []
    strategy = drawing.examples(OF_PROPERTY["larger-elements-have-no-smaller-codes"].params)
    assert search.search(strategy, lambda example: seen.append(example) or "", most=15, key="x") is None
    assert 10 <= len(seen) <= 15


def test_an_exception_of_a_kernel_breaks_the_property(tmp_path):
    def raising(*positional, **keywords):
        raise IndexError("inside the kernel")

    subject = replace(right(), stages={"fused_moe": raising})
    broken = registry.ask(CASES["property/permuting-tokens-permutes-outputs"], subject, BACKEND, tmp_path)
    assert (broken.kind, broken.raised, broken.words) == ("raised", "IndexError", "inside the kernel")
    assert "'tokens': 1" in broken.hints[0]


def test_a_file_says_what_it_holds(tmp_path):
    values = {"seed": 1, "tokens": 2, "routing": "uniform"}
    example = Example("property/experts-without-routes-do-not-show", values, {"wrong": "so"})
    path = tmp_path / "one.json"
    path.write_bytes(example.to_bytes())
    assert read(path) == example
    assert example.name.startswith("experts-without-routes-do-not-show-")
    older = json.loads(path.read_text()) | {"generator": 0}
    path.write_text(json.dumps(older))
    assert "version 0" in properties.found(CASES.values(), [path])[0].title


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "has no valid JSON"),
        ("[]", "has list, needs case, example"),
        ('{"format": 2, "generator": 1, "case": "a/b", "example": {}, "found": {}}', "has format 2, needs 1"),
        (
            '{"format": 1, "generator": 1, "case": "moe/x", "example": {}, "found": {}}',
            "case: has 'moe/x', needs one of the properties: property/permuting-tokens",
        ),
        ('{"format": 1, "generator": 1, "case": "a/b", "example": 1, "found": {}}', "example: has 1, needs an object"),
        (
            '{"format": 1, "generator": "x", "case": "a/b", "example": {}, "found": {}}',
            "generator: has 'x', needs the version of the generators",
        ),
        ('{"format": 1, "generator": 1, "case": 3, "example": {}, "found": {}}', "case: has 3, needs the id"),
    ],
)
def test_another_file_is_refused(tmp_path, text, says):
    path = tmp_path / "one.json"
    path.write_text(text)
    with pytest.raises(ExampleError, match=r"one\.json") as caught:
        properties.found(CASES.values(), [path])
    assert says in str(caught.value)


POWERS = "property/powers-move-between-scales-and-weights"
RIGHT_VALUES = {"seed": 1, "tokens": 1, "routing": "uniform", "powers": [-3, 0, 0, 0]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": None}, "seed: has nothing, needs a whole number from 0 to 999"),
        ({"seed": 10**30}, "seed: has 1000"),
        ({"tokens": "x"}, "tokens: has 'x', needs a whole number from 1 to 6"),
        ({"tokens": -3}, "tokens: has -3, needs"),
        ({"tokens": 0}, "tokens: has 0, needs"),
        ({"tokens": True}, "tokens: has True, needs"),
        ({"routing": "zzz"}, "routing: has 'zzz', needs one of uniform, skewed"),
        ({"powers": []}, "powers: has [], needs a list of 4, each a whole number from -6 to 6"),
        ({"powers": [300, 0, 0, 0]}, "powers: has [300, 0, 0, 0], needs"),
        ({"keys": [1]}, "keys: has a value, needs none beside seed, tokens, routing, powers"),
    ],
)
def test_values_that_the_property_does_not_draw_are_refused(tmp_path, change, says):
    values = {n: v for n, v in (RIGHT_VALUES | change).items() if v is not None}
    path = tmp_path / "one.json"
    path.write_bytes(Example(POWERS, values, {}).to_bytes())
    with pytest.raises(ExampleError, match=r"one\.json: example of property/powers") as caught:
        properties.found(CASES.values(), [path])
    assert says in str(caught.value)


def test_what_is_asked_again_is_refused_where_it_is_no_property_or_stands_for_other_numbers():
    example = Example(POWERS, RIGHT_VALUES, {})
    asked = properties.of_example(example, CASES, "here")
    known = {case.id: case for case in (*CASES.values(), asked)}
    with pytest.raises(ExampleError, match="needs one of the properties") as caught:
        properties.of_example(replace(example, case=asked.id), known, "here")
    assert asked.id not in str(caught.value).partition("needs")[2]
    with pytest.raises(ExampleError, match="generator: has 1, needs"):
        properties.of_example(replace(example, generator=1), CASES, "here")


def _constant(value):
    """The right subject, but for every element that it returns."""

    def stage(call):
        def constant(*positional, **keywords):
            found = call(*positional, **keywords)
            parts = found if isinstance(found, tuple) else (found,)
            filled = tuple(_filled(part, value) for part in parts)
            return filled if isinstance(found, tuple) else filled[0]

        return constant

    return replace(right(), stages={name: stage(call) for name, call in right().stages.items()})


def _filled(part, value):
    """Of bytes and codes NaN is 0x7f."""
    if part.element_size() > 1:
        return part.clone().fill_(value)
    return (part.view(torch.uint8) * 0 + (0x7F if value != 0 else 0)).view(part.dtype)


@pytest.mark.parametrize("value", [0.0, float("nan")], ids=["zeros", "nan"])
@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.id)
def test_a_kernel_that_gives_a_constant_breaks_every_property(case, value, monkeypatch):
    monkeypatch.setattr(search, "SHRINKS", 0)
    assert registry.ask(case, _constant(value), BACKEND, None)


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (None, "fused_moe returned NoneType, needs a torch.Tensor"),
        (torch.zeros(1, 1), "returned [1, 1], needs [1, 128]"),
        ((torch.zeros(1, 128), None), "fused_moe returned tuple, needs a torch.Tensor"),
    ],
)
def test_what_is_no_result_breaks_the_property(returned, says):
    subject = replace(right(), stages={"fused_moe": lambda *positional, **keywords: returned})
    case = properties.of_example(Example(POWERS, RIGHT_VALUES, {}), CASES, "here")
    assert registry.ask(case, subject, BACKEND, None) == Cause("claim", says)


def test_what_the_suite_raises_is_no_verdict(monkeypatch):
    def broken(asked, example):
        raise KeyError("of the suite")

    case = CASES[POWERS]
    monkeypatch.setitem(PROPERTIES, case.params["property"], broken)
    for asked in (case, properties.of_example(Example(POWERS, RIGHT_VALUES, {}), CASES, "here")):
        with pytest.raises(NoVectorError, match=r"raised KeyError: 'of the suite'.*a fault of the suite"):
            registry.ask(asked, right(), BACKEND, None)


class _Odd(torch.Tensor):
    """A tensor that cannot be looked at."""

    @classmethod
    def __torch_function__(cls, *_, **__):
        raise KeyError("of the subject")


def _raises(error):
    def call():
        raise error

    return call


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (_raises(search.Unfit()), "raised Unfit"),
        (_raises(StopTest(0)), "raised StopTest"),
        (_raises(SystemExit(0)), "raised SystemExit"),
        (_raises(KeyboardInterrupt()), "raised KeyboardInterrupt"),
        (lambda: torch.ones(2).as_subclass(_Odd), "raised KeyError: 'of the subject'"),
    ],
)
def test_what_a_subject_raises_is_its_own_fault_whatever_a_search_takes_it_for(call, says):
    with pytest.raises(search.KernelFault) as caught:
        answer(call, (2,))
    assert what(caught.value.cause).startswith(says)


def test_committed_examples_are_cases_of_the_gate():
    found = [case for case in all_cases() if "example" in case.params]
    assert len(found) == len(list(FOUND.glob("*.json"))) > 0
    assert all(case.in_tier("gate") and not case.golden for case in found)
