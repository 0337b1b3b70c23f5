"""Where do the lanes of a memory instruction read and write? One class per way of addressing.

A place's load, store and atomic take the front and uint32 [words, W, 64]; they check bounds, count traffic and tell
the sanitizer. load gives undefined values for inactive lanes. store and atomic return what must land before other
waves may rely on the bytes, None without a sanitizer.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from conformance.gfx950 import decode
from conformance.gfx950.assembly import Instruction, Name, Operand, Register
from conformance.gfx950.errors import IllegalAccess, NotEmulated
from conformance.gfx950.storage.atomics import Atomic
from conformance.gfx950.storage.global_memory import REGION_BITS, place
from conformance.gfx950.storage.items import Active, Array, words_of
from conformance.gfx950.storage.lds import Delivery
from conformance.gfx950.storage.waits import Landings
from conformance.gfx950.wave import LANES, Front

_LANE = np.arange(LANES, dtype=np.int64)
# A buffer descriptor's last word: TYPE and reserved bits, 0 in a buffer's; DATA_FORMAT, of which 0 is none.
_NOT_OF_A_BUFFER, _DATA_FORMAT = np.uint32(0xF7000000), np.uint32(0x78000)
# What Triton's descriptors of tensors reach, and what it adds to the base for masked lanes, but for constants.
_ALL_OF_A_TENSOR, _MASKED_LANE, _CONSTANTS = np.uint32(0x7FFFFFFE), np.uint32(0x80000000), np.uint32(1 << 20)
Fetch = Callable[[Front], Array]


def is_off(operand: Operand) -> bool:
    return isinstance(operand.value, Name) and operand.value.text == "off"


def integer(instruction: Instruction, name: str) -> int:
    """A modifier that is a number, 0 where it is absent."""
    value = instruction.modifiers.get(name, 0)
    if not isinstance(value, int):
        raise NotEmulated(f"modifier {name}:{value} of {instruction.mnemonic}")
    return value


def count(f: Front, counter: str, active: Active, width: int) -> None:
    """Add the bytes of these lanes to the launch's traffic."""
    lanes = f.waves * LANES if active is None else int(np.count_nonzero(active))
    setattr(f.chunk.traffic, counter, getattr(f.chunk.traffic, counter) + lanes * width)


class GlobalPlace:
    """Addresses from registers: ``v[0:1], off``, ``v0, s[0:1]`` and flat ``v[0:1]``, plus offset."""

    def __init__(self, instruction: Instruction, vector: Operand, scalar: Operand | None) -> None:
        self.instruction = instruction
        self.offset = integer(instruction, "offset")
        register = vector.value
        if not isinstance(register, Register) or register.file != "v":
            raise NotEmulated(f"address {register} of {instruction.mnemonic}")
        low, step = decode.words(vector, "u32"), np.uint64(self.offset % (1 << 64))
        if scalar is None or is_off(scalar):
            high = decode.words(vector, "u32", 1)
            self.address: Fetch = lambda f: (low(f) | (high(f).astype(np.uint64) << np.uint64(32))) + step
        else:
            base = decode.scalar_source(scalar, "u64")
            self.address = lambda f: low(f) + (base(f) + step)[:, None]

    def load(self, f: Front, width: int) -> Array:
        address = self.address(f)
        words: Array = f.chunk.memory.load(address, f.active, width, f)
        self._seen(f, "load", address, f.active, width)
        return words

    def store(self, f: Front, data: Array, width: int) -> None:
        self._store(f, self.address(f), data, f.active, width)

    def atomic(self, f: Front, operation: Atomic, data: Array) -> Array:
        return self._atomic(f, operation, data, self.address(f), f.active)

    def _store(self, f: Front, address: Array, data: Array, active: Active, width: int) -> None:
        f.chunk.memory.store(address, data, active, width, f)
        self._seen(f, "store", address, active, width, data)

    def _atomic(self, f: Front, operation: Atomic, data: Array, address: Array, active: Active) -> Array:
        old: Array = f.chunk.memory.atomic(operation, address, data, active, f)
        self._seen(f, "atomic", address, active, operation.width)
        return old

    def load_to_lds(self, f: Front, width: int) -> Any:
        """Copy from memory to LDS at M0 + offset + lane * width; returns the landing that makes it readable."""
        return self._copy_to_lds(f, self.address(f), width)

    def _copy_to_lds(self, f: Front, address: Array, width: int) -> Any:
        raw = f.chunk.memory.load_raw(address, f.active, width, f)
        self._seen(f, "load", address, f.active, width)
        return self._to_lds(f, raw, width)

    def _to_lds(self, f: Front, raw: Array | None, width: int) -> Any:
        if raw is None:
            return None
        first = f.m0.astype(np.int64) + self.offset
        delivery: Delivery = f.chunk.lds.deliver(f.workgroup, first, raw, f.active, width, f)
        count(f, "lds_stored", f.active, width)
        sanitizer = f.chunk.sanitizer
        if sanitizer is None:
            return delivery
        words = words_of(raw, width, (f.waves, LANES))
        offset = first[:, None] + _LANE * width
        return Landings((delivery, sanitizer.lds(f, self.instruction, "copy", offset, f.active, width, words)))

    def _seen(self, f: Front, what: str, address: Array, active: Active, width: int, data: Array | None = None) -> None:
        """Count an access that was legal, and show it to the sanitizer."""
        if what != "store":
            count(f, "global_loaded", active, width)
        if what != "load":
            count(f, "global_stored", active, width)
        if f.chunk.sanitizer is not None:
            f.chunk.sanitizer.memory(f, self.instruction, what, address, active, width, data)


class BufferPlace(GlobalPlace):
    """``v0, s[4:7], s1 offen offset:16``: offsets into a buffer descriptor's range.

    Bytes past num_records load as 0 and are not stored. The check is made for each dword, for atomics as a whole:
    VGPR offset + offset (32 bits, wrapping) + SGPR offset + size <= num_records; with ``idxen`` on a buffer with a
    stride, index < num_records (AMD CDNA4 ISA, "Range checking"; that the SGPR offset counts and that dwords are
    checked one by one is also what ROCm's rocjitsu, github.com/ROCm/rocm-systems pull 10928, states of gfx950).
    """

    def __init__(self, instruction: Instruction, vector: Operand, descriptor: Operand, scalar: Operand) -> None:
        self.instruction, self.offset = instruction, integer(instruction, "offset")
        if not isinstance(descriptor.value, Register) or descriptor.value.count != 4:
            raise NotEmulated(f"buffer descriptor {descriptor.value}")
        self.first = descriptor.value.index
        self.scalar = decode.scalar_source(scalar, "u32")
        zero = np.zeros((1, LANES), np.uint32)
        none: Fetch = lambda f: zero  # noqa: E731
        offen, idxen = (bool(instruction.modifiers.get(name)) for name in ("offen", "idxen"))
        self.vector = decode.words(vector, "u32", int(idxen)) if offen else none
        self.index = decode.words(vector, "u32") if idxen else None

    def _located(self, f: Front, width: int) -> tuple[Array, Array | None, bool]:
        """Addresses; the lanes whose whole access is in range, None for all; whether some are so in part only."""
        word1, records, word3 = f.s[self.first + 1], f.s[self.first + 2], f.s[self.first + 3]
        if (word3 & np.uint32(1 << 23)).any() or (word1 >> np.uint32(31)).any():
            raise NotEmulated("a buffer descriptor with ADD_TID_ENABLE or SWIZZLE_ENABLE")
        if (word3 & _NOT_OF_A_BUFFER).any() or not (word3 & _DATA_FORMAT).all():
            raise NotEmulated(f"a buffer descriptor that ends in {int(word3[0]):#x}: its type or data format")
        offset = self.vector(f) + np.uint32(self.offset)
        if offset.shape != (f.waves, LANES):
            offset = np.broadcast_to(offset, (f.waves, LANES))
        base = f.s[self.first] | ((word1 & np.uint32(0xFFFF)).astype(np.uint64) << np.uint64(32))
        shift = self.scalar(f).astype(np.uint64)
        address = offset + (base + shift)[:, None]
        stride = (word1 >> np.uint32(16)) & np.uint32(0x3FFF)
        if self.index is not None and stride.any():
            index = np.broadcast_to(self.index(f), (f.waves, LANES))
            return address + index.astype(np.uint64) * stride[:, None], index < records[:, None], False
        room = records.astype(np.int64) - shift.astype(np.int64)
        whole = _up_to(offset, room - width)
        if whole is not None and (records == _ALL_OF_A_TENSOR).all():
            self._refuse_lost(f, address, offset, whole)
        if whole is None or width <= 4:
            return address, whole, False
        first = _up_to(offset, room - 4)
        return address, whole, first is None or bool((first ^ whole).any())

    def _refuse_lost(self, f: Front, address: Array, offset: Array, inside: Array) -> None:
        """Raise IllegalAccess for a lane that is out of range though Triton did not mask it: at a negative offset."""
        lost = ~inside & (offset - _MASKED_LANE >= _CONSTANTS)
        lost = lost if f.active is None else lost & f.active
        if not lost.any():
            return
        row, lane = divmod(int(lost.argmax()), LANES)
        base = int(address[row, lane]) - int(offset[row, lane])
        region = f.chunk.memory.regions.get(base >> REGION_BITS)
        at = base + int(offset.view(np.int32)[row, lane])
        total = lost.size if f.active is None else int(f.active.sum())
        where = f"{at - region.address} from {region.span}" if region else at
        raise IllegalAccess(
            f"is out of its buffer's range, where the hardware loads 0 and stores nothing, in {int(lost.sum())} of"
            f" {total} active lanes; the first, {place(f, row, lane)}, at offset {where}"
        )

    def load(self, f: Front, width: int) -> Array:
        address, inside, cut = self._located(f, width)
        if cut:
            return np.concatenate([self._load_part(f, address, word) for word in range(width // 4)])
        return self._load(f, address, inside, width)

    def _load(self, f: Front, address: Array, inside: Array | None, width: int) -> Array:
        active = _both(f.active, inside)
        words: Array = f.chunk.memory.load(address, active, width, f)
        self._seen(f, "load", address, active, width)
        return words if inside is None else words * inside

    def _load_part(self, f: Front, address: Array, word: int) -> Array:
        """One dword of an access that the end of the buffer cuts."""
        return self._load(f, address + np.uint64(4 * word), self._located(f, 4 * word + 4)[1], 4)

    def store(self, f: Front, data: Array, width: int) -> None:
        address, inside, cut = self._located(f, width)
        if not cut:
            self._store(f, address, data, _both(f.active, inside), width)
            return
        for word in range(width // 4):
            inside = self._located(f, 4 * word + 4)[1]
            part = data[word : word + 1]
            self._store(f, address + np.uint64(4 * word), part, _both(f.active, inside), 4)

    def atomic(self, f: Front, operation: Atomic, data: Array) -> Array:
        address, inside, _ = self._located(f, operation.width)
        return self._atomic(f, operation, data, address, _both(f.active, inside))

    def load_to_lds(self, f: Front, width: int) -> Any:
        """As the others', with zeros for what is out of range."""
        address, inside, cut = self._located(f, width)
        if inside is None:
            return self._copy_to_lds(f, address, width)
        if cut:
            return self._to_lds(f, np.ascontiguousarray(np.moveaxis(self.load(f, width), 0, -1)), width)
        active = _both(f.active, inside)
        raw = f.chunk.memory.load_raw(address, active, width, f)
        self._seen(f, "load", address, active, width)
        if raw is None:
            raw = np.zeros((f.waves, LANES, width), np.uint8)
        raw[~inside] = 0
        return self._to_lds(f, raw, width)


class LocalPlace:
    """LDS at a VGPR's offset plus ``offset``."""

    def __init__(self, instruction: Instruction, vector: Operand, offset: int) -> None:
        self.instruction = instruction
        fetch, step = decode.words(vector, "u32"), np.uint32(offset)
        self.offset: Fetch = (lambda f: fetch(f) + step) if offset else fetch

    def load(self, f: Front, width: int) -> Array:
        offset = self.offset(f)
        words: Array = f.chunk.lds.load(f.workgroup[:, None], offset, f.active, width, f)
        self._seen(f, "load", offset, width)
        return words

    def store(self, f: Front, data: Array, width: int) -> None:
        offset = self.offset(f)
        f.chunk.lds.store(f.workgroup[:, None], offset, data, f.active, width, f)
        self._seen(f, "store", offset, width, data)

    def atomic(self, f: Front, operation: Atomic, data: Array) -> Array:
        offset = self.offset(f)
        old: Array = f.chunk.lds.atomic(operation, f.workgroup[:, None], offset, data, f.active, f)
        self._seen(f, "atomic", offset, operation.width)
        return old

    def _seen(self, f: Front, what: str, offset: Array, width: int, data: Array | None = None) -> None:
        if what != "store":
            count(f, "lds_loaded", f.active, width)
        if what != "load":
            count(f, "lds_stored", f.active, width)
        if f.chunk.sanitizer is not None:
            f.pending.attach(f.chunk.sanitizer.lds(f, self.instruction, what, offset, f.active, width, data))


class ScratchPlace:
    """A lane's own bytes at a VGPR plus an SGPR plus ``offset``, each of the registers or ``off``."""

    def __init__(self, instruction: Instruction, vector: Operand, scalar: Operand) -> None:
        self.instruction = instruction
        step = np.uint32(integer(instruction, "offset") % (1 << 32))
        self.fetches = [decode.words(operand, "u32") for operand in (vector, scalar) if not is_off(operand)]
        self.step = step

    def _scratch(self, f: Front) -> tuple[Any, Array]:
        """The chunk's scratch and each lane's space in it."""
        scratch = getattr(f.chunk, "scratch", None)
        if scratch is None:
            raise NotEmulated("scratch: this machine gives its waves none")
        return scratch, (f.wave[:, None] - scratch.first_wave) * LANES + _LANE

    def _offset(self, f: Front) -> Array:
        total = np.full((f.waves, LANES), self.step)
        for fetch in self.fetches:
            total += fetch(f)
        return total

    def load(self, f: Front, width: int) -> Array:
        scratch, spaces = self._scratch(f)
        return scratch.load(spaces, self._offset(f), f.active, width, f)

    def store(self, f: Front, data: Array, width: int) -> None:
        scratch, spaces = self._scratch(f)
        scratch.store(spaces, self._offset(f), data, f.active, width, f)

    def forget(self, f: Front, keys: Sequence[int], width: int) -> None:
        """What was stored from these registers' undefined lanes counts as never written."""
        scratch, spaces = self._scratch(f)
        for word, key in enumerate(keys):
            if key in f.undefined:
                lanes = f.undefined[key][0]
                lanes = lanes if f.active is None else lanes & f.active
                scratch.forget(spaces, self._offset(f) + np.uint32(4 * word), lanes, min(4, width))


def _both(active: Active, inside: Array | None) -> Array | None:
    if active is None or inside is None:
        return inside if active is None else active
    return active & inside


def _up_to(offset: Array, last: Array) -> Array | None:
    """Lanes whose offset (uint32 [W, 64]) is at most last (int64 [W]), None for all."""
    inside = offset <= np.clip(last, 0, 0xFFFFFFFF).astype(np.uint32)[:, None]
    if last.min() < 0:
        inside &= (last >= 0)[:, None]
    return None if inside.all() else inside
