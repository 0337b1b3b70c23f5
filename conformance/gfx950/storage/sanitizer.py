"""Do two waves touch the same bytes with nothing that orders them, one of them writing?

Each byte of LDS and of the launch's tensors has a shadow: who wrote and who read it last, and in which interval between
barriers. Waves of one workgroup are ordered by its barriers; waves of different workgroups by nothing, so an
exchange between workgroups through locks or counters in memory is reported although it may be ordered. At a barrier
nothing needs to be waited for: the LDS instructions of a workgroup's waves have one order, and so have their vector
memory instructions (LLVM AMDGPU usage, "Memory Model GFX942"; its fences emit no wait there). But for what a load puts
into LDS and for what one reads from it: unless waited for, it may come after the barrier, and counts for the next
interval too. Stores of other waves overtake such a read (triton-lang/triton #11696, on silicon); its own wave's do not,
since the LDS unit has a wave's instructions in order. Loads straight to LDS are another unit: nothing but a wait orders
them with what their own wave's LDS instructions do to the same bytes (llvm/llvm-project #220288).

Atomics do not race with each other, nor does a load that is the first guess of a compare-and-swap loop. Waves that
write the same values to the same bytes do not race: a value that a layout holds several times may be stored as often.
(A wave that then reads such a byte before a barrier is still reported.) Likewise waves of a workgroup that load a
tensor's byte in one instruction hold one value of one layout several times, and the first of them, whose it is to
store it, stands for all. Lanes of one store that write different values to the same byte race: nothing says which of
them stays.
"""

from __future__ import annotations

import mmap
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Any

import numpy as np

from conformance.gfx950.assembly import Instruction, Kernel
from conformance.gfx950.errors import Race
from conformance.gfx950.storage.global_memory import REGION_BITS, GlobalMemory, Region
from conformance.gfx950.storage.items import Active, Array, raw_of
from conformance.gfx950.wave import Front, renumbered

# Linux's MAP_NORESERVE, which Python's mmap does not name; elsewhere memory is not refused before it is touched.
_NO_RESERVE = 0x4000 if sys.platform == "linux" else 0
_SEVERAL_WAVES, _SEVERAL_GROUPS = 1, 2
_EVENTS = 1 << 16  # for which there is room at the start
Words = Array | None  # what a store stores, None for other accesses


def _untouched(length: int, dtype: type) -> Array:
    """Zeros that take memory where they are written only; no system refuses them for what they might take.

    A tensor whose rows lie far apart spans gigabytes of which a kernel touches a few pages.
    """
    size = length * np.dtype(dtype).itemsize
    if not size:
        return np.zeros(length, dtype)
    kinds = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE} if _NO_RESERVE else {}
    return np.frombuffer(mmap.mmap(-1, size, **kinds), dtype)


# A wave's part of an instruction that touches bytes. wave: its number + 1, 0 for none; epoch: its interval; line: where
# in the text, negative for a read that nobody waited for before a barrier; issue: of LDS, the instruction's number,
# negative for a load straight to LDS; atomic: whether it is one. As core.h has it.
EVENT = np.dtype([(name, np.int32) for name in ("wave", "epoch", "line", "issue", "atomic")])


class Shadow:
    """What is known of each byte: the events that wrote and read it last, 0 for none; which value; whether several
    waves read it."""

    def __init__(self, name: str, length: int) -> None:
        self.name = name
        self.wrote, self.read = (_untouched(length, np.uint32) for _ in range(2))
        self.readers, self.value = (_untouched(length, np.uint8) for _ in range(2))


class _Touch:
    """One instruction's bytes. at: position in the shadow; row: of the front; event, wave, epoch: of that row; int [n].

    issue: the instruction's number among those of LDS, as events have it.
    """

    def __init__(self, f: Front, first: int, epochs: Array, at: Array, row: Array, issue: int) -> None:
        self.f, self.at, self.row, self.issue = f, at, row, issue
        self.event = (first + row).astype(np.uint32)
        self.wave = (f.wave[row] + 1).astype(np.int32)
        self.epoch = epochs[self.wave]

    def part(self, kept: Array) -> _Touch:
        """Some of the bytes, in this order."""
        part = copy(self)
        for name in ("at", "row", "event", "wave", "epoch"):
            setattr(part, name, getattr(self, name)[kept])
        return part


class Unwaited:
    """Bytes of LDS that an instruction may still be on its way to or from; what waits.Pending holds until it retires.

    what: ``load``, ``store``, ``atomic`` or ``copy``; start, row: where each lane's ``width`` bytes are, and in which
    row of the front, whose waves these are; landed: is told when it retires.
    """

    def __init__(
        self, what: str, start: Array, row: Array, width: int, line: int, issue: int, waves: Array,
        landed: Callable[[Array, int], None],
    ) -> None:  # fmt: skip
        self.what, self.start, self.row, self.width, self.line, self.issue = what, start, row, width, line, issue
        self.waves, self.landed = waves, landed

    def __call__(self) -> None:
        """They have arrived."""
        self.landed(self.waves, self.issue)

    def select(self, waves: Array) -> Unwaited:
        part, row = copy(self), renumbered(self.row, waves)
        part.start, part.row, part.waves = self.start[row >= 0], row[row >= 0], self.waves[waves]
        return part


class Sanitizer:
    """One launch's shadow. memory and lds are told each access after it was found legal; both raise Race.

    what: ``load``, ``store`` or ``atomic``, and ``copy`` for what a load stores to LDS; data: uint32 [words, W, 64] of
    a store. guesses: lines of loads as ``first_guesses`` finds them.
    """

    def __init__(self, guesses: frozenset[int] = frozenset(), instructions: Sequence[Instruction] = ()) -> None:
        self.guesses = guesses
        self._instructions = instructions  # of the kernel, to be named; others are known once they have touched memory
        self._lines: dict[int, str] = {}
        # What the compiled core has too (core/watching.py). version: changes where one of these is another array.
        self.version = 0
        self.events = np.zeros(_EVENTS, EVENT)
        self.counts = np.array([1, 0])  # events, event 0 being none, and instructions on LDS
        self.epochs = np.zeros(1, np.int32)  # by wave + 1: barriers that the wave has passed
        self.groups = np.zeros(1, np.int32)  # by wave + 1: the workgroup's number in the launch
        self.landed = np.zeros((2, 1), np.int32)  # by wave + 1: the last issue that retired, of LDS's, of the copies
        self.local = Shadow("LDS", 0)
        self._chunk: Any = None
        self._groups_before = 0
        self._memory: GlobalMemory | None = None
        self._shadows: dict[int, tuple[Shadow, int]] = {}

    def barrier(self, fronts: Iterable[Front]) -> None:
        """All waves of these fronts have come to their barrier and go on."""
        for f in fronts:
            self.enter(f)
            if f.flight is not None and f.flight.state is not None:  # the compiled core knows what is unwaited
                f.flight.barrier()
                continue
            self.epochs[f.wave + 1] += 1
            for landing in f.pending.landings():
                if isinstance(landing, Unwaited):
                    self._extend(f, landing)

    def memory(
        self, f: Front, instruction: Instruction, what: str, address: Array, active: Active, width: int, data: Words
    ) -> None:
        """address: uint64 [W, n]"""
        self.enter(f)
        self.shadows(f.chunk.memory)
        lanes = np.arange(address.size) if active is None else np.flatnonzero(active)
        where = address.ravel()[lanes]
        numbers = where >> np.uint64(REGION_BITS)
        for number in np.unique(numbers):
            if int(number) not in self._shadows:
                continue  # the kernarg segment
            chosen = np.flatnonzero(numbers == number)
            shadow, first = self._shadows[int(number)]
            at = (where[chosen] - np.uint64(f.chunk.memory.regions[int(number)].start)).view(np.int64) + first
            row = lanes[chosen] // address.shape[1]
            self._touch(f, instruction, what, shadow, at, row, width, _bytes(data, lanes[chosen], width))

    def lds(
        self, f: Front, instruction: Instruction, what: str, offset: Array, active: Active, width: int, data: Words
    ) -> Unwaited | None:
        """offset: integers [W, 64]. Returns what has to be kept until it is waited for."""
        self.enter(f)
        self.counts[1] += 1
        lanes = np.arange(offset.size) if active is None else np.flatnonzero(active)
        row = lanes // offset.shape[1]
        at = offset.ravel()[lanes].astype(np.int64) + f.workgroup[row] * f.chunk.lds.stride
        return self._touch(f, instruction, what, self.local, at, row, width, _bytes(data, lanes, width))

    # What is where

    def enter(self, f: Front) -> None:
        """Know the front's waves, and start a new LDS where its chunk is a new one."""
        if f.chunk is not self._chunk:
            self._groups_before = int(self.groups.max()) + 1
            self._chunk, self.local = f.chunk, Shadow("LDS", len(f.chunk.lds.items.data))
            self.version += 1
        most = int(f.wave.max(initial=0)) + 2
        if len(self.epochs) < most:
            more = np.zeros(max(most, 2 * len(self.epochs)) - len(self.epochs), np.int32)
            self.epochs, self.groups = (np.concatenate([known, more]) for known in (self.epochs, self.groups))
            self.landed = np.stack([np.concatenate([known, more]) for known in self.landed])
            self.version += 1
        self.groups[f.wave + 1] = f.workgroup + self._groups_before

    def make_room(self, events: int) -> None:
        """For so many more."""
        if self.counts[0] + events > len(self.events):
            self.events = np.concatenate([self.events, np.zeros(max(events, len(self.events)), EVENT)])
            self.version += 1

    def shadows(self, memory: GlobalMemory) -> dict[int, tuple[Shadow, int]]:
        """By the region's number, where its bytes begin in the shadow of their stretch of real memory, which several
        tensors may be views of."""
        if memory is self._memory:
            return self._shadows
        self._memory, self._shadows = memory, {}
        tensors = sorted(((n, r) for n, r in memory.regions.items() if r.is_tensor), key=lambda pair: pair[1].host)
        stretch: list[tuple[int, Region]] = []
        stop = 0
        for number, region in tensors:
            if stretch and region.host >= stop:
                self._share(stretch, stop)
                stretch = []
            stretch.append((number, region))
            stop = max(stop, region.host + region.size)
        if stretch:
            self._share(stretch, stop)
        return self._shadows

    def _share(self, stretch: list[tuple[int, Region]], stop: int) -> None:
        start = stretch[0][1].host
        shadow = Shadow(" or ".join(region.span.name for _, region in stretch), stop - start)
        for number, region in stretch:
            self._shadows[number] = shadow, region.host - start

    # The rules

    def _touch(
        self,
        f: Front,
        instruction: Instruction,
        what: str,
        shadow: Shadow,
        start: Array,
        row: Array,
        width: int,
        data: Words,
    ) -> Unwaited | None:
        issues = int(self.counts[1])
        issue = 0 if shadow is not self.local else -issues if what == "copy" else issues
        touch = self._touched(f, start, row, width, instruction.line, issue, what == "atomic")
        self._lines[instruction.line] = str(instruction)
        self._judge(instruction, what, shadow, touch, data)
        return self.unwaited(what, start, row, width, instruction.line, issue, f.wave) if issue else None

    def _touched(
        self, f: Front, start: Array, row: Array, width: int, line: int, issue: int, atomic: bool = False
    ) -> _Touch:
        """These lanes' bytes, and an event for each of the front's waves."""
        self.make_room(f.waves)
        first = int(self.counts[0])
        self.counts[0] += f.waves
        events = self.events[first : first + f.waves]
        events["wave"], events["epoch"] = f.wave + 1, self.epochs[f.wave + 1]
        events["line"], events["issue"], events["atomic"] = line, issue, atomic
        at = (start[:, None] + np.arange(width)).ravel()
        return _Touch(f, first, self.epochs, at, np.repeat(row, width), issue)

    def unwaited(
        self, what: str, start: Array, row: Array, width: int, line: int, issue: int, waves: Array
    ) -> Unwaited:
        """What an instruction on LDS leaves behind."""
        return Unwaited(what, start, row, width, line, issue, waves, self._land)

    def _judge(self, instruction: Instruction, what: str, shadow: Shadow, touch: _Touch, data: Words) -> None:
        """Race where another access is not ordered with this one, which is then remembered."""
        atomic = self.events["atomic"][shadow.wrote[touch.at]] != 0
        if what == "load":
            guess = instruction.line in self.guesses
            self._against_writer(shadow, touch, "loads", ~atomic | (not guess))
            if shadow is self.local:
                self._note_readers(shadow, touch)
            elif not guess:
                self._note_readers(shadow, self._first_of_each_group(touch))
            return
        if touch.issue:
            self._against_other_unit(shadow, touch)
        if what == "atomic":
            self._against_writer(shadow, touch, "changes", ~atomic)
            self._against_readers(shadow, touch, "changes")
            self._note_writer(shadow, touch, None)
            return
        values = np.zeros(0, np.uint8) if data is None else data
        self._against_writer(shadow, touch, "stores", atomic | (shadow.value[touch.at] != values))
        self._against_readers(shadow, touch, "stores")
        self._note_writer(shadow, touch, values)

    def _land(self, waves: Array, issue: int) -> None:
        """An instruction of these waves has retired, and so have those of its unit before it."""
        self.landed[int(issue < 0), waves + 1] = abs(issue)

    def _extend(self, f: Front, unwaited: Unwaited) -> None:
        """Count the bytes for their waves' current interval; those of a copy unless someone else wrote them since."""
        bytes_of = unwaited.start, unwaited.row, unwaited.width
        if unwaited.what == "load":
            self._note_readers(self.local, self._touched(f, *bytes_of, -unwaited.line, unwaited.issue))
        if unwaited.what != "copy":
            return
        touch = self._touched(f, *bytes_of, unwaited.line, unwaited.issue)
        own = self.events["wave"][self.local.wrote[touch.at]] == touch.wave
        self.local.wrote[touch.at[own]] = touch.event[own]

    def _unordered(self, touch: _Touch, other: Array) -> Array:
        """Where another wave's access (an event) is ordered with this one by nothing."""
        wave = self.events["wave"][other]
        foreign = self.groups[wave] != self.groups[touch.wave]
        later = self.events["epoch"][other] >= touch.epoch
        return (wave != 0) & (wave != touch.wave) & (foreign | later)

    def _against_writer(self, shadow: Shadow, touch: _Touch, verb: str, matters: Array) -> None:
        wrote = shadow.wrote[touch.at]
        bad = matters & self._unordered(touch, wrote)
        if bad.any():
            self._complain(shadow, touch, bad, verb, "wrote", wrote)

    def _against_readers(self, shadow: Shadow, touch: _Touch, verb: str) -> None:
        read, readers = shadow.read[touch.at], shadow.readers[touch.at]
        bad = self._unordered(touch, read) | (readers == _SEVERAL_GROUPS)
        bad |= (readers == _SEVERAL_WAVES) & (self.events["epoch"][read] >= touch.epoch)
        if bad.any():
            self._complain(shadow, touch, bad, verb, "read", read)

    def _against_other_unit(self, shadow: Shadow, touch: _Touch) -> None:
        """A load straight to LDS against what its own wave's LDS instructions have yet to do there, or one of these
        against such a load. Of a store, a barrier lets others see that it was done: only reads outlast it."""
        at, lds, copies = touch.at, *self.landed
        wrote, reads = self.events[shadow.wrote[at]], self.events[shadow.read[at]]
        written = wrote["wave"] == touch.wave
        if touch.issue > 0:
            bad, read = written & (-wrote["issue"] > copies[touch.wave]), np.zeros(len(at), bool)
        else:
            read = (reads["wave"] == touch.wave) & (reads["issue"] > lds[touch.wave])
            written &= wrote["epoch"] == touch.epoch
            bad = read | (written & (wrote["issue"] > lds[touch.wave]))
        if not bad.any():
            return
        i = int(bad.argmax())
        did, line = ("reads", reads["line"][i]) if read[i] else ("writes", wrote["line"][i])
        wave, counter = int(touch.wave[i]) - 1, "vmcnt" if touch.issue > 0 else "lgkmcnt"
        own = f"its own {self._said(line)} {did}"
        raise Race(
            f"wave {wave} stores {self._where(shadow, touch, i)}, which {own}, for which no s_waitcnt {counter} has"
            f" waited; one of them is a load straight to LDS, which another unit does; {int(bad.sum())} bytes"
        )

    def _said(self, line: int) -> str:
        """The instruction of an event's line."""
        number = abs(int(line))
        known = (str(one) for one in self._instructions if one.line == number)
        return self._lines[number] if number in self._lines else next(known)

    def _where(self, shadow: Shadow, touch: _Touch, i: int) -> str:
        """Which byte it is, in words."""
        if shadow is not self.local:
            return f"byte {int(touch.at[i])} of {shadow.name}"
        f, group = touch.f, int(touch.f.workgroup[touch.row[i]])
        return f"LDS offset {int(touch.at[i]) - group * f.chunk.lds.stride}"

    def _note_writer(self, shadow: Shadow, touch: _Touch, values: Words) -> None:
        """Remember who wrote; lanes that meet on a byte in this very instruction race unless they agree."""
        shadow.wrote[touch.at] = touch.event
        if values is None:
            return
        shadow.value[touch.at] = values
        bad = shadow.value[touch.at] != values
        if bad.any():
            self._complain(shadow, touch, bad, "stores", "wrote", shadow.wrote[touch.at])

    def _first_of_each_group(self, touch: _Touch) -> _Touch:
        """Of the waves of a workgroup that meet on a byte only the first."""
        order = np.lexsort((touch.wave, touch.at))
        at, group = touch.at[order], self.groups[touch.wave[order]]
        first = np.ones(len(order), bool)
        first[1:] = (at[1:] != at[:-1]) | (group[1:] != group[:-1])
        return touch.part(order[first])

    def _note_readers(self, shadow: Shadow, touch: _Touch) -> None:
        at, wave = touch.at, touch.wave
        read, readers = shadow.read[at], shadow.readers[at]
        before = self.events["wave"][read]
        foreign = (before != 0) & (self.groups[before] != self.groups[wave])
        together = (self.events["epoch"][read] == touch.epoch) & (before != 0)
        kept = np.where(together, np.maximum(readers, before != wave), 0)
        shadow.readers[at] = np.where(foreign | (readers == _SEVERAL_GROUPS), _SEVERAL_GROUPS, kept)
        shadow.read[at] = touch.event
        # Waves that read a byte in this very instruction: one is remembered, and that there are others.
        other = self.events["wave"][shadow.read[at]]
        met = other != wave
        shadow.readers[at[met]] = np.maximum(shadow.readers[at[met]], _SEVERAL_WAVES)
        shadow.readers[at[met & (self.groups[other] != self.groups[wave])]] = _SEVERAL_GROUPS

    def _complain(self, shadow: Shadow, touch: _Touch, bad: Array, verb: str, did: str, other: Array) -> None:
        """other: the events that it is about."""
        i = int(bad.argmax())
        f, row, where = touch.f, int(touch.row[i]), self._where(shadow, touch, i)
        by, line = int(self.events["wave"][other[i]]), int(self.events["line"][other[i]])
        if by == touch.wave[i] and did == "wrote":
            raise Race(
                f"lanes of wave {int(f.wave[row])} store different values to {where} in one instruction;"
                f" {int(bad.sum())} bytes"
            )
        who = "another wave" if by == touch.wave[i] else f"wave {by - 1}"
        apart = self.groups[by] != self.groups[touch.wave[i]] or by == touch.wave[i]
        between = " between, since its wait stands after it" if line < 0 else " between"
        raise Race(
            f"wave {int(f.wave[row])} {verb} {where}, which {who} {did} at {self._said(line)} with no barrier"
            f"{between}{' (they may be of different workgroups)' if apart else ''}; {int(bad.sum())} bytes"
        )


def first_guesses(kernel: Kernel) -> frozenset[int]:
    """Lines of the loads from the very place of a compare-and-swap, which finds out whether they were up to date.

    So LLVM writes an atomic operation that the hardware lacks, such as one on a single FP16.
    """
    swaps = set()
    for one in kernel.instructions:
        if _SWAP.match(one.mnemonic):
            returned = int("sc0" in one.modifiers)
            swaps.add(_place(one, returned, returned + 2))
    loads = (one for one in kernel.instructions if _LOAD.match(one.mnemonic))
    return frozenset(one.line for one in loads if _place(one, 1, 2) in swaps)


_SWAP, _LOAD = (re.compile(r"(global|buffer|flat)_atomic_cmpswap"), re.compile(r"(global|buffer|flat)_load_dword"))


def _place(instruction: Instruction, vector: int, others: int) -> tuple[Any, ...]:
    """Where a vector memory instruction accesses, by its operands from these on."""
    operands = instruction.operands
    return (operands[vector : vector + 1], operands[others:], instruction.modifiers.get("offset", 0))


def _bytes(data: Words, lanes: Array, width: int) -> Words:
    """The bytes that these lanes (flat indices) store, one lane after the other."""
    if data is None:
        return None
    return raw_of(data.reshape(len(data), -1)[:, lanes], width).view(np.uint8).ravel()
