"""Which interpreter's torch is used? Decided on made-up interpreters."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROCM = {"torch": "2.9.1+rocm7.2", "hip": "7.2.1", "triton": "3.5.1"}
CUDA = {"torch": "2.11.0+cu130", "cuda": "13.0", "triton": "3.6.0"}
CPU = {"torch": "2.13.0+cpu", "triton": "3.9.0"}
DEPENDENCIES = {"device": ["torch==2.13.0", "triton==3.9.0"], "core": ["numpy", "rich"], "lint": ["ruff"]}


def test_candidates_in_order_without_repeats(noxfile, interpreter, tmp_path):
    on_path = interpreter("system")
    environ = {"MXFP8_PYTHON": "/rocm/python", "VIRTUAL_ENV": "/venv", "PATH": str(Path(on_path).parent)}
    assert noxfile.candidates(environ, "/nox/python") == ["/rocm/python", "/venv/bin/python", "/nox/python", on_path]
    assert noxfile.candidates({"PATH": "/nowhere", "VIRTUAL_ENV": "/nox"}, "/nox/bin/python") == ["/nox/bin/python"]


@pytest.mark.parametrize(("facts", "build"), [(ROCM, "ROCm 7.2.1"), (CUDA, "CUDA 13.0")])
def test_a_gpu_build_is_used(noxfile, interpreter, facts, build):
    plain, host = interpreter("plain"), interpreter("host", **facts)
    plan, log = noxfile.decide([plain, host], None)
    assert (plan.base, plan.host.torch) == (host, facts["torch"])
    assert plan.reason == f"{build} build of torch found"
    assert log[0].endswith("no torch, no Triton): it has no torch")
    assert log[1].startswith(f"using torch of {host} (Python 3.12.1, torch {facts['torch']} ({build}), Triton")


def test_the_first_gpu_build_wins(noxfile, interpreter):
    first, second = interpreter("first", **CUDA), interpreter("second", **ROCM)
    assert noxfile.decide([first, second], None)[0].base == first


def test_a_cpu_build_is_not_used(noxfile, interpreter):
    host = interpreter("host", **CPU)
    plan, log = noxfile.decide([host], None)
    assert (plan.base, plan.host) == (host, None)
    assert "its torch is a CPU-only build" in log[0]
    assert "gets its own torch and Triton" in log[1]


def test_a_gpu_build_without_triton_is_not_used_and_gets_none(noxfile, interpreter):
    plan, log = noxfile.decide([interpreter("host", **{**ROCM, "triton": None})], None)
    assert plan.host is None
    assert "it has no Triton" in log[0]


def test_a_python_that_is_too_old_is_neither_host_nor_base(noxfile, interpreter):
    old, new = interpreter("old", **CUDA, python=[3, 10, 4]), interpreter("new")
    plan, log = noxfile.decide([old, new], None)
    assert (plan.base, plan.host) == (new, None)
    assert "its Python is older than 3.11" in log[0]
    with pytest.raises(noxfile.SetupError, match=r"no Python >= 3\.11 found among"):
        noxfile.decide([old], None)


def test_what_does_not_run_is_passed_over(noxfile, interpreter, tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    plan, log = noxfile.decide([str(broken), "/no/such/python", interpreter("host", **CUDA)], None)
    assert plan.host is not None
    assert [line.endswith("it does not run") for line in log] == [True, True, False]


def test_the_suites_own_environment_is_no_host(noxfile, interpreter, tmp_path):
    own, other = interpreter("own", **CUDA), interpreter("other")
    plan, log = noxfile.decide([own, other], None, tmp_path / "own")
    assert (plan.base, plan.host) == (other, None)
    assert "it is the suite's own environment" in log[0]


@pytest.mark.parametrize("facts", [{}, CPU, {**ROCM, "triton": None}, {**ROCM, "python": [3, 10, 0]}])
def test_a_wanted_interpreter_that_is_unfit_stops(noxfile, interpreter, facts):
    wanted, other = interpreter("wanted", **facts), interpreter("other", **CUDA)
    with pytest.raises(noxfile.SetupError, match=r"MXFP8_PYTHON: has .*wanted.*; needs a Python >= 3\.11 with"):
        noxfile.decide([wanted, other], wanted)


def test_a_wanted_interpreter_that_does_not_run_stops(noxfile):
    with pytest.raises(noxfile.SetupError, match=r"MXFP8_PYTHON: has /no/python, it does not run"):
        noxfile.decide(["/no/python"], "/no/python")


def test_without_a_host_torch_goes_first_then_triton(noxfile, interpreter):
    plan, _ = noxfile.decide([interpreter("plain")], None)
    calls = noxfile.installs(plan, ["core", "device"], DEPENDENCIES)
    assert calls == [["torch==2.13.0"], ["triton==3.9.0"], ["numpy", "rich"]]


def test_over_a_host_no_torch_and_no_triton_is_installed(noxfile, interpreter):
    plan, _ = noxfile.decide([interpreter("host", **ROCM)], None)
    assert noxfile.installs(plan, ["device", "core", "lint"], DEPENDENCIES) == [["numpy", "rich", "ruff"]]
    assert noxfile.installs(plan, ["device"], DEPENDENCIES) == []


def test_only_changed_groups_are_installed_again(noxfile, interpreter):
    plan, _ = noxfile.decide([interpreter("host", **ROCM)], None)
    groups = ["device", "core"]
    assert noxfile.stale({}, plan, groups, DEPENDENCIES) == groups
    # A stamp comes back from a file: what is compared must survive JSON.
    stamp = json.loads(json.dumps({"plan": noxfile.plan_key(plan), "groups": DEPENDENCIES}))
    assert noxfile.stale(stamp, plan, groups, DEPENDENCIES) == []
    assert noxfile.stale(stamp, plan, groups, {**DEPENDENCIES, "core": ["numpy"]}) == ["core"]
    assert noxfile.stale(stamp, plan, groups, {**DEPENDENCIES, "lint": ["other"]}) == []


def test_nox_started_from_elsewhere_finds_the_same_environment(noxfile, interpreter):
    here, there = (noxfile.decide([interpreter(name)], None)[0] for name in ("here", "there"))
    newer, _ = noxfile.decide([interpreter("newer", python=[3, 13, 0])], None)
    stamp = {"plan": noxfile.plan_key(here), "groups": DEPENDENCIES}
    assert noxfile.stale(stamp, there, ["core"], DEPENDENCIES) == []
    assert noxfile.stale(stamp, newer, ["core"], DEPENDENCIES) == ["core"]


def test_another_torch_on_the_host_makes_everything_stale(noxfile, interpreter):
    before, _ = noxfile.decide([interpreter("before", **ROCM)], None)
    after, _ = noxfile.decide([interpreter("after", **{**ROCM, "torch": "2.10.0+rocm7.3"})], None)
    stamp = {"plan": noxfile.plan_key(before), "groups": DEPENDENCIES}
    assert noxfile.stale(stamp, after, ["core"], DEPENDENCIES) == ["core"]


@pytest.mark.parametrize("name", ["torch", "triton"])
def test_a_replaced_torch_or_triton_is_noticed(noxfile, interpreter, name):
    plan, _ = noxfile.decide([interpreter("host", **ROCM)], None)
    site = plan.host.sites[0]
    seen = {"torch": ROCM["torch"], "triton": ROCM["triton"]}
    seen |= {"torch_file": f"{site}/torch/__init__.py", "triton_file": f"{site}/triton/__init__.py"}
    assert noxfile.mismatches(plan.host, seen) == []
    assert noxfile.mismatches(plan.host, {**seen, name: "9.9"}) == [f"{name} is 9.9, the host has {ROCM[name]}"]
    moved = noxfile.mismatches(plan.host, {**seen, f"{name}_file": "/suite/site-packages/x/__init__.py"})
    assert moved[0].startswith(f"{name} comes from /suite/site-packages/x/__init__.py, not from the host's")


def test_the_probe_reads_a_real_interpreter(noxfile):
    found = noxfile.probe(sys.executable)
    assert found.python == tuple(sys.version_info[:3])
    assert found.prefix == sys.prefix
    assert found.torch
    assert found.triton


def test_where_no_compiler_is_there_the_emulated_device_gets_one(noxfile, monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(noxfile.shutil, "which", lambda name: "/usr/bin/cc" if name == "cc" else None)
    assert noxfile.with_compiler(["device", "core"]) == ["device", "core"]
    monkeypatch.setattr(noxfile.shutil, "which", lambda name: None)
    assert noxfile.with_compiler(["device", "core"]) == ("device", "core", "hip")
    assert noxfile.with_compiler(["core"]) == ["core"]
