"""Is it told how a process ended, and does ending one end what it started?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from conformance.watching import exhaustion, processes

SLEEPS = "import time; time.sleep(600)"
FAMILY = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); {SLEEPS}"


@pytest.mark.parametrize(
    ("code", "says"), [(0, "exit code 0"), (3, "exit code 3"), (-11, "signal SIGSEGV"), (-99, "signal 99")]
)
def test_an_exit_code_in_words(code, says):
    assert processes.ending(code) == says


def test_a_tree_is_ended_with_its_leaves():
    child = subprocess.Popen([sys.executable, "-c", FAMILY])
    deadline = time.monotonic() + 20
    while not (leaves := processes.descendants(child.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert set(leaves) <= set(processes.descendants(os.getpid()))
    processes.kill_tree(child.pid)
    assert child.wait(10) == -signal.SIGKILL
    while any(leaf in processes.descendants(1) for leaf in leaves):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_end_for_want_of_memory_is_told_from_the_kernels_count(tmp_path):
    counter = tmp_path / "memory.events"
    counter.write_text("low 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 0\n")
    assert processes.oom_kills((tmp_path / "absent", counter)) == 2
    assert processes.oom_kills((tmp_path / "absent",)) == 0
    assert "ran out of memory" in processes.told_with_memory("signal SIGKILL", 1, 2)
    assert processes.told_with_memory("signal SIGKILL", 2, 2) == "signal SIGKILL"
    assert processes.told_with_memory("signal SIGSEGV", 1, 2) == "signal SIGSEGV"


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OutOfMemoryError("tried"), "device memory"),
        (RuntimeError("CUDA error: out of memory"), "device memory"),
        (RuntimeError("HIP out of memory. Tried to allocate"), "device memory"),
        (MemoryError(), "host memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "host memory"),
        (ValueError("memory"), ""),
    ],
)
def test_which_memory_ran_out(error, what):
    assert exhaustion.what_ran_out(error) == what
    outer = ValueError("the launch failed")
    outer.__cause__ = error
    assert exhaustion.what_ran_out(outer) == what


def test_what_the_frames_hold_is_let_go():
    class Big:
        pass

    gone = []

    def hold():
        big = Big()
        import weakref

        weakref.finalize(big, gone.append, "big")
        raise MemoryError

    try:
        hold()
    except MemoryError as error:
        kept = error
    assert not gone
    exhaustion.let_go(kept)
    assert gone == ["big"]
