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
from collections.abc import Callable, Iterable
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


class _Shadow:
    """What is known of each byte. Waves are numbers + 1, 0 for none; line: where in the text it was touched, negative
    for a read that nobody waited for before a barrier."""

    def __init__(self, name: str, length: int) -> None:
        self.name = name
        self.writer, self.written, self.write_line = (_untouched(length, np.int32) for _ in range(3))
        self.reader, self.read, self.read_line = (_untouched(length, np.int32) for _ in range(3))
        # Of LDS, the number of the instruction that did it, negative for a load straight to LDS.
        self.write_issue, self.read_issue = (_untouched(length, np.int32) for _ in range(2))
        self.readers, self.value = _untouched(length, np.uint8), _untouched(length, np.uint8)
        self.atomic = _untouched(length, bool)


class _Touch:
    """One instruction's bytes. at: position in the shadow; row: of the front; wave, epoch: of that row; all int [n].

    issue: the instruction's number among those of LDS, as the shadow has it.
    """

    def __init__(self, f: Front, epochs: Array, at: Array, row: Array, line: int, issue: int) -> None:
        self.f, self.at, self.row, self.line, self.issue = f, at, row, line, issue
        self.wave = (f.wave[row] + 1).astype(np.int32)
        self.epoch = epochs[self.wave]


class Unwaited:
    """Bytes of LDS that an instruction may still be on its way to or from; what waits.Pending holds until it retires.

    what: ``load``, ``store``, ``atomic`` or ``copy``; waves: of the front that issued it; landed: is told when it
    retires.
    """

    def __init__(self, shadow: _Shadow, touch: _Touch, what: str, landed: Callable[[Array, int], None]) -> None:
        self.shadow, self.what, self.landed = shadow, what, landed
        self.at, self.row, self.line, self.issue, self.waves = (
            touch.at,
            touch.row,
            touch.line,
            touch.issue,
            touch.f.wave,
        )

    def __call__(self) -> None:
        """They have arrived."""
        self.landed(self.waves, self.issue)

    def select(self, waves: Array) -> Unwaited:
        part, row = copy(self), renumbered(self.row, waves)
        part.at, part.row, part.waves = self.at[row >= 0], row[row >= 0], self.waves[waves]
        return part


class Sanitizer:
    """One launch's shadow. memory and lds are told each access after it was found legal; both raise Race.

    what: ``load``, ``store`` or ``atomic``, and ``copy`` for what a load stores to LDS; data: uint32 [words, W, 64] of
    a store. guesses: lines of loads as ``first_guesses`` finds them.
    """

    def __init__(self, guesses: frozenset[int] = frozenset()) -> None:
        self._guesses = guesses
        self._epochs = np.zeros(1, np.int32)  # by wave + 1: barriers that the wave has passed
        self._groups = np.zeros(1, np.int32)  # by wave + 1: the workgroup's number in the launch
        self._issues = 0  # instructions on LDS
        self._landed = np.zeros((2, 1), np.int32)  # by wave + 1: the last issue that retired, of LDS's, of the copies
        self._chunk: Any = None
        self._groups_before = 0
        self._lds = _Shadow("LDS", 0)
        self._memory: GlobalMemory | None = None
        self._shadows: dict[int, tuple[_Shadow, int]] = {}
        self._lines: dict[int, str] = {}

    def barrier(self, fronts: Iterable[Front]) -> None:
        """All waves of these fronts have come to their barrier and go on."""
        for f in fronts:
            self._enter(f)
            self._epochs[f.wave + 1] += 1
            for landing in f.pending.landings():
                if isinstance(landing, Unwaited):
                    self._extend(f, landing)

    def memory(
        self, f: Front, instruction: Instruction, what: str, address: Array, active: Active, width: int, data: Words
    ) -> None:
        """address: uint64 [W, n]"""
        self._enter(f)
        self._know(f.chunk.memory)
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
        self._enter(f)
        self._issues += 1
        lanes = np.arange(offset.size) if active is None else np.flatnonzero(active)
        row = lanes // offset.shape[1]
        at = offset.ravel()[lanes].astype(np.int64) + f.workgroup[row] * f.chunk.lds.stride
        return self._touch(f, instruction, what, self._lds, at, row, width, _bytes(data, lanes, width))

    # What is where

    def _enter(self, f: Front) -> None:
        """Know the front's waves, and start a new LDS where its chunk is a new one."""
        if f.chunk is not self._chunk:
            self._groups_before = int(self._groups.max()) + 1
            self._chunk, self._lds = f.chunk, _Shadow("LDS", len(f.chunk.lds.items.data))
        most = int(f.wave.max(initial=0)) + 2
        if len(self._epochs) < most:
            grown = max(most, 2 * len(self._epochs))
            more = np.zeros(grown - len(self._epochs), np.int32)
            self._epochs, self._groups = (np.concatenate([known, more]) for known in (self._epochs, self._groups))
            self._landed = np.stack([np.concatenate([known, more]) for known in self._landed])
        self._groups[f.wave + 1] = f.workgroup + self._groups_before

    def _know(self, memory: GlobalMemory) -> None:
        """One shadow for each stretch of real memory, which several tensors may be views of."""
        if memory is self._memory:
            return
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

    def _share(self, stretch: list[tuple[int, Region]], stop: int) -> None:
        start = stretch[0][1].host
        shadow = _Shadow(" or ".join(region.span.name for _, region in stretch), stop - start)
        for number, region in stretch:
            self._shadows[number] = shadow, region.host - start

    # The rules

    def _touch(
        self,
        f: Front,
        instruction: Instruction,
        what: str,
        shadow: _Shadow,
        start: Array,
        row: Array,
        width: int,
        data: Words,
    ) -> Unwaited | None:
        at = (start[:, None] + np.arange(width)).ravel()
        issue = 0 if shadow is not self._lds else -self._issues if what == "copy" else self._issues
        touch = _Touch(f, self._epochs, at, np.repeat(row, width), instruction.line, issue)
        self._lines[instruction.line] = str(instruction)
        self._judge(instruction, what, shadow, touch, data)
        return Unwaited(shadow, touch, what, self._land) if issue else None

    def _judge(self, instruction: Instruction, what: str, shadow: _Shadow, touch: _Touch, data: Words) -> None:
        """Race where another access is not ordered with this one, which is then remembered."""
        at = touch.at
        if what == "load":
            guess = instruction.line in self._guesses
            self._against_writer(shadow, touch, "loads", ~shadow.atomic[at] | (not guess))
            if shadow is self._lds:
                self._note_readers(shadow, touch)
            elif not guess:
                self._note_readers(shadow, self._first_of_each_group(touch))
            return
        if touch.issue:
            self._against_other_unit(shadow, touch)
        if what == "atomic":
            self._against_writer(shadow, touch, "changes", ~shadow.atomic[at])
            self._against_readers(shadow, touch, "changes")
            self._note_writer(shadow, touch, None)
            return
        values = np.zeros(0, np.uint8) if data is None else data
        self._against_writer(shadow, touch, "stores", shadow.atomic[at] | (shadow.value[at] != values))
        self._against_readers(shadow, touch, "stores")
        self._note_writer(shadow, touch, values)

    def _land(self, waves: Array, issue: int) -> None:
        """An instruction of these waves has retired, and so have those of its unit before it."""
        self._landed[int(issue < 0), waves + 1] = abs(issue)

    def _extend(self, f: Front, unwaited: Unwaited) -> None:
        """Count the bytes for their waves' current interval; those of a copy unless someone else wrote them since."""
        shadow, at = unwaited.shadow, unwaited.at
        if unwaited.what == "load":
            touch = _Touch(f, self._epochs, at, unwaited.row, -unwaited.line, unwaited.issue)
            self._note_readers(shadow, touch)
        if unwaited.what != "copy":
            return
        wave = (f.wave[unwaited.row] + 1).astype(np.int32)
        own = shadow.writer[at] == wave
        shadow.written[at[own]] = self._epochs[wave[own]]

    def _unordered(self, touch: _Touch, other: Array, epoch: Array) -> Array:
        """Where another wave's access (wave + 1, its interval) is ordered with this one by nothing."""
        foreign = self._groups[other] != self._groups[touch.wave]
        return (other != 0) & (other != touch.wave) & (foreign | (epoch >= touch.epoch))

    def _against_writer(self, shadow: _Shadow, touch: _Touch, verb: str, matters: Array) -> None:
        writer = shadow.writer[touch.at]
        bad = matters & self._unordered(touch, writer, shadow.written[touch.at])
        if bad.any():
            self._complain(shadow, touch, bad, verb, "wrote", writer, shadow.write_line[touch.at])

    def _against_readers(self, shadow: _Shadow, touch: _Touch, verb: str) -> None:
        at = touch.at
        reader, readers = shadow.reader[at], shadow.readers[at]
        bad = self._unordered(touch, reader, shadow.read[at]) | (readers == _SEVERAL_GROUPS)
        bad |= (readers == _SEVERAL_WAVES) & (shadow.read[at] >= touch.epoch)
        if bad.any():
            self._complain(shadow, touch, bad, verb, "read", reader, shadow.read_line[at])

    def _against_other_unit(self, shadow: _Shadow, touch: _Touch) -> None:
        """A load straight to LDS against what its own wave's LDS instructions have yet to do there, or one of these
        against such a load. Of a store, a barrier lets others see that it was done: only reads outlast it."""
        at, lds, copies = touch.at, *self._landed
        written = shadow.writer[at] == touch.wave
        if touch.issue > 0:
            bad, read = written & (-shadow.write_issue[at] > copies[touch.wave]), np.zeros(len(at), bool)
        else:
            read = (shadow.reader[at] == touch.wave) & (shadow.read_issue[at] > lds[touch.wave])
            written &= shadow.written[at] == touch.epoch
            bad = read | (written & (shadow.write_issue[at] > lds[touch.wave]))
        if not bad.any():
            return
        i = int(bad.argmax())
        did, line = ("reads", shadow.read_line[at[i]]) if read[i] else ("writes", shadow.write_line[at[i]])
        wave, counter = int(touch.wave[i]) - 1, "vmcnt" if touch.issue > 0 else "lgkmcnt"
        own = f"its own {self._lines[abs(int(line))]} {did}"
        raise Race(
            f"wave {wave} stores {self._where(shadow, touch, i)}, which {own}, for which no s_waitcnt {counter} has"
            f" waited; one of them is a load straight to LDS, which another unit does; {int(bad.sum())} bytes"
        )

    def _where(self, shadow: _Shadow, touch: _Touch, i: int) -> str:
        """Which byte it is, in words."""
        if shadow is not self._lds:
            return f"byte {int(touch.at[i])} of {shadow.name}"
        f, group = touch.f, int(touch.f.workgroup[touch.row[i]])
        return f"LDS offset {int(touch.at[i]) - group * f.chunk.lds.stride}"

    def _note_writer(self, shadow: _Shadow, touch: _Touch, values: Words) -> None:
        """Remember who wrote; lanes that meet on a byte in this very instruction race unless they agree."""
        at = touch.at
        shadow.writer[at], shadow.written[at] = touch.wave, touch.epoch
        shadow.write_line[at], shadow.atomic[at] = touch.line, values is None
        shadow.write_issue[at] = touch.issue
        if values is None:
            return
        shadow.value[at] = values
        bad = shadow.value[at] != values
        if bad.any():
            self._complain(shadow, touch, bad, "stores", "wrote", shadow.writer[at], shadow.write_line[at])

    def _first_of_each_group(self, touch: _Touch) -> _Touch:
        """Of the waves of a workgroup that meet on a byte only the first."""
        order = np.lexsort((touch.wave, touch.at))
        at, group = touch.at[order], self._groups[touch.wave[order]]
        first = np.ones(len(order), bool)
        first[1:] = (at[1:] != at[:-1]) | (group[1:] != group[:-1])
        kept = order[first]
        return _Touch(touch.f, self._epochs, touch.at[kept], touch.row[kept], touch.line, touch.issue)

    def _note_readers(self, shadow: _Shadow, touch: _Touch) -> None:
        at, wave = touch.at, touch.wave
        before, readers = shadow.reader[at], shadow.readers[at]
        foreign = (before != 0) & (self._groups[before] != self._groups[wave])
        together = (shadow.read[at] == touch.epoch) & (before != 0)
        kept = np.where(together, np.maximum(readers, before != wave), 0)
        shadow.readers[at] = np.where(foreign | (readers == _SEVERAL_GROUPS), _SEVERAL_GROUPS, kept)
        shadow.reader[at], shadow.read[at] = wave, touch.epoch
        shadow.read_line[at], shadow.read_issue[at] = touch.line, touch.issue
        # Waves that read a byte in this very instruction: one is remembered, and that there are others.
        other = shadow.reader[at]
        met = other != wave
        shadow.readers[at[met]] = np.maximum(shadow.readers[at[met]], _SEVERAL_WAVES)
        shadow.readers[at[met & (self._groups[other] != self._groups[wave])]] = _SEVERAL_GROUPS

    def _complain(
        self, shadow: _Shadow, touch: _Touch, bad: Array, verb: str, did: str, other: Array, line: Array
    ) -> None:
        i = int(bad.argmax())
        f, row, where = touch.f, int(touch.row[i]), self._where(shadow, touch, i)
        by = int(other[i])
        if by == touch.wave[i] and did == "wrote":
            raise Race(
                f"lanes of wave {int(f.wave[row])} store different values to {where} in one instruction;"
                f" {int(bad.sum())} bytes"
            )
        who = "another wave" if by == touch.wave[i] else f"wave {by - 1}"
        apart = self._groups[by] != self._groups[touch.wave[i]] or by == touch.wave[i]
        there = int(line[i])
        between = " between, since its wait stands after it" if there < 0 else " between"
        raise Race(
            f"wave {int(f.wave[row])} {verb} {where}, which {who} {did} at {self._lines[abs(there)]} with no barrier"
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
