"""What do tests that look at pages need? A browser and axe-core, or the reason why there are none."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.reports.browser import NoBrowserError, axe_source, chromium

REQUIRED = "REQUIRE_BROWSER"  # set where a test that cannot look has failed: .ci/run installs what it needs


def _without(error: NoBrowserError) -> None:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{error} ({REQUIRED}=1: it has to be there)")
    pytest.skip(str(error))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; the test is skipped where there is none, and fails where ``REQUIRED`` is 1."""
    looking = chromium()
    try:
        found = looking.__enter__()
    except NoBrowserError as error:
        _without(error)
    yield found
    looking.__exit__(None, None, None)


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script; as for the browser."""
    try:
        return axe_source()
    except NoBrowserError as error:
        _without(error)
        raise
