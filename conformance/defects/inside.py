"""``python -m conformance.defects.inside JOB``, in a mutant's tree: what do norm and suite say, from one process?

Most of a short run is imports, and Triton's digest of itself. They are done once here, of libraries only, and the norm
and the suite are two forks of this process: either may end in any way without taking the other along. Nothing of the
tree that a defect may be in is imported before.
"""

import ctypes
import gc
import importlib
import json
import multiprocessing
import os
import signal
import sys
from pathlib import Path

from conformance import cli
from conformance.defects import asked_suite

LIBRARIES = ("numpy", "ml_dtypes", "torch", "pytest", "hypothesis", "rich.console", "rich.table", "triton")
NORM_LIMIT = 300.0  # seconds after which the norm's process is ended; the distances are then missing
INTERPRET, INTERPRETER = "TRITON_INTERPRET", "interpreter"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl


def main(argv: list[str]) -> int:
    """Measure the norm where the job names a subject, then run the suite; the suite's exit code."""
    _die_with_parent()
    path = Path(argv[0])
    job = json.loads(path.read_text(encoding="utf-8"))
    os.environ[asked_suite.JOB] = str(path)
    _import_libraries(job["backend"])
    if job["norm"]:
        _measure(job["norm"], job["backend"], path.with_name("norm.json"))
    return cli.main(job["words"], suite="conformance.defects.asked_suite:SUITE")


def _import_libraries(backend: str) -> None:
    # As the backend will, when it is active: Triton takes it up at its import, and a mixture is refused then.
    os.environ[INTERPRET] = "1" if backend == INTERPRETER else "0"
    for name in LIBRARIES:
        importlib.import_module(name)
    cache = importlib.import_module("triton.runtime.cache")
    getattr(cache, "triton_key", int)()  # half a second, kept by Triton for the process and so for both forks
    gc.freeze()  # nor do they look through all this for garbage


def _die_with_parent() -> None:
    """A runner that is killed leaves no process behind."""
    parent = os.getppid()
    if hasattr(library := ctypes.CDLL(None), "prctl"):
        library.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _measure(subject: str, backend: str, to: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_norm, args=(subject, backend, to))
    process.start()
    process.join(NORM_LIMIT)
    if process.is_alive():
        process.kill()
        process.join()


def _norm(subject: str, backend: str, to: Path) -> None:
    from conformance.defects import norm

    _die_with_parent()
    part = to.with_suffix(".part")
    part.write_text(json.dumps(norm.measure(subject, backend)), encoding="utf-8")
    part.replace(to)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
