"""What do the verdicts rest on? Versions, machine, commit, command: the facts that a reader needs to get them again."""

import contextlib
import os
import platform
import shlex
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from conformance.root import COMMAND, ROOT

PACKAGES = ("torch", "triton", "numpy", "ml_dtypes", "safetensors", "pytest")
_NAMES = {"triton": ("triton", "triton-rocm", "pytorch-triton-rocm")}  # the latter are AMD's and PyTorch's builds


def environment(argv: Sequence[str]) -> dict[str, Any]:
    """JSON values, complete but for what the backend says of itself. argv: the run's own arguments."""
    return {
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "commit": _commit(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join([*COMMAND.split(), *argv]) if argv else COMMAND.removesuffix(" --"),
    }


def _version(package: str) -> str | None:
    for name in _NAMES.get(package, (package,)):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return None


def _commit() -> str | None:
    """The checkout's commit, with '+changes' where files differ from it; None outside a repository."""
    try:
        return f"{_git('rev-parse', 'HEAD')}{'+changes' if _git('status', '--porcelain') else ''}"
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout.strip()
