"""Do waves part and rejoin, wait and end as the hardware's do? Small kernels in assembly, run on the whole machine."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from conformance.gfx950 import limits, machine
from conformance.gfx950.assembly import parse
from conformance.gfx950.counts import LaunchCounts
from conformance.gfx950.errors import AssertionFailed, BadLaunch, Hazard, IllegalAccess, NotEmulated, Race, Runaway
from conformance.gfx950.settings import CORES, Settings
from conformance.gfx950.storage.global_memory import GlobalMemory

DESCRIPTOR = """
	.amdhsa_kernel probe
		.amdhsa_user_sgpr_count 4
		.amdhsa_user_sgpr_dispatch_ptr 1
		.amdhsa_user_sgpr_kernarg_segment_ptr 1
		.amdhsa_system_sgpr_workgroup_id_x 1
		.amdhsa_system_sgpr_workgroup_id_y 1
		.amdhsa_system_sgpr_workgroup_id_z 1
		.amdhsa_next_free_vgpr 16
		.amdhsa_next_free_sgpr 32
		.amdhsa_accum_offset 12
		.amdhsa_float_denorm_mode_32 3
		.amdhsa_float_denorm_mode_16_64 3
	.end_amdhsa_kernel
"""
# s[8:9]: the output's address; v1: this work-item's number in the grid, v2: the address of its dword there.
PROLOGUE = """
	s_load_dwordx2 s[8:9], s[2:3], 0x0
	s_lshl_b32 s10, s4, {shift}
	v_add_u32_e32 v1, s10, v0
	v_lshlrev_b32_e32 v2, 2, v1
	s_waitcnt lgkmcnt(0)
"""


def run(
    body: str,
    *,
    data: str = "",
    groups: int = 2,
    warps: int = 2,
    grid: tuple[int, int, int] | None = None,
    lds: int = 0,
    **settings: object,
) -> tuple[np.ndarray, LaunchCounts]:
    """The output after the kernel, int32 [work-items], -1 where nothing was written; and what the launch counted.

    data: what stands in the text behind the code.
    """
    shift = (64 * warps).bit_length() - 1
    text = '\t.amdgcn_target "amdgcn-amd-amdhsa--gfx950"\nprobe:\n' + PROLOGUE.format(shift=shift) + body + DESCRIPTOR
    kernel = parse(text + data)
    grid = grid or (groups, 1, 1)
    out = torch.full((grid[0] * grid[1] * grid[2] * warps * 64,), -1, dtype=torch.int32)
    memory = GlobalMemory("probe", [("out", out)])
    memory.add_constants(kernel.constants)
    segment = memory.address_of(out).to_bytes(8, "little")
    counts = machine.execute(kernel, memory, segment, grid, warps, lds, Settings(**settings))  # type: ignore[arg-type]
    return out.numpy(), counts


STORE = "\n\tglobal_store_dword v2, v3, s[8:9]\n\ts_endpgm\n"


def test_work_items_and_workgroups_have_their_numbers() -> None:
    out, _ = run("\tv_mov_b32_e32 v3, v1" + STORE, groups=3, warps=4)
    assert out.tolist() == list(range(3 * 4 * 64))
    body = """
	s_lshl_b32 s11, s5, 4
	s_lshl_b32 s12, s6, 8
	s_or_b32 s11, s11, s12
	s_or_b32 s11, s11, s4
	v_mov_b32_e32 v3, s11
	s_mul_i32 s13, s5, 3
	s_mul_i32 s14, s6, 6
	s_add_i32 s13, s13, s14
	s_lshl_b32 s13, s13, 8
	v_add_u32_e32 v2, s13, v2
"""
    out, counts = run(body + STORE, grid=(3, 2, 2), warps=1)
    numbers = [x | y << 4 | z << 8 for z in range(2) for y in range(2) for x in range(3)]
    assert out.reshape(-1, 64).tolist() == [[number] * 64 for number in numbers]
    assert counts.waves == 12


@pytest.mark.parametrize(
    ("grid", "warps", "message"),
    [
        ((2**31, 1, 1), 1, "2147483648 workgroups in x, needs at most 2147483647"),
        ((2**26, 1, 1), 1, "4294967296 work-items in x, needs at most 4294967295"),
        ((1, 2**16, 1), 1, "65536 workgroups in y, needs at most 65535"),
        ((1, 1, 2**16), 1, "65536 workgroups in z, needs at most 65535"),
        ((1, 1, 1), 17, "1088 threads in a workgroup, needs at most 1024"),
    ],
)
def test_what_hip_refuses_is_refused(grid: tuple[int, int, int], warps: int, message: str) -> None:
    text = '\t.amdgcn_target "amdgcn-amd-amdhsa--gfx950"\nprobe:\n\ts_endpgm\n' + DESCRIPTOR
    with pytest.raises(BadLaunch, match=f"^kernel probe: has {message}$"):
        machine.execute(parse(text), GlobalMemory("probe", []), b"", grid, warps, 0, Settings())
    limits.check("probe", (2**26 - 1, 2**16 - 1, 2**16 - 1), (64, 1, 1))
    limits.check("probe", (1, 1, 1), (1024, 1, 1))


def test_the_kernarg_segment_may_be_preloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    preloaded = DESCRIPTOR.replace("sgpr_count 4", "sgpr_count 6").replace(
        ".amdhsa_system_sgpr_workgroup_id_x 1",
        ".amdhsa_user_sgpr_kernarg_preload_length 2\n\t\t.amdhsa_system_sgpr_workgroup_id_x 1",
    )
    monkeypatch.setitem(globals(), "DESCRIPTOR", preloaded)
    monkeypatch.setitem(globals(), "PROLOGUE", "\tv_lshlrev_b32_e32 v2, 2, v0\n")
    out, _ = run("\tv_mov_b32_e32 v3, v0\n\tglobal_store_dword v2, v3, s[4:5]\n\ts_endpgm\n", groups=1, warps=1)
    assert out.tolist() == list(range(64))


# Waves count to a number of their own; then those with an even one take another path, and all meet again.
UNEVEN = """
	v_readfirstlane_b32 s16, v1
	s_lshr_b32 s16, s16, 6
	s_mov_b32 s17, 0
	s_mov_b32 s18, 0
.loop:
	s_cmp_ge_u32 s17, s16
	s_cbranch_scc1 .done
	s_add_i32 s18, s18, s17
	s_add_i32 s17, s17, 1
	s_branch .loop
.done:
	s_bitcmp1_b32 s16, 0
	s_cbranch_scc1 .odd
	s_add_i32 s18, s18, 1000
.odd:
	v_mov_b32_e32 v3, s18
"""


@pytest.mark.parametrize("chunk", [1, 2, 5, 256])
def test_waves_part_and_rejoin(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CHUNK_WAVES", chunk)
    out, counts = run(UNEVEN + STORE, groups=7, warps=1)
    expected = [wave * (wave - 1) // 2 + (0 if wave % 2 else 1000) for wave in range(7)]
    assert out.reshape(7, 64).tolist() == [[value] * 64 for value in expected]
    trips = sum(range(7))
    assert counts.instructions["BRANCH"] == (trips + 7) + trips + 7  # scc1 to .done, back to .loop, to .odd
    assert counts.instructions["VMEM"] == 7


def test_some_waves_end_early() -> None:
    body = """
	s_cmp_eq_u32 s4, 1
	s_cbranch_scc1 .end
	v_mov_b32_e32 v3, 5
	global_store_dword v2, v3, s[8:9]
.end:
	s_endpgm
"""
    out, _ = run(body, groups=3, warps=1)
    assert out.reshape(3, 64).tolist() == [[5] * 64, [-1] * 64, [5] * 64]


def test_lanes_part_under_exec() -> None:
    body = """
	v_mov_b32_e32 v3, 1
	v_cmp_gt_u32_e32 vcc, 40, v0
	s_and_saveexec_b64 s[12:13], vcc
	s_cbranch_execz .skip
	v_mov_b32_e32 v3, 2
.skip:
	s_or_b64 exec, exec, s[12:13]
"""
    out, _ = run(body + STORE, groups=1, warps=2)
    assert out.tolist() == [2] * 40 + [1] * 88


# Each wave writes its number into LDS and reads its neighbour's.
EXCHANGE = """
	v_lshlrev_b32_e32 v4, 2, v0
	ds_write_b32 v4, v1
	s_waitcnt lgkmcnt(0)
	s_barrier
	v_xor_b32_e32 v4, 0x100, v4
	ds_read_b32 v3, v4
	s_waitcnt lgkmcnt(0)
"""


def test_waves_exchange_through_lds() -> None:
    out, counts = run(EXCHANGE + STORE, groups=3, warps=2, lds=512, sanitize=True)
    assert out.tolist() == [i ^ 64 for i in range(3 * 128)]
    assert (counts.traffic.lds_stored, counts.traffic.lds_loaded) == (3 * 512, 3 * 512)
    assert (counts.traffic.global_stored, counts.traffic.distinct_stored) == (3 * 512, 3 * 512)


def test_a_missing_barrier_is_a_race() -> None:
    body = EXCHANGE.replace("\ts_barrier\n", "")
    with pytest.raises(Race, match=r"kernel probe, line \d+ \(ds_read_b32 v3, v4\)"):
        run(body + STORE, groups=1, warps=2, lds=512, sanitize=True)


def test_a_barrier_orders_lds_writes_that_nobody_waited_for() -> None:
    """The LDS instructions of a workgroup's waves have one order; LLVM's fences wait for none of them."""
    body = EXCHANGE.replace("\ts_waitcnt lgkmcnt(0)\n\ts_barrier", "\ts_barrier")
    out, _ = run(body + STORE, groups=3, warps=2, lds=512, sanitize=True)
    assert out.tolist() == [i ^ 64 for i in range(3 * 128)]


def test_a_wait_behind_the_barrier_lets_the_next_stores_overtake_the_read() -> None:
    """Each wave overwrites what the other one reads (triton-lang/triton #11696)."""
    read = EXCHANGE.removesuffix("\ts_waitcnt lgkmcnt(0)\n")
    store = "\tv_xor_b32_e32 v4, 0x100, v4\n\tds_write_b32 v4, v1\n"
    wait, barrier = "\ts_waitcnt lgkmcnt(0)\n", "\ts_barrier\n"
    settings = {"groups": 3, "warps": 2, "lds": 512}
    out, _ = run(read + wait + barrier + store + STORE, **settings, sanitize=True)
    assert out.tolist() == [i ^ 64 for i in range(3 * 128)]
    late = read + barrier + wait + store + STORE
    assert run(late, **settings)[0].tolist() == out.tolist()  # here the read is early enough, on silicon it was not
    with pytest.raises(Race, match=r"line \d+ \(ds_write_b32 v4, v1\).* its wait stands after it"):
        run(late, **settings, sanitize=True)


@pytest.mark.parametrize("core", CORES)
def test_each_turn_of_a_loop_needs_barriers_of_its_own(core: str) -> None:
    """What orders one turn's reads with the next one's stores, and what does not."""
    wait, barrier = "\ts_waitcnt lgkmcnt(0)\n", "\ts_barrier\n"
    first, read = EXCHANGE.removesuffix(wait).split("\n", 2)[1:]
    again = "\tv_xor_b32_e32 v4, 0x100, v4\n\ts_cmp_lt_u32 s20, 9\n\ts_cbranch_scc1 .turn\n"
    for between, message in (
        (wait + barrier, ""),
        (wait, "wave 1 read at"),
        (barrier + wait, "its wait stands after it"),
    ):
        body = f"{first}\n\ts_mov_b32 s20, 0\n.turn:\n\ts_add_u32 s20, s20, 1\n{read}{between}{again}{STORE}"
        if message:
            with pytest.raises(Race, match=rf"\(ds_write_b32 v4, v1\): .*{message}"):
                run(body, groups=3, warps=2, lds=512, sanitize=True, core=core)
        else:
            out, _ = run(body, groups=3, warps=2, lds=512, sanitize=True, core=core)
            assert out.tolist() == [i ^ 64 for i in range(3 * 128)]


def test_a_register_used_before_its_wait_is_a_hazard() -> None:
    body = EXCHANGE.replace("ds_read_b32 v3, v4\n\ts_waitcnt lgkmcnt(0)", "ds_read_b32 v3, v4")
    with pytest.raises(Hazard, match=r"line \d+ \(global_store_dword v2, v3, s\[8:9\]\): v3 .*lgkmcnt\(0\)"):
        run(body + STORE, groups=1, warps=2, lds=512)


def test_barriers_join_waves_that_came_different_ways() -> None:
    """Both waves of a workgroup pass a barrier each, at different instructions."""
    body = """
	v_lshlrev_b32_e32 v4, 2, v0
	v_readfirstlane_b32 s16, v0
	s_cmp_eq_u32 s16, 0
	s_cbranch_scc1 .first
	ds_write_b32 v4, v1 offset:1024
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b32 v3, v4
	s_branch .join
.first:
	ds_write_b32 v4, v1 offset:256
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b32 v3, v4 offset:1280
.join:
	s_waitcnt lgkmcnt(0)
"""
    out, _ = run(body + STORE, groups=2, warps=2, lds=2048, sanitize=True)
    assert out.tolist() == [i ^ 64 for i in range(256)]


def test_poison_does_not_pass_for_data() -> None:
    out, _ = run("\tv_mov_b32_e32 v3, v9" + STORE, groups=1, warps=1)
    assert np.isnan(out.view(np.float32)).all()
    with pytest.raises(IllegalAccess, match="lane"):
        run("\tv_mov_b32_e32 v3, 1\n\tv_mov_b32_e32 v2, v9" + STORE, groups=1, warps=1)


def test_an_access_outside_names_lane_and_tensor() -> None:
    with pytest.raises(IllegalAccess, match=r"kernel probe, line \d+ \(global_store_dword.*lane.* 60.*out"):
        run("\tv_mov_b32_e32 v3, 1\n\tv_add_u32_e32 v2, 16, v2" + STORE, groups=1, warps=1)


def test_a_wave_that_others_wait_for_gets_its_turn() -> None:
    """A lock in the first dword, -1 while it is free: the others' loop is behind the one that holds it."""
    body = """
	v_mov_b32_e32 v4, 0
	v_mov_b32_e32 v6, 1
	v_mov_b32_e32 v7, -1
	s_mov_b64 exec, 1
.again:
	global_atomic_cmpswap v5, v4, v[6:7], s[8:9] sc0
	s_waitcnt vmcnt(0)
	v_cmp_ne_u32_e32 vcc, -1, v5
	s_cbranch_vccnz .again
	global_load_dword v3, v4, s[8:9] offset:4
	s_waitcnt vmcnt(0)
	v_add_u32_e32 v3, 1, v3
	global_store_dword v4, v3, s[8:9] offset:4
	s_waitcnt vmcnt(0)
	global_atomic_swap v4, v7, s[8:9]
	s_endpgm
"""
    out, _ = run(body, groups=5, warps=1, most_instructions=100_000)
    assert out[:2].tolist() == [-1, 4]


def test_a_kernel_that_does_not_end_is_stopped() -> None:
    with pytest.raises(Runaway, match="probe does not end"):
        run(".again:\n\ts_branch .again\n\ts_endpgm\n", most_instructions=10_000)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("v_mov_b32_e32 v12, 0", "v12, the kernel has 12 of v"),
        ("v_accvgpr_write_b32 a4, v0", "a4, the kernel has 4 of a"),
        ("s_mov_b32 s32, 0", "s32, the kernel has 32 of s"),
        ("v_mystery_b32 v1, v2", "mnemonic v_mystery_b32"),
        ("s_cbranch_cdbgsys .x", "mnemonic s_cbranch_cdbgsys"),
        ("s_branch .nowhere", "nowhere"),
    ],
)
def test_what_is_not_emulated_names_kernel_line_and_mnemonic(line: str, what: str) -> None:
    with pytest.raises(NotEmulated, match=rf"kernel probe, line 9 \({re.escape(line)}\): .*{what}"):
        run(f"\t{line}\n\ts_endpgm\n")


def test_another_architecture_is_refused() -> None:
    kernel = parse('\t.amdgcn_target "amdgcn-amd-amdhsa--gfx1100"\nprobe:\n\ts_endpgm\n' + DESCRIPTOR)
    with pytest.raises(NotEmulated, match="gfx1100"):
        machine.execute(kernel, GlobalMemory("probe", []), b"", (1, 1, 1), 1, 0, Settings())


def test_settings_name_what_they_need() -> None:
    with pytest.raises(ValueError, match="sum_model: has 'fast', needs one of exact, cdna3, sequential"):
        Settings(sum_model="fast")
    with pytest.raises(ValueError, match="ulp: has 2"):
        Settings(ulp=2)


# Each wave calls one of two functions, by its number; the second calls the first. Then they meet and go on.
CALLS = """
	s_mov_b32 s21, 7
	v_mov_b32_e32 v3, 0
	s_getpc_b64 s[12:13]
	s_add_u32 s12, s12, one@rel32@lo+4
	s_addc_u32 s13, s13, one@rel32@hi+12
	s_getpc_b64 s[14:15]
	s_add_u32 s14, s14, "two<>.x"@rel32@lo+4
	s_addc_u32 s15, s15, "two<>.x"@rel32@hi+12
	v_readfirstlane_b32 s16, v1
	s_lshr_b32 s16, s16, 6
	s_bitcmp1_b32 s16, 0
	s_cselect_b64 s[14:15], s[14:15], s[12:13]
	s_swappc_b64 s[30:31], s[14:15]
	v_add_u32_e32 v3, s21, v3
"""
FUNCTIONS = """.Lfunc_end0:
	.type	one,@function
one:
	v_add_u32_e32 v3, 100, v3
	s_setpc_b64 s[30:31]
.Lfunc_end1:
	.type	never,@function
never:
	v_is_no_instruction v0
.Lfunc_end2:
	.type	"two<>.x",@function
"two<>.x":
	s_mov_b64 s[18:19], s[30:31]
	s_getpc_b64 s[22:23]
.Lpost:
	s_add_u32 s22, s22, (.there-.Lpost)&4294967295
	s_addc_u32 s23, s23, (.there-.Lpost)>>32
	s_setpc_b64 s[22:23]
	s_trap 2
.there:
	s_call_b64 s[30:31], one
	v_add_u32_e32 v3, s16, v3
	s_setpc_b64 s[18:19]
.Lfunc_end3:
"""


@pytest.mark.parametrize("chunk", [1, 256])
def test_waves_call_functions_of_their_own_and_return(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CHUNK_WAVES", chunk)
    out, counts = run(CALLS + STORE + FUNCTIONS, groups=5, warps=1)
    expected = [107 + (wave if wave % 2 else 0) for wave in range(5)]
    assert out.reshape(5, 64).tolist() == [[value] * 64 for value in expected]
    assert counts.instructions["BRANCH"] == 5 + 3 + 2 * 4  # calls, returns of the first, in the second 4 jumps


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (("s_setpc_b64 s[18:19]", "s_setpc_b64 s[8:9]"), IllegalAccess, "a jump to 0x"),
        (("s_mov_b64 s[18:19], s[30:31]", "s_load_dwordx2 s[18:19], s[2:3], 0x0"), Hazard, "(s_setpc_b64 s[18:19]): "),
        (("s_setpc_b64 s[22:23]", "s_nop 0"), AssertionFailed, "s_trap 2): the kernel stops itself by a trap"),
        (("one@rel32@lo+4", "table@rel32@lo+4"), NotEmulated, "the address table@rel32"),
        (("one@rel32@lo+4", "one@gotpcrel32@lo+4"), NotEmulated, "the address one@gotpcrel32"),
        (
            ("s_call_b64 s[30:31], one", "s_call_b64 s[30:31], none"),
            NotEmulated,
            "(s_call_b64 s[30:31], none): not emulated: a call of none",
        ),
    ],
)
def test_jumps_that_cannot_be(change: tuple[str, str], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        run((CALLS + STORE + FUNCTIONS).replace(*change), groups=2, warps=1)


# Each lane takes the dword of its number from behind the first of the table, lane 0 of each wave adds the scalar one.
LOOKED_UP = """
	s_getpc_b64 s[12:13]
	s_add_u32 s12, s12, table@rel32@lo+8
	s_addc_u32 s13, s13, table@rel32@hi+16
	v_and_b32_e32 v4, 3, v1
	v_lshlrev_b32_e32 v4, 2, v4
	global_load_dword v3, v4, s[12:13]
	s_load_dword s14, s[12:13], 0x8
	s_waitcnt vmcnt(0) lgkmcnt(0)
	v_add_u32_e32 v3, s14, v3
"""
TABLE = """
.Lfunc_end0:
	.type	table,@object
	.section	.rodata,"a",@progbits
	.p2align	4, 0x0
table:
	.long	77                              ; 0x4d
	.quad	-4294967291
	.short	7, 0
	.zero	3
	.ascii	"\001"
	.size	table, 20
never:
	.quad	table
"""


def test_constants_are_read_where_they_lie() -> None:
    out, _ = run(LOOKED_UP + STORE, data=TABLE, groups=1, warps=1)
    assert out.tolist() == [value + 7 for value in (5, -1, 7, 1 << 24)] * 16


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (("global_load_dword v3, v4", "global_load_dword v3, v2"), IllegalAccess, "from table, which has 20 bytes"),
        (("global_load_dword v3, v4, s", "global_store_dword v4, v1, s"), IllegalAccess, "table"),
        (("table@rel32@lo", "never@rel32@lo"), NotEmulated, "the address never@rel32@lo+8"),
    ],
)
def test_what_constants_are_not(change: tuple[str, str], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        run(LOOKED_UP.replace(*change) + STORE, data=TABLE, groups=1, warps=1)


def test_a_stack_without_a_known_bound_is_as_large_as_hips(monkeypatch: pytest.MonkeyPatch) -> None:
    unbounded = ".amdhsa_uses_dynamic_stack 1\n\t\t.amdhsa_next_free_vgpr"
    monkeypatch.setitem(globals(), "DESCRIPTOR", DESCRIPTOR.replace(".amdhsa_next_free_vgpr", unbounded))
    body = """
	s_movk_i32 s31, 0x3fc
	scratch_store_dword off, v1, s31
	scratch_load_dword v3, off, s31
	s_waitcnt vmcnt(0)
"""
    out, _ = run(body + STORE, groups=1)
    assert out.tolist() == list(range(128))
    with pytest.raises(IllegalAccess, match="past its 1024 bytes"):
        run((body + STORE).replace("0x3fc", "0x400"), groups=1)


INDEXED = """
	v_readfirstlane_b32 s16, v1
	s_lshr_b32 s16, s16, 6
	s_mov_b32 m0, -1
	v_mov_b32_e32 v4, 40
	v_mov_b32_e32 v5, 50
	v_mov_b32_e32 v6, 60
	v_mov_b32_e32 v7, 70
	s_set_gpr_idx_on s16, gpr_idx(SRC0)
	v_mov_b32_e32 v3, v4
	s_set_gpr_idx_mode gpr_idx(DST)
	s_set_gpr_idx_idx s16
	v_mov_b32_e32 v6, v3
	s_set_gpr_idx_off
	v_lshl_add_u32 v3, v6, 8, v3
	s_and_b32 s17, m0, 0xffff
	v_lshl_add_u32 v3, s17, 16, v3
"""


def test_registers_counted_from_m0() -> None:
    """Wave w reads v[4 + w] and writes v[6 + w]; M0 has the index in its low byte, what is indexed in bits 12 to 15."""
    out, _ = run(INDEXED + STORE, groups=2, warps=1)
    first, second = (40 | 40 << 8, 50 | 60 << 8)  # the second wave wrote v7
    m0 = [0x8F00, 0x8F01]
    assert out.reshape(2, 64)[:, 9].view(np.uint32).tolist() == [first + (m0[0] << 16), second + (m0[1] << 16)]


def test_what_nothing_has_written_is_carried_to_the_register_that_is_counted() -> None:
    """v6 is loaded from LDS that nothing wrote, moved from v[5 + 1] to v[9 + 1] in the second wave, and used there."""
    body = """
	v_mov_b32_e32 v5, 5
	v_mov_b32_e32 v9, 9
	v_mov_b32_e32 v10, 9
	v_mov_b32_e32 v4, 0
	ds_read_b32 v6, v4
	v_readfirstlane_b32 s16, v1
	s_lshr_b32 s16, s16, 6
	s_waitcnt lgkmcnt(0)
	s_set_gpr_idx_on s16, gpr_idx(SRC0,DST)
	v_mov_b32_e32 v9, v5
	s_set_gpr_idx_off
	v_add_u32_e32 v3, 1, v9
	v_add_u32_e32 v3, 1, v10
"""
    run(body + STORE, groups=1, warps=1, lds=64)
    with pytest.raises(Hazard, match=r"\(v_add_u32_e32 v3, 1, v10\): uses v10, .* in 64 lanes"):
        run(body + STORE, groups=2, warps=1, lds=64)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (("v_mov_b32_e32 v3, v4\n", "v_add_u32_e32 v3, v4, v4\n"), NotEmulated, "v_add_u32 with registers counted"),
        (("s_set_gpr_idx_idx s16", "s_branch .x\n.x:"), NotEmulated, "a branch or label between s_set_gpr_idx_on"),
        (("s_set_gpr_idx_on s16", "s_set_gpr_idx_on s4"), IllegalAccess, "register v12 by M0, the kernel has 12 of v"),
    ],
)
def test_what_cannot_be_counted_from_m0(change: tuple[str, str], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        run((INDEXED + STORE).replace(*change), groups=9, warps=1)
