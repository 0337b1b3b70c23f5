"""How does somebody else's process ask cases? It loads no kernel for it: a process of ours does."""

import atexit
import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing import Pipe
from typing import Any

from conformance.root import FOLDER, MODULE
from reports.model import PlatformResult

_LAST = 20  # lines of what a process printed before it ended


class CannotJudgeError(RuntimeError):
    """Nothing can be asked; it says whether options, subject or platform are why."""


class Client:
    """A process that judges, as one that asks it knows it.

    server: what Python is started with. platform: what the backend's own checks came to. cases: name -> id of what can
    be asked.
    """

    def __init__(self, *words: str, server: Sequence[str] = ("-m", f"{MODULE}.theirs.server")) -> None:
        self._pipe, theirs = Pipe()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the process
        path = os.pathsep.join(map(os.path.abspath, sys.path))  # '' is the current folder, which -P leaves out
        command = [sys.executable, "-P", *server, str(theirs.fileno()), *words]
        self._process = subprocess.Popen(
            command,
            cwd=FOLDER,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        atexit.register(self.close)
        self.platform: list[PlatformResult] = []
        while (heard := self._hear())[0] == "platform":
            self.platform.append(heard[1])
        self.cases: dict[str, str] = dict(heard[1])

    def ask(self, name: str) -> dict[str, Any]:
        """The row of a case, as a report has it. Raises CannotJudgeError."""
        try:
            self._pipe.send(name)
            kind, value = self._hear()
        except (CannotJudgeError, OSError) as error:
            raise CannotJudgeError(str(error)) from None
        except BaseException:
            self._pipe.close()  # its answer would be taken for the next one's
            raise
        if kind != "row":
            raise CannotJudgeError(str(value))
        found: dict[str, Any] = value
        return found

    def _hear(self) -> tuple[str, Any]:
        try:
            kind, value = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise CannotJudgeError(self._last_words()) from None
        if kind == "refused":
            raise CannotJudgeError(value or self._last_words())
        return kind, value

    def _last_words(self) -> str:
        self._log.seek(0)
        printed = self._log.read().decode(errors="replace").strip().splitlines()
        return "\n".join(printed[-_LAST:]) if printed else "the process that judges ended without a word"

    def close(self) -> None:
        """Have it end."""
        self._pipe.close()
        self._process.wait()


@functools.cache
def client(*words: str) -> Client:
    """The process of these options, one for all who ask in this process."""
    return Client(*words)


def golden() -> frozenset[str]:
    """Ids of the cases whose arrays are in the golden store, which nobody has to make."""
    from vectors.registry import committed_store

    store = committed_store()
    return frozenset(store.ids if store is not None else ())
