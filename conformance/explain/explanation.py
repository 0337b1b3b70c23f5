"""What is told of a case? Its question, its verdict, where it first departs, and what stands there."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from conformance.explain.account import Account, Compared
from conformance.explain.conclusion import WHOLE, conclude, first_difference, place_of
from conformance.explain.derivations import derive
from conformance.explain.layers import Layer
from conformance.explain.page import Passage
from conformance.explain.structure import patterns
from conformance.explain.suspects import suspects
from conformance.explain.trace import Trace, Trial
from conformance.explain.vicinity import around
from reports.line import led, what
from vectors.case import Case, Vector


@dataclass(frozen=True)
class Explanation:
    """verdict: of the case, as a run has it. first: the step that first departs, '' where none does or none is asked.

    conclusion: the one sentence that says where to look.
    """

    verdict: str
    first: str
    conclusion: str
    sections: tuple[Passage, ...]


def explained(
    account: Account, verdict: str, subject: str, backend: str, layer: Layer | None, trace: Trace | None, pipeline: str
) -> Explanation:
    """Put together what is known."""
    first, conclusion = conclude(account, trace)
    sections = [_question(account.case, account.vector, subject, backend, verdict)]
    explains = (*_leads(account, trace), *_suspected(account, first, layer, pipeline))
    sections.append(Passage("Where it departs", (conclusion, *explains)))
    if trace is not None and any(trial.account is not None for trial in trace.alone):
        sections.append(_stages(trace, layer))
    if trace is not None and trace.first is not None:
        trial, alone = trace.first
        fed = "the reference's values" if alone else "what the steps before it gave"
        if trial.account is not None:
            sections += _look_into(trial.account, f"Step {trial.step.name}, on {fed}")
    sections += _look_into(account, "The case's own check", details=trace is None or trace.first is None)
    return Explanation(verdict, first, conclusion, tuple(sections))


def _question(case: Case, vector: Vector | None, subject: str, backend: str, verdict: str) -> Passage:
    lines = [
        case.title,
        f"{subject} on {backend}, tier {case.tier}; requirements {', '.join(case.requirements)}",
        f"flags {', '.join(case.flags) or 'none'}",
        f"params {', '.join(f'{name} {value}' for name, value in case.params.items()) or 'none'}",
        *([f"device {', '.join(f'{n} {v}' for n, v in case.device.items())}"] if case.device else []),
    ]
    if vector is not None:
        lines += [f"input {name}: {_summary(array)}" for name, array in vector.inputs.items()]
    return Passage(f"{case.id}: {verdict}", tuple(lines))


def _summary(array: np.ndarray) -> str:
    """'bfloat16 [5, 128], 0.0012 to 3.4 in magnitude, 2 zeros'."""
    text = f"{array.dtype} {list(array.shape)}"
    if not array.size:
        return text
    if array.dtype.kind in "iub":
        return f"{text}, {int(array.min())} to {int(array.max())}"
    values = np.abs(array.astype(np.float64))
    finite = values[np.isfinite(values) & (values > 0)]
    span = f", {finite.min():.4g} to {finite.max():.4g} in magnitude" if finite.size else ""
    odd = {"zeros": (values == 0).sum(), "NaN": np.isnan(values).sum(), "infinities": np.isinf(values).sum()}
    return text + span + "".join(f", {int(n)} {words}" for words, n in odd.items() if n)


def _leads(account: Account, trace: Trace | None) -> list[str]:
    """What would explain the first step that departs, or else the case."""
    step = None if trace is None or trace.first is None else trace.first[0].account
    causes = (finding.cause for finding in (step or account).findings)
    return list(dict.fromkeys(led(lead) for cause in causes if cause is not None for lead in cause.leads))


def _suspected(account: Account, first: str, layer: Layer | None, pipeline: str) -> list[str]:
    """Where no step is to blame: what would explain the output as a whole."""
    if first != WHOLE or layer is None or account.first is None or account.first.observable != "output":
        return []
    return [f"the output is right for: {words}" for words in suspects(account.first.answer, layer.moe, pipeline)]


def _stages(trace: Trace, layer: Layer | None) -> Passage:
    rows = tuple(
        (alone.step.name, _told(alone), _told(chained), _unlike(trace, alone.step.name))
        for alone, chained in zip(trace.alone, trace.chained, strict=True)
    )
    marked = frozenset(
        n for n, (a, c) in enumerate(zip(trace.alone, trace.chained, strict=True)) if a.departs or c.departs
    )
    lines = (
        "each step against what the reference accepts for exactly what the step was given",
        *([layer.note] if layer is not None and layer.note else []),
    )
    header = ("step", "on the reference's values", "on what the steps before gave", "not the reference's bits")
    return Passage("Step by step", lines, header, rows, marked)


def _told(trial: Trial) -> str:
    account = trial.account
    if account is None:
        return "not exposed"
    if not account.departs:
        shares = [found for c in account.compared if (found := c.answer.largest_share()) is not None]
        return f"right, at {max(shares)[0]:.1%} of the bound at most" if shares else "right"
    compared = account.first
    if compared is None or compared.mismatch is None:
        return f"DEPARTS: {first_difference(account)}"
    return f"DEPARTS: {compared.mismatch.bad} of {compared.mismatch.total} wrong, first {first_difference(account)}"


def _unlike(trace: Trace, name: str) -> str:
    if name not in trace.unlike:
        return ""
    differ, size = trace.unlike[name]
    return f"{differ} of {size}" if differ else "none"


def _look_into(account: Account, title: str, *, details: bool = True) -> Iterator[Passage]:
    """Everything that was compared: what is wrong with its neighbourhood and derivation, how near what is right."""
    lines = [f"{observable}: {words}" for observable, words in account.claims]
    if account.problem:
        lines.append(what(account.problem))
    wrong = [c for c in account.compared if c.mismatch is not None]
    lines += [f"{c.observable}: right; {c.answer.nearness()}" for c in account.compared if c.mismatch is None]
    lines += [f"{c.observable}: {what(c.mismatch.cause())}" for c in wrong if c.mismatch]
    yield Passage(title, tuple(lines))
    for compared in wrong[: 2 if details else 0]:
        yield from _wrong(account, compared)


def _wrong(account: Account, compared: Compared) -> Iterator[Passage]:
    found = patterns(compared.answer, _groups(account, compared))
    if found:
        yield Passage(f"What the wrong elements of {compared.observable} have in common", tuple(found))
    yield from around(compared)
    if account.vector is None or compared.mismatch is None or not compared.mismatch.index:
        return
    index = compared.mismatch.index
    lines = [compared.given(index)] if compared.given is not None else []
    lines += derive(account.case, account.vector, compared, index)
    if lines:
        yield Passage(f"How the reference arrives at {place_of(index)}", tuple(lines))


def _groups(account: Account, compared: Compared) -> np.ndarray | None:
    """The expert of each row, where rows are routes."""
    if account.vector is None:
        return None
    experts = account.vector.inputs.get("route_expert")
    return experts if experts is not None and len(experts) == len(compared.answer.observed) else None
