"""What does one wrong kernel fail, to the end? Each quick case that calls what it changes, not only the first."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.defects.ask_mutant import Mutant, Setup, leaves_platform, shares
from conformance.defects.called import calling
from conformance.defects.mutant import tree
from conformance.defects.order import order
from conformance.defects.question import Question
from conformance.defects.records import CLEAN
from conformance.defects.suite_process import PATIENCE, ToTheEnd
from reports.model import WRONG
from vectors.case import TIERS

CASE_TIMEOUT = 15  # seconds: the slowest quick case takes 4 on right kernels
_OF_A_ROW = ("id", "subject", "verdict", "findings", "pictures", "histograms")


@dataclass(frozen=True)
class Seen:
    """What one wrong kernel showed.

    fingerprint: of the entry, the sources and the backend. asked: ids of the cases that were judged.
    rows: those that failed or deviated, in the shape of report.schema.json, without what says nothing of how. cut:
    whether its time was up before all were asked. problem: why there is no answer.
    """

    id: str
    fingerprint: str
    backend: str
    asked: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    cut: bool = False
    problem: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)


def ask_symptoms(mutant: Mutant, setup: Setup, report: ToTheEnd, limit: float) -> Seen:
    """Ask it the smallest tier, cases of its field first, for at most ``limit`` seconds.

    Raises MutantError, CannotStart, and Stopped where the run was told to stop.
    """
    defect = mutant.defect
    cases = [case for case in setup.cases if case.tier == TIERS[0]]
    called = {case.id for case in calling(defect, cases)}
    question = Question(
        TIERS[0],
        mutant.backend,
        (defect.subject,),
        first=order(defect, TIERS[0], cases, setup.kills),
        without=tuple(case.id for case in cases if case.id not in called),
        platform=setup.clean.platform(mutant.backend) if leaves_platform(defect) else None,
        shares=shares(defect),
        case_timeout=CASE_TIMEOUT,
    )
    with setup.tree(defect) as place:
        return _seen(defect.id, mutant.fingerprint, place, question, report, limit)


def ask_clean(backend: str, fingerprint: str, report: ToTheEnd) -> Seen:
    """What the right kernels fail of the smallest tier, so that it is no wrong kernel's. Raises as ``ask_symptoms``."""
    with tree(None) as place:
        return _seen(CLEAN, fingerprint, place, Question(TIERS[0], backend), report, PATIENCE)


def _seen(name: str, fingerprint: str, place: Path, question: Question, report: ToTheEnd, limit: float) -> Seen:
    started = time.monotonic()
    found = report(place, question, limit)
    rows = found.document["cases"] if found.document else []
    return Seen(
        id=name,
        fingerprint=fingerprint,
        backend=question.backend,
        asked=tuple(dict.fromkeys(row["id"] for row in rows)),
        rows=tuple(_kept(row) for row in rows if row["verdict"] in WRONG),
        cut=found.cut,
        problem=found.problem or ("" if rows else "no case was judged"),
        seconds=round(time.monotonic() - started, 1),
        cpu_seconds=round(found.cpu_seconds, 1),
        versions=found.document["environment"].get("versions", {}) if found.document else {},
    )


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    findings = [
        {name: value for name, value in finding.items() if name != "rerun"}
        for finding in row["findings"]
        if finding["verdict"] in WRONG
    ]
    return {**{name: row[name] for name in _OF_A_ROW if name in row}, "findings": findings}
