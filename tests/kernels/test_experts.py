"""Do the classes keep the engine's interface, and refuse what they would have to ignore?"""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np
import pytest
import torch

from kernels import arch, emulation, native, validate
from kernels.experts import (
    Mxfp8EmulationTritonExperts,
    Mxfp8MoEQuantConfig,
    Mxfp8NativeTritonExperts,
    Mxfp8TritonExpertsBase,
)
from kernels.selection import select_mxfp8_experts
from tests.kernels.moe_arguments import HIDDEN, TOKENS, good_arguments

CLASSES = (Mxfp8NativeTritonExperts, Mxfp8EmulationTritonExperts)


class Activation(Enum):
    SPLIT = "swigluoai_uninterleave"
    INTERLEAVED = "swigluoai"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[validate.MoEArguments]:
    """Replaces both pipelines by one that records its arguments and returns ones."""
    calls: list[validate.MoEArguments] = []

    def run(args: validate.MoEArguments) -> torch.Tensor:
        calls.append(args)
        return torch.ones_like(args.hidden_states)

    monkeypatch.setattr(native, "run", run)
    monkeypatch.setattr(emulation, "run", run)
    return calls


def apply(cls: type[Mxfp8TritonExpertsBase], config: dict[str, Any] | None = None, **changes: Any) -> torch.Tensor:
    good = good_arguments()
    quant = Mxfp8MoEQuantConfig(w1_scale=good["w13_scale"], w2_scale=good["w2_scale"], **(config or {}))
    poison = torch.full((TOKENS, HIDDEN), float("nan"), dtype=torch.bfloat16)
    arguments = {
        "output": poison,
        "hidden_states": good["hidden_states"],
        "w1": good["w13"],
        "w2": good["w2"],
        "topk_weights": good["topk_weights"],
        "topk_ids": good["topk_ids"],
        "activation": "swigluoai_uninterleave",
        "global_num_experts": good["global_num_experts"],
        "expert_map": None,
        "a1q_scale": None,
        "a2_scale": None,
        "workspace13": torch.empty(0),
        "workspace2": torch.empty(0),
        "expert_tokens_meta": None,
        "apply_router_weight_on_input": False,
    } | changes
    cls(None, quant).apply(**arguments)
    return arguments["output"]


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("activation", ["swigluoai_uninterleave", Activation.SPLIT])
def test_apply_writes_output_in_place(cls: type, activation: Any, ran: list[Any]) -> None:
    output = apply(cls, activation=activation)
    assert bool((output == 1).all())
    assert len(ran) == 1


@pytest.mark.parametrize("cls", CLASSES)
def test_absent_numbers_have_defaults(cls: type, ran: list[validate.MoEArguments]) -> None:
    apply(cls)
    apply(cls, {"gemm1_alpha": 0.0, "gemm1_beta": 0.0, "gemm1_clamp_limit": 0.0})
    assert ran[0].swiglu == validate.swiglu_params(1.702, 1.0, None)
    assert ran[1].swiglu == validate.SwigluParams(0.0, 0.0, 0.0)


BAD = {
    "activation": ["swigluoai", Activation.INTERLEAVED, "silu", None, torch.zeros(2), np.zeros(2)],
    "apply_router_weight_on_input": [True, None],
    "a1q_scale": [torch.ones(1)],
    "a2_scale": [torch.ones(1)],
    "output": [
        None,
        torch.full((TOKENS, HIDDEN), float("nan")),
        torch.full((TOKENS, HIDDEN + 1), float("nan"), dtype=torch.bfloat16),
        torch.full((1, HIDDEN), float("nan"), dtype=torch.bfloat16).expand(TOKENS, HIDDEN),
        torch.zeros(TOKENS, HIDDEN, dtype=torch.bfloat16, device="meta"),
    ],
    "w1": [torch.zeros(4, 256, HIDDEN)],
}


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize(("argument", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_apply_refuses_before_it_writes(cls: type, argument: str, value: Any, ran: list[Any]) -> None:
    output = torch.full((TOKENS, HIDDEN), float("nan"), dtype=torch.bfloat16)
    with pytest.raises((TypeError, ValueError), match=argument):
        apply(cls, **({"output": output} | {argument: value}))
    assert not ran
    assert bool(output.isnan().all())


def test_scales_are_named_as_the_config_names_them(ran: list[Any]) -> None:
    with pytest.raises(ValueError, match="w1_scale"):
        apply(Mxfp8NativeTritonExperts, w1=good_arguments(intermediate=256)["w13"])


def test_properties() -> None:
    config = Mxfp8MoEQuantConfig()
    native_experts, emulated = (cls(None, config) for cls in CLASSES)
    assert (native_experts.quant_dtype, native_experts.block_shape) == ("mxfp8", [1, 32])
    assert (emulated.quant_dtype, emulated.block_shape) == (None, None)
    assert native_experts.expects_unquantized_inputs is True
    assert emulated.expects_unquantized_inputs is True
    assert Mxfp8EmulationTritonExperts._supports_current_device() is True
    assert isinstance(native_experts, Mxfp8TritonExpertsBase)


def test_native_support_needs_gfx950(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, expected in (("gfx950:sramecc+:xnack-", True), ("gfx942", False), ("gfx9500", False), (None, False)):
        monkeypatch.setattr("kernels.experts.current_arch", lambda name=name: name)
        assert Mxfp8NativeTritonExperts._supports_current_device() is expected


def test_no_arch_without_a_rocm_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "hip", None)
    assert arch.current_arch() is None


@pytest.mark.parametrize(
    ("hidden", "intermediate", "name", "cls"),
    [
        (6144, 384, "gfx950", Mxfp8NativeTritonExperts),
        (6144, 384, "gfx950:sramecc+:xnack-", Mxfp8NativeTritonExperts),
        (6144, 96, "gfx950", Mxfp8EmulationTritonExperts),
        (160, 128, "gfx950", Mxfp8EmulationTritonExperts),
        (6144, 384, "gfx942", Mxfp8EmulationTritonExperts),
        (6144, 384, "gfx1250", Mxfp8EmulationTritonExperts),
        (6144, 384, None, Mxfp8EmulationTritonExperts),
    ],
)
def test_selection(hidden: int, intermediate: int, name: str | None, cls: type) -> None:
    assert select_mxfp8_experts(hidden, intermediate, arch=name) is cls


@pytest.mark.parametrize(("hidden", "intermediate"), [(0, 128), (33, 128), (128, -32), (128, 40)])
def test_selection_refuses_sizes_that_no_class_takes(hidden: int, intermediate: int) -> None:
    with pytest.raises(ValueError, match="size"):
        select_mxfp8_experts(hidden, intermediate, arch=None)
