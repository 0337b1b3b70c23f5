"""Does the compiled core give NumPy's bits? Each instruction that it has, on edge and random operands."""

from __future__ import annotations

import ctypes
import functools
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from conformance.gfx950.assembly import EXEC, VCC, parse_line
from conformance.gfx950.binding import SOPK, Bound, build
from conformance.gfx950.core import build as building
from conformance.gfx950.core.library import executed_by, library
from conformance.gfx950.core.runs import Codes, Core
from conformance.gfx950.instructions.operations import Op
from conformance.gfx950.instructions.scalar import SCALAR
from conformance.gfx950.instructions.vector import VECTOR
from conformance.gfx950.program import Block
from conformance.gfx950.settings import Settings
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.storage.lds import Lds
from conformance.gfx950.storage.waits import Pending
from conformance.gfx950.wave import Front
from tests.conformance.gfx950 import test_core_memory
from tests.conformance.gfx950.vector_cases import edges, random_bits, width_of

pytestmark = pytest.mark.skipif(not building.compilers(), reason="no C compiler is there")

ROOT = Path(__file__).parents[3]
WAVES, DRAWN = 12, 1024  # random operands of each type
KEPT, FLUSHED = 0x3F0, 0x3C0  # FP32 denormals
IMPLICIT = ("scc", "exec", "vcc")
TABLES = VECTOR | SCALAR
# Beside the plain form: modifiers, encodings, constants, scalars.
OTHERS: dict[str, tuple[str, ...]] = {
    "v_max_i32": ("v_max_i32_dpp v0, v2, v4 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1",
                  "v_max_i32_dpp v0, v2, v4 row_shr:3 row_mask:0x5 bank_mask:0x3"),
    "v_and_b32": ("v_and_b32_sdwa v0, v2, s6 dst_sel:BYTE_1 dst_unused:UNUSED_PRESERVE src0_sel:WORD_1 src1_sel:DWORD",
                  "v_and_b32_e32 v0, 0x12345678, v2", "v_and_b32_e32 v0, s6, v2", "v_and_b32_e32 v0, -3, v2"),
    "v_add_u16": ("v_add_u16_sdwa v0, v2, v4 dst_sel:WORD_1 dst_unused:UNUSED_PAD src0_sel:BYTE_3 src1_sel:WORD_1",
                  "v_add_u16_e64 v0, v2, 7"),
    "v_max_i16": ("v_max_i16_sdwa v0, sext(v2), v4 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:BYTE_2 src1_sel:"
                  "WORD_1",),
    "v_add_f32": ("v_add_f32_e64 v0, -v2, |v4|", "v_add_f32_e64 v0, v2, -|v4| clamp", "v_add_f32_e32 v0, 0.5, v2",
                  "v_add_f32_dpp v0, v2, v4 row_ror:5 row_mask:0xf bank_mask:0xf", "v_add_f32_e64 v0, s6, -s6"),
    "v_mul_f32": ("v_mul_f32_sdwa v0, v2, v4 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:DWORD src1_sel:DWORD",),
    "v_fma_f32": ("v_fma_f32 v0, -v2, v4, 1.0", "v_fma_f32 v0, v2, v4, v6 clamp"),
    "v_cndmask_b32": ("v_cndmask_b32_e64 v0, v2, -v4, s[8:9]", "v_cndmask_b32_e64 v0, 0, 1, s[8:9]"),
    "v_cmp_lt_f32": ("v_cmp_lt_f32_e64 s[10:11], v2, -s6", "v_cmp_lt_f32_e64 exec, v2, v4"),
    "v_pk_mul_f32": ("v_pk_mul_f32 v[0:1], v[2:3], s[6:7] op_sel_hi:[1,0]",
                     "v_pk_mul_f32 v[0:1], v[2:3], 0.5 op_sel_hi:[1,0]",
                     "v_pk_mul_f32 v[0:1], v[2:3], v[4:5] op_sel:[1,0] neg_lo:[0,1] neg_hi:[1,0]"),
    "v_pk_add_u16": ("v_pk_add_u16 v0, v2, v4 op_sel:[1,0] op_sel_hi:[0,1]", "v_pk_add_u16 v0, v2, 3 op_sel_hi:[1,0]"),
    "v_cvt_pk_fp8_f32": ("v_cvt_pk_fp8_f32 v0, v2, v4 op_sel:[0,0,1]", "v_cvt_pk_fp8_f32 v0, v2, -v4"),
    "v_cvt_scalef32_pk_fp8_f32": ("v_cvt_scalef32_pk_fp8_f32 v0, v2, v4, 1.0 op_sel:[0,0,0,1]",
                                  "v_cvt_scalef32_pk_fp8_f32 v0, v2, v4, v6"),
    "v_bitop3_b32": tuple(f"v_bitop3_b32 v0, v2, v4, v6 bitop3:{table:#x}" for table in (0x36, 0x96, 0xEC, 0xF8, 0x1B)),
    "s_cselect_b32": ("s_cselect_b32 s0, 0x12345, s2", "s_cselect_b64 exec, s[2:3], -1", "s_cselect_b32 m0, s2, 7"),
    "s_mov_b32": ("s_mov_b32 s0, scc", "s_mov_b32 s0, execz", "s_mov_b32 s0, vccz", "s_mov_b32 exec_lo, s2"),
}  # fmt: skip
LANES_MOVED = (
    "v_readfirstlane_b32 s0, v2", "v_readfirstlane_b32 s0, s2", "v_readlane_b32 s0, v2, s6",
    "v_readlane_b32 s0, v2, 63", "v_writelane_b32 v0, s2, 5", "v_writelane_b32 v0, s2, s6",
)  # fmt: skip


def line_of(mnemonic: str, op: Op) -> str:
    """The instruction with a register for each operand, so many apart that none overlap."""
    file = "s" if mnemonic in SCALAR else "v"
    swapped = iter((2, 4, 6, 8))
    reads = [shown(file, next(swapped), word) for word in op.reads.split() if word not in IMPLICIT]
    writes = [shown(file, 0, word) for word in op.writes.split() if word not in IMPLICIT]
    if SOPK.fullmatch(mnemonic):
        reads[-1] = "0x8123"
    return f"{mnemonic} {', '.join([*writes, *reads])}"


def shown(file: str, index: int, word: str) -> str:
    if word == "mask":
        return "vcc"
    wide = word in ("u64", "i64", "f64", "pk_f32")
    return f"{file}[{index}:{index + 1}]" if wide else f"{file}{index}"


@functools.cache
def core() -> Core:
    found = library()
    assert found is not None
    return Core(found, GlobalMemory("none", ()), Settings(), Codes())


def ran_on_core(core: Core, bound: Bound, front: Front) -> bool:
    """Whether the core ran it, as all that a block has."""
    return core.advance(Block(0, 1, (bound,), None, None, -1, None, Counter()), 0, front) == (0, 1)


@functools.lru_cache(maxsize=16)
def pool(word: str, seed: str) -> np.ndarray:
    """uint64: edges and random operands of a type, two of them one behind the other where that fits."""
    element, rng = word.removeprefix("pk_"), random.Random(word + seed)
    drawn = [random_bits(element, rng) for _ in range(DRAWN)] + 16 * edges(element)
    upper = width_of(element) % 64
    return np.array([x | (rng.choice(drawn) << upper if upper else 0) & (1 << 64) - 1 for x in drawn], np.uint64)


def front(op: Op | None, line: str, seed: str, mode: int, some_off: bool) -> Front:
    """Registers with operands of the instruction's types where it reads them, and noise. some_off: EXEC as it comes."""
    vectors = 0 if line.startswith("s_") else 12
    waves = WAVES if vectors else 64 * WAVES  # as many operands
    made, rng = Front(vectors, vectors // 6, waves), np.random.default_rng(list((line + seed).encode()))
    for file in (made.v, made.a, made.s):
        file[:] = rng.integers(0, 1 << 32, file.shape, np.uint32)
    for at, word in enumerate(op.reads.split() if op else (), 1):
        if word not in ("mask", *IMPLICIT):
            for file in (made.v, made.s) if vectors else (made.s,):
                file = file[2 * at : 2 * at + 2]
                chosen = rng.choice(pool(word, seed), file.shape[1:])
                file[0], file[1] = chosen.astype(np.uint32), (chosen >> np.uint64(32)).astype(np.uint32)
    for index in (EXEC, VCC):
        made.set_pair(index, rng.integers(0, 1 << 64, waves, np.uint64))
    made.s[EXEC : EXEC + 2, 0] = 0
    if not some_off:
        made.s[EXEC : EXEC + 2] = 0xFFFFFFFF
    made.refresh_exec()
    made.scc[:] = rng.integers(0, 2, waves).astype(bool)
    made.mode, made.pending = mode, Pending()
    made.chunk = SimpleNamespace(settings=Settings(), lds=Lds(1, 16), sanitizer=None)
    return made


def differences(line: str, op: Op | None = None, mode: int = KEPT, some_off: bool = True, seed: str = "") -> list[str]:
    """Where the two cores' registers differ after an instruction."""
    first = front(op, line, seed, mode, some_off)
    fronts = first, first.select(np.arange(first.waves))
    bound, one = build(parse_line(line)), core()
    with np.errstate(all="ignore"):
        bound.run(fronts[0])
    one._codes = Codes()
    assert ran_on_core(one, bound, fronts[1]), f"the core lacks {line}"
    found = []
    for name in ("v", "a", "s", "scc", "active"):
        wanted, seen = (getattr(f, name) if getattr(f, name) is not None else np.ones(1, bool) for f in fronts)
        if wanted.shape != seen.shape or (wanted != seen).any():
            at = tuple(np.argwhere(wanted != seen)[0])
            operands = [f"{x:#x}" for x in (first.v if name == "v" else first.s)[2:8, *at[1:]]]
            found.append(f"{line}: {name}{list(map(int, at))} is {seen[at]}, needs {wanted[at]}, of {operands}")
    return found


def lines(mnemonic: str) -> list[str]:
    """The forms in which an instruction is tried."""
    op, others = TABLES[mnemonic], OTHERS.get(mnemonic, ())
    return [*([] if "bitop3" in op.modifiers else [line_of(mnemonic, op)]), *others]


def all_differences(table: str, mode: int, seed: str = "", names: slice = slice(None)) -> list[str]:
    return [
        difference
        for name in sorted(getattr(library(), table))[names]
        for line in lines(name)
        for some_off in (False, True)
        for difference in differences(line, TABLES[name], mode, some_off, seed)
    ]


def test_the_core_has_nothing_that_the_tables_have_not() -> None:
    found = library()
    assert found is not None
    assert {*found.vector, *found.scalar} <= set(TABLES)
    assert len(found.vector) > 200 and len(found.scalar) > 90


@pytest.mark.parametrize(("table", "mode"), [("vector", KEPT), ("vector", FLUSHED), ("scalar", KEPT)])
def test_each_instruction_gives_numpys_bits(table: str, mode: int) -> None:
    assert all_differences(table, mode) == []


def test_moves_between_lanes_and_scalars() -> None:
    assert [x for line in LANES_MOVED for x in differences(line)] == []


def test_a_process_that_flushes_denormals_does_not_change_the_core() -> None:
    smallest = front(None, "", "", KEPT, some_off=False)
    smallest.v[2], smallest.v[4] = 1, 2
    torch.set_flush_denormal(True)
    try:
        core()._codes = Codes()
        assert ran_on_core(core(), build(parse_line("v_add_f32_e32 v0, v2, v4")), smallest)
    finally:
        torch.set_flush_denormal(False)
    assert (smallest.v[0] == 3).all()


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """Nothing is built yet, and what will be goes elsewhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    building.load.cache_clear()
    library.cache_clear()
    yield monkeypatch
    building.load.cache_clear()
    library.cache_clear()


def test_without_a_compiler_numpy_executes(fresh: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    fresh.setattr(building, "compilers", list)
    assert library() is None
    said = executed_by(Settings())
    assert said == "the NumPy core: no C compiler was of use for the compiled core (there is none)"
    program = test_core_memory.program(1)
    assert test_core_memory.outcome(program, "compiled") == test_core_memory.outcome(program, "numpy")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_next_compiler_is_taken_where_one_fails_and_the_library_is_kept(fresh: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def compile_to(path: Path, command: list[str]) -> None:
        ran.append(command[0])
        if command[0] == "broken":
            raise OSError("error: it is broken")
        shutil.copy(kept, path)

    kept = building.cache_folder() / "kept.so"
    kept.parent.mkdir(parents=True)
    subprocess.run([*building.compilers()[0], "-x", "c", "-shared", "-o", str(kept), os.devnull], check=True)
    fresh.setattr(building, "compilers", lambda: [["broken"], ["good"]])
    fresh.setattr(building, "compile_to", compile_to)
    assert building.load().said == "compiled by good"
    assert set(ran) == {"broken", "good"} and ran.count("good") == 1
    building.load.cache_clear()
    assert building.load().said == "compiled by good" and ran.count("good") == 1
    assert sorted(path.suffix for path in kept.parent.iterdir()) == ["", ".so", ".so"]


def test_fast_math_is_not_had_by_asking(fresh: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Loading what was linked with it would flush the denormals of the whole process."""
    (tmp_path / "one.c").write_text("int one(void);\nint one(void) { return 1; }\n")
    fresh.setattr(building, "sources", lambda: [tmp_path / "one.c"])
    building.compile_to(tmp_path / "one.so", [*building.compilers()[0], "-ffast-math", *building.STRICT])
    try:
        ctypes.CDLL(str(tmp_path / "one.so"))
        assert np.array([1e-40], np.float32) * np.float32(1) > 0
    finally:
        torch.set_flush_denormal(False)


def test_sanitizers_of_addresses_and_undefined_behaviour_find_nothing(tmp_path: Path) -> None:
    asked = [*building.compilers()[0], "-print-file-name=libasan.so"]
    runtime = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if not Path(runtime).is_absolute():
        pytest.skip(f"{asked[0]} has no address sanitizer that can be preloaded")
    environment = {"LD_PRELOAD": runtime, "ASAN_OPTIONS": "detect_leaks=0", "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance.gfx950.sanitized"],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


if __name__ == "__main__":
    # Rounds of 131072 operands for each form of an instruction, denormals kept and flushed in turns: 8 are a million.
    # A second word, such as 1/4, is a part of the instructions.
    WAVES, DRAWN = 1024, 1 << 16
    part, parts = map(int, sys.argv[2].split("/")) if len(sys.argv) > 2 else (1, 1)
    sys.exit(
        "\n".join(
            difference
            for number in range(int(sys.argv[1]))
            for which, bits in (("vector", FLUSHED if number % 2 else KEPT), ("scalar", KEPT))
            for difference in all_differences(which, bits, f" {number}", slice(part - 1, None, parts))
        )
        or 0
    )
