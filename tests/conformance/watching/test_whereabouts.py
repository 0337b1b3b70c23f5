"""Is it told where a process hangs: the line in the kernels' file, in the thread that judges, whatever it does?"""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from conformance.watching.whereabouts import whereabouts
from reports.model import Place

# A regular expression that takes for ever in C, with the interpreter's lock held: no signal handler of Python's runs.
STUCK = "import re\n\ndef kernel():\n    re.match('(a+)+b', 'a' * 64)\n"
CHECK = """
import sys, threading, time
sys.path[:0] = [{root!r}, {folder!r}]
from pathlib import Path
from conformance.watching.whereabouts import tell_on_request
import stuck
tell_on_request(Path({frames!r}))
threading.Thread(target=time.sleep, args=[600], daemon=True).start()
Path({frames!r} + ".ready").touch()
stuck.kernel()
"""


@pytest.fixture
def stuck(tmp_path):
    """A process that hangs in stuck.py, called by a file in a folder `checks`, and where it tells its frames."""
    from conformance.root import ROOT

    frames = tmp_path / "frames"
    (tmp_path / "stuck.py").write_text(STUCK)
    (tmp_path / "checks").mkdir()
    check = tmp_path / "checks" / "test_it.py"
    check.write_text(CHECK.format(root=str(ROOT), folder=str(tmp_path), frames=str(frames)))
    child = subprocess.Popen([sys.executable, str(check)])
    deadline = time.monotonic() + 60
    while not (tmp_path / "frames.ready").exists():
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.2)
    yield child, frames
    child.kill()
    child.wait()


def test_the_kernels_own_line_is_told(stuck, tmp_path):
    child, frames = stuck
    assert whereabouts(child.pid, frames) == Place(str(tmp_path / "stuck.py"), 4, "kernel")
    assert child.poll() is None, "it is asked, not ended"


def test_who_does_not_listen_is_not_asked(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    assert whereabouts(child.pid, tmp_path / "frames") is None
    time.sleep(0.2)
    assert child.poll() is None
    child.kill()
    assert child.wait() == -9
    assert whereabouts(child.pid, tmp_path / "frames") is None
