"""A check that works, beside one that does not import."""

import pytest


@pytest.mark.family("beta")
def test_beta(case, subject, vector, judge):
    judge.note("BET-01", "")
