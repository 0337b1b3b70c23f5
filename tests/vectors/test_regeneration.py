"""Does the store come out the same, byte for byte, in another environment? For other versions see vectors/README.md."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__

from vectors.registry import GOLDEN

ENVIRONMENTS = {
    # Without the loops that NumPy picks by processor (their list has no public name); an old processor for its BLAS.
    "an old processor": {
        "NPY_DISABLE_CPU_FEATURES": ",".join(__cpu_dispatch__),
        "OPENBLAS_CORETYPE": "Prescott",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "1",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "TZ": "Asia/Kathmandu",
    },
    "many threads": {
        "OPENBLAS_CORETYPE": "Haswell",
        "OMP_NUM_THREADS": "7",
        "OPENBLAS_NUM_THREADS": "7",
        "PYTHONHASHSEED": "4294967295",
        "LC_ALL": "C.UTF-8",
        "TZ": "America/St_Johns",
        "PYTHONOPTIMIZE": "2",
    },
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_another_environment_gives_the_same_bytes(name):
    command = [sys.executable, "-m", "vectors", "--check"]
    environ = {**os.environ, **ENVIRONMENTS[name]}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, cwd=GOLDEN.parents[1], check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ": 0 differences from " in done.stdout
