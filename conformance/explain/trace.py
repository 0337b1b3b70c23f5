"""Which step first departs? Each runs twice: on the reference's values, and on what the subject's own steps gave.

What a step gives is compared with the set that the reference accepts for exactly the values that the step was given.
So a step that is fed with a wrong value and does right with it is right, and the error is where it arose.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from conformance.asking.suite import RunsKernels
from conformance.explain.account import Account, ask
from conformance.explain.checks import check_of
from conformance.explain.layers import Layer
from conformance.explain.memory import Memory
from conformance.explain.steps import Step, Values, nominal, steps_of
from conformance.subjects.base import Subject
from reference.pipelines import MoEInputs
from vectors.case import Case, Vector


@dataclass(frozen=True)
class Trial:
    """One step on one kind of values. account: None where the subject does not expose the stage."""

    step: Step
    account: Account | None

    @property
    def departs(self) -> bool:
        return self.account is not None and self.account.departs


@dataclass(frozen=True)
class Trace:
    """alone: the steps on the reference's values. chained: on the subject's own. missing: stages that are not exposed.

    unlike: for each step of the chain, how many of the elements that it gave are not the reference's nominal ones.
    moved: steps whose arguments lie in memory as the case has them, and which are right on contiguous ones.
    """

    alone: tuple[Trial, ...]
    chained: tuple[Trial, ...]
    unlike: dict[str, tuple[int, int]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    @property
    def first(self) -> tuple[Trial, bool] | None:
        """The first step that departs, and whether it does so on the reference's values; None where none does."""
        for alone, chained in zip(self.alone, self.chained, strict=True):
            if alone.departs or chained.departs:
                return (alone, True) if alone.departs else (chained, False)
        return None


def run(layer: Layer, subject: Subject, backend: RunsKernels, folder: Path, like: Case) -> Trace:
    """Run every step of the subject's pipeline. folder: of the checks. like: the case whose device settings hold."""
    moe, moved = layer.moe, []
    right = nominal(subject.pipeline, moe)
    own = dict(right)
    alone: list[Trial] = []
    chained: list[Trial] = []
    unlike: dict[str, tuple[int, int]] = {}
    for step in steps_of(subject.pipeline):
        placed = _placed(subject, step, layer.memory)
        alone.append(_try(step, right, moe, placed, backend, folder, like))
        trial = _try(step, own, moe, placed, backend, folder, like)
        chained.append(trial)
        if placed is not subject and alone[-1].departs:
            plain = _try(step, right, moe, subject, backend, folder, like)
            moved += [] if plain.departs else [step.name]
        for name, array in _given(trial).items():
            if (array.shape, array.dtype) != (right[name].shape, right[name].dtype) and step.stage != "align":
                continue  # nothing can be done with it
            if step.stage != "align":
                unlike[step.name] = _plus(unlike.get(step.name, (0, 0)), array, right[name])
            # A wrong order may name memory that is not there: what follows gets the reference's.
            own |= {} if step.stage == "align" and trial.departs else {name: array}
    missing = tuple(dict.fromkeys(t.step.stage for t in alone if t.account is None))
    return Trace(tuple(alone), tuple(chained), unlike, missing, tuple(moved))


def _placed(subject: Subject, step: Step, memory: Memory) -> Subject:
    """The subject with the step's stage called as the whole is, its arguments where the case has them."""
    if step.stage not in subject.stages or not memory.shows(step.places):
        return subject
    stage = memory.around(subject.stages[step.stage], step.places)
    return replace(subject, stages={**subject.stages, step.stage: stage})


def _try(
    step: Step, values: Values, moe: MoEInputs, subject: Subject, backend: RunsKernels, folder: Path, like: Case
) -> Trial:
    if step.stage not in subject.stages:
        return Trial(step, None)
    case = step.ask(values, moe)
    inputs = case.inputs()
    vector = Vector(inputs, case.expected(inputs))
    check = step.check or check_of(case.family, folder)
    return Trial(step, ask(replace(case, device=like.device), check, subject, backend, vector))


def _given(trial: Trial) -> dict[str, np.ndarray]:
    """What the step gave, by name, where it has the form that the next one takes."""
    if trial.account is None or trial.account.problem:
        return {}
    calls = trial.account.outputs.get(trial.step.stage, [])
    return dict(zip(trial.step.gives, calls[-1], strict=False)) if calls else {}


def _plus(so_far: tuple[int, int], array: np.ndarray, other: np.ndarray) -> tuple[int, int]:
    """Elements whose bits differ, and elements, added to those counted so far."""
    carrier = f"u{array.dtype.itemsize}"
    differ = np.ascontiguousarray(array).view(carrier) != np.ascontiguousarray(other).view(carrier)
    return so_far[0] + int(differ.sum()), so_far[1] + differ.size
