"""What do the tables of a report count when its rows are others? So that an edited report still agrees with itself."""

from __future__ import annotations

from reports.model import VERDICTS, Document


def recounted(document: Document) -> Document:
    """The report with totals and requirements counted from its rows again."""
    rows = document["cases"]
    totals = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}
    return {**document, "totals": totals, "requirements": [_of(item, rows) for item in document["requirements"]]}


def _of(requirement: Document, rows: list[Document]) -> Document:
    name = requirement["id"]
    found = [item["verdict"] for row in rows for item in row["findings"] if item["requirement"] == name]
    named = sum(row["requirements"].count(name) for row in rows)
    return {**requirement, "cases": named, **{verdict: found.count(verdict) for verdict in VERDICTS}}
