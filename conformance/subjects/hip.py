"""How does a HIP source become gfx950 assembly? By hipcc, or without ROCm by the Clang of the package ``ziglang``."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.gfx950.launching.cache import SealedCache

# For whoever reads what is said of a launch: lines of the source, and names. Neither changes the code.
_NAMES = ("-gline-tables-only", "-fno-discard-value-names")
_FLAGS = ("-x", "hip", "--cuda-device-only", "--offload-arch=gfx950", "-O3", *_NAMES)
_NO_ROCM = ("-nogpuinc", "-nogpulib", "-nostdinc")  # no headers: built-in functions and types only
_TEXT = "kernel.s"


def assembly(path: Path, flags: Sequence[str] = ()) -> str:
    """The source's assembly, compiled once for what the compiler reads of it. flags: more words for the compiler.

    Raises ValueError, in one line, where it does not compile or there is no compiler.
    """
    command = [*_compiler(), *_FLAGS, *flags, path.name]
    read = _output([*command, "-E", "-dD"], path)  # with every include, and the macros that say which compiler this is
    cache = SealedCache(hashlib.sha256("\0".join([*command, read]).encode()).hexdigest())
    kept = cache.content(_TEXT)
    if kept is None:
        kept = _output([*command, "-S", "-o", "-"], path).encode()
        cache.put(kept, _TEXT)
    return kept.decode()


def _compiler() -> list[str]:
    hipcc = shutil.which("hipcc") or shutil.which("/opt/rocm/bin/hipcc")
    if hipcc:
        return [hipcc]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "clang", *_NO_ROCM]
    raise ValueError("is HIP, needs hipcc on the PATH, or its compiler from PyPI: pip install ziglang")


def _output(command: Sequence[str], path: Path) -> str:
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error" in line] or [f"code {done.returncode}"]
        raise ValueError(f"does not compile: {said[0].strip()}")
    return done.stdout
