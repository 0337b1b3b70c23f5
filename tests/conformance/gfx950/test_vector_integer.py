"""Do the vector unit's integer and bit instructions compute what the manual says? Against Python integers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.instructions.vector_bits import BITS
from conformance.gfx950.instructions.vector_integer import INTEGER as ARITHMETIC
from tests.conformance.gfx950.vector_cases import check

Oracle = Callable[..., Any]
INTEGER = BITS | ARITHMETIC
M32, M64 = (1 << 32) - 1, (1 << 64) - 1


def signed(x: int, bits: int) -> int:
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def clamped(x: int, low: int, high: int) -> int:
    return min(max(x, low), high)


def of_signed(bits: int, function: Oracle) -> Oracle:
    """`function` on the operands as two's complement numbers."""
    return lambda *operands: function(*(signed(x, bits) for x in operands))


def bfe_signed(a: int, offset: int, width: int) -> int:
    offset, width = offset & 31, width & 31
    return signed(signed(a, 32) >> offset, width) if width else 0


def leading(bits: str, bit: str) -> int:
    """Position of the first `bit` in a string, -1 if there is none."""
    return bits.find(bit)


def ffbh_signed(a: int) -> int:
    text = f"{a:032b}"
    return leading(text, "1" if text[0] == "0" else "0")


def permute(high: int, low: int, selector: int) -> int:
    data = (high << 32 | low).to_bytes(8, "little")
    result = []
    for pick in selector.to_bytes(4, "little"):
        if pick >= 12:
            result.append(0 if pick == 12 else 0xFF)
        elif pick >= 8:
            result.append(0xFF if data[2 * (pick - 8) + 1] & 0x80 else 0)
        else:
            result.append(data[pick])
    return int.from_bytes(bytes(result), "little")


def bitop3(a: int, b: int, c: int, bitop3: int = 0) -> int:
    index = ((a >> i & 1) * 4 + (b >> i & 1) * 2 + (c >> i & 1) for i in range(32))
    return sum((bitop3 >> n & 1) << i for i, n in enumerate(index))


def dot(bits: int, is_signed: bool) -> Oracle:
    def fields(x: int) -> list[int]:
        parts = [x >> i & ((1 << bits) - 1) for i in range(0, 32, bits)]
        return [signed(p, bits) for p in parts] if is_signed else parts

    return lambda a, b, c: c + sum(x * y for x, y in zip(fields(a), fields(b), strict=True))


def two_shifted(low: int, high: int) -> Oracle:
    def run(a: int, b: int, n: int, old: int, op_sel: tuple[int, ...] = ()) -> int:
        first, second = (clamped(signed(x, 32) >> (n & 31), low, high) & 0xFF for x in (a, b))
        pair = first | second << 8
        return (old & 0xFFFF) | pair << 16 if op_sel else (old & 0xFFFF0000) | pair

    return run


def pack(low: int, high: int) -> int:
    return (low & 0xFFFF) | (high & 0xFFFF) << 16


def low24(x: int) -> int:
    return x & 0xFFFFFF


def mad_i64(a: int, b: int, c: int) -> tuple[int, bool]:
    total = signed(a, 32) * signed(b, 32) + signed(c, 64)
    return total, total < 0


ORACLES: dict[str, Oracle] = {
    "v_not_b32": lambda a: ~a,
    "v_and_b32": lambda a, b: a & b,
    "v_or_b32": lambda a, b: a | b,
    "v_xor_b32": lambda a, b: a ^ b,
    "v_xnor_b32": lambda a, b: ~(a ^ b),
    "v_or3_b32": lambda a, b, c: a | b | c,
    "v_and_or_b32": lambda a, b, c: a & b | c,
    "v_lshl_or_b32": lambda a, n, c: a << n % 32 | c,
    "v_bfe_u32": lambda a, offset, width: (a >> offset % 32) % (1 << width % 32),
    "v_bfe_i32": bfe_signed,
    "v_bfi_b32": lambda mask, a, b: (a & mask) | (b & ~mask),
    "v_bfm_b32": lambda width, offset: ((1 << width % 32) - 1) << offset % 32,
    "v_bfrev_b32": lambda a: int(f"{a:032b}"[::-1], 2),
    "v_bcnt_u32_b32": lambda a, b: a.bit_count() + b,
    "v_ffbh_u32": lambda a: leading(f"{a:032b}", "1"),
    "v_ffbl_b32": lambda a: leading(f"{a:032b}"[::-1], "1"),
    "v_ffbh_i32": ffbh_signed,
    "v_perm_b32": permute,
    "v_alignbit_b32": lambda a, b, n: (a << 32 | b) >> n % 32,
    "v_alignbyte_b32": lambda a, b, n: (a << 32 | b) >> 8 * (n % 4),
    "v_lshlrev_b32": lambda n, a: a << n % 32,
    "v_lshrrev_b32": lambda n, a: a >> n % 32,
    "v_ashrrev_i32": lambda n, a: signed(a, 32) >> n % 32,
    "v_lshlrev_b64": lambda n, a: a << n % 64,
    "v_lshrrev_b64": lambda n, a: a >> n % 64,
    "v_ashrrev_i64": lambda n, a: signed(a, 64) >> n % 64,
    "v_lshl_add_u32": lambda a, n, c: (a << n % 32) + c,
    "v_add_lshl_u32": lambda a, b, n: (a + b) << n % 32,
    "v_lshl_add_u64": lambda a, n, c: (a << n % 8) + c,
    "v_add_u32": lambda a, b: a + b,
    "v_sub_u32": lambda a, b: a - b,
    "v_subrev_u32": lambda a, b: b - a,
    "v_add_i32": lambda a, b: a + b,
    "v_sub_i32": lambda a, b: a - b,
    "v_add3_u32": lambda a, b, c: a + b + c,
    "v_xad_u32": lambda a, b, c: (a ^ b) + c,
    "v_add_co_u32": lambda a, b: (a + b, a + b > M32),
    "v_sub_co_u32": lambda a, b: (a - b, a < b),
    "v_subrev_co_u32": lambda a, b: (b - a, b < a),
    "v_addc_co_u32": lambda a, b, carry: (a + b + carry, a + b + carry > M32),
    "v_subb_co_u32": lambda a, b, borrow: (a - b - borrow, a - b - borrow < 0),
    "v_subbrev_co_u32": lambda a, b, borrow: (b - a - borrow, b - a - borrow < 0),
    "v_mul_lo_u32": lambda a, b: a * b,
    "v_mul_hi_u32": lambda a, b: a * b >> 32,
    "v_mul_hi_i32": of_signed(32, lambda a, b: a * b >> 32),
    "v_mul_u32_u24": lambda a, b: low24(a) * low24(b),
    "v_mul_i32_i24": of_signed(24, lambda a, b: a * b),
    "v_mul_hi_u32_u24": lambda a, b: low24(a) * low24(b) >> 32,
    "v_mul_hi_i32_i24": of_signed(24, lambda a, b: a * b >> 32),
    "v_mad_u32_u24": lambda a, b, c: low24(a) * low24(b) + c,
    "v_mad_i32_i24": lambda a, b, c: signed(a, 24) * signed(b, 24) + c,
    "v_mad_u32_u16": lambda a, b, c: a * b + c,
    "v_mad_i32_i16": lambda a, b, c: signed(a, 16) * signed(b, 16) + c,
    "v_mad_u64_u32": lambda a, b, c: (a * b + c, a * b + c > M64),
    "v_mad_i64_i32": mad_i64,
    "v_dot2_i32_i16": dot(16, True),
    "v_dot2_u32_u16": dot(16, False),
    "v_dot4_i32_i8": dot(8, True),
    "v_dot4_u32_u8": dot(8, False),
    "v_dot8_i32_i4": dot(4, True),
    "v_dot8_u32_u4": dot(4, False),
    "v_dot2c_i32_i16": dot(16, True),
    "v_dot4c_i32_i8": dot(8, True),
    "v_dot8c_i32_i4": dot(4, True),
    "v_subrev_u16": lambda a, b: b - a,
    "v_pack_b32_f16": pack,
    "v_cvt_pk_u16_u32": lambda a, b: pack(min(a, 0xFFFF), min(b, 0xFFFF)),
    "v_cvt_pk_i16_i32": of_signed(32, lambda a, b: pack(clamped(a, -32768, 32767), clamped(b, -32768, 32767))),
    "v_ashr_pk_i8_i32": two_shifted(-128, 127),
    "v_ashr_pk_u8_i32": two_shifted(0, 255),
    "v_cndmask_b32": lambda a, b, mask: b if mask else a,
    "v_swap_b32": lambda d, s: (s, d),
}
for name in ("v_mov_b32", "v_mov_b64", "v_accvgpr_read_b32", "v_accvgpr_write_b32", "v_accvgpr_mov_b32"):
    ORACLES[name] = lambda a: a
for bits in (16, 32):
    for kind, view in ((f"u{bits}", lambda f: f), (f"i{bits}", lambda f, bits=bits: of_signed(bits, f))):
        ORACLES |= {
            f"v_min_{kind}": view(min),
            f"v_max_{kind}": view(max),
            f"v_min3_{kind}": view(min),
            f"v_max3_{kind}": view(max),
            f"v_med3_{kind}": view(lambda *x: sorted(x)[1]),
        }
for prefix in ("v", "v_pk"):
    ORACLES |= {
        f"{prefix}_add_u16": lambda a, b: a + b,
        f"{prefix}_add_i16": lambda a, b: a + b,
        f"{prefix}_sub_u16": lambda a, b: a - b,
        f"{prefix}_sub_i16": lambda a, b: a - b,
        f"{prefix}_mul_lo_u16": lambda a, b: a * b,
        f"{prefix}_lshlrev_b16": lambda n, a: a << n % 16,
        f"{prefix}_lshrrev_b16": lambda n, a: a >> n % 16,
        f"{prefix}_ashrrev_i16": lambda n, a: signed(a, 16) >> n % 16,
        f"{prefix}_mad_u16": lambda a, b, c: a * b + c,
        f"{prefix}_mad_i16": lambda a, b, c: a * b + c,
        f"{prefix}_min_u16": min,
        f"{prefix}_max_u16": max,
        f"{prefix}_min_i16": of_signed(16, min),
        f"{prefix}_max_i16": of_signed(16, max),
    }
# Those with modifiers, or whose result depends on the lane: each has a test of its own below.
APART = {
    "v_bitop3_b32", "v_bitop3_b16", "v_pk_mov_b32", "v_mbcnt_lo_u32_b32", "v_mbcnt_hi_u32_b32",
    "v_permlane32_swap_b32", "v_permlane16_swap_b32", "v_sat_pk_u8_i16",
}  # fmt: skip


@pytest.mark.parametrize("mnemonic", sorted(set(INTEGER) - APART))
def test_against_python_integers(mnemonic: str) -> None:
    check(mnemonic, INTEGER[mnemonic], ORACLES[mnemonic])


def test_no_oracle_without_an_instruction() -> None:
    assert set(ORACLES) | APART == set(INTEGER)


@pytest.mark.parametrize("mnemonic", ["v_ashr_pk_i8_i32", "v_ashr_pk_u8_i32"])
def test_shifted_pairs_go_to_the_half_that_op_sel_names(mnemonic: str) -> None:
    check(mnemonic, INTEGER[mnemonic], ORACLES[mnemonic], op_sel=(0, 0, 0, 1))


@pytest.mark.parametrize("mnemonic", ["v_bitop3_b32", "v_bitop3_b16"])
def test_bitop3_follows_its_truth_table(mnemonic: str) -> None:
    """Every table, on operands that hold all eight combinations of bits."""
    word = np.dtype(f"u{int(mnemonic[-2:]) // 8}").type
    a, b, c = 0xF0F0_12F0, 0xCCCC_34CC, 0xAAAA_56AA
    for table in range(256):
        arrays = (np.full((1, 64), x & np.iinfo(word).max, word) for x in (a, b, c))
        computed = INTEGER[mnemonic].compute(*arrays, bitop3=table)
        assert computed.dtype == word
        assert (computed == bitop3(a, b, c, table) & np.iinfo(word).max).all(), hex(table)
    assert (INTEGER[mnemonic].compute(*(np.full((1, 64), 5, word) for _ in range(3))) == 0).all()


@pytest.mark.parametrize("low", [0, 1])
@pytest.mark.parametrize("high", [0, 1])
def test_pk_mov_selects_words(low: int, high: int) -> None:
    def words(a: int, b: int, op_sel: list[int]) -> int:
        return (a >> 32 * op_sel[0] & M32) | (b >> 32 * op_sel[1] & M32) << 32

    check("v_pk_mov_b32", INTEGER["v_pk_mov_b32"], words, op_sel=[low, high])


@pytest.mark.parametrize("half", ["lo", "hi"])
def test_mbcnt_counts_below_the_lane(half: str) -> None:
    rng = random.Random(1)
    masks = [rng.getrandbits(32) for _ in range(64)]
    masks[:4] = [0, M32, 1, 1 << 31]
    base = [rng.getrandbits(32) for _ in range(64)]
    a, b = (np.array(x, np.uint32)[None] for x in (masks, base))
    computed = INTEGER[f"v_mbcnt_{half}_u32_b32"].compute(a, b)[0].tolist()
    for lane in range(64):
        below = ((1 << lane) - 1) >> (32 if half == "hi" else 0) & M32
        assert computed[lane] == (base[lane] + (masks[lane] & below).bit_count()) & M32
    full = INTEGER[f"v_mbcnt_{half}_u32_b32"].compute(np.array([[M32]], np.uint32), np.zeros((1, 1), np.uint32))
    assert full.ravel().tolist() == [clamped(lane - (32 if half == "hi" else 0), 0, 32) for lane in range(64)]


@pytest.mark.parametrize("row", [16, 32])
def test_permlane_swaps_odd_rows_with_even_rows(row: int) -> None:
    d, s = (np.arange(128, dtype=np.uint32).reshape(2, 64), np.arange(1000, 1128, dtype=np.uint32).reshape(2, 64))
    wanted_d, wanted_s = d.copy(), s.copy()
    for lane in range(64):
        if lane // row % 2 == 0:
            wanted_s[:, lane], wanted_d[:, lane + row] = d[:, lane + row], s[:, lane]
    compute = INTEGER[f"v_permlane{row}_swap_b32"].compute
    new_d, new_s = compute(d, s, np.full(2, M64, np.uint64))
    np.testing.assert_array_equal(new_d, wanted_d)
    np.testing.assert_array_equal(new_s, wanted_s)
    whole_pairs = np.array([(1 << 3) | (1 << (3 + row)), 0], np.uint64)
    np.testing.assert_array_equal(compute(d, s, whole_pairs)[0], wanted_d)
    with pytest.raises(NotEmulated, match="one lane of a pair"):
        compute(d, s, np.array([1, M64], np.uint64))


def test_sat_pk_saturates_both_halves() -> None:
    numbers = [-32768, -1, 0, 1, 254, 255, 256, 32767]
    pairs = [(a, b) for a in numbers for b in numbers]
    halves = np.array(list(zip(*pairs, strict=True)), np.int16).reshape(2, 1, 64)
    computed = INTEGER["v_sat_pk_u8_i16"].compute(halves)
    assert computed.dtype == np.uint16
    assert computed[0].tolist() == [clamped(a, 0, 255) | clamped(b, 0, 255) << 8 for a, b in pairs]
