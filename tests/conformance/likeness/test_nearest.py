"""Is what shows the same the most like, over the cases that both were asked, and is a rare symptom worth more?"""

from __future__ import annotations

import pytest

from conformance.likeness.nearest import Likeness
from conformance.likeness.record import Known
from conformance.likeness.symptoms import Symptom

BYTE, CODE, NAN = (Symptom("codes", "values", off) for off in ("<=1", "<=4", "NaN"))


def known(name, unasked=(), **fails):
    shown = {f"quantize/{case}": frozenset({one}) for case, one in fails.items()}
    return Known(name, "It is wrong.", "own", "a", "0" * 16, frozenset(unasked), shown)


ONE = known("one", a=BYTE, b=BYTE, c=CODE)
OTHER = known("other", a=BYTE, b=BYTE, d=NAN)
CASES = {f"quantize/{case}" for case in "abcdefgh"}


def told(*others, asked=CASES, run=ONE):
    return {near.known.id: near for near in Likeness(others).nearest(run.fails, asked)}


def test_the_same_is_wholly_alike_and_the_rest_by_what_is_common():
    found = told(ONE, OTHER, known("apart", e=BYTE))
    assert list(found) == ["one", "other"]
    assert found["one"].likeness == pytest.approx(1.0) and (found["one"].common, found["one"].of) == (3, 3)
    assert 0 < found["other"].likeness < 1 and (found["other"].common, found["other"].of) == (2, 4)


def test_only_cases_count_that_both_were_asked():
    narrow = told(OTHER, asked={"quantize/a", "quantize/b"}, run=known("run", a=BYTE, b=BYTE))
    assert narrow["other"].likeness == pytest.approx(1.0)
    cut = known("cut", unasked=("quantize/c",), a=BYTE, b=BYTE)
    assert told(cut)["cut"].likeness == pytest.approx(1.0)
    assert told(known("whole", a=BYTE, b=BYTE))["whole"].likeness < 1.0


def test_what_few_have_weighs_more():
    often = [known(f"often-{number}", a=BYTE) for number in range(6)]
    found = told(*often, known("rare", b=NAN), run=known("run", a=BYTE, b=NAN))
    assert next(iter(found)) == "rare"
    assert found["rare"].likeness > found["often-0"].likeness


def test_the_way_counts_beside_the_case():
    found = told(known("same", a=CODE), known("another", a=NAN), run=known("run", a=CODE))
    assert list(found) == ["same", "another"]
