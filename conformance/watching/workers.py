"""Which GPU has a worker, does it hang, and what of the run when it ends? The controlling process's side of ``-n``."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.watching import board, processes
from conformance.watching.time_limit import MOST_HANGS, START, too_long
from conformance.watching.whereabouts import whereabouts
from conformance.watching.worker import PLACE
from reports.line import what
from reports.model import Cause

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

POLL = 0.5  # seconds between looks at the workers


@dataclass(frozen=True)
class Stop:
    """Why the run ended before all was asked. devices_gone: as none is left that a new process could use."""

    why: str
    devices_gone: bool


class Devices:
    """Who has which device: each new worker gets the one with the fewest, so that k workers spread over k devices."""

    def __init__(self, names: Sequence[str]) -> None:
        self._users: dict[str, set[str]] = {name: set() for name in names}
        self.gone: dict[str, str] = {}  # device -> why

    @property
    def none_left(self) -> bool:
        return bool(self.gone) and not self._users

    def take(self, worker: str) -> str | None:
        """The worker's device; None where the run has none, or none left."""
        if not self._users:
            return None
        name = min(self._users, key=lambda device: len(self._users[device]))
        self._users[name].add(worker)
        return name

    def give_back(self, worker: str) -> str | None:
        """What the worker had, for the next one."""
        for name, users in self._users.items():
            if worker in users:
                users.remove(worker)
                return name
        return None

    def lose(self, name: str, why: str) -> None:
        """Give this one to nobody any more."""
        self._users.pop(name, None)
        self.gone[name] = why


class Workers:
    """A pytest plugin object of the controlling process.

    limit: seconds for the item of that pytest id, None for no limit. devices: names of the GPUs, none where the kernels
    run on no GPU. environment: what a worker with that device gets. tell: told in a line what went wrong with a device.
    """

    def __init__(
        self,
        limit: Callable[[str], float | None],
        devices: Sequence[str],
        environment: Callable[[str], dict[str, str]],
        tell: Callable[[str], None],
    ) -> None:
        self._limit, self._devices, self._environment, self._tell = limit, Devices(devices), environment, tell
        self._folder = Path(tempfile.mkdtemp(prefix="conformance-workers-"))
        self._alive: set[str] = set()
        self._hung: dict[str, Cause] = {}  # worker -> that it took too long
        self._ended: dict[str, Cause] = {}  # worker -> how
        self._hangs = 0
        self.stop: Stop | None = None
        self._stopped = threading.Event()
        self._watch = threading.Thread(target=self._look_on, name="case limits", daemon=True)

    def __enter__(self) -> Workers:
        self._watch.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._watch.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def how_ended(self, worker: str) -> Cause:
        """Why a worker is no more."""
        return self._ended.get(worker, Cause("died"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """A worker is about to start: at first, or in place of one that ended. Raises pytest's Exit to end the run."""
        if self._devices.none_left:
            gone = "; ".join(f"device {name}: {why}" for name, why in self._devices.gone.items())
            self.stop = Stop(gone, devices_gone=True)
        elif self._hangs >= MOST_HANGS:
            self.stop = Stop(f"{self._hangs} cases had taken too long before it", devices_gone=False)
        if self.stop is not None:
            pytest.exit(self.stop.why)
        name = node.gateway.id
        device = self._devices.take(name)
        place: dict[str, Any] = {"board": str(self._folder), "environment": {}}
        if device is not None:
            place["environment"] = self._environment(device)
        node.workerinput[PLACE] = place
        self._alive.add(name)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController, error: object) -> None:
        """A worker ended, as it should (error None) or not."""
        name = node.gateway.id
        self._alive.discard(name)
        device, note = self._devices.give_back(name), board.read(self._folder, name)
        if error is None or note is None:
            return
        self._ended[name] = self._hung.get(name) or _died(note)
        starting = note.doing == "start"
        self._hangs += name in self._hung and not starting
        why = note.gone or (what(self._hung[name]) if starting and name in self._hung else "")
        if device is not None and why:
            self._devices.lose(device, why)
            self._tell(f"device {device} cannot be used any more: {why}")

    def _look_on(self) -> None:
        while not self._stopped.wait(POLL):
            for name in tuple(self._alive):
                self._look_at(name)

    def _look_at(self, name: str) -> None:
        note = board.read(self._folder, name)
        if note is None or not note.doing or name in self._hung:
            return
        limit = START if note.doing == "start" else self._limit(note.doing)
        if limit is None or time.monotonic() - note.since <= limit:
            return
        if board.read(self._folder, name) == note:
            self._hung[name] = too_long(limit, whereabouts(note.pid, board.frames(self._folder, name)))
            processes.kill_tree(note.pid)


def _died(note: board.Note) -> Cause:
    """How a worker ended that nobody has ended."""
    how = processes.how_child_ended(note.pid)
    if how is None:
        return Cause("died")
    return Cause("died", processes.told_with_memory(how, note.kills, processes.oom_kills()))
