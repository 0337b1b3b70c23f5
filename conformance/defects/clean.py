"""What do the right kernels fail themselves? That kills nothing. Each case is asked once per backend, when needed."""

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from conformance.defects import mutant
from conformance.defects.question import PLATFORM, Answer, Failure, Question
from conformance.defects.suite_process import Ask
from conformance.defects.trial import CannotStart
from reports.files import write_whole
from reports.foreign.reading import json_file
from reports.model import PlatformResult

_CHECK = {"type": "object", "required": ["id", "verdict", "detail"], "maxProperties": 3}
_SHAPE = {
    "type": "object",
    "required": ["fingerprint", "fails", "platform"],
    "properties": {
        "fails": {"additionalProperties": {"type": "object", "additionalProperties": {"type": "array"}}},
        "platform": {"additionalProperties": {"type": "array", "items": _CHECK}},
    },
}


class CleanError(RuntimeError):
    """The right kernels gave no verdict where one is needed; the message says on what."""


class Clean:
    """What the kernels as they are fail, by backend; kept in a file, so that a resumed run need not ask again.

    ask: how questions are asked. path: of the file. fingerprint: of the sources; a file with another one is left
    behind. probe: id of a cheap case of the smallest tier, and that tier. tree: makes the folder to ask in.
    """

    def __init__(
        self,
        ask: Ask,
        path: Path,
        fingerprint: str,
        probe: tuple[str, str],
        tree: Callable[[], AbstractContextManager[Path]] = lambda: mutant.tree(None),
    ) -> None:
        self._ask, self._path, self._fingerprint, self._probe, self._tree = (ask, path, fingerprint, probe, tree)
        self._lock = threading.RLock()  # one case is asked at a time, and no case twice
        # backend -> name of a case -> requirements that fail; backend -> results of its checks
        self._fails: dict[str, dict[str, list[str]]] = {}
        self._platform: dict[str, list[dict[str, str]]] = {}
        self._begins: set[str] = set()
        self._read()

    def learn(self, backend: str, answer: Answer) -> None:
        """Keep what a run of the right kernels found."""
        with self._lock:
            self._begins.add(backend)
            known = self._fails.setdefault(backend, {})
            known.update({f"{case}-{subject}": [] for case, subject in answer.asked})
            for failure in (*answer.failures, *answer.deviations):
                if failure.case != PLATFORM:
                    known[f"{failure.case}-{failure.subject}"].append(failure.requirement)
            if answer.platform:
                self._platform[backend] = [asdict(row) for row in answer.platform]
            self._write()

    def fails(self, backend: str, tier: str, failure: Failure) -> bool:
        """Whether the right kernels have this failure too. tier: one in which its case is asked."""
        if failure.case == PLATFORM:
            failed = [row.id for row in self.platform(backend) if row.verdict == "fail"]
            return failure.requirement in failed
        name = f"{failure.case}-{failure.subject}"
        with self._lock:
            if name not in self._fails.get(backend, {}):
                self._one(backend, tier, failure.case, (failure.subject,), name)
            return failure.requirement in self._fails[backend][name]

    def platform(self, backend: str) -> tuple[PlatformResult, ...]:
        """What the backend's own checks found in the tree as it is."""
        with self._lock:
            if backend not in self._platform:
                case, tier = self._probe
                self._one(backend, tier, case, (), "")
            return tuple(PlatformResult(**row) for row in self._platform[backend])

    def check_begins(self, backend: str) -> None:
        """Raise CannotStart where not even a run of the right kernels begins: what a mutant's did not says nothing."""
        with self._lock:
            if backend not in self._begins:
                case, tier = self._probe
                self._one(backend, tier, case, (), "")

    def _one(self, backend: str, tier: str, case: str, subjects: tuple[str, ...], name: str) -> None:
        known = self._platform.get(backend)
        taken = None if known is None else tuple(PlatformResult(**row) for row in known)
        question = Question(tier, backend, subjects, case, platform=taken)
        with self._tree() as place:
            answer = self._ask(place, question, lambda answer: False)
        if not answer.has_begun:
            raise CannotStart(f"not even the right kernels' on {backend}: {answer.problem}")
        asked = [f"{case}-{subject}" for case, subject in answer.asked]
        if answer.problem or not answer.platform or (name and name not in asked):
            raise CleanError(
                f"the right kernels on {backend}: {answer.problem or 'no verdict'} in {name or case}, needs one"
            )
        self.learn(backend, replace(answer, platform=() if known else answer.platform))

    def _read(self) -> None:
        try:
            found: dict[str, Any] = json_file(self._path, CleanError, _SHAPE, "file of what the right kernels fail")
        except CleanError:
            return
        if found["fingerprint"] == self._fingerprint:
            self._fails, self._platform = found["fails"], found["platform"]

    def _write(self) -> None:
        facts = {"fingerprint": self._fingerprint, "fails": self._fails, "platform": self._platform}
        write_whole(self._path, json.dumps(facts).encode())
