"""How does a file appear whole or not at all? Written beside its place, then moved there."""

import contextlib
import os
from pathlib import Path


def write_whole(path: Path, *pieces: bytes | bytearray) -> None:
    """Put these bytes at `path`; a reader, or a kill at any moment, finds the old file or the new one.

    Raises OSError that names `path`; the old file is there then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.writelines(pieces)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()  # the disk may be full
        raise OSError(error.errno, error.strerror, str(path)) from error
