"""Is this input one that the kernels can be asked about?

Every check raises before anything is launched or written, and its message names the argument, what it has and
what it needs. TypeError: not a tensor, a wrong dtype or a wrong Python type. ValueError: everything else. No
check is an assert, for ``python -O`` drops those.
"""

import math
import struct
from dataclasses import dataclass
from numbers import Real
from typing import Any

import torch

from kernels.constants import DEFAULT_ALPHA, DEFAULT_BETA, MX_BLOCK

FLOATS = (torch.bfloat16, torch.float16, torch.float32)
INTEGERS = (torch.int32, torch.int64)
LAYOUTS = ("split", "interleaved")
# Row kernels count blocks of 32 elements in int32.
MAX_BLOCKS = 2**31 - 2**10


def _refuse(error: type[Exception], name: str, has: object, needs: str) -> None:
    raise error(f"{name}: has {has}, needs {needs}")


def _names(dtypes: tuple[torch.dtype, ...]) -> str:
    return " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)


def tensor(
    name: str, value: Any, dtypes: tuple[torch.dtype, ...], rank: int | None, device: torch.device | None = None
) -> None:
    """``value`` is a tensor of one of ``dtypes`` and, where given, of this rank and on this device."""
    if not isinstance(value, torch.Tensor):
        _refuse(TypeError, name, type(value).__name__, f"a tensor of {_names(dtypes)}")
    if value.dtype not in dtypes:
        _refuse(TypeError, name, f"dtype {_names((value.dtype,))}", f"dtype {_names(dtypes)}")
    if rank is not None and value.dim() != rank:
        _refuse(ValueError, name, f"shape {tuple(value.shape)}", f"{rank} dimensions")
    if device is not None and value.device != device:
        _refuse(ValueError, name, f"device {value.device}", f"device {device}, where the other tensors are")


def shape(name: str, value: torch.Tensor, needed: tuple[int, ...], why: str) -> None:
    """``value`` has exactly this shape."""
    if tuple(value.shape) != needed:
        _refuse(ValueError, name, f"shape {tuple(value.shape)}", f"shape {needed} ({why})")


def integer(name: str, value: Any, least: int) -> None:
    """``value`` is a Python int (no bool), at least ``least``."""
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(TypeError, name, f"{value!r} of type {type(value).__name__}", "an int")
    if value < least:
        _refuse(ValueError, name, value, f"at least {least}")


def multiple(name: str, size: int, of: int) -> None:
    """``size`` is a positive multiple of ``of``."""
    if size <= 0 or size % of:
        _refuse(ValueError, name, size, f"a positive multiple of {of}")


def _number(name: str, value: Any) -> float:
    """``value`` as a float; refuses bools, tensors, strings and NaN."""
    if isinstance(value, bool) or not isinstance(value, Real):
        _refuse(TypeError, name, f"{value!r} of type {type(value).__name__}", "a real number")
    if math.isnan(value):
        _refuse(ValueError, name, value, "a number that is not NaN")
    return float(value)


def _as_float32(value: float) -> float:
    """``value`` rounded to FP32, beyond its range infinite: what a kernel receives."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


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

    def as_keywords(self) -> dict[str, Any]:
        return {"alpha": self.alpha, "beta": self.beta, "limit": self.limit}


def swiglu_params(alpha: Any, beta: Any, limit: Any) -> SwigluParams:
    """alpha and beta finite in FP32; limit None, or a number >= 0 (infinity too)."""
    numbers = []
    for name, value in (("alpha", alpha), ("beta", beta)):
        number = _as_float32(_number(name, value))
        if math.isinf(number):
            _refuse(ValueError, name, value, "a number that is finite in FP32")
        numbers.append(number)
    if limit is not None:
        limit = _as_float32(_number("limit", limit))
        if limit < 0:
            _refuse(ValueError, "limit", limit, "None (no clamp) or a number >= 0")
    return SwigluParams(numbers[0], numbers[1], limit)


def _block_count(name: str, blocks: int) -> None:
    if blocks > MAX_BLOCKS:
        _refuse(ValueError, name, f"{blocks} blocks of {MX_BLOCK.value} elements", f"at most {MAX_BLOCKS}")


def check_quantize(x: Any) -> None:
    """Arguments of mxfp8_quantize."""
    tensor("x", x, FLOATS, None)
    if x.dim() == 0:
        _refuse(ValueError, "x", "0 dimensions", "at least 1")
    if x.shape[-1] % MX_BLOCK.value:
        _refuse(ValueError, "x", f"shape {tuple(x.shape)}", f"a last dimension that is a multiple of {MX_BLOCK.value}")
    _block_count("x", x.numel() // MX_BLOCK.value)


def check_swiglu(
    gate_up: Any, alpha: Any, beta: Any, limit: Any, layout: Any, multiple: int, out_dtype: torch.dtype | None = None
) -> SwigluParams:
    """Arguments of swiglu_oai and swiglu_oai_quantize_mxfp8; I must be a multiple of ``multiple``."""
    tensor("gate_up", gate_up, FLOATS, 2)
    if gate_up.shape[1] % (2 * multiple):
        _refuse(
            ValueError, "gate_up", f"shape {tuple(gate_up.shape)}", f"[rows, 2 * I] with I a multiple of {multiple}"
        )
    if layout not in LAYOUTS:
        _refuse(ValueError, "layout", repr(layout), " or ".join(map(repr, LAYOUTS)))
    if out_dtype is not None and out_dtype not in FLOATS:
        _refuse(TypeError, "out_dtype", out_dtype, f"None or {_names(FLOATS)}")
    _block_count("gate_up", gate_up.shape[0] * -(-gate_up.shape[1] // (2 * MX_BLOCK.value)))
    return swiglu_params(alpha, beta, limit)


def check_align(topk_ids: Any, block_size: Any, num_experts: Any, expert_map: Any, num_local_experts: Any) -> None:
    """Arguments of moe_align_block_size. Reads no tensor's values."""
    tensor("topk_ids", topk_ids, INTEGERS, 2)
    integer("block_size", block_size, 1)
    integer("num_experts", num_experts, 0)
    if num_local_experts is not None:
        integer("num_local_experts", num_local_experts, 0)
    if expert_map is not None:
        tensor("expert_map", expert_map, INTEGERS, 1, topk_ids.device)
        shape("expert_map", expert_map, (num_experts,), "one entry per global expert")


def check_moe_sum(routes: Any, top_k: Any, dtype: Any) -> None:
    """Arguments of moe_sum."""
    tensor("routes", routes, FLOATS, 2)
    integer("top_k", top_k, 1)
    if routes.shape[0] % top_k:
        _refuse(ValueError, "routes", f"{routes.shape[0]} rows", f"a multiple of top_k = {top_k} rows")
    if dtype not in FLOATS:
        _refuse(TypeError, "dtype", dtype, _names(FLOATS))


def check_mxfp8_pair(codes_name: str, codes: Any, scale_name: str, scale: Any, rank: int, device: torch.device) -> None:
    """E4M3 codes [..., K] and their E8M0 bytes [..., K // 32] belong together."""
    tensor(codes_name, codes, (torch.float8_e4m3fn,), rank, device)
    tensor(scale_name, scale, (torch.uint8,), rank, device)
    block, has = MX_BLOCK.value, f"shape {tuple(codes.shape)}"
    if codes.shape[-1] % block:
        _refuse(ValueError, codes_name, has, f"a last dimension that is a multiple of {block}")
    needed = (*codes.shape[:-1], codes.shape[-1] // block)
    shape(scale_name, scale, needed, f"one byte per {block} elements of {codes_name} of {has}")


def check_dequantize(codes: Any, scales: Any) -> None:
    """Arguments of dequantize_mxfp8_to_bf16."""
    if not isinstance(codes, torch.Tensor):
        _refuse(TypeError, "codes", type(codes).__name__, "a tensor of float8_e4m3fn")
    if codes.dim() == 0:
        _refuse(ValueError, "codes", "0 dimensions", "at least 1")
    check_mxfp8_pair("codes", codes, "scales", scales, codes.dim(), codes.device)


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
    topk_weights: Any  # [num_routes] FP32, or None
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
        check_mxfp8_pair("a_codes", a, "a_scales", call.a_scales, 2, a.device)
        check_mxfp8_pair("w", w, "w_scale", call.w_scale, 3, a.device)
    integer("num_routes", call.num_routes, 0)
    integer("top_k", call.top_k, 1)
    integer("block_m", call.block_m, 16)
    if call.block_m & (call.block_m - 1):
        _refuse(ValueError, "block_m", call.block_m, "a power of two")
    if a.shape[0] * call.top_k < call.num_routes:
        needs = f"num_routes / top_k = {call.num_routes / call.top_k:g} rows or more"
        _refuse(ValueError, a_name, f"{a.shape[0]} rows", needs)
    if call.out_dtype not in FLOATS:
        _refuse(TypeError, "out_dtype", call.out_dtype, _names(FLOATS))
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
    has = call.sorted_token_ids.numel()
    if has < call.expert_ids.numel() * call.block_m:
        needs = (
            f"{call.expert_ids.numel() * call.block_m} or more: block_m = {call.block_m} for each entry of expert_ids"
        )
        _refuse(ValueError, "sorted_token_ids", f"{has} entries", needs)
    shape("num_tokens_post_padded", call.num_tokens_post_padded, (1,), "one count")


@dataclass(frozen=True)
class MoEArguments:
    """Checked arguments of a fused MoE; weights in FP32, the numbers as the kernels read them."""

    hidden_states: torch.Tensor  # [T, H] BF16
    w13: torch.Tensor  # [E, 2I, H] float8_e4m3fn
    w13_scale: torch.Tensor  # [E, 2I, H // 32] uint8 (E8M0)
    w2: torch.Tensor  # [E, H, I] float8_e4m3fn
    w2_scale: torch.Tensor  # [E, H, I // 32] uint8 (E8M0)
    topk_weights: torch.Tensor  # [T, k] FP32, contiguous
    topk_ids: torch.Tensor  # [T, k] int32 or int64
    swiglu: SwigluParams
    global_num_experts: int
    expert_map: torch.Tensor | None  # [global_num_experts] int32 or int64

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
    w13_name: str = "w13",
    w2_name: str = "w2",
) -> MoEArguments:
    """Arguments of a fused MoE whose H and I must be multiples of ``size_multiple``.

    With an expert_map its values are read once (one small copy to the host).
    """
    tensor("hidden_states", hidden_states, (torch.bfloat16,), 2)
    device = hidden_states.device
    multiple("H (last dimension of hidden_states)", hidden_states.shape[1], size_multiple)
    _check_w13(w13_name, w13, w13_scale, hidden_states)
    _check_w2(w2_name, w2, w2_scale, w13_name, w13, size_multiple)
    _check_routes(hidden_states, topk_weights, topk_ids)
    integer("global_num_experts", global_num_experts, 1)
    if expert_map is not None:
        check_expert_map(expert_map, global_num_experts, w13.shape[0], device)
    return MoEArguments(
        hidden_states,
        w13,
        w13_scale,
        w2,
        w2_scale,
        topk_weights.to(torch.float32).contiguous(),
        topk_ids,
        swiglu_params(alpha, beta, limit),
        global_num_experts,
        expert_map,
    )


def _check_w13(name: str, w13: Any, scale: Any, hidden_states: torch.Tensor) -> None:
    """w13 is [E, 2I, H], with its scales, for H of hidden_states."""
    tensor(name, w13, (torch.float8_e4m3fn,), 3, hidden_states.device)
    if w13.shape[1] % 2:
        _refuse(ValueError, name, f"shape {tuple(w13.shape)}", "[E, 2I, H], an even number of rows")
    check_mxfp8_pair(name, w13, f"{name}_scale", scale, 3, hidden_states.device)
    needed = (hidden_states.shape[0], w13.shape[2])
    shape("hidden_states", hidden_states, needed, f"[T, H] for {name} [E, 2I, H] of shape {tuple(w13.shape)}")


def _check_w2(name: str, w2: Any, scale: Any, w13_name: str, w13: torch.Tensor, size_multiple: int) -> None:
    """w2 is [E, H, I], with its scales, for w13 [E, 2I, H]."""
    tensor(name, w2, (torch.float8_e4m3fn,), 3, w13.device)
    experts, rows, hidden = w13.shape
    why = f"[E, H, I] for {w13_name} [E, 2I, H] of shape {tuple(w13.shape)}"
    shape(name, w2, (experts, hidden, rows // 2), why)
    multiple(f"I (last dimension of {name})", w2.shape[2], size_multiple)
    check_mxfp8_pair(name, w2, f"{name}_scale", scale, 3, w13.device)


def _check_routes(hidden_states: torch.Tensor, topk_weights: Any, topk_ids: Any) -> None:
    """topk_ids and topk_weights are [T, k] with k >= 1."""
    tensor("topk_ids", topk_ids, INTEGERS, 2, hidden_states.device)
    tensor("topk_weights", topk_weights, FLOATS, 2, hidden_states.device)
    tokens, top_k = hidden_states.shape[0], topk_ids.shape[1]
    if top_k == 0:
        _refuse(ValueError, "topk_ids", f"shape {tuple(topk_ids.shape)}", "at least one choice per token")
    shape("topk_ids", topk_ids, (tokens, top_k), "one row per token")
    shape("topk_weights", topk_weights, tuple(topk_ids.shape), "that of topk_ids")


def check_expert_map(expert_map: Any, global_num_experts: int, num_weight_rows: int, device: torch.device) -> None:
    """expert_map [global_num_experts] holds -1 or a weight row, each row at most once. Reads the values."""
    tensor("expert_map", expert_map, INTEGERS, 1, device)
    shape("expert_map", expert_map, (global_num_experts,), "one entry per global expert")
    seen: dict[int, int] = {}
    for global_id, local_id in enumerate(expert_map.tolist()):
        if local_id == -1:
            continue
        if not 0 <= local_id < num_weight_rows:
            needs = f"-1 or a weight row in [0, {num_weight_rows})"
            _refuse(ValueError, "expert_map", f"{local_id} at global expert {global_id}", needs)
        if local_id in seen:
            has = f"local expert {local_id} at global experts {seen[local_id]} and {global_id}"
            _refuse(ValueError, "expert_map", has, "each local expert at most once")
        seen[local_id] = global_id


def check_output(output: Any, hidden_states: torch.Tensor) -> None:
    """The tensor that receives a fused MoE's result in place."""
    tensor("output", output, (hidden_states.dtype,), 2, hidden_states.device)
    shape("output", output, tuple(hidden_states.shape), "that of hidden_states")
    if any(stride == 0 and size > 1 for stride, size in zip(output.stride(), output.shape, strict=True)):
        _refuse(ValueError, "output", f"strides {output.stride()}", "distinct memory for every element")
