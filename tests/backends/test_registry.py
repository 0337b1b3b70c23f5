"""Is the right backend picked, and does it say what it is?"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from conformance.backends import Backend, BackendUnavailable, choices, device, pick, registry


@pytest.fixture
def seen(monkeypatch):
    """Makes torch see a GPU of a kind, or none."""

    def see(kind: str | None) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: kind is not None)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 4 if kind else 0)
        monkeypatch.setattr(torch.version, "hip", "7.0" if kind == "rocm" else None)
        name = "gfx950:sramecc+:xnack-" if kind == "rocm" else ""
        facts = SimpleNamespace(name="Some GPU", gcnArchName=name, major=9, minor=0)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: facts)

    return see


@pytest.mark.parametrize(
    ("kind", "name", "picked"),
    [
        (None, None, "interpreter"),
        (None, "interpreter", "interpreter"),
        ("cuda", None, "cuda"),
        ("cuda", "device", "cuda"),
        ("cuda", "cuda", "cuda"),
        ("cuda", "interpreter", "interpreter"),
        ("rocm", None, "rocm"),
        ("rocm", "device", "rocm"),
        ("rocm", "rocm", "rocm"),
    ],
)
def test_the_best_or_the_named_backend_is_picked(seen, kind, name, picked):
    seen(kind)
    backend = pick(name)
    assert backend.name == picked
    assert isinstance(backend, Backend)
    assert backend.device.type == ("cpu" if picked == "interpreter" else "cuda")


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        (None, "cuda", "sees no GPU"),
        (None, "rocm", "sees no GPU"),
        (None, "device", "sees no GPU"),
        ("cuda", "rocm", "sees a GPU of kind cuda"),
        ("rocm", "cuda", "sees a GPU of kind rocm"),
    ],
)
def test_a_backend_that_cannot_run_here_says_why(seen, kind, name, reason):
    seen(kind)
    with pytest.raises(BackendUnavailable, match=reason):
        pick(name)


def test_an_unknown_name_lists_the_choices():
    with pytest.raises(ValueError, match=r"'tpu'.*device, rocm, cuda, interpreter"):
        pick("tpu")
    assert set(choices()) == {"device", "rocm", "cuda", "interpreter"}


def test_a_new_backend_is_one_more_entry(monkeypatch):
    made = pick("interpreter")
    monkeypatch.setattr(registry, "BACKENDS", (registry.Entry("emulated", lambda: made), *registry.BACKENDS))
    assert pick("emulated") is made
    assert pick() is made
    assert "emulated" in choices()


@pytest.mark.parametrize(("worker", "index"), [(None, 0), ("master", 0), ("gw0", 0), ("gw3", 3), ("gw6", 2)])
def test_workers_spread_over_the_gpus(seen, monkeypatch, worker, index):
    seen("cuda")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    if worker:
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    assert pick().device == torch.device("cuda", index)


@pytest.mark.parametrize(("kind", "arch"), [("rocm", "gfx950"), ("cuda", "sm_90"), (None, None)])
def test_the_architecture_is_named_without_its_features(seen, kind, arch):
    seen(kind)
    assert device.device_arch() == arch


def test_a_gpu_without_a_triton_driver_is_unavailable(seen, monkeypatch):
    import triton.runtime

    class Nothing:
        @property
        def active(self):
            raise RuntimeError("0 active drivers")

    seen("cuda")
    monkeypatch.setattr(torch.cuda, "set_device", lambda index: None)
    monkeypatch.setattr(triton.runtime, "driver", Nothing())
    with pytest.raises(BackendUnavailable, match="0 active drivers"):
        pick("cuda").prepare()


def test_a_gpu_describes_itself(seen):
    seen("rocm")
    facts = pick().describe()
    assert (facts["backend"], facts["device"], facts["arch"], facts["toolkit"]) == (
        "rocm",
        "Some GPU",
        "gfx950",
        "7.0",
    )


def test_the_interpreter_describes_itself(interpreter):
    facts = interpreter.describe()
    assert facts["backend"] == "interpreter"
    assert facts["interpreted"] is True
    assert {"torch", "triton", "numpy", "ml_dtypes", "fp_fusion", "arithmetic"} <= set(facts)
