"""``python forks.py LIBRARY ...``: what is a trial forked from? A process with the libraries and nothing of a tree.

Most of a short trial would be imports, of libraries and of the cases. A line of JSON on the standard input is a trial:
``place`` (its tree), ``module`` and ``arguments`` (of ``python -m``), ``environment``, ``output`` (a file for what it
prints), ``checkout`` where the tree leaves its vectors and reference as they are, whose cases it then gets, ``tier``
where it also gets those arrays. Lines of JSON come back: ``ready``; of each trial ``started`` (its process, which leads
a session of its own) and, once it has ended, ``ended`` (the process), ``code`` and ``seconds`` (of CPU, with what it
waited for). The environment of this process is that which the libraries' imports look at.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
import tempfile
import traceback
from typing import Any

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl
SHARED = ("vectors", "reference")  # packages, which import nothing else of the checkout
LARGEST, MOST = 4 << 20, 512 << 20  # bytes of a case's arrays that are kept, and of all


def main(libraries: list[str]) -> int:
    """Serve until the input ends; the exit code, in a forked trial that of its module."""
    sys.path.pop(0)  # the folder of this file, whose modules are no libraries
    die_with_parent()
    for name in libraries:
        importlib.import_module(name)
    if "triton" in libraries:
        cache = importlib.import_module("triton.runtime.cache")
        getattr(cache, "triton_key", int)()  # half a second, kept by Triton for the process and so for all forks
    gc.freeze()  # nor do they look through all this for garbage
    _tell(ready=True)
    job = _serve()
    return 0 if job is None else _run(job)


def die_with_parent() -> None:
    """A process that is killed leaves none behind."""
    parent = os.getppid()
    if hasattr(library := ctypes.CDLL(None), "prctl"):
        library.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _tell(**facts: Any) -> None:
    os.write(1, json.dumps(facts).encode() + b"\n")


def _serve() -> dict[str, Any] | None:
    """Start what is asked for and tell what has ended. Returns in a trial with its job, here when the input ends."""
    wakes, wake = os.pipe()
    for end in (wakes, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    asked = b""
    while True:
        readable, _, _ = select.select([0, wakes], [], [])
        if wakes in readable:
            os.read(wakes, 1 << 10)
            _tell_ended()
        if 0 in readable:
            part = os.read(0, 1 << 20)
            if not part:
                return None
            *jobs, asked = (asked + part).split(b"\n")
            for job in map(json.loads, jobs):
                _prepare(job)
                if not (process := os.fork()):
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for end in (wakes, wake):
                        os.close(end)
                    return dict(job)
                _tell(started=process)


def _prepare(job: dict[str, Any]) -> None:
    """Have the cases, and the arrays of a tier, where the job takes them; each is made once."""
    if not job["checkout"]:
        return
    if "vectors.registry" not in sys.modules:
        sys.path.insert(0, job["checkout"])
        registry: Any = importlib.import_module("vectors.registry")
        registry.all_cases()
        registry.committed_store()
        sys.path.pop(0)
        registry.vector = MadeOnce(registry.vector)
        gc.freeze()
    if job["tier"]:
        registry = sys.modules["vectors.registry"]
        registry.vector.make(case for case in registry.all_cases() if case.tier == job["tier"])
        gc.freeze()


class MadeOnce:
    """Gives a case's arrays, of the cases for which it was asked to those that it has made."""

    def __init__(self, vector: Any) -> None:
        self._vector, self._made, self._room = vector, dict[str, Any](), MOST

    def __call__(self, case: Any, store: Any = None) -> Any:
        kept, found = self._made.get(case.id, (None, None))
        return found if kept == case and found is not None else self._vector(case, store)

    def make(self, cases: Any) -> None:
        for case in cases:
            if case.id in self._made:
                continue
            self._made[case.id] = case, None
            try:
                found = self._vector(case)
            except Exception:  # who asks the case will say so
                continue
            size = sum(getattr(array, "nbytes", 0) for array in (*found.inputs.values(), *found.expected.values()))
            if size <= min(LARGEST, self._room):
                self._made[case.id], self._room = (case, found), self._room - size


def _tell_ended() -> None:
    while True:
        try:
            process, status, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not process:
            return
        seconds = used.ru_utime + used.ru_stime
        _tell(ended=process, code=os.waitstatus_to_exitcode(status), seconds=seconds)


def _run(job: dict[str, Any]) -> int:
    """What ``python -m`` does in the job's tree; the exit code."""
    die_with_parent()
    os.setsid()
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(job["output"], os.O_WRONLY | os.O_CREAT, 0o600)
    for end, stream in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(end, stream)
    os.environ.clear()
    os.environ.update(job["environment"])
    tempfile.tempdir = None  # which the libraries may have asked for
    sys.dont_write_bytecode = True
    if not job["checkout"]:
        for name in [name for name in sys.modules if name.partition(".")[0] in SHARED]:
            del sys.modules[name]
    os.chdir(job["place"])
    sys.path.insert(0, job["place"])
    sys.argv = [job["module"], *job["arguments"]]
    try:
        runpy.run_module(job["module"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.stderr.write(traceback.format_exc())
        return 1
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)  # what a trial leaves in memory, nobody has to look through
