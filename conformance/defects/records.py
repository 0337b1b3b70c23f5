"""What came out for one defect, and for one legal variant? The records that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.defects.question import Failure

CLEAN = "clean"  # the legal variant that is the kernels as they are, on the run's own backend


@dataclass(frozen=True)
class Outcome:
    """The verdicts on one wrong kernel.

    kind: "catalogue" or "systematic". backend: where it was judged. fingerprint: of the entry, the sources and the
    backend: a record with another one is stale. tier: the smallest that kills it, else the largest that was asked.
    rel_l2: the norm's two distances, None where a shape has none. norm: "pass" or "fail", the field's criterion.
    killed: the suite failed a case that the clean kernels pass. well_killed: by a requirement of the defect's field.
    requirement, case, judged, comparator: the failing case that says most (one of the field where there is one), its
    subject, and the class of the comparator. requirements: all failing ones of that case. cases_run, seconds: until
    the run was stopped; cpu_seconds: of all its processes. problem: why there is no verdict; empty where there is one.
    """

    id: str
    kind: str
    field: str
    subject: str
    backend: str
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
    cpu_seconds: float
    problem: str = ""

    @property
    def let_through(self) -> bool:
        """Whether the field's criterion lets this kernel through."""
        return self.norm == "pass"

    @property
    def survived(self) -> bool:
        """Whether no case of the suite stopped it."""
        return not self.killed and not self.problem

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Outcome:
        """The record again. Raises TypeError where keys are missing or unknown."""
        return Outcome(**{**row, "rel_l2": tuple(row["rel_l2"]), "requirements": tuple(row["requirements"])})


@dataclass(frozen=True)
class LegalOutcome:
    """The verdict on one legal variant, which has to pass everything.

    alarms: what failed, each a false alarm. rel_l2: of its first subject. cases_run: how many were judged. The rest as
    in ``Outcome``.
    """

    id: str
    backend: str
    tier: str
    fingerprint: str
    rel_l2: tuple[float | None, ...]
    alarms: tuple[Failure, ...]
    cases_run: int
    seconds: float
    cpu_seconds: float
    problem: str = ""

    @property
    def passes(self) -> bool:
        return not self.alarms and not self.problem

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> LegalOutcome:
        """The record again. Raises TypeError where keys are missing or unknown."""
        alarms = tuple(Failure(**alarm) for alarm in row["alarms"])
        return LegalOutcome(**{**row, "rel_l2": tuple(row["rel_l2"]), "alarms": alarms})


def ordered(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What has no verdict, survivors, those killed only elsewhere, the rest; by kind, field and id."""

    def rank(found: Outcome) -> tuple[int, str, str, str]:
        stages = (bool(found.problem), found.survived, not found.well_killed)
        return (stages.index(True) if True in stages else len(stages), found.kind, found.field, found.id)

    return sorted(outcomes, key=rank)
