"""What if the device is no CPU? Two imagined GPUs, subjects that hang, break or lose theirs, and what a worker sees.

FAKE_STATE names a folder that all processes of a run share: a file in it named ``gone-0`` means that no process can use
device 0 any more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fake_suite import SUITE as PLAIN
from fake_suite import FakeBackend, FakeSubject, _case

from vectors.case import Case, Vector

BROKEN: list[str] = []  # why this process cannot use its device any more
HELD: list[Any] = []  # what a case has taken of the device's memory
LATE: list[str] = []  # an error that shows when something waits for the device
RELEASED: list[str] = []


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


def _state() -> Path:
    return Path(os.environ["FAKE_STATE"])


class FakeDevices(FakeBackend):
    """Two GPUs, '0' and '1'."""

    devices = ("0", "1")

    def activate(self) -> None:
        super().activate()
        if "FAKE_UNWILLING" in os.environ and "FAKE_DEVICE" in os.environ:
            raise RuntimeError("no driver for this one")

    def environment_on(self, device: str) -> dict[str, str]:
        return {"FAKE_DEVICE": device}

    def synchronize(self) -> None:
        if LATE:
            raise RuntimeError(LATE.pop())

    def why_lost(self) -> str | None:
        if BROKEN:
            return BROKEN[0]
        if (_state() / f"gone-{os.environ.get('FAKE_DEVICE', '0')}").exists():
            return "CUDA error: GPU has fallen off the bus"
        return None

    def release_memory(self) -> None:
        HELD.clear()
        RELEASED.append("all")


def _judging() -> int:
    """How many processes have begun to judge."""
    return len({line.split()[2] for line in (_state() / "seen").read_text().splitlines()})


def _seen(case: Case, vector: Vector) -> dict[str, str]:
    """Tell which device and process judged; the first ones wait for FAKE_WORKERS of them."""
    with (_state() / "seen").open("a") as file:
        file.write(f"{case.id} {os.environ.get('FAKE_DEVICE', '-')} {os.getpid()}\n")
    deadline = time.monotonic() + 60
    while _judging() < int(os.environ.get("FAKE_WORKERS", "1")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.05)
    return dict.fromkeys(case.requirements, "")


def _on(number: int, do: Any) -> Any:
    """A subject's answer: `do` in the case of that number."""

    def answer(case: Case, vector: Vector) -> Mapping[str, str]:
        found = _seen(case, vector)
        if case.id == f"beta/number-{number}":
            do()
        return found

    return answer


def _hang() -> None:
    # As a kernel does: a child that holds this process's pipes, and no Python signal handler comes to run.
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (_state() / "child").write_text(str(child.pid))
    time.sleep(600)


def _break() -> None:
    BROKEN.append("CUDA error: an illegal memory access was encountered")
    raise RuntimeError(BROKEN[0])


def _break_late() -> None:
    BROKEN.append("CUDA error: unspecified launch failure")
    LATE.append(BROKEN[0])


def _lose() -> None:
    (_state() / f"gone-{os.environ.get('FAKE_DEVICE', '0')}").touch()
    _break()


def _lose_and_hang() -> None:
    (_state() / f"gone-{os.environ.get('FAKE_DEVICE', '0')}").touch()
    time.sleep(600)


def _run_out() -> None:
    HELD.append(bytes(10))
    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 80.00 GiB")


def _need_what_was_held() -> None:
    if HELD or not RELEASED:
        raise OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB")


def _run_out_then_need(case: Case, vector: Vector) -> Mapping[str, str]:
    if case.id == "beta/number-2":
        _run_out()
    if case.id == "beta/number-3":
        _need_what_was_held()
    return _seen(case, vector)


def _starve() -> None:
    raise MemoryError


_BETA = frozenset({"beta"})
SUBJECTS = {
    subject.name: subject
    for subject in (
        FakeSubject("seen", _seen, _BETA),
        FakeSubject("hanging", _on(2, _hang), _BETA),
        FakeSubject("hanging-always", lambda case, vector: _hang(), _BETA),  # type: ignore[arg-type,func-returns-value]
        FakeSubject("breaking", _on(2, _break), _BETA),
        FakeSubject("breaking-late", _on(2, _break_late), _BETA),
        FakeSubject("losing", _on(2, _lose), _BETA),
        FakeSubject("losing-and-hanging", _on(2, _lose_and_hang), _BETA),
        FakeSubject("running-out", _run_out_then_need, _BETA),
        FakeSubject("starving", _on(2, _starve), _BETA),
    )
}


def _backend(name: str | None) -> FakeDevices:
    return FakeDevices(name or "imagined")


SUITE = replace(
    PLAIN,
    subjects=("seen",),
    cases=lambda: tuple(_case(f"beta/number-{i}", "BET-01") for i in range(16)),
    subject=SUBJECTS.__getitem__,
    backend=_backend,
)
