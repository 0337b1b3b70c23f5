"""Is what a subject changes of its process named and put back? What torch has is changed here, the rest in a run."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from conformance.calls import host, notes
from conformance.calls.aspects import ARITHMETIC, CALLS, PROCESS
from conformance.calls.surroundings import Aspect, ImportChangesError, kept, look
from conformance.running.refusals import obeyed
from conformance.subjects import registry
from conformance.subjects.base import Subject

ENVIRONMENT = "the floating-point environment"
SETTINGS = (*ARITHMETIC, *CALLS)
flushes = pytest.mark.skipif(not torch.set_flush_denormal(False), reason="this processor does not flush")


@pytest.fixture(autouse=True)
def fresh_notes() -> Iterator[None]:
    notes.take()
    yield
    notes.take()
    host.put_back()


DEEDS: dict[str, tuple[Callable[[], object], str]] = {
    "dtype": (lambda: torch.set_default_dtype(torch.float64), "torch's default dtype and device (has (torch.float64, "),
    "device": (lambda: torch.set_default_device("meta"), "torch's default dtype and device (has (torch.float32, device("
               "type='meta')), had (torch.float32, device(type='cpu')))"),
    "gradients": (lambda: torch.set_grad_enabled(False), "torch's gradients (has False, had True)"),
    "autocast": (lambda: torch.set_autocast_enabled("cpu", True), "torch's autocast on the CPU (has True, had False)"),
    "threads": (lambda: torch.set_num_threads(torch.get_num_threads() + 1), "torch's threads (has "),
    "determinism": (lambda: torch.set_deterministic_debug_mode("warn"), "torch's determinism (has 1, had 0)"),
    "flushes": (lambda: torch.set_flush_denormal(True), f"{ENVIRONMENT} (flush-to-zero, denormals-are-zero)"),
    "numpy": (lambda: np.seterr(over="raise"), "NumPy's error state (over)"),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(n, marks=flushes if n == "flushes" else ()) for n in DEEDS])
def test_a_setting_is_named_and_put_back(name: str) -> None:
    deed, says = DEEDS[name]
    before = look(SETTINGS)
    with kept("a call", SETTINGS):
        deed()
    noted = notes.take()
    assert [words[: len(says) + 21] for words in noted.changed] == [f"a call left changed: {says}"]
    assert (look(SETTINGS), noted.lasting) == (before, [])


def test_a_call_that_changes_nothing_leaves_no_note() -> None:
    with kept("a call", (*PROCESS, *SETTINGS)):
        torch.ones(3).sum()
    assert (notes.take().changed, notes.take().lasting) == ([], [])


@flushes
def test_a_stage_is_named_also_where_it_raises() -> None:
    def stage(x: torch.Tensor) -> None:
        torch.set_flush_denormal(True)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Subject("s", "native", {"fused_moe": stage, "quantize": stage}).call("quantize", torch.zeros(2, 32))
    assert notes.take().changed == [f"quantize left changed: {ENVIRONMENT} (flush-to-zero, denormals-are-zero)"]
    assert host.of_this_thread() == ""


@flushes
@pytest.mark.parametrize("way", ["the C library", "torch"])
def test_the_environment_is_put_back(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_IS_KEPT", host._IS_KEPT and way != "torch")
    torch.set_flush_denormal(True)
    host.put_back()
    assert host.of_this_thread() == ""


@flushes
def test_threads_that_nobody_can_reach_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def threads() -> np.ndarray:
        found = np.tile(host.SUM, (4, 1))
        found[2, 0] = 0  # one of them flushes
        return found

    monkeypatch.setattr(host, "sums_of_torch", threads)
    with kept("a call", ARITHMETIC):
        torch.set_flush_denormal(True)
    assert notes.take().lasting == [f"{ENVIRONMENT} (flush-to-zero, denormals-are-zero)"]
    assert host.of_shared_threads() == "flush-to-zero"


def test_threads_that_torch_shares_work_with_are_asked() -> None:
    sums = host.sums_of_torch()
    assert (sums == host.SUM).all()
    assert sums.size >= torch.get_num_threads() * (host._GRAIN - len(host.SUM))


@pytest.mark.parametrize(
    ("place", "bits", "words"),
    [
        ((0,), (0,), "flush-to-zero"),
        ((1,), (0x00800000,), "denormals-are-zero"),
        ((2, 5, 6), (0x3F800001, 0xBF800000, 0x3F800001), "rounding upward"),
        ((3, 4), (0xBF800001, 0x3F800000), "rounding downward"),
        ((4, 5), (0x3F800000, 0xBF800000), "rounding toward zero"),
    ],
)  # fmt: skip
def test_an_environment_has_its_name(place: tuple[int, ...], bits: tuple[int, ...], words: str) -> None:
    sums = host.SUM.copy()
    sums[list(place)] = bits
    assert host.named(sums) == words


def test_each_rounding_of_the_c_library_has_its_name() -> None:
    library, names = ctypes.CDLL(None), set()
    for direction in (0x400, 0x800, 0xC00, 0x400000, 0x800000, 0xC00000):  # of x86-64, of AArch64
        if hasattr(library, "fesetround") and library.fesetround(direction) == 0:
            names.add(host.of_this_thread())
            host.put_back()
    assert names >= {"rounding upward", "rounding downward", "rounding toward zero"} or not names


@pytest.mark.parametrize("put_back", [None, lambda _: 1 / 0, lambda _: None], ids=["none", "raises", "in-vain"])
def test_what_cannot_be_put_back_lasts(put_back: Callable[[object], object] | None) -> None:
    state = [1]
    with kept("a call", (Aspect("this", lambda: state[0], put_back),)):
        state[0] = 2
    noted = notes.take()
    assert (noted.changed, noted.lasting) == (["a call left changed: this (has 2, had 1)"], ["this (has 2, had 1)"])


@flushes
@pytest.mark.parametrize(("rest", "raises"), [("", ImportChangesError), ("; nothing", NameError)])
def test_an_import_that_flushes_is_refused_by_name(
    rest: str, raises: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"flushing_{raises.__name__}"
    (tmp_path / f"{name}.py").write_text(f"import torch\nf = torch.set_flush_denormal(True) and print{rest}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(raises) as caught:
        registry.load(f"{name}:f")
    if not rest:
        words = f"{ENVIRONMENT} (flush-to-zero, denormals-are-zero)"
        assert str(caught.value).startswith(f"subject: {name}:f changes {words} when it is imported")
    assert host.of_this_thread() == ""


def test_such_a_refusal_is_one_line_and_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise ImportChangesError("subject: x changes y")

    assert obeyed(work) == 5
    assert capsys.readouterr().err == "python -m conformance: subject: x changes y; this is no verdict\n"
