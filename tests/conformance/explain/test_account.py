"""Is a case explained that could not be asked? Only what the suite itself says of that counts."""

from types import SimpleNamespace

import pytest

from conformance.asking.unaskable import NoVectorError
from conformance.explain.account import ask
from conformance.subjects.base import Subject
from vectors.case import Case, expect_nothing, no_inputs

CASE = Case("quantize/one", "One.", ("QNT-01",), no_inputs, expect_nothing, tier="quick")


def _asked(check):
    def imitates():
        raise NoVectorError("not my fault")

    subject = Subject("s", "native", {"fused_moe": imitates})
    return ask(CASE, check, subject, SimpleNamespace(name="b"), None)


def test_what_a_check_returns_is_the_suites_word():
    with pytest.raises(NoVectorError, match="of the suite"):
        _asked(lambda case: NoVectorError("of the suite"))


def test_what_a_subject_raises_is_its_failure():
    found = _asked(lambda subject: subject.stages["fused_moe"]())
    assert found.problem is not None and found.problem.raised == "NoVectorError"
    assert found.verdict == "fail"
