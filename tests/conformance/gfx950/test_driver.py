"""Does ``kernel[grid](...)`` on CPU tensors run as on a gfx950, whatever way the arguments come?"""

from __future__ import annotations

import textwrap

import pytest

from tests.conformance.gfx950.processes import compiling, run
from tests.forking import forking

START = """\
import torch, triton
from conformance.backends import BackendUnavailable, OutOfBounds, pick
backend = pick("gfx950-emulated")
backend.activate()
from conformance.gfx950.errors import EmulationError, IllegalAccess
from conformance.gfx950.launching.kernarg import BadArgument
from tests.conformance.gfx950 import driver_kernels as kernels

def raised(call, *kinds):
    try:
        call()
    except kinds as error:
        return " ".join(str(error).split())
    raise AssertionError("nothing was raised")
"""


@pytest.fixture(scope="module")
def passes(tmp_path_factory):
    """What a program prints behind START, each in a process of its own; it must end well."""
    with forking(START, compiling, tmp_path_factory.mktemp("printed")) as forked:

        def passed(program: str, *, fresh: bool = False, **environment: str) -> str:
            """fresh: in a process that shares nothing with another one, its hash seed neither."""
            if fresh:
                done = run(START + textwrap.dedent(program), **environment)
            else:
                done = forked.run(program, **environment)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        yield passed


def test_scalars_by_type_and_a_grid_by_a_function(passes):
    passes("""
        x = torch.arange(100, dtype=torch.float32)
        for n, factor, offset, flag in ((100, 0.5, 3, True), (1, -2.25, 1 << 40, False), (96, 1.0, -7, False)):
            y = torch.full((100,), -1.0)
            kernels.scaled_sum[lambda given: (triton.cdiv(given["n"], given["BLOCK"]),)](
                x, y, n, factor, offset, flag, BLOCK=32)
            want = x[:n] * factor + torch.tensor(float(offset)) + (n if flag else 0)
            assert torch.equal(y[:n], want) and (y[n:] == -1).all(), (n, y)
    """)


def test_tuples_and_absent_tensors(passes):
    passes("""
        a, b, y = torch.arange(64.0), torch.ones(64), torch.zeros(64)
        kernels.of_a_tuple[(1,)]((a, b), (60, 3), y, BLOCK=64)
        assert torch.equal(y[:60], a[:60] + 3) and not y[60:].any()
        kernels.of_a_tuple[(1,)]((a, a), (64, 1), y, BLOCK=64)
        assert torch.equal(y, a + a)
        for x, want in ((a, a), (None, b)):
            kernels.maybe[(1,)](x, y, BLOCK=64)
            assert torch.equal(y, want)
    """)


def test_tensor_descriptors(passes):
    passes("""
        from triton.tools.tensor_descriptor import TensorDescriptor
        x, y = torch.arange(20 * 64.0).reshape(20, 64), torch.zeros(20, 64)
        kernels.by_descriptor[(2, 2)](
            TensorDescriptor.from_tensor(x, [16, 32]), TensorDescriptor.from_tensor(y, [16, 32]),
            ROWS=16, COLUMNS=32)
        assert torch.equal(y, 2 * x)
    """)


def test_views_wrappers_and_dtypes(passes):
    passes("""
        wide = torch.full((4, 100), float("nan"))
        wide[1, 10:74] = torch.arange(64.0)
        y = torch.zeros(64)
        kernels.maybe[(1,)](wide[1, 10:74], y, BLOCK=64)
        assert torch.equal(y, torch.arange(64.0))
        codes = torch.arange(64, dtype=torch.uint8)
        out = torch.zeros(64, dtype=torch.uint8)
        kernels.maybe[(1,)](triton.reinterpret(codes, triton.language.float8e4nv),
                            triton.reinterpret(out, triton.language.float8e4nv), BLOCK=64)
        assert torch.equal(out, codes)
    """)


def test_three_dimensions_no_program_and_one_launched_again(passes):
    passes("""
        y = torch.zeros(2, 3, 4, dtype=torch.int32)
        made = kernels.where_am_i[(4, 3, 2)](y)
        z, row, x = torch.meshgrid(*map(torch.arange, y.shape), indexing="ij")
        assert torch.equal(y, (100 * z + 10 * row + x + 4000).int())
        y.zero_()
        kernels.where_am_i[(4, 0, 2)](y)
        assert not y.any()
        made[(2, 1, 1)](y)
        assert y.flatten()[:3].tolist() == [2000, 2001, 0]
    """)


def test_an_access_outside_is_the_suites_error(passes):
    out = passes("""
        x, y = torch.zeros(64), torch.zeros(64)
        before = y.clone()
        print(raised(lambda: kernels.beyond[(1,)](x, y, BLOCK=64), OutOfBounds))
        print(raised(lambda: kernels.beyond[(1,)](x, y, BLOCK=64), IllegalAccess))
        assert torch.equal(y, before)
        kernels.maybe[(1,)](torch.ones(64), y, BLOCK=64)
        assert y.all(), "a launch after an error runs"
    """)
    for line in out.splitlines():
        assert "kernel beyond" in line and "driver_kernels.py:" in line and " x" in line


def test_a_subjects_padded_scratch_is_its_own_and_counted(passes):
    out = passes("""
        from conformance.gfx950.storage.bounds import storage_of
        from conformance.subjects.base import Subject
        def run(given):
            kernels.beyond[(1,)](torch.ones(128)[:64], given, BLOCK=64)
            return given
        y = torch.zeros(64)
        Subject("other", "native", {"fused_moe": run}).call("fused_moe", y)
        (cost,) = backend.take_costs()
        assert y.all() and cost.traffic.beyond_views == cost.traffic.global_loaded == 4 * 4 * 64
        ours = Subject("ours", "native", {"fused_moe": run}, held_to_views=True)
        print(raised(lambda: ours.call("fused_moe", y), OutOfBounds))
        half = torch.zeros(3, dtype=torch.float16)
        print(raised(lambda: kernels.add_to_last[(1,)](half), OutOfBounds))
        backend.driver.reach = storage_of  # the device's own rule
        kernels.add_to_last[(1,)](half)
        assert half.tolist() == [0, 0, 1]
    """)
    padded, odd = out.splitlines()
    assert "offset 256 from x, which has 256 bytes (torch.float32 [64]" in padded
    assert "offset 4 from y, which has 6 bytes (torch.float16 [3]" in odd


def test_code_that_was_not_optimised_gives_the_same_bits(passes):
    """It reloads spill slots that were never stored, and does not look at them."""
    program = """
        from kernels.gemm import grouped_gemm_mxfp8
        codes = torch.arange(256 * 128).reshape(256, 128).to(torch.uint8) & 0x77
        scales = torch.full((256, 4), 127, dtype=torch.uint8)
        found = grouped_gemm_mxfp8(
            codes[:16].view(torch.float8_e4m3fn), scales[:16], codes[None].view(torch.float8_e4m3fn), scales[None],
            torch.arange(16).int(), torch.zeros(1).int(), torch.tensor([16]).int(),
            num_routes=16, top_k=1, block_m=16, out_dtype=torch.float32)
        (cost,) = backend.take_costs()
        print(sum(cost.instructions.values()), found.abs().sum().item(), found.view(torch.int32).sum().item())
    """
    plain, slow = (passes(program, **env).split() for env in ({}, {"DISABLE_LLVM_OPT": "1"}))
    assert slow[1:] == plain[1:] and int(slow[0]) > 2 * int(plain[0]) and float(plain[1])


def test_a_cooperative_grid_is_one_workgroup(passes):
    out = passes("""
        from conformance.gfx950.errors import NotEmulated
        y = torch.zeros(64)
        kernels.maybe[(1,)](None, y, BLOCK=64, launch_cooperative_grid=True)
        assert y.all()
        print(raised(lambda: kernels.maybe[(1, 2)](None, y, BLOCK=64, launch_cooperative_grid=True), NotEmulated))
    """)
    assert out.strip() == "kernel maybe: a cooperative grid of (1, 2, 1) workgroups, not of one"


def test_functions_that_are_not_inlined_are_called(passes):
    passes("""
        y = torch.full((7, 64), -1.0)
        kernels.calling[(7,)](y, 4, BLOCK=64, num_warps=1)
        steps = lambda x, n: sum(x + step for step in range(n))
        want = [steps(p, 4) if p % 2 == 0 else steps(p, p) * 3 + steps(p + p, p + 1) for p in range(7)]
        assert torch.equal(y, torch.tensor(want, dtype=torch.float32)[:, None].expand(7, 64)), y[:, 0]
    """)


def test_an_assertion_stops_with_its_text_and_place(passes):
    printed = passes("""
        x, y = torch.arange(1.0, 65).clamp(max=8), torch.zeros(64)
        kernels.asserting[(1,)](x, y, BLOCK=64, num_warps=1)
        assert torch.equal(x, y)
        for number in (-1.0, 9.0):
            x[5] = number
            print(raised(lambda: kernels.asserting[(1,)](x, y, BLOCK=64, num_warps=1), EmulationError))
        print(raised(lambda: kernels.asserting_once[(1,)](x, BLOCK=64, num_warps=1), EmulationError))
    """)
    texts = ("'every number has to be positive'", "'so large a number is a mistake'", "'9 is too much'")
    for line, text in zip(printed.splitlines(), texts, strict=True):
        assert line.startswith("kernel asserting") and ", from driver_kernels.py:" in line
        assert text in line and "(lane 5 of wave 0)" in line


def test_a_tensor_of_another_device_is_named(passes):
    out = passes("""
        meta = torch.zeros(64, device="meta")
        print(raised(lambda: kernels.maybe[(1,)](torch.zeros(64), meta, BLOCK=64), BadArgument))
    """)
    assert out.startswith("y: has a tensor on meta, needs one on cpu")


def test_too_much_lds_is_tritons_error(passes):
    out = passes("""
        from triton.runtime.errors import OutOfResources
        from tests.conformance.gfx950.lowering_kernels import scaled
        codes, scales = torch.zeros(1 << 17, dtype=torch.uint8), torch.zeros(1 << 12, dtype=torch.uint8)
        call = lambda: scaled[(1,)](codes, scales, codes, scales, torch.zeros(64, 128), 3,
                                    M=64, N=128, K=256, LHS="e4m3", num_stages=4)
        print(raised(call, OutOfResources))
    """)
    assert "shared memory" in out and "163840" in out


def test_compiling_ahead_runs_nothing(passes):
    passes("""
        y = torch.zeros(64)
        made = kernels.maybe.warmup(None, y, BLOCK=64, grid=(1,))
        assert "gfx950" in made.asm["amdgcn"] and not y.any() and backend.take_costs() == []
        kernels.maybe[(1,)](None, y, BLOCK=64)
        assert y.all()
        assert made.metadata.target.arch == "gfx950"
        device = triton.runtime.driver.active.utils.get_device_properties(0)
        assert (device["max_shared_mem"], device["warpSize"]) == (160 * 1024, 64)
    """)


def test_autotuning_takes_the_fewest_instructions_in_every_run(passes):
    program = """
        from triton import testing
        x, y = torch.arange(1000.0), torch.zeros(1000)
        kernels.tuned[(1,)](x, y, 1000)
        assert torch.equal(x, y)
        costs = {config.kwargs["BLOCK"]: each[0] for config, each in kernels.tuned.configs_timings.items()}
        print(kernels.tuned.best_config.kwargs, costs)
        timed = triton.autotune(kernels.tuned.configs, key=["n"], do_bench=lambda *_: 1 / 0)(kernels.tuned.fn)
        timed[(1,)](x, y, 1000)
        assert timed.best_config is kernels.tuned.best_config, "a kernel's own clock measures nothing here"
        once = lambda: kernels.maybe[(1,)](None, y, BLOCK=64)
        assert testing.do_bench(once, warmup=1, rep=1) == testing.do_bench(once, warmup=1, rep=1) > 0
    """
    out = passes(program)
    assert out.startswith("{'BLOCK': 1024}")
    assert passes(program, fresh=True) == out


def test_launch_hooks_are_called(passes):
    passes("""
        from triton import knobs
        seen = []
        knobs.runtime.launch_enter_hook = lambda data: seen.append(("enter", data.get()["name"]))
        knobs.runtime.launch_exit_hook = lambda data: seen.append(("exit", data.get()["name"]))
        kernels.maybe[(1,)](None, torch.zeros(64), BLOCK=64)
        assert seen == [("enter", "maybe"), ("exit", "maybe")], seen
    """)


def test_costs_are_counted_and_the_same_in_every_run(passes):
    program = """
        x, y = torch.zeros(256), torch.zeros(256)
        for n in (256, 256, 64):
            kernels.scaled_sum[(n // 64,)](x, y, n, 2.0, 5, True, BLOCK=64, num_warps=1)
        kernels.maybe[(1,)](None, y, BLOCK=64)
        for cost in backend.take_costs():
            print(cost.kernel, cost.launches, cost.workgroups, cost.waves, cost.traffic.global_loaded,
                  cost.traffic.global_stored, dict(cost.instructions))
        assert backend.take_costs() == []
    """
    out = passes(program)
    first, second = out.splitlines()
    assert first.startswith("scaled_sum 3 9 9 2304 2304")
    assert second.startswith("maybe 1 1 4 0 ")
    assert passes(program, fresh=True) == out


def test_capturing_sees_each_kernel_once_as_it_was_launched(passes):
    passes("""
        from conformance.gfx950.launching import capture
        y = torch.zeros(256)
        kernels.maybe[(1,)](None, y, BLOCK=64)
        with capture.launched() as found:
            for _ in range(2):
                kernels.maybe[(1,)](None, y, BLOCK=64)
            kernels.maybe.warmup(None, y, BLOCK=128, grid=(1,))
            made = kernels.maybe[(1,)](y, y, BLOCK=256, num_warps=2)
            made[(1, 1, 1)](y, y, 256)
        kernels.maybe[(1,)](None, y, BLOCK=256)
        facts = [capture.facts_of(kernel) for kernel in found]
        assert [(f.kernel, f.warps, f.arch) for f in facts] == [("maybe", 4, "gfx950"), ("maybe", 2, "gfx950")]
        assert facts[0].variant == "BLOCK=64 warps=4 stages=2 | 1*fp32 | x=None", facts[0].variant
        assert facts[1].variant == "BLOCK=256 warps=2 stages=2 | 2*fp32", facts[1].variant
        other = capture.compiled_for(found[1], "gfx942")
        assert capture.facts_of(other).arch == "gfx942" and other.metadata.num_warps == 2
    """)


def test_settings_hold_within_their_block(passes):
    passes("""
        driver = backend.driver
        with backend.using(sum_model="cdna3", ulp=1):
            assert (driver.settings.sum_model, driver.settings.ulp) == ("cdna3", 1)
            with backend.using(sanitize=True):
                assert driver.settings == type(driver.settings)("cdna3", 1, True)
        assert driver.settings == backend.settings
    """)


def test_rewritten_machine_code_is_what_runs(passes, tmp_path):
    # The mutation is of the immediate 1.0 that the kernel stores.
    passes(
        """
        y = torch.zeros(64)
        backend.driver.rewrite = lambda text: text.replace(", 1.0", ", 2.0")
        kernels.maybe[(1,)](None, y, BLOCK=64)
        assert (y == 2).all(), y
        """,
        TRITON_CACHE_DIR=str(tmp_path),
    )
    assert any(tmp_path.iterdir()), "Triton's cache lies where it was asked for"


def test_the_cache_of_another_process_is_enough(passes, tmp_path):
    program = "y = torch.zeros(64); kernels.maybe[(1,)](None, y, BLOCK=64); assert y.all()"
    for _ in range(2):
        passes(program, TRITON_CACHE_DIR=str(tmp_path))


def test_what_was_changed_in_tritons_cache_is_compiled_anew_and_never_runs(passes, tmp_path):
    passes(
        """
        import os
        from pathlib import Path
        def launch():
            kernels.maybe.device_caches.clear()  # as in another process
            y = torch.zeros(64)
            kernels.maybe[(1,)](None, y, BLOCK=64)
            assert (y == 1).all(), y
            return [cost.code for cost in backend.take_costs()]
        said = launch()
        folder = Path(os.environ["TRITON_CACHE_DIR"])
        (text,) = folder.rglob("*.amdgcn")
        kept = {path: path.read_bytes() for path in text.parent.glob("*maybe*")}
        assert {path.suffix for path in kept} >= {".json", ".amdgcn", ".hsaco", ".ttgir", ".llir", ".ttir"}
        edited = kept[text].replace(b", 1.0", b", 2.0")
        assert edited != kept[text]
        cut = {path: data[: len(data) // 2] for path, data in kept.items()}
        for changed in ({text: edited}, *({path: data} for path, data in cut.items()), cut):
            for path, data in changed.items():
                path.write_bytes(data)
            assert launch() == said
            assert {path: path.read_bytes() for path in kept} == kept, changed.keys()
        """,
        TRITON_CACHE_DIR=str(tmp_path),
    )


def test_assembly_that_is_changed_between_compiling_and_launching_is_refused(passes, tmp_path):
    out = passes(
        """
        import os
        from pathlib import Path
        made = kernels.maybe.warmup(None, torch.zeros(64), BLOCK=64, grid=(1,))
        (path,) = Path(os.environ["TRITON_CACHE_DIR"]).rglob("*.amdgcn")
        path.write_bytes(path.read_bytes().replace(b", 1.0", b", 2.0"))
        print(raised(lambda: made[(1, 1, 1)](None, torch.zeros(64), 64), EmulationError))
        """,
        TRITON_CACHE_DIR=str(tmp_path),
    )
    assert out.startswith("kernel maybe: Triton's cache does not have its assembly, or no more as it was compiled")


def test_torch_compile_leaves_launches_alone(passes):
    out = passes("""
        from torch._subclasses.fake_tensor import FakeTensorMode
        from kernels.quantize import mxfp8_quantize
        x = torch.rand(4, 64)
        scales = torch.compile(lambda t: mxfp8_quantize(t)[1] + 0, backend="eager")
        assert torch.equal(scales(x), mxfp8_quantize(x)[1])
        assert torch._dynamo.utils.counters["graph_break"], "Dynamo saw the launch"
        launch = torch.compile(lambda t: kernels.maybe[(1,)](None, t, BLOCK=64), backend="eager", fullgraph=True)
        print(raised(lambda: launch(torch.zeros(64)), torch._dynamo.exc.Unsupported))
        with FakeTensorMode() as mode:
            for fake in (mode.from_tensor(torch.zeros(64)), mode.from_tensor(torch.zeros(128)[64:])):
                print(raised(lambda: kernels.maybe[(1,)](None, fake, BLOCK=64), BadArgument))
    """)
    refused, *fakes = out.splitlines()
    assert "a launch of Triton's is no part of a graph on this backend" in refused
    assert fakes == ["y: has a FakeTensor without memory, needs a tensor of values"] * 2


@pytest.mark.parametrize("version", ["3.5.0", "3.10.0"])
def test_a_triton_without_its_amd_backend_is_refused_before_it_is_imported(tmp_path, version):
    package = tmp_path / "triton"
    package.mkdir()
    (package / "__init__.py").write_text(f"__version__ = {version!r}\nraise AssertionError('imported')\n")
    program = f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from conformance.backends import BackendUnavailable, pick
        try:
            pick("gfx950-emulated")
        except BackendUnavailable as error:
            print(error)
        print(pick().name, pick().note)
    """
    done = run(program)
    assert done.returncode == 0, done.stderr
    refusal, default = done.stdout.splitlines()
    reason = (
        f"backend gfx950-emulated: has Triton {version} without its AMD backend, needs one that compiles for gfx950"
    )
    assert refusal == reason
    assert default.startswith(f"interpreter not on gfx950-emulated, the default: {reason}")
