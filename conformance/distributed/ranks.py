"""How are ranks asked? torchrun starts them once for a world; each case is put to all of them and has a time limit.

A rank that raises, dies or hangs ends all of them, and the answer names it; the next case starts new ones.
"""

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from conformance.asking.unaskable import CannotAskError
from conformance.backends import Backend, visible
from conformance.calls import tensors
from conformance.distributed import messages
from conformance.distributed.messages import DONE, READY, START, Job, Word
from conformance.distributed.part import REDUCE
from conformance.root import FOLDER, MODULE
from conformance.watching import processes, time_limit
from conformance.watching.budget import Budget

POLL = 0.02  # seconds between looks at the ranks; torchrun looks ten times a second
_SETTLING = 0.1  # seconds until a death is seen that made another rank raise
_LAST_WORDS = 5.0  # seconds that torchrun has to say how a rank ended


class RankError(RuntimeError):
    """A rank raised, died or did not come to an end; the message names it."""


class NoRanksError(CannotAskError):
    """The ranks did not come together, before any had loaded the subject: the machine's or the suite's fault."""


class Ranks:
    """The processes of one world, on a backend."""

    def __init__(self, world: int, backend: Backend) -> None:
        self.world, self.backend, self._number = world, backend.name, -1
        self._folder = Path(tempfile.mkdtemp(prefix="conformance-ranks-"))
        self._log = self._folder / "torchrun.log"
        words = ["--standalone", "--nproc-per-node", str(world), "-m", f"{MODULE}.distributed"]
        words += ["--backend", backend.name, "--serve", str(self._folder)]
        environment = {**os.environ, **visible.all_of_run(backend.name, os.environ)}
        with self._log.open("wb") as log:
            self._torchrun = subprocess.Popen(
                [sys.executable, "-m", f"{MODULE}.distributed.agent", *words],
                cwd=FOLDER,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def running(self) -> bool:
        return self._torchrun.poll() is None and self._folder.is_dir()

    def ask(self, job: Job, seconds: float | None) -> list[tuple[np.ndarray, np.ndarray]]:
        """What each rank gave: its output and the total. seconds: for all of them once they have started, None for no
        limit.

        Raises RankError that names the rank, NoRanksError where they never came together; then all of them are gone.
        """
        self._number += 1
        messages.ask(self._folder, self._number, job)
        limit, started = time_limit.START, False
        budget: Budget | None = Budget(self._torchrun.pid, limit)
        try:
            while not all(self._is_done(word) for word in self._words()):
                if not started and all(word is not None and word.stage != START for word in self._words()):
                    limit, started = seconds or 0.0, True
                    budget = None if seconds is None else Budget(self._torchrun.pid, seconds)
                problem = self._problem(budget, limit)
                if problem and all(word is None or word.stage in (START, READY) for word in self._words()):
                    raise NoRanksError(f"the ranks of expert parallelism do not start here: {problem}")
                if problem:
                    raise RankError(problem)
                time.sleep(POLL)
            return [self._answer(rank) for rank in range(self.world)]
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all of them."""
        processes.kill_tree(self._torchrun.pid)
        self._torchrun.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _words(self) -> list[Word | None]:
        return [messages.heard(self._folder, rank) for rank in range(self.world)]

    def _is_done(self, word: Word | None) -> bool:
        return word is not None and (word.stage, word.job, word.error) == (DONE, self._number, "")

    def _problem(self, budget: Budget | None, limit: float) -> str:
        words, gone = self._words(), self._gone()
        if gone or any(word is not None and word.error for word in words):
            if not gone:  # the one that raised may have lost another one, which has not been seen yet
                time.sleep(_SETTLING)
                words, gone = self._words(), self._gone()
            return blame(words, gone, self._how_ended)
        if self._torchrun.poll() is not None:
            return f"torchrun ended before the ranks did: {self._tail()}"
        if budget is not None and budget.is_spent:
            return overdue(words, self._number, limit)
        return ""

    def _gone(self) -> list[int]:
        words = enumerate(self._words())
        return [rank for rank, word in words if word is not None and _is_gone(word.pid)]

    def _answer(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        path = messages.answer_path(self._folder, rank, self._number)
        output, total = torch.load(path, weights_only=True)
        path.unlink()
        return tensors.array(output), tensors.array(total)

    def _how_ended(self, pid: int) -> str:
        """As torchrun tells it when it has ended the others; '' where it does not."""
        try:
            self._torchrun.wait(_LAST_WORDS)
        except subprocess.TimeoutExpired:
            return ""
        found = re.search(rf"exitcode\s*:\s*(-?\d+) \(pid: {pid}\)", self._log.read_text(errors="replace"))
        return processes.ending(int(found.group(1))) if found else ""

    def _tail(self) -> str:
        lines = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"


def blame(words: Sequence[Word | None], gone: Sequence[int], how_ended: Callable[[int], str] = lambda pid: "") -> str:
    """Which rank began it: one that raised or ended in its own part comes before one that waited for it in vain.

    gone: ranks whose process is no more. how_ended: of a process id.
    """
    of, known = len(words), [(rank, word) for rank, word in enumerate(words) if word is not None]
    raised = [(rank, word) for rank, word in known if word.error]
    ended = [(rank, word) for rank, word in known if rank in gone and not word.error]
    for rank, word in raised:
        if word.stage != REDUCE:
            return f"rank {rank} of {of} {word.error}, in {word.stage}"
    for rank, word in sorted(ended, key=lambda one: one[1].stage == REDUCE):
        told = how_ended(word.pid)
        return f"rank {rank} of {of} died in {word.stage}" + (f": {told}" if told else "")
    rank, word = raised[0]
    return f"rank {rank} of {of} {word.error}, in {word.stage}"


def overdue(words: Sequence[Word | None], job: int, seconds: float) -> str:
    """Which rank the others waited for."""
    late = [
        rank
        for rank, word in enumerate(words)
        if word is None or (word.stage not in (DONE, REDUCE) and not (word.stage == READY and word.job > job))
    ] or list(range(len(words)))
    names = ", ".join(f"rank {rank} of {len(words)} in {_stage(words[rank])}" for rank in late)
    return f"{names} took longer than {seconds:g} s"


def _stage(word: Word | None) -> str:
    return "its start" if word is None else word.stage


def _is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        return "Z" in processes.stat(Path(f"/proc/{pid}"))[0]
    except FileNotFoundError:
        return Path("/proc/self/stat").exists()


_running: Ranks | None = None


def ranks_of(world: int, backend: Backend) -> Ranks:
    """The ranks of that world, those of the last case where they are still there; only one world runs at a time."""
    global _running
    if _running is not None and _running.running and (_running.world, _running.backend) == (world, backend.name):
        return _running
    stop()
    _running = Ranks(world, backend)
    return _running


@atexit.register
def stop() -> None:
    """End the ranks that are left."""
    global _running
    if _running is not None:
        _running.close()
        _running = None
