"""What does a kernel find at an address? The bytes of its launch's tensors, each in an address region of its own.

Regions lie 2**38 bytes apart, so an address says which tensor it was derived from, an overrun cannot land in another
tensor, and a launch sees the same addresses in every run (the low 6 bits are those of the real address, which is all
the alignment that an allocator keeps from run to run). Nearly all upper bits are ones, and each region starts half a
KiB before a multiple of 4 GiB: arithmetic that loses a bit or a carry leaves it. Which bytes around the tensor's view
are legal is the launch's ``Reach`` (bounds.py).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from conformance.gfx950.errors import IllegalAccess
from conformance.gfx950.storage.atomics import Atomic
from conformance.gfx950.storage.bounds import Reach, Span, storage_of, tensors_in
from conformance.gfx950.storage.items import Active, Array, Items, alignment, raw_of, words_of
from conformance.gfx950.wave import LANES, Front

REGION_BITS = 38
_KEPT_BITS = 6
_START = 0x1FFFFFFE00  # where in its stretch a region starts
_MAX_REGIONS = 1 << (47 - REGION_BITS)
Lanes = Array | None  # flat indices of the lanes that an access takes, None for all
_GRANULE = 16  # memory is read in items of up to 16 bytes: the aligned ones around a tensor's ends are mapped too


def constant_address(number: int) -> int:
    """Of the code's constant of this number: its region counts from the other end, so code knows it beforehand."""
    return number << REGION_BITS | _START


class KeptBytes:
    """What a region's bytes were before stores that may have to be undone. The core keeps each block of BLOCK bytes
    before the first store to it: kept, uint8, a block's progress; bytes: those of the region that are kept."""

    BLOCK, KEPT = 4096, 2

    def __init__(self, region: Region) -> None:
        length = region.items.data.size
        self.bytes, self.kept = np.empty(length, np.uint8), np.zeros(-(-length // self.BLOCK), np.uint8)

    def restore(self, region: Region) -> None:
        for block in np.flatnonzero(self.kept == self.KEPT).tolist():
            first = max(block * self.BLOCK, region.slack)
            part = slice(first, min((block + 1) * self.BLOCK, region.slack + region.size))
            region.items.data[part] = self.bytes[part]


class Region:
    """One tensor's bytes. span: where they are on the host; address: that of the view; start, size: of the legal bytes;
    host: their real address.

    loaded, stored: uint8 per dword, 1 where one was. view: which of the legal bytes it is, from the origin, None for
    all; beyond: bytes of accesses outside of it.
    """

    def __init__(self, number: int, span: Span, tensor: bool) -> None:
        self.span, self.host, self.size = span, span.first, span.last - span.first
        self.address = (number << REGION_BITS) | _START | (span.start & ((1 << _KEPT_BITS) - 1))
        self.start = self.address - (span.start - span.first)
        self.slack = self.host % _GRANULE
        self.origin = np.uint64(self.start - self.slack)
        length = -(-(self.slack + self.size) // _GRANULE) * _GRANULE if self.size else 0
        pointer = ctypes.cast(self.host - self.slack, ctypes.POINTER(ctypes.c_uint8))
        self.items = Items(np.ctypeslib.as_array(pointer, (length,)) if length else np.zeros(0, np.uint8))
        self.loaded, self.stored = (Items(np.zeros(-(-length // 64) * 16, np.uint8)) for _ in range(2))
        self.is_tensor, self.writable, self.beyond = tensor, True, 0
        self.before: KeptBytes | None = None  # where stores may have to be undone
        viewed = span.start - self.host + self.slack
        self.view = (viewed, viewed + span.stop - span.start) if span.wide else None

    def distance(self, address: int) -> int:
        """Bytes from the nearest legal byte; 0 inside."""
        return max(self.start - address, address - (self.start + self.size) + 1, 0)

    def holds(self, start: Array, width: int) -> bool:
        """Whether [start, start + width) from the origin is legal for every lane (uint64; below 0 wraps to huge)."""
        if int(start.max()) + width > self.slack + self.size:
            return False
        return not self.slack or int(start.min()) >= self.slack

    def note(self, touched: tuple[Items, ...], at: Array, width: int, active: Active = None) -> None:
        """Keep which dwords of a tensor were touched, and what beyond its view. at: int64, from the origin.

        active: the lanes that count, None for all.
        """
        if not self.is_tensor:
            return
        for dwords in touched:
            _mark(dwords, at, width)
        if self.view is not None:
            first, stop = self.view
            outside = (at < first) | (at + width > stop)
            self.beyond += width * int(np.count_nonzero(outside if active is None else outside & active))


class GlobalMemory:
    """What one launch may touch. kernel: its name; arguments: (parameter, argument) pairs as launched; reach: of each
    tensor.

    Addresses are uint64 [W, 64] (or [W, n]), ``active`` a bool array of that shape or None for all, data uint32
    [ceil(width / 4), W, 64]. Accesses raise IllegalAccess where an active lane leaves the memory; what inactive
    lanes load is undefined. front names the waves in messages. Any alignment is legal but for atomics.
    """

    def __init__(self, kernel: str, arguments: Iterable[tuple[str, Any]], reach: Reach = storage_of) -> None:
        self.kernel = kernel
        self.regions: dict[int, Region] = {}
        self.ticks = 0
        self._kept: list[Any] = []  # what the regions' bytes belong to
        self._by_tensor: dict[int, Region] = {}
        self._by_name: dict[str, Region] = {}
        for name, tensor in (pair for argument in arguments for pair in tensors_in(*argument)):
            region = self._by_tensor.get(id(tensor))
            if region is None:
                region = self._by_tensor[id(tensor)] = self._add(Span.of(name, tensor, reach), True, tensor)
            self._by_name[name] = region

    def _add(self, span: Span, tensor: bool, keep: Any) -> Region:
        number = _MAX_REGIONS - 1 - len(self.regions)
        if number <= 0 or number in self.regions:
            count = len(self.regions) + 1
            raise IllegalAccess(f"kernel {self.kernel} has {count} tensors, needs fewer than {_MAX_REGIONS}")
        self._kept.append(keep)
        region = self.regions[number] = Region(number, span, tensor)
        return region

    def add_region(self, name: str, data: Array, writable: bool) -> int:
        """The address of bytes that are not a tensor's: the kernarg segment. data: uint8 [n]; it is used in place."""
        ends = data.ctypes.data, data.ctypes.data + data.size
        region = self._add(Span(name, *ends, f"{data.size} bytes", *ends), False, data)
        region.writable = writable
        self._by_name[name] = region
        return region.address

    def add_constants(self, constants: Mapping[str, bytes]) -> None:
        """What the code brings with it, each at its ``constant_address``; nothing may write there."""
        for number, (name, given) in enumerate(constants.items()):
            room = np.zeros(len(given) + (1 << _KEPT_BITS), np.uint8)
            data = room[-room.ctypes.data % (1 << _KEPT_BITS) :][: len(given)]
            data[:] = np.frombuffer(given, np.uint8)
            ends = data.ctypes.data, data.ctypes.data + data.size
            self._kept.append(room)
            self.regions[number] = Region(number, Span(name, *ends, f"{data.size} bytes", *ends), False)
            self.regions[number].writable = False

    def address_of(self, tensor: Any) -> int:
        """The address of one of the launch's tensors (by identity), or of a parameter or region by name."""
        region = self._by_name.get(tensor) if isinstance(tensor, str) else self._by_tensor.get(id(tensor))
        if region is None:
            raise KeyError(f"{tensor!r} is none of the tensors of kernel {self.kernel}'s launch")
        return region.address

    def distinct_bytes(self) -> tuple[int, int]:
        """Bytes of tensors loaded and stored, each counted once, to the dword."""
        tensors = [region for region in self.regions.values() if region.is_tensor]
        loaded = sum(min(4 * int(np.count_nonzero(r.loaded.data)), r.size) for r in tensors)
        return loaded, sum(min(4 * int(np.count_nonzero(r.stored.data)), r.size) for r in tensors)

    def beyond_views(self) -> int:
        """Bytes of legal accesses that left their tensor's view."""
        return sum(region.beyond for region in self.regions.values())

    def tick(self) -> int:
        """A clock that is the same in every run: how often it was read."""
        self.ticks += 1
        return self.ticks

    # Accesses

    def load_raw(self, address: Array, active: Active, width: int, front: Front | None = None) -> Array | None:
        """What load gives, as items.py's raw bytes; None where no lane is active."""
        if active is not None:
            first = int(active.argmax())
            if not active.item(first):
                return None
            # What a lane that is off would load is an active lane's: in bounds, and counted by that one.
            address = np.where(active, address, address.item(first))
        region = self.regions.get(address.item(0) >> REGION_BITS)
        if region is not None:
            start = address - region.origin
            if region.holds(start, width):
                at = start.view(np.int64)
                region.note((region.loaded,), at, width, active)
                return region.items.gather(at, width)
        raw = np.zeros((*address.shape, width), np.uint8)
        for number in self._numbers(address, width, "loads", active, front):
            part = (address >> np.uint64(REGION_BITS)) == number
            part = part if active is None else part & active
            loaded = self.load_raw(address, part, width, front)
            if loaded is not None:
                np.copyto(raw, loaded.view(np.uint8).reshape(raw.shape), where=part[..., None])
        return raw

    def load(self, address: Array, active: Active, width: int, front: Front | None = None) -> Array:
        raw = self.load_raw(address, active, width, front)
        if raw is None:
            return np.zeros((-(-width // 4), *address.shape), np.uint32)
        return words_of(raw, width, address.shape)

    def store(self, address: Array, data: Array, active: Active, width: int, front: Front | None = None) -> None:
        """Where active lanes collide, the last of the last wave stays."""
        lanes, where = _compress(address, active)
        for region, chosen, at in self._parts(where, width, "stores", lanes, active, front):
            self._refuse_read_only(region)
            words = data.reshape(len(data), -1)
            words = words if lanes is None else words[:, lanes]
            region.items.scatter(at, raw_of(words if chosen is None else words[:, chosen], width), width)
            region.note((region.stored,), at, width)

    def atomic(
        self, operation: Atomic, address: Array, data: Array, active: Active, front: Front | None = None
    ) -> Array:
        """The old values, uint32 [width / 4, W, 64]; data: the operands' words, one operand after the other."""
        width = operation.width
        lanes, where = _compress(address, active)
        words = data.reshape(len(data), -1)
        words = words if lanes is None else words[:, lanes]
        met = np.zeros((width // 4, where.size), np.uint32)
        for region, chosen, at in self._parts(where, width, "changes", lanes, active, front):
            self._refuse_read_only(region)
            if alignment(at) < width:
                raise IllegalAccess(f"an atomic on {region.span.name} that is not aligned to its {width} bytes")
            part = slice(None) if chosen is None else chosen
            met[:, part] = apply_atomic(operation, region.items, at, words[:, part])
            region.note((region.loaded, region.stored), at, width)
        if lanes is None:
            return met.reshape(-1, *address.shape)
        old = np.zeros((width // 4, address.size), np.uint32)
        old[:, lanes] = met
        return old.reshape(-1, *address.shape)

    def scalar_load(self, address: Array, num_words: int, front: Front | None = None) -> Array:
        """uint32 [num_words, W] from address uint64 [W], whose two low bits are ignored."""
        aligned = address & np.uint64(~3 & (1 << 64) - 1)
        each = aligned[:, None] + 4 * np.arange(num_words, dtype=np.uint64)
        return self.load(each, None, 4, front)[0].T

    def holds_tensor(self, address: int) -> bool:
        """Whether this address is in a tensor's region, not the kernarg segment's."""
        region = self.regions.get(address >> REGION_BITS)
        return region is not None and region.is_tensor

    # Where an access lies

    def _parts(
        self, address: Array, width: int, what: str, lanes: Lanes, active: Active, front: Front | None
    ) -> Iterable[tuple[Region, Array | None, Array]]:
        """(region, which of the lanes or None for all, int64 offsets from its origin); address: uint64 [n]."""
        if not address.size:
            return
        region = self.regions.get(address.item(0) >> REGION_BITS)
        if region is not None:
            start = address - region.origin
            if region.holds(start, width):
                yield region, None, start.view(np.int64)
                return
        for number in self._numbers(address, width, what, active, front, lanes):
            region = self.regions[number]
            chosen = np.flatnonzero((address >> np.uint64(REGION_BITS)) == number)
            yield region, chosen, (address[chosen] - region.origin).view(np.int64)

    def _numbers(
        self, address: Array, width: int, what: str, active: Active, front: Front | None, lanes: Lanes = None
    ) -> list[int]:
        """The regions' numbers where every lane is legal; raises IllegalAccess for the first that is not.

        lanes: the flat indices of address's lanes, where it is not the whole front.
        """
        numbers = address >> np.uint64(REGION_BITS)
        legal = np.zeros(address.shape, bool)
        found = [int(number) for number in np.unique(numbers)]
        for number in found:
            region = self.regions.get(number)
            if region is not None and region.size >= width:
                offset = address - np.uint64(region.start)
                legal |= (numbers == number) & (offset <= np.uint64(region.size - width))
        if not legal.all():
            self._complain(address, legal, width, what, active, front, lanes)
        return found

    def _complain(
        self, address: Array, legal: Array, width: int, what: str, active: Active, front: Front | None, lanes: Lanes
    ) -> None:
        at = int(np.argmin(legal))
        flat = int(lanes[at]) if lanes is not None else at
        if active is not None and not active.item(flat):  # it stands for the first active lane
            flat = int(active.argmax())
        target = address.item(at)
        bad = np.zeros(active.shape if active is not None else address.shape, bool).ravel()
        bad[lanes if lanes is not None else slice(None)] = ~legal.ravel()
        if active is not None:
            bad &= active.ravel()
        total = int(active.sum()) if active is not None else address.size
        head = f"{what} {width} bytes outside of the launch's memory in {int(bad.sum())} of {total} active lanes;"
        region = min(self.regions.values(), key=lambda one: one.distance(target), default=None)
        per_row = address.shape[1] if address.ndim > 1 else LANES
        first = f"the first, {place(front, flat // per_row, flat % per_row)}, at {target:#x}"
        if region is None:
            raise IllegalAccess(f"{head} {first}; the launch has no tensor")
        raise IllegalAccess(f"{head} {first}, offset {target - region.address} from {region.span}")

    def _refuse_read_only(self, region: Region) -> None:
        if not region.writable:
            raise IllegalAccess(f"writes to {region.span.name}, which is read-only")


def place(front: Front | None, row: int, lane: int) -> str:
    """A lane as messages name it."""
    if front is None:
        return f"lane {lane} of wave {row}"
    return f"lane {lane} of wave {int(front.wave[row])} (workgroup {int(front.workgroup[row])})"


def apply_atomic(operation: Atomic, items: Items, at: Array, words: Array) -> Array:
    """Change items at these byte positions (int64 [n], aligned); words: uint32 [words, n]. The old values' words."""
    width = operation.width
    each = width // 4
    data = [
        raw_of(words[i * each : (i + 1) * each], width).view(operation.dtype).reshape(-1)
        for i in range(operation.operands)
    ]
    cells = items.data.view(operation.dtype)
    return words_of(operation.apply(cells, at // width, data), width, at.shape)


def _compress(address: Array, active: Active) -> tuple[Lanes, Array]:
    """The active lanes' flat indices, None for all, and their addresses [n]."""
    if active is None:
        return None, address.ravel()
    lanes = np.flatnonzero(active)
    return lanes, address.ravel()[lanes]


def _mark(dwords: Items, start: Array, width: int) -> None:
    """Set the flags of the dwords that [start, start + width) touches."""
    if width >= 4 and alignment(start) >= 4:
        dwords.fill(start >> 2, width >> 2, 1)
    else:
        for byte in (*range(0, width, 4), width - 1):
            dwords.data[(start + byte) >> 2] = 1
