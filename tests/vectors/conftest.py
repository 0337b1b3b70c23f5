"""Which cases and which store does each test get?"""

from __future__ import annotations

import pytest

from tests.vectors.tiny_cases import FLAGS, NOTES, make_case
from vectors.store.writing import write


@pytest.fixture
def cases():
    return (
        make_case("tiny/one", params={"limit": float("inf"), "shape": (2, 32), "none": None}),
        make_case("tiny/two", flags=("scales",), needs=("e8m0-zero",)),
        make_case("other/deep/three", tier="gate"),
    )


@pytest.fixture
def root(tmp_path, cases):
    """A store of the cases."""
    write(cases, tmp_path / "golden", flags=FLAGS, notes=NOTES)
    return tmp_path / "golden"
