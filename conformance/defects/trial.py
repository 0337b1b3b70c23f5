"""How does a trial come to life, and what has it used? It is a fork of a process with the libraries (``forks.py``)."""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from conformance.defects.mutant import ROOT
from conformance.watching import processes

FORKS = Path(__file__).with_name("forks.py")
MODULE = "conformance.defects.inside"
LIBRARIES = ("numpy", "ml_dtypes", "torch", "pytest", "hypothesis", "rich.console", "rich.table", "triton")


class CannotStart(RuntimeError):
    """No trial can start here, whatever is in its tree; the message says why."""


class Starter:
    """Starts trials, each from a process that has the environment which the libraries' imports look at."""

    def __init__(self, libraries: Sequence[str] = LIBRARIES) -> None:
        self._libraries = libraries
        self._forks: dict[tuple[Any, ...], _Forks] = {}
        self._lock = threading.Lock()

    @contextmanager
    def started(
        self, place: Path, folder: Path, changes: Mapping[str, str], *, shares: bool, tier: str = ""
    ) -> Iterator["TrialProcess"]:
        """The trial of ``job.json`` of the folder, in the tree ``place``; it is gone when this ends.

        What it prints is in ``output`` of the folder. changes: of the environment. shares: whether it gets the
        checkout's cases; tier: and the arrays of this one. Raises CannotStart.
        """
        environment = _inherited() | dict(changes)
        key = tuple(sorted(environment.items()))
        with self._lock:
            if key not in self._forks:
                self._forks[key] = _Forks(self._libraries, environment)
        # What it leaves in its own temporary folder, since it may be ended at any moment, goes with this one.
        job = {
            "place": str(place.resolve()),
            "module": MODULE,
            "arguments": [str(folder / "job.json")],
            "environment": {**environment, "TMPDIR": str(folder.resolve())},
            "output": str(folder / "output"),
            "checkout": str(ROOT) if shares else "",
            "tier": tier,
        }
        trial = self._forks[key].start(job)
        try:
            yield trial
        finally:
            trial.end()

    def close(self) -> float:
        """End the processes that trials are forked from; the CPU seconds that they took themselves."""
        return sum(forks.close() for forks in self._forks.values())


class TrialProcess:
    """A process that leads a session of its own. seconds: of CPU that it took, once it has ended."""

    def __init__(self, forks: "_Forks", process: int) -> None:
        self._forks, self._process = forks, process
        self.seconds = 0.0

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        ended = self._forks.ended.get(self._process)
        if ended is None and self._forks.gone:
            raise self._forks.is_gone()
        return ended and ended[0]

    def end(self) -> None:
        """End it with all that it started."""
        if self._process not in self._forks.ended:
            self.seconds = session_seconds(self._process)  # of what is killed nobody waits for the children
            for kill in (os.kill, os.killpg):  # one that just began leads no session yet, and has started nothing
                with suppress(ProcessLookupError):
                    kill(self._process, signal.SIGKILL)
        self.seconds = max(self.seconds, self._forks.wait_for(self._process))


class _Forks:
    """A process that trials are forked from. ended: their exit codes and CPU seconds. gone: whether it itself has."""

    def __init__(self, libraries: Sequence[str], environment: Mapping[str, str]) -> None:
        self.ended: dict[int, tuple[int, float]] = {}
        self.gone = False
        self._started: queue.Queue[int | None] = queue.Queue()
        self._lock, self._changed = threading.Lock(), threading.Condition()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the process
        self._server = subprocess.Popen(
            [sys.executable, str(FORKS), *libraries],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        if self._started.get() is None:  # it says that it is ready before it is asked for anything
            raise self.is_gone()

    def start(self, job: Mapping[str, Any]) -> TrialProcess:
        with self._lock:
            with suppress(BrokenPipeError):
                self._write(json.dumps(job).encode() + b"\n")
            process = self._started.get()
        if process is None:
            self._started.put(None)
            raise self.is_gone()
        return TrialProcess(self, process)

    def wait_for(self, process: int) -> float:
        """Until that trial has ended; its CPU seconds."""
        with self._changed:
            self._changed.wait_for(lambda: process in self.ended or self.gone)
            return self.ended.get(process, (0, 0.0))[1]

    def is_gone(self) -> CannotStart:
        self._errors.seek(0)
        why = last_line(self._errors.read()) or f"exit code {self._server.wait()}"
        return CannotStart(f"the process that trials are forked from ended: {why}")

    def close(self) -> float:
        taken = session_seconds(self._server.pid, children=False)
        with suppress(BrokenPipeError):
            self._server.stdin.close()  # type: ignore[union-attr]
        self._server.wait()
        return taken

    def _write(self, line: bytes) -> None:
        self._server.stdin.write(line)  # type: ignore[union-attr]
        self._server.stdin.flush()  # type: ignore[union-attr]

    def _listen(self) -> None:
        for line in self._server.stdout or ():
            said = json.loads(line)
            with self._changed:
                if "ended" in said:
                    self.ended[said["ended"]] = said["code"], said["seconds"]
                    self._changed.notify_all()
                else:
                    self._started.put(said.get("started", 0))
        with self._changed:
            self.gone = True
            self._changed.notify_all()
        self._started.put(None)


def _inherited() -> dict[str, str]:
    """The environment, without the checkout on the path of modules: it must not come before the tree."""
    environment = dict(os.environ)
    folders = map(Path, filter(None, environment.pop("PYTHONPATH", "").split(os.pathsep)))
    kept = [str(folder) for folder in (folder.resolve() for folder in folders) if folder != ROOT]
    return environment | ({"PYTHONPATH": os.pathsep.join(kept)} if kept else {})


def last_line(output: bytes) -> str:
    """Of what a process printed the last line with a word, which says why it ended; empty where it said nothing."""
    lines = (line.strip() for line in reversed(output.decode(errors="replace").splitlines()))
    return next(filter(None, lines), "")


def session_seconds(leader: int, *, children: bool = True) -> float:
    """CPU seconds of a session's processes and of children that they waited for; 0 where the system does not tell."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = processes.stat(folder)
            ticks += sum(map(int, fields[11 : 15 if children else 13])) if int(fields[3]) == leader else 0
    return ticks / os.sysconf("SC_CLK_TCK")
