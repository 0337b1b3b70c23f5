"""Is HIP and assembly of anyone's launched as its author means it, and judged as any kernel is?"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import reports
from conformance.asking.selection import Asked
from conformance.gfx950.launching import capture, launch
from conformance.gfx950.launching.cache import SealedCache
from conformance.gfx950.launching.kernarg import BadArgument
from conformance.gfx950.launching.launch import Device, LeftItsTensors
from conformance.gfx950.lowering import facts as lowering
from conformance.gfx950.settings import Settings
from conformance.root import ROOT
from conformance.running.plugin import why_unable
from conformance.subjects import examples, hip
from conformance.subjects.base import Subject
from conformance.subjects.machine_code import MachineCode, unable_here
from reports.line import lines
from tests.conformance.gfx950.processes import compiling
from vectors.registry import all_cases

if not shutil.which("hipcc") and importlib.util.find_spec("ziglang") is None:
    pytest.skip("needs hipcc or the package ziglang, which `nox -s tests` installs", allow_module_level=True)

# A workgroup whose last wave is not full, two dimensions, LDS that the launch asks for, every kind of scalar; and
# two kernels in one source.
SOURCE = """
#define KERNEL extern "C" __attribute__((global))
typedef float f4 __attribute__((ext_vector_type(4)));
typedef int i8 __attribute__((ext_vector_type(8)));
extern __attribute__((shared)) int room[];

KERNEL void everything(int* out, const int* from, char small, int n, long far, _Float16 half, float single,
                       double twice, int* absent) {
  int x = __builtin_amdgcn_workitem_id_x(), y = __builtin_amdgcn_workitem_id_y(), z = __builtin_amdgcn_workitem_id_z();
  int wide = __builtin_amdgcn_workgroup_size_x(), high = __builtin_amdgcn_workgroup_size_y();
  int item = x + wide * (y + high * z);
  room[item] = 100 * z + 10 * y + x;
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
  int group = __builtin_amdgcn_workgroup_id_x() + 2 * __builtin_amdgcn_workgroup_id_y();
  int sum = small + n + (int)(far >> 40) + (int)half + (int)single + (int)twice + (absent ? 1000 : 0);
  out[group * 90 + item] = room[89 - item] + sum + from[group];
}

KERNEL void scaled(const i8* a, const i8* b, const int* a_scale, const int* b_scale, f4* out) {
  int lane = __builtin_amdgcn_workitem_id_x();
  f4 sum = {0, 0, 0, 0};
  out[lane] = __builtin_amdgcn_mfma_scale_f32_16x16x128_f8f6f4(a[lane], b[lane], sum, 0, 0, 0, a_scale[lane], 0,
                                                               b_scale[lane]);
}
"""
NUMBERS = {"small": -3, "n": 20, "far": 5 << 40, "half": np.float16(7), "single": 100.0, "twice": 200.0}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A HIP file, and Triton's cache in its folder."""
    path = tmp_path_factory.mktemp("hip") / "several.hip"
    path.write_text(SOURCE)
    return path


@pytest.fixture(autouse=True)
def device(source, monkeypatch):
    """A device of this process, and a cache of its own."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(source.parent / "cache"))
    found = Device(Settings(sanitize=True))
    monkeypatch.setattr(launch, "_in_use", [found])
    return found


def everything(source, **changed):
    """out [4 workgroups, 90 work-items] of the first kernel, and what it must be."""
    given = {"out": torch.full((4, 90), -1, dtype=torch.int32), "from": torch.arange(0, 4000, 1000, dtype=torch.int32)}
    given |= {**NUMBERS, "absent": None, **changed.pop("given", {})}
    MachineCode(source, "everything")(given, **{"grid": (2, 2), "threads": (5, 6, 3), "lds": 360} | changed)
    z, y, x = np.meshgrid(range(3), range(6), range(5), indexing="ij")
    room = (100 * z + 10 * y + x).reshape(-1)[::-1]
    return given["out"].numpy(), room + 329 + np.arange(0, 4000, 1000)[:, None]


def raised(kind, call) -> str:
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_dimensions_scalars_and_lds_are_as_they_are_given(source, device):
    found, expected = everything(source)
    np.testing.assert_array_equal(found, expected)
    (cost,) = device.take_costs()
    assert (cost.kernel, cost.variant, cost.launches, cost.waves) == ("everything", "threads=5,6,3 lds=360", 1, 8)


def test_assembly_is_taken_as_it_is_and_by_order_where_it_has_no_names(source, tmp_path):
    text = hip.assembly(source)
    nameless = re.sub(r"^( {6}(?:- |  ))\.name:", r"\1.called:", text, flags=re.M)
    assert nameless.count(".called:") == len(NUMBERS) + 3 + 5
    for name, content in (("named.s", text), ("nameless.s", nameless)):
        (tmp_path / name).write_text(content)
        np.testing.assert_array_equal(*everything(tmp_path / name))


def test_a_scaled_matrix_product_is_right_and_its_machine_code_is_looked_at(source, device):
    ones = torch.full((64, 32), 0x38, dtype=torch.uint8)
    exponents = torch.arange(64, dtype=torch.int32) % 7 + 120
    out, kernel = torch.empty(64, 4), MachineCode(source, "scaled")
    given = {"a": ones, "b": ones, "a_scale": exponents, "b_scale": exponents + 3, "out": out}
    with capture.launched() as seen:
        for threads in (64, 64, 64):
            kernel(given, grid=1, threads=threads)
    scale = (2.0 ** (exponents.numpy().astype(float) - 127)).reshape(4, 16)  # [K-block, row]
    expected = 32 * 8 * np.einsum("gr,gc->rc", scale, scale)
    # Lane 16 g + c holds column c, rows 4 g to 4 g + 3.
    np.testing.assert_array_equal(out.numpy().reshape(4, 16, 4).transpose(0, 2, 1).reshape(16, 16), expected)
    (facts,) = map(capture.facts_of, seen)
    assert (facts.kernel, facts.variant, facts.arch, facts.warps) == ("scaled", "threads=64,1,1", "gfx950", 1)
    assert facts.scaled == (1, 1) and facts.scale_files == "v" and facts.loop["MFMA"] == 1
    for against in (lowering.upcast_path, lowering.spills, lowering.over_limits, lowering.fp_mode):
        assert against(facts) == []
    assert device.take_costs()[0].launches == 3


def test_an_access_outside_names_the_line_of_the_source(source):
    short = torch.zeros(4, 80, dtype=torch.int32)
    said = raised(LeftItsTensors, lambda: everything(source, given={"out": short}))
    at = next(number for number, line in enumerate(SOURCE.splitlines(), 1) if "out[group" in line)
    assert "kernel everything" in said and f"several.hip:{at}" in said and "from out" in said


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"grid": (2, 0)}, "grid: has (2, 0), needs 1 to 3 integers of at least 1"),
        ({"threads": 2048}, "threads: has 2048, needs at most 1024, for which everything is compiled"),
        ({"lds": 200000}, "lds: has 200000 bytes, 200000 with the code's own, needs 0 and at most 163840"),
        ({"given": {"x": 1}}, "has arguments out, from, small, n, far, half, single, twice, absent, x"),
        ({"given": {"n": "2"}}, "n: has '2', needs a number of 4 bytes, or 4 bytes"),
        ({"given": {"small": 300}}, "small: has 300, needs a value of type u8"),
        ({"given": {"out": 4096}}, "out: has 4096, needs a tensor or None"),
        ({"given": {"out": torch.zeros(4, device="meta")}}, "out: has a tensor on meta, needs one on cpu"),
    ],
)  # fmt: skip
def test_a_launch_that_cannot_be_is_refused_in_a_line(source, changed, words):
    said = raised(BadArgument, lambda: everything(source, **changed))
    assert words in said and "\n" not in said


def test_what_cannot_be_compiled_is_refused_in_a_line(source, tmp_path, monkeypatch):
    wrong = tmp_path / "wrong.hip"
    wrong.write_text(SOURCE.replace("int sum", "sum"))
    said = raised(ValueError, lambda: MachineCode(wrong, "everything"))
    assert said.startswith(f"{wrong}: does not compile: wrong.hip:") and "\n" not in said
    assert "needs one" in raised(ValueError, lambda: MachineCode(source))
    assert "everything, scaled), needs other" in raised(ValueError, lambda: MachineCode(source, "other"))
    assert "No such file" in raised(ValueError, lambda: MachineCode(tmp_path / "absent.s"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = raised(ValueError, lambda: MachineCode(source, "everything"))
    assert said == f"{source}: is HIP, needs hipcc on the PATH, or its compiler from PyPI: pip install ziglang"


def test_a_source_is_compiled_once_for_what_the_compiler_reads(tmp_path, monkeypatch):
    source, header = tmp_path / "with.hip", tmp_path / "with.h"
    source.write_text('#include "with.h"\nextern "C" __attribute__((global)) void one(int* out) { *out = VALUE; }\n')
    header.write_text("#ifndef VALUE\n#define VALUE 17\n#endif\n")
    first = hip.assembly(source)
    compiled, ran = [], hip._output
    monkeypatch.setattr(hip, "_output", lambda words, path: compiled.append("-S" in words) or ran(words, path))
    assert hip.assembly(source) == first and not any(compiled)
    (kept,) = (p for p in Path(SealedCache("KEY").cache_dir).parent.rglob("kernel.s") if p.read_text() == first)
    kept.write_text(first.replace(" 17", " 18"))
    assert hip.assembly(source) == first and any(compiled)  # not as it was put there
    header.write_text(header.read_text().replace("17", "19"))
    assert " 19" in hip.assembly(source)
    assert " 23" in hip.assembly(source, ["-DVALUE=23"])
    source.write_text(source.read_text().replace("VALUE", "VALUE + 40"))
    assert " 59" in hip.assembly(source)


def test_elsewhere_its_cases_are_unsupported_with_the_reason(source, monkeypatch):
    monkeypatch.setattr(launch, "_in_use", [])
    kernel = MachineCode(source.with_name("absent.hip"))
    subject = Subject("theirs", "native", {"quantize": kernel}, unable_here=unable_here())
    why = "is machine code, which the suite launches on the emulated gfx950 (gfx950-emulated) and nowhere else"
    case = next(case for case in all_cases() if case.family == "quantize")
    found = why_unable(Asked(case, subject, "theirs"), SimpleNamespace(adjustable=True))
    assert found == ("unsupported", f"theirs {why}")
    assert raised(RuntimeError, lambda: kernel({}, grid=1, threads=64)) == f"this kernel {why}"


def test_the_example_is_judged_as_any_quantizer_and_its_ties_away_fail(tmp_path):
    right = Path(next(iter(examples.__path__))) / "quantizer.py"
    (tmp_path / "away.py").write_text(right.read_text().replace("hip-example", "away"))
    text, half_up = (
        right.with_suffix(".hip").read_text(),
        "__builtin_bit_cast(float, __builtin_bit_cast(unsigned, {}) + 1)",
    )
    scaled = "__builtin_ldexpf(values[i + j], 127 - byte)"
    assert scaled in text
    (tmp_path / "away.hip").write_text(text.replace(scaled, half_up.format(scaled)))
    words = ["--tier", "quick", "-k", "quantize/", "--report-dir", str(tmp_path / "report")]
    subjects = ["--subject", "conformance.subjects.examples.quantizer:subject", "--subject", "away:subject"]
    environment = compiling()
    environment["PYTHONPATH"] += f":{tmp_path}"
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *words, *subjects], cwd=ROOT, env=environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    rows = reports.load(tmp_path / "report")["cases"]
    of_example = [row["verdict"] for row in rows if row["subject"] == "hip-example"]
    assert of_example.count("pass") > 20 and set(of_example) <= {"pass", "declared"}
    failed = {row["id"]: row for row in rows if row["verdict"] == "fail"}
    assert {row["subject"] for row in failed.values()} == {"away"}
    said = lines(failed["quantize/ties-and-neighbours-bf16"])
    assert any("QNT-03" in line for line in said), said
    launched = {launch["kernel"] for row in rows for launch in row.get("launches", ())}
    assert launched == {"quantize_bf16", "quantize_fp16", "quantize_fp32"}
