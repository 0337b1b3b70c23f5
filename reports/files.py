"""How does a file appear whole or not at all? Written beside its place, then moved there."""

import os
from pathlib import Path


def write_whole(path: Path, *pieces: bytes | bytearray) -> None:
    """Put these bytes at `path`; a reader, or a kill at any moment, finds the old file or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with temporary.open("wb") as file:
        file.writelines(pieces)
    temporary.replace(path)
