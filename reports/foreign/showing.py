"""How is text shown that others wrote? What is seen is what is there: it moves nothing, hides nothing, commands nobody.

Controls hide what follows or colour a terminal, directions of text reorder what stands around them, characters without
width make two names look the same, and a CI takes some lines of a log for its own.
"""

import re
import sys
import unicodedata
from functools import lru_cache
from typing import TextIO

SIGN = "\N{REPLACEMENT CHARACTER}"
LONGEST_COMPLAINT = 2000  # characters
# Controls, formats (directions, without width), separators of lines, lone surrogates.
_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_LOOKED_AT = re.compile("[^\t\n\r -~]")
# GitHub's runner reads '::' behind blanks and '##[' anywhere, Azure '##vso[', TeamCity '##teamcity['; Buildkite folds
# a log at '---', '+++', '~~~' and '^^^'. A word that begins so may begin a line where a table is folded.
_COMMAND = re.compile(
    r"^(?=[^\S\n]*(?:::|##|---|\+\+\+|~~~|\^\^\^))|(?<=[^\S\n])(?=::[a-z])|(?<=#)(?=#\w*\[)", re.MULTILINE
)


def shown(value: str) -> str:
    """The text with a sign in the place of each character that cannot be shown as it is."""
    return _LOOKED_AT.sub(_sign, value) if _LOOKED_AT.search(value) else value


def line(value: str, most: int) -> str:
    """The same as one line of at most so many characters, and ' ...' where it was longer."""
    whole = " ".join(shown(value).split())
    return whole if len(whole) <= most else f"{whole[:most]} ..."


def plain(value: str) -> str:
    """Text for a terminal or a log: as shown, its lines apart by newlines alone, none of them a command to a CI."""
    lines = shown(value).replace("\r\n", "\n").replace("\r", SIGN).replace("\t", " ")
    return _COMMAND.sub(r"\\", lines)


def is_plain(value: str) -> bool:
    """Whether it can be a name: it shows as it is, on one line."""
    return plain(value) == value and "\n" not in value


def say(what: object) -> None:
    """Print plain text."""
    write(f"{plain(str(what))}\n", sys.stdout)


def complain(what: object) -> None:
    """Say in one line, on standard error, what is wrong."""
    write(f"{plain(line(str(what), LONGEST_COMPLAINT))}\n", sys.stderr)


def write(text: str, out: TextIO) -> None:
    """Write what is meant as it is; a letter that the locale does not have is spelled out."""
    encoding = out.encoding or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding))


@lru_cache(1 << 12)
def _sign_of(character: str) -> str:
    code = ord(character)
    no_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return SIGN if no_character or unicodedata.category(character) in _UNSHOWABLE else character


def _sign(found: re.Match[str]) -> str:
    return _sign_of(found.group())
