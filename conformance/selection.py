"""Which cases are asked of which subjects? One pure function of the run's options, the same in every process."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from conformance import suite as suites
from conformance.expression import parse
from conformance.suite import SubjectUnderTest, Suite
from vectors.case import Case


@dataclass(frozen=True)
class RunOptions:
    """What a worker process must know of a run.

    suite: ``module:attribute``. subjects: as ``--subject`` names them. failed_platform: ids of failed platform checks.
    """

    suite: str
    tier: str
    subjects: tuple[str, ...]
    backend: str
    expression: str = ""
    failed_platform: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> RunOptions:
        values = json.loads(text)
        lists = {name: tuple(values[name]) for name in ("subjects", "failed_platform")}
        return RunOptions(**{**values, **lists})

    def rerun(self, case: Case, subject: str) -> str:
        """The command that runs just this case on this subject (as ``--subject`` names it)."""
        words = ["--tier", self.tier, "--subject", subject, "--backend", self.backend, "-k", case.id]
        return "nox -s conformance -- " + shlex.join(words)


@dataclass(frozen=True)
class Asked:
    """One case asked of one subject. spec: the subject as ``--subject`` names it."""

    case: Case
    subject: SubjectUnderTest
    spec: str

    @property
    def name(self) -> str:
        """How the run names it, for people and for the processes among themselves."""
        return f"{self.case.id}-{self.subject.name}"


def load_subjects(suite: Suite, specs: Sequence[str]) -> dict[str, SubjectUnderTest]:
    """The subjects by the names they were asked for. Raises ValueError, also where two have the same name."""
    found = {spec: suite.subject(spec) for spec in specs}
    owners: dict[str, str] = {}
    for spec, subject in found.items():
        other = owners.setdefault(subject.name, spec)
        if other != spec:
            raise ValueError(
                f"subject: {other} and {spec} are both named {subject.name!r}, a report needs two names"
            )
    return found


def select(suite: Suite, options: RunOptions, subjects: Mapping[str, SubjectUnderTest]) -> list[Asked]:
    """Cases of the tier, each with the subjects that its family is asked of, where the expression holds.

    Raises ExpressionError.
    """
    cases = suite.cases()
    wanted = parse(options.expression, {case.id for case in cases})
    return [
        Asked(case, subject, spec)
        for case in cases
        if case.in_tier(options.tier)
        for spec, subject in subjects.items()
        if case.family in subject.families and wanted(case, subject.name)
    ]


def select_again(options: RunOptions) -> list[Asked]:
    """The selection of a run, in one of its processes; the backend must be active."""
    suite = suites.load(options.suite)
    return select(suite, options, load_subjects(suite, options.subjects))
