"""Does a bent judge show by answers that are planted? Each part of a verdict is made to say yes."""

import pytest

from conformance.judging.bits import Bits
from conformance.judging.blocks import Blocks
from conformance.judging.judge import Judge
from conformance.judging.planted import planted
from conformance.judging.within import Within
from reports.model import worst


def _not_as_planted() -> set[str]:
    return {case.id for case, judge, needs in planted() if worst([f.verdict for f in judge.findings]) != needs}


def test_planted_answers_come_to_their_verdicts() -> None:
    assert _not_as_planted() == set()
    assert [needs for _, _, needs in planted()] == ["pass", "fail"] * 3


@pytest.mark.parametrize(
    ("kind", "shows"), [(Bits, {"planted/codes"}), (Within, {"planted/output"}), (Blocks, {"planted/blocks"})]
)
def test_a_kind_that_accepts_all_shows(kind: type, shows: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "mismatch", None)
    assert _not_as_planted() == shows


@pytest.mark.parametrize("verdict", ["pass", "fail"])
def test_a_judge_of_one_verdict_shows(verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Judge._note
    monkeypatch.setattr(Judge, "_verdict", lambda *_: "pass")
    if verdict == "fail":
        monkeypatch.undo()
        monkeypatch.setattr(Judge, "_note", lambda self, observable, cause: right(self, observable, "no"))
    assert _not_as_planted() == {"planted/codes", "planted/output", "planted/blocks"}
