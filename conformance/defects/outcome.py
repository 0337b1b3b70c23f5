"""What came out for one defect? The record that is kept, and the file of all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conformance.defects import norm
from reports.files import write_whole
from vectors.case import TIERS

SCHEMA = 1
CLEAN = "clean"


class RecordError(ValueError):
    """A record file is not one of these; the message names the file and what is wrong."""


@dataclass(frozen=True)
class Outcome:
    """The verdicts on one wrong kernel (or on the clean one, id "clean").

    fingerprint: of the entry and the sources: a record with another one is stale. tier: the smallest that
    kills it, else the largest that was asked. rel_l2: the norm's two
    distances, None where a shape has none. norm: "pass" or "fail", the field's criterion. killed: the suite failed a
    case that the clean kernels pass. well_killed: by a requirement of the defect's field. requirement, case, judged,
    comparator: the failing case that says most (one of the field where there is one), its subject, and the class of
    the comparator. requirements: all failing ones of that case. cases_run, seconds: until the run was stopped.
    problem: why there is no verdict; empty where there is one.
    """

    id: str
    field: str
    subject: str
    fingerprint: str
    tier: str
    rel_l2: tuple[float | None, ...]
    norm: str
    killed: bool
    well_killed: bool
    requirement: str
    case: str
    judged: str
    comparator: str
    requirements: tuple[str, ...]
    cases_run: int
    seconds: float
    problem: str = ""

    @property
    def let_through(self) -> bool:
        """Whether the field's criterion lets this kernel through."""
        return self.norm == "pass"

    @property
    def survived(self) -> bool:
        """Whether no case of the suite stopped it."""
        return not self.killed and not self.problem

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Outcome:
        """The record again. Raises TypeError where keys are missing or unknown."""
        return Outcome(**{**row, "rel_l2": tuple(row["rel_l2"]), "requirements": tuple(row["requirements"])})


def ordered(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The clean kernels, what has no verdict, survivors, those killed only elsewhere, the rest; by field and id."""

    def rank(found: Outcome) -> tuple[int, str, str]:
        stages = (found.id == CLEAN, bool(found.problem), found.survived, not found.well_killed)
        return (stages.index(True) if True in stages else len(stages), found.field, found.id)

    return sorted(outcomes, key=rank)


def document(outcomes: Sequence[Outcome], tier: str, shapes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The file's JSON: totals and records."""
    mutants = [found for found in outcomes if found.id != CLEAN]
    totals = {
        "entries": len(mutants),
        "killed_quick": sum(found.killed and found.tier == TIERS[0] for found in mutants),
        "killed": sum(found.killed for found in mutants),
        "well_killed": sum(found.well_killed for found in mutants),
        "killed_by_norm": sum(not found.let_through for found in mutants),
        "survived": sum(found.survived for found in mutants),
        "without_verdict": sum(bool(found.problem) for found in mutants),
    }
    return {
        "schema": SCHEMA,
        "tier": tier,
        "threshold": norm.THRESHOLD,
        "shapes": list(shapes),
        "totals": totals,
        "mutants": [found.to_json() for found in ordered(outcomes)],
    }


def write(path: Path, outcomes: Sequence[Outcome], tier: str) -> None:
    """Put the file at ``path``, whole or not at all."""
    shapes = [asdict(shape) for shape in norm.SHAPES]
    text = json.dumps(document(outcomes, tier, shapes), indent=1, allow_nan=False)
    write_whole(path, text.encode() + b"\n")


def read(path: Path) -> list[Outcome]:
    """The records of a file; none where there is no file. Raises RecordError where it is something else."""
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] != SCHEMA:
            raise RecordError(f"{path}: has schema {found['schema']!r}, needs {SCHEMA}")
        return [Outcome.from_json(row) for row in found["mutants"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path}: is no file of outcomes: {error}") from error
