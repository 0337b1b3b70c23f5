"""Which files and names may somebody give to a program that nothing good can come of?"""

from __future__ import annotations

import os
import socket
from pathlib import Path

DEEP = 100_000
NAMES = {
    "empty": "",
    "NUL": "a\0b",
    "long": "a" * 5000,
    "long in all": "a/" * 3000,
    "letters that no name has": "\ud800",
}
TEXTS: dict[str, bytes] = {
    "nothing": b"",
    "a NUL": b"\0",
    "no UTF-8": b"\xff\xfe{}",
    "a surrogate's UTF-8": b'{"a": "\xed\xa0\x80"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "controls": b"\x1b]0;title\x07\n::error::x",
}
JSON = {
    **TEXTS,
    "deep lists": b"[" * DEEP,
    "deep lists, closed": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a little too deep": b"[" * 65 + b"]" * 65,
    "NaN": b'{"schema": NaN}',
    "infinity": b'{"schema": -Infinity}',
    "a float that no double holds": b'{"schema": 1e999}',
    "a whole number that no double holds": b'{"schema": 1' + b"0" * 400 + b"}",
    "a whole number that Python does not read": b'{"schema": ' + b"9" * 9000 + b"}",
    "a name twice": b'{"schema": 1, "schema": 1}',
    "a name twice, deeper": b'{"schema": [{"\\u001b[31m": 1, "\\u001b[31m": 1}]}',
    "another schema": b'{"schema": "\\u001b[31m\\n::error::"}',
    "a list": b"[]",
    "a number": b"1",
    "nothing at all": b"null",
}
TOML = {
    **TEXTS,
    "deep lists": b"a = " + b"[" * DEEP,
    "deep tables": b"a = " + b"{a=" * DEEP,
    "a long key": b"a." * DEEP + b"a = 1",
    "a long key with quotes": b'"a" . ' * DEEP + b"a = 1",
    "a long header": b"[" + b"'a'." * DEEP + b"a]\nb = 1",
    "a little too deep": b"a = " + b"[" * 65 + b"]" * 65,
    "a name twice": b"a = 1\na = 1",
    "a whole number that Python does not read": b"a = " + b"9" * 9000,
    "a day that is none": b"a = 2020-13-45",
    "no table of ours": b"\"\\u001b[31m\" = 'x'",
}


def things(folder: Path) -> dict[str, str]:
    """Kind -> path of what lies there and is no file to be read. Beside them what no path can be."""
    folder.mkdir()
    os.mkfifo(folder / "fifo")
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to("loop")
    (folder / "nowhere").symlink_to("gone")
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(folder / "socket"))  # such a name may have 108 bytes
    inside = {name: str(folder / name) for name in ("fifo", "folder", "loop", "nowhere", "huge", "socket", "missing")}
    return {**inside, "below a file": str(folder / "huge" / "x"), "endless": "/dev/zero", "empty device": "/dev/null"}


def texts(folder: Path, kinds: dict[str, bytes], name: str) -> dict[str, Path]:
    """Kind -> a folder with a file of that name and content."""
    found = {}
    for number, (kind, text) in enumerate(kinds.items()):
        found[kind] = folder / str(number)
        found[kind].mkdir(parents=True)
        (found[kind] / name).write_bytes(text)
    return found
