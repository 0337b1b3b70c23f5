"""What do the vector unit's integer arithmetic instructions compute?

One line per mnemonic, as the AMD CDNA3/CDNA4 ISA documents define it. Operands stand in assembly order.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from conformance.gfx950.instructions.floats import Array
from conformance.gfx950.instructions.operations import Op
from conformance.gfx950.instructions.vector_bits import binary, insert, ternary

U32, U64, I64 = np.uint32, np.uint64, np.int64


def _wide(a: Array, b: Array, dtype: Any) -> Array:
    return np.multiply(a, b, dtype=dtype)


def _low24(a: Array) -> Array:
    return a & 0xFFFFFF


def _signed24(a: Array) -> Array:
    return (a << 8) >> 8


def _add_carry(a: Array, b: Array) -> tuple[Array, Array]:
    total = a + b
    return total, total < a


def _add_with_carry(a: Array, b: Array, carry: Array) -> tuple[Array, Array]:
    total = a + b
    result = total + carry
    return result, (total < a) | (result < total)


def _sub_borrow(a: Array, b: Array) -> tuple[Array, Array]:
    return a - b, a < b


def _sub_with_borrow(a: Array, b: Array, borrow: Array) -> tuple[Array, Array]:
    return a - b - borrow, (a < b) | ((a == b) & borrow)


def _mad_u64(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    total = _wide(a, b, U64) + c
    return total, total < c


def _mad_i64(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    """The second result is the sign of the exact sum, which has 65 bits."""
    product = _wide(a, b, I64)
    total = product + c
    overflow = ((product ^ total) & (c ^ total)) < 0
    return total, (total < 0) ^ overflow


def _median(a: Array, b: Array, c: Array) -> Array:
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))


def _pair(low: Array, high: Array) -> Array:
    """uint32 of two halves, of which only the low 16 bits count."""
    return (low.astype(U32) & 0xFFFF) | (high.astype(U32) << 16)


def _shift_saturate(low: int, high: int) -> Op:
    """Both numbers shifted right and saturated to low..high, as two bytes of the half that op_sel[3] names; the other
    half is kept.
    """

    def run(a: Array, b: Array, shift: Array, old: Array, op_sel: Sequence[int] = ()) -> Array:
        count = (shift & 31).view(np.int32)
        pair = _two_bytes(np.clip(a >> count, low, high), np.clip(b >> count, low, high))
        return insert(old, pair.astype(U32), 16 * int(any(op_sel[3:])), 16)

    return Op("u32", "i32 i32 u32", run, accumulates=True, modifiers=("op_sel",))


def _two_bytes(low: Array, high: Array) -> Array:
    return ((low & 0xFF) | ((high & 0xFF) << 8)).astype(np.uint16)


def _dot(a: Array, b: Array, c: Array, bits: int, signed: bool) -> Array:
    """c plus the products of the `bits` wide fields of a and b, modulo 2**32."""
    kind = np.int32 if signed else U32
    total = c.view(kind)
    for position in range(0, 32, bits):
        top = 32 - bits - position
        x, y = (((v << top).view(kind) >> (32 - bits)) for v in (a, b))
        total = total + x * y
    return total.view(c.dtype)


INTEGER: dict[str, Op] = {
    # 32-bit arithmetic
    "v_add_u32": binary("u32", np.add, saturates=True),
    "v_sub_u32": binary("u32", np.subtract, saturates=True),
    "v_subrev_u32": binary("u32", lambda a, b: b - a, saturates=True),
    "v_add_i32": binary("i32", np.add, saturates=True),
    "v_sub_i32": binary("i32", np.subtract, saturates=True),
    "v_add3_u32": ternary("u32", lambda a, b, c: a + b + c),
    "v_xad_u32": ternary("u32", lambda a, b, c: (a ^ b) + c),
    "v_add_co_u32": Op("u32 mask", "u32 u32", _add_carry),
    "v_sub_co_u32": Op("u32 mask", "u32 u32", _sub_borrow),
    "v_subrev_co_u32": Op("u32 mask", "u32 u32", lambda a, b: _sub_borrow(b, a)),
    "v_addc_co_u32": Op("u32 mask", "u32 u32 mask", _add_with_carry),
    "v_subb_co_u32": Op("u32 mask", "u32 u32 mask", _sub_with_borrow),
    "v_subbrev_co_u32": Op("u32 mask", "u32 u32 mask", lambda a, b, m: _sub_with_borrow(b, a, m)),
    "v_mul_lo_u32": binary("u32", np.multiply),
    "v_mul_hi_u32": binary("u32", lambda a, b: (_wide(a, b, U64) >> 32).astype(U32)),
    "v_mul_hi_i32": binary("i32", lambda a, b: (_wide(a, b, I64) >> 32).astype(np.int32)),
    "v_mul_u32_u24": binary("u32", lambda a, b: _low24(a) * _low24(b)),
    "v_mul_i32_i24": binary("i32", lambda a, b: _signed24(a) * _signed24(b)),
    "v_mul_hi_u32_u24": binary("u32", lambda a, b: (_wide(_low24(a), _low24(b), U64) >> 32).astype(U32)),
    "v_mul_hi_i32_i24": binary("i32", lambda a, b: (_wide(_signed24(a), _signed24(b), I64) >> 32).astype(np.int32)),
    "v_mad_u32_u24": ternary("u32", lambda a, b, c: _low24(a) * _low24(b) + c),
    "v_mad_i32_i24": ternary("i32", lambda a, b, c: _signed24(a) * _signed24(b) + c),
    "v_mad_u32_u16": Op("u32", "u16 u16 u32", lambda a, b, c: a.astype(U32) * b + c),
    "v_mad_i32_i16": Op("i32", "i16 i16 i32", lambda a, b, c: a.astype(np.int32) * b + c),
    "v_mad_u64_u32": Op("u64 mask", "u32 u32 u64", _mad_u64),
    "v_mad_i64_i32": Op("i64 mask", "i32 i32 i64", _mad_i64),
    # dot products of fields; the c forms add to the destination
    "v_dot2_i32_i16": ternary("u32", lambda a, b, c: _dot(a, b, c, 16, True)),
    "v_dot2_u32_u16": ternary("u32", lambda a, b, c: _dot(a, b, c, 16, False)),
    "v_dot4_i32_i8": ternary("u32", lambda a, b, c: _dot(a, b, c, 8, True)),
    "v_dot4_u32_u8": ternary("u32", lambda a, b, c: _dot(a, b, c, 8, False)),
    "v_dot8_i32_i4": ternary("u32", lambda a, b, c: _dot(a, b, c, 4, True)),
    "v_dot8_u32_u4": ternary("u32", lambda a, b, c: _dot(a, b, c, 4, False)),
    "v_dot2c_i32_i16": Op("u32", "u32 u32", lambda a, b, c: _dot(a, b, c, 16, True), accumulates=True),
    "v_dot4c_i32_i8": Op("u32", "u32 u32", lambda a, b, c: _dot(a, b, c, 8, True), accumulates=True),
    "v_dot8c_i32_i4": Op("u32", "u32 u32", lambda a, b, c: _dot(a, b, c, 4, True), accumulates=True),
    # 16-bit arithmetic
    "v_subrev_u16": binary("u16", lambda a, b: b - a, saturates=True),
    "v_mad_u16": ternary("u16", lambda a, b, c: a * b + c),
    "v_mad_i16": ternary("i16", lambda a, b, c: a * b + c),
    # packing
    "v_pack_b32_f16": Op("u32", "f16 f16", lambda a, b: _pair(a.view(np.uint16), b.view(np.uint16))),
    "v_cvt_pk_u16_u32": Op("u32", "u32 u32", lambda a, b: _pair(np.minimum(a, 0xFFFF), np.minimum(b, 0xFFFF))),
    "v_cvt_pk_i16_i32": Op("u32", "i32 i32", lambda a, b: _pair(np.clip(a, -32768, 32767), np.clip(b, -32768, 32767))),
    "v_sat_pk_u8_i16": Op("u16", "pk_i16", lambda a: _two_bytes(*np.clip(a, 0, 255))),
    "v_ashr_pk_i8_i32": _shift_saturate(-128, 127),
    "v_ashr_pk_u8_i32": _shift_saturate(0, 255),
}

# Minimum, maximum and median of each integer type.
for _type in ("i32", "u32", "i16", "u16"):
    INTEGER |= {
        f"v_min_{_type}": binary(_type, np.minimum),
        f"v_max_{_type}": binary(_type, np.maximum),
        f"v_min3_{_type}": ternary(_type, lambda a, b, c: np.minimum(np.minimum(a, b), c)),
        f"v_max3_{_type}": ternary(_type, lambda a, b, c: np.maximum(np.maximum(a, b), c)),
        f"v_med3_{_type}": ternary(_type, _median),
    }

# 16-bit instructions that exist for one number and for a register's two.
for _name, _type, _function in (
    ("add_u16", "u16", np.add),
    ("add_i16", "i16", np.add),
    ("sub_u16", "u16", np.subtract),
    ("sub_i16", "i16", np.subtract),
    ("mul_lo_u16", "u16", np.multiply),
    ("lshlrev_b16", "u16", lambda n, a: a << (n & 15)),
    ("lshrrev_b16", "u16", lambda n, a: a >> (n & 15)),
    ("ashrrev_i16", "i16", lambda n, a: a >> (n & 15)),
):
    _saturates = _function in (np.add, np.subtract)
    INTEGER[f"v_{_name}"] = binary(_type, _function, _saturates)
    INTEGER[f"v_pk_{_name}"] = binary(f"pk_{_type}", _function, _saturates)
for _type in ("i16", "u16"):
    INTEGER[f"v_pk_min_{_type}"] = binary(f"pk_{_type}", np.minimum)
    INTEGER[f"v_pk_max_{_type}"] = binary(f"pk_{_type}", np.maximum)
INTEGER |= {
    "v_pk_mad_u16": ternary("pk_u16", lambda a, b, c: a * b + c),
    "v_pk_mad_i16": ternary("pk_i16", lambda a, b, c: a * b + c),
}
