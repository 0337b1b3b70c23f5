"""Is machine code that must not pass found out? Kernels that are compiled so, and edits of one that is right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict

import pytest

from conformance.gfx950.assembly import parse
from conformance.gfx950.lowering import facts as lowering
from conformance.gfx950.lowering.facts import facts, waves_per_simd
from conformance.root import ROOT
from tests.conformance.gfx950.processes import compiling

AGAINST = ("unscaled_path", "upcast_path", "spills", "over_limits", "fp_mode", "scales_elsewhere")
MODE = "s_setreg_imm32_b32 hwreg(HW_REG_MODE, {}), {}"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """name -> what facts() takes, of tests.conformance.gfx950.compiling's kernels."""
    out = tmp_path_factory.mktemp("compiled") / "kernels.json"
    words = [sys.executable, "-m", "tests.conformance.gfx950.compiling", str(out)]
    done = subprocess.run(words, cwd=ROOT, env=compiling(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Compiled(json.loads(out.read_text()))


class Compiled(dict):
    """A kernel that this Triton does not compile skips what asks for it."""

    def __missing__(self, name):
        pytest.skip(f"this Triton does not compile the kernel {name}")


def facts_of(compiled, **changed):
    given = {**compiled, **changed}
    return facts(parse(given.pop("asm")), **given)


def complaints(found) -> set[str]:
    """The functions that have something against a kernel."""
    return {name for name in AGAINST if getattr(lowering, name)(found)}


def in_loop(text: str, line: str) -> str:
    """The text with one more instruction before its K loop's first matrix instruction."""
    return text.replace("\tv_mfma", f"\t{line}\n\tv_mfma", 1)


def behind_the_loop(text: str, line: str) -> str:
    return text.replace("\ts_endpgm", f"\t{line}\n\ts_endpgm", 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scaled", set()),
        ("scaled-32", set()),
        ("mixed", {"unscaled_path", "upcast_path"}),
        ("upcast", set()),  # it has no tl.dot_scaled; the pipeline's check asks for one
        ("spilling", {"unscaled_path", "upcast_path", "spills"}),
        ("flushing", {"fp_mode"}),
        ("gfx942", {"unscaled_path", "upcast_path"}),
    ],
)
def test_compiled_kernels(compiled, name, expected):
    assert complaints(facts_of(compiled[name])) == expected


def test_the_fallback_is_told_from_the_scaled_path(compiled):
    assert lowering.no_fallback(facts_of(compiled["gfx942"])) == []
    assert lowering.no_fallback(facts_of(compiled["upcast"])) == []  # nothing to fall back from
    assert re.search(r"0 MFMA without scales.* 8 with", lowering.no_fallback(facts_of(compiled["scaled"]))[0])


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda t: t.replace("private_segment_fixed_size 0", "private_segment_fixed_size 16"), {"spills"}),
        (lambda t: t.replace(".vgpr_spill_count: 0", ".vgpr_spill_count: 3"), {"spills"}),
        (lambda t: t.replace(".sgpr_spill_count: 0", ".sgpr_spill_count: 2"), {"spills"}),
        (lambda t: in_loop(t, "v_cvt_scalef32_pk_bf16_fp8 v1, v2, v3"), {"upcast_path"}),
        (lambda t: in_loop(t, "v_cvt_pk_f32_fp8_e32 v[2:3], v4"), {"upcast_path"}),
        (lambda t: behind_the_loop(t, "v_cvt_f32_fp8_e32 v1, v2"), {"upcast_path"}),
        (lambda t: in_loop(t, "v_cvt_pk_bf16_f32 v1, v2, v3"), set()),  # narrower
        (lambda t: in_loop(t, "v_mfma_f32_32x32x16_bf16 a[0:15], v[0:3], v[4:7], a[0:15]"), {"upcast_path"}),
        (
            lambda t: re.sub(r"v_mfma_scale_(\S+ [^,]*, [^,]*, [^,]*, [^,]*), .*", r"v_mfma_\1", t),
            {"unscaled_path", "upcast_path"},
        ),
        (lambda t: re.sub(r"(v_mfma_scale_.*), v\d+, (v\d+ )", r"\1, s3, \2", t), {"scales_elsewhere"}),
        (lambda t: re.sub(r"(v_mfma_scale_.*), v\d+, (v\d+ )", r"\1, a3, \2", t, count=1), {"scales_elsewhere"}),
        (lambda t: re.sub(r"(v_mfma_scale_.*, v\d+), v\d+ ", r"\1, 127 ", t, count=1), {"scales_elsewhere"}),
        (lambda t: t.replace("denorm_mode_32 3", "denorm_mode_32 0"), {"fp_mode"}),
        (lambda t: t.replace("denorm_mode_32 3", "denorm_mode_32 1"), {"fp_mode"}),  # operands flushed
        (lambda t: t.replace("round_mode_32 0", "round_mode_32 3"), {"fp_mode"}),
        (lambda t: in_loop(t, MODE.format("4, 2", 0)), {"fp_mode"}),
        (lambda t: in_loop(t, MODE.format("0, 2", 1)), {"fp_mode"}),
        (lambda t: in_loop(t, MODE.format("5, 1", 0)), {"fp_mode"}),
        (lambda t: in_loop(t, "s_setreg_b32 hwreg(HW_REG_MODE), s3"), {"fp_mode"}),
        (lambda t: in_loop(t, MODE.format("4, 2", 3)), set()),
        (lambda t: in_loop(t, MODE.format("0, 8", 0xF0)), set()),
        (lambda t: in_loop(t, MODE.format("23, 1", 1)), set()),  # saturation of FP8 conversions
        (lambda t: in_loop(t, "s_setreg_imm32_b32 hwreg(HW_REG_TRAPSTS, 4, 2), 0"), set()),
        (lambda t: t.replace("next_free_vgpr 90", "next_free_vgpr 520"), {"over_limits"}),
    ],
)
def test_edits_of_a_right_kernel(compiled, edit, expected):
    kernel = compiled["scaled"]
    edited = edit(kernel["asm"])
    assert edited != kernel["asm"]
    assert complaints(facts_of(kernel, asm=edited)) == expected


def test_matrix_instructions_outside_of_the_loop_do_not_count_for_it(compiled):
    kernel = compiled["scaled"]
    found = facts_of(kernel)
    assert found.scaled == (4, 8)  # the pipelined loop's last step stands behind it
    lines = kernel["asm"].splitlines(keepends=True)
    at = [i for i, line in enumerate(lines) if "v_mfma_scale" in line]
    without = [line for i, line in enumerate(lines) if i not in at[:4]]
    behind = facts_of(kernel, asm="".join(without))
    assert behind.scaled == (4, 4), "no loop has one any more, so the whole kernel is looked at"
    with_bf16 = [*without]
    with_bf16.insert(at[0], "\tv_mfma_f32_32x32x16_bf16 a[0:15], v[0:3], v[4:7], a[0:15]\n")
    found = facts_of(kernel, asm="".join(with_bf16))
    assert (found.scaled, found.unscaled) == ((0, 4), (1, 1))
    assert complaints(found) == {"unscaled_path", "upcast_path"}


def test_a_plain_dot_may_stand_beside_a_scaled_loop(compiled):
    kernel = compiled["scaled"]
    edited = behind_the_loop(kernel["asm"], "v_mfma_f32_32x32x16_bf16 a[0:15], v[0:3], v[4:7], a[0:15]")
    both = kernel["ttir"] + "\n%9 = tt.dot %1, %2, %3"
    assert complaints(facts_of(kernel, asm=edited, ttir=both)) == set()
    assert complaints(facts_of(kernel, asm=edited)) == {"upcast_path"}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"lds": 160 * 1024 + 16}, "163856 bytes of LDS"),
        ({"warps": 32}, "no workgroup fits"),  # 5 waves on each of 4 SIMDs
    ],
)
def test_what_does_not_fit(compiled, changed, problem):
    assert problem in lowering.over_limits(facts_of(compiled["scaled"], **changed))[0]
    assert lowering.over_limits(facts_of(compiled["scaled"], lds=160 * 1024, warps=16)) == []


@pytest.mark.parametrize("name", ["scaled", "scaled-32", "mixed", "upcast", "spilling"])
def test_waves_that_registers_allow_are_as_llvm_counts_them(compiled, name):
    said = int(re.search(r"^; Occupancy: (\d+)", compiled[name]["asm"], re.M).group(1))
    assert facts_of(compiled[name], lds=0, warps=4).waves == said


@pytest.mark.parametrize(
    ("vgprs", "sgprs", "lds", "warps", "waves"),
    [
        (64, 50, 0, 4, 8),
        (65, 50, 0, 4, 7),  # 72 registers
        (128, 50, 0, 4, 4),
        (129, 50, 0, 4, 3),
        (512, 50, 0, 4, 1),
        (512, 50, 0, 8, 0),
        (128, 50, 0, 16, 4),
        (136, 50, 0, 16, 0),  # 3 waves a SIMD hold no 16
        (32, 101, 0, 4, 7),
        (32, 50, 81920, 4, 2),
        (32, 50, 81921, 4, 1),  # 83200 bytes, twice that is too much
        (32, 50, 163840, 1, 1),
        (32, 50, 40960, 1, 1),  # four workgroups of one wave
        (32, 50, 32000, 2, 3),  # five workgroups of two waves: not all SIMDs have three
    ],
)
def test_waves_per_simd(vgprs, sgprs, lds, warps, waves):
    assert waves_per_simd(vgprs, sgprs, lds, warps) == waves


def test_facts_are_json(compiled):
    found = facts_of(compiled["scaled"])
    row = json.loads(json.dumps(found.to_json()))
    assert row.keys() == asdict(found).keys()
    assert row["scaled"] == [4, 8] and row["lds"] == compiled["scaled"]["lds"] > 0
    assert row["loop"]["MFMA"] == 4 and sum(row["loop"].values()) < sum(row["instructions"].values())


@pytest.mark.parametrize(
    ("mnemonic", "kind"),
    [
        ("s_load_dwordx2", "SMEM"),
        ("s_add_u32", "SALU"),
        ("s_cbranch_scc1", "BRANCH"),
        ("s_endpgm", "BRANCH"),
        ("s_waitcnt", "OTHER"),
        ("s_barrier", "OTHER"),
        ("v_add_f32", "VALU"),
        ("v_mfma_scale_f32_16x16x128_f8f6f4", "MFMA"),
        ("ds_read_b128", "LDS"),
        ("global_load_dword", "VMEM"),
        ("buffer_load_dword", "VMEM"),
        ("scratch_store_dword", "VMEM"),
    ],
)
def test_instruction_classes(mnemonic, kind):
    assert lowering.kind(mnemonic) == kind
