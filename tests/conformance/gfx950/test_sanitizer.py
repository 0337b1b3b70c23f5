"""Is every unordered pair of accesses found, one of them a write, and no other?"""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from conformance.gfx950 import binding
from conformance.gfx950.assembly import EXEC, parse_line
from conformance.gfx950.core import build
from conformance.gfx950.core.library import library
from conformance.gfx950.core.runs import Codes, Core
from conformance.gfx950.errors import Race
from conformance.gfx950.program import Block
from conformance.gfx950.settings import CORES
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.storage.sanitizer import Sanitizer, Shadow, first_guesses
from conformance.gfx950.wave import Front
from tests.conformance.gfx950.memory_world import LANES, WAVES, World, instruction


class Watched(World):
    """Waves 0 and 1 are of workgroup 0, wave 2 of workgroup 1; v4 is the LDS offset, s[8:9] + v4 the address."""

    compiled = False  # whether the compiled core runs what it has

    def __init__(self) -> None:
        super().__init__(sanitizer=Sanitizer())
        self.front.set_pair(8, np.full(WAVES, self.address(), np.uint64))
        self.front.set_mode(0x3F0)
        self.cores: dict[object, Core] = {}
        self.starts: dict[str, int] = {}  # of blocks of one instruction
        self.reached = 0  # instructions that it ran

    def run(self, text: str) -> None:
        if not self.compiled or not self._advance(text):
            super().run(text)

    def _advance(self, text: str) -> int:
        front, line = self.front, instruction(text)
        memory, sanitizer = front.chunk.memory, front.chunk.sanitizer
        if front.flight is not None and (memory, sanitizer) not in self.cores:
            front.pending, front.flight = front.pending, None
        found = library()
        assert found is not None
        core = self.cores.setdefault(
            (memory, sanitizer), Core(found, memory, front.chunk.settings, Codes(), sanitizer=sanitizer)
        )  # fmt: skip
        start = self.starts.setdefault(text, len(self.starts))
        block = Block(start, start + 1, (binding.build(line),), None, None, -1, None, Counter())
        reached = core.advance(block, 0, front)[1]
        self.reached += reached
        return reached

    def wave(self, number: int, text: str, at: int = 0) -> None:
        """One wave runs this, its lanes one dword after the other from ``at`` on; each stores its lane's number."""
        self.set_exec((np.arange(WAVES) == number)[:, None])
        self.front.v[4] = at + 4 * np.arange(LANES)
        self.front.v[5] = np.arange(LANES)
        self.front.v[6] = np.arange(LANES) + 100 * (1 + number)
        self.run(text)

    def waited(self) -> None:
        self.front.pending.wait(0, 0)

    def barrier(self) -> None:
        self.front.chunk.sanitizer.barrier([self.front])


@pytest.fixture(autouse=True, params=CORES)
def _core(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test asks both cores, for the same words."""
    if request.param == "compiled" and not build.compilers():
        pytest.skip("no C compiler is there")
    monkeypatch.setattr(Watched, "compiled", request.param == "compiled")


LOAD, STORE, SAME, ADD = "load", "store", "same", "add"
LDS = {LOAD: "ds_read_b32 v8, v4", STORE: "ds_write_b32 v4, v6", SAME: "ds_write_b32 v4, v5", ADD: "ds_add_u32 v4, v5"}
GLOBAL = {
    LOAD: "global_load_dword v8, v4, s[8:9]", STORE: "global_store_dword v4, v6, s[8:9]",
    SAME: "global_store_dword v4, v5, s[8:9]", ADD: "global_atomic_add v4, v5, s[8:9]",
}  # fmt: skip
RACES = [(LOAD, STORE), (STORE, LOAD), (STORE, STORE), (ADD, STORE), (STORE, ADD), (ADD, LOAD), (LOAD, ADD)]
NONE = [(LOAD, LOAD), (ADD, ADD), (SAME, SAME)]


@pytest.mark.parametrize(
    "text", [LDS[LOAD], LDS[STORE], GLOBAL[LOAD], GLOBAL[STORE], "global_load_lds_dword v4, s[8:9]"]
)
def test_the_core_runs_what_is_in_order(text: str) -> None:
    world = Watched()
    world.set_m0(0)
    world.wave(0, text)
    assert world.reached == world.compiled


def run(world: Watched, first: str, second: str, waves: tuple[int, int], ordered: bool) -> None:
    world.wave(waves[0], first)
    world.waited()
    if ordered:
        world.barrier()
    world.wave(waves[1], second)


@pytest.mark.parametrize("texts", [LDS, GLOBAL], ids=["lds", "global"])
@pytest.mark.parametrize(("first", "second"), RACES)
def test_two_waves_of_a_workgroup_need_a_barrier(texts: dict[str, str], first: str, second: str) -> None:
    with pytest.raises(Race, match=r"wave 1 \w+ .* which wave 0 (read|wrote) at line 2 \(.*with no barrier between"):
        run(Watched(), texts[first], texts[second], (0, 1), ordered=False)
    run(Watched(), texts[first], texts[second], (0, 1), ordered=True)
    run(Watched(), texts[first], texts[second], (1, 1), ordered=False)


@pytest.mark.parametrize("texts", [LDS, GLOBAL], ids=["lds", "global"])
@pytest.mark.parametrize(("first", "second"), NONE)
def test_what_is_no_race(texts: dict[str, str], first: str, second: str) -> None:
    run(Watched(), texts[first], texts[second], (0, 1), ordered=False)


@pytest.mark.parametrize(
    ("add", "store"), [(LDS[ADD], "ds_write_b32 v4, v7"), (GLOBAL[ADD], "global_store_dword v4, v7, s[8:9]")]
)
def test_no_store_has_the_value_of_an_atomic(add: str, store: str) -> None:
    world = Watched()
    world.front.v[7] = 0  # what nobody has stored there either
    world.wave(0, add)
    world.waited()
    with pytest.raises(Race, match=r"wave 1 stores .* which wave 0 wrote .* 256 bytes"):
        world.wave(1, store)


@pytest.mark.parametrize(("first", "second"), RACES)
def test_nothing_orders_workgroups(first: str, second: str) -> None:
    for ordered in (False, True):
        with pytest.raises(Race, match=r"wave 2 .*may be of different workgroups"):
            run(Watched(), GLOBAL[first], GLOBAL[second], (0, 2), ordered)
    run(Watched(), LDS[first], LDS[second], (0, 2), ordered=False)  # each has its own LDS


def test_other_bytes_are_no_race() -> None:
    world = Watched()
    world.wave(0, LDS[STORE])
    world.wave(1, LDS[STORE], at=256)
    with pytest.raises(Race, match="LDS offset 256"):
        world.wave(0, "ds_read_u8 v8, v4", at=256)
    world.waited()
    with pytest.raises(Race, match=r"LDS offset 252, .* 4 bytes"):
        world.wave(1, LDS[LOAD], at=252)


def test_a_reader_among_many_is_remembered() -> None:
    for texts, waves in ((LDS, (0, 1, 0)), (LDS, (1, 0, 1)), (GLOBAL, (0, 2, 0)), (GLOBAL, (2, 0, 2))):
        world = Watched()
        for wave in waves[:2]:
            world.wave(wave, texts[LOAD])
            world.waited()
        for writer in waves[1:]:
            with pytest.raises(Race, match="read"):
                world.wave(writer, texts[STORE])


@pytest.mark.parametrize("texts", [LDS, GLOBAL], ids=["lds", "global"])
def test_waves_of_one_instruction(texts: dict[str, str]) -> None:
    """All of a front's waves run an instruction at once: they race among themselves too."""
    world = Watched()
    world.front.v[4] = 4 * np.arange(LANES)
    world.front.v[5] = np.arange(LANES)
    world.front.v[6] = np.arange(LANES) + np.arange(WAVES)[:, None]
    world.run(texts[SAME])
    world.barrier()
    with pytest.raises(Race, match="stores"):
        world.run(texts[STORE])
    world = Watched()
    world.front.v[4] = 4 * np.arange(LANES)
    world.run(texts[LOAD])
    for writer in (0, 1):
        with pytest.raises(Race, match="read"):
            world.wave(writer, texts[STORE])


@pytest.mark.parametrize("texts", [LDS, GLOBAL], ids=["lds", "global"])
def test_lanes_of_one_wave(texts: dict[str, str]) -> None:
    """Two lanes may store the same value to the same bytes, not different ones."""
    world = Watched()
    world.set_exec((np.arange(WAVES) == 1)[:, None])
    world.front.v[4] = 4 * (np.arange(LANES) // 2)
    world.front.v[5] = np.arange(LANES) // 2
    world.front.v[6] = np.arange(LANES)
    world.run(texts[SAME])
    with pytest.raises(Race, match=r"lanes of wave 1 store different values to .* 32 bytes"):
        world.run(texts[STORE])


@pytest.mark.parametrize("texts", [LDS, GLOBAL], ids=["lds", "global"])
def test_a_barrier_orders_stores_that_nobody_waited_for(texts: dict[str, str]) -> None:
    """LLVM's fences of a workgroup emit no wait: its waves' LDS instructions have one order, so has their memory."""
    world = Watched()
    world.wave(0, texts[STORE])
    world.barrier()
    world.wave(1, texts[LOAD])


@pytest.mark.parametrize("text", [LDS[LOAD], "ds_read2_b32 v[8:9], v4 offset1:1", "ds_read_b64_tr_b8 v[8:9], v4"])
def test_stores_after_a_barrier_race_with_a_read_that_is_waited_for_behind_it(text: str) -> None:
    for waited, writer in ((False, 1), (True, 1), (False, 0)):
        world = Watched()
        if "tr_b8" in text:  # takes all lanes of all waves
            world.front.v[4] = 8 * np.arange(LANES) + 1024 * np.arange(WAVES)[:, None]
            world.run(text)
        else:
            world.wave(0, text)
        if waited:
            world.waited()
        world.barrier()
        if waited or writer == 0:  # the read is done; or the LDS unit has one wave's instructions in order
            world.wave(writer, LDS[STORE])
        else:
            message = r"wave 1 stores LDS offset 0, which wave 0 read at line 2 \(.*its wait stands after it"
            with pytest.raises(Race, match=message):
                world.wave(writer, LDS[STORE])
        world.waited()
        world.barrier()
        world.wave(1, LDS[STORE])  # waited for, and a barrier since


def test_of_two_waves_that_nobody_waited_for_either_is_seen() -> None:
    world = Watched()
    world.set_exec((np.arange(WAVES) < 2)[:, None])
    world.front.v[4] = 4 * np.arange(LANES)
    world.run(LDS[LOAD])
    world.barrier()
    for writer in (0, 1):
        with pytest.raises(Race, match="read"):
            world.wave(writer, LDS[STORE])


def test_a_load_to_lds_that_nobody_waited_for() -> None:
    world = Watched()
    world.set_exec((np.arange(WAVES) == 0)[:, None])
    world.set_m0(0)
    world.front.v[4] = 0
    world.run("global_load_lds_dword v4, s[8:9]")
    world.barrier()
    world.lds.state.data[:] = 1  # or LDS itself would say so
    with pytest.raises(Race, match="wave 1 loads LDS offset 0, which wave 0 wrote at line 2"):
        world.wave(1, LDS[LOAD])
    part = world.front.select(np.array([0, 1]))
    part.pending.wait(0, 0)
    world.front.chunk.sanitizer.barrier([part])
    part.set_pair(EXEC, np.full(2, (1 << 64) - 1, np.uint64))
    part.v[4] = 4 * np.arange(LANES)
    world.front = part
    world.run(LDS[LOAD])


COPY = "global_load_lds_dword v4, s[8:9]"
# Two accesses of wave 0 to the same bytes, which of the counters orders them where one does not come by itself: the
# LDS unit has a wave's instructions in order, and so has memory.
OWN = {
    (LDS[LOAD], COPY): "lgkmcnt", (LDS[STORE], COPY): "lgkmcnt", (LDS[ADD], COPY): "lgkmcnt",
    (COPY, LDS[STORE]): "vmcnt", (COPY, LDS[ADD]): "vmcnt", (COPY, COPY): None,
    (LDS[LOAD], LDS[STORE]): None, (LDS[STORE], LDS[LOAD]): None, (LDS[LOAD], LDS[ADD]): None,
}  # fmt: skip


@pytest.mark.parametrize("waits", [None, "vmcnt", "lgkmcnt"])
@pytest.mark.parametrize(("first", "second"), OWN)
def test_a_wave_orders_its_lds_instructions_but_not_with_its_loads_to_lds(first: str, second: str, waits: str) -> None:
    needs = OWN[first, second]
    world = Watched()
    world.set_m0(0)
    world.wave(0, first)
    if waits is not None:
        world.front.pending.wait(**{waits: 0})
    world.lds.state.data[:] = 1  # or LDS itself would say so of what is on its way
    world.set_m0(256)
    world.wave(0, second, at=256)  # other bytes
    world.set_m0(0)
    if needs is None or needs == waits:
        world.wave(0, second)
        return
    message = rf"wave 0 stores LDS offset 0, which its own line 2 \(.* no s_waitcnt {needs} has .* 256 bytes"
    with pytest.raises(Race, match=message):
        world.wave(0, second)


def test_what_is_in_flight_at_a_barrier_and_a_load_to_lds_behind_it() -> None:
    for first, writer, message in (
        (LDS[LOAD], 1, "wave 1 stores LDS offset 0, which wave 0 read at .* its wait stands after it"),
        (LDS[LOAD], 0, "wave 0 stores LDS offset 0, which its own line 2 .* reads"),
        (LDS[STORE], 0, ""),  # others have read it, which shows that it was done
        (LDS[STORE], 1, ""),
    ):
        world = Watched()
        world.set_m0(0)
        world.wave(0, first)
        part = world.front.select(np.array([0, 1]))  # as where the waves part on their way
        world.front.chunk.sanitizer.barrier([part])
        world.front = part
        part.set_pair(EXEC, np.where(np.arange(2) == writer, (1 << 64) - 1, 0).astype(np.uint64))
        part.v[4] = 4 * np.arange(LANES)
        if message:
            with pytest.raises(Race, match=message):
                world.run(COPY)
            part.pending.wait(lgkmcnt=0)
            world.front.chunk.sanitizer.barrier([part])
        world.run(COPY)


def test_waves_that_load_a_byte_together_may_hold_one_value_of_one_layout() -> None:
    """Triton has each of them load it, and the first store it: an update in place."""
    for writer, apart in ((0, False), (1, False), (0, True)):
        world = Watched()
        world.set_exec((np.arange(WAVES) < 2)[:, None])
        world.front.v[4] = 4 * np.arange(LANES)
        world.run(GLOBAL[LOAD])
        world.waited()
        if apart:
            world.wave(1, GLOBAL[LOAD])
            world.waited()
        if writer == 0 and not apart:
            world.wave(writer, GLOBAL[STORE])
        else:
            with pytest.raises(Race, match="read"):
                world.wave(writer, GLOBAL[STORE])


def test_of_waves_that_load_together_the_first_by_its_number_stands_for_all() -> None:
    """Whichever rows of a front they are in, after it parted and rejoined."""
    for row in (1, 0):  # waves 0 and 1
        world = Watched()
        world.front = world.front.select(np.array([1, 0, 2]))
        world.set_exec((np.arange(WAVES) < 2)[:, None])
        world.front.v[4] = 4 * np.arange(LANES)
        world.run(GLOBAL[LOAD])
        world.waited()
        if row == 1:
            world.wave(row, GLOBAL[STORE])
        else:
            with pytest.raises(Race, match="wave 1 stores byte 0 of x, which wave 0 read"):
                world.wave(row, GLOBAL[STORE])


GUESSED = """
    global_load_dword v8, v4, s[8:9] offset:4
    global_load_dword v8, v4, s[8:9]
    global_atomic_cmpswap v8, v4, v[5:6], s[8:9]{sc0}
"""


@pytest.mark.parametrize("sc0", ["", " sc0"])
def test_the_first_guess_of_a_compare_and_swap_loop_is_no_race(sc0: str) -> None:
    text = GUESSED.format(sc0=sc0) if sc0 else GUESSED.format(sc0="").replace("cmpswap v8, ", "cmpswap ")
    code = tuple(parse_line(line.strip(), number) for number, line in enumerate(text.split("\n")) if line.strip())
    guesses = first_guesses(SimpleNamespace(instructions=code))
    assert guesses == {2}
    for known in (guesses, frozenset()):
        world = Watched()
        world.front.chunk.sanitizer = Sanitizer(known)
        world.wave(0, GLOBAL[ADD])
        world.waited()
        if known:
            world.wave(2, GLOBAL[LOAD])
            world.waited()
            world.wave(0, GLOBAL[ADD])
        else:
            with pytest.raises(Race):
                world.wave(2, GLOBAL[LOAD])


def test_views_of_the_same_bytes_share_them() -> None:
    """Two tensors of one launch over the same memory, each by its own address."""
    whole = torch.zeros(256, dtype=torch.int32)
    memory = GlobalMemory("kernel", [("x", whole), ("y", whole[64:]), ("z", torch.zeros(4))])
    world = Watched()
    world.front.chunk.memory = memory
    world.front.set_pair(8, np.full(WAVES, memory.address_of("x"), np.uint64))
    world.wave(0, GLOBAL[STORE], at=256)
    world.front.set_pair(8, np.full(WAVES, memory.address_of("y"), np.uint64))
    with pytest.raises(Race, match="byte 256 of x or y"):
        world.wave(2, GLOBAL[LOAD])


def test_views_that_one_instruction_goes_by_come_one_after_the_other() -> None:
    """So the two waves of a workgroup that load a byte by another view each are not the waves of one layout."""
    whole = torch.zeros(256, dtype=torch.int32)
    world = Watched()
    world.front.chunk.memory = memory = GlobalMemory("kernel", [("x", whole), ("y", whole[64:])])
    first = np.array([memory.address_of("x") + 256, memory.address_of("y"), 0], np.uint64)
    address = first[:, None] + np.arange(0, 4 * LANES, 4, dtype=np.uint64)
    world.front.v[2], world.front.v[3] = address.astype(np.uint32), (address >> np.uint64(32)).astype(np.uint32)
    world.set_exec((np.arange(WAVES) < 2)[:, None])
    world.run("global_load_dword v8, v[2:3], off")
    world.waited()
    world.front.set_pair(8, np.full(WAVES, memory.address_of("y"), np.uint64))
    with pytest.raises(Race, match="wave 0 stores byte 256 of x or y, which another wave read"):
        world.wave(0, GLOBAL[STORE])


def test_workgroups_of_different_chunks() -> None:
    """The next chunk's workgroups have a new LDS and the same tensors."""
    world = Watched()
    world.wave(0, GLOBAL[STORE])
    world.wave(0, LDS[STORE])
    later = Front(64, 0, WAVES)
    later.v[:], later.s[:] = world.front.v, world.front.s
    later.wave, later.workgroup, later.pending = np.arange(3, 6), world.front.workgroup, world.front.pending
    later.pending.wait(0, 0)
    later.chunk = SimpleNamespace(**vars(world.front.chunk))
    world.front = later
    world.wave(1, LDS[LOAD])
    world.waited()
    with pytest.raises(Race, match="wave 4 loads byte 0 of x, which wave 0 wrote"):
        world.wave(1, GLOBAL[LOAD])


def test_scalar_loads_are_watched() -> None:
    world = Watched()
    world.wave(2, GLOBAL[STORE])
    world.waited()
    with pytest.raises(Race, match="wave 0 loads byte 0 of x"):
        world.run("s_load_dwordx4 s[20:23], s[8:9], 0x0")


def test_what_is_known_of_a_far_reaching_tensor_takes_memory_where_it_is_touched_only() -> None:
    shadow = Shadow("x", 1 << 36)  # 64 GiB of bytes, and 640 GiB of what might be known of them
    shadow.wrote[-1] = 7
    assert shadow.wrote[-1] == 7 and not shadow.read[-1] and not shadow.wrote[0]
    assert shadow.readers.dtype == np.uint8 and len(Shadow("none", 0).value) == 0
