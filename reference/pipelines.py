"""What does each stage of an MXFP8 mixture of experts give, and which outputs are right?

Native: quantize x -> GEMM1 (BF16) -> fused SwiGLU + quantize -> GEMM2, times router weight (FP32) -> sum over
k (FP32) -> BF16. Emulation: weights dequantized to BF16; GEMM1 (BF16) -> SwiGLU (BF16) -> GEMM2, times router
weight (BF16) -> the same sum.

Each stage has a nominal value (one right answer, from the nominal values before it), the accepted set given
the nominal of the stage before, and ``output`` is the set of right outputs when every stage before uses its
whole freedom. Only experts that some route uses are decoded, one at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import DTypeLike, NDArray

from reference.alignment import Ids, route_experts
from reference.arithmetic import CONTRACT, Arithmetic
from reference.codec import BF16_DTYPE, F32, U8, AnyArray, Bools, float32_bits_to_bf16, to_float64
from reference.contraction import Contraction
from reference.formats import BLOCK
from reference.fused import AcceptedBlocks
from reference.interval import Interval, RealInterval
from reference.operand import MxSide, RealSide, Side
from reference.propagation import gemm_of_boxes, nominal_sum, sum_of_routes, weighted
from reference.quantize import dequantize_mxfp8_to_bf16, quantize_mxfp8
from reference.swiglu import DEFAULT_ALPHA, DEFAULT_BETA, enclosure, interval_enclosure, nominal_fp32, split

K_GRANULARITY = 128
"""H and I of the native pipeline are multiples of it: what one scaled matrix-core instruction takes of K."""


class Activation(TypedDict):
    """Parameters of SwiGLU-OAI as keyword arguments."""

    alpha: float
    beta: float
    limit: float | None


@dataclass(frozen=True)
class MoEInputs:
    """One layer's inputs; alpha, beta and limit that are left out are the defaults (MOE-16).

    hidden_states bfloat16 [T, H]; w13 uint8 [E, 2I, H] (gate rows, then up rows) under w13_scale uint8 [E,
    2I, H/32]; w2 uint8 [E, H, I] under w2_scale uint8 [E, H, I/32]; topk_weights float32 and topk_ids int32
    [T, k]; alpha, beta, limit (None: no clamp); global_num_experts; expert_map int32 [global_num_experts] or
    None; arithmetic: how the native pipeline quantizes. TypeError or ValueError on construction name the argument that
    does not fit.
    """

    hidden_states: AnyArray
    w13: U8
    w13_scale: U8
    w2: U8
    w2_scale: U8
    topk_weights: F32
    topk_ids: Ids
    alpha: float = DEFAULT_ALPHA
    beta: float = DEFAULT_BETA
    limit: float | None = None
    global_num_experts: int = -1
    expert_map: Ids | None = None
    arithmetic: Arithmetic = CONTRACT

    def __post_init__(self) -> None:
        ranks = {"hidden_states": 2, "w13": 3, "w13_scale": 3, "w2": 3, "w2_scale": 3, "topk_weights": 2, "topk_ids": 2}
        for name, rank in ranks.items():
            shape = getattr(self, name).shape
            if len(shape) != rank:
                raise ValueError(f"{name}: has shape {shape}, needs {rank} axes")
        if self.hidden_states.dtype != BF16_DTYPE:
            raise TypeError(f"hidden_states: has {self.hidden_states.dtype}, needs bfloat16")
        T, H = self.hidden_states.shape
        E, width = self.w2.shape[0], self.w2.shape[2]
        if H % BLOCK or width % BLOCK:
            raise ValueError(f"hidden_states, w2: have H = {H} and I = {width}, need multiples of {BLOCK}")
        needed = {
            "w13": (E, 2 * width, H),
            "w13_scale": (E, 2 * width, H // BLOCK),
            "w2": (E, H, width),
            "w2_scale": (E, H, width // BLOCK),
            "topk_weights": self.topk_ids.shape,
            "topk_ids": (T, self.topk_ids.shape[1]),
        }
        for name, shape in needed.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name}: has shape {getattr(self, name).shape}, needs {shape}")
        if self.topk_weights.dtype != np.float32:
            raise TypeError(f"topk_weights: has {self.topk_weights.dtype}, needs float32")

    @property
    def top_k(self) -> int:
        """Routes per token."""
        return self.topk_ids.shape[1]

    @property
    def routes(self) -> int:
        """Routes in all, T * k."""
        return self.topk_ids.size

    @property
    def activation(self) -> Activation:
        """The parameters of SwiGLU-OAI, which reach the activation of both pipelines (MOE-12)."""
        return {"alpha": self.alpha, "beta": self.beta, "limit": self.limit}

    def quantized(self, x: AnyArray) -> tuple[U8, U8]:
        """(codes, bytes) of float32 or bfloat16 x by this layer's arithmetic."""
        return quantize_mxfp8(x, self.arithmetic.scale_rule, self.arithmetic.amax_floor)

    def blocks(self, enclosure: RealInterval) -> AcceptedBlocks:
        """The accepted blocks of enclosed activations by this layer's arithmetic."""
        by = self.arithmetic
        return AcceptedBlocks(enclosure, by.scale_rule, by.amax_floor, by.bf16_between)

    def route_experts(self) -> Ids:
        """Local expert of each route, -1 where it contributes nothing."""
        return route_experts(self.topk_ids, len(self.w2), self.expert_map, self.global_num_experts)


@dataclass(frozen=True)
class NativeStages:
    """The native pipeline's stages; R = T * k routes. Rows of routes that contribute nothing are zeros.

    gemm1 is bfloat16 [R, 2I]; activation encloses the FP32 SwiGLU of the nominal gemm1 [R, I]; h_codes and
    h_scales quantize its nominal value; gemm2 is float32 [R, H], already times the router weight; outputs are
    bfloat16 [T, H]. output_given_gemm2 is the set given the nominal gemm2, output the set given the inputs
    alone.
    """

    route_expert: Ids
    x_codes: U8
    x_scales: U8
    gemm1: AnyArray
    gemm1_accepted: Interval
    activation: RealInterval
    h_codes: U8
    h_scales: U8
    h_accepted: AcceptedBlocks
    gemm2: F32
    gemm2_accepted: Interval
    output_nominal: AnyArray
    output_given_gemm2: Interval
    output: Interval


@dataclass(frozen=True)
class EmulationStages:
    """The emulation pipeline's stages; names as in ``NativeStages``. activation and gemm2 are bfloat16."""

    inputs: MoEInputs
    route_expert: Ids
    gemm1: AnyArray
    gemm1_accepted: Interval
    activation: AnyArray
    activation_accepted: Interval
    gemm2: AnyArray
    gemm2_accepted: Interval
    output_nominal: AnyArray
    output_given_gemm2: Interval
    output: Interval

    @property
    def w13_bf16(self) -> AnyArray:
        """All of w13 as bfloat16 [E, 2I, H]; made anew at each access, as it is large."""
        return dequantize_mxfp8_to_bf16(self.inputs.w13, self.inputs.w13_scale)

    @property
    def w2_bf16(self) -> AnyArray:
        """All of w2 as bfloat16 [E, H, I]; made anew at each access."""
        return dequantize_mxfp8_to_bf16(self.inputs.w2, self.inputs.w2_scale)


class _Sets:
    """An Interval under construction, one group of routes at a time; it starts as zeros of either sign."""

    def __init__(self, shape: tuple[int, int], dtype: DTypeLike) -> None:
        self.lo, self.hi = np.negative(np.zeros(shape, dtype)), np.zeros(shape, dtype)
        self.nan, self.free = np.zeros(shape, bool), np.zeros(shape, bool)

    def put(self, rows: NDArray[np.intp], sets: Interval) -> None:
        self.lo[rows], self.hi[rows], self.nan[rows], self.free[rows] = sets.lo, sets.hi, sets.nan, sets.free

    def interval(self) -> Interval:
        return Interval(self.lo, self.hi, self.nan, self.free)


def _groups(route_expert: Ids) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """(expert, its routes): an expert that is chosen twice by a token has two routes of it (MOE-07)."""
    for expert in np.unique(route_expert[route_expert >= 0]):
        yield int(expert), np.flatnonzero(route_expert == expert)


SideOf = Callable[[int], Side]
RowsOf = Callable[[NDArray[np.intp]], Side]


def _first_gemm(
    route_expert: Ids,
    rows_of: RowsOf,
    weights_of: SideOf,
    width: int,
    failure: float | None,
    store: np.dtype = BF16_DTYPE,
) -> tuple[AnyArray, Interval]:
    """GEMM1 stored as ``store``, [R, width]: nominal and accepted."""
    nominal = np.zeros((len(route_expert), width), store)
    accepted = _Sets(nominal.shape, store)
    for expert, routes in _groups(route_expert):
        product = Contraction(rows_of(routes), weights_of(expert))
        nominal[routes] = product.nearest(store)
        accepted.put(routes, product.interval(store, failure=failure))
    return nominal, accepted.interval()


@dataclass(frozen=True)
class _Second:
    nominal: AnyArray
    accepted: Interval
    end_to_end: Interval


def _second_gemm(
    inputs: MoEInputs,
    route_expert: Ids,
    rows_of: RowsOf,
    boxes: RealInterval,
    weights_of: SideOf,
    store: np.dtype,
    failure: float | None,
) -> _Second:
    """GEMM2 times the router weight as it is (MOE-10) in FP32, stored as ``store``: nominal, accepted, from boxes."""
    shape = (len(route_expert), inputs.hidden_states.shape[1])
    nominal, accepted, end_to_end = np.zeros(shape, store), _Sets(shape, store), _Sets(shape, store)
    weights = inputs.topk_weights.reshape(-1)
    for expert, routes in _groups(route_expert):
        side = weights_of(expert)
        product = Contraction(rows_of(routes), side)
        with np.errstate(all="ignore"):
            value = product.nearest(np.float32) * weights[routes, None]
        nominal[routes] = value if store == np.float32 else float32_bits_to_bf16(value.view(np.uint32))
        given = product.interval(np.float32, failure=failure)
        reached = gemm_of_boxes(boxes.at(routes), side, failure=failure)
        accepted.put(routes, weighted(given, weights[routes]).rounded_to(store))
        end_to_end.put(routes, weighted(reached, weights[routes]).rounded_to(store))
    return _Second(nominal, accepted.interval(), end_to_end.interval())


def _outputs(inputs: MoEInputs, second: _Second) -> tuple[AnyArray, Interval, Interval]:
    """(nominal, set given the nominal GEMM2, set end to end), bfloat16 [T, H] (MOE-01).

    Sets are points where all stages are exact (MOE-02).
    """
    T, H = inputs.hidden_states.shape
    shape = (T, inputs.top_k, H)

    def output(terms: Interval) -> Interval:
        parts = (x.reshape(shape) for x in (terms.lo, terms.hi, terms.nan, terms.free))
        return sum_of_routes(Interval(*parts)).rounded_to(BF16_DTYPE)

    values = to_float64(second.nominal).astype(np.float32)
    nominal = float32_bits_to_bf16(nominal_sum(values.reshape(shape)).view(np.uint32))
    return nominal, output(Interval.exact(values)), output(second.end_to_end)


def _free_rows(sets: Interval, rows: Bools) -> Interval:
    return Interval(sets.lo, sets.hi, sets.nan, sets.free | (rows[:, None] & ~sets.nan))


def native(inputs: MoEInputs, *, failure: float | None = None) -> NativeStages:
    """Every stage of the native pipeline. Memory: one expert's weights in float64 at a time.

    failure: None takes the worst-case bound of the GEMMs' sums; a probability takes the probabilistic one (MOE-15),
    and then each sum may leave its set with that probability (an output depends on 2 I sums of GEMM1 and on k
    of GEMM2).
    """
    route_expert = inputs.route_experts()
    token = np.arange(inputs.routes) // max(1, inputs.top_k)
    x_codes, x_scales = inputs.quantized(inputs.hidden_states)
    gemm1, gemm1_accepted = _first_gemm(
        route_expert,
        lambda routes: MxSide("x", x_codes[token[routes]], x_scales[token[routes]]),
        lambda e: MxSide("w13", inputs.w13[e], inputs.w13_scale[e], keep=True),
        inputs.w13.shape[1],
        failure,
        np.dtype(np.float32) if inputs.arithmetic.gate_up_fp32 else BF16_DTYPE,
    )
    options = inputs.activation
    gate, up = split(gemm1)
    activation = enclosure(gate, up, **options)
    value: AnyArray = nominal_fp32(gate, up, **options)
    if inputs.arithmetic.bf16_between:
        value = float32_bits_to_bf16(value.view(np.uint32))
    h_codes, h_scales = inputs.quantized(value)
    # How an infinite x is quantized is the implementation's choice: beyond that stage its routes may be anything.
    infinite = np.asarray(np.isinf(to_float64(inputs.hidden_states)).any(axis=1))[token] & (route_expert >= 0)
    reached = _free_rows(gemm1_accepted, infinite)
    half = gemm1.shape[1] // 2
    boxes = interval_enclosure(reached.at(np.s_[:, :half]), reached.at(np.s_[:, half:]), **options)
    second = _second_gemm(
        inputs,
        route_expert,
        lambda routes: MxSide("h", h_codes[routes], h_scales[routes]),
        inputs.blocks(boxes).decoded_hull(),
        lambda e: MxSide("w2", inputs.w2[e], inputs.w2_scale[e], keep=True),
        np.dtype(np.float32),
        failure,
    )
    nominal, given_gemm2, output = _outputs(inputs, second)
    return NativeStages(
        route_expert, x_codes, x_scales, gemm1, gemm1_accepted, activation, h_codes, h_scales,
        inputs.blocks(activation), second.nominal, second.accepted, nominal, given_gemm2, output,
    )  # fmt: skip


def emulation(inputs: MoEInputs, *, failure: float | None = None) -> EmulationStages:
    """Every stage of the BF16 emulation; memory and failure as in ``native``."""
    route_expert = inputs.route_experts()
    token = np.arange(inputs.routes) // max(1, inputs.top_k)
    x = to_float64(inputs.hidden_states)

    def weights(codes: U8, scales: U8) -> SideOf:
        return lambda e: RealSide("weights", to_float64(dequantize_mxfp8_to_bf16(codes[e], scales[e])))

    gemm1, gemm1_accepted = _first_gemm(
        route_expert,
        lambda routes: RealSide("x", x[token[routes]]),
        weights(inputs.w13, inputs.w13_scale),
        inputs.w13.shape[1],
        failure,
    )
    options = inputs.activation
    gate, up = split(gemm1)
    activation = float32_bits_to_bf16(nominal_fp32(gate, up, **options).view(np.uint32))
    half = gemm1.shape[1] // 2
    halves = gemm1_accepted.at(np.s_[:, :half]), gemm1_accepted.at(np.s_[:, half:])
    boxes = interval_enclosure(*halves, **options).rounded_to(np.float32).rounded_to(BF16_DTYPE).real()
    second = _second_gemm(
        inputs,
        route_expert,
        lambda routes: RealSide("h", to_float64(activation[routes])),
        boxes,
        weights(inputs.w2, inputs.w2_scale),
        BF16_DTYPE,
        failure,
    )
    nominal, given_gemm2, output = _outputs(inputs, second)
    accepted = enclosure(gate, up, **options).rounded_to(np.float32).rounded_to(BF16_DTYPE)
    return EmulationStages(
        inputs, route_expert, gemm1, gemm1_accepted, activation, accepted, second.nominal, second.accepted,
        nominal, given_gemm2, output,
    )  # fmt: skip
