"""What does a run's end tell a script? One number."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from conformance.defects.catalogue import Defect
from conformance.defects.document import Findings
from conformance.defects.outcome import CLEAN

ALL_KILLED, SURVIVED, WRONG_USE, CLEAN_FAILS, INTERRUPTED = 0, 1, 2, 3, 130


def exit_status(chosen: Sequence[Defect], legal: Collection[str], findings: Findings) -> int:
    """Of what was asked: entries, and ids of legal variants. What has no verdict is as bad as what survived."""
    passing = {name for name in legal if name in findings.legal and findings.legal[name].passes}
    if CLEAN in legal and CLEAN not in passing:
        return CLEAN_FAILS
    killed = all(
        found is not None and found.killed
        for found in (findings.mutants.get(entry.id) for entry in chosen if entry.applicable)
    )
    left_alone = all(
        found is not None and found.survived
        for found in (findings.equivalent.get(entry.id) for entry in chosen if entry.equivalent)
    )
    return ALL_KILLED if killed and left_alone and len(passing) == len(legal) else SURVIVED
