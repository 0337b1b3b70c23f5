"""What if two checks claim one family? Both are here."""

import pytest


@pytest.mark.family("delta")
def test_delta(case, subject, vector, judge):
    judge.note("DEL-01", "")


@pytest.mark.family("delta")
def test_delta_again(case, subject, vector, judge):
    judge.note("DEL-01", "")
