"""How is a question asked? By a process in the tree whose report is read while it grows."""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from conformance.defects.comparator_classes import comparator
from conformance.defects.question import NO_DISTANCES, PLATFORM, Answer, Failure, Question
from conformance.defects.trial import Starter, TrialProcess, last_line
from reports.line import line
from reports.model import Finding, PlatformResult
from vectors.case import TIERS

POLL = 0.2  # seconds between looks at a growing report, or as many times as long as a look took:
APART = 30  # one of thousands of cases takes a tenth of a second, and the looks at all trials share an interpreter
PATIENCE = 900.0  # seconds without a further row after which a run counts as hanging
VERDICTS = (0, 1, 3)  # exit codes: nothing failed, a case failed, the platform failed
INTERPRET, INTERPRETER = "TRITON_INTERPRET", "interpreter"


class Stopped(RuntimeError):
    """The run was told to stop and has no verdict."""


@dataclass(frozen=True)
class Reported:
    """A run's report as far as it came, None without one. cut: whether its time was up. problem: as of Answer."""

    document: dict[str, Any] | None
    cut: bool
    problem: str
    cpu_seconds: float


class ToTheEnd(Protocol):
    """Asks a question in a tree to the end, or for so many seconds. Raises trial.CannotStart."""

    def __call__(self, place: Path, question: Question, limit: float) -> Reported: ...


class Ask(Protocol):
    """Asks a question in a tree until the run ends or ``enough(answer so far)``. Raises trial.CannotStart."""

    def __call__(self, place: Path, question: Question, enough: Callable[[Answer], bool]) -> Answer: ...


def asking(stop: threading.Event, starter: Starter) -> Ask:
    """An ``Ask`` that raises Stopped once ``stop`` is set."""

    def ask(place: Path, question: Question, enough: Callable[[Answer], bool]) -> Answer:
        with _started(starter, place, question, arrays=question.is_whole) as (trial, folder):
            answer = _answer(trial, enough, stop, folder)
        return replace(answer, cpu_seconds=trial.seconds)

    return ask


def reporting(stop: threading.Event, starter: Starter) -> ToTheEnd:
    """A ``ToTheEnd`` that raises Stopped once ``stop`` is set. Each is read once: many that grow take long."""

    def report(place: Path, question: Question, limit: float) -> Reported:
        with _started(starter, place, question, arrays=True) as (trial, folder):
            deadline = time.monotonic() + limit  # before, others wait for the arrays that all of them get
            while (code := trial.poll()) is None and time.monotonic() < deadline:
                if stop.wait(POLL):
                    raise Stopped("the run was stopped")
            trial.end()
            written = folder / "report.json"
            document = json.loads(written.read_text(encoding="utf-8")) if written.exists() else None
            problem = "" if code is None else _problem(code, answer_of(document) if document else Answer(), folder)
        return Reported(document, code is None, problem, trial.seconds)

    return report


@contextmanager
def _started(starter: Starter, place: Path, question: Question, *, arrays: bool) -> Iterator[tuple[TrialProcess, Path]]:
    """The trial and its folder. arrays: whether it gets the smallest tier's, where the tree leaves them alone."""
    with tempfile.TemporaryDirectory(prefix="mutant-report-") as name:
        folder = Path(name)
        (folder / "job.json").write_text(json.dumps(_job(question, folder)), encoding="utf-8")
        tier = TIERS[0] if question.shares and arrays else ""
        with starter.started(place, folder, _environment(question), shares=question.shares, tier=tier) as trial:
            yield trial, folder


def _answer(trial: TrialProcess, enough: Callable[[Answer], bool], stop: threading.Event, folder: Path) -> Answer:
    deadline, report = time.monotonic() + PATIENCE, ReportOnDisk(folder)
    while True:
        looked, code = time.monotonic(), trial.poll()
        before = len(report.answer.asked)
        if report.grew():
            if len(report.answer.asked) > before:
                deadline = time.monotonic() + PATIENCE
            if enough(report.answer):
                return report.answer
        if code is not None:
            return replace(report.answer, problem=_problem(code, report.answer, folder))
        if time.monotonic() > deadline:
            return replace(report.answer, problem=f"no further case within {PATIENCE:g} s")
        if stop.wait(max(POLL, APART * (time.monotonic() - looked))):
            raise Stopped("the run was stopped")


def _problem(code: int, answer: Answer, folder: Path) -> str:
    """Why there is no verdict, with what the process said last; empty where there is one."""
    if code in VERDICTS and answer.has_begun:
        return ""
    output = folder / "output"
    said = last_line(output.read_bytes()) if output.exists() else ""
    return f"the run ended with exit code {code}{said and f': {said}'}"


class ReportOnDisk:
    """What the files of a run's folder say."""

    def __init__(self, folder: Path) -> None:
        self._report, self._norm, self._seen = folder / "report.json", folder / "norm.json", 0
        self.answer = Answer()

    def grew(self) -> bool:
        """Read the report again where it was written since; whether it was."""
        try:
            written = self._report.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        if written == self._seen:
            return False
        self._seen = written
        distances = json.loads(self._norm.read_text()) if self._norm.exists() else NO_DISTANCES
        self.answer = answer_of(json.loads(self._report.read_text(encoding="utf-8")), tuple(distances))
        return True


def answer_of(document: dict[str, Any], rel_l2: tuple[float | None, ...] = NO_DISTANCES) -> Answer:
    """What a report says."""
    platform = tuple(PlatformResult(**row) for row in document["platform_checks"])
    backend = document["environment"].get("backend", "")
    failed = [Failure(PLATFORM, backend, row.id, row.detail) for row in platform if row.verdict == "fail"]
    deviating: list[Failure] = []
    for case in document["cases"]:
        failed += _findings(case, "fail")
        deviating += _findings(case, "deviation")
    asked = tuple((case["id"], case["subject"]) for case in document["cases"])
    return Answer(tuple(failed), tuple(deviating), asked, platform, rel_l2)


def _findings(case: Any, verdict: str) -> Iterator[Failure]:
    names = (case["id"], case["subject"])
    for found in map(Finding.from_json, case["findings"]):
        # A requirement that was not judged because another one failed before says nothing of its own.
        if found.verdict == verdict and not (found.cause and found.cause.after):
            kind = comparator(case["id"], found.requirement, found.cause)
            yield Failure(*names, found.requirement, line(found, *names, case["backend"]), kind)


def _job(question: Question, folder: Path) -> dict[str, Any]:
    return {
        "norm": question.norm,
        "backend": question.backend,
        "first": question.first,
        "without": question.without,
        "platform": None if question.platform is None else [asdict(row) for row in question.platform],
        "words": [*question.words(), "--report-dir", str(folder)],
    }


def _environment(question: Question) -> dict[str, str]:
    """What the process's environment has of its own."""
    # As the backend will, when it is active: Triton takes it up at its import, and a mixture is refused then.
    interpret = {INTERPRET: str(int(question.backend == INTERPRETER))}
    threads = {} if question.workers else {"OMP_NUM_THREADS": "1"}
    return interpret | threads | dict(question.environment)
