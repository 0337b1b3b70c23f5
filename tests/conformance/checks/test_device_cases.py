"""Are cases that ask for an emulated device's models asked so, and declared where there is no such device?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.gfx950.settings import SUM_MODELS, Settings
from reports.line import lines
from vectors.registry import all_cases

ROOT = Path(__file__).parents[3]
ASKED = [case for case in all_cases() if case.device]


def test_their_settings_are_the_devices_own() -> None:
    assert ASKED
    for case in ASKED:
        Settings(**case.device)
        assert not case.golden


def test_every_model_is_asked_for() -> None:
    models = {case.device.get("sum_model", "exact") for case in ASKED}
    assert models == set(SUM_MODELS)  # the exact one is the run's own, where a case has another setting
    assert {case.device.get("ulp", 0) for case in ASKED} == {-1, 0, 1}
    families = {case.family for case in ASKED if case.device.get("sanitize")}
    assert {"quantize", "activation", "activation-quantize", "align", "gemm-mx", "gemm-bf16", "moe"} <= families


# A right quantizer that raises unless the device is as the setting under test has it.
WATCHING = """
from triton.runtime import driver
from conformance.subjects.base import Subject
from kernels.native import fused_moe_mxfp8_native
from kernels.quantize import mxfp8_quantize

def quantize(x):
    if driver.active.settings.ulp != 1:
        raise RuntimeError(f"ulp {driver.active.settings.ulp}")
    return mxfp8_quantize(x)

subject = Subject("watching", "native", {"fused_moe": fused_moe_mxfp8_native, "quantize": quantize})
"""


def _asked(case: str, folder: Path, *options: str) -> dict[str, Any]:
    """The row of one case in a run of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    environment["PYTHONPATH"] = str(folder)
    command = [sys.executable, "-m", "conformance", "--tier", "gate", "--report-dir", str(folder), "-k", case]
    subprocess.run([*command, *options], cwd=ROOT, env=environment, check=False, capture_output=True)
    row = json.loads((folder / "report.json").read_text())["cases"][0]
    assert row["id"] == case
    return dict(row)


@pytest.mark.parametrize(("backend", "verdict"), [("interpreter", "unsupported"), ("gfx950-emulated", "pass")])
def test_they_are_judged_on_an_emulated_device_only(backend: str, verdict: str, tmp_path: Path) -> None:
    row = _asked("quantize/gaussian-bf16/approximations-one-ulp-above", tmp_path, "--backend", backend)
    assert row["verdict"] == verdict, " ".join(lines(row))
    assert verdict == "pass" or "emulated device" in " ".join(lines(row))


@pytest.mark.parametrize(
    ("case", "verdict"),
    [("quantize/gaussian-bf16/approximations-one-ulp-above", "pass"), ("quantize/gaussian-bf16", "fail")],
)
def test_the_device_is_as_the_case_has_it_and_only_then(case: str, verdict: str, tmp_path: Path) -> None:
    (tmp_path / "watching_subject.py").write_text(WATCHING)
    row = _asked(case, tmp_path, "--subject", "watching_subject:subject", "--backend", "gfx950-emulated")
    assert row["verdict"] == verdict, " ".join(lines(row))
    assert verdict == "pass" or "ulp 0" in " ".join(lines(row))
