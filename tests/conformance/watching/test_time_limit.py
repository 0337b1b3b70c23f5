"""Has a case the limit of its tier, that of its own, or the one that was asked for?"""

from __future__ import annotations

import pytest

from conformance.watching.time_limit import limit_of
from vectors.families import quantize

CASES = {case.id.removeprefix("quantize/"): case for case in quantize.cases()}


@pytest.mark.parametrize(
    ("case", "seconds"),
    [
        ("gaussian-bf16", 120.0),
        ("gaussian-fp16", 600.0),
        ("block-maximum-at-scale-edges-bf16", 600.0),
        ("block-maximum-at-scale-edges-in-rows-bf16", 120.0),
    ],
)
def test_a_case_has_its_tiers_limit_or_more_of_its_own(case, seconds):
    assert limit_of(None)(CASES[case]) == seconds
    assert limit_of(7.0)(CASES[case]) == 7.0
    assert limit_of(0.0)(CASES[case]) is None
