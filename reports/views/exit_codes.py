"""What does a report's verdict tell a script? One number."""

from reports.model import Document
from reports.views.expected import surprises

PASS, FAILED, REFUSED, NOTHING, BROKEN = 0, 1, 2, 4, 5
SAME, WORSE, INCOMPARABLE = 0, 1, 3  # of two reports held against each other


def exit_code(document: Document) -> int:
    """The exit code of a run that went to its end, from its report."""
    if surprises(document):
        return FAILED
    if document.get("problems"):
        return BROKEN
    totals = document["totals"]
    return PASS if totals["pass"] + totals["deviation"] + totals["fail"] else NOTHING
