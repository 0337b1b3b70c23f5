"""Does a legal variant pass? What fails in its run is a false alarm of the suite."""

import time

from conformance.defects.ask_mutant import Setup
from conformance.defects.legal import Legal
from conformance.defects.question import PLATFORM, Question
from conformance.defects.records import LegalOutcome


def ask_legal(legal: Legal, backend: str, tier: str, fingerprint: str, setup: Setup, workers: int = 0) -> LegalOutcome:
    """Ask the whole tier. What the backend's own checks find is the platform's, and no alarm.

    Raises mutant.MutantError, CannotStart, and Stopped where the run was told to stop.
    """
    started = time.monotonic()
    backend = legal.backend or backend
    question = Question(
        tier, backend, legal.subjects, norm=legal.subjects[0], workers=workers, environment=legal.environment
    )
    with setup.tree(legal.as_defect()) as place:
        answer = setup.ask(place, question, lambda answer: False)
    if answer.problem and not answer.has_begun:
        setup.clean.check_begins(backend)
    if not legal.edits and legal.fused is None and not answer.problem:
        setup.clean.learn(backend, answer)  # the right kernels as they are: no mutant needs to ask these cases again
    alarms = tuple(failure for failure in answer.failures if failure.case != PLATFORM)
    problem = answer.problem or ("" if answer.asked else "no case was judged")
    seconds = round(time.monotonic() - started, 1)
    return LegalOutcome(
        id=legal.id,
        backend=backend,
        tier=tier,
        fingerprint=fingerprint,
        rel_l2=answer.rel_l2,
        alarms=alarms,
        cases_run=len(answer.asked),
        seconds=seconds,
        cpu_seconds=round(answer.cpu_seconds, 1),
        problem=problem,
    )
