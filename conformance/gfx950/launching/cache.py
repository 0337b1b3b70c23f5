"""Is a file in Triton's cache what a compilation put there? A cache manager that knows no other file.

Triton takes what it finds under an entry's name, a digest of all that the code depends on, for what it compiled. Here
each file is sealed as it is put: its digest joins a list beside it. A file that was edited, cut short, swapped with
another, or put there by somebody else is then not there, so Triton compiles anew and replaces it. This notices
accidents, not whoever may write the folder and seals what he writes.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from triton import knobs
from triton.runtime.cache import FileCacheManager, _base32

SEALS = "seals"  # digests, one a line; only ever added to, since other processes may compile the same at the same time
ROOM = 1 << 20  # bytes that must fit: a large kernel's files


class SealedCache(FileCacheManager):  # type: ignore[misc]  # triton is untyped
    """Triton's cache in files, sealed. unwritable: makes what is raised, of a message, where nothing can be put."""

    unwritable: Callable[[str], Exception] = OSError

    def __init__(self, key: str, override: bool = False, dump: bool = False) -> None:
        try:
            super().__init__(key, override, dump)
        except OSError as error:
            raise self.unwritable(_refusal(error)) from error

    def put(self, data: Any, filename: str, binary: bool = True) -> str:
        content = data if isinstance(data, bytes) else str(data).encode()
        try:
            with Path(self._make_path(SEALS)).open("ab") as seals:  # first, so that no file is there without its seal
                seals.write(b"\n" + self._seal(filename, content) + b"\n")  # the last line may have been cut short
            return str(super().put(content, filename))
        except OSError as error:
            raise self.unwritable(_refusal(error)) from error

    def has_file(self, filename: str) -> bool:
        return self.content(filename) is not None

    def get_group(self, filename: str) -> dict[str, str] | None:
        """The paths of the files that were compiled together, all of them or None."""
        listed = self.content(f"__grp__{filename}")
        names = json.loads(listed)["child_paths"] if listed else ()
        return {name: self._make_path(name) for name in names} if names and all(map(self.has_file, names)) else None

    def content(self, filename: str) -> bytes | None:
        """A file's bytes as they were put there; None where it has others, or is not there."""
        try:
            content = Path(self._make_path(filename)).read_bytes()
            seals = Path(self._make_path(SEALS)).read_bytes()
        except OSError:
            return None
        return content if self._seal(filename, content) in seals.split(b"\n") else None

    def _seal(self, filename: str, content: bytes) -> bytes:
        return hashlib.sha256(b"\0".join([self.key.encode(), filename.encode(), content])).hexdigest().encode()


def install(unwritable: Callable[[str], Exception]) -> None:
    """Make it Triton's cache here. Raises what ``unwritable`` makes, now and later, where its folder takes nothing."""
    SealedCache.unwritable = staticmethod(unwritable)
    knobs.cache.manager_class = SealedCache
    try:
        os.makedirs(knobs.cache.dir, exist_ok=True)  # noqa: PTH103  # for pathlib, '' is a folder
        with tempfile.TemporaryFile(dir=knobs.cache.dir) as file:
            file.write(bytes(ROOM))
    except OSError as error:
        raise unwritable(_refusal(error)) from error


def compiled(key: str, filename: str) -> bytes | None:
    """A file of a compiled kernel, by the kernel's hash, as the compilation put it there; None without such."""
    return SealedCache(_base32(key)).content(filename)


def _refusal(error: OSError) -> str:
    why = f"cannot be written ({error.strerror})"
    return f"Triton's cache folder {knobs.cache.dir!r} {why}; TRITON_CACHE_DIR names another"
