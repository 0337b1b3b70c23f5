"""Is a step's cost that of its instructions, at the published rates?"""

from __future__ import annotations

import pytest

from conformance.gfx950.assembly import parse_line
from conformance.gfx950.lowering.step import clocks

SCALED = "v_mfma_scale_f32_{}_f8f6f4 v[0:{}], v[16:23], v[24:31], v[0:{}], v32, v33 op_sel_hi:[0,0,0]{}"
SMALL, LARGE = ("16x16x128", 3, 3), ("32x32x64", 15, 15)


def cost(*lines: str, warps: int = 4, waves: int = 2) -> dict[str, int]:
    return clocks(map(parse_line, lines), warps, waves)


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        (SCALED.format(*SMALL, ""), 32),
        (SCALED.format(*LARGE, ""), 64),
        (SCALED.format(*SMALL, " cbsz:4 blgp:4"), 16),
        (SCALED.format(*SMALL, " cbsz:4"), 32),  # FP4 by FP8
        ("v_mfma_f32_16x16x32_bf16 v[0:3], v[4:7], v[8:11], v[0:3]", 16),
        ("v_mfma_f32_32x32x16_f16 v[0:15], v[16:19], v[20:23], v[0:15]", 32),
        ("v_mfma_f32_16x16x4_f32 v[0:3], v4, v5, v[0:3]", 32),
    ],
)
def test_matrix_clocks_of_four_waves_on_four_units(instruction: str, expected: int) -> None:
    assert cost(instruction)["matrix"] == expected
    assert cost(instruction, instruction, warps=8)["matrix"] == 4 * expected


@pytest.mark.parametrize(
    ("instruction", "lds", "moved"),
    [
        ("ds_read_b128 v[4:7], v8", 16, 0),
        ("ds_write_b8 v8, v4", 1, 0),
        ("ds_read2st64_b64 v[4:7], v8 offset1:1", 16, 0),
        ("ds_read_b64_tr_b8 v[4:5], v8", 8, 0),
        ("buffer_load_dwordx4 v[4:7], v8, s[0:3], 0 offen", 0, 16),
        ("buffer_load_dwordx4 v8, s[0:3], 0 offen lds", 16, 16),
        ("global_load_lds_dwordx4 v[4:5], off", 16, 16),
        ("global_load_ubyte v4, v[8:9], off", 0, 1),
        ("buffer_store_short v4, v8, s[0:3], 0 offen", 0, 2),
        ("s_load_dwordx4 s[0:3], s[4:5], 0x0", 0, 0),
        ("ds_bpermute_b32 v4, v5, v6", 0, 0),
    ],
)
def test_bytes_of_a_workgroup(instruction: str, lds: int, moved: int) -> None:
    found = cost(instruction, SCALED.format(*SMALL, ""))
    assert (found["LDS"], found["global"]) == (4 * 64 * lds // 128, 4 * 64 * moved // 64)


def test_instructions_take_turns_on_a_simd() -> None:
    lines = [SCALED.format(*SMALL, ""), "v_add_f32_e32 v40, v41, v42", "s_add_u32 s0, s0, 1", "s_nop 0"]
    assert cost(*lines) == {"matrix": 32, "vector": 8, "issue": 8, "LDS": 0, "global": 0}
    assert cost(*lines, waves=1)["issue"] == 16
    assert cost(*lines, waves=3)["issue"] == 6, "5 1/3 are begun six"


def test_without_a_matrix_instruction_there_is_no_step() -> None:
    assert cost("v_add_f32_e32 v40, v41, v42") == {}
