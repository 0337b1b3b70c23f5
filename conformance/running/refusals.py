"""What does a command come to that cannot be obeyed, or breaks? A message, and an exit code that is no verdict."""

import os
import sys
import traceback
from collections.abc import Callable

from conformance.watching.watcher import INTERNAL, INTERRUPTED, PLATFORM, USAGE

PROGRAM = "python -m conformance"


class UsageError(ValueError):
    """The command asks for something that does not exist, or cannot be done; the message names it."""


class PlatformError(RuntimeError):
    """The backend cannot run here."""


def obeyed(work: Callable[[], int], *, unread: int = INTERNAL) -> int:
    """The exit code of ``work``, whatever it raises. unread: the one where the reader of what it prints has gone."""
    try:
        return work()
    except UsageError as error:
        print(f"{PROGRAM}: error: {error}", file=sys.stderr)
        return USAGE
    except PlatformError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return PLATFORM
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return unread
    except Exception:
        traceback.print_exc()
        print("the run itself broke; this is no verdict", file=sys.stderr)
        return INTERNAL
