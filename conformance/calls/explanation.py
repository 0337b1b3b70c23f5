"""What went wrong? An exception as the cause of a finding."""

import sysconfig
from pathlib import Path
from traceback import extract_tb
from types import TracebackType

from conformance.root import ROOT
from reports.model import Cause, Place

_LIBRARY = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
LONGEST = 400  # characters of an exception's message


class FaultError(Exception):
    """A subject gave back something of another form than it has to; the message says what, and what is needed."""


def explain(error: BaseException, traceback: TracebackType | None) -> Cause:
    """Type, message, and the last line that the exception passed through outside the suite, or else of the suite.

    Outside means a kernel's: a frame of the suite that calls it, or that it calls, is not where people have to look.
    """
    if isinstance(error, FaultError):
        return Cause("claim", str(error))
    # A message may hold bytes that are no text (file names do); what cannot be printed is replaced here, once.
    message = " ".join(str(error).encode(errors="replace").decode().split())
    if len(message) > LONGEST:
        message = message[:LONGEST] + " ..."
    frames = extract_tb(traceback)
    theirs = [frame for frame in frames if is_theirs(Path(frame.filename))]
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))]
    frame = next(reversed(theirs or ours or frames), None)
    place = None if frame is None else place_in(Path(frame.filename), frame.lineno or 0, frame.name)
    return Cause("raised", message, raised=type(error).__name__, place=place)


def place_in(file: Path, line: int, function: str) -> Place:
    """The place as people look for it: from the checkout on, where it is there."""
    return Place(str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file), line, function)


def is_theirs(file: Path) -> bool:
    """Whether a file is of the kernels, or of who calls them: no part of the suite, and nothing that is installed."""
    elsewhere = (str(ROOT / "conformance"), *_LIBRARY)
    return (
        file.is_absolute() and not _is_installed(file) and not any(file.is_relative_to(folder) for folder in elsewhere)
    )


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(ROOT) and not _is_installed(file)


def _is_installed(file: Path) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(file.parts)
