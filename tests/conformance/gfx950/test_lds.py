"""Does LDS tell what was never written, what is past its end, and keep workgroups apart?"""

from __future__ import annotations

import re

import numpy as np
import pytest

from conformance.gfx950.errors import Hazard, IllegalAccess, NotEmulated
from conformance.gfx950.storage import lds_lanes
from conformance.gfx950.storage.lds import LDS_LIMIT, Lds, Scratch
from tests.conformance.gfx950.memory_world import LANES, LDS_BYTES, WAVES, World


def fresh() -> World:
    world = World()
    world.front.chunk.lds = world.lds = Lds(2, LDS_BYTES)
    return world


def test_it_starts_as_nan_in_every_format() -> None:
    words = Lds(1, 64).items.data
    assert np.isnan(words.view(np.float32)).all() and np.isnan(words.view(np.float16)).all()
    assert np.isnan((words.view(np.uint16).astype(np.uint32) << 16).view(np.float32)).all()  # BF16
    assert (words & 0x7F == 0x7F).all()  # E4M3


def use(world: World, message: str, register: str = "v8") -> None:
    """What was loaded into a register is told to be undefined where it is stored."""
    world.front.pending.wait(0, 0)
    with pytest.raises(Hazard, match=message):
        world.run(f"global_store_dword v[2:3], {register}, off")


@pytest.mark.parametrize("size", [1, 2, 4, 8, 12, 16])
def test_using_what_nothing_has_written_names_the_byte(size: int) -> None:
    suffix = {1: "u8", 2: "u16"}.get(size, f"b{8 * size}")
    target = "v8" if size <= 4 else f"v[8:{7 + size // 4}]"
    for missing in range(size):
        world = fresh()
        for start in (64, LDS_BYTES + 64):  # of both workgroups
            world.lds.state.data[start : start + size] = 1
            world.lds.state.data[start + missing] = 0
        world.front.v[4] = 64
        load = f"ds_read_{suffix} {target}, v4"
        world.run(load)
        undefined = {f"v{8 + missing // 4}"}
        first = f"which line 2 ({load}) loaded from LDS offset {64 + missing}, which nothing has written, in 192 lanes"
        for register in (f"v{8 + word}" for word in range(-(-size // 4))):
            if register in undefined:
                use(world, re.escape(f"uses {register}, {first}"), register)
            else:
                world.run(f"ds_write_b32 v4, {register} offset:16")


def test_writing_makes_bytes_readable_in_its_own_workgroup_only() -> None:
    world = fresh()
    world.front.v[4] = np.arange(LANES) * 4
    first = np.zeros((WAVES, LANES), bool)
    first[0] = True
    world.set_exec(first)
    world.run("ds_write_b32 v4, v5")
    world.set_exec(np.array([[True], [True], [False]]))
    world.run("ds_read_b32 v8, v4")
    assert (world.front.v[8, 1] == world.front.v[5, 0]).all()
    world.set_exec(np.ones((WAVES, LANES), bool))
    world.front.pending.wait(lgkmcnt=0)
    world.run("ds_read_b32 v8, v4")
    use(world, r"64 lanes; the first is lane 0 of wave 2 \(workgroup 1\)")


def test_the_lane_that_is_named_is_active() -> None:
    world = fresh()
    world.front.v[4] = 0
    active = np.zeros((WAVES, LANES), bool)
    active[1, 9] = True
    world.set_exec(active)
    world.run("ds_read_b32 v8, v4")
    use(world, r"in 1 lanes; the first is lane 9 of wave 1")


def test_a_written_byte_does_not_make_its_dword_readable() -> None:
    world = fresh()
    world.front.v[4] = np.arange(LANES)[None] * 4
    for offset in range(3):
        world.run(f"ds_write_b8 v4, v5 offset:{offset}")
    world.run("ds_read_b32 v8, v4")
    use(world, "offset 3,")
    world.run("ds_write_b8 v4, v5 offset:3")
    world.run("ds_read_b32 v8, v4")
    assert not world.front.undefined, "it is written anew"


def test_two_reads_of_one_instruction_and_transposed_elements_are_told_apart() -> None:
    world = fresh()
    world.front.v[4] = np.arange(LANES)[None] * 8
    world.run("ds_write_b32 v4, v5")
    world.run("ds_read2_b32 v[8:9], v4 offset1:1")
    use(world, "uses v9", "v9")
    world.run("ds_write_b32 v4, v8")
    world = fresh()
    world.front.v[4] = np.arange(LANES)[None] * 8
    world.lds.state.data[:] = 1
    world.lds.state.data[5] = 0  # of lane 0 of its workgroup's waves: element 2 of 16 bits
    world.run("ds_read_b64_tr_b16 v[8:9], v4")
    given = np.zeros((2, WAVES, LANES), np.uint32)
    given[1, :2, 0] = 0xFFFFFFFF  # the dword around it
    wanted = lds_lanes.transposed(given, 16) != 0
    none = np.zeros((WAVES, LANES), bool)
    found = [world.front.undefined.get(8 + word, (none, ""))[0] for word in range(2)]
    assert wanted.any() and (np.stack(found) == wanted).all()


@pytest.mark.parametrize(
    "text", ["ds_read_b128 v[8:11], v4", "ds_write_b128 v4, v[8:11]", "ds_add_rtn_u64 v[8:9], v4, v[10:11] offset:8"]
)
def test_past_the_end_is_illegal(text: str) -> None:
    world = World()
    world.front.v[4] = LDS_BYTES - 16
    world.run(text)
    world.front.pending.wait(lgkmcnt=0)
    for offset in (LDS_BYTES - 15, LDS_BYTES, 0xFFFFFFF0, 0x80000000):
        world.front.v[4, 2, 5] = offset
        with pytest.raises(
            IllegalAccess, match=rf"past its {LDS_BYTES} bytes, in 1 lanes; the first is lane 5 of wave 2"
        ):
            world.run(text)
    world.set_exec(np.arange(LANES) != 5)
    world.run(text)  # a lane that is off may hold any address


def test_offsets_do_not_wrap() -> None:
    """The 16-bit offset is added in 32 bits, as an address past the end."""
    world = World()
    world.front.v[4] = 0
    with pytest.raises(IllegalAccess, match="LDS offset 65532"):
        world.run("ds_read_b32 v8, v4 offset:65532")


def test_atomics_need_alignment_and_written_cells() -> None:
    world = World()
    world.front.v[4] = 2
    with pytest.raises(IllegalAccess, match="not aligned to its 4 bytes"):
        world.run("ds_add_u32 v4, v5")
    world = fresh()
    world.front.v[4] = 0
    with pytest.raises(Hazard, match="nothing has written"):
        world.run("ds_add_u32 v4, v5")


def test_no_more_than_the_chip_has() -> None:
    Lds(1, LDS_LIMIT)
    with pytest.raises(IllegalAccess, match="163841 bytes of LDS, needs at most gfx950's 163840"):
        Lds(1, LDS_LIMIT + 1)
    world = World()
    world.front.chunk.lds = Lds(2, 0)
    with pytest.raises(IllegalAccess, match="past its 0 bytes"):
        world.run("ds_read_b32 v8, v4")


def test_scratch_is_checked_too() -> None:
    world = World()
    world.front.chunk.scratch = Scratch(0, WAVES, 16)
    world.run("scratch_store_dwordx2 off, v[8:9], off offset:8")
    world.run("scratch_load_dwordx3 v[10:12], off, off offset:4")
    use(world, "uses v10, .* scratch offset 4", "v10")
    world.run("scratch_load_dword v10, off, 8")  # a number for the SGPR
    assert (world.front.v[10] == world.front.v[8]).all()
    with pytest.raises(IllegalAccess, match="scratch offset 12, past its 16 bytes"):
        world.run("scratch_store_dwordx2 off, v[8:9], off offset:12")


def test_without_scratch_its_instructions_are_refused_by_name() -> None:
    world = World()
    del world.front.chunk.scratch
    with pytest.raises(NotEmulated, match="scratch"):
        world.run("scratch_load_dword v8, v4, off")


# Loads straight to LDS


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", ["dword", "dwordx3", "dwordx4"])
def test_a_load_to_lds_is_readable_once_waited_for(name: str, masked: bool) -> None:
    world = fresh()
    if masked:
        world.set_exec(np.arange(LANES) % 3 != 1)
    world.front.s[124] = [0, 1024, 0]
    world.front.v[2] = np.arange(LANES)[None] * 16
    world.front.set_pair(8, np.full(WAVES, world.address(), np.uint64))
    world.run(f"global_load_lds_{name} v2, s[8:9]")
    width = 4 * int(name.removeprefix("dword").strip("x") or 1)
    world.front.v[4] = np.arange(LANES)[None] * width + np.array([[0], [1024], [0]])
    assert world.front.pending
    with pytest.raises(Hazard, match=r"has not delivered \(its s_waitcnt vmcnt is missing\)"):
        world.run("ds_read_b32 v8, v4")
    world.front.pending.wait(lgkmcnt=0)
    with pytest.raises(Hazard, match="has not delivered"):
        world.run("ds_read_b32 v8, v4")
    world.front.pending.wait(vmcnt=0, lgkmcnt=0)
    assert not world.front.pending
    world.run("ds_read_b32 v8, v4")


def test_waves_that_part_deliver_their_own_bytes() -> None:
    """Each part of a front retires its own loads; the other's bytes stay undelivered."""
    for masked in (False, True):
        world = fresh()
        if masked:
            world.set_exec(np.arange(LANES) != 1)
        world.front.s[124] = [0, 1024, 0]
        world.front.v[2] = 0
        world.front.set_pair(8, np.full(WAVES, world.address(), np.uint64))
        world.run("global_load_lds_dword v2, s[8:9]")
        both = world.front
        one, other = both.select(np.array([1])), both.select(np.array([2, 0]))
        one.pending.wait(vmcnt=0)
        states = world.lds.state.data
        assert states[1024] == 1 and states[0] == 2 and states[world.lds.stride] == 2
        other.pending.wait(vmcnt=0)
        assert states[0] == 1 and states[world.lds.stride] == 1
        assert (states[4:8] == (0 if masked else 1)).all()


def test_m0_past_the_end() -> None:
    world = fresh()
    world.set_m0(LDS_BYTES - 255)
    world.set_address(2, np.zeros((WAVES, LANES)))
    with pytest.raises(IllegalAccess, match="past its 4096 bytes"):
        world.run("global_load_lds_dword v[2:3], off")
