"""What does a command come to that cannot be obeyed, or breaks? A message, and an exit code that is no verdict."""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable

from conformance.calls.explanation import explain
from conformance.calls.surroundings import ImportChangesError
from conformance.root import MODULE
from conformance.watching.watcher import INTERNAL, INTERRUPTED, PLATFORM, USAGE
from reports.foreign.showing import complain, plain, write
from reports.line import what

PROGRAM = f"python -m {MODULE}"


class UsageError(ValueError):
    """The command asks for something that does not exist, or cannot be done; the message names it."""


class PlatformError(RuntimeError):
    """The backend cannot run here."""


class RunError(RuntimeError):
    """The system refuses what the run itself needs; the message names it."""


def obeyed(
    work: Callable[[], int], *, unread: int = INTERNAL, broken: Callable[[str], None] = lambda words: None
) -> int:
    """The exit code of ``work``, whatever it raises.

    unread: the one where the reader of what it prints has gone. broken: is told what nobody expected.
    """
    try:
        return work()
    except UsageError as error:
        code, words = USAGE, f"{PROGRAM}: error: {error}"
    except PlatformError as error:
        code, words = PLATFORM, f"{PROGRAM}: {error}"
    except (RunError, ImportChangesError) as error:
        code, words = INTERNAL, f"{PROGRAM}: {error}; this is no verdict"
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return unread
    except Exception as error:
        code, words = INTERNAL, "the run itself broke; this is no verdict"
        with contextlib.suppress(OSError):
            write(plain(traceback.format_exc()), sys.stderr)
        broken(what(explain(error)))
    with contextlib.suppress(OSError):  # the code must come, also where nobody can hear
        complain(words)
    return code
