"""Do chunks on threads leave what chunks one after another leave? Random programs, some of which need the order."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch

from conformance.gfx950 import machine, together
from conformance.gfx950.core import build
from conformance.gfx950.storage.global_memory import GlobalMemory
from tests.conformance.gfx950.test_core_flow import outcome, program

pytestmark = pytest.mark.skipif(not build.compilers(), reason="no C compiler is there")
SEEDS = 14


def test_random_programs_leave_the_same_on_one_thread_and_on_two(monkeypatch: pytest.MonkeyPatch) -> None:
    met, run = Counter[str](), together.run

    def counted(*arguments: Any) -> together.Share | None:
        share = run(*arguments)
        met["one after another" if share is None else "together"] += 1
        return share

    monkeypatch.setattr(machine, "CHUNK_WAVES", 2)
    monkeypatch.setattr(together, "LEAST", 2)
    monkeypatch.setattr(together, "_after_another", {})
    for seed in range(SEEDS):
        monkeypatch.setattr(together, "threads", lambda: 1)
        before = outcome(seed, "compiled")
        monkeypatch.setattr(together, "threads", lambda: 2)
        monkeypatch.setattr(together, "run", counted)
        assert outcome(seed, "compiled") == before, program(seed)
        assert outcome(seed, "compiled") == before
        monkeypatch.setattr(together, "run", run)
    assert met["together"] >= 6 and met["one after another"] >= 6, met


def test_what_numpy_stores_waits_for_the_chunks_before() -> None:
    address, word = np.zeros((1, 64), np.uint64), np.zeros((1, 1, 64), np.uint32)
    with pytest.raises(together.NotAlone):
        together._Apart(GlobalMemory("probe", []), {}).store(address, word, None, 4)


def test_tensors_that_share_bytes_keep_the_order() -> None:
    """One is read where the other one is written: no thread would notice."""
    whole = torch.zeros(64, dtype=torch.int32)
    for second, overlap in ((whole[32:].clone(), False), (whole[1:], True)):
        assert together._overlap(GlobalMemory("probe", [("out", whole[:32]), ("x", second)])) is overlap


@pytest.mark.parametrize(
    ("environment", "number"),
    [
        ({}, 6),
        ({"PYTEST_XDIST_WORKER_COUNT": "3"}, 2),
        ({"PYTEST_XDIST_WORKER_COUNT": "9"}, 1),
        ({"OMP_NUM_THREADS": "1"}, 1),
        ({"OMP_NUM_THREADS": "99"}, together.MOST),
    ],
)
def test_threads_are_as_many_as_are_this_processs(
    environment: dict[str, str], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_NUM_THREADS", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(together.os, "sched_getaffinity", lambda _: set(range(6)))
    assert together.threads() == number
