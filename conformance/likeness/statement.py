"""What does a report say of likeness? Of each subject that fails, the known defects that are near, or that none is."""

from collections.abc import Iterable
from typing import Any

from conformance.likeness.nearest import NEAR, Likeness, Near
from conformance.likeness.record import RECORD, read
from conformance.likeness.symptoms import FAIL, of_row
from reports.model import UNASKED, CaseResult

MOST = 3


def likeness(rows: Iterable[CaseResult]) -> list[dict[str, Any]]:
    """In the shape of report.schema.json; [] where nothing failed, or nothing was asked that any known defect was."""
    by_subject: dict[str, list[CaseResult]] = {}
    for row in rows:
        by_subject.setdefault(row.subject, []).append(row)
    failing = {name: found for name, found in by_subject.items() if any(row.verdict == FAIL for row in found)}
    return [told for name, found in failing.items() if (told := _of_subject(name, found))] if failing else []


def _of_subject(subject: str, rows: Iterable[CaseResult]) -> dict[str, Any]:
    record = read(RECORD)
    asked = {row.id: row for row in rows if row.id in record.cases and row.verdict not in UNASKED}
    fails = {name: shown for name, row in asked.items() if (shown := of_row(row.to_json()))}
    if not fails:
        return {}
    found = [near for near in Likeness(record.known).nearest(fails, asked) if near.likeness >= NEAR]
    return {"subject": subject, "known": len(record.known), "near": [_told(near) for near in found[:MOST]]}


def _told(near: Near) -> dict[str, Any]:
    known = near.known
    facts = {"id": known.id, "what": known.what, "source": known.source, "cause": known.cause}
    return {**facts, "likeness": round(near.likeness, 3), "common": near.common, "of": near.of}
