"""Is axe-core taken from nowhere but its package of one digest, and is its absence told?"""

from __future__ import annotations

import io
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from tests.reports import browser


def _answers(what: bytes | None) -> Callable[..., Any]:
    def urlopen(*_: object, **__: object) -> io.BytesIO:
        if what is None:
            raise urllib.error.URLError("no network")
        return io.BytesIO(what)

    return urlopen


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(browser, "AXE_KEPT", tmp_path / "nox" / "axe.tgz")
    monkeypatch.setattr(browser.shutil, "which", lambda name: None)


def test_no_network_and_no_npm_are_told(monkeypatch):
    monkeypatch.setattr(browser.urllib.request, "urlopen", _answers(None))
    with pytest.raises(browser.NoBrowserError, match=r"cannot be fetched: .*no network"):
        browser.axe_source()


@pytest.mark.parametrize("by_npm", [False, True])
def test_a_package_of_another_digest_is_neither_used_nor_kept(monkeypatch, by_npm):
    monkeypatch.setattr(browser.urllib.request, "urlopen", _answers(None if by_npm else b"other"))
    monkeypatch.setattr(browser, "_packed", lambda: b"other")
    with pytest.raises(browser.NoBrowserError, match=r"has the SHA-512 .*, needs "):
        browser.axe_source()
    assert not browser.AXE_KEPT.exists()
