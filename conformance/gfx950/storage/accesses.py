"""What do the memory instructions do? A table by mnemonic, and the closure that runs one.

The cache modifiers sc0, sc1, nt, glc, slc and dlc are accepted and have no effect on values: waves run on one coherent
memory. (On an atomic, sc0 or glc says that it returns the old value.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from conformance.gfx950 import decode
from conformance.gfx950.assembly import M0, Instruction, Literal, Operand, Register
from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.storage import lds_lanes, undefined
from conformance.gfx950.storage.atomics import GLOBAL, LOCAL, Atomic
from conformance.gfx950.storage.items import Array
from conformance.gfx950.storage.places import BufferPlace, GlobalPlace, LocalPlace, ScratchPlace, integer, is_off
from conformance.gfx950.storage.waits import KEYS, Issued, keys_of
from conformance.gfx950.wave import Front

Run = Callable[[Front], None]
Keys = frozenset[int]
CACHE_MODIFIERS = frozenset({"sc0", "sc1", "nt", "glc", "slc", "dlc"})


@dataclass(frozen=True)
class Cell:
    """What one lane's access holds. width: bytes; signed: extended by its sign; half: of the register, for d16."""

    width: int
    signed: bool = False
    half: int | None = None

    @property
    def words(self) -> int:
        return -(-self.width // 4)


@dataclass(frozen=True)
class Access:
    """kind: a class of counts.CLASSES; bind: makes the closure; modifiers: those it takes besides the cache's."""

    kind: str
    bind: Callable[[Instruction], Run]
    modifiers: frozenset[str] = frozenset()


def build(instruction: Instruction) -> Run:
    """The closure that runs one memory instruction on a front. Raises NotEmulated for what it does not implement."""
    access = ACCESSES.get(instruction.mnemonic)
    if access is None:
        raise NotEmulated(f"mnemonic {instruction.mnemonic}")
    for name in instruction.modifiers:
        if name not in access.modifiers and name not in CACHE_MODIFIERS:
            raise NotEmulated(f"modifier {name} of {instruction.mnemonic}")
    if any(operand.negate or operand.absolute for operand in instruction.operands):
        raise NotEmulated(f"sign modifiers of {instruction.mnemonic}")
    return access.bind(instruction)


def reads_and_writes(instruction: Instruction) -> tuple[Keys, Keys]:
    """Keys (waits.KEYS) of the registers that a memory instruction reads at issue, and of those it writes later."""
    registers = [operand.value for operand in instruction.operands if isinstance(operand.value, Register)]
    written = _destination(instruction)
    reads = [keys_of(r) for r in registers[bool(written) :]]
    if written and _returns_into_data(instruction):
        reads.append(keys_of(registers[0]))
    if _to_lds(instruction):
        reads.append(frozenset({KEYS["s"] + M0}))
    return frozenset().union(*reads), written


def _destination(instruction: Instruction) -> Keys:
    """The registers that wait for memory: the first operand's, of everything but stores and loads to LDS."""
    mnemonic = instruction.mnemonic
    first = instruction.operands[0].value if instruction.operands else None
    if not isinstance(first, Register) or "_store" in mnemonic or "_write" in mnemonic or _to_lds(instruction):
        return frozenset()
    if mnemonic.startswith("ds_") and mnemonic.removeprefix("ds_") in LOCAL:
        return frozenset()
    if "_atomic_" in mnemonic and not _returns(instruction):
        return frozenset()
    return keys_of(first)


def _to_lds(instruction: Instruction) -> bool:
    return "lds" in instruction.modifiers or "_load_lds_" in instruction.mnemonic


def _returns(instruction: Instruction) -> bool:
    return "sc0" in instruction.modifiers or "glc" in instruction.modifiers


def _returns_into_data(instruction: Instruction) -> bool:
    """A buffer atomic has one operand for its data and for what it returns."""
    return instruction.mnemonic.startswith("buffer_atomic_")


def _issued(instruction: Instruction, *counters: str) -> Issued:
    return Issued(counters, reads_and_writes(instruction)[1], len(counters) == 1, instruction)


def issued_by(instruction: Instruction) -> tuple[Issued, bool]:
    """What a load or store is in flight as, and whether it goes straight to LDS."""
    family = instruction.mnemonic.partition("_")[0]
    if family == "s":
        return _scalar_issue(instruction), False
    return _issued(instruction, *_FAMILIES[family][1]), _to_lds(instruction)


# Registers


def _vector(operand: Operand, words: int) -> Register:
    value = operand.value
    if not isinstance(value, Register) or value.file == "s" or value.count != words:
        raise NotEmulated(f"{value} as data of {words} vector registers")
    return value


def _file(f: Front, name: str) -> Array:
    return f.v if name == "v" else f.a


def _source(operand: Operand, cell: Cell) -> Callable[[Front], Array]:
    """uint32 [words, W, 64] to be stored."""
    register = _vector(operand, cell.words)
    file, first, last = register.file, register.index, register.index + cell.words
    if cell.half:
        return lambda f: _file(f, file)[first:last] >> np.uint32(16)
    return lambda f: _file(f, file)[first:last]


def _target(operand: Operand, cell: Cell) -> Callable[[Front, Array], None]:
    """Writes what was loaded, uint32 [words, W, 64], in active lanes."""
    register = _vector(operand, cell.words)
    file, first, last = register.file, register.index, register.index + cell.words
    if cell.half is not None:
        return _half_target(file, first, cell)
    if cell.signed:
        return lambda f, words: put(f, _file(f, file)[first:last], _extended(words, cell.width))
    return lambda f, words: put(f, _file(f, file)[first:last], words)


def _half_target(file: str, index: int, cell: Cell) -> Callable[[Front, Array], None]:
    """d16: 16 bits into one half of a register, the other kept."""
    shift = np.uint32(16 if cell.half else 0)
    kept = np.uint32(0x0000FFFF if cell.half else 0xFFFF0000)

    def write(f: Front, words: Array) -> None:
        old = _file(f, file)[index : index + 1]
        new = (_extended(words, cell.width) if cell.signed else words) & np.uint32(0xFFFF)
        put(f, old, (old & kept) | (new << shift))

    return write


def _extended(words: Array, width: int) -> Array:
    """The sign of the low ``width`` bytes through the upper bits."""
    shift = np.int32(32 - 8 * width)
    return ((words.view(np.int32) << shift) >> shift).view(np.uint32)


def put(f: Front, registers: Array, words: Array) -> None:
    """Store uint32 [n, W, 64] in the active lanes. A blend of bits: faster than NumPy's masked copy."""
    if f.active is None:
        np.copyto(registers, words)
        return
    changed = registers ^ words
    changed &= np.negative(f.active.astype(np.int32)).view(np.uint32)
    registers ^= changed


# Vector memory


def _global_operands(instruction: Instruction, operands: tuple[Operand, ...]) -> GlobalPlace:
    """The place of address operands: ``v[0:1], off``, ``v0, s[0:1]`` or (flat) ``v[0:1]``."""
    if len(operands) not in (1, 2):
        raise NotEmulated(f"{instruction.mnemonic} with {len(operands)} address operands")
    return GlobalPlace(instruction, operands[0], operands[1] if len(operands) == 2 else None)


def _buffer_operands(instruction: Instruction, operands: tuple[Operand, ...]) -> BufferPlace:
    """``v0, s[4:7], s1``; the first is missing where neither offen nor idxen needs it."""
    if len(operands) == 2:
        operands = (Operand(Literal(0)), *operands)
    return BufferPlace(instruction, *operands)


def _local_operands(instruction: Instruction, operands: tuple[Operand, ...]) -> LocalPlace:
    (vector,) = operands
    return LocalPlace(instruction, vector, integer(instruction, "offset"))


# Family -> (the place of its address operands, its counters, the modifiers it takes).
_FAMILIES: dict[str, tuple[Callable[..., Any], tuple[str, ...], frozenset[str]]] = {
    "global": (_global_operands, ("vm",), frozenset({"offset"})),
    "flat": (_global_operands, ("vm", "lgkm"), frozenset({"offset"})),
    "buffer": (_buffer_operands, ("vm",), frozenset({"offset", "offen", "idxen", "lds"})),
    "scratch": (lambda instruction, operands: ScratchPlace(instruction, *operands), ("vm",), frozenset({"offset"})),
    "ds": (_local_operands, ("lgkm",), frozenset({"offset"})),
}


def _load(family: str, cell: Cell) -> Callable[[Instruction], Run]:
    place_of, counters, _ = _FAMILIES[family]

    def bind(instruction: Instruction) -> Run:
        if "lds" in instruction.modifiers:
            return _load_to_lds(family, cell)(instruction)
        place = place_of(instruction, instruction.operands[1:])
        write, issued = _target(instruction.operands[0], cell), _issued(instruction, *counters)

        keys = sorted(issued.registers)

        def run(f: Front) -> None:
            f.pending.issue(issued)
            words = place.load(f, cell.width)
            if f.undefined:
                undefined.settle(f, keys, instruction)
            write(f, words)

        return run

    return bind


def _load_to_lds(family: str, cell: Cell) -> Callable[[Instruction], Run]:
    place_of, counters, _ = _FAMILIES[family]

    def bind(instruction: Instruction) -> Run:
        if cell.width < 4 or cell.width == 8:
            raise NotEmulated(f"{instruction.mnemonic} to LDS: its size")
        operands = instruction.operands
        place = place_of(instruction, operands[1:] if family == "buffer" and is_off(operands[0]) else operands)
        issued = _issued(instruction, *counters)

        def run(f: Front) -> None:
            f.pending.issue(issued, place.load_to_lds(f, cell.width))

        return run

    return bind


def _store(family: str, cell: Cell) -> Callable[[Instruction], Run]:
    place_of, counters, _ = _FAMILIES[family]

    def bind(instruction: Instruction) -> Run:
        operands = instruction.operands
        at = 0 if family == "buffer" else 1
        place = place_of(instruction, operands[:at] + operands[at + 1 :])
        read, issued = _source(operands[at], cell), _issued(instruction, *counters)
        keys = sorted(keys_of(_vector(operands[at], cell.words)))

        def run(f: Front) -> None:
            f.pending.issue(issued)
            place.store(f, read(f), cell.width)
            if f.undefined and family == "scratch":
                place.forget(f, keys, cell.width)

        return run

    return bind


def _atomic(family: str, operation: Atomic) -> Callable[[Instruction], Run]:
    place_of, counters, _ = _FAMILIES[family]
    met = Cell(operation.width)
    data = Cell(operation.width * operation.operands)

    def bind(instruction: Instruction) -> Run:
        operands, returns = instruction.operands, _returns(instruction)
        at = 0 if family == "buffer" else 1 + returns
        place = place_of(instruction, operands[1:] if at == 0 else operands[returns:at] + operands[at + 1 :])
        read, issued = _source(operands[at], data), _issued(instruction, *counters)
        destination = operands[0]
        if at == 0:  # the data's first registers take what a buffer's compare and swap returns
            destination = Operand(replace(_vector(destination, data.words), count=met.words))
        write = _target(destination, met) if returns else None

        def run(f: Front) -> None:
            f.pending.issue(issued)
            old = place.atomic(f, operation, read(f))
            if write is not None:
                write(f, old)

        return run

    return bind


def _cache_maintenance(*counters: str) -> Callable[[Instruction], Run]:
    """Without effect on one coherent memory; a write back is counted until it is done."""

    def bind(instruction: Instruction) -> Run:
        issued = Issued(counters, frozenset(), True, instruction)
        return (lambda f: f.pending.issue(issued)) if counters else (lambda f: None)

    return bind


# Scalar memory


def _scalar_target(operand: Operand, words: int) -> Callable[[Front, Array], None]:
    value = operand.value
    if not isinstance(value, Register) or value.file != "s" or value.count != words:
        raise NotEmulated(f"{value} as {words} scalar registers")
    index = value.index
    if index + words > M0:
        raise NotEmulated(f"a scalar load to register {index}")

    def write(f: Front, result: Array) -> None:
        f.s[index : index + words] = result

    return write


def _scalar_offset(instruction: Instruction) -> Callable[[Front], Any]:
    """The third operand and ``offset``: uint64 [W] or [1]."""
    fixed = integer(instruction, "offset")
    value = instruction.operands[2].value
    if isinstance(value, Literal):
        total = np.array([(int(value.value) + fixed) % (1 << 64)], np.uint64)
        return lambda f: total
    fetch = decode.scalar_source(instruction.operands[2], "u32")
    return lambda f: fetch(f).astype(np.uint64) + np.uint64(fixed % (1 << 64))


def _scalar_load(words: int) -> Callable[[Instruction], Run]:
    def bind(instruction: Instruction) -> Run:
        base, offset = decode.scalar_source(instruction.operands[1], "u64"), _scalar_offset(instruction)
        write, issued = _scalar_target(instruction.operands[0], words), _scalar_issue(instruction)

        def run(f: Front) -> None:
            f.pending.issue(issued)
            address = base(f) + offset(f)
            memory = f.chunk.memory
            write(f, memory.scalar_load(address, words, f))
            if memory.holds_tensor(int(address[0])):
                f.chunk.traffic.global_loaded += f.waves * words * 4
                if f.chunk.sanitizer is not None:
                    f.chunk.sanitizer.memory(f, instruction, "load", address[:, None], None, 4 * words, None)

        return run

    return bind


def _scalar_buffer_load(words: int) -> Callable[[Instruction], Run]:
    """Dwords past num_records load as 0."""

    def bind(instruction: Instruction) -> Run:
        descriptor, offset = instruction.operands[1].value, _scalar_offset(instruction)
        if not isinstance(descriptor, Register) or descriptor.count != 4:
            raise NotEmulated(f"buffer descriptor {descriptor}")
        first = descriptor.index
        write, issued = _scalar_target(instruction.operands[0], words), _scalar_issue(instruction)

        def run(f: Front) -> None:
            f.pending.issue(issued)
            base = f.s[first] | (f.s[first + 1] & np.uint32(0xFFFF)).astype(np.uint64) << np.uint64(32)
            each = (offset(f) & np.uint64(0xFFFFFFFC))[:, None] + 4 * np.arange(words, dtype=np.uint64)
            records = f.s[first + 2].astype(np.uint64)
            if ((f.s[first + 1] >> np.uint32(16)) & np.uint32(0x3FFF)).any():
                raise NotEmulated(f"{instruction.mnemonic} of a buffer with a stride")
            inside = each + np.uint64(4) <= records[:, None]
            f.chunk.traffic.global_loaded += int(np.count_nonzero(inside)) * 4
            loaded = f.chunk.memory.load(base[:, None] + each, inside, 4, f)[0]
            write(f, (loaded * inside).T)

        return run

    return bind


def _scalar_issue(instruction: Instruction) -> Issued:
    return Issued(("lgkm",), _destination(instruction), False, instruction)


def _clock(instruction: Instruction) -> Run:
    """A clock that counts its readings, so that every run sees the same."""
    write, issued = _scalar_target(instruction.operands[0], 2), _scalar_issue(instruction)

    def run(f: Front) -> None:
        f.pending.issue(issued)
        ticks = f.chunk.memory.tick()
        write(f, np.array([[ticks & 0xFFFFFFFF], [ticks >> 32]], np.uint32))

    return run


# LDS


def _local_pair(instruction: Instruction, vector: Operand, unit: int) -> list[LocalPlace]:
    """The places at offset0 and offset1, in units of so many bytes."""
    return [LocalPlace(instruction, vector, integer(instruction, name) * unit) for name in ("offset0", "offset1")]


def _local_read2(cell: Cell, stride: int) -> Callable[[Instruction], Run]:
    """Two reads, at offset0 and offset1 in units of stride * width."""

    def bind(instruction: Instruction) -> Run:
        destination, vector = instruction.operands
        places = _local_pair(instruction, vector, stride * cell.width)
        write, issued = _target(destination, Cell(2 * cell.width)), _issued(instruction, "lgkm")
        keys = sorted(issued.registers)
        parts = list(zip(places, (keys[: cell.words], keys[cell.words :]), strict=True))

        def load(f: Front, place: LocalPlace, keys: list[int]) -> Array:
            words = place.load(f, cell.width)
            if f.undefined:
                undefined.settle(f, keys, instruction)
            return words

        def run(f: Front) -> None:
            f.pending.issue(issued)
            write(f, np.concatenate([load(f, *part) for part in parts]))

        return run

    return bind


def _local_write2(cell: Cell, stride: int) -> Callable[[Instruction], Run]:
    def bind(instruction: Instruction) -> Run:
        vector, *data = instruction.operands
        places = _local_pair(instruction, vector, stride * cell.width)
        reads, issued = [_source(operand, cell) for operand in data], _issued(instruction, "lgkm")

        def run(f: Front) -> None:
            f.pending.issue(issued)
            for place, read in zip(places, reads, strict=True):
                place.store(f, read(f), cell.width)

        return run

    return bind


def _local_atomic(operation: Atomic, returns: bool) -> Callable[[Instruction], Run]:
    cell = Cell(operation.width)

    def bind(instruction: Instruction) -> Run:
        operands = instruction.operands[int(returns) :]
        place = LocalPlace(instruction, operands[0], integer(instruction, "offset"))
        reads = [_source(operand, cell) for operand in operands[1:]]
        if len(reads) != operation.operands:
            raise NotEmulated(f"{instruction.mnemonic} with {len(reads)} data operands")
        write = _target(instruction.operands[0], cell) if returns else None
        issued = _issued(instruction, "lgkm")

        def run(f: Front) -> None:
            f.pending.issue(issued)
            old = place.atomic(f, operation, np.concatenate([read(f) for read in reads]))
            if write is not None:
                write(f, old)

        return run

    return bind


def _local_transpose(bits: int) -> Callable[[Instruction], Run]:
    """A 64-bit read per lane whose elements then change places among 16 lanes."""

    def bind(instruction: Instruction) -> Run:
        destination, vector = instruction.operands
        place = LocalPlace(instruction, vector, integer(instruction, "offset"))
        write, issued = _target(destination, Cell(8)), _issued(instruction, "lgkm")
        keys = sorted(issued.registers)

        def run(f: Front) -> None:
            if f.active is not None:
                raise NotEmulated(f"{instruction.mnemonic} with lanes off")
            f.pending.issue(issued)
            words = place.load(f, 8)
            if f.undefined:
                undefined.settle(f, keys, instruction, lambda lanes: lds_lanes.transposed(lanes, bits))
            write(f, lds_lanes.transposed(words, bits))

        return run

    return bind


def _between_lanes(
    compute: Callable[[Front, list[Array], Any], Array], bind_offset: Callable[[Instruction], Any]
) -> Callable[[Instruction], Run]:
    """Instructions of the LDS unit that move registers between lanes and touch no memory."""

    def bind(instruction: Instruction) -> Run:
        destination, *sources = instruction.operands
        fetches = [_source(operand, Cell(4)) for operand in sources]
        write, issued, offset = (_target(destination, Cell(4)), _issued(instruction, "lgkm"), bind_offset(instruction))

        def run(f: Front) -> None:
            f.pending.issue(issued)
            write(f, compute(f, [fetch(f)[0] for fetch in fetches], offset)[None])

        return run

    return bind


# The table

_DWORDS = {"dword": 4, "dwordx2": 8, "dwordx3": 12, "dwordx4": 16}
LOADS: dict[str, Cell] = {
    **{name: Cell(width) for name, width in _DWORDS.items()},
    "ubyte": Cell(1), "sbyte": Cell(1, signed=True), "ushort": Cell(2), "sshort": Cell(2, signed=True),
    "ubyte_d16": Cell(1, half=0), "sbyte_d16": Cell(1, signed=True, half=0), "short_d16": Cell(2, half=0),
    "ubyte_d16_hi": Cell(1, half=1), "sbyte_d16_hi": Cell(1, signed=True, half=1), "short_d16_hi": Cell(2, half=1),
}  # fmt: skip
STORES: dict[str, Cell] = {
    **{name: Cell(width) for name, width in _DWORDS.items()},
    "byte": Cell(1), "short": Cell(2), "byte_d16_hi": Cell(1, half=1), "short_d16_hi": Cell(2, half=1),
}  # fmt: skip
LOCAL_READS: dict[str, Cell] = {
    "b32": Cell(4), "b64": Cell(8), "b96": Cell(12), "b128": Cell(16),
    "u8": Cell(1), "i8": Cell(1, signed=True), "u16": Cell(2), "i16": Cell(2, signed=True),
    "u8_d16": Cell(1, half=0), "i8_d16": Cell(1, signed=True, half=0), "u16_d16": Cell(2, half=0),
    "u8_d16_hi": Cell(1, half=1), "i8_d16_hi": Cell(1, signed=True, half=1), "u16_d16_hi": Cell(2, half=1),
}  # fmt: skip
LOCAL_WRITES: dict[str, Cell] = {
    "b8": Cell(1), "b16": Cell(2), "b32": Cell(4), "b64": Cell(8), "b96": Cell(12), "b128": Cell(16),
    "b8_d16_hi": Cell(1, half=1), "b16_d16_hi": Cell(2, half=1),
}  # fmt: skip


def _vector_memory() -> dict[str, Access]:
    table = {}
    for family in ("global", "flat", "buffer", "scratch"):
        modifiers = _FAMILIES[family][2]
        for name, cell in LOADS.items():
            table[f"{family}_load_{name}"] = Access("VMEM", _load(family, cell), modifiers)
        for name, cell in STORES.items():
            table[f"{family}_store_{name}"] = Access("VMEM", _store(family, cell), modifiers - {"lds"})
        if family != "scratch":
            for name, operation in GLOBAL.items():
                table[f"{family}_atomic_{name}"] = Access("VMEM", _atomic(family, operation), modifiers - {"lds"})
    for name in ("dword", "dwordx3", "dwordx4"):
        table[f"global_load_lds_{name}"] = Access("VMEM", _load_to_lds("global", LOADS[name]), frozenset({"offset"}))
    for name, counters in (("buffer_inv", ()), ("buffer_wbl2", ("vm",)), ("buffer_wbinvl1", ())):
        table[name] = Access("VMEM", _cache_maintenance(*counters))
    return table


def _scalar_memory() -> dict[str, Access]:
    table = {}
    for words in (1, 2, 4, 8, 16):
        name = "dword" + (f"x{words}" if words > 1 else "")
        table[f"s_load_{name}"] = Access("SMEM", _scalar_load(words), frozenset({"offset"}))
        table[f"s_buffer_load_{name}"] = Access("SMEM", _scalar_buffer_load(words), frozenset({"offset"}))
    table["s_memtime"] = table["s_memrealtime"] = Access("SMEM", _clock)
    for name in ("s_dcache_inv", "s_dcache_wb", "s_dcache_inv_vol", "s_dcache_wb_vol"):
        table[name] = Access("SMEM", _cache_maintenance())
    return table


def _local_memory() -> dict[str, Access]:
    byte_offset = partial(integer, name="offset")
    one, two = frozenset({"offset"}), frozenset({"offset0", "offset1"})
    table = {f"ds_read_{name}": Access("LDS", _load("ds", cell), one) for name, cell in LOCAL_READS.items()}
    table |= {f"ds_write_{name}": Access("LDS", _store("ds", cell), one) for name, cell in LOCAL_WRITES.items()}
    for bits in (32, 64):
        for infix, stride in (("2", 1), ("2st64", 64)):
            cell = Cell(bits // 8)
            table[f"ds_read{infix}_b{bits}"] = Access("LDS", _local_read2(cell, stride), two)
            table[f"ds_write{infix}_b{bits}"] = Access("LDS", _local_write2(cell, stride), two)
    for name, operation in LOCAL.items():
        stem, _, suffix = name.rpartition("_")
        table[f"ds_{stem}_rtn_{suffix}"] = Access("LDS", _local_atomic(operation, True), one)
        if stem != "wrxchg":  # an exchange that returns nothing is a write
            table[f"ds_{name}"] = Access("LDS", _local_atomic(operation, False), one)
    for bits in (16, 8, 4):
        table[f"ds_read_b64_tr_b{bits}"] = Access("LDS", _local_transpose(bits), one)
    table["ds_bpermute_b32"] = Access("LDS", _between_lanes(lds_lanes.pulled, byte_offset), one)
    table["ds_permute_b32"] = Access("LDS", _between_lanes(lds_lanes.pushed, byte_offset), one)
    table["ds_swizzle_b32"] = Access("LDS", _between_lanes(lds_lanes.swizzled, lds_lanes.swizzle), one)
    return table


ACCESSES: dict[str, Access] = {**_scalar_memory(), **_vector_memory(), **_local_memory()}
