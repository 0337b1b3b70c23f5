"""What do waits and loads do to what is in flight, as far as a block's code alone decides it? Worked out once.

Which instruction touches a register that a load has yet to deliver, and which one finds a load to LDS delivered,
follows from the instructions and from what was in flight before them, not from any value. So the core is told, and
waits.py stays the one place that knows.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.gfx950 import binding
from conformance.gfx950.assembly import Instruction
from conformance.gfx950.binding import Bound
from conformance.gfx950.core import watching
from conformance.gfx950.core.encode import record
from conformance.gfx950.core.layout import NEAREST, Access, Ending, Kind, Record, Space, Stretch
from conformance.gfx950.core.library import Library
from conformance.gfx950.errors import Hazard
from conformance.gfx950.instructions.matrix import MATRIX
from conformance.gfx950.storage import accesses
from conformance.gfx950.storage.waits import Issued, Pending, Shape

_MOST_SPAN = 0xFFFF
_ALONE = (Kind.NOTHING, Kind.SCALAR, Kind.VECTOR, Kind.LANE, Kind.MATRIX)


@dataclass(frozen=True, eq=False)
class State:
    """What is in flight. One object for each, so that plans are found by it."""

    shape: Shape


_states: dict[tuple[tuple[tuple[int, bool], ...], ...], State] = {}


def state_of(pending: Pending) -> State | None:
    """None where an instruction of two counters is in flight, which no plan knows."""
    shape = pending.shape()
    if shape is None:
        return None
    key = tuple(tuple((id(issued), lands) for issued, lands in queue) for queue in shape)
    return _states.setdefault(key, State(shape))


@dataclass(frozen=True, eq=False)
class RunPlan:
    """The core may run a block's instructions from ``at`` up to ``stop``, with ``state`` in flight, then ``exit``.

    step: as the core sees it; leads: where the block's waves go, by whether they branch. landings: for each instruction
    how many loads to LDS it finds delivered, and where races are looked for how many on LDS retired
    (watching.LDS_RETIRED).
    """

    code: Code
    at: int
    stop: int
    state: State
    exit: State
    step: Stretch
    leads: tuple[int, int]
    landings: ctypes.Array[ctypes.c_int32]

    @property
    def address(self) -> int:
        return ctypes.addressof(self.step)


Effect = Callable[[Pending, Callable[[Issued], Callable[[], None]]], None]


class Straight(Protocol):
    """A block, as program.Block is."""

    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def bound(self) -> Sequence[Bound]: ...
    @property
    def ending(self) -> Instruction | None: ...
    @property
    def target(self) -> int: ...


class Code:
    """The records of a block's instructions, and the plans made of them so far.

    guesses: where races are looked for, lines as the sanitizer has them. numpy_adds: whether matrix instructions are
    NumPy's.
    """

    def __init__(
        self, block: Straight, library: Library, guesses: frozenset[int] | None = None, numpy_adds: bool = False
    ) -> None:
        made = [
            None
            if one.indexed or (numpy_adds and one.instruction.mnemonic in MATRIX)
            else record(one.instruction, library)
            for one in block.bound
        ]
        self.block, self.known = block, [one is not None for one in made]
        self.records = (Record * len(made))(*[one or Record() for one in made])
        _set_spans(self.records)
        for one, into in zip(block.bound, self.records, strict=True):
            line = one.instruction.line
            into.memory.line, into.memory.guess = line, guesses is not None and line in guesses
        watched = guesses is not None
        self.effects = [_effect(one, into, watched) for one, into in zip(block.bound, self.records, strict=True)]
        self._plans: dict[tuple[int, State, int], RunPlan] = {}

    def plan(self, at: int, state: State, limit: int) -> RunPlan:
        """From instruction ``at`` on, with this in flight, at most to ``limit``."""
        known = self._plans.get((at, state, limit))
        if known is None:
            known = self._plans.setdefault((at, state, limit), self._made(at, state, limit))
        return known

    def _made(self, at: int, state: State, limit: int) -> RunPlan:
        bound = self.block.bound
        landed = [0] * len(bound)
        now = at

        def landing(issued: Issued) -> Callable[[], None]:
            def land() -> None:
                landed[now] += watching.retired_by(issued)

            return land

        pending = Pending.of(state.shape, landing)
        exit_state = state
        for now in range(at, limit + 1):
            found = state_of(pending)
            if found is None:
                raise RuntimeError("an instruction of two counters has a record")
            exit_state = found
            if now == limit or not self.known[now]:
                break
            try:
                pending.check(bound[now].touched)
                self.effects[now](pending, landing)
            except Hazard:
                landed[now] = 0
                break
        return self._planned(at, now, state, exit_state, landed)

    def _planned(self, at: int, stop: int, state: State, exit_state: State, landed: list[int]) -> RunPlan:
        block, landings = self.block, (ctypes.c_int32 * len(landed))(*landed)
        ending = _ending(block) if stop == len(block.bound) else Ending.LEAVES
        step = Stretch(at=at, stop=stop, start=block.start, size=block.stop - block.start, ending=ending)
        step.records, step.landings = ctypes.addressof(self.records), ctypes.addressof(landings)
        return RunPlan(self, at, stop, state, exit_state, step, (block.stop, block.target), landings)


def _ending(block: Straight) -> Ending:
    """What C does where a block ends."""
    if block.ending is None:
        return Ending.FALLS
    name = block.ending.mnemonic.removeprefix("s_cbranch_").removeprefix("s_").upper()
    return Ending.ALWAYS if name == "BRANCH" else Ending.__members__.get(name, Ending.LEAVES)


def _set_spans(records: ctypes.Array[Record]) -> None:
    """How many records from each one on concern one wave alone."""
    span = 0
    for made in reversed(records):
        alone = made.kind in _ALONE
        span = min(span + 1, _MOST_SPAN) if alone and not made.flags & NEAREST else 0
        made.span = max(span, 1)


def _effect(bound: Bound, made: Record, watched: bool) -> Effect:
    """watched: whether instructions on LDS land too, of which a race search wants to know when they have retired."""
    if made.kind == Kind.WAIT:
        vm, lgkm = binding.wait_counts(bound.instruction)
        return lambda pending, landing: pending.wait(vm, lgkm)
    if made.kind == Kind.MEMORY:
        issued, to_lds = accesses.issued_by(bound.instruction)
        if to_lds != (made.memory.access == Access.LOAD_TO_LDS):
            raise RuntimeError(f"{bound.instruction} is not what its record says")
        seen = watched and made.memory.space == Space.LOCAL and made.memory.access != Access.PULL
        lands = to_lds or seen
        return lambda pending, landing: pending.issue(issued, landing(issued) if lands else None)
    return lambda pending, landing: None
