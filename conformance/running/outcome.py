"""What does a case's run come to? Its judge's findings, completed so that nothing a case claims is left out.

A check that raises, skips, dies or forgets a requirement never turns into silence: each requirement of the case that
was not judged becomes a finding of its own.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from conformance.asking.selection import Asked, RunOptions
from conformance.requirements import MEMORY
from reports.model import CaseResult, Cause, Finding


def result(
    asked: Asked,
    options: RunOptions,
    findings: Sequence[Finding],
    problem: Cause | None = None,
    seconds: float = 0.0,
    /,
    *,
    unwritten: Callable[[], str] = lambda: "",
    beside: Callable[[], str] = lambda: "",
    **seen: Any,
) -> CaseResult:
    """The row of one case. problem: why the check did not end as it should; None where it did.

    Asked where the case failed: unwritten, what its result holds that nothing wrote, in words; where it holds nothing
    of that, beside: beside which tensors was read. seen: what else is known of it, by the names that a row has for it
    (reports.model.CaseResult).
    """
    kept = _declared(asked, [*findings, *_missing(asked, options, findings, problem)])
    outside = _outside(kept, problem)
    if outside is None and any(finding.verdict == "fail" for finding in kept):
        if words := unwritten():
            kept = [_with_hint(finding, words) if finding.verdict == "fail" else finding for finding in kept]
        elif words := beside():
            outside = Cause("outside", words)
    if outside is not None:
        kept = _under_memory(asked, options, kept, outside)
    case, names = asked.case, {"subject": asked.subject.name, "backend": options.backend}
    return CaseResult.of(
        kept, id=case.id, requirements=case.requirements, flags=case.flags, seconds=seconds, **names, **seen
    )


def _outside(findings: Sequence[Finding], problem: Cause | None) -> Cause | None:
    """The access outside of the tensors that was seen, by the problem or by a check that went on; None without one."""
    causes = (problem, *(finding.cause for finding in findings))
    return next((cause for cause in causes if cause is not None and cause.kind == "outside"), None)


def _under_memory(asked: Asked, options: RunOptions, found: Sequence[Finding], outside: Cause) -> list[Finding]:
    """The access is MEM-01's, whether the case asks for that or not, and what it kept from being judged says so."""
    platform = tuple(need for need in asked.case.needs if need in options.failed_platform)
    verdict, again = "unsupported" if platform else "fail", options.rerun(asked.case, asked.spec)
    behind = Cause("not judged", after=MEMORY)
    others = [
        replace(f, cause=behind) if f.cause is not None and f.cause.kind == "outside" else f
        for f in found
        if f.requirement != MEMORY
    ]
    return [Finding(MEMORY, verdict, outside, platform, again), *others]


def _with_hint(finding: Finding, words: str) -> Finding:
    cause = finding.cause or Cause("")
    return replace(finding, cause=replace(cause, hints=(*cause.hints, words)))


def _declared(asked: Asked, findings: Sequence[Finding]) -> list[Finding]:
    """What agrees with a declaration does not pass the requirement that the declaration contradicts."""
    contradicted = asked.subject.contradicted(asked.case)
    return [
        Finding(f.requirement, "declared", Cause("inability", contradicted[f.requirement]))
        if f.requirement in contradicted and f.verdict == "pass"
        else f
        for f in findings
    ]


def _missing(asked: Asked, options: RunOptions, findings: Sequence[Finding], problem: Cause | None) -> list[Finding]:
    judged = {finding.requirement for finding in findings}
    left = [name for name in asked.case.requirements if name not in judged]
    if problem and not left and problem.kind != "outside":
        # Everything was judged before it went wrong; what went wrong must show all the same.
        left = list(asked.case.requirements)
    platform = tuple(need for need in asked.case.needs if need in options.failed_platform) if problem else ()
    cause = problem or _forgotten(findings)
    again = options.rerun(asked.case, asked.spec)
    return [Finding(name, "unsupported" if platform else "fail", cause, platform, again) for name in left]


def _forgotten(findings: Collection[Finding]) -> Cause:
    failed = [finding.requirement for finding in findings if finding.verdict == "fail"]
    return Cause("not judged", "" if failed else "the check did not judge it", after=failed[0] if failed else "")
