"""What went wrong? An exception as the cause of a finding."""

import functools
import importlib.util
import linecache
import sysconfig
from pathlib import Path
from traceback import walk_tb

from conformance.calls import compiler
from conformance.root import ROOT
from reports.model import Cause, Place

_LIBRARY = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
LONGEST = 400  # characters of an exception's message
_MOST = 1_000_000  # characters that are looked at
# Of a class that defines these anew, what Python itself has.
traceback_of, _NAME = vars(BaseException)["__traceback__"].__get__, vars(type)["__name__"].__get__


class FaultError(Exception):
    """A subject gave back something of another form than it has to; the message says what, and what is needed."""


def explain(error: BaseException, *, placed: bool = True) -> Cause:
    """Type, message, and the last line that the exception passed through outside the suite, or else of the suite.

    Outside means a kernel's: a frame of the suite that calls it, or that it calls, is not where people have to look.
    Raises nothing, whatever the exception's class makes of being looked at. placed: whether the line is wanted.
    """
    if issubclass(type(error), FaultError):
        return Cause("claim", said(error))
    kind = "outside" if "OutOfBounds" in {name_of(one) for one in type.mro(type(error))} else "raised"
    walked = walk_tb(traceback_of(error) if placed else None)
    frames = [(Path(frame.f_code.co_filename), line or 0, frame.f_code.co_name) for frame, line in walked]
    theirs = [frame for frame in frames if is_theirs(frame[0])]
    ours = [frame for frame in frames if _is_ours(frame[0])]
    frame = next(reversed(theirs or ours or frames), None)
    words = said(error)
    if not words.strip("'\" "):  # an assertion without a text, KeyError('')
        source = linecache.getline(str(frame[0]), frame[1]).strip() if frame else ""
        words = f"no message, by {source}" if source else "no message"
    return Cause(kind, words, raised=name_of(type(error)), place=None if frame is None else place_in(*frame))


def said(error: BaseException) -> str:
    """An exception's message on one line, no longer than a line may be."""
    # It may hold bytes that are no text (file names do): what cannot be printed is replaced here, once.
    refused = compiler.refusal(error)
    text = "{} at `{}`: {}".format(*refused) if refused else text_of(error)
    words = " ".join(text[:_MOST].encode(errors="replace").decode().split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} ..."


def text_of(error: BaseException) -> str:
    """An exception's message, or the first million characters of it."""
    try:
        return str.__getitem__(str(error), slice(_MOST))  # of a str that may be of a class of its own
    except BaseException as other:  # also one that would end the process
        return f"(no text: asked for it, it raised {name_of(type(other))})"


def name_of(kind: type) -> str:
    """A class's name."""
    return str.__getitem__(_NAME(kind), slice(LONGEST)).encode(errors="replace").decode()


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
    inside = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file  # we may be installed ourselves
    return not {"site-packages", "dist-packages"}.isdisjoint(inside.parts) or file.is_relative_to(_triton())


@functools.cache
def _triton() -> Path:
    """Where Triton lies, which a version beside the environment does elsewhere."""
    found = importlib.util.find_spec("triton")
    return Path(found.origin).parent if found is not None and found.origin else Path("/nowhere")
