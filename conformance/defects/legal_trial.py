"""Does a legal variant pass? What fails in its run is a false alarm of the suite."""

from __future__ import annotations

import time

from conformance.defects.clean import Clean
from conformance.defects.legal import Legal
from conformance.defects.outcome import LegalOutcome
from conformance.defects.question import PLATFORM, Question
from conformance.defects.suite_process import Ask
from conformance.defects.trial import Tree


def judge_legal(
    legal: Legal, backend: str, tier: str, fingerprint: str, *, ask: Ask, clean: Clean, tree: Tree, workers: int = 0
) -> LegalOutcome:
    """Ask the whole tier. What the backend's own checks find is the platform's, and no alarm.

    Raises mutant.MutantError, and Stopped where the run was told to stop.
    """
    started = time.monotonic()
    backend = legal.backend or backend
    question = Question(
        tier, backend, legal.subjects, norm=legal.subjects[0], workers=workers, environment=legal.environment
    )
    with tree(legal.as_defect()) as place:
        answer = ask(place, question, lambda answer: False)
    if not legal.edits and legal.fused is None and not answer.problem:
        clean.learn(backend, answer)  # the right kernels as they are: no mutant needs to ask these cases again
    alarms = tuple(failure for failure in answer.failures if failure.case != PLATFORM)
    problem = answer.problem or ("" if answer.asked else "no case was judged")
    seconds = round(time.monotonic() - started, 1)
    return LegalOutcome(
        legal.id, backend, tier, fingerprint, answer.rel_l2, alarms, len(answer.asked), seconds, problem
    )
