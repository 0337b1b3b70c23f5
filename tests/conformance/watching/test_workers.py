"""Is a worker ended when it takes too long, also before its first case, and is its device then given to nobody?"""

from __future__ import annotations

import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from conformance.watching import workers as module
from conformance.watching.board import Pen, read
from conformance.watching.workers import Workers
from reports.model import Cause

LIMITS = {"slow": 0.2, "free": None}


@pytest.fixture
def told():
    return []


@pytest.fixture
def watched(told):
    """Workers on one device."""
    with Workers(LIMITS.get, ["d"], lambda device: {"SEES": device}, told.append) as found:
        yield found


def _node(name="gw0"):
    return SimpleNamespace(gateway=SimpleNamespace(id=name), workerinput={})


def _sleeper(watched, monkeypatch, doing):
    """A process that a worker's file names as the worker, doing this."""
    watched.pytest_configure_node(node := _node())
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr("conformance.watching.board.os.getpid", lambda: child.pid)
    Pen(watched._folder, "gw0").does(doing)
    return node, child


def _ends(child, within=5.0):
    try:
        return child.wait(within)
    except subprocess.TimeoutExpired:
        return None
    finally:
        child.kill()


def test_a_case_over_its_limit_ends_the_worker_and_not_its_device(watched, told, monkeypatch):
    node, child = _sleeper(watched, monkeypatch, "slow")
    assert _ends(child) == -9
    watched.pytest_testnodedown(node, "crashed")
    assert watched.how_ended("gw0") == Cause("time limit", limit=0.2)
    watched.pytest_configure_node(clone := _node("gw1"))
    assert clone.workerinput["conformance_place"]["environment"] == {"SEES": "d"}
    assert told == []


def test_a_start_over_its_limit_costs_the_device(watched, told, monkeypatch):
    monkeypatch.setattr(module, "START", 0.2)
    node, child = _sleeper(watched, monkeypatch, "start")
    assert _ends(child) == -9
    watched.pytest_testnodedown(node, "crashed")
    assert told == ["device d cannot be used any more: took longer than 0.2 s, so its process was ended"]
    with pytest.raises(pytest.exit.Exception):
        watched.pytest_configure_node(_node("gw1"))
    assert watched.stop.devices_gone


@pytest.mark.parametrize("doing", ["free", ""])
def test_what_has_no_limit_is_left_alone(watched, monkeypatch, doing):
    _, child = _sleeper(watched, monkeypatch, doing)
    assert _ends(child, within=1.5) is None


def test_a_worker_that_ends_as_it_should_is_no_loss(watched, told):
    watched.pytest_configure_node(node := _node())
    watched.pytest_testnodedown(node, None)
    assert (told, watched.stop, watched.how_ended("gw0")) == ([], None, Cause("died"))


def test_a_note_is_read_as_it_was_written(tmp_path):
    assert read(tmp_path, "gw0") is None
    pen = Pen(tmp_path, "gw0", kills=3)
    assert (read(tmp_path, "gw0").doing, read(tmp_path, "gw0").kills) == ("start", 3)
    pen.does("case[x]")
    assert time.monotonic() - read(tmp_path, "gw0").since < 60
    pen.cannot("no device")
    assert read(tmp_path, "gw0").gone == "no device"
