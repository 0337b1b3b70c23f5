"""What is known of a case beside its values? Notes by who calls the subject, taken when the case is over.

A check compares values; that a call changed what it was given, or gave back memory that nothing wrote, is seen where
the call is made (``Subject.call``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Notes:
    """changed: calls that changed their inputs or the process, in words. lasting: what of the process could not be put
    back. suspect: of the first call whose result holds what poisoned memory holds, what to ask where the case failed:
    how much of it nothing wrote, in words, '' for nothing.
    """

    changed: list[str] = field(default_factory=list)
    lasting: list[str] = field(default_factory=list)
    suspect: Callable[[], str] | None = None

    def unwritten(self) -> str:
        """What the suspect's call leaves to memory that nothing wrote, in words; '' where there is nothing.

        The subject is called again for it, and may raise.
        """
        return self.suspect() if self.suspect else ""


_notes = Notes()


def current() -> Notes:
    """Where to write down what a call did."""
    return _notes


def take() -> Notes:
    """The notes so far; from now on there are new ones."""
    global _notes
    found, _notes = _notes, Notes()
    return found
