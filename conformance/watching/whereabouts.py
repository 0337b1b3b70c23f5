"""Where is a process that does not answer? Its Python frames, written by a handler that needs nothing of Python."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import re
import signal
import sysconfig
import time
from pathlib import Path

from conformance.root import ROOT
from reports.model import Place

_SIGNAL = signal.SIGUSR2
_PATIENCE = 1.0  # seconds until the frames must be there
_FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.MULTILINE)
_LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))


def tell_on_request(path: Path) -> None:
    """Have this process write its frames to the file when ``whereabouts`` asks; it does nothing until then."""
    # Kept open for good: the handler writes to the descriptor, whatever state Python is in.
    faulthandler.register(_SIGNAL, file=path.open("w"), all_threads=True, chain=False)


def whereabouts(pid: int, path: Path) -> Place | None:
    """Where a process is that tells on request into the file; None of another one.

    The frame is the innermost of the kernels' own files, or of those that call them, in the thread that judges.
    """
    if not path.exists():  # it has not begun to listen, and the signal would end it
        return None
    with contextlib.suppress(OSError):
        os.kill(pid, _SIGNAL)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            time.sleep(0.05)
            if found := _place(path.read_text(errors="replace")):
                return found
    return None


def _place(dump: str) -> Place | None:
    """The frame in a dump of all threads, of which the judging one has a check among its frames."""
    for thread in dump.split("\n\n"):
        frames = [(Path(file), line, name) for file, line, name in _FRAME.findall(thread)]
        if any("checks" in file.parts for file, _, _ in frames):
            theirs = [frame for frame in frames if _is_theirs(frame[0])]
            file, line, name = (theirs or frames)[0]
            return Place(_short(file), int(line), name)
    return None


def _is_theirs(file: Path) -> bool:
    elsewhere = (str(ROOT / "conformance"), *_LIBRARIES)
    installed = not {"site-packages", "dist-packages"}.isdisjoint(file.parts)
    return not installed and not any(file.is_relative_to(folder) for folder in elsewhere)


def _short(file: Path) -> str:
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
