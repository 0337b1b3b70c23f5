"""What does a worker do now? Each writes it into a file of its own, which the controlling process reads.

Not through pytest-xdist, which passes on what has happened and does not say whose it was: who is to be ended must be
known while the worker itself can say nothing more.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Note:
    """pid: the worker's process. doing: the pytest id of an item; 'start' before the first; '' between two.

    since: time.monotonic(), which all processes of a machine share. gone: why the worker cannot use its device, ''
    where it can. kills: conformance.watching.processes.oom_kills() when the worker started.
    """

    pid: int
    doing: str = "start"
    since: float = 0.0
    gone: str = ""
    kills: int = 0


class Pen:
    """The worker's side: says what it does."""

    def __init__(self, folder: Path, worker: str, kills: int = 0) -> None:
        self._path, self._kills = folder / worker, kills
        self.does("start")

    def does(self, what: str) -> None:
        self._write(Note(os.getpid(), what, time.monotonic(), kills=self._kills))

    def cannot(self, why: str) -> None:
        """The device cannot be used."""
        self._write(Note(os.getpid(), "start", time.monotonic(), why, self._kills))

    def _write(self, note: Note) -> None:
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(asdict(note)))
        part.replace(self._path)  # who reads sees the one or the other


def frames(folder: Path, worker: str) -> Path:
    """Where a worker that does not answer writes its frames (conformance.watching.whereabouts)."""
    return folder / f"{worker}.frames"


def read(folder: Path, worker: str) -> Note | None:
    """What a worker has said last; None before its first word."""
    try:
        return Note(**json.loads((folder / worker).read_text()))
    except FileNotFoundError:
        return None
