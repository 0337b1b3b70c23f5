"""What do the vector unit's moves, bit operations, shifts and lane exchanges compute?

One line per mnemonic, as the AMD CDNA3/CDNA4 ISA documents define it. Operands stand in assembly order.
"""

from typing import Any

import numpy as np

from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.instructions.floats import Array, select
from conformance.gfx950.instructions.operations import Op
from conformance.gfx950.wave import LANES

U32, U64 = np.uint32, np.uint64


def _bfe_u32(a: Array, offset: Array, width: Array) -> Array:
    return (a >> (offset & 31)) & ((U32(1) << (width & 31)) - 1)


def _bfe_i32(a: Array, offset: Array, width: Array) -> Array:
    """Width 0 gives 0. Bits beyond the register are copies of bit 31."""
    width = width & 31
    unused = (32 - width) & 31
    field = (a >> (offset & 31).view(np.int32)) << unused.view(np.int32)
    return np.where(width == 0, np.int32(0), field >> unused.view(np.int32))


def _bit_reverse(a: Array) -> Array:
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F)):
        a = ((a >> shift) & mask) | ((a & mask) << shift)
    return a.byteswap()


def _first_high(a: Array) -> Array:
    """Zeros above the highest one; all ones where there is none."""
    return np.where(a == 0, U32(0xFFFFFFFF), U32(32) - np.frexp(a.astype(np.float64))[1].astype(U32))


def _first_low(a: Array) -> Array:
    """Zeros below the lowest one; all ones where there is none."""
    return np.where(a == 0, U32(0xFFFFFFFF), np.bitwise_count((a & -a) - U32(1)).astype(U32))


def _first_other(a: Array) -> Array:
    """Leading bits that equal the sign; all ones where every bit does."""
    return _first_high((a ^ (a >> 31)).view(U32))


def _bits_below(half: int) -> Array:
    """uint32 [64]: for each lane, the mask of lanes below it within word `half` of a lane mask."""
    lane = np.arange(LANES)
    below = np.clip(lane - 32 * half, 0, 32).astype(U64)
    return ((U64(1) << below) - U64(1)).astype(U32)


BELOW = _bits_below(0), _bits_below(1)


def _align(high: Array, low: Array, shift: Array) -> Array:
    """Bits shift .. shift + 31 of {high, low}; shift < 32. The double shift keeps the counts below 32."""
    return (low >> shift) | ((high << 1) << (31 - shift))


def _permute_bytes(high: Array, low: Array, selector: Array) -> Array:
    """Each selector byte picks a byte of {high, low} (0-7), the sign of an odd byte (8-11), 0 (12) or 0xFF (above)."""
    first = selector.flat[0]
    if selector.size == 1 or (selector == first).all():
        picks = int(first).to_bytes(4, "little")
        one, two, three, four = (_picked(high, low, pick, 8 * i) for i, pick in enumerate(picks))
        return one | two | three | four
    words = np.stack(np.broadcast_arrays(low, high), axis=-1).view(np.uint8)
    pick = np.broadcast_to(selector, words.shape[:-1])[..., None].view(np.uint8)
    result = np.take_along_axis(words, pick & 7, axis=-1)
    if (pick > 7).any():
        signs = (np.take_along_axis(words[..., 1::2], pick & 3, axis=-1) >> 7) * np.uint8(0xFF)
        constants = (pick > 12) * np.uint8(0xFF)
        result = np.where(pick < 8, result, np.where(pick < 12, signs, constants))
    return result.view(U32)[..., 0]


def _picked(high: Array, low: Array, pick: int, position: int) -> Array:
    """uint32: the byte that a constant selector byte picks, at bit `position`."""
    if pick > 11:
        return np.full((1, 1), (0 if pick == 12 else 0xFF) << position, U32)
    if pick > 7:
        word, sign = (high if pick > 9 else low), 31 if pick % 2 else 15
        return ((word >> sign) & 1) * U32(0xFF << position)
    return ((high if pick > 3 else low) >> (pick % 4 * 8) & 0xFF) << position


def _bitop3(a: Array, b: Array, c: Array, bitop3: int = 0) -> Array:
    """Bit 4a + 2b + c of the truth table `bitop3`, for each bit position."""
    known = BITOP3.get(bitop3)
    if known:
        return known(a, b, c)
    result = np.zeros_like(a | b | c)
    for term in range(8):
        if bitop3 >> term & 1:
            result |= (a if term & 4 else ~a) & (b if term & 2 else ~b) & (c if term & 1 else ~c)
    return result


# The tables that compilers emit most, as fewer operations.
BITOP3 = {
    0x36: lambda a, b, c: (a | c) ^ b,
    0x96: lambda a, b, c: a ^ b ^ c,
    0xEC: lambda a, b, c: (a & c) | b,
    0xF8: lambda a, b, c: a | (b & c),
    0xFE: lambda a, b, c: a | b | c,
    0xC8: lambda a, b, c: (a | c) & b,
    0x6C: lambda a, b, c: (a & c) ^ b,
    0x78: lambda a, b, c: a ^ (b & c),
    0xE0: lambda a, b, c: a & (b | c),
    0xEA: lambda a, b, c: (a & b) | c,
    0x80: lambda a, b, c: a & b & c,
    0xE4: lambda a, b, c: (a & c) | (b & ~c),
}


def _swap_rows(d: Array, s: Array, exec_mask: Array, row: int) -> tuple[Array, Array]:
    """Exchange the odd rows of `d` with the even rows of `s`; a row has `row` lanes.

    Raises NotEmulated where EXEC has one lane of an exchanged pair only: what happens then depends on modifiers.
    """
    if exec_mask.min() != 0xFFFFFFFFFFFFFFFF:
        lanes = exec_mask[:, None] >> np.arange(LANES, dtype=U64) & U64(1)
        halves = lanes.reshape(-1, LANES // row // 2, 2, row)
        if (halves[:, :, 0] != halves[:, :, 1]).any():
            raise NotEmulated(f"EXEC has one lane of a pair only; needs both or none of the rows of {row}")
    shape = (*d.shape[:-1], LANES // row // 2, 2, row)
    new_d, new_s = d.copy().reshape(shape), s.copy().reshape(shape)
    new_d[..., 1, :], new_s[..., 0, :] = s.reshape(shape)[..., 0, :], d.reshape(shape)[..., 1, :]
    return new_d.reshape(d.shape), new_s.reshape(s.shape)


def _pk_mov(a: Array, b: Array, op_sel: Any = (0, 0), op_sel_hi: Any = None) -> Array:
    """uint64: a word of `a`, and above it a word of `b`. op_sel_hi has no effect."""
    low, high = (x >> U64(32 * int(word)) for x, word in zip((a, b), op_sel, strict=False))
    return (low & U64(0xFFFFFFFF)) | (high << U64(32))


def insert(old: Array, value: Array, first: int, width: int) -> Array:
    """`old` with `width` bits from bit `first` replaced."""
    field = ((1 << width) - 1) << first
    return (old & U32(~field & 0xFFFFFFFF)) | (value << U32(first))


def _same(a: Array) -> Array:
    return a


def binary(types: str, function: Any, saturates: bool = False) -> Op:
    return Op(types, f"{types} {types}", function, saturates=saturates)


def ternary(types: str, function: Any) -> Op:
    return Op(types, f"{types} {types} {types}", function)


BITS: dict[str, Op] = {
    # moves
    "v_mov_b32": Op("u32", "u32", _same),
    "v_mov_b64": Op("u64", "u64", _same),
    "v_accvgpr_read_b32": Op("u32", "u32", _same),
    "v_accvgpr_write_b32": Op("u32", "u32", _same),
    "v_accvgpr_mov_b32": Op("u32", "u32", _same),
    "v_pk_mov_b32": Op("u64", "u64 u64", _pk_mov, modifiers=("op_sel", "op_sel_hi")),
    "v_swap_b32": Op("u32 u32", "u32 u32", lambda d, s: (s, d)),
    "v_cndmask_b32": Op("u32", "b32 b32 mask", lambda a, b, m: select(m, b, a)),
    "v_permlane32_swap_b32": Op("u32 u32", "u32 u32 exec", lambda d, s, e: _swap_rows(d, s, e, 32)),
    "v_permlane16_swap_b32": Op("u32 u32", "u32 u32 exec", lambda d, s, e: _swap_rows(d, s, e, 16)),
    # bits
    "v_not_b32": Op("u32", "u32", np.invert),
    "v_and_b32": binary("u32", np.bitwise_and),
    "v_or_b32": binary("u32", np.bitwise_or),
    "v_xor_b32": binary("u32", np.bitwise_xor),
    "v_xnor_b32": binary("u32", lambda a, b: ~(a ^ b)),
    "v_or3_b32": ternary("u32", lambda a, b, c: a | b | c),
    "v_and_or_b32": ternary("u32", lambda a, b, c: (a & b) | c),
    "v_lshl_or_b32": ternary("u32", lambda a, n, c: (a << (n & 31)) | c),
    "v_bitop3_b32": Op("u32", "u32 u32 u32", _bitop3, modifiers=("bitop3",)),
    "v_bitop3_b16": Op("u16", "u16 u16 u16", _bitop3, modifiers=("bitop3",)),
    "v_bfe_u32": ternary("u32", _bfe_u32),
    "v_bfe_i32": Op("i32", "i32 u32 u32", _bfe_i32),
    "v_bfi_b32": ternary("u32", lambda m, a, b: (m & a) | (~m & b)),
    "v_bfm_b32": binary("u32", lambda w, n: ((U32(1) << (w & 31)) - 1) << (n & 31)),
    "v_bfrev_b32": Op("u32", "u32", _bit_reverse),
    "v_bcnt_u32_b32": binary("u32", lambda a, b: np.bitwise_count(a) + b),
    "v_mbcnt_lo_u32_b32": binary("u32", lambda a, b: np.bitwise_count(a & BELOW[0]) + b),
    "v_mbcnt_hi_u32_b32": binary("u32", lambda a, b: np.bitwise_count(a & BELOW[1]) + b),
    "v_ffbh_u32": Op("u32", "u32", _first_high),
    "v_ffbl_b32": Op("u32", "u32", _first_low),
    "v_ffbh_i32": Op("u32", "i32", _first_other),
    "v_perm_b32": ternary("u32", _permute_bytes),
    "v_alignbit_b32": ternary("u32", lambda a, b, n: _align(a, b, n & 31)),
    "v_alignbyte_b32": ternary("u32", lambda a, b, n: _align(a, b, (n & 3) << 3)),
    # shifts: the count stands first
    "v_lshlrev_b32": binary("u32", lambda n, a: a << (n & 31)),
    "v_lshrrev_b32": binary("u32", lambda n, a: a >> (n & 31)),
    "v_ashrrev_i32": binary("i32", lambda n, a: a >> (n & 31)),
    "v_lshlrev_b64": Op("u64", "u32 u64", lambda n, a: a << (n & 63)),
    "v_lshrrev_b64": Op("u64", "u32 u64", lambda n, a: a >> (n & 63)),
    "v_ashrrev_i64": Op("i64", "i32 i64", lambda n, a: a >> (n & 63)),
    "v_lshl_add_u32": ternary("u32", lambda a, n, c: (a << (n & 31)) + c),
    "v_add_lshl_u32": ternary("u32", lambda a, b, n: (a + b) << (n & 31)),
    "v_lshl_add_u64": Op("u64", "u64 u32 u64", lambda a, n, c: (a << (n & 7)) + c),
}
