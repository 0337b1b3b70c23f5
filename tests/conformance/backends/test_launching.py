"""Does the interpreter launch what is wrapped? By autotuning, or by torch.compile."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture
def tuned(interpreter):
    from tests.conformance.backends.launching_kernels import tuned

    return tuned


def test_autotuning_takes_the_first_configuration(tuned):
    import triton

    own_clock = triton.autotune(tuned.configs, key=["n"], do_bench=lambda *_: 1 / 0)(tuned.fn)
    for kernel in (tuned, own_clock):
        y = torch.zeros(32, dtype=torch.int32)
        kernel[lambda chosen: (32 // chosen["BLOCK"],)](y, 32)
        assert (y == 8).all(), y
        assert kernel.best_config is kernel.configs[0]


def test_torch_compile_leaves_launches_alone(tuned):
    def doubled(n: torch.Tensor) -> torch.Tensor:
        y = torch.zeros(32, dtype=torch.int32)
        tuned.fn[(4,)](y, 32, BLOCK=8)
        return y * n

    assert (torch.compile(doubled, backend="eager")(torch.tensor(2)) == 16).all()
    assert torch._dynamo.utils.counters["graph_break"], "Dynamo saw the launch"
