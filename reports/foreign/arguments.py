"""What do words of a command line mean? Paths and counts that can be, and one line about each that cannot."""

import argparse
import errno
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from reports.foreign.showing import complain, is_plain, line

WRONG_USE = 2
LONGEST, LONGEST_VALUE = 500, 100  # characters of a message, and of a word in it
_MAY_BE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}  # a name that there may be; what opens it says more


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        complain(f"{self.prog}: error: {line(message, LONGEST)}; --help lists the options")
        raise SystemExit(WRONG_USE)


def with_exit_codes(prog: str, description: str | None, codes: str) -> Parser:
    """A command's parser, whose help ends with these lines as they stand. Options are not abbreviated."""
    raw = argparse.RawDescriptionHelpFormatter
    return Parser(prog=prog, description=description, epilog=codes, formatter_class=raw, allow_abbrev=False)


def _has(text: str) -> str:
    return line(repr(text), LONGEST_VALUE)


def path(text: str) -> Path:
    """The path of that name. Raises argparse.ArgumentTypeError where there is none of it, not even a new one."""
    if not text:  # which Path takes for the current folder
        raise argparse.ArgumentTypeError("has an empty name, needs a path")
    try:
        Path(text).lstat()
        Path(text).resolve()
    except (ValueError, RuntimeError) as error:  # a NUL, a letter that no name of a file has here, links in a circle
        raise argparse.ArgumentTypeError(f"has {_has(text)}, needs a path: {error}") from error
    except OSError as error:
        if error.errno not in _MAY_BE:
            raise argparse.ArgumentTypeError(f"has {_has(text)}, needs a path: {error.strerror}") from error
    return Path(text)


def name(text: str) -> str:
    """A name that can be shown. Raises argparse.ArgumentTypeError."""
    if not text.strip() or not is_plain(text):
        raise argparse.ArgumentTypeError(f"has {_has(text)}, needs a name of characters that show")
    return text


def count(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number from ``least`` to ``most``."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) else -1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"has {_has(text)}, needs a whole number from {least} to {most}")
        return number

    return read
