"""What does a run put together? Cases, checks, subjects, backends and requirements, by name, loaded on demand.

The runner knows these parts only through a ``Suite``, so its own tests bring small ones. Parts are functions because
the order of imports matters: no module with Triton kernels may load before the backend is active.
"""

import functools
import importlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from conformance.root import MODULE
from reports.model import Finding, RequirementText
from vectors.case import Case, Vector

DEFAULT = f"{MODULE}.parts:SUITE"  # that of this project


class SubjectUnderTest(Protocol):
    """What the runner asks of a subject (conformance.subjects.base.Subject)."""

    @property
    def name(self) -> str: ...
    @property
    def families(self) -> Collection[str]: ...
    @property
    def expectations(self) -> Sequence[Path]: ...
    @property
    def unable_here(self) -> str | None: ...
    def unable(self, case_family: str, params: Any, requirements: Collection[str], /) -> str | None: ...
    def asked(self, case: Case, /) -> Case: ...
    def contradicted(self, case: Case, /) -> Mapping[str, str]: ...
    @property
    def declared(self) -> Mapping[str, Any]: ...


class PlatformClaim(Protocol):
    """One platform check (conformance.backends.platform_check.PlatformCheck)."""

    @property
    def id(self) -> str: ...
    @property
    def claim(self) -> str: ...
    @property
    def essential(self) -> bool: ...
    @property
    def run(self) -> Callable[[], tuple[bool, str]]: ...


class CostOfLaunches(Protocol):
    """What the runner asks of a cost (conformance.gfx950.costs.Cost)."""

    def to_json(self) -> dict[str, Any]: ...


class RunsKernels(Protocol):
    """What the runner asks of a backend (conformance.backends.Backend)."""

    name: str
    note: str

    def activate(self) -> None: ...
    def describe(self) -> dict[str, Any]: ...
    def platform_checks(self) -> Sequence[PlatformClaim]: ...
    def take_costs(self) -> Sequence[CostOfLaunches]: ...
    def synchronize(self) -> None: ...
    def why_lost(self) -> str | None: ...
    def release_memory(self) -> None: ...
    @property
    def devices(self) -> Sequence[str]: ...
    def environment_on(self, device: str, /) -> dict[str, str]: ...
    @property
    def adjustable(self) -> bool: ...
    def using(self, **settings: Any) -> AbstractContextManager[None]: ...


class Judges(Protocol):
    """What the runner asks of a judge (conformance.judging.judge.Judge)."""

    @property
    def findings(self) -> list[Finding]: ...
    @property
    def digests(self) -> dict[str, str]: ...
    @property
    def histograms(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def pictures(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def rules(self) -> Mapping[str, int]: ...
    @property
    def wrong_elements(self) -> Mapping[str, Any]: ...
    def unable(self, verdict: str, reason: str, /) -> None: ...


class HoldsUses(Protocol):
    """What the runner asks of uses (conformance.uses.reach.Uses)."""

    def reach(
        self, case: Case, subject: Any, inputs: Mapping[str, Any], wrong: Mapping[str, Any], by_values: bool, /
    ) -> dict[str, list[str]]: ...
    def to_json(self) -> list[dict[str, str]]: ...


@dataclass(frozen=True)
class Suite:
    """The parts of a run.

    checks: folder of the modules whose test functions carry ``@pytest.mark.family(...)``. subjects: names judged where
    none is asked for. cases: every case of every tier. vector: a case's arrays. subject: by name; ValueError where
    there is none. backend: by name, None for the best; ValueError for an unknown name, RuntimeError where it cannot
    run here.
    judge: (case, subject name, backend name, failed_platform=ids, rerun=command) -> a judge of that case.
    code: a digest of the suite's code. coverage: of these cases, in the shape that a report has.
    planted: cases with what has judged an answer to each, and the verdict that this must come to: whether a wrong one
    fails is looked at behind the last case.
    uses: files of uses -> those, or the project's where there are none; ValueError for a file that is none. None where
    nothing is known of uses.
    order: the place of an ``Asked.name`` among all, least first; None for that of the cases. Without workers.
    """

    checks: Path
    subjects: tuple[str, ...]
    cases: Callable[[], Sequence[Case]]
    vector: Callable[[Case], Vector]
    requirements: Callable[[], Sequence[RequirementText]]
    subject: Callable[[str], SubjectUnderTest]
    backend: Callable[[str | None], RunsKernels]
    judge: Callable[..., Judges]
    code: Callable[[], str]
    coverage: Callable[[Sequence[Case]], dict[str, Any]]
    planted: Callable[[], Iterable[tuple[Case, Judges, str]]]
    uses: Callable[[Sequence[str]], HoldsUses] | None = None
    order: Callable[[str], int] | None = None


def load(name: str) -> Suite:
    """The suite that ``module:attribute`` names. Raises TypeError where that is something else."""
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if not isinstance(found, Suite):
        raise TypeError(f"suite: {name} is a {type(found).__name__}, needs a conformance.asking.suite.Suite")
    return found


@functools.cache
def active_backend(suite_name: str, backend_name: str | None) -> RunsKernels:
    """The backend, picked and activated once in this process."""
    backend = load(suite_name).backend(backend_name)
    backend.activate()
    return backend
