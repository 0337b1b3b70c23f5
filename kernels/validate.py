"""Is this input one that the kernels can be asked about?

Every check raises before anything is launched or written, and its message names the argument, what it has and
what it needs. TypeError: not a tensor, a wrong dtype or a wrong Python type. ValueError: everything else. No
check is an assert, for ``python -O`` drops those.

Kernels read memory, so a tensor is taken where its own memory holds its values: a view of any strides, an
nn.Parameter. There is no derivative: a tensor that requires grad is refused while grad mode is enabled, for its
graph would end here without a word; under torch.no_grad() or torch.inference_mode() it is taken.
"""

import contextlib
import math
import reprlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, NoReturn

import torch

from kernels.constants import DEFAULT_ALPHA, DEFAULT_BETA, MX_BLOCK

FLOATS = (torch.bfloat16, torch.float16, torch.float32)
INTEGERS = (torch.int32, torch.int64)
LAYOUTS = ("split", "interleaved")
MAX_INT32 = 2**31 - 1
# Row kernels count blocks of 32 elements in int32.
MAX_BLOCKS = 2**31 - 2**10
# Routes and the padding of their groups are counted in int32 too.
MAX_ROUTES = 2**30
# Far beyond any model and any tile: the alignment makes tables of these sizes.
MAX_EXPERTS = 2**20
MAX_BLOCK_SIZE = 2**16
_BLOCKS = f"blocks of {MX_BLOCK.value} elements"
_BYTE_PER_BLOCK = f"one byte per {MX_BLOCK.value} elements of {{}} of shape {{}}"


def _refuse(error: type[Exception], name: str, has: object, needs: str) -> NoReturn:
    raise error(f"{name}: has {has}, needs {needs}")


def shown(value: Any) -> str:
    """``value`` and its type, for a message; the type alone where a repr is long or reads a tensor."""
    kind = type(value).__name__
    if isinstance(value, int) and value.bit_length() > 64:
        return f"an int of {value.bit_length()} bits"
    is_short = value is None or isinstance(value, (bool, int, float, str, torch.dtype))
    return f"{reprlib.repr(value)} of type {kind}" if is_short else f"a {kind}"


def _names(dtypes: tuple[torch.dtype, ...]) -> str:
    return " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)


def tensor(
    name: str, value: Any, dtypes: tuple[torch.dtype, ...], rank: int | None, device: torch.device | None = None
) -> None:
    """``value`` is a tensor with memory of one of ``dtypes`` and, where given, of this rank and on this device."""
    if not isinstance(value, torch.Tensor):
        _refuse(TypeError, name, type(value).__name__, f"a tensor of {_names(dtypes)}")
    if not _holds_values(value):
        _refuse(ValueError, name, _instead_of_memory(value), "a tensor whose own memory holds its values")
    if value.dtype not in dtypes:
        is_scale = value.dtype == torch.float8_e8m0fnu and torch.uint8 in dtypes
        needs = f"dtype {_names(dtypes)}" + (", as .view(torch.uint8) gives" if is_scale else "")
        _refuse(TypeError, name, f"dtype {_names((value.dtype,))}", needs)
    if rank is not None and value.dim() != rank:
        _refuse(ValueError, name, f"shape {tuple(value.shape)}", f"{rank} dimensions")
    if device is not None and value.device != device:
        _refuse(ValueError, name, f"device {value.device}", f"device {device}, where the other tensors are")
    if value.requires_grad and torch.is_grad_enabled():
        _refuse(ValueError, name, "requires_grad", "torch.no_grad() or .detach(): there is no derivative")


def _holds_values(value: torch.Tensor) -> bool:
    """Whether the memory behind ``value`` holds its values, as a kernel would read them."""
    try:
        if value.is_neg() or value.is_nested:
            return False
        # The storage's address: a view's own is its offset where there is no memory (fake, meta). Without elements a
        # plain tensor has none either.
        has_address = value.untyped_storage().data_ptr() != 0
        return has_address or (value.numel() == 0 and value.untyped_storage().device.type != "meta")
    except (RuntimeError, ValueError):  # sparse, wrapped by vmap or grad, not initialized: there is no address
        return False


_KINDS: tuple[tuple[str, Callable[[torch.Tensor], bool]], ...] = (
    ("a lazily negated tensor", torch.Tensor.is_neg),
    ("a nested tensor", lambda value: value.is_nested),
    ("device meta", lambda value: value.is_meta),
)


def _instead_of_memory(value: torch.Tensor) -> str:
    """What a tensor is whose memory does not hold its values, in words."""
    if value.layout is not torch.strided:
        return f"layout {str(value.layout).removeprefix('torch.')}"
    with contextlib.suppress(ValueError):  # a parameter that is not initialized answers nothing
        for words, is_so in _KINDS:
            if is_so(value):
                return words
    return f"a {type(value).__name__} without memory of its own"


def shape(name: str, value: torch.Tensor, needed: tuple[int, ...], why: str, *about: str | torch.Tensor) -> None:
    """``value`` has exactly this shape. ``why`` has braces for ``about``: names, and tensors whose shape it tells."""
    if value.shape != needed:
        told = (tuple(one.shape) if isinstance(one, torch.Tensor) else one for one in about)
        _refuse(ValueError, name, f"shape {tuple(value.shape)}", f"shape {tuple(needed)} ({why.format(*told)})")


def integer(name: str, value: Any, least: int, most: int = MAX_INT32) -> None:
    """``value`` is a Python int (no bool) in [least, most]."""
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(TypeError, name, shown(value), "an int")
    if value < least:
        _refuse(ValueError, name, shown(value), f"at least {least}")
    if value > most:
        _refuse(ValueError, name, shown(value), f"at most {most}")


def at_most(name: str, count: int, what: str, most: int) -> None:
    """``count`` of ``what`` is no more than the kernels count."""
    if count > most:
        _refuse(ValueError, name, f"{count} {what}", f"at most {most}")


def multiple(name: str, size: int, of: int) -> None:
    """``size`` is a positive multiple of ``of``."""
    if size <= 0 or size % of:
        _refuse(ValueError, name, size, f"a positive multiple of {of}")


def _float32(name: str, value: Any) -> float:
    """``value`` rounded to FP32, as a kernel receives it. Refuses NaN, and finite numbers that FP32 has not."""
    if isinstance(value, bool) or not isinstance(value, Real):
        _refuse(TypeError, name, shown(value), "a real number")
    try:
        number: float = struct.unpack("<f", struct.pack("<f", float(value)))[0]
    except OverflowError:
        _refuse(ValueError, name, shown(value), "a number that is finite in FP32")
    if math.isnan(number):
        _refuse(ValueError, name, shown(value), "a number that is not NaN")
    return number


@dataclass(frozen=True)
class SwigluParams:
    """alpha, beta and limit as a kernel reads them: FP32 values. limit None means no clamp."""

    alpha: float
    beta: float
    limit: float | None

    @property
    def has_limit(self) -> bool:
        return self.limit is not None

    def as_kernel_arguments(self) -> tuple[float, float, float]:
        """(alpha, beta, limit); the limit is never read when there is none."""
        return self.alpha, self.beta, 0.0 if self.limit is None else self.limit


def swiglu_params(alpha: Any, beta: Any, limit: Any) -> SwigluParams:
    """alpha and beta finite in FP32; limit None, or a number >= 0 that is finite in FP32, or infinity itself."""
    numbers = []
    for name, value in (("alpha", alpha), ("beta", beta)):
        number = _float32(name, value)
        if math.isinf(number):
            _refuse(ValueError, name, shown(value), "a number that is finite in FP32")
        numbers.append(number)
    if limit is not None:
        limit = _float32("limit", limit)
        if limit < 0:
            _refuse(ValueError, "limit", limit, "None (no clamp) or a number >= 0")
    return SwigluParams(numbers[0], numbers[1], limit)


def dtype_of(name: str, value: Any, otherwise: str = "") -> None:
    """``value`` is the dtype of a result."""
    if not isinstance(value, torch.dtype) or value not in FLOATS:
        _refuse(TypeError, name, shown(value), otherwise + _names(FLOATS))


def _row_blocks(name: str, rows: int, columns: int) -> None:
    """The blocks of 32 elements in ``rows`` rows are no more than the kernels count."""
    at_most(name, rows * -(-columns // MX_BLOCK.value), _BLOCKS, MAX_BLOCKS)


def check_quantize(x: Any) -> None:
    """Arguments of mxfp8_quantize."""
    tensor("x", x, FLOATS, None)
    if x.dim() == 0:
        _refuse(ValueError, "x", "0 dimensions", "at least 1")
    if x.shape[-1] % MX_BLOCK.value:
        _refuse(ValueError, "x", f"shape {tuple(x.shape)}", f"a last dimension that is a multiple of {MX_BLOCK.value}")
    _row_blocks("x", 1, x.numel())


def check_swiglu(
    gate_up: Any, alpha: Any, beta: Any, limit: Any, layout: Any, multiple: int, out_dtype: torch.dtype | None = None
) -> SwigluParams:
    """Arguments of swiglu_oai and swiglu_oai_quantize_mxfp8; I must be a multiple of ``multiple``."""
    tensor("gate_up", gate_up, FLOATS, 2)
    if gate_up.shape[1] % (2 * multiple):
        _refuse(
            ValueError, "gate_up", f"shape {tuple(gate_up.shape)}", f"[rows, 2 * I] with I a multiple of {multiple}"
        )
    if not isinstance(layout, str) or layout not in LAYOUTS:
        _refuse(ValueError, "layout", shown(layout), " or ".join(map(repr, LAYOUTS)))
    if out_dtype is not None:
        dtype_of("out_dtype", out_dtype, "None or ")
    _row_blocks("gate_up", gate_up.shape[0], gate_up.shape[1] // 2)
    return swiglu_params(alpha, beta, limit)


def check_align(topk_ids: Any, block_size: Any, num_experts: Any, expert_map: Any, num_local_experts: Any) -> None:
    """Arguments of moe_align_block_size. Reads no tensor's values."""
    tensor("topk_ids", topk_ids, INTEGERS, 2)
    at_most("topk_ids", topk_ids.numel(), "routes", MAX_ROUTES)
    integer("block_size", block_size, 1, MAX_BLOCK_SIZE)
    integer("num_experts", num_experts, 0, MAX_EXPERTS)
    if num_local_experts is not None:
        integer("num_local_experts", num_local_experts, 0, MAX_EXPERTS)
    _check_expert_map(expert_map, num_experts, topk_ids.device)


def _check_expert_map(expert_map: Any, num_experts: int, device: torch.device) -> None:
    """expert_map, where there is one, has an entry for each global expert. What an entry means here, if anything, is
    for the device to say: reading it would stop the host until the device is there.
    """
    if expert_map is not None:
        tensor("expert_map", expert_map, INTEGERS, 1, device)
        shape("expert_map", expert_map, (num_experts,), "one entry per global expert")


def check_moe_sum(routes: Any, top_k: Any, dtype: Any, local_experts: Any = None) -> None:
    """Arguments of moe_sum."""
    tensor("routes", routes, FLOATS, 2)
    integer("top_k", top_k, 1)
    if routes.shape[0] % top_k:
        _refuse(ValueError, "routes", f"{routes.shape[0]} rows", f"a multiple of top_k = {top_k} rows")
    dtype_of("dtype", dtype)
    if local_experts is not None:
        tensor("local_experts", local_experts, (torch.int32,), 1, routes.device)
        shape("local_experts", local_experts, (routes.shape[0],), "one expert per route")
        contiguous("local_experts", local_experts)
    _row_blocks("routes", routes.shape[0], routes.shape[1])


def check_scales(codes_name: str, codes: torch.Tensor, scale_name: str, scale: Any) -> None:
    """E8M0 bytes [..., K // 32] belong to the E4M3 codes [..., K], which are checked."""
    tensor(scale_name, scale, (torch.uint8,), codes.dim(), codes.device)
    *rows, k = codes.shape
    blocks, rest = divmod(k, MX_BLOCK.value)
    if rest:
        needs = f"a last dimension that is a multiple of {MX_BLOCK.value}"
        _refuse(ValueError, codes_name, f"shape {tuple(codes.shape)}", needs)
    shape(scale_name, scale, (*rows, blocks), _BYTE_PER_BLOCK, codes_name, codes)


def check_dequantize(codes: Any, scales: Any) -> None:
    """Arguments of dequantize_mxfp8_to_bf16."""
    tensor("codes", codes, (torch.float8_e4m3fn,), None)
    if codes.dim() == 0:
        _refuse(ValueError, "codes", "0 dimensions", "at least 1")
    check_scales("codes", codes, "scales", scales)
    _row_blocks("codes", 1, codes.numel())


@dataclass(frozen=True)
class GroupedGemm:
    """What a grouped GEMM is asked for; scales where the operands are E4M3."""

    a: Any  # [M, K] E4M3 or BF16
    w: Any  # [E, N, K] as a
    sorted_token_ids: Any  # [blocks * block_m or more] int32
    expert_ids: Any  # [blocks] int32
    num_tokens_post_padded: Any  # [1] int32
    num_routes: Any
    top_k: Any
    block_m: Any
    out_dtype: Any
    topk_weights: Any = None  # [num_routes] FP32
    a_scales: Any = None  # [M, K // 32] E8M0
    w_scale: Any = None  # [E, N, K // 32] E8M0


def check_gemm(call: GroupedGemm, dtype: torch.dtype, k_multiple: int) -> None:
    """Arguments of a grouped GEMM whose operands are both of ``dtype``."""
    a, w = call.a, call.w
    a_name = "a_codes" if dtype == torch.float8_e4m3fn else "a"
    tensor(a_name, a, (dtype,), 2)
    tensor("w", w, (dtype,), 3, a.device)
    multiple("K (last dimension of w)", w.shape[2], k_multiple)
    if a.shape[1] != w.shape[2]:
        _refuse(ValueError, a_name, f"shape {tuple(a.shape)}", f"shape (rows, {w.shape[2]}), as w has K = {w.shape[2]}")
    if dtype == torch.float8_e4m3fn:
        check_scales("a_codes", a, "a_scales", call.a_scales)
        check_scales("w", w, "w_scale", call.w_scale)
    integer("num_routes", call.num_routes, 0, MAX_ROUTES)
    integer("top_k", call.top_k, 1)
    integer("block_m", call.block_m, 16)
    if call.block_m & (call.block_m - 1):
        _refuse(ValueError, "block_m", call.block_m, "a power of two")
    if a.shape[0] * call.top_k < call.num_routes:
        needs = f"num_routes / top_k = {call.num_routes / call.top_k:g} rows or more"
        _refuse(ValueError, a_name, f"{a.shape[0]} rows", needs)
    _row_blocks("num_routes", call.num_routes, w.shape[1])
    dtype_of("out_dtype", call.out_dtype)
    if call.topk_weights is not None:
        tensor("topk_weights", call.topk_weights, (torch.float32,), 1, a.device)
        shape("topk_weights", call.topk_weights, (call.num_routes,), "one weight per route")
        contiguous("topk_weights", call.topk_weights)
    _check_routing(call, a.device)


def contiguous(name: str, value: torch.Tensor) -> None:
    """``value`` is stored without gaps."""
    if not value.is_contiguous():
        _refuse(ValueError, name, f"strides {value.stride()}", "a contiguous tensor")


def _check_routing(call: GroupedGemm, device: torch.device) -> None:
    """What moe_align_block_size returned, for this block size."""
    for name in ("sorted_token_ids", "expert_ids", "num_tokens_post_padded"):
        value = getattr(call, name)
        tensor(name, value, (torch.int32,), 1, device)
        contiguous(name, value)
    _row_blocks("expert_ids", call.expert_ids.numel(), call.w.shape[1])
    has = call.sorted_token_ids.numel()
    if has < call.expert_ids.numel() * call.block_m:
        needs = (
            f"{call.expert_ids.numel() * call.block_m} or more: block_m = {call.block_m} for each entry of expert_ids"
        )
        _refuse(ValueError, "sorted_token_ids", f"{has} entries", needs)
    shape("num_tokens_post_padded", call.num_tokens_post_padded, (1,), "one count")


@dataclass(frozen=True)
class MoEArguments:
    """Checked arguments of a fused MoE; router weights in FP32, the numbers as the kernels read them."""

    hidden_states: torch.Tensor  # [T, H] BF16
    w13: torch.Tensor  # [E, 2I, H] float8_e4m3fn, or BF16 where both were decoded before
    w13_scale: Any  # [E, 2I, H // 32] uint8 (E8M0), or None
    w2: torch.Tensor  # [E, H, I] as w13
    w2_scale: Any  # [E, H, I // 32] uint8 (E8M0), or None
    topk_weights: torch.Tensor  # [T, k] FP32, contiguous
    topk_ids: torch.Tensor  # [T, k] int32 or int64
    swiglu: SwigluParams
    global_num_experts: int
    expert_map: torch.Tensor | None  # [global_num_experts] int32 or int64

    @property
    def is_decoded(self) -> bool:
        """The weights are BF16."""
        return self.w13_scale is None

    @property
    def num_weight_rows(self) -> int:
        return self.w13.shape[0]

    @property
    def top_k(self) -> int:
        return self.topk_ids.shape[1]

    @property
    def is_empty(self) -> bool:
        """There is no route, or no expert here, so the result is all zeros (and may have no rows)."""
        return self.topk_ids.numel() == 0 or self.num_weight_rows == 0


def check_moe(
    hidden_states: Any,
    w13: Any,
    w13_scale: Any,
    w2: Any,
    w2_scale: Any,
    topk_weights: Any,
    topk_ids: Any,
    *,
    alpha: Any = DEFAULT_ALPHA,
    beta: Any = DEFAULT_BETA,
    limit: Any = None,
    global_num_experts: Any,
    expert_map: Any = None,
    size_multiple: int,
    weight_dtypes: tuple[torch.dtype, ...] = (torch.float8_e4m3fn,),
    w13_name: str = "w13",
    w2_name: str = "w2",
) -> MoEArguments:
    """Arguments of a fused MoE whose H and I must be multiples of ``size_multiple``; no tensor's values are read.

    weight_dtypes: with BF16, weights that were decoded before are taken too, without scales. Every size that the
    pipelines make is held to what they count here, before any of them is made.
    """
    tensor("hidden_states", hidden_states, (torch.bfloat16,), 2)
    device = hidden_states.device
    multiple("H (last dimension of hidden_states)", hidden_states.shape[1], size_multiple)
    _check_w13(w13_name, w13, w13_scale, hidden_states, weight_dtypes)
    _check_w2(w2_name, w2, w2_scale, w13_name, w13, size_multiple)
    _check_routes(hidden_states, topk_weights, topk_ids)
    _check_sizes(hidden_states, w13_name, w13, topk_ids)
    integer("global_num_experts", global_num_experts, 1, MAX_EXPERTS)
    swiglu = swiglu_params(alpha, beta, limit)
    _check_expert_map(expert_map, global_num_experts, device)
    return MoEArguments(
        hidden_states,
        w13,
        w13_scale,
        w2,
        w2_scale,
        topk_weights.to(torch.float32).contiguous(),
        topk_ids,
        swiglu,
        global_num_experts,
        expert_map,
    )


def _check_w13(name: str, w13: Any, scale: Any, hidden_states: torch.Tensor, dtypes: tuple[torch.dtype, ...]) -> None:
    """w13 is [E, 2I, H], with its scales, for H of hidden_states."""
    tensor(name, w13, dtypes, 3, hidden_states.device)
    if w13.shape[1] % 2:
        _refuse(ValueError, name, f"shape {tuple(w13.shape)}", "[E, 2I, H], an even number of rows")
    _check_weight_scales(name, w13, scale)
    needed = (hidden_states.shape[0], w13.shape[2])
    shape("hidden_states", hidden_states, needed, "[T, H] for {} [E, 2I, H] of shape {}", name, w13)


def _check_w2(name: str, w2: Any, scale: Any, w13_name: str, w13: torch.Tensor, size_multiple: int) -> None:
    """w2 is [E, H, I], with its scales, for w13 [E, 2I, H], and as decoded as that."""
    tensor(name, w2, (w13.dtype,), 3, w13.device)
    experts, rows, hidden = w13.shape
    shape(name, w2, (experts, hidden, rows // 2), "[E, H, I] for {} [E, 2I, H] of shape {}", w13_name, w13)
    multiple(f"I (last dimension of {name})", w2.shape[2], size_multiple)
    _check_weight_scales(name, w2, scale)


def _check_weight_scales(name: str, weights: torch.Tensor, scale: Any) -> None:
    """E4M3 weights have scales; BF16 ones, which were decoded before, have none."""
    if weights.dtype == torch.float8_e4m3fn:
        check_scales(name, weights, f"{name}_scale", scale)
    elif scale is not None:
        needs = f"dtype float8_e4m3fn, or {name}_scale None beside decoded weights"
        _refuse(TypeError, name, f"dtype {_names((weights.dtype,))} and scales", needs)


def _check_routes(hidden_states: torch.Tensor, topk_weights: Any, topk_ids: Any) -> None:
    """topk_ids and topk_weights are [T, k] with k >= 1."""
    tensor("topk_ids", topk_ids, INTEGERS, 2, hidden_states.device)
    tensor("topk_weights", topk_weights, FLOATS, 2, hidden_states.device)
    tokens, top_k = hidden_states.shape[0], topk_ids.shape[1]
    if top_k == 0:
        _refuse(ValueError, "topk_ids", f"shape {tuple(topk_ids.shape)}", "at least one choice per token")
    shape("topk_ids", topk_ids, (tokens, top_k), "one row per token")
    shape("topk_weights", topk_weights, topk_ids.shape, "that of topk_ids")


def _check_sizes(hidden_states: torch.Tensor, w13_name: str, w13: torch.Tensor, topk_ids: torch.Tensor) -> None:
    """Tokens, routes and experts, and rows of each as wide as the widest stage, are no more than are counted."""
    routes, widest = topk_ids.numel(), max(w13.shape[1:])
    _row_blocks("hidden_states", *hidden_states.shape)
    at_most("topk_ids", routes, "routes", MAX_ROUTES)
    _row_blocks("topk_ids", routes, widest)
    at_most(w13_name, w13.shape[0], "experts", MAX_EXPERTS)


def check_output(output: Any, hidden_states: torch.Tensor) -> None:
    """The tensor that receives a fused MoE's result in place."""
    tensor("output", output, (hidden_states.dtype,), 2, hidden_states.device)
    shape("output", output, hidden_states.shape, "that of hidden_states")
    (rows, columns), (row_stride, stride) = output.shape, output.stride()
    common = math.gcd(row_stride, stride) or 1
    # i * row_stride == j * stride first at i = stride / common and j = row_stride / common.
    if stride // common < rows and row_stride // common < columns:
        _refuse(ValueError, "output", f"strides {output.stride()}", "distinct memory for every element")
    if output.is_inference() and not torch.is_inference_mode_enabled():
        _refuse(ValueError, "output", "an inference tensor", "torch.inference_mode(), where it may be written")
