"""What do the norm and the suite say about one wrong kernel? Both are asked in the mutant's tree."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from conformance.defects import norm
from conformance.defects.catalogue import Defect
from conformance.defects.clean import Clean
from conformance.defects.fields import FIELDS
from conformance.defects.killing_record import Kill
from conformance.defects.mutant import tree as edited_tree
from conformance.defects.order import order
from conformance.defects.question import NO_DISTANCES, PLATFORM, Answer, Failure, Question
from conformance.defects.records import Outcome
from conformance.defects.suite_process import Ask
from vectors.case import TIERS, Case

Tree = Callable[[Defect], AbstractContextManager[Path]]


@dataclass(frozen=True)
class Setup:
    """What is the same for all mutants of a run.

    tier: the largest that is asked. cases: of all tiers. kills: case id -> mutants that it killed before. probe: id of
    a cheap case of the smallest tier. tree: makes the folder to ask in.
    """

    tier: str
    cases: Sequence[Case]
    ask: Ask
    clean: Clean
    kills: Mapping[str, int]
    probe: str
    tree: Tree = edited_tree

    def tier_of(self, case: str) -> str:
        """The tier of a case by its id; platform checks come before the smallest."""
        return TIERS[0] if case == PLATFORM else self._tiers.get(case, self.tier)

    @cached_property
    def _tiers(self) -> dict[str, str]:
        return {case.id: case.tier for case in self.cases}


@dataclass(frozen=True)
class Mutant:
    """One mutant as it is to be judged.

    backend: where. fingerprint: of entry, sources and backend. kill: its last one, a hint. survived: the largest tier
    that it is known to have survived on these sources, empty for none.
    """

    defect: Defect
    backend: str
    fingerprint: str
    kill: Kill | None = None
    survived: str = ""


@dataclass(frozen=True)
class Telling:
    """The failure that says most of those that the right kernels do not have. well: it names the defect's field."""

    failure: Failure
    tier: str
    well: bool


def ask_all(mutant: Mutant, setup: Setup) -> Outcome:
    """The verdict. Raises MutantError, CleanError, CannotStart, and Stopped where the run was told to stop.

    The case that killed it last is asked first, by itself. That settles it where the field's requirement fails, though
    a smaller tier might tell it by now; or where it is the same kill on the same sources. Else all tiers up to the
    asked one are, in the order of ``order.order``, until a case fails by a requirement of the field, or a tier ends in
    which any other failed.
    """
    started = time.monotonic()
    defect = mutant.defect
    with setup.tree(defect) as place:
        taken = setup.clean.platform(mutant.backend) if leaves_platform(defect) else None
        question = Question(setup.tier, mutant.backend, norm=defect.subject, platform=taken, shares=shares(defect))
        first, told = Answer(), None
        if mutant.kill and TIERS.index(mutant.kill.tier) <= TIERS.index(setup.tier):
            first = setup.ask(place, _recorded(question, mutant.kill, setup.probe), lambda answer: False)
            told = _telling(first, mutant, setup)
        answer = first
        if told is None or not _settles(told, mutant):
            answer = _whole(place, question, mutant, setup, first)
            told = _telling(answer, mutant, setup)
    return _outcome(mutant, setup.tier, answer, told, time.monotonic() - started)


def ask_field(mutant: Mutant, setup: Setup) -> Outcome:
    """The verdict of the smallest tier's cases of the defect's own field alone, for one that nothing should kill."""
    started = time.monotonic()
    defect = mutant.defect
    with setup.tree(defect) as place:
        taken = setup.clean.platform(mutant.backend) if leaves_platform(defect) else None
        where = FIELDS[defect.field].expression
        question = Question(
            TIERS[0],
            mutant.backend,
            (defect.subject,),
            where,
            norm=defect.subject,
            platform=taken,
            shares=shares(defect),
        )
        answer = setup.ask(place, question, lambda answer: _telling(answer, mutant, setup) is not None)
        told = _telling(answer, mutant, setup)
    return _outcome(mutant, TIERS[0], answer, told, time.monotonic() - started)


def leaves_platform(defect: Defect) -> bool:
    """Whether the backend's own checks find what they find in the tree as it is: only kernels are edited."""
    return defect.packages == ("kernels",)


def shares(defect: Defect) -> bool:
    """Whether cases and right answers are those of the tree as it is."""
    return not {"vectors", "reference"}.intersection(defect.packages)


def _recorded(question: Question, kill: Kill, probe: str) -> Question:
    """That case alone; of a platform check a cheap case, since the checks come before any."""
    if kill.case == PLATFORM:
        return replace(question, tier=TIERS[0], expression=probe)
    return replace(question, tier=kill.tier, subjects=(kill.subject,), expression=kill.case)


def _settles(told: Telling, mutant: Mutant) -> bool:
    """Whether a kill by the recorded case alone is the verdict (see ``ask_all``)."""
    kill = mutant.kill
    # The record says that no other case tells by the field's requirement: true while the sources are the same.
    same = kill is not None and kill.fingerprint == mutant.fingerprint
    return told.well or (same and kill is not None and (told.tier, told.well) == (kill.tier, kill.well))


def _whole(place: Path, question: Question, mutant: Mutant, setup: Setup, first: Answer) -> Answer:
    """The run over all tiers; together with what the recorded case had said."""
    known = TIERS[: TIERS.index(mutant.survived) + 1] if mutant.survived else ()

    def enough(answer: Answer) -> bool:
        if _telling(answer, mutant, setup, well_only=True) is not None:
            return True
        # A kill by another requirement counts once all of its tier were asked for a better one.
        reached = max((TIERS.index(setup.tier_of(case)) for case, _ in answer.asked), default=0)
        other = _telling(answer, mutant, setup) if reached else None
        return other is not None and TIERS.index(other.tier) < reached

    whole = replace(
        question,
        norm="" if first.asked else question.norm,
        first=order(mutant.defect, setup.tier, setup.cases, setup.kills),
        without=tuple(case.id for case in setup.cases if case.tier in known),
    )
    answer = setup.ask(place, whole, enough)
    return replace(
        answer,
        failures=(*answer.failures, *first.failures),
        deviations=(*answer.deviations, *first.deviations),
        asked=(*first.asked, *answer.asked),
        rel_l2=first.rel_l2 if first.asked else answer.rel_l2,
        cpu_seconds=first.cpu_seconds + answer.cpu_seconds,
    )


def _telling(answer: Answer, mutant: Mutant, setup: Setup, *, well_only: bool = False) -> Telling | None:
    """Of the smallest tier with a failure, one that names the field before any other; None where nothing failed that
    the right kernels pass. They are asked only about what could count, and where the run did not even begin."""
    if answer.problem and not answer.has_begun:
        setup.clean.check_begins(mutant.backend)
    owns = FIELDS[mutant.defect.field].owns
    rows = (*answer.failures, *(answer.deviations if mutant.defect.deviation else ()))
    found = [Telling(failure, setup.tier_of(failure.case), owns(failure.requirement)) for failure in rows]
    found.sort(key=lambda told: (TIERS.index(told.tier), not told.well))
    return next(
        (
            told
            for told in found
            if (told.well or not well_only) and not setup.clean.fails(mutant.backend, told.tier, told.failure)
        ),
        None,
    )


def _outcome(mutant: Mutant, tier: str, answer: Answer, told: Telling | None, seconds: float) -> Outcome:
    defect, failure = mutant.defect, told.failure if told else None
    same = [
        row.requirement
        for row in (*answer.failures, *answer.deviations)
        if failure and (row.case, row.subject) == (failure.case, failure.subject)
    ]
    distances = answer.rel_l2 or NO_DISTANCES
    return Outcome(
        id=defect.id,
        kind=defect.kind,
        field=defect.field,
        subject=defect.subject,
        backend=mutant.backend,
        fingerprint=mutant.fingerprint,
        tier=told.tier if told else tier,
        rel_l2=tuple(distances),
        norm="pass" if norm.passes(distances) else "fail",
        killed=told is not None,
        well_killed=told is not None and told.well,
        requirement=failure.requirement if failure else "",
        case=failure.case if failure else "",
        judged=failure.subject if failure else "",
        comparator=failure.comparator if failure else "",
        requirements=tuple(dict.fromkeys(same)),
        cases_run=len(answer.asked),
        seconds=round(seconds, 1),
        cpu_seconds=round(answer.cpu_seconds, 1),
        problem="" if told else answer.problem,
    )


def no_verdict(mutant: Mutant, tier: str, problem: str) -> Outcome:
    """The record where there could be none; problem: why."""
    return _outcome(mutant, tier, Answer(problem=problem), None, 0.0)
