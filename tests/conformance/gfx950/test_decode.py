"""Are operands read and results written as the modifiers say? Against plain Python on lanes."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest

from conformance.gfx950.assembly import EXEC, M0, VCC, Register, parse_line
from conformance.gfx950.binding import build
from conformance.gfx950.counts import Traffic
from conformance.gfx950.errors import NotEmulated
from conformance.gfx950.settings import Settings
from conformance.gfx950.storage.waits import Pending, keys_of
from conformance.gfx950.wave import LANES, Front, lanes_of, mask_of

WAVES = 3
MODE = 0x3F0  # denormals kept, DX10_CLAMP, IEEE
ALL = (1 << 64) - 1


class Machine:
    """Registers to try instructions on; ``v`` and ``s`` as plain lists."""

    def __init__(self, seed: int = 0, exec_mask: int = ALL) -> None:
        rng = np.random.default_rng(seed)
        self.f = Front(32, 4, WAVES)
        self.f.v[:] = rng.integers(0, 1 << 32, self.f.v.shape, dtype=np.uint32)
        self.f.s[:] = rng.integers(0, 1 << 32, self.f.s.shape, dtype=np.uint32)
        self.f.mode, self.f.pending = MODE, Pending()
        self.f.chunk = type("Chunk", (), {"settings": Settings(), "traffic": Traffic(), "sanitizer": None})()
        self.f.set_pair(EXEC, np.full(WAVES, exec_mask, np.uint64))

    def run(self, *lines: str) -> Machine:
        with np.errstate(all="ignore"):
            for line in lines:
                build(parse_line(line)).run(self.f)
        return self

    def v(self, index: int, wave: int = 1) -> list[int]:
        return [int(x) for x in self.f.v[index, wave]]

    def s(self, index: int, wave: int = 1) -> int:
        return int(self.f.s[index, wave])

    def floats(self, index: int, values: list[float]) -> Machine:
        self.f.v[index] = np.resize(np.array(values, np.float32), (WAVES, LANES)).view(np.uint32)
        return self


def float_bits(value: float) -> int:
    return int(struct.unpack("<I", struct.pack("<f", value))[0])


@pytest.mark.parametrize(
    ("operand", "bits"),
    [
        ("5", 5),
        ("-3", 0xFFFFFFFD),
        ("0xdeadbeef", 0xDEADBEEF),
        ("0.5", 0x3F000000),
        ("-4.0", 0xC0800000),
        ("0.15915494309189532", 0x3E22F983),
    ],
)
def test_constants_as_integers_and_floats(operand: str, bits: int) -> None:
    machine = Machine().run(f"v_mov_b32_e32 v1, {operand}", f"v_mul_f32_e32 v2, {operand}, v3")
    assert machine.v(1) == [bits] * LANES
    machine.floats(4, [1.0]).run(f"v_mul_f32_e64 v5, {operand}, v4")
    if bits & 0x7F800000 and bits != 0xFFFFFFFD:
        assert machine.v(5) == [bits] * LANES


def test_equal_numbers_of_two_formats_stay_apart() -> None:
    for number, bits in (("1", 1), ("1.0", float_bits(1.0)), ("1", 1)):
        assert Machine().run(f"v_mov_b32_e32 v1, {number}").v(1) == [bits] * LANES


def test_a_constant_as_a_64_bit_operand() -> None:
    machine = Machine().run("s_mov_b64 s[2:3], -1", "s_mov_b64 s[4:5], 0x12345678", "v_add_f64 v[2:3], 1.0, 0.5")
    assert (machine.s(2), machine.s(3), machine.s(4), machine.s(5)) == (0xFFFFFFFF, 0xFFFFFFFF, 0x12345678, 0)
    assert (machine.v(2)[0], machine.v(3)[0]) == (0, 0x3FF80000)
    machine.run("s_mov_b64 s[6:7], 0x80000000")  # where LLVM writes this it means 32 bits and zeros above
    assert (machine.s(6), machine.s(7)) == (0x80000000, 0)
    for line in ("s_mov_b64 s[2:3], 0xffffffff80000000", "s_mov_b64 s[2:3], -17", "s_ashr_i64 s[2:3], 0x80000000, 1"):
        with pytest.raises(NotEmulated, match="how it is extended"):
            build(parse_line(line))
    machine.run("v_add_f64 v[4:5], 0x40080000, 0")  # a literal is FP64's high word
    assert (machine.v(4)[0], machine.v(5)[0]) == (0, 0x40080000)


def test_sign_modifiers_change_the_sign_bit_alone() -> None:
    machine = Machine().floats(1, [-1.5, float("nan"), -0.0, 2.0]).floats(2, [1.0])
    machine.run("v_mul_f32_e64 v3, |v1|, v2", "v_mul_f32_e64 v4, -v1, v2", "v_mul_f32_e64 v5, -|v1|, v2")
    one, zero = float_bits(1.5), 0
    assert [machine.v(3)[i] for i in (0, 2, 3)] == [one, zero, float_bits(2.0)]
    assert [machine.v(4)[i] for i in (0, 2, 3)] == [one, zero, float_bits(-2.0)]
    assert [machine.v(5)[i] for i in (0, 2, 3)] == [float_bits(-1.5), 0x80000000, float_bits(-2.0)]
    selected = Machine().run("v_cndmask_b32_e64 v6, |v1|, -v2, s[4:5]")
    bits = lanes_of(selected.f.pair(4))[1]
    expected = [
        b ^ (1 << 31) if on else a & 0x7FFFFFFF for a, b, on in zip(selected.v(1), selected.v(2), bits, strict=True)
    ]
    assert selected.v(6) == expected


def test_inactive_lanes_keep_what_they_had() -> None:
    mask = 0x00FF00FF12345678
    machine = Machine(exec_mask=mask)
    before = machine.v(1)
    machine.run("v_mov_b32_e32 v1, 7")
    assert machine.v(1) == [7 if mask >> lane & 1 else old for lane, old in enumerate(before)]
    machine.run("v_cmp_eq_u32_e32 vcc, v2, v2")
    assert (machine.s(VCC), machine.s(VCC + 1)) == (mask & 0xFFFFFFFF, mask >> 32)
    machine.run("v_readfirstlane_b32 s3, v2")
    assert machine.s(3) == machine.v(2)[3]


def test_first_lane_without_an_active_one_is_lane_zero() -> None:
    machine = Machine(exec_mask=0).run("v_readfirstlane_b32 s3, v2", "v_readlane_b32 s4, v2, 9")
    assert (machine.s(3), machine.s(4)) == (machine.v(2)[0], machine.v(2)[9])
    before = machine.v(5)
    machine.run("v_writelane_b32 v5, s6, 40")
    assert machine.v(5) == [machine.s(6) if lane == 40 else old for lane, old in enumerate(before)]


def _row(lane: int) -> int:
    return lane // 16 * 16


# The source lane of each lane, None where there is none.
DPP: dict[str, Callable[[int], int | None]] = {
    "quad_perm:[1,0,3,2]": lambda lane: lane ^ 1,
    "quad_perm:[3,3,0,1]": lambda lane: lane // 4 * 4 + (3, 3, 0, 1)[lane % 4],
    "row_shl:3": lambda lane: lane + 3 if lane % 16 < 13 else None,
    "row_shr:1": lambda lane: lane - 1 if lane % 16 else None,
    "row_ror:4": lambda lane: _row(lane) + (lane - 4) % 16,
    "wave_shl:1": lambda lane: lane + 1 if lane < 63 else None,
    "wave_rol:1": lambda lane: (lane + 1) % 64,
    "wave_shr:1": lambda lane: lane - 1 if lane else None,
    "wave_ror:1": lambda lane: (lane - 1) % 64,
    "row_mirror": lambda lane: _row(lane) + 15 - lane % 16,
    "row_half_mirror": lambda lane: lane // 8 * 8 + 7 - lane % 8,
    "row_newbcast:5": lambda lane: _row(lane) + 5,
    "row_bcast:15": lambda lane: _row(lane) - 1 if lane >= 16 else None,
    "row_bcast:31": lambda lane: 31 if lane >= 32 else None,
}


@pytest.mark.parametrize("exec_mask", [ALL, 0x0F0FFFFF1357ECA8])
@pytest.mark.parametrize("bound", ["", " bound_ctrl:1", " bound_ctrl:0"])
@pytest.mark.parametrize("control", DPP)
@pytest.mark.parametrize("bits", [32, 16])
def test_dpp_reads_another_lane(bits: int, control: str, bound: str, exec_mask: int) -> None:
    """A result of 16 bits has zeros above it. bound_ctrl:0 is an old way to write bound_ctrl:1."""
    machine = Machine(exec_mask=exec_mask)
    old, values, addend = machine.v(1), machine.v(2), machine.v(3)
    machine.run(f"v_add_u{bits}_dpp v1, v2, v3 {control} row_mask:0xd bank_mask:0xb{bound}")
    for lane in range(LANES):
        source = DPP[control](lane)
        there = source is not None and bool(exec_mask >> source & 1)
        enabled = bool(0xD >> lane // 16 & 1) and bool(0xB >> lane % 16 // 4 & 1) and bool(exec_mask >> lane & 1)
        expected = old[lane]
        if enabled and (there or bound):
            expected = ((values[source] if there and source is not None else 0) + addend[lane]) % (1 << bits)
        assert machine.v(1)[lane] == expected, lane


@pytest.mark.parametrize("selection", ["BYTE_0", "BYTE_1", "BYTE_2", "BYTE_3", "WORD_0", "WORD_1", "DWORD"])
@pytest.mark.parametrize("sext", [False, True])
def test_sdwa_selects_parts_of_sources(selection: str, sext: bool) -> None:
    machine = Machine()
    source = "sext(v2)" if sext else "v2"
    modifiers = f"dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:DWORD src1_sel:{selection}"
    machine.run(f"v_add_u32_sdwa v1, v3, {source} {modifiers}")
    width = {"B": 8, "W": 16, "D": 32}[selection[0]]
    first = int(selection[-1]) * width if selection != "DWORD" else 0
    for lane in range(LANES):
        part = machine.v(2)[lane] >> first & ((1 << width) - 1)
        if sext and part >> (width - 1):
            part -= 1 << width
        assert machine.v(1)[lane] == (machine.v(3)[lane] + part) & 0xFFFFFFFF


@pytest.mark.parametrize("selection", ["BYTE_0", "BYTE_2", "WORD_0", "WORD_1"])
@pytest.mark.parametrize("unused", ["UNUSED_PAD", "UNUSED_PRESERVE"])
def test_sdwa_writes_a_part_of_the_destination(selection: str, unused: str) -> None:
    machine = Machine()
    old = machine.v(1)
    machine.run(f"v_or_b32_sdwa v1, v2, v3 dst_sel:{selection} dst_unused:{unused} src0_sel:DWORD src1_sel:DWORD")
    width = 8 if selection[0] == "B" else 16
    first = int(selection[-1]) * width
    field = ((1 << width) - 1) << first
    for lane in range(LANES):
        result = (machine.v(2)[lane] | machine.v(3)[lane]) << first & field
        rest = old[lane] & ~field & 0xFFFFFFFF if unused == "UNUSED_PRESERVE" else 0
        assert machine.v(1)[lane] == result | rest


@pytest.mark.parametrize("high", [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)])
def test_op_sel_picks_halves(high: tuple[int, int, int]) -> None:
    machine = Machine()
    old = machine.v(1)
    machine.run(f"v_add_u16_e64 v1, v2, v3 op_sel:[{high[0]},{high[1]},{high[2]}]")
    for lane in range(LANES):
        total = (machine.v(2)[lane] >> 16 * high[0]) + (machine.v(3)[lane] >> 16 * high[1]) & 0xFFFF
        kept = old[lane] & (0xFFFF if high[2] else 0xFFFF0000)
        assert machine.v(1)[lane] == kept | total << 16 * high[2]


@pytest.mark.parametrize("low", [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("high", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_packed_fp32_picks_registers_and_signs(low: tuple[int, int], high: tuple[int, int]) -> None:
    machine = Machine()
    for register, value in ((2, 3.0), (3, 5.0), (4, 7.0), (5, 11.0)):
        machine.floats(register, [value])
    signs = "neg_lo:[1,0] neg_hi:[0,1]"
    machine.run(
        f"v_pk_mul_f32 v[6:7], v[2:3], v[4:5] op_sel:[{low[0]},{low[1]}] op_sel_hi:[{high[0]},{high[1]}] {signs}"
    )
    a, b = (3.0, 5.0), (7.0, 11.0)
    assert machine.v(6)[0] == float_bits(-a[low[0]] * b[low[1]])
    assert machine.v(7)[0] == float_bits(a[high[0]] * -b[high[1]])


def test_mixed_operands_are_registers_or_halves() -> None:
    """v_fma_mix: op_sel_hi says which operands are FP16, op_sel which half; signs apply to the value."""
    machine = Machine().floats(1, [1.5]).floats(3, [0.25])
    machine.f.v[2] = 0x4200_C000  # 3.0, -2.0
    machine.run(
        "v_fma_mix_f32 v4, v1, v2, v3 op_sel_hi:[0,1,0]",
        "v_fma_mix_f32 v5, v1, -v2, |v3| op_sel:[0,1,0] op_sel_hi:[0,1,0]",
        "v_mov_b32_e32 v6, 0xaaaabbbb",
        "v_fma_mixlo_f16 v6, v1, v2, v3 op_sel:[0,1,0] op_sel_hi:[0,1,0]",
        "v_fma_mixhi_f16 v6, v1, |v2|, 1.0 op_sel_hi:[0,1,1]",
    )
    assert machine.v(4) == [float_bits(1.5 * -2.0 + 0.25)] * LANES
    assert machine.v(5) == [float_bits(1.5 * -3.0 + 0.25)] * LANES
    assert machine.v(6) == [0x4400_44C0] * LANES  # 4.0, 4.75


def test_packed_halves_may_be_negated() -> None:
    machine = Machine().run("v_mov_b32_e32 v1, 0x3c007f01", "v_pack_b32_f16 v2, -v1, |v1| op_sel:[0,1,0]")
    assert machine.v(2) == [0x3C00FF01] * LANES


def test_fp16_saturates_where_the_mode_says_so() -> None:
    machine = Machine().run("v_mov_b32_e32 v1, 0x7bff7bff", "v_mov_b32_e32 v2, 0x7c007c00")
    machine.run("v_add_f16_e32 v3, v1, v1", "v_pk_add_f16 v4, v1, v1", "v_add_f16_e32 v5, v1, v2")
    assert (machine.v(3)[0], machine.v(4)[0], machine.v(5)[0]) == (0x7C00, 0x7C007C00, 0x7C00)
    machine.run("s_setreg_imm32_b32 hwreg(HW_REG_MODE, 23, 1), 1")
    machine.run("v_add_f16_e32 v3, v1, v1", "v_pk_add_f16 v4, v1, v1", "v_add_f16_e32 v5, v1, v2")
    assert (machine.v(3)[0], machine.v(4)[0], machine.v(5)[0]) == (0x7BFF, 0x7BFF7BFF, 0x7C00)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("v_pk_sub_i16 v3, 0, v1", 0xFFFF_FFFD),  # v1 is 0x0001_0003
        ("v_pk_add_u16 v3, v1, -1", 0x0000_0002),
        ("v_pk_add_u16 v3, v1, 2", 0x0001_0005),
        ("v_pk_add_u16 v3, v1, 2 op_sel_hi:[1,0]", 0x0003_0005),
        ("v_pk_add_u16 v3, v1, 2 op_sel:[0,1]", 0x0001_0003),
        ("v_pk_add_u16 v3, v1, 1.0", 0x3F81_0003),
        ("v_pk_add_f16 v3, v2, 1.0", 0x3C00_4000),  # v2 is 0x3C00_3C00
        ("v_pk_add_f16 v3, v2, 1.0 op_sel_hi:[1,0]", 0x4000_4000),
    ],
)
def test_a_packed_constant_is_32_bits(line: str, expected: int) -> None:
    """As LLVM's getInlineEncodingV216 says: whole numbers sign-extended, others FP16 (or FP32, for integers)."""
    machine = Machine().run("v_mov_b32_e32 v1, 0x10003", "v_mov_b32_e32 v2, 0x3c003c00", line)
    assert machine.v(3) == [expected] * LANES


def test_a_packed_literal_is_refused() -> None:
    with pytest.raises(NotEmulated, match="0x41 as a packed operand"):
        build(parse_line("v_pk_add_u16 v3, v1, 65"))


def test_a_carry_by_dpp_needs_every_lane() -> None:
    line = "v_add_co_u32_dpp v1, vcc, v2, v3 quad_perm:[1,0,3,2] row_mask:0x{} bank_mask:0xf{}"
    build(parse_line(line.format("f", " bound_ctrl:1")))
    for rows, bound in (("f", ""), ("7", " bound_ctrl:1")):
        with pytest.raises(NotEmulated, match="leaves lanes out"):
            build(parse_line(line.format(rows, bound)))


def test_constants_with_a_point_are_fp64_in_64_bits() -> None:
    machine = Machine().run("s_mov_b64 s[10:11], 1.0", "v_mov_b64_e32 v[2:3], -4.0")
    assert (machine.s(10), machine.s(11)) == (0, 0x3FF00000)
    assert (machine.v(2)[0], machine.v(3)[0]) == (0, 0xC0100000)


def test_a_negated_constant() -> None:
    machine = Machine().floats(1, [1.5]).run("v_mul_f32_e64 v2, v1, neg(0)", "v_mul_f32_e64 v3, v1, abs(v1)")
    assert (machine.v(2)[0], machine.v(3)[0]) == (0x80000000, float_bits(2.25))


def test_a_packed_fp32_constant_has_no_high_word() -> None:
    build(parse_line("v_pk_mul_f32 v[6:7], v[2:3], 2.0 op_sel_hi:[1,0]"))
    with pytest.raises(NotEmulated, match="high word of a constant"):
        build(parse_line("v_pk_mul_f32 v[6:7], v[2:3], 2.0"))


@pytest.mark.parametrize(
    ("value", "clamped"),
    [(0.125, 0.125), (3.0, 1.0), (-2.0, 0.0), (float("nan"), 0.0), (0.0, 0.0), (-0.0, 0.0), (float("inf"), 1.0)],
)
def test_clamp(value: float, clamped: float) -> None:
    machine = Machine().floats(1, [value]).floats(2, [1.0]).run("v_mul_f32_e64 v3, v1, v2 clamp")
    assert machine.v(3)[0] == float_bits(clamped)


@pytest.mark.parametrize("modifier", ["mul:2", "mul:4", "div:2"])
def test_omod_is_refused(modifier: str) -> None:
    with pytest.raises(NotEmulated, match=f"modifier {modifier}"):
        build(parse_line(f"v_mul_f32_e64 v3, v1, v2 {modifier}"))


@pytest.mark.parametrize("name", ["v_add_u32", "v_sub_u32", "v_subrev_u32", "v_add_i32", "v_sub_i32"])
def test_clamped_integers_saturate(name: str) -> None:
    machine = Machine().run(f"{name}_e64 v3, v1, v2 clamp")
    bits, low, high = 1 << 32, 0, (1 << 32) - 1
    if name.endswith("i32"):
        low, high = -(1 << 31), (1 << 31) - 1
    for a, b, result in zip(machine.v(1), machine.v(2), machine.v(3), strict=True):
        if low:
            a, b = (x - bits if x >> 31 else x for x in (a, b))
        exact = a + b if "add" in name else b - a if "rev" in name else a - b
        assert result == min(max(exact, low), high) % bits


@pytest.mark.parametrize("name", ["v_pk_add_u16", "v_pk_sub_u16", "v_pk_add_i16", "v_pk_sub_i16"])
def test_clamped_pairs_saturate_each_half(name: str) -> None:
    machine = Machine().run(f"{name} v3, v1, v2 clamp")
    low, high = (-(1 << 15), (1 << 15) - 1) if name.endswith("i16") else (0, 0xFFFF)
    for a, b, result in zip(machine.v(1), machine.v(2), machine.v(3), strict=True):
        for shift in (0, 16):
            x, y = (v >> shift & 0xFFFF for v in (a, b))
            if low:
                x, y = (v - 0x10000 if v >> 15 else v for v in (x, y))
            exact = x + y if "add" in name else x - y
            assert result >> shift & 0xFFFF == min(max(exact, low), high) & 0xFFFF


def test_denormals_follow_the_mode() -> None:
    tiny = 2.0**-130
    machine = Machine().floats(1, [tiny, -tiny]).floats(2, [1.0]).floats(3, [2.0**-100])
    machine.run("v_mul_f32_e32 v4, v1, v2", "v_mul_f32_e32 v5, v3, v3")
    assert machine.v(4)[:2] == [float_bits(tiny), float_bits(-tiny)]
    machine.run("s_setreg_imm32_b32 hwreg(HW_REG_MODE, 4, 2), 0", "s_getreg_b32 s1, hwreg(HW_REG_MODE, 4, 4)")
    assert machine.s(1) == 0xC
    machine.floats(6, [2.0**-70]).run("v_mul_f32_e32 v4, v1, v2", "v_mul_f32_e32 v7, v6, v6")
    assert machine.v(4)[:2] == [0, 0x80000000]
    assert machine.v(7)[0] == 0
    with pytest.raises(NotEmulated, match="on one side"):
        machine.run("s_setreg_imm32_b32 hwreg(HW_REG_MODE, 4, 2), 1", "v_mul_f32_e32 v4, v1, v2")
    with pytest.raises(NotEmulated, match="rounding mode"):
        machine.run("s_setreg_imm32_b32 hwreg(HW_REG_MODE, 0, 2), 1")
    for field in ("6, 2", "8, 1", "9, 1"):
        with pytest.raises(NotEmulated, match="without one of FP16/FP64 denormals, DX10_CLAMP and IEEE"):
            machine.run(f"s_setreg_imm32_b32 hwreg(HW_REG_MODE, {field}), 0")


def test_scalars_reach_exec_and_scc() -> None:
    machine = Machine()
    saved, mask = machine.s(EXEC), machine.s(10)
    machine.run("s_and_saveexec_b64 s[2:3], s[10:11]")
    assert (machine.s(2), machine.s(EXEC)) == (saved, saved & mask)
    assert machine.f.active is not None
    assert mask_of(machine.f.active).tolist() == machine.f.pair(EXEC).tolist()
    machine.run("s_mov_b32 exec_lo, 5", "s_mov_b32 exec_hi, 0", "s_mov_b32 m0, 17")
    assert mask_of(machine.f.active).tolist() == [5] * WAVES
    assert machine.s(M0) == 17
    machine.run("s_mov_b64 exec, -1")
    assert machine.f.active is None
    machine.run("s_cmp_eq_u32 s1, s1", "s_cselect_b32 s4, 1, 2", "s_cmpk_lt_i32 s4, 0xffff", "s_cselect_b32 s5, 1, 2")
    assert (machine.s(4), machine.s(5)) == (1, 2)
    machine.run("s_movk_i32 s6, 0x8000", "s_addk_i32 s6, 0xffff")
    assert machine.s(6) == 0xFFFF7FFF


def test_registers_that_the_text_does_not_name_are_touched_too() -> None:
    vcc = keys_of(Register("s", VCC, 2))
    named = keys_of(Register("v", 1, 4))
    assert build(parse_line("v_div_fmas_f32 v1, v2, v3, v4")).touched == named | vcc
    assert build(parse_line("v_fma_f32 v1, v2, v3, v4")).touched == named


def test_a_swap_reads_before_it_writes() -> None:
    machine = Machine()
    one, other = machine.v(1), machine.v(2)
    machine.run("v_swap_b32 v1, v2")
    assert (machine.v(1), machine.v(2)) == (other, one)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("v_no_such_thing v1, v2", "mnemonic v_no_such_thing"),
        ("s_no_such_thing s1, s2", "mnemonic s_no_such_thing"),
        ("v_add_u32_e32 v1, v2, v3 op_sel:[1,0,0]", "modifier op_sel"),
        ("v_add_f32_e64 v1, v2, v3 clamp byp:1", "modifier byp"),
        ("v_add_u32_e64 v1, -v2, v3", "sign modifiers"),
        ("v_add_u32_e32 v1, v2", "operands"),
        ("v_add_u32_dpp v1, v2, v3 row_share:1", "modifier row_share"),
        (
            "v_add_u32_sdwa v1, v2, v3 dst_sel:WORD_1 dst_unused:UNUSED_SEXT src0_sel:DWORD src1_sel:DWORD",
            "UNUSED_SEXT",
        ),
        ("s_add_u32 s1, v2, s3", "as a scalar operand"),
        ("s_setreg_imm32_b32 hwreg(HW_REG_TRAPSTS, 0, 1), 1", "TRAPSTS"),
        ("s_waitcnt depctr(1)", "depctr"),
        ("v_mov_b32_e32 v1, src_shared_base", "src_shared_base"),
    ],
)
def test_what_is_unknown_is_named(line: str, what: str) -> None:
    with pytest.raises(NotEmulated, match=what):
        build(parse_line(line))


def test_a_matrix_of_doubles_is_read_from_and_written_to_pairs() -> None:
    m = Machine()
    numbers = np.random.default_rng(1).integers(-9, 9, (2, WAVES, LANES)).astype(np.float64)
    for register, values in zip((2, 4), numbers, strict=True):
        m.f.v[register : register + 2] = np.moveaxis(values[..., None].view(np.uint32), 2, 0)
    m.run("v_mfma_f64_4x4x4_4b_f64 v[8:9], v[2:3], v[4:5], 1.0")
    m.run("v_mfma_f64_4x4x4_4b_f64 v[8:9], v[2:3], v[4:5], v[8:9]")
    words = np.array([m.v(8), m.v(9)], np.uint32)
    a, b = (x[1].reshape(4, 4, 4) for x in numbers)  # [k, block, row or column]
    expected = 2 * np.einsum("kbi,kbj->ibj", a, b) + 1
    np.testing.assert_array_equal(np.ascontiguousarray(words.T).view(np.float64).ravel(), expected.ravel())
