"""Is a kind of acceptance one class? Another one is judged, told, counted and explained with nothing said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conformance.explain.account import Account, KeepingJudge
from conformance.explain.explanation import explained
from conformance.judging.accepted import Accepted, Index, form_of
from conformance.judging.blocks import Blocks
from conformance.judging.closeness import Histograms, Rows
from conformance.judging.judge import Judge
from reference.fused import AcceptedBlocks
from reference.interval import RealInterval
from reports.line import what
from reports.model import Expected, Shown
from vectors.case import Case


@dataclass(frozen=True, eq=False)
class OneOf(Accepted):
    """One of a few values, the same for all elements."""

    choices: np.ndarray

    @property
    def form(self) -> tuple[str, str] | None:
        return form_of(self.observed, np.empty(self.observed.shape, self.choices.dtype))

    @property
    def right(self) -> np.ndarray:
        return np.isin(self.observed, self.choices)

    def expects(self, index: Index) -> Expected:
        return Expected(Shown("", "/".join(map(str, self.choices))), of="one of")

    def counts(self, rows: Rows) -> Histograms:
        return {"steps": [int(self.right[rows].sum()), int((~self.right[rows]).sum())]}


CHOICES = np.array([2.0, 3.0], np.float32)
RIGHT = np.array([[2, 3, 2, 3]], np.float32)
WRONG = np.array([[2, 3, -2, 3]], np.float32)
CASE = Case(
    id="quantize/example",
    title="An example.",
    requirements=("QNT-01",),
    params={},
    make_inputs=lambda case: {},
    make_expected=lambda case, inputs: {},
)


def test_it_is_judged_and_counted() -> None:
    judge = Judge(CASE, "s", "b")
    judge.accepts("codes", OneOf(RIGHT, CHOICES))
    assert [finding.verdict for finding in judge.findings] == ["pass"]
    judge.accepts("codes", OneOf(WRONG, CHOICES), given=lambda i: f"x at {i}")
    (finding,) = judge.findings
    assert finding.verdict == "fail"
    says = "codes[0, 2] x at (0, 2) -> observed 0xc0000000 (-2), expected one of 2.0/3.0; 1 of 4 bad"
    assert what(finding.cause) == says
    assert judge.histograms == {"codes": {"steps": [7, 1]}}
    assert judge.pictures["codes"]["columns"] == [2, 2] and "codes" in judge.digests
    judge.accepts("codes", OneOf(RIGHT.astype(np.float64), CHOICES))
    assert judge.histograms == {"codes": {"steps": [7, 1]}}, "another form is not counted"


def test_it_is_explained() -> None:
    judge = KeepingJudge(CASE, "s", "b")
    judge.accepts("output", OneOf(RIGHT, CHOICES))
    judge.accepts("output", OneOf(WRONG, CHOICES))
    account = Account(CASE, None, tuple(judge.findings), tuple(judge.compared))
    found = explained(account, "fail", "s", "b", None, None, "native")
    assert "row 0, column 2: output 0xc0000000 (-2) where one of 2.0/3.0 is accepted" in found.conclusion
    told = [line for section in found.sections for line in section.lines]
    assert "the sign: each is right with its sign turned" in told
    assert "output: right; 4 elements" in told
    (around,) = (section for section in found.sections if "around" in section.title)
    assert around.rows[2] == ("[0, 2]", "0xc0000000 (-2)", "one of 2.0/3.0", "wrong")


def test_it_is_compared_once(monkeypatch) -> None:
    """Of blocks the costly part too, whoever asks."""
    ones, none = np.ones((2, 64)), np.zeros((2, 64), bool)
    asked = []
    real = AcceptedBlocks.membership
    monkeypatch.setattr(AcceptedBlocks, "membership", lambda *args: asked.append(1) or real(*args))
    judge = KeepingJudge(CASE, "s", "b")
    accepted = AcceptedBlocks(RealInterval(ones, ones, none, none))
    judge.accepts("blocks", Blocks(np.full((2, 64), 0x77, np.uint8), np.full((2, 2), 119, np.uint8), accepted))
    (kept,) = judge.compared
    assert kept.mismatch is not None and kept.answer.closeness["code"] and kept.answer.wrong is not None
    assert len(asked) == 1
