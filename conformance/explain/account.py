"""What happens when one case is asked once more? Its own check runs, and everything that it compared is kept."""

import contextlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from conformance.asking.suite import RunsKernels
from conformance.calls import notes, tensors
from conformance.calls.explanation import explain
from conformance.explain.checks import Check
from conformance.judging.accepted import Accepted, Mismatch
from conformance.judging.judge import Given, Judge, Leads
from conformance.subjects.base import Stage, Subject
from conformance.watching.link import RunStopped
from reports.line import what
from reports.model import Cause, Finding, Lead, worst
from vectors.case import Case, Vector


@dataclass(frozen=True)
class Compared:
    """One comparison that a check made. given: the inputs behind an index, in words."""

    observable: str
    answer: Accepted
    given: Given | None = None

    @property
    def mismatch(self) -> Mismatch | None:
        return self.answer.mismatch


@dataclass(frozen=True)
class Account:
    """What came of asking.

    compared: every comparison of arrays. claims: what plain claims found wrong, as (observable, words). outputs: what
    each call of a stage returned, as arrays, in order of the calls. problem: why the check did not end as it should.
    """

    case: Case
    vector: Vector | None
    findings: tuple[Finding, ...]
    compared: tuple[Compared, ...] = ()
    claims: tuple[tuple[str, str], ...] = ()
    outputs: dict[str, list[tuple[np.ndarray, ...]]] = field(default_factory=dict)
    problem: Cause | None = None

    @property
    def verdict(self) -> str:
        """The worst finding; a check that raised has failed."""
        return "fail" if self.problem else worst([finding.verdict for finding in self.findings] or ["fail"])

    @property
    def departs(self) -> bool:
        """Whether something is wrong that a MUST forbids, the platform's part included."""
        bad = [f for f in self.findings if f.verdict == "fail" or f.platform]
        return bool(self.problem or bad)

    @property
    def first(self) -> Compared | None:
        """The first comparison that found a difference."""
        return next((c for c in self.compared if c.mismatch is not None), None)


class KeepingJudge(Judge):
    """A judge that keeps what it compares."""

    def __init__(self, case: Case, subject: str, backend: str, **facts: Any) -> None:
        super().__init__(case, subject, backend, **facts)
        self.compared: list[Compared] = []
        self.claims: list[tuple[str, str]] = []

    def accepts(
        self, observable: str, answer: Accepted, *, given: Given | None = None, leads: Leads | None = None
    ) -> None:
        self.compared.append(Compared(observable, answer, given))
        super().accepts(observable, answer, given=given, leads=leads)

    def wrong(self, observable: str, cause: Cause | None) -> None:
        self.claims += [] if cause is None else [(observable, what(cause))]
        super().wrong(observable, cause)

    def problems(self, observable: str, found: Sequence[str], leads: Sequence[Lead] = ()) -> None:
        self.claims += [(observable, problem) for problem in found]
        super().problems(observable, found, leads)


def watched(subject: Subject, outputs: dict[str, list[tuple[np.ndarray, ...]]]) -> Subject:
    """The subject with every stage's results written down; classes are left as they are."""

    def keeping(name: str, stage: Stage) -> Stage:
        def call(*args: Any, **kwargs: Any) -> Any:
            found = stage(*args, **kwargs)
            parts = found if isinstance(found, tuple) else (found,)
            if all(isinstance(part, torch.Tensor) for part in parts):
                outputs.setdefault(name, []).append(tuple(tensors.array(part) for part in parts))
            return found

        return call

    stages = {n: s if inspect.isclass(s) else keeping(n, s) for n, s in subject.stages.items()}
    return replace(subject, stages=stages)


def ask(
    case: Case,
    check: Check,
    subject: Subject,
    backend: RunsKernels,
    vector: Vector,
    failed_platform: tuple[str, ...] = (),
) -> Account:
    """Run the check of a case that the subject can do."""
    judge = KeepingJudge(case, subject.name, backend.name, failed_platform=failed_platform)
    outputs: dict[str, list[tuple[np.ndarray, ...]]] = {}
    fixtures = {
        "case": case, "subject": watched(subject, outputs), "backend": backend, "vector": vector, "judge": judge,
        "lowered": [],
        "found_examples": None,
    }  # fmt: skip
    wanted = inspect.signature(check).parameters
    adjusted = backend.using(**case.device) if case.device else contextlib.nullcontext()
    problem, cannot_ask = None, None
    notes.take()
    with adjusted:
        try:
            cannot_ask = check(**{name: value for name, value in fixtures.items() if name in wanted})
        except RunStopped:
            raise
        except BaseException as error:  # a check that skips or exits has not answered either
            problem = explain(error)
    if cannot_ask is not None:  # this says nothing of the subject
        raise cannot_ask
    if (changed := notes.take().changed) and problem is None:
        problem = Cause("claim", "; ".join(changed))
    return Account(case, vector, tuple(judge.findings), tuple(judge.compared), tuple(judge.claims), outputs, problem)
