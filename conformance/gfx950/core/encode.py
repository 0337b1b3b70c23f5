"""How does an instruction become a record that the core runs? None where it lacks the mnemonic, operand or modifier.

What binding.py and decode.py make closures of; they have refused before what is not emulated at all.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from conformance.gfx950 import binding, decode
from conformance.gfx950.assembly import VCC, Instruction, Literal, Name, Operand, Register
from conformance.gfx950.core import layout
from conformance.gfx950.core.layout import (
    CLAMPS,
    DOUBLES,
    FLUSHES,
    NEAREST,
    PLAIN,
    SETTLES,
    WRITES_EXEC,
    WRITES_SCC,
    File,
    Kind,
    Record,
    SourceRecord,
    TargetRecord,
    Type,
)  # fmt: skip
from conformance.gfx950.core.library import Library
from conformance.gfx950.core.matrix import matrix_record
from conformance.gfx950.core.memory import memory_record
from conformance.gfx950.core.unknown import Unknown
from conformance.gfx950.instructions.matrix import MATRIX
from conformance.gfx950.instructions.operations import Op
from conformance.gfx950.instructions.scalar import SCALAR
from conformance.gfx950.instructions.vector import VECTOR
from conformance.gfx950.lane_select import Permute
from conformance.gfx950.storage.accesses import ACCESSES
from conformance.gfx950.wave import mask_of

_TYPES = {
    **dict.fromkeys(("u32", "i32", "b32", "f32"), Type.WORD),
    **dict.fromkeys(("u64", "i64", "f64"), Type.DOUBLE),
    **dict.fromkeys(("u16", "f16"), Type.HALF),
    "i16": Type.SIGNED_HALF, "pk_f32": Type.WORDS, "pk_u16": Type.HALVES, "pk_i16": Type.SIGNED_HALVES,
    "mask": Type.MASK,
}  # fmt: skip
_SIGN_BIT = {"f32": 31, "b32": 31, "f16": 15, "f64": 63}
_NAMES = {
    "scc": File.SCC, "src_scc": File.SCC, "execz": File.EXECZ, "src_execz": File.EXECZ,
    "vccz": File.VCCZ, "src_vccz": File.VCCZ,
}  # fmt: skip
_LANES_MOVED = {"v_readfirstlane_b32": 0, "v_readlane_b32": 1, "v_writelane_b32": 2}
_KEEP = (1 << 64) - 1


def record(instruction: Instruction, library: Library) -> Record | None:
    """The record of an instruction other than a branch, barrier or end, made once for all of the same meaning."""
    meaning = instruction.meaning
    if meaning not in _made:
        _made[meaning] = _record(instruction, library)
    return _made[meaning]


_made: dict[tuple[object, ...], Record | None] = {}


def _record(instruction: Instruction, library: Library) -> Record | None:
    mnemonic = instruction.mnemonic
    try:
        if mnemonic in library.vector and mnemonic in VECTOR:
            return _vector(instruction, VECTOR[mnemonic], library.vector[mnemonic])
        if mnemonic in library.scalar and mnemonic in SCALAR:
            return _scalar(instruction, SCALAR[mnemonic], library.scalar[mnemonic])
        if mnemonic in _LANES_MOVED:
            return _lane(instruction)
        if mnemonic in MATRIX:
            return matrix_record(instruction)
        if mnemonic in ACCESSES:
            return memory_record(instruction)
    except Unknown:
        return None
    if mnemonic in binding.WITHOUT_EFFECT:
        return Record(kind=Kind.NOTHING)
    return Record(kind=Kind.WAIT) if mnemonic == "s_waitcnt" else None


# Vector ALU


def _vector(instruction: Instruction, op: Op, number: int) -> Record:
    writes, reads = op.writes.split(), op.reads.split()
    destinations, operands = binding.operands_of(instruction, writes, reads)
    if destinations is operands:
        raise Unknown
    made = Record(kind=Kind.VECTOR, op=number, flags=_flags(instruction, op, writes, reads))
    made.extra = _extra(instruction, op)
    left = iter(enumerate(operands))

    def source(kind: str) -> SourceRecord:
        position, operand = next(left)
        return _source(operand, position, kind, instruction)

    sources = [_vcc() if kind == "vcc" else source(kind) for kind in reads]
    if op.accumulates:
        old, plain = Operand(instruction.operands[0].value), replace(instruction, encoding="", modifiers={})
        sources.append(_source(old, len(operands), writes[0], plain))
    targets = [
        _target(operand, at, kind, instruction)
        for at, (operand, kind) in enumerate(zip(destinations, writes, strict=True))
    ]
    made.inputs, made.outputs = len(sources), len(targets)
    made.of[: len(sources)], made.into[: len(targets)] = sources, targets
    if instruction.encoding == "dpp":
        made.permuted, made.permute = 1, _permute(Permute(instruction.modifiers))
    elif _is_plain(made):
        made.flags |= PLAIN
    return made


def _is_plain(made: Record) -> bool:
    """Whether nothing but whole words and masks come in and go out, words all FP32 where NaNs are to be settled."""
    sources, targets = made.of[: made.inputs], made.into[: made.outputs]
    words = all(s.type == Type.MASK or (s.type == Type.WORD and not (s.up or s.down or s.signs)) for s in sources)
    whole = all(t.type == Type.MASK or (t.type == Type.WORD and not t.partial) for t in targets)
    settled = not made.flags & SETTLES or all(s.flushes for s in sources)
    return words and whole and settled and not made.flags & (CLAMPS | DOUBLES)


def _permute(permute: Permute) -> layout.PermuteRecord:
    made = layout.PermuteRecord(zero=permute.zero)
    made.exists, made.enabled = (int(mask_of(lanes[None])[0]) for lanes in (permute.exists, permute.masked))
    made.source[:] = permute.lanes.tolist()
    return made


def _flags(instruction: Instruction, op: Op, writes: list[str], reads: list[str]) -> int:
    """The rules around the computation, as binding has them; those of FP16 and FP64 results are NumPy's."""
    flags, first = 0, writes[0].removeprefix("pk_")
    if first in ("f16", "f64"):
        raise Unknown
    if first == "f32" and not op.exact_nan:
        flags |= SETTLES
    if "f32" in reads or "pk_f32" in reads or "f32" in writes:
        flags |= FLUSHES
    if instruction.modifiers.get("clamp"):
        if op.saturates or first != "f32":
            raise Unknown
        flags |= CLAMPS
    if "ulp" in op.modifiers:
        flags |= NEAREST
    return flags | (DOUBLES if any(kind.startswith("pk_") for kind in writes + reads) else 0)


def _extra(instruction: Instruction, op: Op) -> int:
    """What compute takes as a keyword, as one number."""
    if set(op.modifiers) - {"bitop3", "mode", "ulp", "op_sel"}:
        raise Unknown
    if "op_sel" in op.modifiers:  # of conversions into a half of a register: which one
        bits: Any = instruction.modifiers.get("op_sel") or [0]
        scaled = instruction.mnemonic.startswith("v_cvt_scalef32")
        return int((bits[3] if len(bits) > 3 else 0) if scaled else bits[-1])
    table: Any = instruction.modifiers.get("bitop3", 0)
    return int(table)


def _vcc() -> SourceRecord:
    return SourceRecord(file=File.S, type=Type.MASK, index=VCC)


def _source(operand: Operand, position: int, kind: str, instruction: Instruction) -> SourceRecord:
    """The record's form of decode.vector_source."""
    if kind not in _TYPES:
        raise Unknown
    kind_type, value = _TYPES[kind], operand.value
    made = SourceRecord(type=kind_type, clear=_KEEP, flushes=kind in ("f32", "pk_f32"))
    _place(made, operand, kind)
    modifiers = instruction.modifiers
    dpp = position == 0 and instruction.encoding == "dpp"
    if kind_type in (Type.WORDS, Type.HALVES, Type.SIGNED_HALVES):
        _pack(made, operand, kind, position, modifiers)
        return made
    if kind_type == Type.MASK:
        return made
    selection = str(modifiers.get(f"src{position}_sel", "DWORD"))
    if dpp and kind_type == Type.DOUBLE:
        raise Unknown
    if selection != "DWORD" and not dpp and kind_type != Type.DOUBLE:
        _select(made, operand, kind, selection)
    elif kind_type in (Type.HALF, Type.SIGNED_HALF) and not isinstance(value, Literal):
        high = 0 if dpp else decode.bit_of(modifiers, "op_sel", position)
        made.up, made.down, made.extends = 16 - 16 * high, 16, kind_type == Type.SIGNED_HALF
    _sign(made, operand, kind)
    return made


def _place(made: SourceRecord, operand: Operand, kind: str) -> None:
    """The register, constant or named bit."""
    value = operand.value
    if isinstance(value, Register):
        made.file, made.index = File["VAS"["vas".index(value.file)]], value.index
        if made.type == Type.MASK and value.file != "s":
            raise Unknown
    elif isinstance(value, Literal):
        made.file = File.CONSTANT
        if made.type == Type.MASK:
            made.value = int(value.value) % (1 << 64)
        elif not kind.startswith("pk_"):
            made.value = bits_of(value.value, kind)
    elif isinstance(value, Name) and value.text in _NAMES and kind in ("u32", "i32"):
        made.file = _NAMES[value.text]
    else:
        raise Unknown


def bits_of(value: int | float, kind: str) -> int:
    """A literal's bits for an operand of this type; of a signed half, extended to a word."""
    constant = decode.constant(value, kind)
    if kind == "i16":
        return int(constant.astype(np.int32).view(np.uint32)[0])
    return int(constant.view(f"u{constant.dtype.itemsize}")[0])


def _sign(made: SourceRecord, operand: Operand, kind: str) -> None:
    if operand.absolute or operand.negate:
        bit = 1 << _SIGN_BIT[kind]
        made.signs, made.clear, made.flip = 1, _KEEP & ~bit if operand.absolute else _KEEP, bit if operand.negate else 0


def _select(made: SourceRecord, operand: Operand, kind: str, selection: str) -> None:
    """SDWA."""
    first, width = decode.SELECTIONS[selection]
    if isinstance(operand.value, Literal) or (operand.sext and kind in ("u16", "f16")):
        raise Unknown
    made.up, made.down = 32 - first - width, 32 - width
    made.extends = operand.sext or (kind == "i16" and width == 16)


def _pack(made: SourceRecord, operand: Operand, kind: str, position: int, modifiers: dict[str, Any]) -> None:
    """Operands of two results: the halves or words that op_sel and op_sel_hi name, negated by neg_lo and neg_hi."""
    halves = decode.bit_of(modifiers, "op_sel", position), decode.bit_of(modifiers, "op_sel_hi", position, 1)
    negated = decode.bit_of(modifiers, "neg_lo", position), decode.bit_of(modifiers, "neg_hi", position)
    element, value = kind.removeprefix("pk_"), operand.value
    if isinstance(value, Literal):
        if element == "f32":
            low = high = bits_of(value.value, "f32")
        else:
            word = decode.packed_constant(value.value, element)
            low, high = ((word >> 16 * half) & 0xFFFF for half in halves)
            if element == "i16":
                low, high = (number - (number >> 15 << 16) & 0xFFFFFFFF for number in (low, high))
        made.value = low | high << 32
    elif isinstance(value, Name):
        raise Unknown
    made.first, made.second = halves if element == "f32" else (16 * half for half in halves)
    if any(negated):
        if element != "f32":
            raise Unknown
        made.signs, made.flip = 1, negated[0] << 31 | negated[1] << 63


def _target(operand: Operand, position: int, kind: str, instruction: Instruction) -> TargetRecord:
    """The record's form of decode.vector_destination."""
    value, modifiers = operand.value, instruction.modifiers
    if kind not in _TYPES or not isinstance(value, Register):
        raise Unknown
    made = TargetRecord(type=_TYPES[kind], index=value.index, flushes=kind in ("f32", "pk_f32"))
    if kind == "mask":
        return made
    made.file = File["VA"["va".index(value.file)]]
    if made.type == Type.SIGNED_HALVES:
        made.type = Type.HALVES
    selection = str(modifiers.get("dst_sel", "DWORD"))
    if selection != "DWORD":
        if made.type not in (Type.WORD, Type.HALF, Type.SIGNED_HALF):
            raise Unknown
        first, width = decode.SELECTIONS[selection]
        made.partial, made.shift, made.field = 1, first, ((1 << width) - 1) << first
        made.kept = ~made.field & 0xFFFFFFFF if modifiers.get("dst_unused") == "UNUSED_PRESERVE" else 0
    elif made.type in (Type.HALF, Type.SIGNED_HALF):
        high = decode.bit_of(modifiers, "op_sel", len(instruction.operands) - 1)
        made.partial, made.shift, made.field = 1, 16 * high, 0xFFFF << 16 * high
        made.kept = ~made.field & 0xFFFFFFFF if "op_sel" in modifiers else 0
    if made.partial or made.type in (Type.HALF, Type.SIGNED_HALF):
        made.type = Type.WORD
    return made


# Scalar ALU, and between lanes and scalars


def scalar_source(operand: Operand, kind: str) -> SourceRecord:
    """The record's form of decode.scalar_source."""
    made = SourceRecord(type=Type.DOUBLE if kind in ("u64", "i64") else Type.WORD, clear=_KEEP)
    value = operand.value
    if isinstance(value, Literal):
        made.file, made.value = File.CONSTANT, bits_of(value.value, kind)
    elif isinstance(value, Name) and value.text in _NAMES:
        made.file = _NAMES[value.text]
    elif isinstance(value, Register) and value.file == "s":
        made.file, made.index = File.S, value.index
    else:
        raise Unknown
    return made


def _scalar(instruction: Instruction, op: Op, number: int) -> Record:
    writes, reads = op.writes.split(), op.reads.split()
    destinations, operands = binding.operands_of(instruction, writes, reads)
    if binding.SOPK.fullmatch(instruction.mnemonic):
        operands[-1] = binding.extended(operands[-1], reads[-1])
    made = Record(kind=Kind.SCALAR, op=number)
    shown = [kind for kind in reads if kind not in ("scc", "exec")]
    sources = [scalar_source(operand, kind) for operand, kind in zip(operands, shown, strict=True)]
    if op.accumulates:
        sources.append(scalar_source(destinations[0], writes[0]))
    targets = [
        _scalar_target(operand, kind)
        for operand, kind in zip(destinations, [kind for kind in writes if kind not in ("scc", "exec")], strict=True)
    ]
    if len(sources) > 2 or len(targets) > 1:
        raise Unknown
    made.inputs, made.outputs = len(sources), len(targets)
    made.of[: len(sources)], made.into[: len(targets)] = sources, targets
    made.flags = (WRITES_SCC if "scc" in writes else 0) | (WRITES_EXEC if "exec" in writes else 0)
    return made


def _scalar_target(operand: Operand, kind: str) -> TargetRecord:
    value = operand.value
    if not isinstance(value, Register) or value.file != "s":
        raise Unknown
    return TargetRecord(type=Type.DOUBLE if kind in ("u64", "i64") else Type.WORD, index=value.index)


def _lane(instruction: Instruction) -> Record:
    made = Record(kind=Kind.LANE, op=_LANES_MOVED[instruction.mnemonic], outputs=1)
    destination, source, *lane = instruction.operands
    if made.op == 2:
        value = destination.value
        if not isinstance(value, Register) or value.file == "s":
            raise Unknown
        made.into[0] = TargetRecord(file=File["VA"["va".index(value.file)]], index=value.index)
        made.of[0] = scalar_source(source, "u32")
    else:
        made.into[0] = _scalar_target(destination, "u32")
        made.of[0] = _source(source, 0, "u32", replace(instruction, encoding="", modifiers={}))
    made.of[1] = scalar_source(lane[0], "u32") if lane else SourceRecord()
    return made
