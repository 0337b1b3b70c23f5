"""Does the probe find out what the emulated device was told to be? Each of its settings, and a machine's profile."""

import functools
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from conformance.gfx950.settings import SUM_MODELS, ULPS
from tests.conformance.probe.emulated import MEASURED

ROOT = Path(__file__).parents[3]
EXACT = {"group": 32, "width": None, "cut": "zero", "rounding": "nearest", "start": "first"}
EXPECTED: dict[str, Any] = {"exact": EXACT, "cdna3": "cdna3", "sequential": {**EXACT, "group": 1}}


@functools.cache
def found() -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    command = [sys.executable, "-m", "tests.conformance.probe.emulated"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("model", SUM_MODELS)
def test_each_sum_is_found(model: str) -> None:
    one = found()[model]
    assert one["sure"], one["contradictions"]
    expected = EXPECTED[model]
    assert expected == one["model"] if isinstance(expected, str) else expected.items() <= one["model"].items()
    assert found()["groups of e4m3"] == [64, 64]  # an instruction of the scaled family each


@pytest.mark.parametrize("core", ["compiled", "numpy"])
def test_a_measured_sum_is_found_again_on_both_cores(core: str) -> None:
    one = found()[f"measured {core}"]
    assert one["sure"], one["contradictions"]
    assert asdict(MEASURED["bf16"]) in [one["model"], *one["also"]]


@pytest.mark.parametrize("ulp", ULPS)
def test_each_last_bit_is_found(ulp: int) -> None:
    assert [found()[f"{name} {ulp}"] for name in ("exp", "rcp")] == [ulp, ulp]


def test_a_measured_last_bit_is_found_again() -> None:
    assert found()["exp measured"] == 1


def test_an_h200s_profile_gives_an_h200s_bits() -> None:
    given = json.loads((ROOT / "tests/conformance/silicon/h200_sums.json").read_text())
    assert found()["h200"] == given["scaled-32x32"]
