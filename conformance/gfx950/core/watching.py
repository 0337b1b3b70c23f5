"""What has the compiled core of a race search? The sanitizer's arrays where they are; of a front, what is unwaited."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from conformance.gfx950.assembly import Instruction
from conformance.gfx950.core.layout import LANES, RING, Deliveries, ShadowRecord, Watch
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.storage.sanitizer import Sanitizer, Shadow, Unwaited
from conformance.gfx950.storage.waits import Issued
from conformance.gfx950.wave import lanes_of, mask_of

_LDS_TWICE = re.compile(r"ds_(read|write)2")
LDS_RETIRED = 1 << 16  # in what an instruction finds landed: one part of an instruction on LDS; 1 is a load to LDS


def parts(instruction: Instruction) -> int:
    """How often an instruction on LDS is shown to the sanitizer."""
    return 2 if _LDS_TWICE.match(instruction.mnemonic) else 1


def retired_by(issued: Issued) -> int:
    """What the landing of an instruction adds to what is found landed."""
    return 1 if "vm" in issued.counters else LDS_RETIRED * parts(issued.instruction)


def shadows_of(sanitizer: Sanitizer, memory: GlobalMemory) -> list[tuple[ShadowRecord, bool]]:
    """Of each of the memory's regions, and whether it shares real memory with another one."""
    known = sanitizer.shadows(memory)
    users = [id(shadow) for shadow, _ in known.values()]
    found = []
    for number, region in memory.regions.items():
        shadow, first = known.get(number, (None, 0))
        made = ShadowRecord() if shadow is None else _record(shadow, first - region.slack)
        found.append((made, users.count(id(shadow)) > 1))
    return found


def _record(shadow: Shadow, first: int) -> ShadowRecord:
    arrays = shadow.wrote, shadow.read, shadow.readers, shadow.value
    return ShadowRecord(*(array.ctypes.data + first * array.itemsize for array in arrays))


class Watching:
    """record: of one launch's race search, as the core has it."""

    def __init__(self, sanitizer: Sanitizer) -> None:
        self.sanitizer, self.record, self._version = sanitizer, Watch(), -1

    def refresh(self) -> None:
        """Where the sanitizer's arrays are now."""
        known = self.sanitizer
        if self._version == known.version:
            return
        self._version, record = known.version, self.record
        record.events, record.most_events = known.events.ctypes.data, len(known.events)
        record.counts, record.lds = known.counts.ctypes.data, _record(known.local, 0)
        record.epochs, record.groups = known.epochs.ctypes.data, known.groups.ctypes.data
        record.landed[:] = known.landed[0].ctypes.data, known.landed[1].ctypes.data


class UnwaitedRing:
    """A front's instructions on LDS that have not retired. record: of a machine, filled in place."""

    def __init__(self, record: Deliveries, waves: int) -> None:
        self.record = record
        self._at, self._lanes = np.zeros((RING, waves, LANES), np.int64), np.zeros((RING, waves), np.uint64)
        record.first, record.lanes = self._at.ctypes.data, self._lanes.ctypes.data

    def add(self, unwaited: Unwaited) -> bool:
        """Whether there was room for it."""
        slot = self.record.count
        if slot == RING:
            return False
        self.record.count, self.record.issue[slot], self.record.line[slot] = slot + 1, unwaited.issue, unwaited.line
        self.record.width[slot] = unwaited.width if unwaited.what == "load" else 0
        if unwaited.what == "load":
            first = np.searchsorted(unwaited.row, np.arange(len(self._lanes[slot]) + 1))
            lane = np.arange(len(unwaited.row)) - first[unwaited.row]
            self._at[slot, unwaited.row, lane] = unwaited.start
            self._lanes[slot] = mask_of(np.arange(LANES) < np.diff(first)[:, None])
        return True

    def told(self, sanitizer: Sanitizer, waves: np.ndarray) -> Iterator[Unwaited]:
        """As NumPy has them, the oldest first. waves: the front's."""
        for number in range(self.record.count):
            slot = (self.record.head + number) % RING
            width = self.record.width[slot]
            row, lane = np.nonzero(lanes_of(self._lanes[slot])) if width else (np.zeros(0, int), np.zeros(0, int))
            how = self.record.line[slot], self.record.issue[slot]
            start = self._at[slot, row, lane]
            yield sanitizer.unwaited("load" if width else "store", start, row, width, *how, waves)
