"""Does a class that asks nothing, or names no subject, say so in place of passing?"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mxfp8_conformance import plugin

ASKING = SimpleNamespace(fixturenames=["name"], parametrize=lambda *_, **__: None)


class Asks(plugin.Conformance):
    subject = "mine.moe:fused_moe"
    golden = True


@pytest.fixture(autouse=True)
def cases(monkeypatch):
    monkeypatch.setattr(plugin, "client", lambda *words: SimpleNamespace(cases={"alpha/one-mine": "alpha/one"}))


@pytest.mark.parametrize("kept", [{"alpha/one"}, {"beta/one"}, set()])
def test_a_class_without_a_case_is_an_error(kept, monkeypatch):
    monkeypatch.setattr(plugin, "golden", lambda: kept)
    if kept == {"alpha/one"}:
        Asks().pytest_generate_tests(ASKING)
        return
    with pytest.raises(pytest.UsageError, match="leave none, needs some"):
        Asks().pytest_generate_tests(ASKING)


def test_a_class_without_a_subject_is_an_error():
    with pytest.raises(pytest.UsageError, match="needs what is to be judged"):
        plugin.Conformance().pytest_generate_tests(ASKING)
