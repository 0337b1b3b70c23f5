"""Which registers do loads still have to deliver? What s_waitcnt retires, and what may not be touched before.

vmcnt counts vector loads, stores and atomics, which gfx9 returns in order; lgkmcnt counts LDS instructions, in order
among themselves, and scalar loads, which return in any order; a flat instruction is counted by both and in no order
(AMD CDNA4 ISA, "Data Dependency Resolution"; LLVM's "AMDGPU Memory Model" stands on the same). A store's data is read
at issue: since GCN 2 no register waits for a store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.gfx950.assembly import Instruction, Register
from conformance.gfx950.errors import Hazard

# Where each register file's numbers begin among the keys.
KEYS = {"v": 0, "a": 512, "s": 1024}
# What the counters can hold: waiting for this many is no wait, and one more is issued only once another has retired.
MOST = {"vm": 63, "lgkm": 15}


def keys_of(register: Register) -> frozenset[int]:
    """The keys of all of these registers."""
    first = KEYS[register.file] + register.index
    return frozenset(range(first, first + register.count))


def name_of(key: int) -> str:
    """A key's register as in the text."""
    file = "s" if key >= KEYS["s"] else "a" if key >= KEYS["a"] else "v"
    return f"{file}{key - KEYS[file]}"


@dataclass(frozen=True)
class Issued:
    """An instruction in flight. counters: ``vm``, ``lgkm``; ordered: whether it retires in order of issue."""

    counters: tuple[str, ...]
    registers: frozenset[int]
    ordered: bool
    instruction: Instruction


class Landings(tuple[Any, ...]):
    """Several landings of one instruction as one."""

    def __call__(self) -> None:
        for landing in self:
            landing()

    def select(self, waves: Any) -> Landings:
        return Landings(landing.select(waves) for landing in self)

    def parts(self) -> Iterator[Any]:
        """Each landing, those of landings within it too."""
        for landing in self:
            if isinstance(landing, Landings):
                yield from landing.parts()
            else:
                yield landing


# For each counter, vm and lgkm: what is in flight, the oldest first, and whether it has a landing.
Shape = tuple[tuple[tuple[Issued, bool], ...], ...]


class _Flight:
    """One issue of an instruction; it lands once each of its counters has let it go."""

    __slots__ = ("issued", "landing", "left")

    def __init__(self, issued: Issued, landing: Any) -> None:
        self.issued, self.landing, self.left = issued, landing, len(issued.counters)


class Pending:
    """What the waves of one front wait for. True where something is yet to be delivered."""

    def __init__(self) -> None:
        self.queues: dict[str, list[_Flight]] = {"vm": [], "lgkm": []}
        self._registers: set[int] = set()
        self._landings = 0

    @classmethod
    def of(cls, shape: Shape, landing: Callable[[Issued], Any]) -> Pending:
        """What ``shape`` told, with ``landing`` of each that has one, the oldest of each counter first."""
        pending = cls()
        for counter, queue in zip(("vm", "lgkm"), shape, strict=True):
            pending.queues[counter] = [_Flight(issued, landing(issued) if lands else None) for issued, lands in queue]
        pending._registers = set().union(*(issued.registers for queue in shape for issued, _ in queue))
        pending._landings = sum(lands for queue in shape for _, lands in queue)
        return pending

    def shape(self) -> Shape | None:
        """None where an instruction that both counters count is in flight."""
        if any(len(flight.issued.counters) > 1 for flight in self._flights()):
            return None
        return tuple(tuple((f.issued, f.landing is not None) for f in self.queues[name]) for name in ("vm", "lgkm"))

    def __bool__(self) -> bool:
        return bool(self._registers) or self._landings > 0

    def issue(self, issued: Issued, landing: Callable[[], None] | None = None) -> None:
        """Count an instruction; landing is called when it retires.

        Raises Hazard where one of its registers is still awaited, unless from an instruction that retires before it.
        """
        if not self._registers.isdisjoint(issued.registers):
            for flight in self._flights():
                before = flight.issued
                in_order = before.ordered and issued.ordered and before.counters == issued.counters
                if not in_order and not before.registers.isdisjoint(issued.registers):
                    self._complain(flight, min(before.registers & issued.registers), "written")
        flight = _Flight(issued, landing)
        for counter in issued.counters:
            self.queues[counter].append(flight)
        self._registers |= issued.registers
        self._landings += landing is not None
        for counter in issued.counters:
            if len(self.queues[counter]) > MOST[counter]:
                self._retire(counter, MOST[counter])

    def attach(self, landing: Any) -> None:
        """One more landing of the instruction that was issued last, which the LDS unit runs."""
        flight = self.queues["lgkm"][-1]
        self._landings += flight.landing is None
        flight.landing = landing if flight.landing is None else Landings((flight.landing, landing))

    def wait(self, vmcnt: int | None = None, lgkmcnt: int | None = None) -> None:
        """Retire what is certain to be done once no more than this many are in flight."""
        for counter, count in (("vm", vmcnt), ("lgkm", lgkmcnt)):
            if count is not None and count < MOST[counter]:
                self._retire(counter, count)

    def check(self, touched: frozenset[int]) -> None:
        """Raise Hazard where one of these registers is still awaited."""
        if self._registers.isdisjoint(touched):
            return
        for flight in self._flights():
            both = flight.issued.registers & touched
            if both:
                self._complain(flight, min(both), "used")

    def select(self, waves: Any) -> Pending:
        """What the waves at these indices of the front wait for, when they go on as a front of their own."""
        part = Pending()
        twins: dict[int, _Flight] = {}
        for counter, queue in self.queues.items():
            for flight in queue:
                twin = twins.get(id(flight))
                if twin is None:
                    landing = None if flight.landing is None else flight.landing.select(waves)
                    twin = twins[id(flight)] = _Flight(flight.issued, landing)
                    twin.left = flight.left
                    part._landings += landing is not None
                part.queues[counter].append(twin)
        part._registers = set(self._registers)
        return part

    def landings(self) -> Iterator[Any]:
        """The landings of what is in flight, one by one."""
        for flight in self._flights():
            if isinstance(flight.landing, Landings):
                yield from flight.landing.parts()
            elif flight.landing is not None:
                yield flight.landing

    def _retire(self, counter: str, count: int) -> None:
        queue = self.queues[counter]
        done = len(queue) - count
        if done <= 0:
            return
        if count:
            # Any of the unordered may be what is done: only beyond their number the oldest ordered are certain to be.
            done -= sum(not flight.issued.ordered for flight in queue)
        retired: list[_Flight] = []
        kept: list[_Flight] = []
        for flight in queue:
            if len(retired) < done and (not count or flight.issued.ordered):
                retired.append(flight)
            else:
                kept.append(flight)
        if not retired:
            return
        self.queues[counter] = kept
        for flight in retired:
            flight.left -= 1
            if not flight.left and flight.landing is not None:
                flight.landing()
                self._landings -= 1
        self._registers = set().union(*(flight.issued.registers for flight in self._flights()))

    def _flights(self) -> list[_Flight]:
        seen = {id(flight): flight for queue in self.queues.values() for flight in queue}
        return list(seen.values())

    def _complain(self, flight: _Flight, key: int, how: str) -> None:
        waits = []
        for counter in flight.issued.counters:
            queue = self.queues[counter]
            if flight in queue:
                exact = all(other.issued.ordered for other in queue)
                after = len(queue) - queue.index(flight) - 1 if exact else 0
                waits.append(f"{counter}cnt({after})")
        raise Hazard(
            f"{name_of(key)} is {how} while {flight.issued.instruction} has yet to deliver it; needs"
            f" s_waitcnt {' '.join(waits)}"
        )
