"""Which worker judges what next? Each works through its own part, the longest first, then helps the one with most left.

A scheduler for pytest-xdist. Its own ones deal out equal numbers of tests; here a few cases take most of the time, and
cases that launch the same kernels are cheap once these are compiled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from conformance.sharing.partition import Unit

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

AHEAD = 2  # items that a worker holds: pytest-xdist's start one only when they know the next


@dataclass(frozen=True)
class Work:
    """Names (Asked.name) that one worker judges one after the other; about how many seconds they take."""

    names: tuple[str, ...]
    seconds: float


class Scheduler:
    """What pytest-xdist's session asks for (xdist.scheduler.protocol.Scheduling).

    parts: what each worker begins with. done: names that are not to be judged again. name: of an item, from its
    pytest id; several items may have the same. What no check of the workers' collection is for is left out.
    """

    def __init__(self, parts: Sequence[Sequence[Unit]], done: Collection[str], name: Callable[[str], str]) -> None:
        self._expected, self._name = len(parts), name
        # Parts that nobody has been given: of workers to come, and of those that died.
        self._free = deque(_left(part, done) for part in parts)
        self._parts: dict[WorkerController, deque[Work]] = {}
        self._begun: dict[WorkerController, deque[str]] = {}  # what is not yet sent of the work begun
        self._sent: dict[WorkerController, deque[int]] = {}  # places in the worker's collection
        self._ids: dict[WorkerController, list[str]] = {}  # the worker's collection
        self._places: dict[WorkerController, dict[str, list[int]]] = {}

    @property
    def nodes(self) -> list[WorkerController]:
        return list(self._sent)

    @property
    def collection_is_completed(self) -> bool:
        return len(self._ids) >= self._expected

    @property
    def tests_finished(self) -> bool:
        few_sent = all(len(places) < AHEAD for places in self._sent.values())
        return self.collection_is_completed and few_sent and not self._unsent()

    @property
    def has_pending(self) -> bool:
        return self._unsent() or any(self._sent.values())

    def add_node(self, node: WorkerController) -> None:
        self._parts[node], self._begun[node], self._sent[node] = deque(), deque(), deque()

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        self._ids[node], self._places[node] = list(collection), {}
        for place, nodeid in enumerate(collection):
            self._places[node].setdefault(self._name(nodeid), []).append(place)

    def schedule(self) -> None:
        """Send work to all that have collected: at first, and again when a worker comes in place of another."""
        ready = [node for node in self.nodes if node in self._ids]
        for node in ready:
            if self._free and not self._parts[node]:
                self._parts[node] = self._free.popleft()
        for node in ready:
            self._feed(node)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        self._sent[node].remove(item_index)
        self._feed(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """Forget a worker; the pytest id of the item that it died in, None where it had none."""
        sent, part, begun = self._sent.pop(node), self._parts.pop(node), self._begun.pop(node)
        ids = self._ids.get(node, [])
        died_in = ids[sent.popleft()] if sent else None
        names = dict.fromkeys([*(self._name(ids[place]) for place in sent), *begun])
        left = deque([Work(tuple(names), 0.0), *part] if names else part)
        if left:
            self._free.append(left)
        return died_in

    def mark_test_pending(self, item: str) -> None:
        raise NotImplementedError("an item is judged once")

    def remove_pending_tests_from_node(self, node: WorkerController, indices: Sequence[int]) -> None:
        raise NotImplementedError("nothing is taken back from a worker")

    def _unsent(self) -> bool:
        return any((*self._free, *self._parts.values(), *self._begun.values()))

    def _feed(self, node: WorkerController) -> None:
        """Send what keeps the worker busy; tell it to end where nothing is left that it could do."""
        while not node.shutting_down and len(self._sent[node]) < AHEAD:
            name = self._next(node)
            if name is None:
                node.shutdown()  # it judges what it holds first
                return
            places = self._places[node].get(name, [])
            self._sent[node].extend(places)
            if places:
                node.send_runtest_some(places)

    def _next(self, node: WorkerController) -> str | None:
        begun = self._begun[node]
        while not begun:
            part = self._parts[node] or self._most_left()
            if not part:
                return None
            # From the one's own part the longest, from another one's what it would come to last.
            work = part.popleft() if part is self._parts[node] else part.pop()
            begun.extend(work.names)
        return begun.popleft()

    def _most_left(self) -> deque[Work] | None:
        """The part, of whichever worker, that takes longest yet."""
        parts = [part for part in (*self._free, *self._parts.values()) if part]
        return max(parts, key=lambda part: sum(work.seconds for work in part), default=None)


class Scheduling:
    """The hook that makes pytest-xdist use a ``Scheduler``, made from these arguments."""

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self) -> Scheduler:
        return Scheduler(*self._arguments)


def _left(part: Sequence[Unit], done: Collection[str]) -> deque[Work]:
    """What of a part is to be judged yet."""
    named = [(tuple(item.name for item in unit.items if item.name not in done), unit.seconds) for unit in part]
    return deque(Work(names, seconds) for names, seconds in named if names)
