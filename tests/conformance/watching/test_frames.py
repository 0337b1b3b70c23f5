"""Is it told where a process hangs: the line in the kernels' file, in the thread that judges, whatever it does?"""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from conformance.watching.frames import Frames, whereabouts
from reports.model import Place

# A regular expression that takes for ever in C, with the interpreter's lock held: no signal handler of Python's runs.
STUCK = "import re\n\ndef kernel():\n    re.match('(a+)+b', 'a' * 64)\n"
CHECK = """
import sys, threading, time
sys.path[:0] = [{root!r}, {folder!r}]
from pathlib import Path
from conformance.watching.frames import Frames
import stuck
frames = Frames(Path({frames!r}))
threading.Thread(target=time.sleep, args=[600], daemon=True).start()
frames.told_after({seconds})
stuck.kernel()
"""


@pytest.fixture
def stuck(tmp_path):
    """Start a process that hangs in stuck.py, called by a file in a folder `checks`; it, and where its frames are."""
    from conformance.root import ROOT

    children = []

    def started(seconds):
        frames = tmp_path / "frames"
        (tmp_path / "stuck.py").write_text(STUCK)
        (tmp_path / "checks").mkdir()
        check = tmp_path / "checks" / "test_it.py"
        check.write_text(CHECK.format(root=str(ROOT), folder=str(tmp_path), frames=str(frames), seconds=seconds))
        children.append(subprocess.Popen([sys.executable, str(check)]))
        deadline = time.monotonic() + 60
        while not frames.exists():
            assert children[0].poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        return children[0], frames

    yield started
    for child in children:
        child.kill()
        child.wait()


def test_the_kernels_own_line_is_told(stuck, tmp_path):
    child, frames = stuck(0.5)
    time.sleep(0.5)
    assert whereabouts(frames) == Place(str(tmp_path / "stuck.py"), 4, "kernel")
    assert child.poll() is None, "it is not ended by that"


def test_where_it_was_when_it_was_last_told_counts(tmp_path):
    checked = f'  File "{tmp_path}/checks/test_it.py", line 1 in test_it\n'
    dumps = [
        f'Timeout (0:00:01)!\nThread 0x1:\n  File "{tmp_path}/k.py", line {n} in kernel\n{checked}' for n in (1, 2)
    ]
    path = tmp_path / "frames"
    for written, line in [
        ("".join(dumps), 2),
        ("".join(dumps) + "Timeout (0:00:01)!\nThread 0x1:\n  Fi", 2),
        (dumps[0], 1),
    ]:
        path.write_text(written)
        assert whereabouts(path) == Place(str(tmp_path / "k.py"), line, "kernel")


def test_who_has_no_limit_tells_nothing(stuck, tmp_path):
    _, frames = stuck(None)
    assert whereabouts(frames) is None
    assert whereabouts(tmp_path / "absent") is None


def test_what_is_done_in_time_is_not_told(tmp_path):
    frames = Frames(tmp_path / "frames")
    frames.told_after(0.2)
    frames.told_after(None)
    time.sleep(0.5)
    assert (tmp_path / "frames").read_text() == ""


def test_each_limit_has_its_own_frames(tmp_path):
    frames = Frames(tmp_path / "frames")
    for _ in range(2):
        frames.told_after(0.1)
        assert (tmp_path / "frames").read_text() == ""
        time.sleep(0.5)
        assert "Timeout" in (tmp_path / "frames").read_text()
    frames.told_after(None)
