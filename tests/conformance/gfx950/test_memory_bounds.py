"""Does every access outside of a launch's memory stop, by name, and none inside of it?"""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from conformance.gfx950.errors import IllegalAccess
from conformance.gfx950.storage.atomics import LOCAL
from conformance.gfx950.storage.bounds import storage_of, view_of
from conformance.gfx950.storage.global_memory import REGION_BITS, GlobalMemory
from tests.conformance.gfx950.memory_world import LANES, WAVES, World


def lanes(address: int, step: int = 0) -> np.ndarray:
    return (address + step * np.arange(WAVES * LANES, dtype=np.int64).reshape(WAVES, LANES)).astype(np.uint64)


def test_each_tensor_has_its_own_region_at_the_same_address_in_every_run() -> None:
    tensors = [("a", torch.zeros(5)), ("b", (torch.zeros(3), torch.zeros(3)[1:])), ("n", 7)]
    memory = GlobalMemory("kernel", tensors)
    again = GlobalMemory("kernel", tensors)
    a, b0, b1 = (memory.address_of(name) for name in ("a", "b[0]", "b[1]"))
    assert (a >> REGION_BITS) - (b0 >> REGION_BITS) == (b0 >> REGION_BITS) - (b1 >> REGION_BITS) == 1
    assert b1 % 64 == tensors[1][1][1].data_ptr() % 64  # type: ignore[index]
    assert memory.address_of(tensors[0][1]) == a == again.address_of("a")
    with pytest.raises(KeyError, match="kernel"):
        memory.address_of("c")


def test_addresses_show_a_lost_carry_and_a_lost_bit() -> None:
    memory = GlobalMemory("kernel", [("a", torch.zeros(256)), ("b", torch.zeros(256))])
    a, b = memory.address_of("a"), memory.address_of("b")
    assert (a + 512) >> 32 == (a >> 32) + 1 and (b + 512) >> 32 == (b >> 32) + 1
    assert a >> 9 & 0xFFFFFFF == b >> 9 & 0xFFFFFFF == 0xFFFFFFF and a >> 40 == b >> 40 == 0x7F


def test_one_tensor_given_twice_is_one_region_and_views_share_bytes() -> None:
    x = torch.arange(64, dtype=torch.int32)
    memory = GlobalMemory("kernel", [("x", x), ("y", x), ("z", x[4:])])
    assert memory.address_of("x") == memory.address_of("y") != memory.address_of("z")
    memory.store(lanes(memory.address_of("z")), np.full((1, WAVES, LANES), 99, np.uint32), None, 4)
    assert x[4] == 99 and memory.load(lanes(memory.address_of("x") + 16), None, 4)[0, 0, 0] == 99


@pytest.mark.parametrize("width", [1, 2, 4, 12])
@pytest.mark.parametrize("pad", [30, 32, 33])
def test_a_storage_is_legal_to_its_last_dword_and_what_leaves_the_view_is_counted(width: int, pad: int) -> None:
    view = torch.arange(pad, dtype=torch.uint8)[8:20]
    memory = GlobalMemory("kernel", [("x", view)])
    start, last = memory.address_of("x"), pad + -pad % 4
    assert start % 64 == view.data_ptr() % 64
    few = np.zeros((WAVES, LANES), bool)
    few[1, :3] = True
    word, beyond = np.zeros((-(-width // 4), WAVES, LANES), np.uint32), 0
    for at in range(-8, last - 8 - width + 1):
        loaded = memory.load(lanes(start + at), few, width)[0, 1, 0] & 0xFF
        assert at + 8 >= pad or loaded == at + 8
        beyond += 3 * width * (at < 0 or at + width > 12)
        assert memory.beyond_views() == beyond
    for at in (-9, last - 8 - width + 1):
        message = rf"offset {at} from x, which has 12 bytes at 8 of a storage's {last} \(torch.uint8 \[12\]"
        for access in (memory.load, lambda a, m, w: memory.store(a, word, m, w)):
            with pytest.raises(IllegalAccess, match=message):
                access(lanes(start + at), few, width)
    memory.store(lanes(start - 8), word, few, width)
    assert memory.beyond_views() == beyond + 3 * width


def test_an_atomic_beyond_its_view_counts_and_lanes_of_other_tensors_do_not() -> None:
    views = [torch.zeros(8, dtype=torch.int32)[2:4], torch.zeros(2, dtype=torch.int32)]
    memory = GlobalMemory("kernel", [("x", views[0]), ("y", views[1])])
    address = lanes(memory.address_of("x") + 8)
    memory.atomic(LOCAL["add_u32"], address, np.ones((1, WAVES, LANES), np.uint32), None)
    assert memory.beyond_views() == 4 * WAVES * LANES and storage_of(views[1]) == view_of(views[1])
    address[1:] = memory.address_of("y")  # with x's in one load
    few = np.ones((WAVES, LANES), bool)
    few[0, 5:] = False
    assert (
        memory.load(address, few, 4)[0][few] == np.where(np.arange(WAVES) == 0, 192, 0)[:, None].repeat(64, 1)[few]
    ).all()
    assert memory.beyond_views() == 4 * WAVES * LANES + 4 * 5


@pytest.mark.parametrize("width", [1, 2, 4, 8, 12, 16])
def test_the_last_byte_is_legal_and_the_next_is_not(width: int) -> None:
    whole = torch.arange(256, dtype=torch.uint8)
    for first, stop in ((0, 200), (3, 201), (16, 40), (5, 5 + width)):
        memory = GlobalMemory("kernel", [("x", whole[first:stop])], view_of)
        start, size = memory.address_of("x"), stop - first
        for at in (0, size - width):
            loaded = memory.load(lanes(start + at), None, width)[:, 0, 0]
            value = sum(int(word) << 32 * i for i, word in enumerate(loaded))
            expected = whole[first + at : first + at + width].numpy().tobytes()
            assert value == int.from_bytes(expected, "little")
        data = np.zeros((-(-width // 4), WAVES, LANES), np.uint32)
        for at in (-1, size - width + 1, size, -width, 1 << 37, -(1 << 36)):
            with pytest.raises(IllegalAccess, match=rf"loads {width} bytes .* offset {at} from x, which has {size} b"):
                memory.load(lanes(start + at), None, width)
            with pytest.raises(IllegalAccess, match=rf"stores {width} bytes .* offset {at} from x"):
                memory.store(lanes(start + at), data, None, width)


def test_the_message_names_the_first_bad_lane_and_the_tensor() -> None:
    world = World()
    world.set_address(2, np.arange(LANES)[None] * 4 + np.array([[0], [65536 - 128], [0]]))
    with pytest.raises(IllegalAccess) as caught:
        world.run("global_load_dword v5, v[2:3], off")
    assert re.fullmatch(
        r"loads 4 bytes outside of the launch's memory in 32 of 192 active lanes; the first, lane 32 of wave 1"
        r" \(workgroup 0\), at 0x[0-9a-f]+, offset 65536 from x, which has 65536 bytes"
        r" \(torch.uint8 \[65536\], strides \[1\]\)",
        str(caught.value),
    )
    active = np.ones((WAVES, LANES), bool)
    active[1, 32:] = False
    world.set_exec(active)
    world.front.pending.wait(vmcnt=0)
    world.run("global_load_dword v5, v[2:3], off")  # the lanes that are off do not matter
    world.run("global_store_dword v[2:3], v6, off")


@pytest.mark.parametrize(
    "text", ["buffer_load_dword v20, {}", "buffer_store_dword v20, {}", "buffer_atomic_add v20, {}"]
)
def test_an_index_below_a_tensor_is_not_hidden_by_its_buffers_range(text: str) -> None:
    """Triton's descriptors reach 2 GiB, so that the hardware drops a negative offset as it does a masked lane's."""
    world = World(masked=True)
    world.set_descriptor(12, 0x7FFFFFFE)
    line = text.format("v4, s[12:15], 0 offen offset:16")
    masked = np.where(np.arange(LANES) % 2 == 0, 0x80000000, 4 * np.arange(LANES))
    world.front.v[4] = masked
    world.run(line)
    world.front.pending.wait(vmcnt=0)
    off = int(np.argmin(world.active[1]))
    world.front.v[4, 1, off] = 0xFFFFFFEC
    world.run(line)
    world.front.pending.wait(vmcnt=0)
    on = int(np.argmax(world.active[1]))
    world.front.v[4, 1, on] = 0xFFFFFFEC  # with 16 added: -4
    message = rf"out of its buffer's range.* in 1 of \d+ active lanes; .*lane {on} of wave 1 .* at offset -4 from x,"
    with pytest.raises(IllegalAccess, match=message):
        world.run(line)


def test_no_lane_active_touches_nothing() -> None:
    world = World()
    world.set_exec(np.zeros((WAVES, LANES), bool))
    before = world.front.v.copy()
    for text in (
        "global_load_dwordx4 v[8:11], v[2:3], off", "global_store_dword v[2:3], v5, off", "ds_read_b64 v[8:9], v4",
        "global_atomic_add v8, v[2:3], v4, off sc0", "ds_write_b32 v4, v5", "ds_add_rtn_u32 v8, v4, v5",
        "global_load_lds_dword v[2:3], off", "scratch_load_dword v8, v4, off",
    ):  # fmt: skip
        world.run(text)
        world.front.pending.wait(0, 0)
    assert (world.front.v == before).all()
    assert world.front.chunk.traffic.global_loaded == world.front.chunk.traffic.global_stored == 0


def test_lanes_in_several_tensors() -> None:
    """One instruction may follow pointers to several tensors."""
    tensors = [torch.arange(i, i + 16, dtype=torch.int32) for i in (100, 200, 300)]
    memory = GlobalMemory("kernel", [(str(i), t) for i, t in enumerate(tensors)])
    address = np.stack([lanes(memory.address_of(t))[0] for t in tensors])
    last = (address[0, 0] >> np.uint64(REGION_BITS)) + np.uint64(1)
    address[:, ::2] = np.roll(address, 1, axis=0)[:, ::2]
    active = np.random.default_rng(1).random((WAVES, LANES)) < 0.5
    for chosen in (None, active):
        loaded = memory.load(address, chosen, 4)[0]
        wanted = (last - (address >> np.uint64(REGION_BITS))) * np.uint64(100)
        assert (loaded == wanted)[active].all()
    ones = np.ones((1, WAVES, LANES), np.uint32)
    memory.atomic(LOCAL["add_u32"], address, ones, active)
    numbers = (last - (address >> np.uint64(REGION_BITS)))[active]
    assert [int(t[0]) for t in tensors] == [100 * i + int((numbers == i).sum()) for i in (1, 2, 3)]
    memory.store(address, ones * 5, active, 4)
    assert all(int(t[0]) == 5 for t in tensors)


def test_a_read_only_region_and_an_unaligned_atomic() -> None:
    memory = GlobalMemory("kernel", [("x", torch.zeros(16))])
    address = memory.add_region("the kernarg segment", np.arange(64, dtype=np.uint8), writable=False)
    assert memory.load(lanes(address + 3), None, 1)[0, 0, 0] == 3
    word = np.zeros((1, WAVES, LANES), np.uint32)
    with pytest.raises(IllegalAccess, match="read-only"):
        memory.store(lanes(address), word, None, 4)
    with pytest.raises(IllegalAccess, match="not aligned to its 4 bytes"):
        memory.atomic(LOCAL["add_u32"], lanes(memory.address_of("x") + 2), word, None)


def test_empty_tensors_and_no_tensors() -> None:
    memory = GlobalMemory("kernel", [("x", torch.zeros(0))])
    with pytest.raises(IllegalAccess, match="x, which has 0 bytes"):
        memory.load(lanes(memory.address_of("x")), None, 4)
    with pytest.raises(IllegalAccess, match="the launch has no tensor"):
        GlobalMemory("kernel", []).load(lanes(0), None, 4)


def test_too_many_tensors_are_refused() -> None:
    with pytest.raises(IllegalAccess, match="fewer than 512"):
        GlobalMemory("kernel", [(str(i), torch.zeros(1)) for i in range(600)])


def test_gaps_of_a_strided_view_are_legal_and_the_rest_of_its_storage_is_not() -> None:
    view = torch.zeros(8, 8)[2:5, :3]
    memory = GlobalMemory("kernel", [("x", view)], view_of)
    start = memory.address_of("x")
    memory.load(lanes(start + 4 * 5), None, 4)
    for at in (-4, 4 * (2 * 8 + 3)):
        with pytest.raises(IllegalAccess, match=r"strides \[8, 1\]"):
            memory.load(lanes(start + at), None, 4)


def test_distinct_bytes_count_each_dword_once() -> None:
    memory = GlobalMemory("kernel", [("x", torch.zeros(300)), ("y", torch.zeros(300))])
    x, y = memory.address_of("x"), memory.address_of("y")
    memory.add_region("args", np.zeros(64, np.uint8), writable=False)
    memory.load(lanes(memory.address_of("args")), None, 4)
    assert memory.distinct_bytes() == (0, 0)
    memory.load(lanes(x, 4), None, 4)
    memory.load(lanes(x), None, 16)
    assert memory.distinct_bytes() == (4 * 192, 0)
    memory.load(lanes(y + 2), None, 4)  # crosses a dword
    memory.store(lanes(y, 1), np.zeros((1, WAVES, LANES), np.uint32), None, 1)
    assert memory.distinct_bytes() == (4 * 192 + 8, 192)
    active = np.zeros((WAVES, LANES), bool)
    active[1, 7] = True
    memory.store(lanes(x, 4), np.zeros((3, WAVES, LANES), np.uint32), active, 12)
    assert memory.distinct_bytes() == (4 * 192 + 8, 192 + 12)


def test_traffic_counts_the_bytes_of_active_lanes() -> None:
    world = World(masked=True)
    world.set_address(2, np.arange(WAVES * LANES).reshape(WAVES, LANES) * 16)
    world.run("global_load_dwordx3 v[8:10], v[2:3], off")
    world.run("global_store_short v[2:3], v4, off")
    count, traffic = int(world.active.sum()), world.front.chunk.traffic
    assert (traffic.global_loaded, traffic.global_stored) == (12 * count, 2 * count)
    assert traffic.lds_loaded == traffic.lds_stored == 0
