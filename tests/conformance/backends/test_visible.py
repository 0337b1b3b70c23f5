"""Which GPU does a worker see? One of those that the run may see, by the name that the run had for it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from conformance.backends import visible
from conformance.backends.device import DeviceBackend, place


@pytest.mark.parametrize(
    ("kind", "environment", "seen"),
    [
        ("cuda", {}, ("0", "1")),
        ("cuda", {"CUDA_VISIBLE_DEVICES": "3, 5,7"}, ("3", "5")),
        ("cuda", {"CUDA_VISIBLE_DEVICES": "GPU-8a,GPU-9b"}, ("GPU-8a", "GPU-9b")),
        ("rocm", {"CUDA_VISIBLE_DEVICES": "6,7"}, ("6", "7")),
        ("rocm", {"HIP_VISIBLE_DEVICES": "1,2", "CUDA_VISIBLE_DEVICES": "6,7"}, ("1", "2")),
        ("cuda", {"HIP_VISIBLE_DEVICES": "1,2"}, ("0", "1")),
    ],
)
def test_names_of_what_a_run_sees(kind, environment, seen):
    assert visible.seen(kind, 2, environment) == seen


@pytest.mark.parametrize(("kind", "variable"), [("cuda", "CUDA_VISIBLE_DEVICES"), ("rocm", "HIP_VISIBLE_DEVICES")])
def test_a_worker_sees_one_and_its_ranks_all_again(kind, variable):
    worker = visible.only(kind, "5", ("3", "5"))
    assert worker[variable] == "5"
    assert visible.seen(kind, 1, worker) == ("5",)
    assert visible.all_of_run(kind, worker) == {variable: "3,5"}
    assert visible.all_of_run(kind, {variable: "3,5"}) == {}


def test_a_rank_under_torchrun_has_its_own_place(monkeypatch):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert place() == 0
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert place() == 1


@pytest.mark.parametrize(
    ("models", "used"),
    [
        (["MI355X", "MI355X", "MI355X"], ("0", "1", "2")),
        (["MI355X", "Graphics", "MI355X"], ("0", "2")),
        (["H200", "H100", "H100"], ("0",)),
        ([], ()),
    ],
)
def test_workers_are_spread_over_gpus_of_one_model(monkeypatch, models, used):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(models))
    monkeypatch.setattr(
        torch.cuda,
        "get_device_properties",
        lambda number: SimpleNamespace(name=models[number], major=9, minor=0, gcnArchName="gfx950"),
    )
    assert DeviceBackend("cuda").devices == used
