"""Does a kernel that was compiled past a limit stand out, and only such a one?"""

from __future__ import annotations

import pytest

from reports.forms.html.page import to_html
from reports.views.lowering import passed_limits, variants
from reports.views.report import Report
from tests.reports.small_reports import ROWS, write

FACTS = {
    "kernel": "_kernel",
    "variant": "BLOCK_M=16 BLOCK_N=128 warps=4 | 4*u8",
    "arch": "gfx950",
    "warps": 4,
    "vgprs": 256,
    "agprs": 256,
    "sgprs": 50,
    "lds": 163840,
    "scratch": 0,
    "vgpr_spills": 0,
    "sgpr_spills": 0,
    "waves": 1,
    "round": 0,
    "denormal": 3,
    "mode_writes": [],
    "scaled": [2, 4],
    "unscaled": [0, 0],
    "upcasts": [0, 0],
    "scale_files": "v",
    "dots": 0,
    "scaled_dots": 1,
    "instructions": {"MFMA": 4},
    "loop": {"MFMA": 2},
    "step": {"matrix": 512, "LDS": 528, "global": 1792},
}
PASSED = {
    "registers above 512": {"agprs": 257},
    "LDS above 163840": {"lds": 163841},
    "no workgroup fits": {"waves": 0},
    "spills": {"sgpr_spills": 1},
    "scratch": {"scratch": 4},
    "another FP32 mode": {"mode_writes": ["s_setreg_imm32_b32 hwreg(HW_REG_MODE), 1"]},
    "scaled products not by MFMA": {"scaled": [0, 0]},
}


def test_at_every_limit_none_is_passed():
    assert passed_limits(FACTS) == []
    assert passed_limits(FACTS | {"scaled": [0, 0], "scaled_dots": 0}) == []


@pytest.mark.parametrize("words", PASSED)
def test_each_limit_by_itself(words):
    assert passed_limits(FACTS | PASSED[words]) == [f"! {words}"]


@pytest.mark.parametrize("changed", [{"round": 1}, {"denormal": 0}, {"vgpr_spills": 3}])
def test_modes_and_spills_of_either_kind(changed):
    assert len(passed_limits(FACTS | changed)) == 1


def test_registers_and_lds_of_an_unknown_architecture_have_no_limit_here():
    other = FACTS | {"arch": "sm_90", "lds": 1 << 20, "vgprs": 4000}
    assert passed_limits(other) == [] and passed_limits(other | {"scratch": 8}) == ["! scratch"]


def test_the_table_and_the_sentence_above_it_say_so(tmp_path):
    document = write(tmp_path, ROWS)
    document["cases"][0]["lowering"] = [FACTS]
    assert "All 1 variants keep the limits" in to_html(Report(document))
    worse = FACTS | {"variant": "BLOCK_M=32 warps=4", "scratch": 16, "lds": 1 << 20}
    document["cases"][1]["lowering"] = [worse]
    text = to_html(Report(document))
    assert "1 of 2 variants pass a limit" in text and "! LDS above 163840, ! scratch" in text
    table = variants(document)
    named = dict(zip(table.head, table.rows[0], strict=True))
    wanted = {"tile": "M=16 N=128", "limits": "kept", "waves": "4", "waves/SIMD": "1", "VGPR": "256", "AGPR": "256"}
    assert wanted.items() <= named.items()
    assert (named["scaled MFMA"], named["other MFMA"], named["LDS"]) == ("2/4", "0/0", "163840")
    assert named["clocks of a step"] == "global 1,792, LDS 528, matrix 512"
