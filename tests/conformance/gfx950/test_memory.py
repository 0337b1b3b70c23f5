"""Does each memory instruction move the bytes that it should, in active lanes and no others?

One instruction, random bits, and per lane the oracle on Python's bytes. An entry of the table that no test here
takes up fails test_every_mnemonic_is_tested.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from conformance.gfx950.storage import accesses
from conformance.gfx950.storage.atomics import LOCAL
from tests.conformance.gfx950 import memory_oracles as oracle
from tests.conformance.gfx950.memory_world import LANES, LDS_BYTES, SCRATCH_BYTES, TENSOR_BYTES, WAVES, World

FORMS = ("global-off", "global-scalar", "flat", "buffer", "scratch")
GLOBAL_ATOMICS, LOCAL_ATOMICS = oracle.global_atomics(), oracle.local_atomics()


def words_in(size: int) -> int:
    return -(-size // 4)


def registers(file: str, first: int, count: int) -> str:
    return f"{file}{first}" if count == 1 else f"{file}[{first}:{first + count - 1}]"


class Place:
    """Operands for one form of addressing, and where each lane's bytes then are.

    address: int [W, 64] in memory(wave, lane). Lanes lie apart, in random order, at this alignment; crowded: many
    on the same cells.
    """

    def __init__(self, world: World, form: str, size: int, align: int, crowded: bool = False) -> None:
        self.world, self.form = world, form
        f, rng = world.front, world.rng
        self.family = form.split("-")[0]
        slots = rng.permutation(WAVES * LANES).reshape(WAVES, LANES) * 32
        offsets = slots + rng.integers(0, 16 // align, (WAVES, LANES)) * align
        if crowded:
            offsets = offsets // 512 * 512
        if form == "global-off":
            world.set_address(2, offsets - 48)
            self.operands, self.address = "v[2:3], off", offsets
            self.modifiers = "offset:48"
        elif form == "flat":
            world.set_address(2, offsets)
            self.operands, self.address, self.modifiers = "v[2:3]", offsets, ""
        elif form == "global-scalar":
            f.v[4] = offsets + 16
            f.set_pair(8, np.full(WAVES, world.address(), np.uint64))
            self.operands, self.address, self.modifiers = "v4, s[8:9]", offsets, "offset:-16"
        elif form == "buffer":
            world.set_descriptor(12, TENSOR_BYTES)
            f.v[4], f.s[16] = offsets, 4096
            self.operands, self.modifiers = "v4, s[12:15], s16", "offen offset:32"
            self.address = offsets + 4096 + 32
        else:
            last = (SCRATCH_BYTES - 8 - size) // align
            inside = rng.integers(0, last + 1, (WAVES, LANES)) * align
            f.v[4], f.s[16] = inside, 4
            self.operands, self.modifiers, self.address = "v4, s16", "offset:4", inside + 8
        self.memories = [
            [world.scratch_bytes(w, lane) for lane in range(LANES)] if form == "scratch" else [] for w in range(WAVES)
        ]
        self.whole = bytearray(world.tensor.numpy().tobytes())

    def memory(self, wave: int, lane: int) -> bytearray:
        """The bytes as the oracle has them."""
        return self.memories[wave][lane] if self.form == "scratch" else self.whole

    def check(self) -> None:
        """Memory is as the oracle has it."""
        if self.form != "scratch":
            assert self.world.tensor.numpy().tobytes() == bytes(self.whole)
            return
        for w in range(WAVES):
            for lane in range(LANES):
                assert self.world.scratch_bytes(w, lane) == self.memories[w][lane]


def expect_registers(world: World, file: str, before: np.ndarray, expected: dict[tuple[int, int, int], int]) -> None:
    """The file is as before but for expected: (register, wave, lane) -> word."""
    after = before.copy()
    for key, value in expected.items():
        after[key] = value
    assert (getattr(world.front, file) == after).all()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", oracle.LOADS)
def test_loads(name: str, form: str, masked: bool) -> None:
    size = {"b": 1, "s": 2, "u": 2}.get(name.replace("ubyte", "byte").replace("sbyte", "byte")[0], 0)
    size = size or 4 * int(name.removeprefix("dword").strip("x") or 1)
    count = words_in(size)
    for align in sorted({1, min(4, size), 1 << (size & -size).bit_length() - 1}):
        world = World(align, masked)
        place = Place(world, form, size, align)
        file = "a" if align == 1 and "d16" not in name else "v"
        first = 4 if file == "a" else 20
        before = getattr(world.front, file).copy()
        world.run(
            f"{place.family}_load_{name} {registers(file, first, count)}, {place.operands} {place.modifiers} nt sc0"
        )
        expected = {}
        for w, lane in np.argwhere(world.active).tolist():
            old = [int(before[first + i, w, lane]) for i in range(count)]
            new = oracle.LOADS[name](place.memory(w, lane), int(place.address[w, lane]), old)
            expected |= {(first + i, w, lane): value for i, value in enumerate(new)}
        expect_registers(world, file, before, expected)
        assert world.front.pending


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", oracle.STORES)
def test_stores(name: str, form: str, masked: bool) -> None:
    first, size = oracle.STORES[name]
    count = words_in(size)
    for align in sorted({1, min(4, size)}):
        world = World(10 + align, masked)
        place = Place(world, form, size, align)
        data = world.front.v[20 : 20 + count].copy()
        source = registers("v", 20, count)
        operands = (
            f"{source}, {place.operands}"
            if form == "buffer"
            else place.operands.replace(",", f", {source},", 1)
            if form != "flat"
            else f"{place.operands}, {source}"
        )
        world.run(f"{place.family}_store_{name} {operands} {place.modifiers}")
        for w, lane in np.argwhere(world.active).tolist():
            at, memory = int(place.address[w, lane]), place.memory(w, lane)
            memory[at : at + size] = oracle.stored([int(d) for d in data[:, w, lane]], first, size)
        place.check()


def float_values(rng: np.random.Generator, shape: tuple[int, ...], name: str, size: int) -> np.ndarray:
    """Bits of floats whose sums neither overflow nor vanish; random integers for the other atomics."""
    if "_f16" in name:
        return rng.normal(0, 3, (*shape, size // 2)).astype(np.float16).view(np.uint8)
    if "bf16" in name:
        bits = rng.normal(0, 3, (*shape, size // 2)).astype(np.float32).view(np.uint32)
        return (bits >> 16).astype(np.uint16).view(np.uint8)
    if "f32" in name:
        return rng.normal(0, 3, (*shape, size // 4)).astype(np.float32).view(np.uint8)
    if "f64" in name:
        return rng.normal(0, 3, (*shape, size // 8)).view(np.uint8)
    few = rng.integers(0, 3, (*shape, size)) * (np.arange(size) % 4 == 0)  # so that comparisons hold at times
    return np.where(rng.random((*shape, 1)) < 0.5, few, rng.integers(0, 256, (*shape, size))).astype(np.uint8)


def run_atomics(
    active: np.ndarray, memory: Callable[[int], bytearray], address: np.ndarray, rule: oracle.Atomic, size: int,
    data: np.ndarray,
) -> dict[tuple[int, int], int]:  # fmt: skip
    """All active lanes in order on the oracle's memory: what each met. data: uint8 [values, W, 64, size]."""
    met = {}
    for w, lane in np.argwhere(active).tolist():
        values = [int.from_bytes(d[w, lane].tobytes(), "little") for d in data] + [0]
        at, bytes_ = int(address[w, lane]), memory(w)
        old = oracle.word(bytes_, at, size)
        bytes_[at : at + size] = rule(old, values[0], values[1]).to_bytes(size, "little")
        met[w, lane] = old
    return met


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("returns", [False, True])
@pytest.mark.parametrize("form", FORMS[:-1])
@pytest.mark.parametrize("name", GLOBAL_ATOMICS)
def test_global_atomics(name: str, form: str, returns: bool, masked: bool) -> None:
    size, rule = GLOBAL_ATOMICS[name]
    values = 2 if name.startswith("cmpswap") else 1
    world = World(3, masked)
    world.tensor.numpy()[:] = float_values(world.rng, (TENSOR_BYTES // size,), name, size).ravel()
    place = Place(world, form, size, 8, crowded=True)
    data = float_values(world.rng, (values, WAVES, LANES), name, size).reshape(values, WAVES, LANES, size)
    for i in range(values):
        for k in range(size // 4):
            world.front.v[20 + i * size // 4 + k] = data[i].view(np.uint32)[..., k]
    source = registers("v", 20, values * size // 4)
    target = "" if not returns or form == "buffer" else registers("v", 30, size // 4) + ", "
    operands = {"buffer": f"{source}, {place.operands}", "flat": f"{place.operands}, {source}"}.get(
        form, place.operands.replace(",", f", {source},", 1)
    )
    before = world.front.v.copy()
    world.run(f"{place.family}_atomic_{name} {target}{operands} {place.modifiers} {'sc0' if returns else ''}")
    met = run_atomics(world.active, lambda w: place.whole, place.address, rule, size, data)
    assert world.tensor.numpy().tobytes() == bytes(place.whole)
    first = 20 if form == "buffer" else 30
    expected = {
        (first + k, w, lane): (old >> 32 * k) & 0xFFFFFFFF for (w, lane), old in met.items() for k in range(size // 4)
    }
    expect_registers(world, "v", before, expected if returns else {})


# LDS


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", oracle.LOCAL_NAMES)
def test_local_reads(name: str, masked: bool) -> None:
    rule = oracle.LOADS[oracle.LOCAL_NAMES[name]]
    for align in (1, 4, 16):
        world = World(align, masked)
        count = {"b64": 2, "b96": 3, "b128": 4}.get(name, 1)
        offsets = world.rng.integers(0, (LDS_BYTES - 64) // align, (WAVES, LANES)) * align
        world.front.v[4] = offsets
        before = world.front.v.copy()
        world.run(f"ds_read_{name} {registers('v', 20, count)}, v4 offset:32")
        expected = {}
        for w, lane in np.argwhere(world.active).tolist():
            memory = world.lds_bytes(int(world.front.workgroup[w]))
            old = [int(before[20 + i, w, lane]) for i in range(count)]
            new = rule(memory, int(offsets[w, lane]) + 32, old)
            expected |= {(20 + i, w, lane): value for i, value in enumerate(new)}
        expect_registers(world, "v", before, expected)
        assert world.front.chunk.traffic.lds_loaded == world.active.sum() * (
            4 * count if count > 1 else 1 if "8" in name.split("_")[0] else 2 if "16" in name else 4
        )


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", oracle.LOCAL_STORES)
def test_local_writes(name: str, masked: bool) -> None:
    first, size = oracle.LOCAL_STORES[name]
    world = World(7, masked)
    offsets = world.rng.permutation(WAVES * LANES).reshape(WAVES, LANES) * 16 + 3
    world.front.v[4] = offsets
    expected = [world.lds_bytes(g) for g in (0, 1)]
    world.run(f"ds_write_{name} v4, {registers('v', 20, words_in(size))} offset:5")
    for w, lane in np.argwhere(world.active).tolist():
        at = int(offsets[w, lane]) + 5
        data = [int(d) for d in world.front.v[20 : 20 + words_in(size), w, lane]]
        expected[world.front.workgroup[w]][at : at + size] = oracle.stored(data, first, size)
    assert [world.lds_bytes(g) for g in (0, 1)] == expected


@pytest.mark.parametrize("stride", [1, 64])
@pytest.mark.parametrize("bits", [32, 64])
def test_two_at_once(bits: int, stride: int) -> None:
    size, infix = bits // 8, "2" if stride == 1 else "2st64"
    world = World(8, masked=True)
    offsets = np.broadcast_to(np.arange(LANES) * 4, (WAVES, LANES))
    world.front.v[4] = offsets
    before = world.front.v.copy()
    count = size // 4
    world.run(f"ds_read{infix}_b{bits} {registers('v', 20, 2 * count)}, v4 offset0:3 offset1:1")
    expected = {}
    for w, lane in np.argwhere(world.active).tolist():
        memory = world.lds_bytes(int(world.front.workgroup[w]))
        at = int(offsets[w, lane])
        new = [v for o in (3, 1) for v in oracle.words(memory, at + o * size * stride, count)]
        expected |= {(20 + i, w, lane): value for i, value in enumerate(new)}
    expect_registers(world, "v", before, expected)
    memories = [world.lds_bytes(g) for g in (0, 1)]
    for lane in range(LANES):
        world.front.v[4, :, lane] = lane * 2 * size if stride == 1 else lane * size
    first, second = registers("v", 30, count), registers("v", 40, count)
    world.run(f"ds_write{infix}_b{bits} v4, {first}, {second} offset0:0 offset1:1")
    for register, offset in ((30, 0), (40, 1)):
        for w, lane in np.argwhere(world.active).tolist():
            at = int(world.front.v[4, w, lane]) + offset * size * stride
            data = [int(d) for d in world.front.v[register : register + count, w, lane]]
            memories[world.front.workgroup[w]][at : at + size] = oracle.stored(data, 0, size)
    assert [world.lds_bytes(g) for g in (0, 1)] == memories


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("returns", [False, True])
@pytest.mark.parametrize("name", LOCAL_ATOMICS)
def test_local_atomics(name: str, returns: bool, masked: bool) -> None:
    stem, _, kind = name.rpartition("_")
    mnemonic = f"ds_{stem}_rtn_{kind}" if returns else f"ds_{name}"
    if mnemonic not in accesses.ACCESSES:
        assert stem == "wrxchg"
        return
    size, rule = LOCAL_ATOMICS[name]
    values = 2 if stem in oracle.TWO_VALUES else 1
    world = World(9, masked)
    world.lds.items.data[:] = float_values(world.rng, (2 * LDS_BYTES // size,), name, size).ravel()
    offsets = world.rng.integers(0, 8, (WAVES, LANES)) * 8
    world.front.v[4] = offsets
    data = float_values(world.rng, (values, WAVES, LANES), name, size).reshape(values, WAVES, LANES, size)
    for i in range(values):
        for k in range(size // 4):
            world.front.v[20 + 4 * i + k] = data[i].view(np.uint32)[..., k]
    sources = ", ".join(registers("v", 20 + 4 * i, size // 4) for i in range(values))
    target = registers("v", 30, size // 4) + ", " if returns else ""
    memories, before = [world.lds_bytes(g) for g in (0, 1)], world.front.v.copy()
    world.run(f"{mnemonic} {target}v4, {sources} offset:16")
    groups = world.front.workgroup
    met = run_atomics(world.active, lambda w: memories[groups[w]], offsets + 16, rule, size, data)
    assert [world.lds_bytes(g) for g in (0, 1)] == memories
    expected = {
        (30 + k, w, lane): (old >> 32 * k) & 0xFFFFFFFF for (w, lane), old in met.items() for k in range(size // 4)
    }
    expect_registers(world, "v", before, expected if returns else {})


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_transposing_reads(bits: int) -> None:
    """Each 16 lanes' 64 bits as one row-major tile of 16 columns: lane i has column i."""
    world = World(bits)
    offsets = world.rng.permutation(LANES * WAVES).reshape(WAVES, LANES) * 8
    world.front.v[4] = offsets
    world.run(f"ds_read_b64_tr_b{bits} v[20:21], v4 offset:64")
    for w in range(WAVES):
        memory = world.lds_bytes(int(world.front.workgroup[w]))
        for group in range(0, LANES, 16):
            tile = 0
            for lane in reversed(range(group, group + 16)):
                tile = tile << 64 | oracle.word(memory, int(offsets[w, lane]) + 64, 8)
            for column in range(16):
                got = sum(int(world.front.v[20 + k, w, group + column]) << 32 * k for k in (0, 1))
                for row in range(64 // bits):
                    element = tile >> bits * (16 * row + column) & (1 << bits) - 1
                    assert got >> bits * row & (1 << bits) - 1 == element
    with pytest.raises(accesses.NotEmulated, match="lanes off"):
        World(masked=True).run(f"ds_read_b64_tr_b{bits} v[20:21], v4")


# Between lanes


@pytest.mark.parametrize("masked", [False, True])
def test_permutes(masked: bool) -> None:
    world = World(11, masked)
    before, active = world.front.v.copy(), world.active
    world.run("ds_bpermute_b32 v20, v4, v5 offset:8")
    world.run("ds_permute_b32 v21, v4, v5")
    expected = {}
    for w in range(WAVES):
        pushed = [0] * LANES
        for lane in range(LANES):
            if active[w, lane]:
                pushed[int(before[4, w, lane]) // 4 % LANES] = int(before[5, w, lane])
        for lane in np.flatnonzero(active[w]).tolist():
            source = (int(before[4, w, lane]) + 8) % (1 << 32) // 4 % LANES
            expected[20, w, lane] = int(before[5, w, source]) if active[w, source] else 0
            expected[21, w, lane] = pushed[lane]
    expect_registers(world, "v", before, expected)


SWIZZLES: dict[str, Callable[[int], int]] = {
    "swizzle(QUAD_PERM,3,1,0,2)": lambda i: i & ~3 | (3, 1, 0, 2)[i & 3],
    'swizzle(BITMASK_PERM,"01pip")': lambda i: i & ~31 | 8 | (i & 4) | (~i & 2) | (i & 1),
    "swizzle(SWAP,16)": lambda i: i ^ 16,
    "swizzle(REVERSE,8)": lambda i: i ^ 7,
    "swizzle(BROADCAST,8,5)": lambda i: i & ~7 | 5,
    "0x8055": lambda i: i & ~3 | 1,
    "0xc0a0": lambda i: i & ~31 | (i + 5) % 32,
    "0xc4a1": lambda i: i & ~31 | (i % 32 & 1) | ((i % 32 - 5) & 30),
    "0x1f": lambda i: i,
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("offset", SWIZZLES)
def test_swizzles(offset: str, masked: bool) -> None:
    world = World(12, masked)
    before, active = world.front.v.copy(), world.active
    world.run(f"ds_swizzle_b32 v20, v5 offset:{offset}")
    sources = [SWIZZLES[offset](lane) for lane in range(LANES)]
    expected = {
        (20, w, lane): int(before[5, w, sources[lane]]) if active[w, sources[lane]] else 0
        for w, lane in np.argwhere(active).tolist()
    }
    expect_registers(world, "v", before, expected)


# Scalar memory


@pytest.mark.parametrize("count", [1, 2, 4, 8, 16])
def test_scalar_loads(count: int) -> None:
    suffix = f"x{count}" if count > 1 else ""
    world = World(13)
    f, memory = world.front, bytearray(world.tensor.numpy().tobytes())
    offsets = np.array([0, 400, 1002])  # the last is rounded down to a dword
    f.set_pair(4, (world.address() + offsets).astype(np.uint64))
    f.s[6] = 8
    for text, extra in (("0x40", 64), ("s6", 8), ("s6 offset:0x10", 24)):
        before = f.s.copy()
        world.run(f"s_load_dword{suffix} {registers('s', 20, count)}, s[4:5], {text} glc")
        for w in range(WAVES):
            at = (int(offsets[w]) + extra) // 4 * 4
            before[20 : 20 + count, w] = oracle.words(memory, at, count)
        assert (f.s == before).all()
        f.pending.wait(lgkmcnt=0)
    world.set_descriptor(8, 100)
    before = f.s.copy()
    world.run(f"s_buffer_load_dword{suffix} {registers('s', 20, count)}, s[8:11], 0x58")
    read = oracle.words(memory[:100] + bytes(100), 0x58, count)
    before[20 : 20 + count] = np.array(read, np.uint32)[:, None]
    assert (f.s == before).all()


def test_clocks_count_their_readings() -> None:
    world = World()
    for name in ("s_memtime", "s_memrealtime"):
        world.run(f"{name} s[20:21]")
        world.front.pending.wait(lgkmcnt=0)
    assert (world.front.pair(20) == 2).all()


@pytest.mark.parametrize("text", ["buffer_inv sc1", "buffer_wbl2 sc0 sc1", "buffer_wbinvl1", *(
    f"s_dcache_{name}" for name in ("inv", "wb", "inv_vol", "wb_vol"))])  # fmt: skip
def test_cache_maintenance_changes_nothing(text: str) -> None:
    world = World()
    before = world.front.v.copy(), world.front.s.copy(), bytes(world.tensor.numpy())
    world.run(text)
    assert (world.front.v == before[0]).all() and (world.front.s == before[1]).all()
    assert bytes(world.tensor.numpy()) == before[2] and not world.front.pending


# Loads straight to LDS


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", ["dword", "dwordx3", "dwordx4"])
@pytest.mark.parametrize("form", ["buffer", "global"])
def test_loads_to_lds(form: str, name: str, masked: bool) -> None:
    """Bytes go to M0 + offset + lane * size; the offset counts on both sides."""
    size = 4 * int(name.removeprefix("dword").strip("x") or 1)
    world = World(14, masked)
    offsets = world.rng.integers(0, 1000, (WAVES, LANES)) * 4
    world.set_m0(0)
    world.front.s[124] = [0, 1600, 32]
    expected = [world.lds_bytes(g) for g in (0, 1)]
    if form == "buffer":
        world.front.v[4] = np.where(offsets % 5 == 0, 0x80000000, offsets)  # out of range: zeros
        world.set_descriptor(12, 0x7FFFFFFE)
        world.run(f"buffer_load_{name} v4, s[12:15], 0 offen offset:16 lds")
    else:
        world.set_address(2, offsets)
        world.run(f"global_load_lds_{name} v[2:3], off offset:16")
    memory = bytearray(world.tensor.numpy().tobytes())
    for w, lane in np.argwhere(world.active).tolist():
        at, source = int(world.front.s[124, w]) + 16 + lane * size, int(offsets[w, lane]) + 16
        zero = form == "buffer" and offsets[w, lane] % 5 == 0
        expected[world.front.workgroup[w]][at : at + size] = bytes(size) if zero else memory[source : source + size]
    assert [world.lds_bytes(g) for g in (0, 1)] == expected


# Buffers' range


@pytest.mark.parametrize("records", [0, 3, 64, 65, 66, 67, 68, 100, 4096])
@pytest.mark.parametrize("name", ["ubyte", "ushort", "dword", "dwordx2", "dwordx3", "dwordx4"])
def test_what_is_past_the_records_is_zero_and_not_stored(name: str, records: int) -> None:
    """Each dword by itself: VGPR offset + offset (wrapping) + SGPR offset + 4 (or less) <= num_records."""
    size = {"ubyte": 1, "ushort": 2}.get(name) or 4 * int(name.removeprefix("dword").strip("x") or 1)
    count, unit = words_in(size), min(size, 4)
    for scalar in (0, 40):
        world = World(records + scalar, masked=True)
        world.set_descriptor(12, records)
        offsets = world.rng.integers(0, 80, (WAVES, LANES))
        offsets[0, :4] = [0xFFFFFFF8, 0x80000000, 0xFFFFFFF4, 0x7FFFFFFF]
        world.front.v[4], world.front.s[16] = offsets, scalar
        before = world.front.v.copy()
        memory = bytearray(world.tensor.numpy().tobytes())
        world.run(f"buffer_load_{name} {registers('v', 20, count)}, v4, s[12:15], s16 offen offset:12")
        expected, stores = {}, bytearray(memory)
        for w, lane in np.argwhere(world.active).tolist():
            at = (int(offsets[w, lane]) + 12) % (1 << 32) + scalar
            for i in range(count):
                inside = at + 4 * i + unit <= records
                expected[20 + i, w, lane] = oracle.word(memory, at + 4 * i, unit) if inside else 0
        expect_registers(world, "v", before, expected)
        world.front.pending.wait(vmcnt=0)
        # Stores: to the same places; lanes that collide store in order.
        stored = {"ubyte": "byte", "ushort": "short"}.get(name, name)
        world.run(f"buffer_store_{stored} {registers('v', 30, count)}, v4, s[12:15], s16 offen offset:12")
        if count == 1:
            for w, lane in np.argwhere(world.active).tolist():
                at = (int(offsets[w, lane]) + 12) % (1 << 32) + scalar
                if at + unit <= records:
                    stores[at : at + unit] = int(world.front.v[30, w, lane]).to_bytes(4, "little")[:unit]
            assert world.tensor.numpy().tobytes() == bytes(stores)
        assert world.tensor.numpy()[records:].tobytes() == bytes(memory[records:])


def test_a_store_that_the_buffers_end_cuts() -> None:
    world = World()
    world.set_descriptor(12, 72)
    world.front.v[4] = np.where(np.arange(LANES) == 5, 64, 0x80000000)
    memory = bytearray(world.tensor.numpy().tobytes())
    data = [int(d) for d in world.front.v[20:24, -1, 5]]
    world.run("buffer_store_dwordx4 v[20:23], v4, s[12:15], 0 offen")
    memory[64:72] = oracle.stored(data, 0, 8)
    assert world.tensor.numpy().tobytes() == bytes(memory)


def test_indexed_buffers() -> None:
    """idxen: index * stride, range checked by the index; with offen the VGPR after it is the offset."""
    world = World()
    world.set_descriptor(12, 10, stride=24)
    index, offset = world.rng.integers(0, 14, (2, WAVES, LANES))
    world.front.v[4], world.front.v[5] = index, offset
    memory = bytearray(world.tensor.numpy().tobytes())
    world.run("buffer_load_dword v20, v[4:5], s[12:15], 0 idxen offen offset:4")
    world.run("buffer_load_dword v21, v4, s[12:15], 0 idxen")
    for w in range(WAVES):
        for lane in range(LANES):
            i, o = int(index[w, lane]), int(offset[w, lane])
            assert world.front.v[20, w, lane] == (oracle.word(memory, 24 * i + o + 4) if i < 10 else 0)
            assert world.front.v[21, w, lane] == (oracle.word(memory, 24 * i) if i < 10 else 0)
    world.run("buffer_load_dword v22, off, s[12:15], 0 offset:4")
    assert (world.front.v[22] == oracle.word(memory, 4)).all()


def test_scratch_is_each_lanes_own() -> None:
    world = World()
    mine = np.arange(WAVES * LANES).reshape(WAVES, LANES)
    world.front.v[20] = mine
    world.front.s[16] = 8
    world.run("scratch_store_dword off, v20, s16 offset:4")
    world.run("scratch_load_dword v21, off, off offset:12")
    assert (world.front.v[21] == mine).all()


# Refusals


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("global_load_dword v0, v[2:3], off tfe", "modifier tfe of global_load_dword"),
        ("ds_read_b32 v0, v1 gds", "modifier gds of ds_read_b32"),
        ("ds_read_b32 v0, v1 offset0:3", "modifier offset0 of ds_read_b32"),
        ("buffer_store_dword v0, v1, s[4:7], 0 offen lds", "modifier lds of buffer_store_dword"),
        ("buffer_load_ubyte v1, s[4:7], 0 offen lds", "buffer_load_ubyte to LDS"),
        ("ds_swizzle_b32 v0, v1 offset:0xe000", "FFT"),
        ("buffer_load_format_x v0, v1, s[4:7], 0 offen", "mnemonic buffer_load_format_x"),
        ("global_load_dwordx2 v0, v[2:3], off", "2 vector registers"),
    ],
)
def test_unknown_things_are_named(text: str, named: str) -> None:
    with pytest.raises(accesses.NotEmulated, match=named.replace("(", r"\(")):
        World().run(text)


@pytest.mark.parametrize("word", [(15, 1 << 23), (13, 1 << 31)])
def test_swizzled_descriptors_are_refused(word: tuple[int, int]) -> None:
    world = World()
    world.set_descriptor(12, 100)
    world.front.s[word[0]] |= np.uint32(word[1])
    with pytest.raises(accesses.NotEmulated, match="SWIZZLE_ENABLE"):
        world.run("buffer_load_dword v0, v1, s[12:15], 0 offen")


@pytest.mark.parametrize("word", [0x1234, 0x40027000, 0x01027000])
def test_descriptors_of_something_else_are_refused(word: int) -> None:
    """No data format; another type; a reserved bit."""
    world = World()
    world.set_descriptor(12, 100)
    world.front.s[15] = word
    with pytest.raises(accesses.NotEmulated, match=f"ends in {word:#x}: its type or data format"):
        world.run("buffer_load_dword v0, v1, s[12:15], 0 offen")


def test_every_mnemonic_is_tested() -> None:
    tested = {f"{f}_load_{n}" for f in ("global", "flat", "buffer", "scratch") for n in oracle.LOADS}
    tested |= {f"{f}_store_{n}" for f in ("global", "flat", "buffer", "scratch") for n in oracle.STORES}
    tested |= {f"{f}_atomic_{n}" for f in ("global", "flat", "buffer") for n in GLOBAL_ATOMICS}
    tested |= {f"global_load_lds_{n}" for n in ("dword", "dwordx3", "dwordx4")}
    tested |= {f"ds_read_{n}" for n in oracle.LOCAL_NAMES} | {f"ds_write_{n}" for n in oracle.LOCAL_STORES}
    tested |= {f"ds_{d}{i}_b{b}" for d in ("read", "write") for i in ("2", "2st64") for b in (32, 64)}
    tested |= {f"ds_{n}" for n in LOCAL_ATOMICS if not n.startswith("wrxchg")}
    tested |= {f"ds_{n.rpartition('_')[0]}_rtn_{n.rpartition('_')[2]}" for n in LOCAL_ATOMICS}
    tested |= {f"ds_read_b64_tr_b{b}" for b in (4, 8, 16)}
    tested |= {"ds_bpermute_b32", "ds_permute_b32", "ds_swizzle_b32", "s_memtime", "s_memrealtime"}
    tested |= {f"s_{b}load_dword{x}" for b in ("", "buffer_") for x in ("", "x2", "x4", "x8", "x16")}
    tested |= {"buffer_inv", "buffer_wbl2", "buffer_wbinvl1"}
    tested |= {f"s_dcache_{n}" for n in ("inv", "wb", "inv_vol", "wb_vol")}
    assert tested == set(accesses.ACCESSES)


@pytest.mark.parametrize("name", ["f32", "f64"])
def test_a_minimum_of_a_nan_and_a_number_is_the_number(name: str) -> None:
    old = np.array([np.nan, 1.0, 0.0, -0.0], f"f{int(name[1:]) // 8}")
    data = np.array([2.0, np.nan, -0.0, 0.0], old.dtype)
    least, greatest = (LOCAL[f"{way}_{name}"].compute(old, data) for way in ("min", "max"))
    assert least.tolist() == [2.0, 1.0, 0.0, 0.0] and np.signbit(least).tolist() == [False, False, True, True]
    assert greatest.tolist() == [2.0, 1.0, 0.0, 0.0] and not np.signbit(greatest).any()
