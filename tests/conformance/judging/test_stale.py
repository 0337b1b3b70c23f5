"""Are rows that an earlier call has left told as such?"""

from __future__ import annotations

import numpy as np
import pytest

from conformance.calls import notes
from conformance.judging.bits import Bits
from conformance.judging.judge import Judge
from reports.line import what
from reports.model import Cause, Spot
from vectors.case import Case, expect_nothing, no_inputs

CASE = Case("moe/x", "x", ("MOE-02", "MOE-04"), no_inputs, expect_nothing, tier="quick")


def _values(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(6, 8)).astype(np.float32)


def _judge() -> Judge:
    notes.take().before.clear()
    notes.current().before.clear()
    return Judge(CASE, "native", "b")


def _cause(judge: Judge, requirement: str = "MOE-02") -> Cause:
    (found,) = (finding for finding in judge.findings if finding.requirement == requirement)
    assert found.cause is not None
    return found.cause


def test_rows_of_the_right_answer_before() -> None:
    judge, first, second = _judge(), _values(1), _values(2)
    judge.accepts("output", Bits(first, first))
    judge.accepts("output", Bits(np.concatenate([second[:4], first[4:]]), second))
    (lead,) = _cause(judge).leads
    assert (lead.kind, lead.belongs, lead.used) == (
        "earlier call",
        Spot("output", (4,)),
        Spot("right answer 1 of output", (4,)),
    )
    assert "stale memory: output[4] is that of right answer 1 of output[4] (2 of 2 looked at)" in what(_cause(judge))


def test_rows_of_a_call_that_nobody_judged() -> None:
    judge, first, second = _judge(), _values(1), _values(2)
    mixed = np.concatenate([second[:4], first[4:]])
    notes.current().keep("native", "fused_moe", [first])
    notes.current().keep("native", "fused_moe", [mixed])
    judge.accepts("output", Bits(mixed, second))
    (lead,) = _cause(judge).leads
    assert lead.used == Spot("fused_moe's result 1", (4,))
    notes.take()


@pytest.mark.parametrize(("subject", "leads"), [("native", 1), ("emulation", 0)])
def test_rows_of_the_same_subjects_case_before(subject: str, leads: int) -> None:
    judge, first, second = _judge(), _values(1), _values(2)
    notes.current().keep(subject, "fused_moe", [first])
    notes.take()
    judge.accepts("output", Bits(np.concatenate([second[:4], first[4:]]), second))
    found = _cause(judge).leads
    assert [lead.used for lead in found] == [Spot("fused_moe's result in a case before", (4,))] * leads


def test_what_is_only_wrong_is_not_stale() -> None:
    judge, first, second = _judge(), _values(1), _values(2)
    wrong = second.copy()
    wrong[2] += 1
    notes.current().keep("native", "fused_moe", [first])
    notes.current().keep("native", "fused_moe", [wrong])  # its own result says nothing
    judge.accepts("output", Bits(wrong, second))
    assert _cause(judge).leads == ()
    # Behind a failure a later answer may be right and the earlier one wrong.
    notes.current().keep("native", "fused_moe", [second])
    judge.accepts("repeat", Bits(second, wrong))
    assert _cause(judge, "MOE-04").leads == ()
    notes.take()


def test_rows_of_zeros_are_nobodys() -> None:
    judge, first = _judge(), np.zeros((6, 8), np.float32)
    judge.accepts("output", Bits(first, first))
    judge.accepts("output", Bits(first, _values(2)))
    assert _cause(judge).leads == ()


def test_a_lead_that_cannot_be_looked_for_leaves_the_finding() -> None:
    def broken(answer: object) -> list[object]:
        raise ZeroDivisionError("here")

    judge = _judge()
    judge.accepts("output", Bits(_values(1), _values(2)), leads=broken)  # type: ignore[arg-type]
    assert "looking for what would explain it raised ZeroDivisionError: here" in _cause(judge).hints[0]
