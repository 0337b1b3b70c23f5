"""Where is a process that does not answer? Its Python frames, written in time by a thread that needs nothing of Python.

So they are there also where the interpreter's lock is held for ever, and nobody need ask.
"""

from __future__ import annotations

import faulthandler
import re
import sysconfig
import time
from pathlib import Path

from conformance.root import ROOT

_PATIENCE = 1.0  # seconds beyond the limit until the frames must be there
_FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.MULTILINE)
_LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))


class Frames:
    """A process's own side."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w")  # kept open for good: they are written to the descriptor

    def told_after(self, seconds: float | None) -> None:
        """Write them unless this is called again within so many seconds; None: not at all."""
        faulthandler.cancel_dump_traceback_later()
        if seconds is not None:
            self._file.seek(0)
            self._file.truncate()
            faulthandler.dump_traceback_later(seconds, file=self._file)


def whereabouts(path: Path) -> str:
    """' in launch at kernels/gemm.py:80' of a process over its limit that tells into the file, '' where it cannot.

    The frame is the innermost of the kernels' own files, or of those that call them, in the thread that judges.
    """
    deadline = time.monotonic() + _PATIENCE
    while path.exists() and time.monotonic() < deadline:
        if found := _place(path.read_text(errors="replace")):
            return found
        time.sleep(0.05)
    return ""


def _place(dump: str) -> str:
    """The frame in a dump of all threads, of which the judging one has a check among its frames."""
    for thread in dump.split("\n\n"):
        frames = [(Path(file), line, name) for file, line, name in _FRAME.findall(thread)]
        if any("checks" in file.parts for file, _, _ in frames):
            theirs = [frame for frame in frames if _is_theirs(frame[0])]
            file, line, name = (theirs or frames)[0]
            return f" in {name} at {_short(file)}:{line}"
    return ""


def _is_theirs(file: Path) -> bool:
    elsewhere = (str(ROOT / "conformance"), *_LIBRARIES)
    installed = not {"site-packages", "dist-packages"}.isdisjoint(file.parts)
    return not installed and not any(file.is_relative_to(folder) for folder in elsewhere)


def _short(file: Path) -> str:
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
