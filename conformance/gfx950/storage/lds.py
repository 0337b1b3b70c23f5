"""What do a chunk's workgroups have in LDS, and its lanes in scratch? Private bytes, which start poisoned.

Reading a byte that a load straight to LDS has not delivered yet is a Hazard, and so is changing one that nothing has
written. Loading such a one leaves registers undefined (undefined.py).
"""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from numpy.lib.stride_tricks import as_strided

from conformance.gfx950.errors import Hazard, IllegalAccess
from conformance.gfx950.storage.atomics import Atomic
from conformance.gfx950.storage.global_memory import apply_atomic, place
from conformance.gfx950.storage.items import Active, Array, Items, alignment, raw_of, words_of
from conformance.gfx950.storage.undefined import arrives
from conformance.gfx950.wave import LANES, Front, lanes_of, mask_of

LDS_LIMIT = 160 * 1024
# NaN as FP32, FP16, BF16 and E4M3 alike, an absurd integer.
_POISON = 0x7FFF
_ALL_LANES = np.uint64(0xFFFFFFFFFFFFFFFF)
_WRITTEN, _IN_FLIGHT = 1, 2  # states of a byte; 0 is never written


class PrivateMemory:
    """``spaces`` separate memories of ``size`` bytes, all poisoned.

    Accesses name a space for each lane (int64, broadcast to [W, 64]) and an offset in it (uint32 [W, 64]);
    ``active`` is bool [W, 64] or None for all lanes, data uint32 [ceil(width / 4), W, 64]. Raises IllegalAccess
    past the size, Hazard for bytes that are not there yet.
    """

    def __init__(self, name: str, spaces: int, size: int) -> None:
        self.name, self.size = name, size
        self.stride = -(-size // 16) * 16
        length = spaces * self.stride
        self.items = Items(np.full(length // 2, _POISON, np.uint16).view(np.uint8))
        self.state = Items(np.zeros(length, np.uint8))

    def positions(
        self, space: Array, offset: Array, active: Active, width: int, what: str, front: Front | None
    ) -> Array:
        """int64 positions in the whole array; raises IllegalAccess for an active lane past the size."""
        if int(offset.max()) + width > self.size:
            bad = offset > np.int64(self.size - width)
            if active is not None:
                bad = bad & active
            if bad.any():
                self._complain_range(bad, offset, width, what, front)
        return offset + space * self.stride

    def load(self, space: Array, offset: Array, active: Active, width: int, front: Front | None = None) -> Array:
        """What inactive lanes load is undefined."""
        start = self.positions(space, offset, active, width, "loads", front)
        if active is not None:
            first = int(active.argmax())
            if not active.item(first):
                return np.zeros((-(-width // 4), *offset.shape), np.uint32)
            start = np.where(active, start, start.item(first))
        state = self.state.gather(start, width)
        if not _all_written(state):
            self._not_there(state, offset, active, width, front)
        return words_of(self.items.gather(start, width), width, offset.shape)

    def forget(self, space: Array, offset: Array, lanes: Array, width: int) -> None:
        """Take these lanes' bytes, which are in range, for never written."""
        self.state.fill((offset + space * self.stride)[lanes], width, 0)

    def store(
        self, space: Array, offset: Array, data: Array, active: Active, width: int, front: Front | None = None
    ) -> None:
        """Where active lanes collide, the last of the last wave stays."""
        start = self.positions(space, offset, active, width, "stores", front).ravel()
        words = data.reshape(len(data), -1)
        if active is not None:
            lanes = np.flatnonzero(active)
            start, words = start[lanes], words[:, lanes]
            if not lanes.size:
                return
        self.items.scatter(start, raw_of(words, width), width)
        self.state.fill(start, width, _WRITTEN)

    def atomic(
        self, operation: Atomic, space: Array, offset: Array, data: Array, active: Active, front: Front | None = None
    ) -> Array:
        """The old values, uint32 [width / 4, W, 64]; data: the operands' words, one operand after the other."""
        width = operation.width
        start = self.positions(space, offset, active, width, "changes", front).ravel()
        words = data.reshape(len(data), -1)
        old = np.zeros((width // 4, start.size), np.uint32)
        lanes = np.arange(start.size) if active is None else np.flatnonzero(active)
        if lanes.size:
            start, words = start[lanes], words[:, lanes]
            if alignment(start) < width:
                raise IllegalAccess(f"an atomic on {self.name} that is not aligned to its {width} bytes")
            state = np.full((offset.size, width), _WRITTEN, np.uint8)
            state[lanes] = self.state.gather(start, width).view(np.uint8).reshape(-1, width)
            if not _all_written(state):
                self._complain_state(state, offset, active, width, front)
            old[:, lanes] = apply_atomic(operation, self.items, start, words)
        return old.reshape(-1, *offset.shape)

    def deliver(
        self, space: Array, first: Array, raw: Array, active: Active, width: int, front: Front | None = None
    ) -> Delivery:
        """Store what a load straight to LDS brings; readable once the delivery is called, at the load's retirement.

        space, first: int64 [W], where lane 0's bytes go, each lane's ``width`` bytes after the one before.
        """
        offset = first[:, None] + np.arange(0, LANES * width, width)
        start = self.positions(space[:, None], offset, active, width, "stores", front)
        if active is None:
            length, lanes = LANES * width, np.full(len(first), _ALL_LANES)
            _rows(self.items, length)[start[:, 0]] = raw.view(np.uint8).reshape(len(first), length)
        else:
            lanes, chosen = mask_of(active), np.flatnonzero(active)
            self.items.scatter(start.ravel()[chosen], raw.reshape(len(first) * LANES, -1)[chosen], width)
        delivery = Delivery(self, np.ascontiguousarray(start[:, 0]), lanes, width)
        delivery.mark(_IN_FLIGHT)
        return delivery

    def _not_there(self, state: Array, offset: Array, active: Active, width: int, front: Front | None) -> None:
        """Some lanes load what is not written: told where it is on its way, noted of the front where it never was."""
        states = state.view(np.uint8).reshape(*offset.shape, width)
        if active is not None:
            states = np.where(active[..., None], states, _WRITTEN)
        if front is None:
            self._complain_state(states, offset, active, width, front)
        if (on_their_way := states == _IN_FLIGHT).any():
            self._complain_state(np.where(on_their_way, states, _WRITTEN), offset, active, width, front)
        unwritten = states != _WRITTEN
        each = [unwritten[..., byte : byte + 4].any(axis=-1) for byte in range(0, width, 4)]
        row, lane = np.unravel_index(int(unwritten.any(axis=-1).argmax()), offset.shape)
        first = int(offset[row, lane]) + int(unwritten[row, lane].argmax())
        arrives(front, np.stack(each), f"{self.name} offset {first}, which nothing has written")

    def _complain_range(self, bad: Array, offset: Array, width: int, what: str, front: Front | None) -> None:
        row, lane = np.unravel_index(int(bad.argmax()), bad.shape)
        raise IllegalAccess(
            f"{what} {width} bytes at {self.name} offset {int(offset[row, lane])}, past its {self.size} bytes, in"
            f" {int(bad.sum())} lanes; the first is {place(front, int(row), int(lane))}"
        )

    def _complain_state(self, state: Array, offset: Array, active: Active, width: int, front: Front | None) -> NoReturn:
        states = state.view(np.uint8).reshape(*offset.shape, width)
        bad = (states != _WRITTEN).any(axis=-1)
        if active is not None:
            bad &= active
        row, lane = np.unravel_index(int(bad.argmax()), bad.shape)
        byte = int((states[row, lane] != _WRITTEN).argmax())
        why = (
            "a load to LDS has not delivered (its s_waitcnt vmcnt is missing)"
            if states[row, lane, byte] == _IN_FLIGHT
            else "nothing has written"
        )
        raise Hazard(
            f"reads {self.name} offset {int(offset[row, lane]) + byte}, which {why}, in {int(bad.sum())} lanes;"
            f" the first is {place(front, int(row), int(lane))}"
        )


class Lds(PrivateMemory):
    """The LDS of a chunk's workgroups. Raises IllegalAccess for more than a gfx950 has."""

    def __init__(self, workgroups: int, size: int) -> None:
        if size > LDS_LIMIT:
            raise IllegalAccess(f"{size} bytes of LDS, needs at most gfx950's {LDS_LIMIT}")
        super().__init__("LDS", workgroups, size)


class Scratch(PrivateMemory):
    """The private segments of the lanes of ``waves`` waves from number first_wave on: ``size`` bytes for each lane."""

    def __init__(self, first_wave: int, waves: int, size: int) -> None:
        super().__init__("scratch", waves * LANES, size)
        self.first_wave = first_wave


class Delivery:
    """What a load straight to LDS has yet to deliver to the waves of a front: lane l's ``width`` bytes at first + l *
    width. first: int64 [W]; lanes: uint64 [W], those that load."""

    def __init__(self, memory: PrivateMemory, first: Array, lanes: Array, width: int) -> None:
        self.memory, self.first, self.lanes, self.width = memory, first, lanes, width

    def __call__(self) -> None:
        self.mark(_WRITTEN)

    def mark(self, state: int) -> None:
        """Set the bytes' state."""
        if (self.lanes == _ALL_LANES).all():
            _rows(self.memory.state, LANES * self.width)[self.first] = state
            return
        start = (self.first[:, None] + np.arange(0, LANES * self.width, self.width))[lanes_of(self.lanes)]
        if start.size:
            self.memory.state.fill(start, self.width, state)

    def select(self, waves: Array) -> Delivery:
        """The part of these waves, numbered as they are in a front of their own."""
        return Delivery(self.memory, self.first[waves], self.lanes[waves], self.width)


def _rows(items: Items, length: int) -> Array:
    """Overlapping rows of the bytes: row i is bytes [i, i + length)."""
    return as_strided(items.data, (len(items.data) - length + 1, length), (1, 1))


def _all_written(state: Array) -> bool:
    """Whether every byte's state is written."""
    return bool((state.view(np.uint8) == _WRITTEN).all())
