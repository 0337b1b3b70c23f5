"""Do both cores touch the same bytes, count the same and refuse in the same words? Random programs of accesses."""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import pytest

from conformance.gfx950 import machine
from conformance.gfx950.assembly import parse
from conformance.gfx950.core import build, runs
from conformance.gfx950.errors import EmulationError
from conformance.gfx950.program import Block
from conformance.gfx950.settings import CORES, Settings
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.wave import Front

pytestmark = pytest.mark.skipif(not build.compilers(), reason="no C compiler is there")

PROGRAMS, LENGTH = 45, 24
HEAD = """
	.amdgcn_target "amdgcn-amd-amdhsa--gfx950"
probe:
	s_load_dwordx4 s[8:11], s[2:3], 0x0
	v_lshlrev_b32_e32 v1, 4, v0
	v_and_b32_e32 v2, 0x3ff, v1
	v_lshlrev_b32_e32 v3, 2, v0
	s_waitcnt lgkmcnt(0)
	s_mov_b64 s[12:13], s[10:11]
	s_movk_i32 s14, 0x7c8
	s_mov_b32 s15, 0x27000
	s_mov_b64 s[16:17], s[8:9]
	s_mov_b32 s18, 0x7ffffffe
	s_mov_b32 s19, 0x27000
	v_cmp_gt_u32_e32 vcc, 40, v0
	v_cndmask_b32_e32 v4, v3, v2, vcc
	v_bfrev_b32_e32 v5, 1
	v_cndmask_b32_e32 v5, v5, v2, vcc
	s_mov_b32 m0, 0x100
	v_mov_b32_e32 v6, v1
	v_mov_b32_e32 v7, v3
"""
DESCRIPTOR = """
	s_endpgm
	.amdhsa_kernel probe
		.amdhsa_user_sgpr_count 4
		.amdhsa_user_sgpr_dispatch_ptr 1
		.amdhsa_user_sgpr_kernarg_segment_ptr 1
		.amdhsa_system_sgpr_workgroup_id_x 1
		.amdhsa_next_free_vgpr 32
		.amdhsa_next_free_sgpr 32
		.amdhsa_accum_offset 24
		.amdhsa_float_denorm_mode_32 3
		.amdhsa_float_denorm_mode_16_64 3
	.end_amdhsa_kernel
"""
WORDS = {"dword": 1, "dwordx2": 2, "dwordx3": 3, "dwordx4": 4}
LOADS = (*WORDS, "ubyte", "sbyte", "ushort", "sshort", "ubyte_d16", "short_d16_hi", "sbyte_d16_hi")
STORES = (*WORDS, "byte", "short", "short_d16_hi")
KINDS = (
    "global_load", "global_store", "buffer_load", "buffer_store", "read", "write", "two", "to_lds", "scalar", "exec",
    "lane",
)  # fmt: skip
READS = {
    "b32": 1, "b64": 2, "b128": 4, "u8": 1, "i8": 1, "u16": 1, "i16": 1, "u16_d16_hi": 1, "b96": 3, "b64_tr_b8": 2,
    "b64_tr_b16": 2,
}  # fmt: skip
WRITES = {"b32": 1, "b64": 2, "b128": 4, "b8": 1, "b16": 1, "b96": 3}


class Bytes:
    """An array as a tensor's memory: the middle of it is the view."""

    def __init__(self, array: np.ndarray, first: int, size: int) -> None:
        self.array, self.first, self.shape, self.dtype = array, first, (size,), "uint8"

    def data_ptr(self) -> int:
        return self.array.ctypes.data + self.first

    def stride(self) -> tuple[int, ...]:
        return (1,)

    def element_size(self) -> int:
        return 1

    def reach(self) -> tuple[int, int]:
        return self.array.ctypes.data, self.array.ctypes.data + self.array.size


def registers(rng: random.Random, count: int) -> str:
    """Of those that the addresses are not in."""
    file, first = rng.choice("vva"), rng.randrange(8, 24 - count)
    first = first if file == "v" else rng.randrange(0, 8 - count)
    return f"{file}[{first}:{first + count - 1}]" if count > 1 else f"{file}{first}"


def lines(rng: random.Random) -> Iterator[str]:
    """One instruction, and as a rule a wait."""
    offset = rng.choice((0, 4, 16, 256, 1, 1000)) if rng.random() < 0.97 else 3100
    kind = rng.choice(KINDS)
    if kind in ("global_load", "buffer_load"):
        name = rng.choice(LOADS)
        to = registers(rng, WORDS.get(name, 1))
        if kind == "global_load":
            low = -offset if offset == 3100 else offset
            yield f"global_load_{name} {to}, v{rng.choice((2, 3, 4))}, s[10:11] offset:{low}"
        else:
            shift = rng.choice(("0", "s14"))
            yield f"buffer_load_{name} {to}, v{rng.choice((2, 3, 5))}, s[12:15], {shift} offen offset:{offset}"
    elif kind in ("global_store", "buffer_store"):
        name = rng.choice(STORES)
        of = registers(rng, WORDS.get(name, 1))
        if kind == "global_store":
            yield f"global_store_{name} v{rng.choice((2, 3, 4))}, {of}, s[8:9] offset:{offset}"
        else:
            yield f"buffer_store_{name} {of}, v{rng.choice((2, 3, 5))}, s[16:19], 0 offen offset:{offset}"
    elif kind == "read":
        name = rng.choice(list(READS))
        yield f"ds_read_{name} {registers(rng, READS[name])}, v{rng.choice((2, 3, 6))} offset:{offset}"
    elif kind == "write":
        name = rng.choice(list(WRITES))
        yield f"ds_write_{name} v{rng.choice((2, 3, 6))}, {registers(rng, WRITES[name])} offset:{offset}"
    elif kind == "two":
        yield f"ds_write2_b32 v{rng.choice((2, 3))}, v{rng.randrange(8, 24)}, v7 offset0:{rng.randrange(9)} offset1:9"
        yield f"ds_read2st64_b32 {registers(rng, 2)}, v3 offset1:{rng.randrange(2)}"
    elif kind == "to_lds":
        where = rng.choice(("buffer_load_dwordx4 v5, s[12:15], 0 offen", "buffer_load_dword v3, s[12:15], 0 offen"))
        yield rng.choice((f"{where} offset:{offset} lds", "global_load_lds_dwordx4 v2, s[10:11]"))
    elif kind == "scalar":
        yield rng.choice(("s_load_dwordx2 s[20:21], s[10:11], 0x18", "s_load_dword s20, s[10:11], s14 offset:0x4"))
        yield "s_mov_b32 m0, 0x400" if rng.random() < 0.3 else "s_mov_b32 m0, 0"
    elif kind == "exec":
        yield f"s_mov_b64 exec, {rng.choice(('-1', 'vcc', '0', '0x5555aaaa'))}"
    else:
        yield f"ds_bpermute_b32 {registers(rng, 1).replace('a', 'v')}, v{rng.choice((2, 3))}, v7"
    if rng.random() < 0.8:
        everything = ("s_waitcnt vmcnt(0) lgkmcnt(0)",) * 4
        yield rng.choice((*everything, "s_waitcnt vmcnt(1)", "s_waitcnt lgkmcnt(0)", "s_barrier"))


def program(seed: int) -> str:
    rng = random.Random(seed)
    body = [f"v_mov_b32_e32 v{at}, v{rng.choice((1, 2, 3))}" for at in range(8, 24)] + [
        f"v_accvgpr_write_b32 a{at}, v{rng.randrange(8, 24)}" for at in range(8)
    ]
    if rng.random() < 0.8:  # all of LDS is written
        body += [f"ds_write_b128 v1, v[8:11] offset:{at}" for at in (0, 2048)] + ["s_waitcnt lgkmcnt(0)", "s_barrier"]
    for _ in range(LENGTH):
        body += lines(rng)
    body += ["s_waitcnt vmcnt(0) lgkmcnt(0)", "s_mov_b64 exec, -1"]
    for at in range(24):
        body += [f"global_store_dword v3, v{at}, s[8:9] offset:{2048}" if at % 5 else f"v_add_u32_e32 v3, {at}, v3"]
    return HEAD + "".join(f"\t{line}\n" for line in body) + DESCRIPTOR


APART = {  # by which no two lanes touch the same bytes in one instruction, as they come out of HEAD
    "v_and_b32_e32 v2, 0x3ff, v1": "v_mov_b32_e32 v2, v1",
    "v_lshlrev_b32_e32 v3, 2, v0": "v_mov_b32_e32 v3, v1\n\tv_readfirstlane_b32 s22, v1",
    "s_mov_b64 s[16:17]": "s_lshl_b32 s23, s4, 12\n\ts_add_u32 s8, s8, s23\n\ts_addc_u32 s9, s9, 0\n"
    "\ts_mov_b64 s[16:17]",
    "s_mov_b32 m0, ": "s_add_u32 m0, s22, ",
    "s[8:9] offset:2048": "s[8:9] offset:1984",
    "3100": "28",
}


def apart(text: str, seed: int) -> str:
    """A program whose races are of missing barriers and waits, of which there are more or fewer."""
    rng, ordered = random.Random(seed), ("\ts_waitcnt vmcnt(0) lgkmcnt(0)\n", "\ts_barrier\n")
    for what, instead in APART.items():
        text = text.replace(what, instead)
    begin, end = text.index("v_mov_b32_e32 v7"), text.index("\ts_endpgm")
    often = rng.choice(((0.2, 0.4), (0.9, 0.6), (0.9, 0.98), (0.5, 0.98), (0.2, 0.98)))
    body = [line for line in text[begin:end].splitlines(keepends=True) if not line.startswith("\tv_add_u32_e32 v3")]
    more = [line + "".join(x for x, p in zip(ordered, often, strict=True) if rng.random() < p) for line in body]
    return text[:begin] + "".join(more) + text[end:]


def aligned(array: np.ndarray) -> np.ndarray:
    """A copy that begins where the memory does that a kernel sees: addresses keep the low 6 bits of real ones."""
    room = np.empty(array.size + 64, np.uint8)
    start = -room.ctypes.data % 64
    room[start : start + array.size] = array
    return room[start : start + array.size]


def outcome(text: str, core: str, sanitize: bool = False) -> tuple[bytes, str, object]:
    """The bytes of the tensors, the error's words, the counts."""
    rng = np.random.default_rng(1)
    out, source = (Bytes(aligned(rng.integers(0, 256, 8192, np.uint8)), first, 6000) for first in (16, 64))
    memory = GlobalMemory("probe", [("out", out), ("source", source)], Bytes.reach)
    segment = b"".join(memory.address_of(tensor).to_bytes(8, "little") for tensor in (out, source))
    said, counts, settings = "", None, Settings(core=core, sanitize=sanitize)
    try:
        counts = asdict(machine.execute(parse(text), memory, segment, (2, 1, 1), 2, 4096, settings))
    except EmulationError as error:
        said = f"{type(error).__name__}: {error}"
    return out.array.tobytes() + source.array.tobytes(), said, counts


def differences(seeds: range, met: Counter[str], sanitize: bool = False) -> list[str]:
    """met: kinds of errors, counted; of races what comes before the first number, too."""
    found = []
    for seed in seeds:
        text = apart(program(seed), seed) if sanitize else program(seed)
        numpys, compileds = (outcome(text, core, sanitize) for core in reversed(CORES))
        kind, _, words = numpys[1].partition(":")
        met[kind] += 1
        met.update(name for name, pattern in RACES.items() if re.search(pattern, words))
        if numpys != compileds:
            found.append(f"program {seed}: {numpys[1:]}, {compileds[1:]}")
    return found


RACES = {
    "store, store": "stores LDS .* wrote", "load, store": "stores LDS .* read at", "store, load": "loads LDS .* wrote",
    "late": "its wait stands after it", "own": "which its own", "lanes": "store different values",
    "tensor": "of out, which",
}  # fmt: skip


@pytest.mark.parametrize("sanitize", [False, True])
def test_random_programs_do_the_same_on_both_cores(monkeypatch: pytest.MonkeyPatch, sanitize: bool) -> None:
    ran, advance = Counter[str](), runs.Core.advance

    def counted(self: runs.Core, block: Block, at: int, front: Front) -> tuple[int, int]:
        start, reached = advance(self, block, at, front)
        ran["compiled"] += start + reached - block.start - at
        ran["left"] += reached < len(block.bound)
        return start, reached

    monkeypatch.setattr(runs.Core, "advance", counted)
    met = Counter[str]()
    assert differences(range(PROGRAMS), met, sanitize) == []
    assert ran["compiled"] > 10 * ran["left"]
    assert all(met[kind] >= 3 for kind in ("", "Hazard", "Race" if sanitize else "IllegalAccess")), met
    assert not sanitize or all(met[kind] for kind in RACES), met


if __name__ == "__main__":  # the number of programs
    seen = Counter[str]()
    unlike = [x for sanitize in (False, True) for x in differences(range(int(sys.argv[1])), seen, sanitize)]
    sys.stdout.write("\n".join(unlike) + f"\n{dict(seen)}\n")
