"""Of which parts is the project's own suite made? Each is loaded when a run first asks for it.

No module with Triton kernels may load before the backend is active.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from conformance.asking.suite import HoldsUses, Judges, RunsKernels, SubjectUnderTest, Suite
from conformance.root import ROOT
from reports.model import RequirementText
from vectors.case import Case, Vector


def _cases() -> Sequence[Case]:
    from vectors import registry

    return registry.all_cases()


def _vector(case: Case) -> Vector:
    from vectors import registry

    return registry.vector(case)


def _requirements() -> Sequence[RequirementText]:
    from conformance.requirements import REQUIREMENTS

    return [RequirementText(r.id, r.level, r.text, r.source, r.observable) for r in REQUIREMENTS.values()]


def _subject(name: str) -> SubjectUnderTest:
    from conformance.subjects import registry

    return registry.load(name)


def _backend(name: str | None) -> RunsKernels:
    from conformance import backends

    return backends.pick(name)


def _judge(case: Case, subject: str, backend: str, **facts: Any) -> Judges:
    from conformance.judging.judge import Judge

    return Judge(case, subject, backend, **facts)


def _code() -> str:
    from conformance.running import sources

    return sources.code()


def _coverage(cases: Sequence[Case]) -> dict[str, Any]:
    from vectors.coverage.pairs import coverage

    return coverage(cases)


def _planted() -> Iterable[tuple[Case, Judges, str]]:
    from conformance.judging.planted import planted

    return planted()


def _uses(files: Sequence[str]) -> HoldsUses:
    from conformance.uses import reach

    return reach.of(files)


SUITE = Suite(
    checks=ROOT / "conformance" / "checks",
    subjects=("native", "emulation"),
    cases=_cases,
    vector=_vector,
    requirements=_requirements,
    subject=_subject,
    backend=_backend,
    judge=_judge,
    code=_code,
    coverage=_coverage,
    planted=_planted,
    uses=_uses,
)
