"""What do ranks and the process that asks them tell each other? Files in a folder, each written whole."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vectors.case import Case, expect_nothing
from vectors.families.expert_map import ranks_inputs

START, READY, DONE = "starting", "waiting for work", "done"


@dataclass(frozen=True)
class Word:
    """What a rank does. job: the number of the last one that it has begun. error: what it raised in that stage."""

    pid: int
    stage: str
    job: int = -1
    error: str = ""


@dataclass(frozen=True)
class Job:
    """One case for all ranks. subject: as ``--subject`` names it."""

    case: str
    subject: str
    params: dict[str, Any] = field(default_factory=dict)

    def as_case(self) -> Case:
        """The case, whose inputs follow from its id and parameters."""
        return Case(self.case, "", ("EPM-04",), ranks_inputs, expect_nothing, self.params)


def say(folder: Path, rank: int, stage: str, job: int, error: str = "") -> None:
    """A rank's side."""
    _write(folder / f"rank-{rank}.json", asdict(Word(os.getpid(), stage, job, error)))


def heard(folder: Path, rank: int) -> Word | None:
    """A rank's last word; None before its first."""
    found = _read(folder / f"rank-{rank}.json")
    return None if found is None else Word(**found)


def ask(folder: Path, number: int, job: Job) -> None:
    """Put a job to all ranks."""
    _write(folder / f"job-{number}.json", asdict(job))


def asked(folder: Path, number: int) -> Job | None:
    """The job of that number; None before it is put."""
    found = _read(folder / f"job-{number}.json")
    return None if found is None else Job(**found)


def answer_path(folder: Path, rank: int, number: int) -> Path:
    """Where a rank leaves its output and the total."""
    return folder / f"answer-{number}-{rank}.pt"


def _write(path: Path, value: dict[str, Any]) -> None:
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(value))
    part.replace(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return found
