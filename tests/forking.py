"""How do tests run many small programs? Forked from a process that has imported what all of them need."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 300  # seconds of a program, after which a signal ends it
CONFORMANCE = "import runpy; runpy.run_module('conformance', run_name='__main__', alter_sys=True)"
# All but Triton, whose import fixes how kernels run, and all but the project, of which a program may have another tree.
_LIBRARIES = "import ml_dtypes, numpy, pytest, rich.console, rich.table, torch"


class Forking:
    """Runs programs behind a beginning that all of them share.

    environment: what a program has, but for what its caller changes. folder: for what they print.
    """

    def __init__(self, start: str, environment: Callable[[], Mapping[str, str]], folder: Path) -> None:
        words = [sys.executable, "-W", "ignore", "-c", f"{start}\nfrom tests import forking\nforking.serve(globals())"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._server = subprocess.Popen(words, cwd=ROOT, env=dict(environment()), text=True, **pipes)
        self._environment, self._folder = environment, folder

    def run(
        self, program: str, *words: str, place: Path = ROOT, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """``python -c program words`` in the place. program: may be indented as its caller is."""
        files = [str(self._folder / name) for name in ("out", "err")]
        job = [textwrap.dedent(program), words, str(place), {**self._environment(), **environment}, *files]
        print(json.dumps(job), file=self._server.stdin, flush=True)
        answer = self._server.stdout.readline()
        assert answer, f"the process to fork from is gone: exit code {self._server.wait(LIMIT)}"
        return subprocess.CompletedProcess(program, int(answer), *(Path(file).read_text() for file in files))

    def close(self) -> None:
        """End the process to fork from."""
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait(LIMIT)


@contextmanager
def forking(start: str, environment: Callable[[], Mapping[str, str]], folder: Path) -> Iterator[Forking]:
    """A process that has run `start`, to fork from."""
    server = Forking(start, environment, folder)
    try:
        yield server
    finally:
        server.close()


@functools.cache
def with_libraries() -> Forking:
    """The one of this process that has imported the libraries, and nothing of the project."""
    folder = tempfile.TemporaryDirectory()
    server = Forking(_LIBRARIES, lambda: dict(os.environ), Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(server.close)
    return server


def serve(names: dict[str, object]) -> None:
    """Fork for each program that comes, with these names, and tell its exit code; until none comes any more."""
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(*job, names)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(
    program: str,
    words: list[str],
    place: str,
    environment: dict[str, str],
    out: str,
    err: str,
    names: dict[str, object],
) -> None:
    """Run the program in this process and end it."""
    import signal
    import traceback

    signal.alarm(LIMIT)
    os.environ.clear()
    os.environ.update(environment)
    for number, file in enumerate((os.devnull, out, err)):
        os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    os.chdir(place)
    sys.argv = ["-c", *words]
    code = 0
    try:
        exec(compile(program, "<program>", "exec"), names)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
