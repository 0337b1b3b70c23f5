"""How does the core's C become a library? By the machine's compiler or PyPI's, once, kept by its source's digest."""

import ctypes
import fcntl
import functools
import hashlib
import importlib.util
import logging
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_LOG = logging.getLogger(__name__)
FOLDER = Path(__file__).resolve().parent
# Every result is rounded by itself, as the source has it: no contraction, no -ffast-math, whatever $CC asks for.
STRICT = (
    "-std=c11", "-Wall", "-Wextra", "-Werror", "-fno-fast-math", "-ffp-contract=off", "-fno-strict-aliasing",
    "-fno-math-errno",
)  # fmt: skip
FAST = ("-O3", "-fno-trapping-math", "-fno-semantic-interposition")
# What a x86-64 of the last ten years has, and its name for compilers; others get the compiler's baseline.
_WIDE = ({"avx2", "fma", "bmi2", "f16c", "movbe", "abm"}, "-march=x86-64-v3")


@dataclass(frozen=True)
class Built:
    """A library, or None and why there is none. said: one line for logs and reports."""

    library: ctypes.CDLL | None
    said: str


@functools.cache
def load() -> Built:
    """The core, built now where this machine has not yet."""
    failures = []
    for compiler in compilers():
        for march in _marches():
            try:
                path = _kept([*compiler, *STRICT, *FAST, *march])
                return Built(ctypes.CDLL(str(path)), f"compiled by {shlex.join(compiler)}")
            except OSError as error:
                failures.append(f"{shlex.join(compiler)}: {error}")
    why = "; ".join(failures) or "there is none"
    said = f"no C compiler was of use for the compiled core ({why})"
    _LOG.warning("%s: the NumPy core runs instead", said)
    return Built(None, said)


def sources() -> list[Path]:
    """The C files."""
    return sorted(FOLDER.glob("*.c"))


def compilers() -> list[list[str]]:
    """What may compile C here, the first that can is taken: $CC, the system's, the Clang of the wheel ``ziglang``."""
    asked = shlex.split(os.environ.get("CC", ""))
    found = [[path] for path in map(shutil.which, ("cc", "gcc", "clang")) if path]
    wheel = [[sys.executable, "-m", "ziglang", "cc"]] if importlib.util.find_spec("ziglang") else []
    return [*([asked] if asked else []), *found, *wheel]


def compile_to(path: Path, command: list[str]) -> None:
    """Compile the sources to a shared library. Raises OSError with the compiler's first words where it fails."""
    inputs = [str(source) for source in sources()]
    done = subprocess.run(
        [*command, "-fPIC", "-shared", "-o", str(path), *inputs, "-lm"], check=False, capture_output=True, text=True
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or ["it fails without a word"]
        raise OSError(next((line for line in words if "error" in line), words[0]))


def cache_folder() -> Path:
    """Where libraries are kept, one for each source and way to compile it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gfx950-core"


def _marches() -> list[list[str]]:
    """What to ask of the machine, the best first."""
    features, name = _WIDE
    try:
        flags = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags"))
    except (OSError, StopIteration):
        flags = ""
    return [[name], []] if features <= set(flags.split()) else [[]]


def _digest(command: list[str]) -> str:
    text = hashlib.sha256(repr((command, platform.machine())).encode())
    for path in sorted(FOLDER.glob("*.[ch]")):
        text.update(path.name.encode() + b"\0" + path.read_bytes())
    return text.hexdigest()[:32]


def _kept(command: list[str]) -> Path:
    """The library that this command makes, made unless the cache has it; anywhere where the cache is not writable."""
    name = f"{_digest(command)}.so"
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # processes that start together compile once
            return _in(folder, name, command)
    except PermissionError:
        return _in(Path(tempfile.mkdtemp(prefix="gfx950-core-")), name, command)


def _in(folder: Path, name: str, command: list[str]) -> Path:
    path = folder / name
    if not path.exists():
        temporary = folder / f"{name}.{os.getpid()}"
        try:
            compile_to(temporary, command)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return path
