"""Is a FlyDSL kernel launched as its host code says?"""

from __future__ import annotations

import importlib.util
import os
import sys

import pytest
import torch

from conformance.gfx950.launching import launch
from conformance.gfx950.launching.launch import Device
from conformance.gfx950.settings import Settings
from conformance.subjects import flydsl

HOST = """
  gpu.func @other(%arg0: i32) kernel {
  func.func @filled(%arg0: !llvm.ptr<1> loc("a.py":3:0), %arg1: i32, %arg2: i32, %arg3: !gpu.async.token) attributes {x} {
    %c64 = arith.constant 64 : index loc(#loc1)
    %c1 = arith.constant 1 : index
    %c63_i32 = arith.constant 63 : i32
    %c64_i32 = arith.constant 64 : i32
    %0 = arith.addi %arg1, %c63_i32 : i32
    %1 = arith.OPERATION %0, %c64_i32 : i32
    %2 = arith.index_cast %1 : i32 to index loc(#loc2)
    %3 = gpu.launch_func async [%arg3] @kernels::@fill blocks in (%2, %c1, %c1) threads in (%c64, %c1, %c1)MORE args(%arg2 : i32, %arg0 : !llvm.ptr<1>) loc(#loc3)
    return
"""  # noqa: E501  # as MLIR prints it
KERNEL = """
import flydsl.compiler as flyc
import flydsl.expr as fx


@flyc.kernel
def fill(out: fx.Pointer, count: fx.Int32, value: fx.Int32):
    at = fx.gpu.block_idx.x * 64 + fx.gpu.thread_idx.x
    if at < count:
        fx.ptr_store(value + at, out + 4 * at)


@flyc.jit
def filled(out: fx.Pointer, count: fx.Int32, value: fx.Int32, stream: fx.Stream):
    fill(out, count, value).launch(grid=((count + 63) // 64, 1, 1), block=(64, 1, 1), stream=stream)
"""


def host(operation: str = "divui", more: str = "") -> str:
    return HOST.replace("OPERATION", operation).replace("MORE", more)


@pytest.mark.parametrize("operation", ["divui", "floordivsi", "divsi"])
def test_grid_threads_and_arguments_are_those_of_the_host_code(operation):
    assert flydsl.launch_of(host(operation), ("out", 130, 7, 0)) == ((3, 1, 1), (64, 1, 1), [7, "out"])
    assert flydsl.launch_of(host("ceildivsi"), ("out", 130, 7, 0))[0] == (4, 1, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (host("remui"), "a launch's size is worked out by arith.remui, needs one of index_cast, addi"),
        (host(more=" dynamic_shared_memory_size %0"), "a launch has dynamic_shared_memory_size %0, needs none"),
        (host().partition("    %3")[0], "the compiled function launches no kernel"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_in_a_line(text, words):
    with pytest.raises(ValueError, match="flydsl: ") as caught:
        flydsl.launch_of(text, ("out", 130, 7, 0))
    assert words in str(caught.value)


@pytest.fixture
def prepared(monkeypatch):
    """FlyDSL as ``prepare`` leaves it, until the test is over."""
    if importlib.util.find_spec("flydsl") is None:
        pytest.skip("needs the package flydsl, which nothing here installs")
    for name in flydsl._ENVIRONMENT:
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.setattr(launch, "_in_use", [Device(Settings())])
    internal = importlib.import_module("flydsl.compiler.jit_function")
    monkeypatch.setattr(internal.MlirCompiler, "compile", internal.MlirCompiler.compile)
    flydsl.prepare()


def test_a_kernel_runs_for_any_arguments_once_compiled(prepared, tmp_path, monkeypatch):
    (tmp_path / "fills.py").write_text(KERNEL)
    monkeypatch.syspath_prepend(tmp_path)
    filled = importlib.import_module("fills").filled
    for count, value in ((100, 7), (65, -1), (1, 0)):
        out = torch.full((128,), 99, dtype=torch.int32)
        flydsl.call(filled, (out, count, value, 0))
        expected = torch.full((128,), 99, dtype=torch.int32)
        expected[:count] = torch.arange(value, value + count, dtype=torch.int32)
        assert torch.equal(out, expected)
    (cost,) = launch.in_use().take_costs()
    assert (cost.kernel, cost.variant, cost.launches, cost.workgroups) == ("fill_0", "threads=64,1,1", 3, 5)


def test_without_flydsl_it_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "flydsl.compiler.jit_function", None)
    with pytest.raises(ValueError, match="needs the package: pip install flydsl"):
        flydsl.prepare()
