"""What does a worker do beyond judging? It takes the device that it is given, says what it does, ends when it must."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from conformance.asking.suite import RunsKernels
from conformance.calls.explanation import explain
from conformance.watching import processes
from conformance.watching.board import Pen, frames
from conformance.watching.whereabouts import tell_on_request
from reports.line import what

PLACE = "conformance_place"  # the key of what a worker is told beside its options

_SAYS = pytest.StashKey["Says"]()


class _Run(Protocol):
    @property
    def backend(self) -> RunsKernels: ...


_AnyRun = TypeVar("_AnyRun", bound=_Run)


class Says:
    """A pytest plugin object of a worker."""

    def __init__(self, pen: Pen) -> None:
        self._pen, self.last = pen, False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._pen.does(nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        """The case has its row. A process that is of no further use ends; another one takes its place."""
        if self.last:
            os._exit(1)
        self._pen.does("")


def begun(config: pytest.Config, make: Callable[[], _AnyRun]) -> _AnyRun:
    """The run as ``make`` makes it, also where this process is no worker; a worker sees its own device only.

    A worker that cannot use its device says so and ends: nothing that it would judge says anything of a kernel.
    """
    place: dict[str, Any] | None = getattr(config, "workerinput", {}).get(PLACE)
    if place is None:
        return make()
    processes.die_with_parent()
    processes.first_to_go()
    os.environ.update(place["environment"])  # read by the first who asks for a device, so before anybody does
    board, name = Path(place["board"]), os.environ["PYTEST_XDIST_WORKER"]
    pen = Pen(board, name, processes.oom_kills())
    tell_on_request(frames(board, name))
    config.stash[_SAYS] = Says(pen)
    config.pluginmanager.register(config.stash[_SAYS])
    try:
        run = make()
        why = run.backend.why_lost()
    except Exception as error:
        if not place["environment"]:  # there is no device that could be lost
            raise
        why = what(explain(error, error.__traceback__))
    if why is not None:
        pen.cannot(why)
        os._exit(1)
    return run


def ends_behind_this_case(config: pytest.Config) -> None:
    """Have this process end once the case that it judges has its row, where it is a worker."""
    if _SAYS in config.stash:
        config.stash[_SAYS].last = True
