"""Which known defects is a failing subject like? In words, the nearest first."""

from reports.model import Document

NO_THREAD = ("own", "generated")


def lines(document: Document) -> list[str]:
    """A line for each defect that is near, and one for a subject to which none is."""
    found: list[str] = []
    for row in document.get("likeness", ()):
        found += [f"{row['subject']} is like {_said(near)}" for near in row["near"]] or [
            f"{row['subject']}: nothing near among {row['known']} known defects"
        ]
    return found


def _said(near: Document) -> str:
    thread = "" if near["source"] in NO_THREAD else f"; {near['source']}"
    cases = f"{near['common']} of {near['of']} failing cases in common"
    return f"{near['id']} ({cases}{thread}): {near['what']}"
