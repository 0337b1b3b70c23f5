"""How do tests run many small programs that compile? Forked from a process that has imported and activated once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.root import ROOT
from tests.conformance.gfx950.processes import compiling

LIMIT = 300  # seconds of a program, after which a signal ends it


class Forking:
    """Runs programs behind a beginning that all of them share. folder: for what they print."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server, self._folder = server, folder

    def run(self, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a Python program (indented as its caller is) in a process of its own."""
        files = [str(self._folder / name) for name in ("out", "err")]
        print(json.dumps([textwrap.dedent(program), environment, *files]), file=self._server.stdin, flush=True)
        answer = self._server.stdout.readline()
        assert answer, f"the process to fork from is gone: exit code {self._server.wait(LIMIT)}"
        return subprocess.CompletedProcess(program, int(answer), *(Path(file).read_text() for file in files))


@contextmanager
def forking(start: str, folder: Path) -> Iterator[Forking]:
    """A process that has run `start`, to fork from."""
    words = [sys.executable, "-W", "ignore", "-c", f"{start}\nfrom tests.conformance.gfx950 import forking\n"
             "forking.serve(globals())"]  # fmt: skip
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, cwd=ROOT, env=compiling(), text=True, **pipes) as server:
        yield Forking(server, folder)
        server.stdin.close()


def serve(names: dict[str, object]) -> None:
    """Fork for each program that comes, with these names, and tell its exit code; until none comes any more."""
    for line in sys.stdin:
        program, environment, out, err = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(program, environment, out, err, names)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(program: str, environment: dict[str, str], out: str, err: str, names: dict[str, object]) -> None:
    """Run the program in this process and end it."""
    import signal
    import traceback

    signal.alarm(LIMIT)
    os.environ.update(environment)
    for number, file in enumerate((os.devnull, out, err)):
        os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    code = 0
    try:
        exec(compile(program, "<program>", "exec"), names)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
