"""Which cases does each test of the store get?"""

from __future__ import annotations

import pytest

from tests.vectors.tiny_cases import make_case


@pytest.fixture
def cases():
    return (
        make_case("tiny/one", params={"limit": float("inf"), "shape": (2, 32), "none": None}),
        make_case("tiny/two", flags=("scales",), needs=("e8m0-zero",)),
        make_case("other/deep/three", tier="gate"),
    )
