"""Who writes into a report's folder? One process at a time: a second one is refused."""

import errno
import fcntl
import os
from pathlib import Path


def take(directory: Path) -> None:
    """Have the folder, which is made where there is none, until this process ends, however it does.

    Raises OSError, whose strerror says so where another process has it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    # A record lock is its process's alone: it ends with that, also where a child that it forked lives on.
    file = os.open(directory / ".writer", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            holder = os.pread(file, 20, 0).decode(errors="replace")
            raise OSError(error.errno, f"process {holder} is writing a report there", str(directory)) from error
        return  # a file system without locks
    os.ftruncate(file, 0)
    os.pwrite(file, str(os.getpid()).encode(), 0)
