"""What went wrong? An exception in one line."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb
from types import TracebackType

from conformance.suite import ROOT

LONGEST = 400  # characters of an exception's message


def explain(error: BaseException, traceback: TracebackType | None) -> str:
    """Type, message, and the last of our own lines that the exception passed through."""
    # A message may hold bytes that are no text (file names do); what cannot be printed is replaced here, once.
    message = " ".join(str(error).encode(errors="replace").decode().split())
    if len(message) > LONGEST:
        message = message[:LONGEST] + " ..."
    frames = extract_tb(traceback)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))]
    frame = next(reversed(ours or frames), None)
    where = "" if frame is None else f" at {_short(frame.filename)}:{frame.lineno} in {frame.name}"
    return f"raised {type(error).__name__}: {message}{where}"


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(ROOT) and "site-packages" not in file.parts


def _short(filename: str) -> str:
    file = Path(filename)
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else filename
