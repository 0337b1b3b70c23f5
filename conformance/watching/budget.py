"""Has a process used up what it may take? CPU time counts, so that no verdict depends on what else the machine does."""

import time

from conformance.watching import processes

WAITS = 4  # times the limit: so long on the clock for one that waits, for a device or a lock, and uses no CPU
LOOK = 0.5  # seconds between looks at what has taken longer


class Budget:
    """What a process, its threads and what it starts may take for one thing.

    It is spent when they have used ``limit`` seconds of CPU time and as many have passed, or WAITS times as many have.
    """

    def __init__(self, pid: int, limit: float) -> None:
        self._pid, self._limit, self._began = pid, limit, time.monotonic()
        self._before = {pid: processes.cpu_seconds(pid)}
        self._next_look = self._began + limit

    @property
    def is_spent(self) -> bool:
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + LOOK
        return now - self._began > WAITS * self._limit or self._used() > self._limit

    def _used(self) -> float:
        """CPU seconds. Who is found beside the process itself counts from the first look, which most never come to."""
        seen = {pid: processes.cpu_seconds(pid) for pid in (self._pid, *processes.descendants(self._pid))}
        if len(self._before) == 1:
            self._before = {**seen, **self._before}
        return sum(seconds - self._before.get(pid, 0.0) for pid, seconds in seen.items())
