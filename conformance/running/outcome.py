"""What does a case's run come to? Its judge's findings, completed so that nothing a case claims is left out.

A check that raises, skips, dies or forgets a requirement never turns into silence: each requirement of the case that
was not judged becomes a finding of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.asking.selection import Asked, RunOptions
from reports.model import CaseResult, Cause, Finding


def result(
    asked: Asked,
    options: RunOptions,
    findings: Sequence[Finding],
    problem: Cause | None = None,
    seconds: float = 0.0,
    *,
    launches: Sequence[Mapping[str, Any]] = (),
    lowering: Sequence[Mapping[str, Any]] = (),
    bits: Mapping[str, str] | None = None,
    histograms: Mapping[str, Mapping[str, Any]] | None = None,
    pictures: Mapping[str, Mapping[str, Any]] | None = None,
    pairs: Mapping[str, str] | None = None,
    asked_bits: str = "",
    unwritten: Callable[[], str] = lambda: "",
) -> CaseResult:
    """The row of one case. problem: why the check did not end as it should; None where it did.

    launches, lowering: what was counted and seen of the kernels that ran; bits, asked_bits: digests of what the subject
    returned and was asked; histograms, pictures: how close it was and where it is wrong; pairs: which scale bytes and
    codes meet in the case's arrays (reports.model.CaseResult).
    unwritten: asked where the case failed: what its result holds that nothing wrote, in words.
    """
    kept = _declared(asked, [*findings, *_missing(asked, options, findings, problem)])
    if any(finding.verdict == "fail" for finding in kept) and (words := unwritten()):
        kept = [_with_hint(finding, words) if finding.verdict == "fail" else finding for finding in kept]
    return CaseResult.of(
        kept,
        id=asked.case.id,
        subject=asked.subject.name,
        backend=options.backend,
        requirements=asked.case.requirements,
        flags=asked.case.flags,
        seconds=seconds,
        launches=launches,
        lowering=lowering,
        bits=bits or {},
        histograms=histograms or {},
        pictures=pictures or {},
        pairs=pairs or {},
        asked=asked_bits,
    )


def _with_hint(finding: Finding, words: str) -> Finding:
    cause = finding.cause or Cause("")
    return replace(finding, cause=replace(cause, hints=(*cause.hints, words)))


def _declared(asked: Asked, findings: Sequence[Finding]) -> list[Finding]:
    """What agrees with a declaration does not pass the requirement that the declaration contradicts."""
    contradicted = asked.subject.contradicted(asked.case)
    return [
        Finding(f.requirement, "unsupported", Cause("inability", contradicted[f.requirement]))
        if f.requirement in contradicted and f.verdict == "pass"
        else f
        for f in findings
    ]


def _missing(asked: Asked, options: RunOptions, findings: Sequence[Finding], problem: Cause | None) -> list[Finding]:
    judged = {finding.requirement for finding in findings}
    left = [name for name in asked.case.requirements if name not in judged]
    if problem and not left:
        # Everything was judged before it went wrong; what went wrong must show all the same.
        left = list(asked.case.requirements)
    platform = tuple(need for need in asked.case.needs if need in options.failed_platform) if problem else ()
    cause = problem or _forgotten(findings)
    again = options.rerun(asked.case, asked.spec)
    return [Finding(name, "unsupported" if platform else "fail", cause, platform, again) for name in left]


def _forgotten(findings: Collection[Finding]) -> Cause:
    failed = [finding.requirement for finding in findings if finding.verdict == "fail"]
    return Cause("not judged", "" if failed else "the check did not judge it", after=failed[0] if failed else "")
