"""May a change go in? Not with a new failure of a MUST, nor with other bits where the contract is the same."""

from reports.comparing.comparison import Comparison
from reports.comparing.page import verdict
from reports.views.exit_codes import INCOMPARABLE, SAME, WORSE


def gate_code(found: Comparison) -> int:
    """The exit code: INCOMPARABLE where one of the runs does not say enough.

    A change whose run did not finish may still be refused for what it did judge; beside a base that did not, old
    failures would look new.
    """
    if found.incomparable or not found.before["complete"]:
        return INCOMPARABLE
    if found.worse:
        return WORSE
    return INCOMPARABLE if found.unfinished or not found.pairs.after or _gone(found) else SAME


def gate_title(found: Comparison) -> str:
    """The first line of the summary."""
    words = {SAME: "GATE PASSED", WORSE: "GATE FAILED", INCOMPARABLE: "GATE WITHOUT A VERDICT"}
    why = [*found.unfinished]
    if not found.pairs.after:
        why.append("no subject of one report is paired with one of the other")
    if gone := _gone(found):
        why.append(f"the change does not have {', '.join(gone)}")
    code = gate_code(found)
    if code == INCOMPARABLE and why and not found.incomparable:
        return f"{words[code]}: {'; '.join(why)}."
    return f"{words[code]}. {verdict(found)}"


def _gone(found: Comparison) -> tuple[str, ...]:
    """Subjects of the base that nobody was held against: their failures would pass unseen."""
    return found.pairs.only_before
