"""Has loading a subject a time limit, in the process that prepares a run and in those that come later?"""

import functools
import sys

import pytest

from conformance import cli
from conformance.asking.selection import RunOptions
from conformance.running import listing, prepare, session
from conformance.watching.watcher import ENDED, USAGE, Watcher, watched
from tests.conformance.conftest import PARTS


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Children are forked, so they have what is set here."""
    monkeypatch.setattr(sys, "path", [str(PARTS), *sys.path])
    for module in (prepare, session):
        monkeypatch.setattr(module, "START", 0.5)


def test_an_import_that_never_ends_is_wrong_use_and_its_line_is_told(capfd):
    options = cli.parser().parse_args(["--list-cases", "--subject", "right", "hangs-at-import", "--tier", "quick"])
    life = functools.partial(listing.cases, "fake_suite:SUITE", options)
    assert watched(life, dies_in_case=lambda child: 1000) == USAGE
    said = capfd.readouterr().err
    assert "error: subject: hangs-at-import kept the process that loads it (took longer than 0.5 s in _hold at" in said


def test_a_later_process_is_not_kept_for_ever_either():
    options = RunOptions("fake_suite:SUITE", "quick", ("right", "hangs-at-import"), "good")
    with Watcher() as watcher:
        child = watcher.start("gw0", functools.partial(session.go_on, options))
        assert [kind for _, kind, _ in watcher.events() if kind == ENDED] == [ENDED]
    assert (child.doing.kind, child.doing.name, child.code) == ("subject", "hangs-at-import", None)
    assert child.hung is not None
