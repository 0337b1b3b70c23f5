"""Has a report's folder one writer, and does it stay whole where the disk does not take the next file?"""

import contextlib
import errno
import os
import resource
import signal
import time

import pytest

from reports.files import write_whole
from reports.keeping.writer import take


def _holder(folder):
    """A process that has the folder, and one that it forked; their ids."""
    reads, writes = os.pipe()
    if (holder := os.fork()) == 0:
        take(folder)
        heir = os.fork()
        if heir:
            os.write(writes, str(heir).encode())
        time.sleep(600)
        os._exit(0)
    return holder, int(os.read(reads, 20))


def test_a_second_writer_is_refused_until_the_first_has_ended_however_that_ends(tmp_path):
    holder, heir = _holder(tmp_path / "report")
    try:
        with pytest.raises(OSError, match=f"process {holder} is writing a report there"):
            take(tmp_path / "report")
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
        take(tmp_path / "report")
    finally:
        for process in (heir, holder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    assert (tmp_path / "report" / ".writer").read_text() == str(os.getpid())


def test_a_file_that_finds_no_room_leaves_the_old_one_and_nothing_else(tmp_path):
    path = tmp_path / "report.json"
    write_whole(path, b"old")
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, most))
    try:
        with pytest.raises(OSError, match=r"report\.json") as caught:
            write_whole(path, b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(path))
    assert ([file.name for file in tmp_path.iterdir()], path.read_bytes()) == (["report.json"], b"old")
