"""How is a verdict reached? A judge holds one case on one subject and keeps one finding for each of its requirements.

A check names the *observable* that it compares; the finding goes to every requirement of the case that rests on it
(``Requirement.observable``). So a requirement that a case lists and no check looks at is found out, and a difference
in an observable that the case lists no requirement for still fails the case.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.calls import notes
from conformance.calls.explanation import explain
from conformance.judging.accepted import Accepted
from conformance.judging.closeness import Histograms, merged
from conformance.judging.digests import Digest
from conformance.judging.picture import picture
from conformance.judging.stale import left_over, same_bits
from conformance.requirements import REQUIREMENTS, requirement
from reports.line import what
from reports.model import Cause, Finding, Lead, worst
from vectors.case import Case

Given = Callable[[tuple[int, ...]], str]
Leads = Callable[[Accepted], Iterable[Lead]]  # asked of a wrong answer only
_KEPT_BYTES = 4 << 20  # of an answer that is kept for the next ones


class Judge:
    """Collects the findings of one case.

    case: the case that is judged; subject, backend: names for the failure line.
    failed_platform: ids of platform checks that failed in this run: a failure of a case that needs one of them is the
    platform's, and becomes ``unsupported`` with the check's id.
    rerun: the command that runs just this case again.
    """

    def __init__(
        self, case: Case, subject: str, backend: str, *, failed_platform: Collection[str] = (), rerun: str = ""
    ) -> None:
        self.rules: dict[str, int] = {}  # scale rules other than the case's -> blocks with another byte
        self.case, self.subject, self.backend, self.rerun = case, subject, backend, rerun
        self._failed_needs = [need for need in case.needs if need in failed_platform]
        self._findings: dict[str, Finding] = {}
        self._digests: dict[str, Digest] = {}
        self._histograms: dict[str, Histograms] = {}
        self._pictures: dict[str, dict[str, Any]] = {}
        self._wrong: dict[str, np.ndarray] = {}
        self._before: dict[str, list[np.ndarray]] = {}  # observable -> right answers

    @property
    def findings(self) -> list[Finding]:
        return list(self._findings.values())

    @property
    def digests(self) -> dict[str, str]:
        """Observable -> digest of all that the subject returned for it, in the order in which it was compared."""
        return {observable: digest.hex for observable, digest in self._digests.items()}

    @property
    def histograms(self) -> dict[str, Histograms]:
        """Observable -> how far its elements are from what is expected, and how much of what is accepted they use."""
        return {name: found for name, found in self._histograms.items() if any(found.values())}

    @property
    def pictures(self) -> dict[str, dict[str, Any]]:
        """Observable -> where its first wrong answer is wrong."""
        return dict(self._pictures)

    def _keep(self, observable: str, wrong: np.ndarray) -> None:
        """Where an answer is wrong: the first one's picture, and the elements of all of that shape."""
        if observable not in self._pictures:
            self._pictures[observable], self._wrong[observable] = picture(wrong), wrong
        elif self._wrong[observable].shape == wrong.shape:
            self._wrong[observable] = self._wrong[observable] | wrong

    @property
    def wrong_elements(self) -> dict[str, np.ndarray]:
        """Observable -> which elements of its answers are, where these are compared one by one."""
        return dict(self._wrong)

    def asks(self, observable: str) -> bool:
        """Whether the case has a requirement that rests on this observable: costly ones are looked at only then."""
        return any(requirement(r).observable == observable for r in self.case.requirements)

    def accepts(
        self, observable: str, answer: Accepted, *, given: Given | None = None, leads: Leads | None = None
    ) -> None:
        """Judge what was observed by what is accepted in its place."""
        digest = self._digests.setdefault(observable, Digest())
        for array in answer.parts:
            digest.add(array)
        self._histograms[observable] = merged(self._histograms.get(observable, {}), answer.closeness)
        mismatch = answer.mismatch
        if mismatch is None:
            if answer.observed.nbytes <= _KEPT_BYTES:
                self._before.setdefault(observable, []).append(answer.observed)
            self._note(observable, None)
            return
        if mismatch.wrong is not None:
            self._keep(observable, mismatch.wrong)
        cause = mismatch.cause(observable, given(mismatch.index) if given and mismatch.index else "")
        self._note(observable, cause if mismatch.wrong is None else self._led(observable, cause, answer, leads))

    def _led(self, observable: str, cause: Cause, answer: Accepted, leads: Leads | None) -> Cause:
        """The cause with what would explain it. Looking for that may fail, and the finding stays."""
        try:
            found = self._left_over(observable, answer) or (leads(answer) if leads else ())
            return replace(cause, leads=tuple(found))
        except Exception as error:
            return replace(cause, hints=(*cause.hints, f"looking for what would explain it {what(explain(error))}"))

    def _left_over(self, observable: str, answer: Accepted) -> list[Lead]:
        """What a call before has left. After another failure nothing: there an earlier result may be the right one."""
        if answer.wrong is None or any(finding.verdict == "fail" for finding in self.findings):
            return []
        noted, before = notes.current(), self._before.items()
        earlier = [(f"right answer {n} of {name}", array) for name, those in before for n, array in enumerate(those, 1)]
        for number, found in enumerate(noted.results, 1):
            # The one that is looked at is among the results.
            if found.subject == notes.OTHER_CONTENTS or not same_bits(found.array, answer.observed):
                earlier.append((f"{found.stage}'s result {number}", found.array))
        of_others = (found for found in noted.before if found.subject == self.subject)
        earlier += [(f"{found.stage}'s result in a case before", found.array) for found in of_others]
        return left_over(observable, answer.observed, answer.wrong, earlier)

    def claim(self, observable: str, holds: bool, otherwise: str) -> None:
        """Judge a plain claim; ``otherwise`` says what is wrong where it does not hold."""
        self.wrong(observable, None if holds else Cause("claim", otherwise, observable))

    def wrong(self, observable: str, cause: Cause | None) -> None:
        """Judge an observable by what is known to be wrong with it; None where nothing is."""
        self._note(observable, cause)

    def problems(self, observable: str, found: Sequence[str], leads: Sequence[Lead] = ()) -> None:
        """Judge an observable by the list of what is wrong with it. leads: what would explain that."""
        words = f"{found[0]}; {len(found)} problem(s)" if found else ""
        self._note(observable, Cause("claim", words, observable, leads=tuple(leads)) if found else None)

    def unable(self, verdict: str, reason: str) -> None:
        """The case cannot be asked, as its subject has ``declared`` or as ``unsupported``: nothing is judged."""
        for requirement_id in self.case.requirements:
            self._unable(requirement_id, verdict, reason)

    def cannot(self, observable: str, reason: str) -> None:
        """Nothing can be said of one observable here; its requirements are unsupported."""
        for requirement_id in self.case.requirements:
            if requirement(requirement_id).observable == observable:
                self._unable(requirement_id, "unsupported", reason)

    def _unable(self, requirement_id: str, verdict: str, reason: str) -> None:
        self._findings[requirement_id] = Finding(requirement_id, verdict, Cause("inability", reason))

    def _note(self, observable: str, cause: Cause | None) -> None:
        resting = [r for r in self.case.requirements if requirement(r).observable == observable]
        # A difference that the case lists no requirement for must not pass unseen. It weighs no more than where one is.
        light = {r.level for r in REQUIREMENTS.values() if r.observable == observable} == {"SHOULD"}
        for requirement_id in resting or (self.case.requirements if cause else ()):
            verdict = self._verdict(requirement_id, light) if cause else "pass"
            before = self._findings.get(requirement_id)
            if before is None or worst([before.verdict, verdict]) != before.verdict:
                explained = (cause, tuple(self._failed_needs), self.rerun) if cause else ()
                self._findings[requirement_id] = Finding(requirement_id, verdict, *explained)

    def _verdict(self, requirement_id: str, light: bool) -> str:
        if self._failed_needs:
            return "unsupported"
        return "fail" if requirement(requirement_id).level == "MUST" and not light else "deviation"
