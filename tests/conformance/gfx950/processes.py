"""How do tests run what compiles kernels? In processes of their own, where Triton is not the interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

from conformance.root import ROOT


def compiling(**changed: str) -> dict[str, str]:
    """The environment of such a process: none of this one's PYTEST_* and TRITON_* but the cache's place."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "TRITON_"))}
    if "TRITON_CACHE_DIR" in os.environ:
        kept["TRITON_CACHE_DIR"] = os.environ["TRITON_CACHE_DIR"]
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path[1:])]), **changed}


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program (indented as its caller is) on the emulated gfx950's side of Triton."""
    words = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)]
    return subprocess.run(
        words, cwd=ROOT, env=compiling(**environment), capture_output=True, text=True, timeout=300, check=False
    )
