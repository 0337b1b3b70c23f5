"""What does a file say that anybody may have written? It is read whole and parsed, or refused in one line.

``refuse``, which each function takes, makes the exception of the message, which names the file and what it has.
"""

import json
import math
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from reports.foreign.showing import line

Refuse = Callable[[str], Exception]

MIB = 1 << 20
MOST = 64 * MIB  # the report of a gate run has 4 MiB; what JSON says may take 25 times its size in memory
MOST_OF_TOML = 2 * MIB  # the largest file of expectations has 60 KiB; a MiB takes Python seconds to read
MOST_LEVELS = 64  # of values within values: a report has 9; what walks over too many runs out of the stack
LONGEST = 300  # characters of what a parser says
# A whole number that no double holds has more than 308 digits: only where one may be, each is looked at.
_LONG_NUMBER = re.compile(rb"[0-9]{309}")
# Of keys joined by dots: what Python's reader does for one grows with the square of their number.
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![\w-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MOST_LEVELS}}}")
_KINDS = {
    stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip


def content(path: Path, refuse: Refuse, most: int = MOST) -> bytes:
    """The bytes of a regular file that has at most ``most``."""
    try:
        # Without waiting: to open a pipe takes until somebody writes into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise refuse(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            kind = _KINDS.get(stat.S_IFMT(found.st_mode), "of another kind")
            raise refuse(f"{path}: cannot be read: is {kind}, needs to be a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            # What /proc has is more than it says.
            raw = b"" if found.st_size > most else file.read() if found.st_size else file.read(most + 1)
    except OSError as error:
        raise refuse(f"{path}: cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
    if max(found.st_size, len(raw)) > most:
        size = f"{most / MIB:g} MiB" if most >= MIB else f"{most} bytes"
        raise refuse(f"{path}: cannot be read: has more than the {size} that it may have")
    return raw


def json_file(path: Path, refuse: Refuse, schema: Mapping[str, Any] | None = None, about: str = "") -> Any:
    """What a file of JSON says. schema: the JSON Schema that it must have; about: what it is none of without."""
    found = parsed_json(content(path, refuse), path, refuse)
    if schema is not None:
        import jsonschema  # slow to import, and needed only where a file is held to a schema

        wrong = next(jsonschema.Draft202012Validator(schema).iter_errors(found), None)
        if wrong is not None:
            raise refuse(f"{path}: is no {about}: {wrong.json_path}: {line(wrong.message, LONGEST)}")
    return found


def parsed_json(raw: bytes, path: Path, refuse: Refuse) -> Any:
    """What JSON says: numbers that a double holds, no name twice in an object."""
    long: dict[str, Any] = {"parse_int": _bounded} if _LONG_NUMBER.search(raw) else {}
    try:
        return _shallow(
            json.loads(
                raw.decode("utf-8"), parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_once, **long
            )
        )
    except (ValueError, RecursionError) as error:
        raise refuse(f"{path}: has no valid JSON: {line(str(error), LONGEST)}") from error


def parsed_toml(raw: bytes, path: Path, refuse: Refuse) -> dict[str, Any]:
    """What TOML says."""
    try:
        text = raw.decode("utf-8")
        if _LONG_KEY.search(text):
            raise ValueError(f"has a key of more than {MOST_LEVELS} parts")
        found: dict[str, Any] = _shallow(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise refuse(f"{path}: has no valid TOML: {line(str(error), LONGEST)}") from error
    return found


def toml_file(path: Path, refuse: Refuse) -> dict[str, Any]:
    """What a file of TOML says."""
    return parsed_toml(content(path, refuse, MOST_OF_TOML), path, refuse)


def _shallow(found: Any) -> Any:
    level = [found]
    for _ in range(MOST_LEVELS):
        level = [inner for value in level if isinstance(value, dict | list) for inner in _within(value)]
        if not level:
            return found
    raise ValueError(f"has more than {MOST_LEVELS} levels of values within values")


def _within(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"has {next(name for name in names if names.count(name) > 1)!r} twice in one object")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"has {word}, which is no number of JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"has {line(digits, 40)}, which no double holds")
    return value


def _bounded(digits: str) -> int:
    _finite(digits)
    return int(digits)
