"""Are the pipelines' stages consistent, and does every conforming device land in their sets?"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from reference import codec
from reference.arithmetic import CONTRACT, Arithmetic
from reference.formats import BF16 as BF16_FORMAT
from reference.interval import Interval, RealInterval
from reference.operand import RealSide
from reference.pipelines import EmulationStages, MoEInputs, NativeStages, emulation, native
from reference.propagation import gemm_of_boxes, nominal_sum, sum_of_routes, weighted
from reference.quantize import dequantize_mxfp8, dequantize_mxfp8_to_bf16, quantize_mxfp8
from reference.scalar import decode, dot, encode_rne, quantize_block
from reference.swiglu import split
from tests.reference.layers import exact_layer, gaussian_layer
from tests.reference.machines import any_machine, random_order

BF16 = codec.BF16_DTYPE
F32 = np.float32


def to_bf16(x: np.ndarray) -> np.ndarray:
    return codec.float32_bits_to_bf16(np.ascontiguousarray(x, F32).view(np.uint32))


def device_swiglu(gate_up: np.ndarray, inputs: MoEInputs, rng: np.random.Generator) -> np.ndarray:
    """FP32 SwiGLU with an exp off by up to 2 ulp; tiny results are flushed at random."""
    gate, up = (codec.to_float32(x) for x in split(gate_up))
    limit = F32(np.inf if inputs.limit is None else inputs.limit)
    g, u = np.minimum(gate, limit), np.minimum(np.maximum(up, -limit), limit)
    z = F32(inputs.alpha) * g
    e = np.exp(-z.astype(np.float64)).astype(F32)
    e = np.where(z == 0, F32(1), (e.view(np.int32) + rng.integers(-2, 3, e.shape)).astype(np.int32).view(F32))
    out = g * (F32(1) / (F32(1) + e)) * (u + F32(inputs.beta))
    return np.where((np.abs(out) < 2.0**-126) & (rng.random(out.shape) < 0.5), np.copysign(F32(0), out), out).astype(
        F32
    )


def device_gemm(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return any_machine(a[:, None, :] * b[None, :, :], rng).astype(F32)


def device(inputs: MoEInputs, is_native: bool, rng: np.random.Generator) -> np.ndarray:
    """A whole conforming run: random orders, cuts, exp errors and flushes."""
    experts, k = inputs.route_experts(), inputs.top_k
    T, H = inputs.hidden_states.shape
    by = inputs.arithmetic
    if is_native:
        x = dequantize_mxfp8(*quantize_mxfp8(inputs.hidden_states, by.scale_rule, by.amax_floor))
    else:
        x = codec.to_float64(inputs.hidden_states)
    decode = dequantize_mxfp8 if is_native else lambda c, s: codec.to_float64(dequantize_mxfp8_to_bf16(c, s))
    routes = np.zeros((T * k, H), F32)
    for r in np.flatnonzero(experts >= 0):
        e = experts[r]
        gate_up = device_gemm(x[r // k : r // k + 1], decode(inputs.w13[e], inputs.w13_scale[e]), rng)
        gate_up = gate_up if by.gate_up_fp32 else to_bf16(gate_up)
        act = device_swiglu(gate_up, inputs, rng)
        if by.bf16_between:
            act = codec.to_float32(to_bf16(act))
        quantized = quantize_mxfp8(act, by.scale_rule, by.amax_floor)
        h = dequantize_mxfp8(*quantized) if is_native else codec.to_float64(to_bf16(act))
        out = device_gemm(h, decode(inputs.w2[e], inputs.w2_scale[e]), rng) * inputs.topk_weights.reshape(-1)[r]
        routes[r] = (out if is_native else codec.to_float32(to_bf16(out)))[0]
    total = random_order(np.moveaxis(routes.reshape(T, k, H).astype(np.float64), 1, 2), rng)
    return to_bf16(total.astype(F32))


def run(is_native: bool, inputs: MoEInputs) -> NativeStages | EmulationStages:
    return native(inputs) if is_native else emulation(inputs)


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize(("limit", "alpha"), [(None, 1.702), (1.0, 1.702), (None, -1.0)])
def test_every_device_lands_in_the_output_set(is_native: bool, limit: float | None, alpha: float) -> None:
    inputs = dataclasses.replace(gaussian_layer(3, 128, 64, 4, 3, local=3), limit=limit, alpha=alpha)
    stages = run(is_native, inputs)
    assert not stages.output.free.any() and not stages.output.nan.any()
    for seed in range(12):
        assert stages.output.contains(device(inputs, is_native, np.random.default_rng(seed))).all()
    assert stages.output.contains(stages.output_nominal).all()


@pytest.mark.parametrize("is_native", [True, False])
def test_every_stage_accepts_a_device_that_starts_from_the_nominal_stage_before(is_native: bool) -> None:
    inputs = gaussian_layer(4, 128, 64, 4, 2, seed=3)
    stages, rng = run(is_native, inputs), np.random.default_rng(0)
    for _ in range(5):
        act = device_swiglu(stages.gemm1, inputs, rng)
        if isinstance(stages, NativeStages):
            assert stages.activation.rounded_to(F32).contains(act).all()
            byte_ok, code_ok = stages.h_accepted.membership(*quantize_mxfp8(act))
            assert byte_ok.all() and code_ok.all()
        else:
            assert stages.activation_accepted.contains(to_bf16(act)).all()
        for r, e in enumerate(stages.route_expert):
            if isinstance(stages, NativeStages):
                x, w13 = (
                    dequantize_mxfp8(stages.x_codes, stages.x_scales),
                    dequantize_mxfp8(inputs.w13[e], inputs.w13_scale[e]),
                )
                h, w2 = (
                    dequantize_mxfp8(stages.h_codes, stages.h_scales),
                    dequantize_mxfp8(inputs.w2[e], inputs.w2_scale[e]),
                )
            else:
                x, w13 = codec.to_float64(inputs.hidden_states), codec.to_float64(stages.w13_bf16[e])
                h, w2 = codec.to_float64(stages.activation), codec.to_float64(stages.w2_bf16[e])
            first = to_bf16(device_gemm(x[r // 2 : r // 2 + 1], w13, rng))
            assert stages.gemm1_accepted.at(np.s_[r : r + 1]).contains(first).all()
            second = device_gemm(h[r : r + 1], w2, rng) * inputs.topk_weights.reshape(-1)[r]
            second = second if is_native else to_bf16(second)
            assert stages.gemm2_accepted.at(np.s_[r : r + 1]).contains(second).all()
        terms = codec.to_float64(stages.gemm2).reshape(4, 2, 128)
        total = to_bf16(random_order(np.moveaxis(terms, 1, 2), rng).astype(F32))
        assert stages.output_given_gemm2.contains(total).all()


@pytest.mark.parametrize("is_native", [True, False])
def test_the_likely_sets_lie_inside_the_certain_ones_and_hold_devices(is_native: bool) -> None:
    inputs = gaussian_layer(3, 128, 64, 4, 3)
    certain = run(is_native, inputs)
    likely = native(inputs, failure=1e-9) if is_native else emulation(inputs, failure=1e-9)
    for name in ("gemm1_accepted", "gemm2_accepted", "output"):
        narrow, wide = getattr(likely, name), getattr(certain, name)
        assert (codec.ordered_key(wide.lo) <= codec.ordered_key(narrow.lo)).all()
        assert (codec.ordered_key(narrow.hi) <= codec.ordered_key(wide.hi)).all()
        assert (codec.ordered_key(narrow.hi) - codec.ordered_key(narrow.lo)).sum() < (
            codec.ordered_key(wide.hi) - codec.ordered_key(wide.lo)
        ).sum()
    for seed in range(4):
        assert likely.output.contains(device(inputs, is_native, np.random.default_rng(seed))).all()


def test_boxes_against_infinite_or_overflowing_weights_are_free() -> None:
    none = np.zeros((1, 32), bool)
    boxes = RealInterval(np.full((1, 32), -1.0), np.full((1, 32), 2.0), none, none)
    weights = np.ones((4, 32))
    weights[1, 3], weights[2, 5], weights[3, :] = np.inf, np.nan, 3e38
    sets = gemm_of_boxes(boxes, RealSide("weights", weights))
    assert sets.free.tolist() == [[False, True, False, True]] and sets.nan.tolist() == [[False, False, True, False]]
    assert sets.lo[0, 0] == pytest.approx(-32, rel=1e-4) and sets.hi[0, 0] == pytest.approx(64, rel=1e-4)


def test_nominal_stages_follow_from_each_other() -> None:
    inputs = gaussian_layer(3, 128, 64, 4, 2, seed=5)
    stages = native(inputs)
    assert stages.gemm1_accepted.contains(stages.gemm1).all()
    assert stages.gemm2_accepted.contains(stages.gemm2).all()
    byte_ok, code_ok = stages.h_accepted.membership(stages.h_codes, stages.h_scales)
    assert byte_ok.all() and code_ok.all()
    assert stages.output_given_gemm2.contains(stages.output_nominal).all()
    assert stages.gemm1.dtype == BF16 and stages.gemm2.dtype == F32 and stages.output.dtype == BF16
    other = emulation(inputs)
    assert other.gemm2.dtype == BF16 and other.activation_accepted.contains(other.activation).all()
    assert other.gemm1_accepted.contains(other.gemm1).all() and other.gemm2_accepted.contains(other.gemm2).all()


def test_sets_given_the_nominal_stage_before_are_narrow_and_the_end_to_end_set_is_not_silly() -> None:
    inputs = gaussian_layer(4, 256, 256, 4, 2)
    for is_native in (True, False):
        stages = run(is_native, inputs)
        scale = float(np.abs(codec.to_float64(stages.output_nominal)).mean())
        width = codec.to_float64(stages.output.hi) - codec.to_float64(stages.output.lo)
        assert np.median(width) < 0.05 * scale
        given = codec.ordered_key(stages.output_given_gemm2.hi) - codec.ordered_key(stages.output_given_gemm2.lo)
        assert given.max() <= 1


def stored(x: Fraction) -> Fraction:
    """x rounded to BF16 by the scalar oracle."""
    value = decode(BF16_FORMAT, encode_rne(BF16_FORMAT, x))
    assert isinstance(value, Fraction)
    return value


def fractions(x: np.ndarray) -> list[list[Fraction]]:
    return [[Fraction(float(v)) for v in row] for row in x]


def quantized(act: list[Fraction]) -> list[Fraction]:
    """One block through the scalar quantizer and back."""
    bits = np.array([float(a) for a in act], F32).view(np.uint32)
    codes, byte = quantize_block([int(b) for b in bits])
    return fractions(dequantize_mxfp8(np.array([codes], np.uint8), np.array([[byte]], np.uint8)))[0]


def by_hand(inputs: MoEInputs, is_native: bool) -> list[list[Fraction]]:
    """The exact layer on fractions: alpha 0, so the activation is g (u + 1) / 2; rounded where a stage stores."""
    T, k = inputs.topk_ids.shape
    output = []
    for t in range(T):
        total = [Fraction(0)] * inputs.hidden_states.shape[1]
        for j in range(k):
            e = inputs.topk_ids[t, j]
            w13 = fractions(dequantize_mxfp8(inputs.w13[e], inputs.w13_scale[e]))
            w2 = fractions(dequantize_mxfp8(inputs.w2[e], inputs.w2_scale[e]))
            x = fractions(inputs.hidden_states[t : t + 1])[0]
            gate_up = [stored(dot(x, row)[0]) for row in w13]
            half = len(gate_up) // 2
            act = [g * (u + 1) / 2 for g, u in zip(gate_up[:half], gate_up[half:], strict=True)]
            act = quantized(act) if is_native else [stored(a) for a in act]
            out = [Fraction(float(inputs.topk_weights[t, j])) * dot(act, row)[0] for row in w2]
            total = [s + (o if is_native else stored(o)) for s, o in zip(total, out, strict=True)]
        output.append([stored(s) for s in total])
    return output


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_exact_layer_is_a_point_from_end_to_end(is_native: bool, seed: int) -> None:
    inputs = exact_layer(seed=seed)
    stages = run(is_native, inputs)
    assert stages.gemm1_accepted.is_value().all() and stages.gemm2_accepted.is_value().all()
    assert stages.output.is_value().all()
    expected = np.array([[float(v) for v in row] for row in by_hand(inputs, is_native)])
    assert (expected == stages.output_nominal.astype(np.float64)).all()
    assert stages.output.contains(stages.output_nominal).all()
    assert (np.abs(expected) > 0).mean() > 0.5
    for device_seed in range(4):
        assert stages.output.contains(device(inputs, is_native, np.random.default_rng(device_seed))).all()


@pytest.mark.parametrize("is_native", [True, False])
def test_absent_routes_contribute_nothing_and_their_rows_are_zero(is_native: bool) -> None:
    inputs = gaussian_layer(6, 64, 32, 4, 2, seed=1)
    inputs.topk_ids[0] = [0, 2]
    here = np.array([-1, 0, -1, 1], np.int32)
    part = dataclasses.replace(
        inputs, w13=inputs.w13[[1, 3]], w13_scale=inputs.w13_scale[[1, 3]], w2=inputs.w2[[1, 3]],
        w2_scale=inputs.w2_scale[[1, 3]], expert_map=here,
    )  # fmt: skip
    whole, stages = run(is_native, inputs), run(is_native, part)
    local = np.isin(inputs.topk_ids.reshape(-1), [1, 3])
    assert (stages.gemm2[local] == whole.gemm2[local]).all() and not stages.gemm2[~local].astype(F32).any()
    nowhere = ~local.reshape(6, 2).any(axis=1)
    assert nowhere.any()
    assert (codec.to_float64(stages.output.lo[nowhere]) == 0).all() and stages.output.is_value()[nowhere].all()
    alone = local.reshape(6, 2).sum(axis=1) == 1  # one contribution: no addition rounds
    assert stages.output_given_gemm2.is_point()[alone].all()
    none = run(is_native, dataclasses.replace(part, expert_map=np.full(4, -1, np.int32)))
    assert none.output.is_value().all() and not none.output_nominal.astype(F32).any()


@pytest.mark.parametrize("is_native", [True, False])
def test_ids_that_do_not_exist_are_as_if_absent(is_native: bool) -> None:
    inputs = gaussian_layer(3, 64, 32, 4, 2, seed=2)
    ids = inputs.topk_ids.copy()
    ids[0, 0], ids[1, 1] = -1, 4
    stages = run(is_native, dataclasses.replace(inputs, topk_ids=ids))
    assert stages.route_expert.tolist()[0] == -1 and stages.route_expert.tolist()[3] == -1
    assert not stages.gemm2[[0, 3]].astype(F32).any()


@pytest.mark.parametrize("is_native", [True, False])
def test_no_tokens(is_native: bool) -> None:
    inputs = gaussian_layer(1, 64, 32, 4, 2)
    none = dataclasses.replace(
        inputs,
        hidden_states=inputs.hidden_states[:0],
        topk_ids=inputs.topk_ids[:0],
        topk_weights=inputs.topk_weights[:0],
    )
    stages = run(is_native, none)
    assert stages.output.shape == (0, 64) and stages.output_nominal.shape == (0, 64)


@pytest.mark.parametrize("is_native", [True, False])
def test_nan_reaches_exactly_its_tokens_and_columns(is_native: bool) -> None:
    inputs = gaussian_layer(4, 64, 32, 4, 2, seed=4)
    hidden = inputs.hidden_states.copy()
    hidden[1, 3] = np.nan
    stages = run(is_native, dataclasses.replace(inputs, hidden_states=hidden))
    assert stages.output.nan[1].all() and not np.delete(stages.output.nan, 1, axis=0).any()
    assert np.isnan(stages.output_nominal[1].astype(F32)).all()
    w2_scale = inputs.w2_scale.copy()
    w2_scale[inputs.topk_ids[0, 0], 5, 0] = 255
    stages = run(is_native, dataclasses.replace(inputs, w2_scale=w2_scale))
    users = (inputs.topk_ids == inputs.topk_ids[0, 0]).any(axis=1)
    assert (stages.output.nan[:, 5] == users).all() and not np.delete(stages.output.nan, 5, axis=1).any()
    router = inputs.topk_weights.copy()
    router[2, 1] = np.nan
    stages = run(is_native, dataclasses.replace(inputs, topk_weights=router))
    assert stages.output.nan[2].all() and stages.output.nan.sum() == 64


def test_an_infinite_hidden_state_frees_its_token_in_the_native_pipeline() -> None:
    inputs = gaussian_layer(3, 64, 32, 4, 2, seed=6)
    hidden = inputs.hidden_states.copy()
    hidden[1, 3] = np.inf
    stages = native(dataclasses.replace(inputs, hidden_states=hidden))
    assert stages.output.free[1].all() and not np.delete(stages.output.free, 1, axis=0).any()


def test_router_weights_round_once() -> None:
    none = np.zeros((1, 3), bool)
    lo, hi = np.array([[1.0, -2.0, -0.0]], F32), np.array([[1.5, 3.0, 0.0]], F32)
    sets = weighted(Interval(lo, hi, none, none), np.array([-0.1], F32))
    assert sets.lo.tolist() == [[F32(-0.1) * F32(1.5), F32(-0.1) * F32(3.0), 0.0]]
    assert np.signbit(sets.lo[0, 2]) and not np.signbit(sets.hi[0, 2])
    zero = weighted(Interval(lo, np.array([[np.inf, 3.0, 0.0]], F32), none, none), np.zeros(1, F32))
    assert zero.free.tolist() == [[True, False, False]]
    infinite = weighted(Interval(lo, hi, none, none), np.array([np.inf], F32))
    assert infinite.free.tolist() == [[False, True, True]] and infinite.lo[0, 0] == np.inf
    assert weighted(Interval(lo, hi, none, none), np.array([np.nan], F32)).nan.all()


@pytest.mark.parametrize("k", [1, 2, 3, 4, 7])
def test_sums_over_routes_hold_every_order_and_are_exact_where_they_can_be(k: int) -> None:
    rng = np.random.default_rng(k)
    values = (rng.standard_normal((5, k, 200)) * 2.0 ** rng.integers(-30, 30, (5, k, 200))).astype(F32)
    values[rng.random(values.shape) < 0.3] = 0
    sets = sum_of_routes(Interval.exact(values))
    points = []
    for _ in range(40):
        got = random_order(np.moveaxis(values.astype(np.float64), 1, 2), rng).astype(F32)
        assert sets.contains(got).all()
        points.append(got)
    few = (values != 0).sum(axis=1) <= 2
    assert sets.is_value()[few].all()
    if k == 1:
        assert sets.is_value().all() and sets.contains(values[:, 0]).all()
    assert sets.contains(nominal_sum(values)).all()
    integers = rng.integers(-1000, 1000, (5, k, 50)).astype(F32)
    assert sum_of_routes(Interval.exact(integers)).is_value().all()


def test_sums_of_boxes_and_special_values() -> None:
    def sets(lo: list[float], hi: list[float]) -> Interval:
        a, b = (np.array(x, F32).reshape(1, -1, 1) for x in (lo, hi))
        return Interval(a, b, np.isnan(a), np.zeros(a.shape, bool))

    total = sum_of_routes(sets([1.0, -1.0, 2.0], [1.5, 0.0, 2.0]))
    assert total.lo.item() == 2.0 and total.hi.item() == 3.5
    assert sum_of_routes(sets([np.nan, 1.0], [np.nan, 1.0])).nan.all()
    assert sum_of_routes(sets([-np.inf, 1.0], [-np.inf, np.inf])).free.all()
    both = sum_of_routes(sets([1.0, 1.0], [np.inf, 1.0]))
    assert both.lo.item() == 2.0 and both.hi.item() == np.inf
    assert sum_of_routes(sets([3e38, 3e38, -3e38], [3e38, 3e38, -3e38])).free.all()
    zero = sum_of_routes(sets([1.0, -1.0], [1.0, -1.0]))
    assert zero.contains(np.array([[-0.0]], F32)).all() and zero.contains(np.array([[0.0]], F32)).all()


def test_bad_inputs_are_named() -> None:
    inputs = gaussian_layer(2, 64, 32, 4, 2)
    with pytest.raises(TypeError, match="hidden_states: has float32"):
        dataclasses.replace(inputs, hidden_states=inputs.hidden_states.astype(F32))
    with pytest.raises(ValueError, match="w2_scale: has shape"):
        dataclasses.replace(inputs, w2_scale=inputs.w2_scale[:, :1])
    with pytest.raises(ValueError, match="w13: has shape"):
        dataclasses.replace(inputs, w13=inputs.w13[0])
    with pytest.raises(ValueError, match="topk_weights: has shape"):
        dataclasses.replace(inputs, topk_weights=inputs.topk_weights[:, :1])
    with pytest.raises(TypeError, match="topk_weights: has float64"):
        dataclasses.replace(inputs, topk_weights=inputs.topk_weights.astype(np.float64))
    with pytest.raises(ValueError, match="expert_map: has length 3"):
        native(dataclasses.replace(inputs, expert_map=np.zeros(3, np.int32)))


OTHERS = (
    Arithmetic(bf16_between=True),
    Arithmetic(gate_up_fp32=True),
    Arithmetic(scale_rule="ocp_floor"),
    Arithmetic(scale_rule="even", amax_floor=float(np.float32(1e-30)), bf16_between=True),
)


@pytest.mark.parametrize("by", OTHERS)
def test_another_arithmetic_is_that_of_every_stage(by: Arithmetic) -> None:
    """The stages follow from each other by it, the sets hold them, and the contract's are other ones."""
    layer = dataclasses.replace(gaussian_layer(3, 128, 64, 3, 2), arithmetic=by)
    found, contract = native(layer), native(dataclasses.replace(layer, arithmetic=CONTRACT))
    assert np.array_equal(found.x_scales, quantize_mxfp8(layer.hidden_states, by.scale_rule, by.amax_floor)[1])
    byte_ok, code_ok = found.h_accepted.membership(found.h_codes, found.h_scales)
    assert byte_ok.all() and code_ok.all()
    rng = np.random.default_rng(7)
    assert all(found.output.contains(device(layer, True, rng)).all() for _ in range(3))
    byte_ok, code_ok = contract.h_accepted.membership(found.h_codes, found.h_scales)
    assert not (byte_ok.all() and code_ok.all())
