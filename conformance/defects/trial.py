"""What do the norm and the suite say about one wrong kernel? Both are asked in subprocesses, in the mutant's tree."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.defects import mutant, norm
from conformance.defects.catalogue import Defect
from conformance.defects.comparator_classes import comparator
from conformance.defects.fields import FIELDS
from conformance.defects.outcome import CLEAN, Outcome
from vectors.case import TIERS

POLL = 0.3  # seconds between looks at a growing report
PATIENCE = 900.0  # seconds after which a run counts as hanging
PLATFORM = "platform"


class Stopped(RuntimeError):
    """The trial was told to stop and has no verdict."""


@dataclass(frozen=True)
class Failure:
    """One failing requirement of one case (or one failed platform check)."""

    case: str
    subject: str
    requirement: str
    detail: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.case, self.subject, self.requirement


@dataclass(frozen=True)
class Settings:
    """What is the same for all trials of a run.

    known: failures of the clean kernels, which kill nothing. stop: set from another thread, makes trials raise Stopped.
    """

    tier: str
    backend: str
    known: frozenset[tuple[str, str, str]] = frozenset()
    stop: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(frozen=True)
class Run:
    """One run of the suite: failures by case, cases judged, and why it gave no verdict (empty where it did)."""

    failures: tuple[Failure, ...]
    cases: int
    problem: str = ""


def fingerprint(defect: Defect | None, root: Path = mutant.ROOT) -> str:
    """Of the entry and all sources that a trial rests on, hex."""
    digest = hashlib.sha256(repr((defect, norm.SHAPES)).encode())
    digest.update(_sources(root).encode())
    return digest.hexdigest()[:16]


def _sources(root: Path) -> str:
    digest = hashlib.sha256()
    for package in mutant.PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "defects" not in path.parts:
                digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def clean(settings: Settings) -> tuple[Outcome, frozenset[tuple[str, str, str]]]:
    """The kernels as they are, on the whole tier: their outcome, and the failures that they have themselves."""
    started = time.monotonic()
    with mutant.tree(None) as place:
        distances = _norm(place, "native", settings.backend)
        run = _suite(place, settings, [], lambda failures: False)
    found = _outcome(None, settings, distances, run, time.monotonic() - started)
    return found, frozenset(failure.key for failure in run.failures)


def judge(defect: Defect, settings: Settings, survived: str = "") -> Outcome:
    """The norm, then the suite tier by tier up to the asked one, until something tells.

    In each tier the cases of the defect's own field come first, on its subject, then the whole tier. A run is stopped
    at the first case that fails by a requirement of the field. survived: the tier, asked before, that need not be asked
    again. Raises mutant.MutantError, and Stopped where settings.stop was set.
    """
    started = time.monotonic()
    where = FIELDS[defect.field]

    def told(failures: Sequence[Failure]) -> bool:
        return any(where.owns(f.requirement) and f.key not in settings.known for f in failures)

    with mutant.tree(defect) as place:
        distances = _norm(place, defect.subject, settings.backend)
        asked = TIERS[TIERS.index(survived) + 1 if survived else 0 : TIERS.index(settings.tier) + 1]
        cases = 0
        for tier in asked:
            now = replace(settings, tier=tier)
            run = _suite(place, now, ["--subject", defect.subject, "-k", where.expression], told)
            cases += run.cases
            if not told(run.failures):
                narrow, run = run, _suite(place, now, [], told)
                cases += run.cases
                run = replace(run, failures=run.failures or narrow.failures)
            found = _outcome(defect, now, distances, replace(run, cases=cases), time.monotonic() - started)
            if found.killed or found.problem:
                break
    return found


def _outcome(
    defect: Defect | None, settings: Settings, distances: Sequence[float | None], run: Run, seconds: float
) -> Outcome:
    new = [failure for failure in run.failures if failure.key not in settings.known]
    owns = FIELDS[defect.field].owns if defect else (lambda requirement: False)
    telling = next((failure for failure in new if owns(failure.requirement)), new[0] if new else None)
    same = [f.requirement for f in new if telling and (f.case, f.subject) == (telling.case, telling.subject)]
    return Outcome(
        id=defect.id if defect else CLEAN,
        field=defect.field if defect else "",
        subject=defect.subject if defect else "native",
        fingerprint=fingerprint(defect),
        tier=settings.tier,
        rel_l2=tuple(distances),
        norm="pass" if norm.passes(distances) else "fail",
        killed=telling is not None,
        well_killed=telling is not None and owns(telling.requirement),
        requirement=telling.requirement if telling else "",
        case=telling.case if telling else "",
        judged=telling.subject if telling else "",
        comparator=comparator(telling.case, telling.requirement, telling.detail) if telling else "",
        requirements=tuple(dict.fromkeys(same)),
        cases_run=run.cases,
        seconds=round(seconds, 1),
        problem="" if telling else run.problem,
    )


def _norm(place: Path, subject: str, backend: str) -> list[float | None]:
    """The distances on both shapes; None each where the process ends without them."""
    words = ["conformance.defects.norm", "--subject", subject, "--backend", backend]
    with _started(place, words, subprocess.PIPE) as process:
        try:
            output, _ = process.communicate(timeout=PATIENCE)
            found = json.loads(output.splitlines()[-1])["rel_l2"]
        except (subprocess.TimeoutExpired, ValueError, IndexError):
            return [None] * len(norm.SHAPES)
    return list(found)


def _suite(place: Path, settings: Settings, words: Sequence[str], enough: Any) -> Run:
    """Run the suite until it ends or ``enough(failures so far)``."""
    with tempfile.TemporaryDirectory(prefix="mutant-report-") as folder:
        report = Path(folder) / "report.json"
        command = [
            "conformance",
            "--tier",
            settings.tier,
            "--backend",
            settings.backend,
            "--report-dir",
            folder,
        ]
        deadline = time.monotonic() + PATIENCE
        with _started(place, [*command, *words], subprocess.DEVNULL) as process:
            while True:
                ended = process.poll() is not None
                failures, cases = _read(report)
                if enough(failures):
                    return Run(tuple(failures), cases)
                if ended:
                    if process.returncode < 0 and "-n" not in words:
                        # Killed by what the kernel did to its memory: a worker of its own tells in which case.
                        return _suite(place, settings, [*words, "-n", "1"], enough)
                    # 0 nothing failed, 1 a case failed, 3 the platform failed: these are verdicts.
                    judged = process.returncode in (0, 1, 3)
                    return Run(
                        tuple(failures), cases, "" if judged else f"the run ended with {process.returncode}"
                    )
                if time.monotonic() > deadline:
                    return Run(tuple(failures), cases, f"no end within {PATIENCE:g} s")
                if settings.stop.wait(POLL):
                    raise Stopped("the trial was stopped")


def _read(report: Path) -> tuple[list[Failure], int]:
    """The failures of a report, in order, platform first; and the number of cases in it."""
    try:
        document = json.loads(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [], 0
    found = [
        Failure(PLATFORM, document["environment"].get("backend", ""), check["id"], check["detail"])
        for check in document["platform_checks"]
        if check["verdict"] == "fail"
    ]
    for case in document["cases"]:
        found += _failures(case)
    return found, len(document["cases"])


def _failures(case: Any) -> Iterator[Failure]:
    for finding in case["findings"]:
        # A requirement that was not judged because another one failed before says nothing of its own.
        if finding["verdict"] == "fail" and ": not judged after " not in finding["detail"]:
            yield Failure(case["id"], case["subject"], finding["requirement"], finding["detail"])


@contextmanager
def _started(place: Path, words: Collection[str], stdout: int) -> Iterator[subprocess.Popen[str]]:
    """``python -m`` in the tree, in a process group of its own that is gone when this ends."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)  # the checkout must not come before the tree
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=place,
        env=environment,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()
