"""Are the dimensions named, reasoned and read from parameters without confusion?"""

from __future__ import annotations

import re

import pytest

from vectors.sweep import dimensions as dim
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
    """The lists that a family may cut but nobody may shorten by accident."""
    assert [v.value for v in dim.TOKENS.values] == [
        0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 257,
    ]  # fmt: skip
    assert [v.value for v in dim.EXPERTS.values] == [1, 2, 5, 8, 12, 32, 128, 257, 288]
    assert [v.value for v in dim.TOP_K.values] == [1, 2, 3, 4, 8, dim.EVERY]
    assert [v.value for v in dim.LIMIT.values] == [None, 0.0, 1e-2, 0.5, 1.0, 7.0, 10.0, float("inf")]
    assert {v.value for v in dim.ALPHA.values} == {1.702, 1.0, 0.0, -1.0}
    assert {v.value for v in dim.BETA.values} == {1.0, 0.0, -1.0, 0.5}
    assert {v.value for v in dim.BYTES.values} >= {0, 1, 126, 127, 128, 253, 254, 255}
    assert all(v.value % 32 == 0 for d in (dim.HIDDEN, dim.INTERMEDIATE, dim.DEPTH) for v in d.values)


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
