"""Does a model know which pairs are possible, and does its table hold them?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectors.coverage import pairwise
from vectors.coverage.models import TABLED
from vectors.sweep.combinations import Model, Rule, holding, read, slug, written
from vectors.sweep.dimension import Dimension, Value


def _dimension(name: str, count: int) -> Dimension:
    return Dimension(name, "", tuple(Value(str(i), i, "") for i in range(count)), name)


def _model(
    sizes: list[int], rules: tuple[Rule, ...] = (), hides: tuple[tuple[str, str], ...] = (), free: tuple[str, ...] = ()
) -> Model:
    dimensions = tuple(_dimension(n, s) for n, s in zip("abcde", sizes, strict=False))
    return Model("m", "f", dimensions, rules, hides, free)


SUM = Rule("a and b together at most 3", ("a", "b"), lambda a, b: a + b <= 3)


def _rows_by_force(model: Model):
    for values in product(*(d.names for d in model.dimensions)):
        row = dict(zip(model.names, values, strict=True))
        if not model.broken(row):
            yield row


def _pairs_by_force(model: Model):
    """Pairs of rows that hold no hiding value but those of the pair."""
    found = set()
    for row in _rows_by_force(model):
        hidden = {s for s in model.hides if row[s[0]] == s[1]}
        found |= {p for p in combinations(row.items(), 2) if hidden.issubset(p)}
    return found


def test_a_table_saves_the_search_and_changes_nothing() -> None:
    for model in TABLED:
        assert model.rows()
        assert model.possible == replace(model, name="without-a-table").possible, model.name


RULES = st.lists(st.tuples(st.sampled_from(["ab", "bc", "ac", "abc", "ad", "cd"]), st.integers(0, 40)), max_size=3).map(
    lambda drawn: tuple(
        Rule("drawn", tuple(over), lambda *v, n=n: (sum(x * 3**i for i, x in enumerate(v)) * 7 + n) % 5 != 0)
        for over, n in drawn
    )
)
HIDES = st.sampled_from([(), (("a", "0"),), (("a", "0"), ("c", "1"))])


@settings(deadline=None)  # of a loaded machine, and no question here
@given(st.lists(st.integers(2, 4), min_size=4, max_size=4), RULES, HIDES)
def test_possible_pairs_are_those_of_all_allowed_rows(sizes, rules, hides) -> None:
    model = _model(sizes, rules, hides)
    assert model.possible == _pairs_by_force(model)


@settings(deadline=None)  # of a loaded machine, and no question here
@given(st.lists(st.integers(2, 4), min_size=4, max_size=4), RULES, HIDES)
def test_generated_rows_are_allowed_and_show_every_possible_pair(sizes, rules, hides) -> None:
    model = _model(sizes, rules, hides, free=("b", "c"))
    rows = pairwise.generated(model)
    assert not [why for row in rows for why in model.broken(row)]
    assert {p for row in rows for p in model.pairs_of(model.held(row))} == model.possible
    assert len({slug(model, row) for row in rows}) == len(rows)
    assert written(model, pairwise.generated(model, rows)) == written(model, rows), "again changes nothing"


def test_values_that_no_pair_needs_are_spread() -> None:
    sizes = [9, 8, 3, 2, 2]
    filled, spread = (pairwise.generated(_model(sizes, free=free)) for free in ((), ("c", "d", "e")))
    assert len(filled) == len(spread)

    def most(rows, name):
        return max(Counter(row[name] for row in rows).values())

    assert [most(spread, n) for n in "ab"] == [most(filled, n) for n in "ab"]
    assert most(spread, "c") <= len(spread) / 3 + 2 and most(spread, "d") <= len(spread) / 2 + 2
    triples = [{tuple(row[n] for n in "acd") for row in rows} for rows in (filled, spread)]
    assert len(triples[1]) > len(triples[0])


def test_what_is_kept_stays_and_what_is_missing_is_added() -> None:
    small, large = _model([3, 3, 3]), _model([3, 3, 4])
    before = pairwise.generated(small)
    after = pairwise.generated(large, before)
    assert {slug(small, r) for r in before} < {slug(large, r) for r in after}
    forbidden = pairwise.generated(_model([3, 3, 3], (SUM,)), before)
    assert all(int(r["a"]) + int(r["b"]) <= 3 for r in forbidden)


def test_a_hiding_value_counts_for_its_own_pairs_only() -> None:
    model = _model([2, 2, 2], hides=(("a", "0"),))
    shown = model.pairs_of(holding({"a": "0", "b": "1", "c": "0"}))
    assert shown == {(("a", "0"), ("b", "1")), (("a", "0"), ("c", "0"))}
    crossed = model.pairs_of(holding({"a": "1", "b": {"0", "1"}, "c": None}))
    assert crossed == {(("a", "1"), ("b", "0")), (("a", "1"), ("b", "1"))}


def test_a_value_that_is_dulled_counts_with_what_dulls_it_only() -> None:
    dulls = ((("a", "0"), ("b", "1")),)
    model = replace(_model([2, 2, 2]), dulls=dulls)
    shown = model.pairs_of(holding({"a": "0", "b": "1", "c": "0"}))
    assert shown == {(("a", "0"), ("b", "1")), (("a", "0"), ("c", "0"))}
    both = model.pairs_of(holding({"a": {"0", "1"}, "b": "1", "c": "0"}))
    assert (("b", "1"), ("c", "0")) in both, "some of what it holds shows it"
    kept = [{"a": "0", "b": b, "c": c} for b in "01" for c in "01"]
    rows = pairwise.generated(model, kept)
    assert {p for row in rows for p in model.pairs_of(model.held(row))} == model.possible
    never = replace(model, rules=(Rule("a is 0 beside b 1", ("a", "b"), lambda a, b: b == 0 or a == 0),))
    assert (("b", "1"), ("c", "0")) not in never.possible and (("a", "0"), ("b", "1")) in never.possible


def test_a_table_is_read_as_written_and_checked() -> None:
    model = _model([4, 4, 2], (SUM,))
    rows = pairwise.generated(model)
    text = written(model, rows)
    assert {slug(model, r) for r in read(model, text)} == {slug(model, r) for r in rows}
    assert len({len(line.rstrip()) for line in text.splitlines()}) == 1, "columns line up"
    with pytest.raises(ValueError, match=r"table m: has columns \['a', 'b'\]"):
        read(model, "a, b\n0, 0\n")
    with pytest.raises(ValueError, match="which cannot be: a and b together at most 3"):
        read(model, "a, b, c\n3, 3, 0\n")
    with pytest.raises(ValueError, match="has c 5, needs values of the dimensions"):
        read(model, "a, b, c\n0, 0, 5\n")
