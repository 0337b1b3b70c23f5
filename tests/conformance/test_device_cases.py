"""Are cases that ask for an emulated device's models asked so, and declared where there is no such device?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.gfx950.settings import SUM_MODELS, Settings
from vectors.registry import all_cases

ROOT = Path(__file__).parents[2]
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
    assert {
        "quantize",
        "activation",
        "activation-quantize",
        "align",
        "gemm-mx",
        "gemm-bf16",
        "moe",
    } <= families


@pytest.mark.parametrize(
    ("backend", "verdict"), [("interpreter", "unsupported"), ("gfx950-emulated", "pass")]
)
def test_they_are_judged_on_an_emulated_device_only(backend: str, verdict: str, tmp_path: Path) -> None:
    case = "quantize/gaussian-bf16/approximations-one-ulp-above"
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    options = ["--tier", "gate", "--backend", backend, "--report-dir", str(tmp_path), "-k", case]
    command = [sys.executable, "-m", "conformance", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    row = json.loads((tmp_path / "report.json").read_text())["cases"][0]
    assert (row["id"], row["verdict"]) == (case, verdict), done.stdout + done.stderr
    assert verdict == "pass" or "emulated device" in row["detail"]
