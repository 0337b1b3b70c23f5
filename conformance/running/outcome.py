"""What does a case's run come to? Its judge's findings, completed so that nothing a case claims is left out.

A check that raises, skips, dies or forgets a requirement never turns into silence: each requirement of the case that
was not judged becomes a finding of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.asking.selection import Asked, RunOptions
from reports.model import CaseResult, Finding


def result(
    asked: Asked,
    options: RunOptions,
    findings: Sequence[Finding],
    problem: str = "",
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
    """The row of one case. problem: why the check did not end as it should; empty where it did.

    launches, lowering: what was counted and seen of the kernels that ran; bits, asked_bits: digests of what the subject
    returned and was asked; histograms, pictures: how close it was and where it is wrong; pairs: which scale bytes and
    codes meet in the case's arrays (reports.model.CaseResult).
    unwritten: asked where the case failed: what its result holds that nothing wrote, in words.
    """
    kept = _declared(asked, [*findings, *_missing(asked, options, findings, problem)])
    if any(finding.verdict == "fail" for finding in kept) and (words := unwritten()):
        kept = [replace(f, detail=_told(f.detail, words)) if f.verdict == "fail" else f for f in kept]
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


def _told(detail: str, words: str) -> str:
    """The words before the command that runs the case again."""
    what, rerun, command = detail.partition("; rerun: ")
    return f"{what}; {words}{rerun}{command}"


def _declared(asked: Asked, findings: Sequence[Finding]) -> list[Finding]:
    """What agrees with a declaration does not pass the requirement that the declaration contradicts."""
    contradicted = asked.subject.contradicted(asked.case)
    return [
        Finding(f.requirement, "unsupported", contradicted[f.requirement])
        if f.requirement in contradicted and f.verdict == "pass"
        else f
        for f in findings
    ]


def _missing(asked: Asked, options: RunOptions, findings: Sequence[Finding], problem: str) -> list[Finding]:
    judged = {finding.requirement for finding in findings}
    left = [name for name in asked.case.requirements if name not in judged]
    if problem and not left:
        # Everything was judged before it went wrong; what went wrong must show all the same.
        left = list(asked.case.requirements)
    platform = [need for need in asked.case.needs if need in options.failed_platform] if problem else []
    what = problem or _forgotten(findings)
    verdict = "unsupported" if platform else "fail"
    because = f"platform finding {', '.join(platform)}: " if platform else ""
    again = options.rerun(asked.case, asked.spec)
    start = f"{asked.case.id} {asked.subject.name}@{options.backend}"
    return [Finding(name, verdict, f"{start} {name}: {because}{what}; rerun: {again}") for name in left]


def _forgotten(findings: Collection[Finding]) -> str:
    failed = [finding.requirement for finding in findings if finding.verdict == "fail"]
    return f"not judged after {failed[0]} failed" if failed else "the check did not judge it"
