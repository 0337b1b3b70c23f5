"""Where do these tests run? On Triton's interpreter, in this process; what needs another setting starts its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("TRITON_INTERPRET", "1")  # read when the tests' own kernels are decorated

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def interpreter():
    """The interpreter backend, activated."""
    from conformance.backends import pick

    backend = pick("interpreter")
    backend.activate()
    return backend


@pytest.fixture(scope="session")
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a Python program in a fresh process with the given environment on top, PYTEST_* and TRITON_* removed."""

    def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "TRITON_"))}
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            cwd=ROOT,
            env={**inherited, **environment, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
