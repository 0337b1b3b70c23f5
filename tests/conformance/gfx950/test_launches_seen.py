"""Is each launch seen where nothing but launches is counted, by any number of watchers, until it is ended?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from triton.compiler import CompiledKernel

from conformance.gfx950.launching.capture import Launched, launched


def kernel(name: str, warps: int) -> Any:
    made = object.__new__(CompiledKernel)
    made.metadata = SimpleNamespace(name=name, num_warps=warps, num_stages=2)
    made.src, made.module = SimpleNamespace(signature={}), None  # what there is to unload: nothing
    return made


def test_launches_are_added_up_by_kernel_and_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[int, ...]] = []
    monkeypatch.setattr(CompiledKernel, "run", property(lambda kernel: lambda *grid: ran.append(grid)))
    seen, first, second = Launched(), kernel("gemm", 4), kernel("gemm", 8)
    first.run(3, 2, 1)
    with launched() as listed:
        for one in (first, second, second):
            one.run(5, 1, 1)
    second.run(1, 1, 1)
    assert listed == [first, second] and ran == [(3, 2, 1), (5, 1, 1), (5, 1, 1), (5, 1, 1), (1, 1, 1)]
    found = [cost.to_json() for cost in seen.take_costs()]
    assert [(cost["variant"], cost["launches"], cost["workgroups"]) for cost in found] == [
        ("warps=4 stages=2", 2, 11),
        ("warps=8 stages=2", 3, 11),
    ]
    assert not any("code" in cost for cost in found) and seen.take_costs() == []
