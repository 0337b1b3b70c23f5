"""Do whole kernels give on the emulated gfx950 what they give on the interpreter? Bit for bit, under each model."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import triton

ROOT = Path(__file__).parents[3]
EMULATED = "gfx950-emulated"
# Where the device is not the interpreter: instructions that are approximate or flush denormals.
APPROXIMATE = {"exp2", "codes-by-division"}
if triton.__version__.startswith("3.6."):  # leaves v_sqrt_f32 its denormal operands, which that takes for zeros
    APPROXIMATE |= {"float-sqrt"}
SMALLEST_EXPONENT, LARGEST_EXPONENT = -126, 127


@functools.cache
def outputs(backend: str, fusion: str = "1") -> dict[str, np.ndarray]:
    """Every kernel's output on a backend, from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "outputs.npz"
        environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
        command = [sys.executable, "-m", "tests.conformance.gfx950.zoo", backend, str(out)]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**environment, "TRITON_DEFAULT_FP_FUSION": fusion},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        with np.load(out) as arrays:
            return dict(arrays)


def differences(backend: str, fusion: str = "1") -> dict[str, str]:
    """Kernel -> the first difference from the interpreter's output."""
    expected, found = outputs("interpreter"), outputs(backend, fusion)
    assert expected.keys() == found.keys()
    wrong = {}
    for name in sorted(expected.keys() - APPROXIMATE):
        bad = np.argwhere(expected[name] != found[name])
        if len(bad):
            at = tuple(bad[0])
            wrong[name] = f"{len(bad)} differ, first {at}: {found[name][at]:#x}, needs {expected[name][at]:#x}"
    return wrong


@pytest.mark.parametrize("settings", ["", ":sanitize", ":sum=cdna3", ":sum=sequential"])
def test_kernels_give_the_interpreters_bits(settings: str) -> None:
    assert not differences(EMULATED + settings)


def test_kernels_give_the_interpreters_bits_without_fp_fusion() -> None:
    assert not differences(EMULATED, fusion="0")


def test_the_zoo_has_many_kernels_with_outputs_that_differ() -> None:
    """A comparison of constant outputs would prove nothing."""
    constant = {name for name, values in outputs("interpreter").items() if len(np.unique(values)) < 3}
    assert not constant
    assert len(outputs("interpreter")) >= 40


def _exp2(settings: str) -> tuple[np.ndarray, np.ndarray]:
    values = outputs(EMULATED + settings)["exp2"].view(np.float32)
    return values[:300], values[300:]


@pytest.mark.parametrize("ulp", ["-1", "0", "1"])
def test_exp2_flushes_subnormal_results_and_is_exact_on_integers(ulp: str) -> None:
    """As LLVM documents v_exp_f32: no FP32 denormals, whatever the mode register says."""
    whole, _ = _exp2(f":ulp={ulp}" if ulp != "0" else "")
    exponents = np.arange(-160, 140)
    expected = np.ldexp(np.float32(1), np.clip(exponents, -140, LARGEST_EXPONENT))
    expected[exponents < SMALLEST_EXPONENT] = 0
    expected[exponents > LARGEST_EXPONENT] = np.inf
    assert whole.tolist() == expected.tolist()


def test_the_knob_gives_both_neighbours_of_each_inexact_result() -> None:
    below, nearest, above = (_exp2(settings)[1].view(np.int32) for settings in (":ulp=-1", "", ":ulp=1"))
    assert (above - below).tolist() == [1] * len(nearest)
    assert 0 < np.count_nonzero(nearest == above) < len(nearest)
    assert np.array_equal((nearest == above) | (nearest == below), np.ones(len(nearest), bool))
    assert nearest.tolist() == outputs("interpreter")["exp2"][300:].tolist()


def test_a_quantizer_that_divides_by_exp2_of_minus_127_gives_nan_for_zeros() -> None:
    """0 / 0: a released quantizer did so on silicon, and no run on a CPU showed it."""
    expected, found = outputs("interpreter")["codes-by-division"], outputs(EMULATED)["codes-by-division"]
    assert expected[3].tolist() == [0] * 32
    assert (found[3] & 0x7F).tolist() == [0x7F] * 32
    others = np.arange(8) != 3
    assert np.array_equal(expected[others], found[others])
