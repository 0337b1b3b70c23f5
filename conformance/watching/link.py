"""What does a process that judges say to the one that watches it, and what is it told? One pipe for both."""

import os
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from conformance.watching.frames import Frames


class Doing(NamedTuple):
    """What a process does now. limit: seconds after which it is to be ended; of CPU time, for a case.

    kinds: start, subject (is loaded), check (of the platform), device (is tried), case, asking (what comes next; with
    the name of what it had before).
    """

    kind: str = "start"
    name: str = ""
    limit: float | None = None


class RunStopped(KeyboardInterrupt):
    """This process is told to stop: no subject's doing, which may raise KeyboardInterrupt too."""


class Link:
    """The judging side."""

    def __init__(self, pipe: Connection, frames: Frames) -> None:
        self._pipe, self._frames, self._owner = pipe, frames, os.getpid()

    def does(self, kind: str, name: str = "", limit: float | None = None) -> None:
        """Say what comes next, before it is done."""
        self._frames.told_after(limit)
        self.tell("does", Doing(kind, name, limit))

    def tell(self, kind: str, value: object = None) -> None:
        """Say what was found. Nothing counts behind a 'code', the exit code of what was to be done."""
        # What a kernel forks has a copy of the pipe, and no say.
        if os.getpid() == self._owner:
            self._pipe.send((kind, value))

    def ask(self, kind: str, last: str = "") -> Any:
        """The answer to a question."""
        self.does("asking", last)
        self.tell(kind)
        return self._pipe.recv()
