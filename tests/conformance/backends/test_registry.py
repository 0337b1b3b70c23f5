"""Is the right backend picked, and does it say what it is?"""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import torch

from conformance.backends import Backend, BackendUnavailable, choices, device, gfx950_emulated, pick, registry, untested
from conformance.gfx950.settings import Settings


@pytest.fixture
def seen(monkeypatch):
    """Makes torch see a GPU of a kind, or none; an AMD one is of the architecture ``arch``."""

    def see(kind: str | None, arch: str = "gfx950") -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: kind is not None)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 4 if kind else 0)
        monkeypatch.setattr(torch.version, "hip", "7.0" if kind == "rocm" else None)
        name = f"{arch}:sramecc+:xnack-" if kind == "rocm" else ""
        facts = SimpleNamespace(name="Some GPU", gcnArchName=name, major=9, minor=0)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: facts)

    return see


@pytest.fixture
def triton(monkeypatch):
    """Makes the installed Triton be of a version, None for no Triton; and one that is tried fail in some way."""

    def have(version: str | None, failure: str = "") -> None:
        monkeypatch.setattr(gfx950_emulated, "triton_version", lambda: version)
        monkeypatch.setattr(untested, "what_fails", lambda: failure)

    return have


@pytest.mark.parametrize(
    ("kind", "name", "picked"),
    [
        (None, None, "gfx950-emulated"),
        (None, "interpreter", "interpreter"),
        (None, "gfx950-emulated", "gfx950-emulated"),
        ("cuda", None, "gfx950-emulated"),
        ("cuda", "device", "cuda"),
        ("cuda", "cuda", "cuda"),
        ("cuda", "interpreter", "interpreter"),
        ("rocm", None, "rocm"),
        ("rocm", "device", "rocm"),
        ("rocm", "rocm", "rocm"),
        ("rocm", "gfx950-emulated", "gfx950-emulated"),
    ],
)
def test_the_best_or_the_named_backend_is_picked(seen, triton, kind, name, picked):
    seen(kind)
    triton("3.9.0")
    backend = pick(name)
    assert (backend.name, backend.note) == (picked, "")
    assert isinstance(backend, Backend)
    assert backend.device.type == ("cuda" if picked in ("cuda", "rocm") else "cpu")


def test_only_a_gfx950_is_better_than_an_emulated_one(seen, triton):
    seen("rocm", arch="gfx942")
    triton("3.9.0")
    assert pick().name == "gfx950-emulated"
    assert pick("rocm").compiles_for == "gfx942"


@pytest.mark.parametrize("kind", [None, "cuda", "rocm"])
@pytest.mark.parametrize(("version", "failure"), [("3.4.0", "no ld.lld"), ("3.8.0+git12ab.rocm10", "bits"), (None, "")])
def test_without_a_suitable_triton_the_default_is_another_and_says_so(seen, triton, kind, version, failure):
    seen(kind, arch="gfx942")
    triton(version, failure)
    backend = pick()
    assert backend.name == (kind or "interpreter")
    tested = re.escape(f"(tested: {', '.join(gfx950_emulated.TESTED)})")
    reason = "there is no Triton, needs one that compiles for gfx950 " + tested
    if version:
        reason = f"Triton {re.escape(version)} is not tested {tested}, and fails when it is tried: {failure}"
    assert re.fullmatch(f"not on gfx950-emulated, the default: backend gfx950-emulated: {reason}", backend.note)
    with pytest.raises(BackendUnavailable, match=f"^backend gfx950-emulated: {reason}$"):
        pick("gfx950-emulated")


@pytest.mark.parametrize(
    "version", ["3.10.1", "3.4.0", "3.8.0+git12ab.rocm10", "3.9.0rc1", "4.0", "of no known version"]
)
def test_a_version_that_was_not_tested_is_tried_and_the_note_says_so(seen, triton, version):
    seen(None)
    triton(version)
    for backend in (pick(), pick("gfx950-emulated:sanitize")):
        assert backend.name.startswith("gfx950-emulated")
        assert backend.note.startswith(f"Triton {version} is not tested (tested: 3.9.0, ")


@pytest.mark.parametrize("version", [*gfx950_emulated.TESTED, "3.7.0", "3.9.4"])
def test_a_version_that_was_tested_is_not_tried(seen, triton, version):
    seen(None)
    triton(version, "it was tried")
    assert (pick().name, pick().note) == ("gfx950-emulated", "")


def test_what_no_version_may_be_judged_with_is_refused_before_one_is_tried(triton, monkeypatch):
    triton("3.10.1", "TRITON_DEBUG was taken for the version's fault")
    monkeypatch.setenv("TRITON_DEBUG", "1")
    with pytest.raises(ValueError, match="TRITON_DEBUG=1"):
        pick("gfx950-emulated")


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ("", Settings()),
        ("sum=cdna3", Settings(sum_model="cdna3")),
        ("ulp=-1", Settings(ulp=-1)),
        ("sanitize", Settings(sanitize=True)),
        ("sum=sequential,ulp=1,sanitize", Settings("sequential", 1, True)),
        ("ulp=1,core=numpy", Settings(ulp=1, core="numpy")),
    ],
)
def test_settings_are_part_of_the_name(triton, words, settings):
    triton("3.9.0")
    name = f"gfx950-emulated:{words}" if words else "gfx950-emulated"
    backend = pick(name)
    assert (backend.settings, backend.name) == (settings, name)
    assert pick(backend.name).settings == settings, "workers and the command that reruns a case get the name"
    assert settings.sum_model in backend.describe()["modelled"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("gfx950-emulated:sum=fp8", "--backend gfx950-emulated:sum=fp8: sum: has 'fp8', needs one of exact"),
        ("gfx950-emulated:ulp=2", "ulp: has 2"),
        ("gfx950-emulated:core=c", "core: has 'c', needs one of compiled, numpy"),
        ("gfx950-emulated:ulp=x", "has setting 'ulp=x'"),
        ("gfx950-emulated:fast", "has setting 'fast', needs sum=MODEL"),
        ("interpreter:sanitize", "has 'interpreter:sanitize'"),
        ("device:sanitize", "has 'device:sanitize'"),
    ],
)
def test_other_settings_are_refused(triton, name, problem):
    triton("3.9.0")
    with pytest.raises(ValueError, match=problem):
        pick(name)


def test_the_emulated_device_says_that_it_is_one(triton):
    triton("3.9.0")
    facts = pick("gfx950-emulated:ulp=-1").describe()
    assert "EMULATED" in facts["device"] and facts["arch"] == "gfx950"
    assert "-1 ulp" in facts["modelled"]
    assert {"arithmetic", "modelled", "not_modelled", "memory", "triton"} <= set(facts)
    assert facts["executed_by"].startswith("the core in C, compiled by ")
    assert pick("gfx950-emulated:core=numpy").describe()["executed_by"] == "the NumPy core, as asked for"


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
    with pytest.raises(ValueError, match=r"'tpu'.*device, rocm, cuda, interpreter, gfx950-emulated"):
        pick("tpu")
    assert set(choices()) == {"device", "rocm", "cuda", "interpreter", "gfx950-emulated"}


def test_a_new_backend_is_one_more_entry(monkeypatch):
    made = pick("interpreter")
    monkeypatch.setattr(registry, "BACKENDS", (registry.Entry("emulated", lambda: made), *registry.BACKENDS))
    assert pick("emulated") is made
    assert "emulated" in choices()


@pytest.mark.parametrize(("rank", "index"), [(None, 0), ("0", 0), ("3", 3), ("6", 2)])
def test_ranks_spread_over_the_gpus(seen, monkeypatch, rank, index):
    seen("cuda")
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if rank:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert pick("cuda").device == torch.device("cuda", index)


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
    assert (facts["backend"], facts["device"], facts["arch"], facts["toolkit"]) == ("rocm", "Some GPU", "gfx950", "7.0")


def test_the_interpreter_describes_itself(interpreter):
    facts = interpreter.describe()
    assert facts["backend"] == "interpreter"
    assert facts["interpreted"] is True
    assert {"torch", "triton", "numpy", "ml_dtypes", "fp_fusion", "arithmetic"} <= set(facts)
