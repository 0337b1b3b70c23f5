"""Which worker judges what next? Each works through its own part, the longest first, then helps the one with most left.

Equal numbers of cases are no equal parts: a few cases take most of the time, and cases that launch the same kernels are
cheap once these are compiled.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conformance.sharing.partition import Unit


@dataclass(frozen=True)
class Work:
    """Names (Asked.name) that one worker judges one after the other; about how many seconds they take."""

    names: tuple[str, ...]
    seconds: float


class Scheduler:
    """parts: what each worker begins with. done: names that are not to be judged again.

    A worker is the number of its part: a process that comes in place of another one goes on with what that had left.
    """

    def __init__(self, parts: Sequence[Sequence[Unit]], done: Collection[str] = ()) -> None:
        self._parts = [_left(part, done) for part in parts]
        self._begun: list[deque[str]] = [deque() for _ in parts]  # what nobody else takes

    def next(self, worker: int) -> str | None:
        """What the worker judges next; None where nothing is left that it could do."""
        begun = self._begun[worker]
        if not begun:
            own = self._parts[worker]
            # From the one's own part the longest, from another one's what it would come to last.
            work = own.popleft() if own else self._most_left().pop() if any(self._parts) else None
            begun.extend(work.names if work else ())
        return begun.popleft() if begun else None

    def has_own(self, worker: int) -> bool:
        """Whether the worker begins with anything."""
        return bool(self._parts[worker])

    def left(self, worker: int) -> bool:
        """Whether the worker would get anything."""
        return bool(self._begun[worker]) or any(self._parts)

    def _most_left(self) -> deque[Work]:
        """The part that takes longest yet."""
        return max((part for part in self._parts if part), key=lambda part: sum(work.seconds for work in part))


def _left(part: Sequence[Unit], done: Collection[str]) -> deque[Work]:
    """What of a part is to be judged yet."""
    named = [(tuple(item.name for item in unit.items if item.name not in done), unit.seconds) for unit in part]
    return deque(Work(names, seconds) for names, seconds in named if names)
