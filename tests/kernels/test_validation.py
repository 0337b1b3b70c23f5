"""Is every bad input refused by name before a kernel is launched?"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from kernels import activation, dequantize, emulation, gemm, native, quantize, reduce, validate
from kernels.align import moe_align_block_size
from tests.kernels.moe_arguments import (
    EXPERTS,
    HIDDEN,
    INTERMEDIATE,
    TOKENS,
    TOP_K,
    codes,
    gemm_arguments,
    good_arguments,
)

PIPELINES = {"native": native.fused_moe_mxfp8_native, "emulation": emulation.fused_moe_mxfp8_emulation}
U8, I32, BF16 = torch.uint8, torch.int32, torch.bfloat16


def scales(*shape: int) -> torch.Tensor:
    return torch.zeros(shape, dtype=U8).view(torch.float8_e8m0fnu)


def int_map(*entries: int) -> torch.Tensor:
    return torch.tensor(entries, dtype=I32)


# argument -> (error, what the message needs to say, bad value)
BAD_MOE: list[tuple[str, type[Exception], str, Any]] = [
    ("hidden_states", TypeError, "bfloat16", torch.zeros(TOKENS, HIDDEN)),
    ("hidden_states", TypeError, "bfloat16", torch.zeros(TOKENS, HIDDEN, dtype=torch.float16)),
    ("hidden_states", TypeError, "NoneType", None),
    ("hidden_states", ValueError, "2 dimensions", torch.zeros(HIDDEN, dtype=BF16)),
    ("hidden_states", ValueError, "multiple", torch.zeros(TOKENS, HIDDEN - 1, dtype=BF16)),
    ("hidden_states", ValueError, "multiple", torch.zeros(TOKENS, 0, dtype=BF16)),
    ("w13", TypeError, "float8_e4m3fn", torch.zeros(EXPERTS, 2 * INTERMEDIATE, HIDDEN, dtype=U8)),
    ("w13", ValueError, "shape", codes(EXPERTS, 2 * INTERMEDIATE + 32, HIDDEN)),
    ("w13", ValueError, "3 dimensions", codes(EXPERTS, HIDDEN)),
    ("w13_scale", ValueError, "one byte per 32", torch.zeros(EXPERTS, 2 * INTERMEDIATE, HIDDEN // 32 + 1, dtype=U8)),
    ("w13_scale", TypeError, "uint8", torch.zeros(EXPERTS, 2 * INTERMEDIATE, HIDDEN // 32)),
    ("w2", ValueError, "shape", codes(EXPERTS + 1, HIDDEN, INTERMEDIATE)),
    ("w2", TypeError, "float8_e4m3fn", codes(EXPERTS, HIDDEN, INTERMEDIATE).view(torch.float8_e5m2)),
    ("w2_scale", ValueError, "one byte per 32", torch.zeros(EXPERTS, HIDDEN, INTERMEDIATE, dtype=U8)),
    ("w2_scale", TypeError, "NoneType", None),
    ("topk_weights", ValueError, "topk_ids", torch.ones(TOKENS, TOP_K + 1)),
    ("topk_weights", TypeError, "float32", torch.ones(TOKENS, TOP_K, dtype=torch.float64)),
    ("topk_weights", ValueError, "device", torch.ones(TOKENS, TOP_K, device="meta")),
    ("topk_ids", TypeError, "int32", torch.zeros(TOKENS, TOP_K)),
    ("topk_ids", TypeError, "int32", torch.zeros(TOKENS, TOP_K, dtype=torch.int16)),
    ("topk_ids", ValueError, "2 dimensions", torch.zeros(TOKENS * TOP_K, dtype=I32)),
    ("topk_ids", ValueError, "one row per token", torch.zeros(TOKENS + 1, TOP_K, dtype=I32)),
    ("topk_ids", ValueError, "at least one", torch.zeros(TOKENS, 0, dtype=I32)),
    ("topk_ids", ValueError, "device", torch.zeros(TOKENS, TOP_K, dtype=I32, device="meta")),
    ("alpha", ValueError, "NaN", float("nan")),
    ("alpha", ValueError, "finite", float("inf")),
    ("alpha", ValueError, "finite", 1e300),
    ("alpha", ValueError, "finite", 1e39),
    ("alpha", ValueError, "int of 1329 bits.*finite", 10**400),
    ("beta", ValueError, "finite", -(10**400)),
    ("beta", TypeError, "a Tensor, needs a real number", torch.ones(())),
    ("beta", TypeError, "complex", 1j),
    ("limit", ValueError, "finite", 1e39),
    ("limit", ValueError, "finite", 10**400),
    ("limit", ValueError, "finite", Fraction(10) ** 400),
    ("alpha", TypeError, "number", None),
    ("beta", ValueError, "NaN", float("nan")),
    ("beta", TypeError, "number", "1"),
    ("limit", ValueError, "NaN", float("nan")),
    ("limit", ValueError, ">= 0", -0.5),
    ("limit", TypeError, "number", "7"),
    ("limit", TypeError, "number", True),
    ("global_num_experts", TypeError, "int", 4.0),
    ("global_num_experts", ValueError, "at least 1", 0),
    ("global_num_experts", ValueError, "int of 1329 bits.*at most", 10**400),
    ("w13_scale", TypeError, r"\.view\(torch\.uint8\)", scales(EXPERTS, 2 * INTERMEDIATE, HIDDEN // 32)),
    ("w2_scale", TypeError, r"\.view\(torch\.uint8\)", scales(EXPERTS, HIDDEN, INTERMEDIATE // 32)),
    ("expert_map", ValueError, "one entry", int_map(0, 1, 2)),
    ("expert_map", TypeError, "int32", torch.zeros(EXPERTS)),
    ("expert_map", ValueError, "1 dimensions", int_map(0, 1, 2, 3).reshape(2, 2)),
    ("expert_map", ValueError, "device", torch.zeros(EXPERTS, dtype=I32, device="meta")),
]


@pytest.fixture
def no_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    def launched(*_: Any) -> None:
        raise RuntimeError("a pipeline ran on bad input")

    monkeypatch.setattr(native, "run", launched)
    monkeypatch.setattr(emulation, "run", launched)


@pytest.mark.usefixtures("no_launch")
@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize(("argument", "error", "says", "value"), BAD_MOE)
def test_pipeline_refuses(pipeline: str, argument: str, error: type[Exception], says: str, value: Any) -> None:
    arguments = good_arguments() | {argument: value}
    with pytest.raises(error, match=says) as caught:
        PIPELINES[pipeline](**arguments)
    assert argument in str(caught.value)
    assert "needs" in str(caught.value)


@pytest.mark.usefixtures("no_launch")
@pytest.mark.parametrize(("hidden", "intermediate"), [(96, 128), (128, 160)])
def test_native_needs_multiples_of_128(hidden: int, intermediate: int) -> None:
    with pytest.raises(ValueError, match="multiple of 128"):
        native.fused_moe_mxfp8_native(**good_arguments(hidden, intermediate))


def test_a_number_too_long_for_a_repr_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^alpha: has an int of 16610 bits, needs"):
        validate.swiglu_params(10**5000, 1.0, None)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_weights_of_any_float_become_fp32(dtype: torch.dtype) -> None:
    arguments = good_arguments() | {"topk_weights": torch.full((TOKENS, TOP_K), 0.5, dtype=dtype)}
    checked = validate.check_moe(**arguments, size_multiple=32)
    assert checked.topk_weights.dtype == torch.float32
    assert bool((checked.topk_weights == 0.5).all())


def decoded_arguments() -> dict[str, Any]:
    weights = {n: torch.zeros(good_arguments()[n].shape, dtype=torch.bfloat16) for n in ("w13", "w2")}
    return good_arguments() | weights | {"w13_scale": None, "w2_scale": None}


@pytest.mark.usefixtures("no_launch")
@pytest.mark.parametrize(
    ("pipeline", "changed", "says"),
    [
        ("native", (), "^w13: has dtype bfloat16, needs dtype float8_e4m3fn$"),
        ("emulation", ("w13_scale",), "^w13: has dtype bfloat16 and scales, needs .*w13_scale None"),
        ("emulation", ("w2_scale",), "^w2: has dtype bfloat16 and scales, needs .*w2_scale None"),
        ("emulation", ("w13", "w13_scale"), "^w2: has dtype bfloat16, needs dtype float8_e4m3fn$"),
        ("emulation", ("w2", "w2_scale"), "^w2: has dtype float8_e4m3fn, needs dtype bfloat16$"),
    ],
)
def test_decoded_weights_are_the_fallbacks_without_scales(pipeline: str, changed: tuple[str, ...], says: str) -> None:
    arguments = decoded_arguments() | {name: good_arguments()[name] for name in changed}
    with pytest.raises(TypeError, match=says):
        PIPELINES[pipeline](**arguments)


def test_scales_may_not_be_left_out_beside_codes() -> None:
    with pytest.raises(TypeError, match=r"^w2_scale: has NoneType, needs a tensor of uint8"):
        emulation.fused_moe_mxfp8_emulation(**good_arguments() | {"w2_scale": None})


@pytest.mark.parametrize("limit", [None, 0, 0.0, 7.0, float("inf")])
def test_limits_that_are_real(limit: float | None) -> None:
    params = validate.swiglu_params(1.702, 1.0, limit)
    assert params.has_limit == (limit is not None)
    assert params.alpha == torch.tensor(1.702).item()  # as a kernel reads it


@pytest.mark.parametrize(
    "number", [-0.0, 1e-45, -1e-320, 3.4028234e38, 7, np.float32(1.5), np.int64(2), Fraction(1, 3)]
)
def test_numbers_that_fp32_has(number: Any) -> None:
    params = validate.swiglu_params(number, number, abs(number))
    assert params.alpha.hex() == params.beta.hex() == float(np.float32(float(number))).hex()


BAD_STAGES: list[tuple[str, type[Exception], Callable[[], Any]]] = [
    ("x", ValueError, lambda: quantize.mxfp8_quantize(torch.zeros(2, 33))),
    ("x", ValueError, lambda: quantize.mxfp8_quantize(torch.zeros(()))),
    ("x", TypeError, lambda: quantize.mxfp8_quantize(torch.zeros(2, 32, dtype=torch.float64))),
    ("gate_up", ValueError, lambda: activation.swiglu_oai(torch.zeros(2, 33))),
    ("gate_up", ValueError, lambda: activation.swiglu_oai_quantize_mxfp8(torch.zeros(2, 96))),
    ("layout", ValueError, lambda: activation.swiglu_oai(torch.zeros(2, 64), layout="halves")),
    ("layout", ValueError, lambda: activation.swiglu_oai(torch.zeros(2, 64), layout=torch.zeros(2))),
    ("out_dtype", TypeError, lambda: activation.swiglu_oai(torch.zeros(2, 64), out_dtype=np.zeros(2))),
    ("out_dtype", TypeError, lambda: activation.swiglu_oai(torch.zeros(2, 64), out_dtype=torch.int8)),
    ("codes", TypeError, lambda: dequantize.dequantize_mxfp8_to_bf16(torch.zeros(2, 32), torch.zeros(2, 1))),
    ("scales", ValueError, lambda: dequantize.dequantize_mxfp8_to_bf16(codes(2, 32), torch.zeros(2, 2, dtype=U8))),
    ("routes", ValueError, lambda: reduce.moe_sum(torch.zeros(5, 4), 2, BF16)),
    ("top_k", ValueError, lambda: reduce.moe_sum(torch.zeros(4, 4), 0, BF16)),
    ("dtype", TypeError, lambda: reduce.moe_sum(torch.zeros(4, 4), 2, torch.int32)),
    ("topk_ids", TypeError, lambda: moe_align_block_size(torch.zeros(2, 2), 16, 4)),
    ("block_size", ValueError, lambda: moe_align_block_size(torch.zeros(2, 2, dtype=I32), 0, 4)),
    ("expert_map", ValueError, lambda: moe_align_block_size(torch.zeros(2, 2, dtype=I32), 16, 4, int_map(0))),
]


@pytest.mark.parametrize(("argument", "error", "call"), BAD_STAGES)
def test_stage_refuses(argument: str, error: type[Exception], call: Callable[[], Any]) -> None:
    with pytest.raises(error, match=rf"^{argument}: has .*, needs "):
        call()


@pytest.mark.parametrize("dtype", [BF16, torch.float8_e4m3fn])
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("w", torch.zeros(3, 8, 128)),
        ("block_m", 32),
        ("block_m", 24),
        ("num_routes", 5),
        ("topk_weights", torch.ones(3)),
        ("topk_weights", torch.ones(4, dtype=BF16)),
        ("expert_ids", torch.zeros(1, dtype=torch.int64)),
        ("out_dtype", torch.int32),
        ("top_k", 0),
    ],
)
def test_grouped_gemm_refuses(dtype: torch.dtype, argument: str, value: Any) -> None:
    call = gemm.grouped_gemm_bf16 if dtype == BF16 else gemm.grouped_gemm_mxfp8
    with pytest.raises((TypeError, ValueError), match=argument):
        call(**(gemm_arguments(dtype) | {argument: value}))


def test_mxfp8_gemm_needs_k_of_128() -> None:
    bad = {"a_codes": codes(2, 96), "w": codes(3, 8, 96)}
    with pytest.raises(ValueError, match="multiple of 128"):
        gemm.grouped_gemm_mxfp8(**(gemm_arguments(torch.float8_e4m3fn) | bad))
