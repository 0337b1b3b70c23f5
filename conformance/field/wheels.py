"""How do a release's Python files come here without the rest of its wheel? By requests for ranges of it.

A wheel of an engine is hundreds of megabytes of compiled kernels, of which a profile reads ten files. pip says where
the wheel of a version is, by the configuration and the platform of this machine, without downloading it.
"""

import io
import json
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from reports.foreign.showing import line

_AT_ONCE = 1 << 18  # bytes of a request; the table of contents takes a few
_SECONDS = 60
_PIP = ("pip", "install", "--dry-run", "--no-deps", "--ignore-installed", "--ignore-requires-python", "--quiet")


class WheelError(ValueError):
    """There is no wheel of that version for this machine, or it cannot be read; the message names it."""


def fetched(distribution: str, version: str, patterns: Sequence[str], folder: Path) -> Path:
    """The folder with the files of a release that fit one of the patterns, and its metadata. Raises WheelError."""
    if folder.is_dir():
        return folder
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with io.BufferedReader(Remote(_url(distribution, version)), _AT_ONCE) as wheel:
            unpack(wheel, patterns, part)
    except (OSError, zipfile.BadZipFile) as error:
        raise WheelError(f"{distribution} {version}: its wheel cannot be read: {error}") from error
    part.rename(folder)
    return folder


def unpack(wheel: IO[bytes], patterns: Sequence[str], folder: Path) -> None:
    """Write what fits one of the patterns, and the METADATA. Raises zipfile.BadZipFile."""
    wanted = (*patterns, "*.dist-info/METADATA")
    with zipfile.ZipFile(wheel) as found:
        for name in found.namelist():
            if any(fnmatchcase(name, pattern) for pattern in wanted):
                found.extract(name, folder)  # which leaves no folder above, whatever the name says


class Remote(io.RawIOBase):
    """A file behind a URL, of which each read is a request. Raises WheelError where the server sends no ranges."""

    def __init__(self, url: str) -> None:
        self._url, self._at = url, 0
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_SECONDS) as answer:
            self._size = int(answer.headers["Content-Length"])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self._size - self._at)
        if count <= 0:
            return 0
        asked = urllib.request.Request(self._url, headers={"Range": f"bytes={self._at}-{self._at + count - 1}"})
        with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:
            if answer.status != 206:
                raise WheelError(f"{self._url}: its server sends no ranges, needs one that does")
            found = answer.read()
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def _url(distribution: str, version: str) -> str:
    """Where the wheel that pip would install is. Raises WheelError."""
    asked = [sys.executable, "-m", *_PIP, "--only-binary", ":all:", "--report", "-", f"{distribution}=={version}"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        *_, said = ["pip failed", *done.stderr.strip().splitlines()]
        raise WheelError(f"{distribution} {version}: {line(said, 300)}")
    return str(json.loads(done.stdout)["install"][0]["download_info"]["url"])
