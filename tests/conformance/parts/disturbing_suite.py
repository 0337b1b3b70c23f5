"""What do subjects of the fake suite do to the process that judges them? One thing each, beside answering one case."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import fake_suite
import numpy as np

CASE = "beta/number-2"
_LIBRARY = ctypes.CDLL(None)
_hoard: list[np.ndarray] = []


def _flush() -> None:
    """Set flush-to-zero and denormals-are-zero of x86-64, as an object that is linked with -ffast-math does."""
    kept = ctypes.create_string_buffer(32)
    _LIBRARY.fegetenv(kept)
    kept[28:32] = (int.from_bytes(kept[28:32], "little") | 0x8040).to_bytes(4, "little")
    _LIBRARY.fesetenv(kept)


def _interrupt() -> None:
    raise KeyboardInterrupt


def _hoarding() -> None:
    _hoard.append(np.ones(10 << 20))  # 80 MiB
    raise MemoryError


def _close_stdout() -> None:
    sys.stdout.close()


def _close_first_stdout() -> None:
    sys.__stdout__.close()


def _limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def _bend() -> None:
    fake_suite.FakeJudge.note = lambda self, requirement, problem: self.findings.append(
        fake_suite.Finding(requirement, "pass")
    )


# Name -> what it does, and words of the line that it fails with.
DEEDS: dict[str, tuple[Callable[[], object], str]] = {
    "traps": (lambda: _LIBRARY.feenableexcept(4), "the floating-point environment (exceptions trap)"),
    "numpy-errors": (lambda: np.seterr(all="raise"), "NumPy's error state (divide, over, under and 1 more)"),
    "closes-stdout": (_close_stdout, "sys.stdout"),
    "closes-first-stdout": (_close_first_stdout, "closed streams (stdout)"),
    "replaces-stderr": (lambda: setattr(sys, "stderr", None), "sys.stderr"),
    "interrupts": (_interrupt, "raised KeyboardInterrupt"),
    "interrupts-itself": (lambda: signal.raise_signal(signal.SIGINT), "its process died: its case interrupted it"),
    "limits": (_limit_files, "resource limits (RLIMIT_NOFILE)"),
    "moves": (lambda: os.chdir("/"), "the working directory (has /, had "),
    "variables": (lambda: os.environ.pop("PATH"), "environment variables (PATH)"),
    "path": (sys.path.clear, "sys.path ("),
    "modules": (lambda: sys.modules.pop("vectors.case"), "sys.modules (vectors.case)"),
    "umask": (lambda: os.umask(0o777), "the umask (has 0o777, had "),
    "signals": (lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN), "signal handlers (SIGTERM)"),
    "blocks-signals": (lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {2}), "blocked signals (SIGINT)"),
    "alarm": (lambda: signal.alarm(1), "timers (an alarm is set)"),
    "recursion": (lambda: sys.setrecursionlimit(300), "the limit of recursion (has 300, had "),
    "trace": (lambda: sys.settrace(lambda *_: None), "the trace and profile functions (has (<"),
    "profile": (lambda: sys.setprofile(lambda *_: None), "the trace and profile functions (has (None, "),
    "hoards": (_hoarding, "out of host memory"),
}
if platform.machine() == "x86_64":
    DEEDS |= {
        "flushes": (_flush, "the floating-point environment (flush-to-zero, denormals-are-zero)"),
        "rounds": (lambda: _LIBRARY.fesetround(0x800), "the floating-point environment (rounding upward)"),
    }


def _look_around() -> str:
    """What a right subject sees that it must not see."""
    seen = [name for name in os.environ if name.startswith(("PYTEST", "ADDED"))]
    return ", ".join([*seen, *(["what another one hoards"] if _hoard else [])])


# Name -> what it does, which is no fault; a text that it gives back fails it.
HARMLESS: dict[str, Callable[[], str | None]] = {
    "adds-a-variable": lambda: os.environ.setdefault("ADDED", "1") and None,
    "adds-to-path": lambda: sys.path.append("/nowhere"),
    "leaves-a-thread": threading.Thread(target=time.sleep, args=(600,)).start,
    "looks-around": _look_around,
}


def _subject(name: str) -> fake_suite.FakeSubject:
    def answer(case: fake_suite.Case, vector: fake_suite.Vector) -> fake_suite.Answers:
        said = None
        if case.id == CASE:
            said = (HARMLESS.get(name) or DEEDS.get(name, (_bend, ""))[0])()
        return dict.fromkeys(case.requirements, said if name in HARMLESS and said else "")

    return fake_suite.FakeSubject(name, answer, frozenset({"beta"}))


SUITE = replace(fake_suite.SUITE, subject=_subject)
