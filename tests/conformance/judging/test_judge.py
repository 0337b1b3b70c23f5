"""Does the judge give each finding to the right requirement, and forget none?"""

from __future__ import annotations

import numpy as np
import pytest

from conformance.judging.bits import Bits
from conformance.judging.judge import Judge
from reports.line import line
from reports.model import UNASKED, Expected, Shown
from vectors.case import Case


def _case(*requirements: str, needs: tuple[str, ...] = ()) -> Case:
    return Case(
        id="quantize/example",
        title="An example.",
        requirements=requirements,
        needs=needs,
        make_inputs=lambda case: {},
        make_expected=lambda case, inputs: {},
    )


ONE, TWO = np.array([1], dtype=np.uint8), np.array([2], dtype=np.uint8)


def test_a_finding_goes_to_the_requirements_that_rest_on_the_observable() -> None:
    judge = Judge(_case("QNT-01", "QNT-02"), "native", "interpreter", rerun="nox -s conformance")
    judge.accepts("codes", Bits(TWO, ONE), given=lambda i: f"x at {i}")
    judge.accepts("scales", Bits(ONE, ONE))
    verdicts = {f.requirement: f.verdict for f in judge.findings}
    assert verdicts == {"QNT-01": "fail", "QNT-02": "pass"}
    (failed,) = (f for f in judge.findings if f.verdict == "fail")
    cause = failed.cause
    assert (cause.kind, cause.observable, cause.index, cause.given) == ("values", "codes", (0,), "x at (0,)")
    assert (cause.observed, cause.expected) == (Shown("0x02", "2"), Expected(Shown("0x01", "1")))
    assert (cause.bad, cause.total, dict(cause.steps), failed.platform) == (1, 1, {"<=1": 1}, ())
    said = line(failed, "quantize/example", "native", "interpreter")
    for part in (
        "quantize/example",
        "native@interpreter",
        "QNT-01",
        "codes[0]",
        "x at (0,) ->",
        "0x02",
        "0x01",
        "1 of 1 bad",
        "rerun: nox",
    ):
        assert part in said


def test_a_should_is_a_deviation() -> None:
    judge = Judge(_case("QNT-06"), "native", "interpreter")
    judge.accepts("zero-scales", Bits(TWO, ONE))
    assert [f.verdict for f in judge.findings] == ["deviation"]


def test_a_difference_without_a_requirement_still_fails_the_case() -> None:
    judge = Judge(_case("QNT-01"), "native", "interpreter")
    judge.accepts("codes", Bits(ONE, ONE))
    judge.accepts("scales", Bits(TWO, ONE))
    assert [f.verdict for f in judge.findings] == ["fail"]


def test_what_is_a_should_elsewhere_is_no_failure_where_no_requirement_has_it() -> None:
    judge = Judge(_case("QNT-01"), "native", "interpreter")
    judge.accepts("codes", Bits(ONE, ONE))
    judge.accepts("zero-scales", Bits(TWO, ONE))
    assert [f.verdict for f in judge.findings] == ["deviation"]


def test_a_later_pass_does_not_hide_a_failure() -> None:
    judge = Judge(_case("QNT-01"), "native", "interpreter")
    judge.accepts("codes", Bits(TWO, ONE))
    judge.accepts("codes", Bits(ONE, ONE))
    assert [f.verdict for f in judge.findings] == ["fail"]


def test_what_no_check_looked_at_has_no_finding() -> None:
    judge = Judge(_case("QNT-01", "QNT-02"), "native", "interpreter")
    judge.accepts("codes", Bits(ONE, ONE))
    assert {f.requirement for f in judge.findings} == {"QNT-01"}


def test_a_failure_that_a_failed_platform_check_explains_is_the_platforms() -> None:
    case = _case("QNT-01", needs=("PLT-DOT-SCALED-LOW",))
    for failed, verdict in (({"PLT-DOT-SCALED-LOW"}, "unsupported"), ({"PLT-OTHER"}, "fail"), (set(), "fail")):
        judge = Judge(case, "native", "cuda", failed_platform=failed)
        judge.accepts("codes", Bits(TWO, ONE))
        assert [f.verdict for f in judge.findings] == [verdict]
        assert judge.findings[0].platform == (tuple(failed) if verdict == "unsupported" else ())


def test_a_pass_on_a_failed_platform_is_a_pass() -> None:
    judge = Judge(_case("QNT-01", needs=("PLT-X",)), "native", "cuda", failed_platform={"PLT-X"})
    judge.accepts("codes", Bits(ONE, ONE))
    assert [f.verdict for f in judge.findings] == ["pass"]


@pytest.mark.parametrize("verdict", UNASKED)
def test_an_inability_covers_every_requirement(verdict: str) -> None:
    judge = Judge(_case("QNT-01", "QNT-02"), "emulation", "interpreter")
    judge.unable(verdict, "no such stage")
    assert {f.verdict for f in judge.findings} == {verdict} and len(judge.findings) == 2
