"""Are the dimensions named, reasoned and read from parameters without confusion?"""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from vectors.coverage.models import TABLED
from vectors.registry import all_cases
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import read, written
from vectors.sweep.dimension import Dimension, Value, by_name
from vectors.sweep.dimensions import DIMENSIONS

WORD = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def test_each_dimension_and_value_has_a_name_of_its_own_and_a_reason() -> None:
    assert len(by_name(DIMENSIONS)) == len(DIMENSIONS)
    for dimension in DIMENSIONS:
        assert dimension.what and len(set(dimension.names)) == len(dimension.values) > 1, dimension.name
        assert WORD.match(dimension.name)
        for value in dimension.values:
            assert WORD.match(value.name), (dimension.name, value.name)
            assert len(value.why) > 3, (dimension.name, value.name)


def test_reasons_are_not_copied() -> None:
    for dimension in DIMENSIONS:
        reasons = [v.why for v in dimension.values]
        # Tiles of several sizes share their three kinds of border.
        assert len(set(reasons)) == len(reasons), dimension.name


def test_the_swept_values() -> None:
    """What no list may be without, whatever else it holds. That none loses a value by accident, the next test holds."""
    tokens, experts, top_k, limits, alphas, betas, numbers = (
        {v.value for v in d.values}
        for d in (dim.TOKENS, dim.EXPERTS, dim.TOP_K, dim.LIMIT, dim.ALPHA, dim.BETA, dim.BYTES)
    )
    assert tokens >= {0, 1, 2} | {tile + step for tile in (16, 32, 64, 128) for step in (-1, 0, 1)}
    assert max(tokens) > 256 and any(t % 2 and t & (t - 1) for t in tokens)
    assert experts >= {1, 2, 256 + 1} and any(e > 2 and e & (e - 1) for e in experts)
    assert top_k >= {1, 2, 3, dim.EVERY} and any(k & (k - 1) == 0 and k > 2 for k in top_k - {dim.EVERY})
    assert limits >= {None, 0.0, 1.0, float("inf")}
    finite = {limit for limit in limits - {None} if math.isfinite(limit)}
    assert any(not (4 * limit).is_integer() for limit in finite), "no binary fraction"
    assert any(0 < limit < 1 for limit in finite) and len([limit for limit in finite if limit > 1]) > 1
    assert alphas >= {1.702, 1.0, 0.0} and min(alphas) < 0
    assert betas >= {1.0, 0.0} and min(betas) < 0 and any(not beta.is_integer() for beta in betas)
    assert numbers >= {0, 1, 126, 127, 128, 253, 254, 255}, "both ends of E8M0, one, and NaN"
    assert all(v.value % 32 == 0 for d in (dim.HIDDEN, dim.INTERMEDIATE, dim.DEPTH) for v in d.values)


@pytest.mark.parametrize("model", TABLED, ids=lambda m: m.name)
def test_no_value_goes_while_a_row_holds_it(model) -> None:
    """So a list is shortened by who shortens the table too: a value that a dimension loses is missed by name."""
    text = written(model, model.rows())
    for place, dimension in enumerate(model.dimensions):
        for value in dimension.values:
            less = replace(dimension, values=tuple(v for v in dimension.values if v is not value))
            shorter = replace(model, dimensions=(*model.dimensions[:place], less, *model.dimensions[place + 1 :]))
            with pytest.raises(ValueError, match=f"has {dimension.name} {value.name}, needs values of the dimensions"):
                read(shorter, text)


@pytest.mark.parametrize(("name", "family"), [("limit", "activation"), ("alpha", "activation"), ("beta", "activation")])
def test_a_family_by_hand_asks_every_value_of_its_dimension(name, family) -> None:
    """So that a value is added in one place."""
    dimension = {d.name: d for d in DIMENSIONS}[name]
    for form in (family, f"{family}-quantize"):
        asked = {c.params[name] for c in all_cases() if c.family == form and "/combined/" not in c.id}
        assert asked >= {v.value for v in dimension.values}, form


def test_a_parameter_is_found_by_value_and_type() -> None:
    assert dim.LIMIT.named(None) == "none" and dim.LIMIT.named(0.0) == "0"
    assert dim.LIMIT.named(0) is None and dim.LIMIT.named(False) is None and dim.LIMIT.named(3.0) is None
    assert dim.TOKENS.named(1) == "1" and dim.TOKENS.named(True) is None and dim.TOKENS.named(6) is None
    assert dim.ALPHA["minus-1"].value == -1.0
    with pytest.raises(KeyError, match=r"alpha: has '2', needs one of 1-702"):
        dim.ALPHA["2"]


def test_a_dimension_is_cut_by_names() -> None:
    assert dim.RANK.only("0").names == ("0",) and dim.RANK.without("0").names == ("above-0",)
    with pytest.raises(KeyError):
        dim.RANK.only("7")
    with pytest.raises(KeyError):
        dim.RANK.without("7")
    two = Dimension("a", "", (Value("x", 1, ""),)), Dimension("a", "", ())
    with pytest.raises(ValueError, match="has a twice"):
        by_name(two)
