"""Are a row's symptoms made of what its findings say of how, where and how much?"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from conformance.judging.bits import Bits
from conformance.judging.picture import picture
from conformance.likeness.symptoms import Symptom, of_row
from reports.model import CaseResult, Cause, Expected, Finding, Shown

SHAPE = (4, 64)


def row(*causes, verdict="fail", pictures=None):
    findings = [Finding("QNT-01", verdict, cause) for cause in causes]
    facts = {"id": "quantize/a", "subject": "native", "backend": "fake", "pictures": pictures or {}}
    return CaseResult.of(findings, seconds=0.0, **facts).to_json()


def seen(expected, observed):
    """The symptom of these codes where others are right."""
    wrong = Bits(observed, expected).mismatch
    (found,) = of_row(row(wrong.cause("codes"), pictures={"codes": picture(wrong.wrong)}))
    return asdict(found)


def codes(**changed):
    found = np.zeros(SHAPE, np.uint8)
    for place, value in changed.values():
        found[place] = value
    return found


@pytest.mark.parametrize(
    ("place", "amount", "where"),
    [
        ((1, 5), "one", "row, column"),
        (np.s_[1, 32:64], "some", "row, blocks"),
        (np.s_[2:, 3:7], "few", "last rows, columns"),
        (np.s_[:, 5:64], "most", "rows, last columns"),
        (np.s_[:, :], "all", "rows, whole"),
    ],
)
def test_where_and_how_much(place, amount, where):
    found = seen(codes(), codes(a=(place, 1)))
    assert (found["amount"], found["place"], found["off"]) == (amount, where, "<=1")


def test_how_far():
    assert seen(codes(), codes(a=((0, 0), 1), b=((0, 1), 9)))["off"] == "<=1 to <=16"
    number, nan = np.zeros(SHAPE, np.float32), np.full(SHAPE, np.nan, np.float32)
    assert seen(number, nan)["off"] == "NaN"


def test_a_scale_byte_is_so_many_steps_off():
    of = Expected(Shown("", "118"), Shown("", "118"), "scale byte")
    cause = Cause(
        "values", observable="blocks", index=(0, 0), observed=Shown("0x7e", "126"), expected=of, bad=5, total=5
    )
    assert of_row(row(cause)) == {Symptom("blocks", "values of scale byte", "+8", "all")}


@pytest.mark.parametrize(
    ("cause", "symptom"),
    [
        (Cause("claim", "words", "refusal"), Symptom("refusal", "claim")),
        (Cause("raised", "words", raised="TypeError"), Symptom("", "raised TypeError")),
        (Cause("values", observable="codes", bad=1), Symptom("codes", "another shape or dtype")),
    ],
)
def test_what_has_no_values(cause, symptom):
    assert of_row(row(cause)) == {symptom}


def test_what_says_nothing_of_its_own():
    assert not of_row(row(Cause("not judged", after="QNT-02")))
    assert not of_row(row(Cause("claim", "words", "refusal"), verdict="deviation"))
