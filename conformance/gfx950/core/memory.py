"""How does a memory instruction become a record? As storage/accesses.py reads its operands and modifiers."""

import re

from conformance.gfx950.assembly import EXEC, M0, Instruction, Literal, Operand, Register
from conformance.gfx950.core.layout import (
    NO_REGISTER,
    Access,
    File,
    Kind,
    MemoryRecord,
    Record,
    SourceRecord,
    Space,
    TargetRecord,
    Type,
)
from conformance.gfx950.core.unknown import Unknown
from conformance.gfx950.storage import accesses
from conformance.gfx950.storage.accesses import Cell
from conformance.gfx950.storage.places import is_off

_VECTOR = re.compile(r"(global|buffer)_(load_lds|load|store)_(\w+)")
_LOCAL = re.compile(r"ds_(read|write)(2|2st64)?_(\w+)")
_TRANSPOSING = {"b64_tr_b8": 1, "b64_tr_b16": 2}
_SCALAR = re.compile(r"s_load_dword(?:x(\d+))?")


def memory_record(instruction: Instruction) -> Record:
    """Raises Unknown for what is left to NumPy: atomics, scratch, flat accesses, structured buffers."""
    mnemonic, made = instruction.mnemonic, Record(kind=Kind.MEMORY)
    if match := _VECTOR.fullmatch(mnemonic):
        _vector(made.memory, instruction, *match.groups())
    elif match := _LOCAL.fullmatch(mnemonic):
        _local(made.memory, instruction, *match.groups())
    elif match := _SCALAR.fullmatch(mnemonic):
        _scalar(made, instruction, int(match.group(1) or 1))
    elif mnemonic == "ds_bpermute_b32":
        memory, (to, address, data) = made.memory, instruction.operands
        memory.access, memory.space, memory.offset[0] = Access.PULL, Space.LOCAL, _number(instruction, "offset")
        memory.address = _register(address, "v").index
        memory.data[0], memory.data[1] = _register(to, "v").index, _register(data, "v").index
    else:
        raise Unknown
    return made


def _number(instruction: Instruction, name: str) -> int:
    value = instruction.modifiers.get(name, 0)
    if not isinstance(value, int):
        raise Unknown
    return value


def _register(operand: Operand, files: str) -> Register:
    value = operand.value
    if not isinstance(value, Register) or value.file not in files:
        raise Unknown
    return value


def _cell(memory: MemoryRecord, cell: Cell) -> None:
    memory.width, memory.extends = cell.width, cell.signed
    memory.half = 0 if cell.half is None else 1 + cell.half


def _data(memory: MemoryRecord, which: int, operand: Operand) -> None:
    register = _register(operand, "va")
    file = File["VA"["va".index(register.file)]]
    if which and memory.file != file:
        raise Unknown
    memory.file, memory.data[which] = file, register.index


def _vector(memory: MemoryRecord, instruction: Instruction, family: str, what: str, name: str) -> None:
    operands = list(instruction.operands)
    to_lds = what == "load_lds" or "lds" in instruction.modifiers
    table = accesses.STORES if what == "store" else accesses.LOADS
    if name not in table or instruction.modifiers.get("idxen"):
        raise Unknown
    _cell(memory, table[name])
    memory.access = Access.LOAD_TO_LDS if to_lds else Access.STORE if what == "store" else Access.LOAD
    memory.offset[0] = _number(instruction, "offset")
    if to_lds:
        operands = operands[1:] if family == "buffer" and is_off(operands[0]) else operands
    else:
        _data(memory, 0, operands.pop(1 if family == "global" and what == "store" else 0))
    if family == "global":
        _global_place(memory, operands)
    else:
        _buffer_place(memory, operands, bool(instruction.modifiers.get("offen")))


def _global_place(memory: MemoryRecord, operands: list[Operand]) -> None:
    memory.address, memory.space = _register(operands[0], "v").index, Space.GLOBAL_PAIR
    if len(operands) == 2 and not is_off(operands[1]):
        memory.base, memory.space = _register(operands[1], "s").index, Space.GLOBAL_BASE


def _buffer_place(memory: MemoryRecord, operands: list[Operand], offen: bool) -> None:
    *vector, descriptor, scalar = operands
    memory.space, memory.base = Space.BUFFER, _register(descriptor, "s").index
    memory.address = _register(vector[0], "v").index if offen else NO_REGISTER
    memory.scalar = _offset(scalar)


def _offset(operand: Operand) -> SourceRecord:
    value = operand.value
    if isinstance(value, Literal) and isinstance(value.value, int) and value.value >= 0:
        return SourceRecord(file=File.CONSTANT, type=Type.WORD, value=value.value)
    return SourceRecord(file=File.S, type=Type.WORD, index=_register(operand, "s").index)


def _local(memory: MemoryRecord, instruction: Instruction, what: str, two: str | None, name: str) -> None:
    table = accesses.LOCAL_READS if what == "read" else accesses.LOCAL_WRITES
    if what == "read" and name in _TRANSPOSING:
        memory.transposes, name = _TRANSPOSING[name], "b64"
    if name not in table:
        raise Unknown
    cell = table[name]
    _cell(memory, cell)
    memory.space, memory.access = Space.LOCAL, Access.LOAD if what == "read" else Access.STORE
    operands = instruction.operands
    memory.address = _register(operands[what == "read"], "v").index
    _data(memory, 0, operands[what != "read"])
    if two is None:
        memory.offset[0] = _number(instruction, "offset")
        return
    memory.two, unit = 1, cell.width * (64 if two == "2st64" else 1)
    for which in (0, 1):
        memory.offset[which] = _number(instruction, f"offset{which}") * unit
    if what == "read":
        memory.data[1] = memory.data[0] + cell.words
    else:
        _data(memory, 1, operands[2])


def _scalar(made: Record, instruction: Instruction, words: int) -> None:
    to, base, offset = instruction.operands
    target, memory = _register(to, "s"), made.memory
    if target.index + words > M0 or not isinstance(base.value, Register):
        raise Unknown
    memory.space, memory.access, memory.width = Space.SCALAR, Access.LOAD, 4 * words
    memory.base, memory.offset[0] = _register(base, "s").index, _number(instruction, "offset")
    if memory.base >= EXEC:
        raise Unknown
    memory.scalar = _offset(offset)
    made.into[0] = TargetRecord(index=target.index)
