"""What do the scalar instructions compute? SOP1, SOP2, SOPC and SOPK, as tables of functions on arrays over waves.

Source: AMD CDNA4 ISA, chapter "Instructions", SOP2, SOPK, SOP1 and SOPC. Branches, waits, barriers and the hardware
registers are the machine's. A SOPK immediate is the second operand, extended to 32 bits by the decoder.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.gfx950.instructions.operations import Op

Array = np.ndarray
Compute = Callable[..., Any]


def _nonzero(compute: Compute) -> Compute:
    """The result and, as SCC, whether it is not 0."""

    def both(*operands: Array) -> tuple[Array, Array]:
        result = compute(*operands)
        return result, result != 0

    return both


def _add_u32(a: Array, b: Array, carry: Any = 0) -> tuple[Array, Array]:
    total = a.astype(np.uint64) + b + carry
    return total.astype(np.uint32), total > 0xFFFFFFFF


def _sub_u32(a: Array, b: Array, borrow: Any = 0) -> tuple[Array, Array]:
    total = a.astype(np.int64) - b - borrow
    return total.astype(np.uint32), total < 0


def _signed_sum(operator: Compute) -> Compute:
    """The int32 result and, as SCC, whether it overflowed."""

    def compute(a: Array, b: Array) -> tuple[Array, Array]:
        total = operator(a.astype(np.int64), b)
        result = total.astype(np.int32)
        return result, result != total

    return compute


_add_i32 = _signed_sum(np.add)


def _mul_hi(a: Array, b: Array, wide: type) -> Array:
    return ((a.astype(wide) * b.astype(wide)) >> wide(32)).astype(a.dtype)


def _shift(operator: Compute, a: Array, count: Array) -> Array:
    """``a`` shifted by the low 5 (6) bits of a count."""
    return operator(a, (count & (a.dtype.itemsize * 8 - 1)).astype(a.dtype))


def _shifted_sum(bits: int) -> Compute:
    return lambda a, b: _add_u32(a.astype(np.uint64) << np.uint64(bits), b)


def _low_bits(count: Array, word: type) -> Array:
    """``count`` ones, at most as many as the word has bits."""
    size = np.dtype(word).itemsize * 8
    ones = (np.ones_like(count, word) << np.minimum(count, size - 1).astype(word)) - word(1)
    return np.where(count >= size, ~word(0), ones)


def _bfe_unsigned(a: Array, field: Array) -> Array:
    """Bits offset .. offset + width - 1; field: offset in its low 5 (6) bits, width in bits 16-22."""
    return _shift(np.right_shift, a, field) & _low_bits((field >> 16) & 127, a.dtype.type)


def _bfe_signed(a: Array, field: Array) -> Array:
    """As _bfe_unsigned, with the field's top bit extended; a field that is as wide as the word is not extended."""
    word = np.uint32 if a.dtype == np.int32 else np.uint64
    size = a.dtype.itemsize * 8
    width = (field >> 16) & 127
    raw = _shift(np.right_shift, a, field).view(word) & _low_bits(width, word)
    unused = np.clip(size - width.astype(np.int64), 0, size - 1).astype(a.dtype)
    return np.where(width == 0, a.dtype.type(0), (raw.view(a.dtype) << unused) >> unused)


def _bfm(word: type) -> Compute:
    size = np.dtype(word).itemsize * 8
    return lambda width, offset: _shift(np.left_shift, _low_bits(width & (size - 1), word), offset)


def _lowest_one(a: Array) -> Array:
    """int32: the number of the lowest set bit; -1 without one."""
    below = np.bitwise_count((a & (~a + a.dtype.type(1))) - a.dtype.type(1)).astype(np.int32)
    return np.where(a == 0, np.int32(-1), below)


def _leading_zeros(a: Array) -> Array:
    """int32: how many zeros stand before the highest set bit; -1 without one."""
    size = a.dtype.itemsize * 8
    filled = a
    for step in (1, 2, 4, 8, 16, 32)[: size.bit_length() - 1]:
        filled = filled | (filled >> a.dtype.type(step))
    return np.where(a == 0, np.int32(-1), size - np.bitwise_count(filled).astype(np.int32))


def _sign_bits(a: Array) -> Array:
    """int32: how many top bits equal the sign bit; -1 where all do."""
    word = np.uint32 if a.dtype == np.int32 else np.uint64
    return _leading_zeros(np.where(a < 0, ~a, a).view(word))


def _reversed_bits(a: Array) -> Array:
    octets = np.ascontiguousarray(a).view(np.uint8).reshape(len(a), -1)
    bits = np.unpackbits(octets, axis=1, bitorder="little")[:, ::-1]
    return np.packbits(bits, axis=1, bitorder="little").view(a.dtype)[:, 0]


def _whole_quads(a: Array) -> Array:
    """Each group of four bits becomes all ones where it has a one."""
    word = a.dtype.type
    pairs = a | (a >> word(1))
    return ((pairs | (pairs >> word(2))) & word(0x1111_1111_1111_1111 & int(~word(0)))) * word(15)


def _doubled_bits(a: Array) -> Array:
    """uint64 with bit i of a in bits 2i and 2i + 1."""
    wide = a.astype(np.uint64)
    for step, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F)):
        wide = (wide | (wide << np.uint64(step))) & np.uint64(mask)
    for step, mask in ((2, 0x3333333333333333), (1, 0x5555555555555555)):
        wide = (wide | (wide << np.uint64(step))) & np.uint64(mask)
    return wide * np.uint64(3)


def _bit(a: Array, index: Array) -> Array:
    return _shift(np.right_shift, a, index) & a.dtype.type(1)


def _one_at(index: Array, word: type) -> Array:
    return _shift(np.left_shift, np.ones_like(index, word), index)


def _zeros(a: Array) -> Array:
    return np.bitwise_count(~a).astype(np.int32)


def _ones(a: Array) -> Array:
    return np.bitwise_count(a).astype(np.int32)


_LOGIC: dict[str, Compute] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "andn2": lambda a, b: a & ~b,
    "orn2": lambda a, b: a | ~b,
    "nand": lambda a, b: ~(a & b),
    "nor": lambda a, b: ~(a | b),
    "xnor": lambda a, b: ~(a ^ b),
}

# Also as *_saveexec: S0 is the first operand, EXEC the second.
_EXEC_LOGIC: dict[str, Compute] = {**_LOGIC, "andn1": lambda a, b: ~a & b, "orn1": lambda a, b: ~a | b}

_COMPARISONS: dict[str, Compute] = {
    "eq": np.equal,
    "lg": np.not_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}


def _with_exec(logic: Compute, keep: bool) -> Compute:
    """EXEC becomes the result, and so does the destination, which else keeps (saves) the old EXEC."""

    def compute(a: Array, exec_: Array) -> tuple[Array, Array, Array]:
        result = logic(a, exec_)
        return exec_ if keep else result, result, result != 0

    return compute


_ARITHMETIC: dict[str, Op] = {
    "s_add_u32": Op("u32 scc", "u32 u32", _add_u32),
    "s_sub_u32": Op("u32 scc", "u32 u32", _sub_u32),
    "s_add_i32": Op("i32 scc", "i32 i32", _add_i32),
    "s_sub_i32": Op("i32 scc", "i32 i32", _signed_sum(np.subtract)),
    "s_addc_u32": Op("u32 scc", "u32 u32 scc", _add_u32),
    "s_subb_u32": Op("u32 scc", "u32 u32 scc", _sub_u32),
    "s_min_i32": Op("i32 scc", "i32 i32", lambda a, b: (np.minimum(a, b), a < b)),
    "s_min_u32": Op("u32 scc", "u32 u32", lambda a, b: (np.minimum(a, b), a < b)),
    "s_max_i32": Op("i32 scc", "i32 i32", lambda a, b: (np.maximum(a, b), a >= b)),
    "s_max_u32": Op("u32 scc", "u32 u32", lambda a, b: (np.maximum(a, b), a >= b)),
    "s_mul_i32": Op("i32", "i32 i32", lambda a, b: a * b),
    "s_mul_hi_u32": Op("u32", "u32 u32", lambda a, b: _mul_hi(a, b, np.uint64)),
    "s_mul_hi_i32": Op("i32", "i32 i32", lambda a, b: _mul_hi(a, b, np.int64)),
    "s_lshl1_add_u32": Op("u32 scc", "u32 u32", _shifted_sum(1)),
    "s_lshl2_add_u32": Op("u32 scc", "u32 u32", _shifted_sum(2)),
    "s_lshl3_add_u32": Op("u32 scc", "u32 u32", _shifted_sum(3)),
    "s_lshl4_add_u32": Op("u32 scc", "u32 u32", _shifted_sum(4)),
    "s_abs_i32": Op("i32 scc", "i32", _nonzero(np.abs)),
    "s_absdiff_i32": Op("i32 scc", "i32 i32", _nonzero(lambda a, b: np.abs(a - b))),
    "s_addk_i32": Op("i32 scc", "i32", lambda k, old: _add_i32(old, k), accumulates=True),
    "s_mulk_i32": Op("i32", "i32", lambda k, old: old * k, accumulates=True),
}

# What exists for words of 32 and of 64 bits: {n} is the size.
_SIZED: dict[str, Op] = {
    "s_not_b{n}": Op("u{n} scc", "u{n}", _nonzero(np.invert)),
    "s_lshl_b{n}": Op("u{n} scc", "u{n} u32", _nonzero(lambda a, n: _shift(np.left_shift, a, n))),
    "s_lshr_b{n}": Op("u{n} scc", "u{n} u32", _nonzero(lambda a, n: _shift(np.right_shift, a, n))),
    "s_ashr_i{n}": Op("i{n} scc", "i{n} u32", _nonzero(lambda a, n: _shift(np.right_shift, a, n))),
    "s_bfe_u{n}": Op("u{n} scc", "u{n} u32", _nonzero(_bfe_unsigned)),
    "s_bfe_i{n}": Op("i{n} scc", "i{n} u32", _nonzero(_bfe_signed)),
    "s_brev_b{n}": Op("u{n}", "u{n}", _reversed_bits),
    "s_bcnt0_i32_b{n}": Op("i32 scc", "u{n}", _nonzero(_zeros)),
    "s_bcnt1_i32_b{n}": Op("i32 scc", "u{n}", _nonzero(_ones)),
    "s_ff0_i32_b{n}": Op("i32", "u{n}", lambda a: _lowest_one(~a)),
    "s_ff1_i32_b{n}": Op("i32", "u{n}", _lowest_one),
    "s_flbit_i32_b{n}": Op("i32", "u{n}", _leading_zeros),
    "s_bitset0_b{n}": Op("u{n}", "u32", lambda i, old: old & ~_one_at(i, old.dtype.type), accumulates=True),
    "s_bitset1_b{n}": Op("u{n}", "u32", lambda i, old: old | _one_at(i, old.dtype.type), accumulates=True),
    "s_bitcmp0_b{n}": Op("scc", "u{n} u32", lambda a, i: _bit(a, i) == 0),
    "s_bitcmp1_b{n}": Op("scc", "u{n} u32", lambda a, i: _bit(a, i) == 1),
    "s_wqm_b{n}": Op("u{n} scc", "u{n}", _nonzero(_whole_quads)),
    "s_mov_b{n}": Op("u{n}", "u{n}", lambda a: a),
    "s_cselect_b{n}": Op("u{n}", "u{n} u{n} scc", lambda a, b, scc: np.where(scc, a, b)),
    "s_cmov_b{n}": Op("u{n}", "u{n} scc", lambda a, scc, old: np.where(scc, a, old), accumulates=True),
}

_BITS: dict[str, Op] = {
    "s_bfm_b32": Op("u32", "u32 u32", _bfm(np.uint32)),
    "s_bfm_b64": Op("u64", "u32 u32", _bfm(np.uint64)),
    "s_flbit_i32": Op("i32", "i32", _sign_bits),
    "s_flbit_i32_i64": Op("i32", "i64", _sign_bits),
    "s_sext_i32_i8": Op("i32", "u32", lambda a: a.astype(np.int8).astype(np.int32)),
    "s_sext_i32_i16": Op("i32", "u32", lambda a: a.astype(np.int16).astype(np.int32)),
    "s_bitreplicate_b64_b32": Op("u64", "u32", _doubled_bits),
    "s_pack_ll_b32_b16": Op("u32", "u32 u32", lambda a, b: (b << 16) | (a & 0xFFFF)),
    "s_pack_lh_b32_b16": Op("u32", "u32 u32", lambda a, b: (b & 0xFFFF0000) | (a & 0xFFFF)),
    "s_pack_hh_b32_b16": Op("u32", "u32 u32", lambda a, b: (b & 0xFFFF0000) | (a >> 16)),
}

_MOVES: dict[str, Op] = {
    "s_movk_i32": Op("i32", "i32", lambda k: k),
    "s_cmovk_i32": Op("i32", "i32 scc", lambda k, scc, old: np.where(scc, k, old), accumulates=True),
    "s_andn1_wrexec_b64": Op("u64 exec scc", "u64 exec", _with_exec(_EXEC_LOGIC["andn1"], keep=False)),
    "s_andn2_wrexec_b64": Op("u64 exec scc", "u64 exec", _with_exec(_EXEC_LOGIC["andn2"], keep=False)),
}

SCALAR: dict[str, Op] = {
    **_ARITHMETIC,
    **_BITS,
    **_MOVES,
    **{
        name.format(n=size): replace(op, writes=op.writes.format(n=size), reads=op.reads.format(n=size))
        for name, op in _SIZED.items()
        for size in (32, 64)
    },
    **{
        f"s_{name}_b{size}": Op(f"u{size} scc", f"u{size} u{size}", _nonzero(logic))
        for name, logic in _LOGIC.items()
        for size in (32, 64)
    },
    **{
        f"s_{name}_saveexec_b64": Op("u64 exec scc", "u64 exec", _with_exec(logic, keep=True))
        for name, logic in _EXEC_LOGIC.items()
    },
    **{
        f"s_{form}_{name}_{word}": Op("scc", f"{word} {word}", compare)
        for name, compare in _COMPARISONS.items()
        for form in ("cmp", "cmpk")
        for word in ("i32", "u32")
    },
    "s_cmp_eq_u64": Op("scc", "u64 u64", np.equal),
    "s_cmp_lg_u64": Op("scc", "u64 u64", np.not_equal),
}
