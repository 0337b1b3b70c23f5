"""What is claimed of a backend before any kernel is judged on it?"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class PlatformCheck:
    """One claim about a backend's own arithmetic, judged before any kernel is.

    id: stable, ``PLT-...``; claim: one sentence; essential: whether a failure makes every verdict of the run
    worthless, so that the run must stop. run: -> (holds, detail); the detail counts what was compared and
    shows the first difference.
    """

    id: str
    claim: str
    essential: bool
    run: Callable[[], tuple[bool, str]]
