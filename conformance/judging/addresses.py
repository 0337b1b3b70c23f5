"""Did a launch touch memory that is not its tensors'?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.backends import Backend
    from conformance.judging.judge import Judge


def judge_addresses(judge: Judge, backend: Backend) -> None:
    """Judge that the launches so far touched no memory outside their tensors (MEM-01), where the case asks for it.

    A backend that checks addresses raises in the launch, so that a check gets here only after a clean one. Where a
    backend does not check, nothing is claimed: bytes that were written right beside a tensor fail the case all the same
    (conformance.calls.guards), but not each access shows there.
    """
    if not judge.asks("memory"):
        return
    if backend.checks_addresses:
        judge.claim("memory", True, "")
    else:
        judge.cannot("memory", f"{backend.name} does not check addresses")
