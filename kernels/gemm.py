"""What is the product of routed rows with their experts' weights?

A program computes one [BLOCK_M, BLOCK_N] tile for one expert and sums over K in FP32. Rows come from
moe_align_block_size. Offsets that grow with the number of experts, rows or columns are int64, for such
tensors can pass 2**31 elements. Numbers that each batch has its own of are not specialized, here and in the
row kernels: no batch compiles what another did not.
"""

from functools import cache
from typing import Any

import torch
import triton
import triton.language as tl

from kernels import validate
from kernels.arch import triton_backend
from kernels.constants import K_GRANULARITY, MX_BLOCK
from kernels.tiles import GemmTile, bf16_gemm_tile, cdiv, mxfp8_gemm_tile
from kernels.validate import GroupedGemm

ONE_AS_E8M0 = tl.constexpr(127)


@triton.jit
def _program_tile(n, BLOCK_N: tl.constexpr, GROUP_M: tl.constexpr):
    """(row of tiles, column of tiles) of this program: GROUP_M rows go through a column before the next one.

    With one, neighbours share rows of A; with more, also an expert's weights, while these are in a cache.
    """
    blocks_n = tl.cdiv(n, BLOCK_N)
    first = tl.program_id(0) // (GROUP_M * blocks_n) * GROUP_M
    within = tl.program_id(0) % (GROUP_M * blocks_n)
    rows = tl.minimum(tl.num_programs(0) // blocks_n - first, GROUP_M)
    return first + within % rows, within // rows


@triton.jit
def _tile_rows_and_columns(
    sorted_ids_ptr, expert_ids_ptr, num_routes, pid_m, pid_n, top_k, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr
):
    """(route int64 [BLOCK_M], its mask, row of A int64, column int64 [BLOCK_N], expert int64) of one tile."""
    route = tl.load(sorted_ids_ptr + pid_m * BLOCK_M + tl.arange(0, BLOCK_M))
    live = (route >= 0) & (route < num_routes)
    row = (route // top_k).to(tl.int64)
    column = (pid_n * BLOCK_N + tl.arange(0, BLOCK_N)).to(tl.int64)
    expert = tl.load(expert_ids_ptr + pid_m).to(tl.int64)
    return route.to(tl.int64), live, row, column, expert


@triton.jit
def _store_tile(acc, out_ptr, weights_ptr, route, live, column, n, stride_om, stride_on, MUL_WEIGHT: tl.constexpr):
    """Weight the FP32 accumulator (one FP32 rounding) and store it, rounded to the output's dtype."""
    if MUL_WEIGHT:
        weight = tl.load(weights_ptr + route, mask=live, other=0.0)
        acc = acc * weight[:, None]
    pointers = out_ptr + route[:, None] * stride_om + column[None, :] * stride_on
    tl.store(pointers, acc.to(out_ptr.dtype.element_ty), mask=live[:, None] & (column < n)[None, :])


@triton.jit(do_not_specialize=["num_routes", "top_k"])
def _mxfp8_kernel(
    a_ptr,  # [M, K] uint8 (E4M3)
    a_scale_ptr,  # [M, K // 32] uint8 (E8M0)
    w_ptr,  # [E, N, K] uint8 (E4M3)
    w_scale_ptr,  # [E, N, K // 32] uint8 (E8M0)
    out_ptr,  # [num_routes, N] BF16, FP16 or FP32
    weights_ptr,  # [num_routes] FP32, read where MUL_WEIGHT
    sorted_ids_ptr,  # [blocks * BLOCK_M] int32
    expert_ids_ptr,  # [blocks] int32
    num_post_ptr,  # [1] int32
    num_routes,
    n,
    k,
    top_k,
    stride_am,
    stride_ak,
    stride_asm,
    stride_ask,
    stride_we,
    stride_wn,
    stride_wk,
    stride_wse,
    stride_wsn,
    stride_wsk,
    stride_om,
    stride_on,
    MUL_WEIGHT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP_M: tl.constexpr,
):
    """E4M3 x E4M3 with one E8M0 byte per 32 elements of K on both sides; k is a multiple of BLOCK_K."""
    pid_m, pid_n = _program_tile(n, BLOCK_N, GROUP_M)
    if pid_m * BLOCK_M >= tl.load(num_post_ptr):
        return
    route, live, row, column, expert = _tile_rows_and_columns(
        sorted_ids_ptr, expert_ids_ptr, num_routes, pid_m, pid_n, top_k, BLOCK_M, BLOCK_N
    )
    in_n = column < n
    offs_k = tl.arange(0, BLOCK_K).to(tl.int64)
    offs_group = tl.arange(0, BLOCK_K // MX_BLOCK).to(tl.int64)
    step_k = tl.full((), BLOCK_K, tl.int64)
    step_group = tl.full((), BLOCK_K // MX_BLOCK, tl.int64)
    a = a_ptr + row[:, None] * stride_am + offs_k[None, :] * stride_ak
    a_scale = a_scale_ptr + row[:, None] * stride_asm + offs_group[None, :] * stride_ask
    w = w_ptr + expert * stride_we + column[None, :] * stride_wn + offs_k[:, None] * stride_wk
    w_scale = w_scale_ptr + expert * stride_wse + column[:, None] * stride_wsn + offs_group[None, :] * stride_wsk

    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    for _ in range(0, k, BLOCK_K):
        a_tile = tl.load(a, mask=live[:, None], other=0)
        w_tile = tl.load(w, mask=in_n[None, :], other=0)
        a_bytes = tl.load(a_scale, mask=live[:, None], other=ONE_AS_E8M0)
        w_bytes = tl.load(w_scale, mask=in_n[:, None], other=ONE_AS_E8M0)
        acc = tl.dot_scaled(a_tile, a_bytes, "e4m3", w_tile, w_bytes, "e4m3", acc)
        a += step_k * stride_ak
        w += step_k * stride_wk
        a_scale += step_group * stride_ask
        w_scale += step_group * stride_wsk
    _store_tile(acc, out_ptr, weights_ptr, route, live, column, n, stride_om, stride_on, MUL_WEIGHT)


@triton.jit(do_not_specialize=["num_routes", "top_k"])
def _bf16_kernel(
    a_ptr,  # [M, K] BF16
    w_ptr,  # [E, N, K] BF16
    out_ptr,  # [num_routes, N] BF16, FP16 or FP32
    weights_ptr,  # [num_routes] FP32, read where MUL_WEIGHT
    sorted_ids_ptr,  # [blocks * BLOCK_M] int32
    expert_ids_ptr,  # [blocks] int32
    num_post_ptr,  # [1] int32
    num_routes,
    n,
    k,
    top_k,
    stride_am,
    stride_ak,
    stride_we,
    stride_wn,
    stride_wk,
    stride_om,
    stride_on,
    MUL_WEIGHT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP_M: tl.constexpr,
):
    """BF16 x BF16, accumulated in FP32; the last step over K may be partial."""
    pid_m, pid_n = _program_tile(n, BLOCK_N, GROUP_M)
    if pid_m * BLOCK_M >= tl.load(num_post_ptr):
        return
    route, live, row, column, expert = _tile_rows_and_columns(
        sorted_ids_ptr, expert_ids_ptr, num_routes, pid_m, pid_n, top_k, BLOCK_M, BLOCK_N
    )
    in_n = column < n
    offs_k = tl.arange(0, BLOCK_K).to(tl.int64)
    step_k = tl.full((), BLOCK_K, tl.int64)
    a = a_ptr + row[:, None] * stride_am + offs_k[None, :] * stride_ak
    w = w_ptr + expert * stride_we + column[None, :] * stride_wn + offs_k[:, None] * stride_wk

    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    for start in range(0, k, BLOCK_K):
        in_k = offs_k < k - start
        a_tile = tl.load(a, mask=live[:, None] & in_k[None, :], other=0.0)
        w_tile = tl.load(w, mask=in_n[None, :] & in_k[:, None], other=0.0)
        acc = tl.dot(a_tile, w_tile, acc)
        a += step_k * stride_ak
        w += step_k * stride_wk
    _store_tile(acc, out_ptr, weights_ptr, route, live, column, n, stride_om, stride_on, MUL_WEIGHT)


@cache
def _target_options() -> dict[str, int]:
    """AMD: every tile by matrix instructions of 16 rows, whose step over K is one, so that bits hang on no tile.

    Of its own Triton takes 16 rows for the smallest tile and 32 for others: a token's sums over K were then grouped
    by how many tokens there are.
    """
    if not isinstance(_mxfp8_kernel, triton.JITFunction):  # the interpreter has no matrix instructions
        return {}
    return {"matrix_instr_nonkdim": 16} if triton_backend() == "hip" else {}


def _launch(
    kernel: Any, tile: GemmTile, operands: tuple[torch.Tensor, ...], out: torch.Tensor, call: GroupedGemm
) -> None:
    """Launch over every block that could be in use; unused ones leave at once."""
    num_routes, n = out.shape
    grid = (cdiv(n, tile.block_n) * call.expert_ids.numel(),)
    if out.numel() == 0 or call.expert_ids.numel() == 0 or operands[-1].numel() == 0:
        return
    kernel[grid](
        *operands,
        out,
        out if call.topk_weights is None else call.topk_weights,  # a pointer that is never read without weights
        call.sorted_token_ids,
        call.expert_ids,
        call.num_tokens_post_padded,
        num_routes,
        n,
        operands[0].shape[1],
        call.top_k,
        *(stride for operand in operands for stride in operand.stride()),
        *out.stride(),
        MUL_WEIGHT=call.topk_weights is not None,
        BLOCK_M=tile.block_m,
        BLOCK_N=tile.block_n,
        BLOCK_K=tile.block_k,
        GROUP_M=tile.group_m,
        num_warps=tile.num_warps,
        num_stages=tile.num_stages,
        **_target_options(),
    )


def _output(call: GroupedGemm, zero_unrouted: bool) -> torch.Tensor:
    """Memory for the result: [num_routes, N]."""
    make = torch.zeros if zero_unrouted else torch.empty
    return make((call.num_routes, call.w.shape[1]), dtype=call.out_dtype, device=call.a.device)


def launch_mxfp8_gemm(call: GroupedGemm, zero_unrouted: bool = False) -> torch.Tensor:
    """grouped_gemm_mxfp8 of checked arguments."""
    n, k = call.w.shape[1:]
    out = _output(call, zero_unrouted)
    operands = (call.a.view(torch.uint8), call.a_scales, call.w.view(torch.uint8), call.w_scale)
    _launch(_mxfp8_kernel, mxfp8_gemm_tile(call.block_m, call.num_routes, n, k, triton_backend()), operands, out, call)
    return out


def launch_bf16_gemm(call: GroupedGemm, zero_unrouted: bool = False) -> torch.Tensor:
    """grouped_gemm_bf16 of checked arguments."""
    n, k = call.w.shape[1:]
    out = _output(call, zero_unrouted)
    _launch(_bf16_kernel, bf16_gemm_tile(call.block_m, n, k, triton_backend()), (call.a, call.w), out, call)
    return out


def grouped_gemm_mxfp8(
    a_codes: torch.Tensor,  # [M, K] float8_e4m3fn
    a_scales: torch.Tensor,  # [M, K // 32] uint8 (E8M0)
    w: torch.Tensor,  # [E, N, K] float8_e4m3fn
    w_scale: torch.Tensor,  # [E, N, K // 32] uint8 (E8M0)
    sorted_token_ids: torch.Tensor,  # [blocks * block_m or more] int32
    expert_ids: torch.Tensor,  # [blocks] int32
    num_tokens_post_padded: torch.Tensor,  # [1] int32
    *,
    num_routes: int,
    top_k: int,
    block_m: int,
    out_dtype: torch.dtype,
    topk_weights: torch.Tensor | None = None,  # [num_routes] FP32
    zero_unrouted: bool = True,
) -> torch.Tensor:  # [num_routes, N] of out_dtype
    """Routed rows times their experts' weights, both MXFP8, accumulated in FP32 by dot_scaled.

    Row r of the result is A[r // top_k] @ w[expert of route r].T. Operands have any strides, and K % 128 == 0.
    sorted_token_ids, expert_ids, num_tokens_post_padded: what moe_align_block_size returned for block_size = block_m.
    top_k: routes per row of A (1 when A has one row per route). topk_weights multiply in FP32 before the result is
    rounded (RNE) to out_dtype (BF16, FP16 or FP32). Rows of routes that are in no block are zero; without zero_unrouted
    nothing writes them.
    Raises TypeError or ValueError naming the argument; nothing is launched then.
    """
    routing = (sorted_token_ids, expert_ids, num_tokens_post_padded)
    call = GroupedGemm(a_codes, w, *routing, num_routes, top_k, block_m, out_dtype, topk_weights, a_scales, w_scale)
    validate.check_gemm(call, torch.float8_e4m3fn, K_GRANULARITY)
    return launch_mxfp8_gemm(call, zero_unrouted)


def grouped_gemm_bf16(
    a: torch.Tensor,  # [M, K] BF16
    w: torch.Tensor,  # [E, N, K] BF16
    sorted_token_ids: torch.Tensor,  # [blocks * block_m or more] int32
    expert_ids: torch.Tensor,  # [blocks] int32
    num_tokens_post_padded: torch.Tensor,  # [1] int32
    *,
    num_routes: int,
    top_k: int,
    block_m: int,
    out_dtype: torch.dtype,
    topk_weights: torch.Tensor | None = None,  # [num_routes] FP32
    zero_unrouted: bool = True,
) -> torch.Tensor:  # [num_routes, N] of out_dtype
    """As grouped_gemm_mxfp8, with both operands in BF16 and K % 32 == 0."""
    routing = (sorted_token_ids, expert_ids, num_tokens_post_padded)
    call = GroupedGemm(a, w, *routing, num_routes, top_k, block_m, out_dtype, topk_weights)
    validate.check_gemm(call, torch.bfloat16, MX_BLOCK.value)
    return launch_bf16_gemm(call, zero_unrouted)
