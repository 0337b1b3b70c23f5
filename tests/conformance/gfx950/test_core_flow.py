"""Do waves take the same ways on both cores, and are they counted the same? Random programs of loops and branches."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest
import torch

from conformance.gfx950 import machine
from conformance.gfx950.assembly import parse
from conformance.gfx950.core import build, runs
from conformance.gfx950.errors import EmulationError
from conformance.gfx950.program import Block
from conformance.gfx950.settings import CORES, Settings
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.wave import Front
from tests.conformance.gfx950.test_machine import DESCRIPTOR, PROLOGUE, STORE, run

pytestmark = pytest.mark.skipif(not build.compilers(), reason="no C compiler is there")

PROGRAMS = 30
# s11: the wave's number in its workgroup; v3: what is stored in the end.
HEAD = """
	v_readfirstlane_b32 s11, v0
	s_lshr_b32 s11, s11, 6
	v_mov_b32_e32 v3, v1
	s_mov_b32 s20, 0
	v_mov_b32_e32 v5, 0
"""
# A dword that all change, so that it shows who came first.
SHARED = (
    "global_load_dword v6, v5, s[8:9]", "s_waitcnt vmcnt(0)", "v_add_u32_e32 v6, v6, v1", "v_mul_lo_u32 v6, v6, 3",
    "global_store_dword v5, v6, s[8:9]",
)  # fmt: skip
STEPS = (
    "v_mul_lo_u32 v3, v3, 17", "v_xor_b32_e32 v3, v3, v1", "v_add_u32_e32 v3, s11, v3", "s_add_i32 s20, s20, 5",
    "v_add_u32_e32 v3, s20, v3", "s_mul_i32 s20, s20, 3", "v_exp_f32_e32 v4, v1",
)  # fmt: skip
# What sets a bit, and the branch that asks for it.
CONDITIONS = (
    ("s_cmp_lt_u32 s11, {n}", "scc0"), ("s_bitcmp1_b32 s4, 0", "scc1"), ("s_bitcmp1_b32 s20, {n}", "scc1"),
    ("v_cmp_gt_u32_e32 vcc, {n}, v0", "vccz"), ("v_cmp_eq_u32_e32 vcc, {n}, v1", "vccnz"),
    ("s_cmp_eq_u32 s11, s11", "scc0"), ("s_cmp_eq_u32 s11, s11", "scc1"),
)  # fmt: skip
TIMES = ("3", "7", "s11", "s4", "40")


class Writer:
    """Of one program's text. Loops are counted in registers by how deep they are."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.labels = rng, 0

    def body(self, depth: int, together: bool) -> Iterator[str]:
        """together: whether all waves of a workgroup come here."""
        for _ in range(self.rng.randrange(1, 4)):
            kind = self.rng.choice(("steps", "loop", "branch", "exec", "barrier") if depth < 3 else ("steps",))
            self.labels += 1
            if kind == "steps":
                yield from self.rng.choices(STEPS, k=self.rng.randrange(3))
                yield from self.rng.choice(((), SHARED))
            elif kind == "barrier":
                yield from ["s_barrier"] if together else []
            elif kind == "loop":
                yield from self.loop(depth, together, self.labels)
            else:
                yield from self.branch(kind, depth, self.labels)

    def loop(self, depth: int, together: bool, label: int) -> Iterator[str]:
        times, at = self.rng.choice(TIMES[: 5 if depth == 0 else 3]), 21 + depth
        yield f"s_mov_b32 s{at}, 0"
        yield f".L{label}:"
        yield from self.body(depth + 1, together and times != "s11")
        yield f"s_add_i32 s{at}, s{at}, 1"
        yield f"s_cmp_lt_u32 s{at}, {times}"
        yield f"s_cbranch_scc1 .L{label}"

    def branch(self, kind: str, depth: int, label: int) -> Iterator[str]:
        if kind == "exec":
            yield f"v_cmp_gt_u32_e32 vcc, {self.rng.choice((0, 7, 100))}, v0"
            yield f"s_and_saveexec_b64 s[{26 + 2 * depth}:{27 + 2 * depth}], vcc"
            yield f"s_cbranch_{self.rng.choice(('execz', 'execnz'))} .L{label}"
        else:
            how, bit = self.rng.choice(CONDITIONS)
            yield how.format(n=self.rng.randrange(1, 4))
            yield f"s_cbranch_{bit} .L{label}"
        yield from self.body(depth + 1, together=False)
        if self.rng.random() < 0.3:
            yield f"s_branch .L{label}"
            yield "v_mov_b32_e32 v3, 0"
        yield f".L{label}:"
        if kind == "exec":
            yield f"s_mov_b64 exec, s[{26 + 2 * depth}:{27 + 2 * depth}]"


def program(seed: int) -> str:
    writer = Writer(random.Random(seed))
    lines = (line for _ in range(2) for line in writer.body(0, together=True))
    body = "".join(f"\t{line}\n" if line[0] != "." else f"{line}\n" for line in lines)
    return HEAD + body + STORE.replace("s[8:9]", "s[8:9] offset:4") + DESCRIPTOR


def outcome(seed: int, core: str) -> tuple[object, ...]:
    """What was stored, counted and said."""
    kernel = parse(f'\t.amdgcn_target "amdgcn-amd-amdhsa--gfx950"\nprobe:\n{PROLOGUE.format(shift=7)}{program(seed)}')
    out, said, counts = torch.zeros(385, dtype=torch.int32), "", None
    memory = GlobalMemory("probe", [("out", view := out[:250])])
    segment = memory.address_of(view).to_bytes(8, "little")
    most = random.Random(seed).choice((1 << 30, 1 << 30, 300))
    try:
        counts = machine.execute(kernel, memory, segment, (3, 1, 1), 2, 0, Settings(most_instructions=most, core=core))
    except EmulationError as error:
        said = f"{type(error).__name__}: {error}"
    return said, out.tolist(), counts


@pytest.mark.parametrize("patience", [machine.PATIENCE, 3])
def test_random_programs_go_the_same_ways_on_both_cores(patience: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PATIENCE", patience)
    met = Counter[object]()
    for seed in range(PROGRAMS):
        numpys, compileds = (outcome(seed, core) for core in reversed(CORES))
        met[numpys[0]] += 1
        assert numpys == compileds, program(seed)
    assert met[""] >= 10 and met["Runaway: kernel probe does not end"] >= 3, met


def test_a_loop_stays_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    advance, calls = runs.Core.advance, list[int]()

    def counted(self: runs.Core, block: Block, at: int, front: Front) -> tuple[int, int]:
        calls.append(at)
        return advance(self, block, at, front)

    monkeypatch.setattr(runs.Core, "advance", counted)
    body = (
        "\ts_mov_b32 s20, 0\n.L:\n\ts_add_i32 s20, s20, 1\n\ts_barrier\n\ts_cmp_lt_u32 s20, 1000\n\ts_cbranch_scc1 .L\n"
    )
    out, counts = run(body + "\tv_mov_b32_e32 v3, s20" + STORE)
    assert (out == 1000).all() and counts.instructions["BRANCH"] == 4 * 1000
    assert abs(len(calls) - 2 * 1000 / machine.PATIENCE) < 5  # now and then Python looks for signals
