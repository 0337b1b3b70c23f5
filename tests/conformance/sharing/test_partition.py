"""Is each item in exactly one part, are the parts even, and the same every time?"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from conformance.asking.selection import Asked, Shard
from conformance.sharing import effort
from conformance.sharing.partition import of_shard, partition, units
from vectors.case import Case


@dataclass(frozen=True)
class Subject:
    name: str
    families: frozenset[str] = frozenset()


SUBJECTS = [Subject("native"), Subject("emulation")]


def _case(name, **params):
    return Case(name, "t", ("A-01",), lambda case: {}, lambda case, inputs: {}, params=params)


def _selection(count, seed=0):
    """Cases of several families and shapes, most of them cheap, in a shuffled order."""
    draw = random.Random(seed)
    families = ("moe", "quantize", "lowering", "gemm-mx", "unheard-of")
    cases = []
    for number in range(count):
        family = draw.choice(families)
        shape = {"H": draw.choice([128, 256, 6144]), "I": 128, "E": draw.choice([1, 8, 32]), "T": 4, "k": 2}
        cases.append(_case(f"{family}/case-{number}", **(shape if family == "moe" else {})))
    return [Asked(case, subject, subject.name) for case in cases for subject in SUBJECTS]


def _names(items):
    return [item.name for item in items]


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("count", [0, 1, 5, 300])
def test_each_item_is_in_exactly_one_shard(count, parts):
    asked = _selection(count)
    shards = [of_shard(asked, Shard(index, parts)) for index in range(1, parts + 1)]
    assert Counter(name for shard in shards for name in _names(shard)) == Counter(_names(asked))
    for shard in shards:
        places = [_names(asked).index(name) for name in _names(shard)]
        assert places == sorted(places), "in the order of the selection"


def test_without_a_shard_everything_is_asked():
    asked = _selection(9)
    assert of_shard(asked, None) == asked


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_parts_are_even(parts):
    sums = [sum(unit.seconds for unit in part) for part in partition(_selection(400), parts)]
    longest = max(unit.seconds for unit in units(_selection(400), parts))
    assert max(sums) - min(sums) <= longest
    assert max(sums) < 1.1 * sum(sums) / parts


def test_one_long_case_has_a_part_to_itself():
    cases = [_case("moe/long", H=6144, I=384, E=128, T=3, k=4), *(_case(f"moe/short-{n}") for n in range(20))]
    first, second = partition([Asked(case, SUBJECTS[0], "native") for case in cases], 2)
    assert [_names(unit.items) for unit in first] == [["moe/long-native"]]
    assert sum(len(unit.items) for unit in second) == 20


def test_the_order_of_the_selection_changes_no_balance_and_a_second_time_nothing():
    asked = _selection(60)
    again = [Asked(item.case, item.subject, item.spec) for item in asked]
    assert [[_names(u.items) for u in part] for part in partition(asked, 3)] == [
        [_names(u.items) for u in part] for part in partition(again, 3)
    ]


def test_subjects_of_a_case_stay_together_and_cases_with_the_same_kernels_too():
    asked = _selection(200)
    found = units(asked, 2)
    for unit in found:
        assert len(unit.items) % len(SUBJECTS) == 0
        assert len({effort.kernels(item.case) for item in unit.items}) == 1 or any(
            effort.heavy(item.case) for item in unit.items
        )
    groups = {effort.kernels(item.case) for item in asked}
    assert len(found) < len(groups) + 40, "few cuts within a group"


def test_cases_with_large_arrays_are_judged_in_one_process():
    cases = [_case(f"moe/large-{n}", H=6144, I=384 + n, E=128, T=3, k=4) for n in range(3)]
    cases += [_case(f"moe/small-{n}", H=128, I=128, E=2, T=3, k=1) for n in range(3)]
    found = units([Asked(case, SUBJECTS[0], "native") for case in cases], 4)
    assert _names(found[0].items) == ["moe/large-0-native", "moe/large-1-native", "moe/large-2-native"]
    assert all("large" not in name for unit in found[1:] for name in _names(unit.items))


def test_units_come_longest_first():
    seconds = [unit.seconds for unit in units(_selection(100), 2)]
    assert seconds == sorted(seconds, reverse=True)


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/99999", "1 /2"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(ValueError, match="needs i/n"):
        Shard.from_text(text)


def test_a_shard_reads_as_it_is_written():
    assert str(Shard.from_text("2/5")) == "2/5"


def test_effort_grows_with_what_is_done():
    small = {"H": 128, "I": 128, "E": 4, "T": 5, "k": 2}
    assert effort.seconds(_case("moe/a", **small)) < effort.seconds(_case("moe/b", **small | {"T": 4096}))
    assert effort.seconds(_case("gemm-mx/a", N=64, K=64, E=1)) < effort.seconds(_case("gemm-mx/b", N=6144, K=6144, E=9))
    assert effort.seconds(_case("x/a", shape=[4, 4])) < effort.seconds(_case("x/b", shape=[4096, 4096]))
    assert effort.seconds(_case("x/a", start=0, stop=9)) < effort.seconds(_case("x/b", start=0, stop=1 << 27))
    assert effort.seconds(_case("x/a")) < effort.seconds(_case("lowering/a"))


@pytest.mark.parametrize("params", [{}, {"T": None}, {"E": "many", "H": 128, "I": 128}, {"shape": []}])
def test_parameters_of_any_kind_have_an_effort(params):
    assert effort.seconds(_case("moe/a", **params)) > 0
    assert not effort.heavy(_case("moe/a", **params))


@pytest.mark.parametrize("other", [{"H": 256}, {"block_m": 64}, {"dtype": "fp16"}, {"limit": None}])
def test_other_shapes_and_types_are_other_kernels(other):
    params = {"H": 128, "block_m": 16, "dtype": "bf16", "limit": 7.0}
    assert effort.kernels(_case("moe/a", **params)) == effort.kernels(_case("moe/b", **params | {"T": 9, "limit": 0.0}))
    assert effort.kernels(_case("moe/a", **params)) != effort.kernels(_case("moe/b", **params | other))
