"""Where does a case first depart? The step's name, and one sentence that says where to look."""

from conformance.explain.account import Account, Compared
from conformance.explain.trace import Trace, Trial
from conformance.judging.accepted import Index, Mismatch
from conformance.judging.blocks import Blocks
from reference.formats import BLOCK
from reports.line import what
from reports.model import UNASKED, worst

_LATER = ("repeat", "locality")  # observables of calls after the first
_BYTES = ("scales", "zero-scales")  # observables that are scale bytes
WHOLE = "whole"  # the first departure where every step is right


def conclude(account: Account, trace: Trace | None) -> tuple[str, str]:
    unable = [f"{verdict}, nothing was asked: {words}" for verdict, words in account.claims if verdict in UNASKED]
    if unable:
        return "", unable[0]
    if trace is None or trace.first is None:
        return _without_step(account, trace)
    trial, alone = trace.first
    found = "" if trial.account is None else first_difference(trial.account)
    after = [t for t in trace.chained[trace.chained.index(_chained(trace, trial)) + 1 :] if t.account is not None]
    also = [t.step.name for t in after if t.departs]
    follows = f"; {', '.join(also)} departs on its own too" if also else ""
    if not also and after:
        given = "with the reference's order of routes" if trial.step.stage == "align" else "for what it was given"
        follows = f"; every step after it is right {given}, so the rest follows from it"
    fed = "" if alone else " on what the subject's own steps gave (on the reference's values it is right)"
    if trial.step.name in trace.moved:
        fed += ", its arguments in memory as the case has them (on contiguous ones it is right)"
    unseen = "" if account.departs else "the case itself does not show it, but a step is wrong: "
    return trial.step.name, f"{unseen}first departs at the {trial.step.name} step{fed}, {found}{follows}"


def _chained(trace: Trace, trial: Trial) -> Trial:
    return next(t for t in trace.chained if t.step is trial.step)


def _without_step(account: Account, trace: Trace | None) -> tuple[str, str]:
    if not account.departs:
        return "", _nothing_departs(account)
    found = first_difference(account)
    if trace is None:
        return account.case.family, f"departs: {found}"
    if trace.missing:
        unknown = f"the stages {', '.join(trace.missing)} are not exposed"
        return WHOLE, f"no step that can be asked alone departs ({unknown}); the whole does: {found}"
    return WHOLE, (
        "every step is right, on the reference's values and one after the other; the whole is not: "
        f"{found}. What joins the steps departs: an argument not handed on, another tile, memory used again"
    )


def _nothing_departs(account: Account) -> str:
    """With what could not be asked, and why."""
    unasked = {f.requirement: what(f.cause) for f in account.findings if f.verdict in UNASKED and f.cause}
    if not unasked:
        return "nothing departs"
    whole = len(unasked) == len(account.findings)
    words = f"{', '.join(unasked)}: {next(iter(unasked.values()))}"
    verdict = worst([f.verdict for f in account.findings if f.requirement in unasked])
    return f"{verdict}: {words}" if whole else f"nothing departs; {verdict} is {words}"


def first_difference(account: Account) -> str:
    """'row 3, block 2: byte 118 where 117 is accepted', or the failing claim."""
    changed = next((words for observable, words in account.claims if observable == "inputs-kept"), "")
    compared = account.first
    if compared is None or compared.mismatch is None:
        problem = what(account.problem) if account.problem else ""
        return problem or "; ".join(words for _, words in account.claims[:2]) or "no difference was kept"
    if changed and compared.observable in _LATER:
        return f"{changed}; so a later call differs: {_difference(compared, compared.mismatch)}"
    return "; ".join(filter(None, (_difference(compared, compared.mismatch), changed)))


def _difference(compared: Compared, mismatch: Mismatch) -> str:
    if not mismatch.index:
        return f"{compared.observable}: {mismatch.observed} where {mismatch.expected} is accepted"
    place = place_of(mismatch.index)
    if compared.observable in _BYTES:
        seen, right = mismatch.observed.value, mismatch.expected.least.value
        return f"{place.replace('column', 'block')}: byte {seen} where {right} is accepted"
    if isinstance(compared.answer, Blocks):
        row, block = mismatch.index[0], mismatch.index[1] // BLOCK
        if mismatch.expected.of == "scale byte":
            low, high = mismatch.expected.least, mismatch.expected.most
            accepted = f"{low} is" if low == high else f"{low} to {high} are"
            return f"row {row}, block {block}: byte {mismatch.observed.value} where {accepted} accepted"
        place += f", block {block}"
    return f"{place}: {compared.observable} {mismatch.observed} where {mismatch.expected} is accepted"


def place_of(index: Index) -> str:
    if len(index) == 2:
        return f"row {index[0]}, column {index[1]}"
    return f"[{', '.join(map(str, index))}]"
