"""Does each case that is asked over a pipe get its answer, whatever a case does to the process that judges?"""

from __future__ import annotations

import pytest

from conformance.theirs.client import CannotJudgeError, Client
from reports.line import lines
from tests.conformance.conftest import PARTS

PROGRAM = f"import sys; sys.path.insert(0, {str(PARTS)!r}); from conformance.theirs.server import main; "
SERVER = ("-c", PROGRAM + "sys.exit(main(sys.argv[1:], suite='fake_suite:SUITE'))")


def _client(*words: str) -> Client:
    return Client(*words, server=SERVER)


def test_cases_are_answered_in_the_order_in_which_they_are_asked():
    asked = _client("--subject", "right", "wrong", "known", "--tier", "quick", "-k", "alpha")
    assert asked.cases["alpha/one-more-wrong"] == "alpha/one-more"
    assert asked.ask("alpha/one-more-wrong")["verdict"] == "pass"
    row = asked.ask("alpha/one-wrong")
    assert "wrong@good ALP-01: [3] 0x01 -> 0x02, needs 0x03; rerun: nox" in lines(row)[0]
    known = asked.ask("alpha/one-known")
    assert (known["verdict"], bool(known["expected"][0]["met"])) == ("fail", True)
    asked.close()


def interrupted():
    raise KeyboardInterrupt


def test_a_case_that_ends_its_process_has_failed_and_the_next_is_asked(monkeypatch):
    asked = _client("--subject", "leaving", "--tier", "gate", "-k", "beta")
    assert "its process died" in lines(asked.ask("beta/number-2-leaving"))[0]
    assert asked.ask("beta/number-3-leaving")["verdict"] == "pass"
    with pytest.raises(CannotJudgeError, match="no arrays can be had"):
        asked.ask("beta/damaged-leaving")
    assert asked.ask("beta/number-1-leaving")["verdict"] == "pass"
    monkeypatch.setattr(asked, "_hear", interrupted)
    with pytest.raises(KeyboardInterrupt):
        asked.ask("beta/number-1-leaving")
    monkeypatch.undo()
    with pytest.raises(CannotJudgeError):  # it would get the answer that nobody took
        asked.ask("beta/number-3-leaving")
    asked.close()


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        (("--subject", "nobody"), "nobody"),
        (("--subject", "right", "-k", "nothing-of-the-kind"), "nothing selected"),
        (("--subject", "right", "--backend", "broken"), "the platform does not hold: PLT-even failed"),
    ],
)
def test_what_cannot_be_asked_says_why(words, needs):
    with pytest.raises(CannotJudgeError, match=needs):
        _client(*words)
