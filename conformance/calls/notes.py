"""What is known of a case beside its values? Notes by who calls the subject, taken when the case is over.

A check compares values; that a call changed what it was given, or gave back memory that nothing wrote, is seen where
the call is made (``Subject.call``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np  # who watches a run loads it for nothing

OTHER_CONTENTS = "(of other contents)"
_KEPT, _KEPT_BEFORE, _KEPT_BYTES = 64, 16, 1 << 20  # results of a case, of those before it, what each may take


class Returned(NamedTuple):
    """An array that a call returned. subject, stage: names; OTHER_CONTENTS for a subject whose call had others."""

    subject: str
    stage: str
    array: np.ndarray


@dataclass
class Notes:
    """changed: calls that changed their inputs or the process, in words. lasting: what of the process could not be put
    back. results: what calls returned that is small, and before, in cases before: what a later call may have left as it
    was. suspect: of the first call whose result holds what poisoned memory holds, what to ask where the case failed:
    how much of it nothing wrote, in words, '' for nothing. beside: of the same call, beside which tensors it read.

    guards: what lies beside tensors, by their memory (conformance.calls.guards). guards_fresh: whether memory that the
    subject takes for itself lies so too, which costs time. outside: what was written there, in words.
    """

    changed: list[str] = field(default_factory=list)
    lasting: list[str] = field(default_factory=list)
    suspect: Callable[[], str] | None = None
    outside: list[str] = field(default_factory=list)
    guards: dict[int, Any] = field(default_factory=dict)
    guards_fresh: bool = False
    beside: Callable[[], str] | None = None
    results: list[Returned] = field(default_factory=list)
    before: list[Returned] = field(default_factory=list)

    def keep(self, subject: str, stage: str, arrays: Iterable[np.ndarray]) -> None:
        """Remember what a call returned."""
        self.results += [Returned(subject, stage, array) for array in arrays if array.nbytes <= _KEPT_BYTES]
        del self.results[:-_KEPT]

    def unwritten(self) -> str:
        """What the suspect's call leaves to memory that nothing wrote, in words; '' where there is nothing.

        The subject is called again for it, and may raise.
        """
        return self.suspect() if self.suspect else ""

    def read_beside(self) -> str:
        """Beside which tensors the suspect's call read, in words; '' for none. It is made again, and may raise."""
        return self.beside() if self.beside else ""


_notes = Notes()


def current() -> Notes:
    """Where to write down what a call did."""
    return _notes


def take() -> Notes:
    """The notes so far; from now on there are new ones."""
    global _notes
    found = _notes
    _notes = Notes(before=[*found.before, *found.results][-_KEPT_BEFORE:])
    return found
