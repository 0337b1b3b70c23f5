"""Do kernels that others wrote give what their formulas say? Each unmodified, from its package, on CPU tensors.

Where the packages are: ``pip install --no-deps --target FOLDER/NAME NAME`` for liger-kernel, tokenspeed-triton-kernels
(triton_kernels), torchao, fla-core with einops, vllm, sglang, and a checkout of ROCm/aiter; all of them on PYTHONPATH.
"""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest
import torch

from tests.conformance.gfx950.foreign.account import Real, rms, softmax, wrong
from tests.conformance.gfx950.processes import run

# A table of tests/conformance/gfx950/foreign -> the package that its kernels are from.
PACKAGES = {
    "liger": "liger_kernel",
    **{name: name for name in ("triton_kernels", "torchao", "fla", "aiter", "vllm", "sglang")},
}
MISSING = "needs a package of another project on PYTHONPATH, which nothing here installs"


@pytest.mark.parametrize("table", PACKAGES)
def test_kernels_of_a_package_give_what_their_formulas_say(table):
    if importlib.util.find_spec(PACKAGES[table]) is None:
        pytest.skip(MISSING)
    done = run(f"from tests.conformance.gfx950.foreign.run import main; main({table!r})")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found
    assert not {kernel: said for kernel, said in found.items() if said is not None}


FORMULAS = {
    "softmax": (softmax, lambda x: x.softmax(-1)),
    "tanh": (Real.tanh, torch.tanh),
    "silu": (lambda x: x * x.sigmoid(), torch.nn.functional.silu),
    "rms norm": (lambda x: x * rms(x, 1e-6), lambda x: x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt()),
    "logarithm": (lambda x: (x * x + 0.5).log(), lambda x: (x * x + 0.5).log()),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_an_account_holds_fp32_and_little_more(name):
    formula, torchs = FORMULAS[name]
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((4, 100)).astype(np.float32)) * 3
    expected, found = formula(Real(x)), torchs(x)
    assert wrong(found, expected) is None
    assert (expected.error <= 2e-5 * abs(expected.value).max()).all()
    found[1, 3] += 3 * float(expected.error[1, 3]) + 1e-6 * float(abs(found[1, 3]))
    assert wrong(found, expected).startswith("1 of 400 differ, the first at 103: ")


def test_bits_differ_by_one():
    found = torch.tensor([1.0, -0.0])
    assert wrong(found, found.clone()) is None
    assert wrong(found, torch.tensor([1.0, 0.0])) == "1 of 2 differ, the first at 1: -0.0, needs 0.0"
    assert "needs torch.int32[2]" in wrong(found, torch.zeros(2, dtype=torch.int32))
