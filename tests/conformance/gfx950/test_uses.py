"""Is a value that nothing has written told where it is used, and nowhere else? Small kernels on the whole machine."""

from __future__ import annotations

import re

import pytest

from conformance.gfx950.errors import Hazard
from tests.conformance.gfx950 import test_machine
from tests.conformance.gfx950.test_machine import run

# v3 from LDS that nothing has written, odd lanes of the first wave's are.
UNWRITTEN = """
	v_and_b32_e32 v5, 1, v1
	v_lshlrev_b32_e32 v4, 2, v0
	v_cmp_eq_u32_e32 vcc, 1, v5
	s_and_saveexec_b64 s[12:13], vcc
	ds_write_b32 v4, v1
	s_mov_b64 exec, s[12:13]
	ds_read_b32 v3, v4
	s_waitcnt lgkmcnt(0)
"""
USED = {  # what uses v3, or what came of it -> the register that the message names
    "stored": ("global_store_dword v2, v3, s[8:9]", "v3"),
    "stored to LDS": ("ds_write_b32 v4, v3", "v3"),
    "an address": ("v_mov_b32_e32 v6, v3\n\tglobal_load_dword v7, v6, s[8:9]", "v6"),
    "an address in LDS": ("ds_read_b32 v7, v3", "v3"),
    "compared": ("v_cmp_eq_u32_e32 vcc, 0, v3", "v3"),
    "added": ("v_add_u32_e32 v6, 1, v3", "v3"),
    "accumulated": ("v_fmac_f32_e32 v3, v1, v1", "v3"),
    "a matrix operand": ("v_mfma_f32_16x16x4_f32 a[0:3], v3, v1, a[0:3]", "v3"),
    "selected": ("v_cndmask_b32_e32 v6, v1, v3, vcc", "v3"),
    "moved by DPP": ("v_mov_b32_dpp v6, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf", "v3"),
    "by way of AGPRs": ("v_accvgpr_write_b32 a1, v3\n\tv_accvgpr_read_b32 v6, a1\n\tv_not_b32_e32 v6, v6", "v6"),
    "by way of scratch": ("scratch_store_dword off, v3, off\n\tscratch_load_dword v6, off, off\n\t"
                          "s_waitcnt vmcnt(0)\n\tv_not_b32_e32 v6, v6", "v6"),
    "as a scalar": ("v_readlane_b32 s14, v3, 2\n\ts_mov_b32 s15, s14\n\ts_add_i32 s16, s15, 1", "s15"),
    "as the first lane": ("v_readfirstlane_b32 s14, v3\n\tv_mov_b32_e32 v6, s14\n\tv_not_b32_e32 v6, v6", "v6"),
    "by way of a lane": ("v_readlane_b32 s14, v3, 2\n\tv_writelane_b32 v6, s14, 5\n\tv_readlane_b32 s15, v6, 5"
                         "\n\ts_cmp_eq_u32 s15, 0", "s15"),
    "a lane as a mask": ("v_readlane_b32 vcc_lo, v3, 2", "v3"),
    "a branch": ("v_readlane_b32 s14, v3, 2\n\ts_mov_b32 vcc_lo, s14", "s14"),
}  # fmt: skip
UNUSED = {  # what carries v3 on or looks at it elsewhere, and stops nothing
    "loaded alone": "",
    "spilled and never looked at": "scratch_store_dword off, v3, off\n\tscratch_load_dword v6, off, off"
    "\n\ts_waitcnt vmcnt(0)",
    "overwritten": "v_mov_b32_e32 v3, v1\n\tv_not_b32_e32 v3, v3",
    "loaded anew": "global_load_dword v3, v2, s[8:9]\n\ts_waitcnt vmcnt(0)\n\tv_not_b32_e32 v3, v3",
    "an accumulator that matrices write": "v_accvgpr_write_b32 a1, v3\n\tv_mfma_f32_16x16x4_f32 a[0:3], v1, v1, 0"
    "\n\tv_accvgpr_read_b32 v6, a1\n\tv_not_b32_e32 v6, v6",
    "a lane that was written": "v_readlane_b32 s14, v3, 3\n\ts_add_i32 s14, s14, 1",
    "a lane that is written anew": "v_writelane_b32 v3, s4, 2\n\tv_readlane_b32 s14, v3, 2\n\ts_add_i32 s14, s14, 1",
    "lanes that are off": "s_mov_b64 exec, s[12:13]\n\ts_and_saveexec_b64 s[14:15], vcc\n\tv_not_b32_e32 v6, v3"
    "\n\ts_mov_b64 exec, s[14:15]",
}  # fmt: skip
_ENOUGH = test_machine.DESCRIPTOR.replace(
    "next_free_vgpr 16", "next_free_vgpr 16\n\t\t.amdhsa_private_segment_fixed_size 16"
)


@pytest.mark.parametrize("name", [*USED, *UNUSED])
def test_what_nothing_has_written_is_told_where_it_is_used(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(test_machine, "DESCRIPTOR", _ENOUGH)
    settings = {"groups": 1, "warps": 2, "lds": 512}
    if name in UNUSED:
        run(f"{UNWRITTEN}\t{UNUSED[name]}\n\ts_endpgm\n", **settings)  # type: ignore[arg-type]
        return
    body, register = USED[name]
    last = re.escape(body.rpartition("\t")[2])
    source = "scratch offset 0" if "scratch" in name else "LDS offset 0"
    lanes = {
        "as a scalar": 2,
        "by way of a lane": 2,
        "a branch": 2,
        "a lane as a mask": 2,
        "as the first lane": 128,
    }.get(name, 64)
    message = rf"kernel probe, line \d+ \({last}\): uses {register}, which line \d+ \(.*\) loaded from {source}, which"
    with pytest.raises(Hazard, match=f"{message} nothing has written, in {lanes} lanes; the first is lane 0 of wave 0"):
        run(f"{UNWRITTEN}\t{body}\n\ts_endpgm\n", **settings)  # type: ignore[arg-type]


def test_waves_that_part_and_rejoin_keep_what_is_undefined() -> None:
    """Waves with an odd number write their LDS before they read it; all meet again, then all but they use it."""
    body = """
	v_lshlrev_b32_e32 v4, 2, v0
	v_readfirstlane_b32 s16, v1
	s_bitcmp1_b32 s16, 6
	s_cbranch_scc0 .Leven
	ds_write_b32 v4, v1
.Leven:
	ds_read_b32 v3, v4
	s_waitcnt lgkmcnt(0)
	s_cbranch_scc0 .Lmeet
	v_not_b32_e32 v3, v3
.Lmeet:
	v_mov_b32_e32 v5, v3
"""
    run(body + "\ts_endpgm\n", lds=512)
    message = r"\(v_not_b32_e32 v5, v5\): uses v5, .* in 128 lanes; the first is lane 0 of wave 0"
    with pytest.raises(Hazard, match=message):
        run(body + "\tv_not_b32_e32 v5, v5\n\ts_endpgm\n", lds=512)
