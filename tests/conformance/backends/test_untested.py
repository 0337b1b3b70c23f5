"""Does a trial of a Triton find what goes wrong, and nothing on a right device? And is it said in one line?"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

from conformance.backends import untested

# A check -> the kernel's tensors that it has to look at.
RESULTS = {
    "masked loads and stores": [1],
    "integer arithmetic": [2],
    "FP32 arithmetic": [2],
    "reductions through LDS": [1, 2, 3, 4],
    "atomics": [1, 2],
    "branches on data": [1],
    "a pipelined loop of tl.dot_scaled": [4],
}


def _checks() -> dict[str, Callable[[], tuple[bool, str]]]:
    from conformance.backends import trial_checks  # decorated for the interpreter

    return trial_checks.CHECKS


def test_every_check_holds_on_another_right_backend(interpreter):
    assert {name: said for name, check in _checks().items() if not (said := check())[0]} == {}
    assert set(_checks()) == set(RESULTS)


@pytest.mark.parametrize(("name", "which"), [(name, which) for name, found in RESULTS.items() for which in found])
def test_one_wrong_bit_of_any_result_is_noticed(interpreter, monkeypatch, name, which):
    from conformance.backends import trial_kernels

    class Wrong:
        """A kernel whose last word of a result has one bit wrong."""

        def __init__(self, kernel: object) -> None:
            self._kernel = kernel

        def __getitem__(self, grid: tuple[int, ...]) -> Callable[..., None]:
            def launch(*arguments: object, **options: int) -> None:
                self._kernel[grid](*arguments, **options)
                tensors = [x for x in arguments if isinstance(x, torch.Tensor)]
                tensors[which].view(torch.int32).flatten()[-1] ^= 1

            return launch

    kernels = [name for name, value in vars(trial_kernels).items() if type(value).__name__ == "InterpretedFunction"]
    assert len(kernels) == len(RESULTS)
    for kernel in kernels:
        monkeypatch.setattr(trial_kernels, kernel, Wrong(getattr(trial_kernels, kernel)))
    holds, said = _checks()[name]()
    assert not holds
    assert said.startswith("1 of ")


def test_nothing_fails_on_the_emulated_device_with_this_triton():
    assert untested.what_fails.__wrapped__() == ""


@pytest.mark.parametrize(
    ("code", "out", "err", "said"),
    [
        (1, "atomics: 3 of 26 values differ\n", "a warning\n", "atomics: 3 of 26 values differ"),
        (1, "", "Traceback\nImportError: no\x1b name\n", "ImportError: no\N{REPLACEMENT CHARACTER} name"),
        (-6, "", "LLVM ERROR: no such target\n", "LLVM ERROR: no such target (signal SIGABRT)"),
        (-11, "", "", "no word (signal SIGSEGV)"),
        (1, "x" * 1000, "", "x" * 300 + " ..."),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(monkeypatch, code, out, err, said):
    done = SimpleNamespace(returncode=code, stdout=out, stderr=err)
    monkeypatch.setattr(untested.subprocess, "run", lambda *words, **named: done)
    assert untested.what_fails.__wrapped__() == said


def test_a_trial_that_does_not_end_is_a_failure(monkeypatch):
    def hang(words: list[str], **named: object) -> None:
        raise subprocess.TimeoutExpired(words, 600)

    monkeypatch.setattr(untested.subprocess, "run", hang)
    assert untested.what_fails.__wrapped__() == "it had not ended after 600 s"
