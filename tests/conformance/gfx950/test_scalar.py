"""Do the scalar instructions compute what the manual says? Against Python integers, over edge operands."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from conformance.gfx950.instructions.scalar import SCALAR

DTYPES = {"u32": np.uint32, "i32": np.int32, "u64": np.uint64, "i64": np.int64, "scc": bool, "exec": np.uint64}
EDGES_32 = (0, 1, 2, 3, 5, 15, 16, 31, 32, 33, 63, 64, 127, 128, 255, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x00070003,
            0x001F0001, 0x00200000, 0x00210004, 0x00400000, 0x007F001F, 0x12345678, 0x7FFFFFFE, 0x7FFFFFFF,
            0x80000000, 0x80000001, 0xDEADBEEF, 0xFFFF0000, 0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip
EDGES_64 = (0, 1, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x0123456789ABCDEF,
            0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFF00000000, 0xF0F0F0F00F0F0F0F,
            0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF)  # fmt: skip


def signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def edges(word: str) -> list[int]:
    if word == "scc":
        return [0, 1]
    values = EDGES_64 if word in ("u64", "i64", "exec") else EDGES_32
    return [signed(v, int(word[1:])) if word[0] == "i" else v for v in values]


def bits_of(value: int, bits: int) -> list[int]:
    return [(value >> i) & 1 for i in range(bits)]


def from_bits(bits: list[int]) -> int:
    return sum(bit << i for i, bit in enumerate(bits))


def first(flags: list[bool]) -> int:
    return flags.index(True) if True in flags else -1


def with_scc(function: Callable[..., int], bits: int) -> Callable[..., tuple[int, bool]]:
    """The function's result and whether it is not 0 in so many bits."""
    return lambda *operands: (function(*operands), function(*operands) & ((1 << bits) - 1) != 0)


def in_range(value: int) -> bool:
    return -(2**31) <= value < 2**31


def bfe_signed(a: int, field: int, bits: int) -> int:
    width = min(field >> 16 & 127, bits)
    return signed((a >> (field & (bits - 1))) & ((1 << width) - 1), width) if width else 0


ORACLES: dict[str, Callable[..., Any]] = {
    "s_add_u32": lambda a, b: (a + b, a + b >= 2**32),
    "s_sub_u32": lambda a, b: (a - b, a < b),
    "s_add_i32": lambda a, b: (a + b, not in_range(a + b)),
    "s_sub_i32": lambda a, b: (a - b, not in_range(a - b)),
    "s_addc_u32": lambda a, b, scc: (a + b + scc, a + b + scc >= 2**32),
    "s_subb_u32": lambda a, b, scc: (a - b - scc, b + scc > a),
    "s_mul_i32": lambda a, b: a * b,
    "s_mul_hi_u32": lambda a, b: (a * b) >> 32,
    "s_mul_hi_i32": lambda a, b: (a * b) >> 32,
    "s_abs_i32": with_scc(abs, 32),
    "s_absdiff_i32": with_scc(lambda a, b: abs(signed(a - b, 32)), 32),
    "s_addk_i32": lambda k, old: (old + k, not in_range(old + k)),
    "s_mulk_i32": lambda k, old: old * k,
    "s_mov_b32": lambda a: a,
    "s_mov_b64": lambda a: a,
    "s_movk_i32": lambda k: k,
    "s_cselect_b32": lambda a, b, scc: a if scc else b,
    "s_cselect_b64": lambda a, b, scc: a if scc else b,
    "s_cmov_b32": lambda a, scc, old: a if scc else old,
    "s_cmov_b64": lambda a, scc, old: a if scc else old,
    "s_cmovk_i32": lambda a, scc, old: a if scc else old,
    "s_andn1_wrexec_b64": lambda a, e: (~a & e, ~a & e, ~a & e != 0),
    "s_andn2_wrexec_b64": lambda a, e: (a & ~e, a & ~e, a & ~e != 0),
    "s_ashr_i32": with_scc(lambda a, n: a >> (n & 31), 32),
    "s_ashr_i64": with_scc(lambda a, n: a >> (n & 63), 64),
    "s_flbit_i32": lambda a: first([(a >> 31 - i) & 1 != (a >> 31) & 1 for i in range(32)]),
    "s_flbit_i32_i64": lambda a: first([(a >> 63 - i) & 1 != (a >> 63) & 1 for i in range(64)]),
    "s_sext_i32_i8": lambda a: signed(a, 8),
    "s_sext_i32_i16": lambda a: signed(a, 16),
    "s_bitreplicate_b64_b32": lambda a: from_bits([bit for bit in bits_of(a, 32) for _ in range(2)]),
    "s_pack_ll_b32_b16": lambda a, b: a % 65536 + b % 65536 * 65536,
    "s_pack_lh_b32_b16": lambda a, b: a % 65536 + b // 65536 * 65536,
    "s_pack_hh_b32_b16": lambda a, b: a // 65536 + b // 65536 * 65536,
    "s_cmp_eq_u64": lambda a, b: a == b,
    "s_cmp_lg_u64": lambda a, b: a != b,
}
for word in ("i32", "u32"):
    ORACLES[f"s_min_{word}"] = lambda a, b: (min(a, b), a < b)
    ORACLES[f"s_max_{word}"] = lambda a, b: (max(a, b), a >= b)
    for form in ("cmp", "cmpk"):
        ORACLES[f"s_{form}_eq_{word}"] = lambda a, b: a == b
        ORACLES[f"s_{form}_lg_{word}"] = lambda a, b: a != b
        ORACLES[f"s_{form}_lt_{word}"] = lambda a, b: a < b
        ORACLES[f"s_{form}_le_{word}"] = lambda a, b: a <= b
        ORACLES[f"s_{form}_gt_{word}"] = lambda a, b: a > b
        ORACLES[f"s_{form}_ge_{word}"] = lambda a, b: a >= b
for n in (1, 2, 3, 4):
    ORACLES[f"s_lshl{n}_add_u32"] = lambda a, b, n=n: ((a << n) + b, (a << n) + b >= 2**32)
TRUTHS = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0), "andn2": (0, 0, 1, 0), "orn2": (1, 0, 1, 1),
          "nand": (1, 1, 1, 0), "nor": (1, 0, 0, 0), "xnor": (1, 0, 0, 1), "andn1": (0, 1, 0, 0),
          "orn1": (1, 1, 0, 1)}  # fmt: skip


def logic(truth: tuple[int, ...], bits: int) -> Callable[[int, int], int]:
    return lambda a, b: from_bits([truth[2 * x + y] for x, y in zip(bits_of(a, bits), bits_of(b, bits), strict=True)])


for name, truth in TRUTHS.items():
    for size in (32, 64):
        ORACLES[f"s_{name}_b{size}"] = with_scc(logic(truth, size), size)
    ORACLES[f"s_{name}_saveexec_b64"] = lambda a, e, t=truth: (e, logic(t, 64)(a, e), logic(t, 64)(a, e) != 0)
for size in (32, 64):
    ORACLES |= {
        f"s_not_b{size}": with_scc(lambda a: ~a, size),
        f"s_lshl_b{size}": with_scc(lambda a, n, size=size: a << n % size, size),
        f"s_lshr_b{size}": with_scc(lambda a, n, size=size: a >> n % size, size),
        f"s_bfe_u{size}": with_scc(lambda a, f, s=size: (a >> f % s) & ((1 << (f >> 16 & 127)) - 1), size),
        f"s_bfe_i{size}": with_scc(lambda a, f, s=size: bfe_signed(a, f, s), size),
        f"s_bfm_b{size}": lambda a, b, s=size: ((1 << a % s) - 1) << b % s,
        f"s_brev_b{size}": lambda a, s=size: from_bits(bits_of(a, s)[::-1]),
        f"s_bcnt0_i32_b{size}": with_scc(lambda a, s=size: bits_of(a, s).count(0), 32),
        f"s_bcnt1_i32_b{size}": with_scc(lambda a, s=size: bits_of(a, s).count(1), 32),
        f"s_ff0_i32_b{size}": lambda a, s=size: first([bit == 0 for bit in bits_of(a, s)]),
        f"s_ff1_i32_b{size}": lambda a, s=size: first([bit == 1 for bit in bits_of(a, s)]),
        f"s_flbit_i32_b{size}": lambda a, s=size: first([bit == 1 for bit in bits_of(a, s)[::-1]]),
        f"s_bitset0_b{size}": lambda i, old, s=size: old & ~(1 << i % s),
        f"s_bitset1_b{size}": lambda i, old, s=size: old | (1 << i % s),
        f"s_bitcmp0_b{size}": lambda a, i, s=size: bits_of(a, s)[i % s] == 0,
        f"s_bitcmp1_b{size}": lambda a, i, s=size: bits_of(a, s)[i % s] == 1,
        f"s_wqm_b{size}": with_scc(
            lambda a, s=size: from_bits([int(any(bits_of(a, s)[i & 60 : (i & 60) + 4])) for i in range(s)]), size
        ),
    }


@pytest.mark.parametrize("mnemonic", sorted(SCALAR))
def test_against_python_integers(mnemonic: str) -> None:
    op = SCALAR[mnemonic]
    oracle = ORACLES[mnemonic]  # an entry without one fails
    writes, reads = op.writes.split(), op.reads.split()
    words = [*reads, writes[0]] if op.accumulates else reads
    cases = list(itertools.product(*(edges(word) for word in words)))
    operands = [np.array(column, DTYPES[word]) for word, column in zip(words, zip(*cases, strict=True), strict=True)]
    before = [operand.copy() for operand in operands]
    with np.errstate(all="raise"):
        computed = op.compute(*operands)
    results = computed if isinstance(computed, tuple) else (computed,)
    assert len(results) == len(writes)
    for operand, old in zip(operands, before, strict=True):
        np.testing.assert_array_equal(operand, old)
    expected = [oracle(*case) for case in cases]
    for i, (word, result) in enumerate(zip(writes, results, strict=True)):
        assert result.dtype == DTYPES[word]
        values = [e[i] if isinstance(e, tuple) else e for e in expected]
        for case, value, observed in zip(cases, values, result.tolist(), strict=True):
            wanted = bool(value) if word == "scc" else value & ((1 << 8 * result.itemsize) - 1)
            seen = observed if word == "scc" else observed & ((1 << 8 * result.itemsize) - 1)
            assert seen == wanted, f"{mnemonic}{case}: {word} is {seen:#x}, should be {wanted:#x}"


def test_no_oracle_without_an_instruction() -> None:
    assert {name for name in ORACLES if name not in SCALAR} == {
        f"s_{name}_b{size}" for name in ("andn1", "orn1") for size in (32, 64)
    }
