"""How does an operand become an array, and an array a register? Closures over a front's register files.

Vector operands are [W, 64] or broadcast to it (a scalar register is [W, 1], a constant [1, 1]); operands of scalar
instructions are [W] or [1].
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.gfx950.assembly import EXEC, VCC, Instruction, Literal, Name, Operand, Register
from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.instructions.floats import pack_halves
from conformance.gfx950.lane_select import Permute
from conformance.gfx950.wave import WORD_TYPES, Front, lanes_of, mask_of

Array = np.ndarray
Fetch = Callable[[Front], Any]
Put = Callable[[Front, Any], None]
Write = Callable[[Front, Array, Any], None]  # of a result to a register, in the lanes that it is for

_DTYPES = {
    "u16": np.uint16, "i16": np.int16, "f16": np.float16,
    **WORD_TYPES,
    "u64": np.uint64, "i64": np.int64, "f64": np.float64,
}  # fmt: skip
_FLOATS = ("f16", "f32", "f64", "pk_f16", "pk_f32")
# SDWA selections: (first bit, width).
SELECTIONS = {f"BYTE_{i}": (8 * i, 8) for i in range(4)} | {f"WORD_{i}": (16 * i, 16) for i in range(2)}


def constant(value: int | float, kind: str) -> Array:
    """A literal as the hardware reads it for an operand of this type; shape [1].

    A number with a point is the inline constant in the operand's own format, for integers in that of FP32 or (64
    bits) FP64; a whole number is the bit pattern, of which FP64 takes 32-bit literals as its high word and 64 bits
    without a sign as their low one (AMD CDNA4 ISA, "Literal constants"; LLVM writes s_mov_b64 with a literal for what
    fits 32 unsigned bits).
    """
    dtype = np.dtype(_DTYPES[kind])
    if isinstance(value, float):
        if dtype.kind == "f":
            return np.array([value], dtype)
        if dtype.itemsize == 8:
            return np.array([value]).view(dtype)
        return np.array([value], np.float32).view(np.uint32).astype(dtype)
    if dtype.itemsize == 8 and not -16 <= value <= 64:
        if kind == "f64":
            value <<= 32
        elif not (0 <= value < 1 << 32 if kind == "u64" else -(1 << 31) <= value < 1 << 31):
            raise NotEmulated(f"the literal {value:#x} as a 64-bit operand of type {kind}: how it is extended")
    unsigned = np.array([value % (1 << 8 * dtype.itemsize)], f"u{dtype.itemsize}")
    return unsigned.view(dtype)


# Scalar operands


def scalar_source(operand: Operand, kind: str) -> Fetch:
    """[W] of this type from scalar registers, or a constant [1]."""
    value = operand.value
    if isinstance(value, Literal):
        fixed = constant(value.value, kind)
        return lambda f: fixed
    if isinstance(value, Name):
        return _scalar_name(value.text, kind)
    if value.file != "s":
        raise NotEmulated(f"vector register {value} as a scalar operand")
    index = value.index
    if kind in ("u64", "i64"):
        dtype = _DTYPES[kind]
        return lambda f: f.pair(index).view(dtype)
    return lambda f: f.views["s"][kind][index]


def _scalar_name(text: str, kind: str) -> Fetch:
    """Sources that are bits rather than registers."""
    dtype = _DTYPES[kind]
    if text in ("scc", "src_scc"):
        return lambda f: f.scc.astype(dtype)
    if text in ("execz", "src_execz"):
        return lambda f: (f.pair(EXEC) == 0).astype(dtype)
    if text in ("vccz", "src_vccz"):
        return lambda f: (f.pair(VCC) == 0).astype(dtype)
    raise NotEmulated(f"operand {text!r}")


def scalar_destination(operand: Operand, kind: str) -> Put:
    """Writes [W] (or [1]) of this type to scalar registers."""
    value = operand.value
    if not isinstance(value, Register) or value.file != "s":
        raise NotEmulated(f"scalar destination {value}")
    index = value.index
    if kind in ("u64", "i64"):

        def put_pair(f: Front, result: Array) -> None:
            f.set_pair(index, np.broadcast_to(result.view(np.uint64), f.waves))

        return put_pair
    return (lambda f, result: f.set_scalar(index, result)) if index >= EXEC else _plain_scalar(index, kind)


def _plain_scalar(index: int, kind: str) -> Put:
    def put(f: Front, result: Array) -> None:
        f.views["s"][kind][index] = result

    return put


# Vector operands


def words(operand: Operand, kind: str, offset: int = 0) -> Fetch:
    """One 32-bit register of the operand, the ``offset``-th of those it names, as u32, i32 or f32."""
    value = operand.value
    if isinstance(value, Literal):
        fixed = constant(value.value, kind)[None]
        return lambda f: fixed
    if isinstance(value, Name):
        named = _scalar_name(value.text, kind)
        return lambda f: named(f)[:, None]
    file, index = value.file, value.index + offset
    if file == "s":
        return lambda f: f.views["s"][kind][index][:, None]
    return lambda f: f.views[file][kind][index]


def vector_source(operand: Operand, kind: str, position: int, instruction: Instruction) -> Fetch:
    """What compute gets for the ``position``-th source of an instruction: [W, 64] (or less) of this type."""
    modifiers = instruction.modifiers
    if kind == "mask":
        return _mask_source(operand)
    if kind.startswith("pk_"):
        return _packed_source(operand, kind, position, modifiers)
    if kind == "mix":
        return _signed(_mixed(operand, position, modifiers), operand, "f32")
    selection = modifiers.get(f"src{position}_sel", "DWORD")
    if position == 0 and instruction.encoding == "dpp":
        fetch = _permuted(operand, kind, modifiers)
    elif kind in ("u64", "i64", "f64"):
        fetch = _double(operand, kind)
    elif selection != "DWORD":
        fetch = _selected(operand, kind, str(selection))
    elif kind in ("u16", "i16", "f16"):
        fetch = half(operand, kind, bit_of(modifiers, "op_sel", position))
    else:
        fetch = words(operand, kind)
    return _signed(fetch, operand, kind)


def _permuted(operand: Operand, kind: str, modifiers: dict[str, Any]) -> Fetch:
    """DPP: the register, or its low half, of another lane."""
    if kind in WORD_TYPES:
        return Permute(modifiers).source(words(operand, kind))
    if kind not in ("u16", "i16", "f16"):
        raise NotEmulated(f"DPP with an operand of type {kind}")
    word, dtype = Permute(modifiers).source(words(operand, "u32")), _DTYPES[kind]
    return lambda f: word(f).astype(np.uint16).view(dtype)


def _mixed(operand: Operand, position: int, modifiers: dict[str, Any]) -> Fetch:
    """FP32 of a register itself, or of the FP16 half that op_sel names where op_sel_hi says that it holds halves."""
    if not bit_of(modifiers, "op_sel_hi", position):
        return words(operand, "f32")
    narrow = half(operand, "f16", bit_of(modifiers, "op_sel", position))
    return lambda f: narrow(f).astype(np.float32)


def bit_of(modifiers: dict[str, Any], name: str, position: int, default: int = 0) -> int:
    bits = modifiers.get(name)
    return bits[position] if bits is not None and position < len(bits) else default


def _signed(fetch: Fetch, operand: Operand, kind: str) -> Fetch:
    """|x| and -x on the bits of a float; of a b32 on its FP32 sign bit."""
    if not operand.absolute and not operand.negate:
        return fetch
    if kind == "b32":
        clear = np.uint32(0x7FFFFFFF if operand.absolute else 0xFFFFFFFF)
        flip = np.uint32(0x80000000 if operand.negate else 0)
        return lambda f: (fetch(f) & clear) ^ flip
    if kind not in _FLOATS:
        raise NotEmulated(f"sign modifiers on an operand of type {kind}")
    if not operand.negate:
        return lambda f: np.abs(fetch(f))
    if not operand.absolute:
        return lambda f: np.negative(fetch(f))
    return lambda f: np.negative(np.abs(fetch(f)))


def _mask_source(operand: Operand) -> Fetch:
    value = operand.value
    if isinstance(value, Literal):
        fixed = lanes_of(np.array([value.value % (1 << 64)], np.uint64))
        return lambda f: fixed
    if isinstance(value, Register) and value.file == "s":
        index = value.index
        return lambda f: lanes_of(f.pair(index))
    raise NotEmulated(f"lane mask from {value}")


def _double(operand: Operand, kind: str) -> Fetch:
    if isinstance(operand.value, Literal):
        fixed = constant(operand.value.value, kind)[None]
        return lambda f: fixed
    low, high, dtype = words(operand, "u32"), words(operand, "u32", 1), _DTYPES[kind]
    return lambda f: (low(f) | (high(f).astype(np.uint64) << np.uint64(32))).view(dtype)


def half(operand: Operand, kind: str, high: int) -> Fetch:
    """The low or high 16 bits of a register; a constant is the same either way."""
    if isinstance(operand.value, Literal):
        fixed = constant(operand.value.value, kind)[None]
        return lambda f: fixed
    word, dtype, shift = words(operand, "u32"), _DTYPES[kind], np.uint32(16 * high)
    return lambda f: (word(f) >> shift).astype(np.uint16).view(dtype)


def _selected(operand: Operand, kind: str, selection: str) -> Fetch:
    """SDWA: a byte or half of a register, zero or sign extended, or that half as a float."""
    if selection not in SELECTIONS:
        raise NotEmulated(f"SDWA selection {selection}")
    first, width = SELECTIONS[selection]
    word, dtype = words(operand, "u32"), np.dtype(_DTYPES[kind])
    up, down, bits = np.uint32(32 - first - width), np.uint32(32 - width), dtype.itemsize * 8
    if operand.sext:
        return lambda f: ((word(f) << up).view(np.int32) >> down.view(np.int32)).astype(f"i{bits // 8}").view(dtype)
    return lambda f: ((word(f) << up) >> down).astype(f"u{bits // 8}").view(dtype)


def _packed_source(operand: Operand, kind: str, position: int, modifiers: dict[str, Any]) -> Fetch:
    """[2, W, 64]: what the low and the high result are computed from, by op_sel, op_sel_hi, neg_lo and neg_hi."""
    halves = (bit_of(modifiers, "op_sel", position), bit_of(modifiers, "op_sel_hi", position, 1))
    negated = (bit_of(modifiers, "neg_lo", position), bit_of(modifiers, "neg_hi", position))
    element = kind.removeprefix("pk_")
    if operand.absolute or operand.negate:
        raise NotEmulated("sign modifiers other than neg_lo, neg_hi on a packed operand")
    if isinstance(operand.value, Literal) and element != "f32":
        word = packed_constant(operand.value.value, element)
        low, high = (_fixed_half(word, element, h) for h in halves)
    elif isinstance(operand.value, Literal) and 1 in halves:
        raise NotEmulated("the high word of a constant in a packed operand")
    elif element == "f32":
        low, high = (words(operand, element, h) for h in halves)
        value = operand.value
        if halves == (0, 1) and negated == (0, 0) and isinstance(value, Register) and value.file != "s":
            file, index = value.file, value.index
            return lambda f: f.views[file]["f32"][index : index + 2]
    else:
        low, high = (half(operand, element, h) for h in halves)
    low, high = (
        _signed(g, Operand(operand.value, bool(n)), element) for g, n in zip((low, high), negated, strict=True)
    )
    return lambda f: np.stack(np.broadcast_arrays(low(f), high(f)))


def packed_constant(value: int | float, element: str) -> int:
    """The 32 bits of an inline constant that packed 16-bit operands read, as LLVM's getInlineEncodingV216 has it.

    Whole numbers are sign-extended to 32 bits; others are FP16 with nothing above it, or for integers FP32.
    """
    if isinstance(value, int) and not -16 <= value <= 64:
        raise NotEmulated(f"the literal {value:#x} as a packed operand")
    if isinstance(value, float) and element == "f16":
        return int(np.float16(value).view(np.uint16))
    return int(constant(value, "u32")[0])


def _fixed_half(word: int, element: str, high: int) -> Fetch:
    fixed = np.array([[word >> 16 * high & 0xFFFF]], np.uint16).view(_DTYPES[element])
    return lambda f: fixed


def vector_destination(operand: Operand, kind: str, position: int, instruction: Instruction) -> Put:
    """Writes [W, 64] (or what broadcasts to it) of this type, in active lanes only."""
    value, modifiers = operand.value, instruction.modifiers
    if not isinstance(value, Register):
        raise NotEmulated(f"destination {value}")
    if kind == "mask":
        if instruction.encoding == "dpp" and not Permute(modifiers).whole:
            raise NotEmulated("a lane mask by DPP that leaves lanes out: what their bits become")
        return _mask_destination(value.index)
    if value.file == "s":
        raise NotEmulated(f"scalar register {value} as a vector destination")
    write = _dpp_write(instruction) if instruction.encoding == "dpp" else write_words
    file, index = value.file, value.index
    if modifiers.get("dst_sel", "DWORD") != "DWORD":
        return _selected_write(value, kind, modifiers)
    if kind in WORD_TYPES:
        return lambda f, result: write(f, f.views[file][kind][index], result)
    if kind in ("u64", "i64", "f64"):

        def put_double(f: Front, result: Array) -> None:
            pair = result.view(np.uint64)
            write(f, f.views[file]["u32"][index], pair.astype(np.uint32))
            write(f, f.views[file]["u32"][index + 1], (pair >> np.uint64(32)).astype(np.uint32))

        return put_double
    if kind == "pk_f32":

        def put_pair(f: Front, result: Array) -> None:
            write(f, f.views[file]["f32"][index], result[0])
            write(f, f.views[file]["f32"][index + 1], result[1])

        return put_pair
    if kind.startswith("pk_"):
        return lambda f, result: write(f, f.views[file]["u32"][index], pack_halves(result[0], result[1]))
    high = bit_of(modifiers, "op_sel", len(instruction.operands) - 1)
    return _half_write(value, write, high, keep="op_sel" in modifiers)


def write_words(f: Front, register: Array, result: Any) -> None:
    """Store a result of the register's own type in the active lanes."""
    if f.active is None:
        np.copyto(register, result)
    else:
        np.copyto(register, result, where=f.active)


def _dpp_write(instruction: Instruction) -> Write:
    enabled = Permute(instruction.modifiers).enabled

    def write(f: Front, register: Array, result: Any) -> None:
        lanes = enabled(f)
        np.copyto(register, result, where=lanes if f.active is None else lanes & f.active)

    return write


def _mask_destination(index: int) -> Put:
    def put(f: Front, lanes: Array) -> None:
        if lanes.shape != (f.waves, 64):
            lanes = np.broadcast_to(lanes, (f.waves, 64))
        f.set_pair(index, mask_of(lanes if f.active is None else lanes & f.active))

    return put


def _half_write(register: Register, write: Write, high: int, keep: bool) -> Put:
    """A 16-bit result: into one half, the other kept or zero."""
    file, index, shift = register.file, register.index, np.uint32(16 * high)
    kept = np.uint32((0x0000FFFF if high else 0xFFFF0000) if keep else 0)

    def put(f: Front, result: Array) -> None:
        old = f.views[file]["u32"][index]
        bits = result.view(np.uint16).astype(np.uint32) << shift
        write(f, old, (old & kept) | bits if keep else bits)

    return put


def _selected_write(register: Register, kind: str, modifiers: dict[str, Any]) -> Put:
    """SDWA: a byte or half of the destination; the rest padded with zeros, sign extended or preserved."""
    selection, unused = str(modifiers["dst_sel"]), str(modifiers.get("dst_unused", "UNUSED_PAD"))
    if selection not in SELECTIONS or unused not in ("UNUSED_PAD", "UNUSED_PRESERVE"):
        raise NotEmulated(f"SDWA destination {selection} with {unused}")
    first, width = SELECTIONS[selection]
    field = np.uint32(((1 << width) - 1) << first)
    kept = np.uint32(~field if unused == "UNUSED_PRESERVE" else 0)
    file, index, shift = register.file, register.index, np.uint32(first)
    unsigned = f"u{np.dtype(_DTYPES[kind]).itemsize}"

    def put(f: Front, result: Array) -> None:
        old = f.views[file]["u32"][index]
        write_words(f, old, (old & kept) | ((result.view(unsigned).astype(np.uint32) << shift) & field))

    return put
