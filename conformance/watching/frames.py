"""Where is a process that does not answer? Its Python frames, written in time by a thread that needs nothing of Python.

So they are there also where the interpreter's lock is held for ever, and nobody need ask.
"""

import faulthandler
import re
import time
from pathlib import Path

from conformance.calls.explanation import is_theirs, place_in
from reports.model import Place

_PATIENCE = 1.0  # seconds beyond the limit until the frames must be there
_BEGINS = re.compile(r"^Timeout \(.*\n", re.MULTILINE)
_FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.MULTILINE)


class Frames:
    """A process's own side."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w")  # kept open for good: they are written to the descriptor

    def told_after(self, seconds: float | None) -> None:
        """Write them whenever so many seconds have passed until this is called again; None: not at all."""
        faulthandler.cancel_dump_traceback_later()
        if seconds is not None:
            self._file.seek(0)
            self._file.truncate()
            faulthandler.dump_traceback_later(seconds, repeat=True, file=self._file)


def whereabouts(path: Path) -> Place | None:
    """Where a process over its limit is that tells into the file; None where it cannot.

    The frame is the innermost of the kernels' own files, or of those that call them, in the thread that judges.
    """
    deadline = time.monotonic() + _PATIENCE
    while path.exists() and time.monotonic() < deadline:
        *dumps, last = _BEGINS.split(path.read_text(errors="replace"))
        if found := _place(last) or (dumps and _place(dumps[-1])):  # the last one may not be whole yet
            return found
        time.sleep(0.05)
    return None


def _place(dump: str) -> Place | None:
    """The frame in a dump of all threads, of which one has a check among its frames, or what loads a subject."""
    for thread in dump.split("\n\n"):
        frames = [(Path(file), int(line), name) for file, line, name in _FRAME.findall(thread)]
        if any("checks" in file.parts or name == "load_subjects" for file, _, name in frames):
            return place_in(*next((frame for frame in frames if is_theirs(frame[0])), frames[0]))
    return None
