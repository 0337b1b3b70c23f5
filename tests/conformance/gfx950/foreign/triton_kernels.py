"""triton_kernels: routing, microscaling formats, and a whole MXFP8 MoE of its matmuls, stage by stage."""

from __future__ import annotations

import importlib

import numpy as np
import torch
from torch import randn

from tests.conformance.gfx950.foreign.account import Real, softmax
from tests.conformance.gfx950.foreign.formats import decoded, mxfp8

TOKENS, EXPERTS, TOP_K, HIDDEN, INTERMEDIATE = 37, 8, 2, 128, 64


def of(name):
    return importlib.import_module(f"triton_kernels.{name}")


def quantized(x, axis=-1, dtype=torch.float8_e4m3fn):
    return of("numerics_details.mxfp").downcast_to_mxfp(x, dtype, axis)


def routed():
    logits = randn(TOKENS, EXPERTS)
    weights, experts, bits = of("topk").topk_forward(logits, TOP_K)
    return logits, weights, experts, bits


def topk():
    logits, weights, experts, bits = routed()
    largest = logits.topk(TOP_K)
    yield experts, largest.indices.to(experts.dtype)
    yield weights, softmax(Real(largest.values))
    rows = torch.zeros(TOKENS, EXPERTS, dtype=torch.int64).scatter(1, largest.indices, 1)
    yield bits.storage.data[:, 0].to(torch.int64), (rows << torch.arange(EXPERTS)).sum(1)


def metadata_of_routes():
    _, _, experts, bits = routed()
    found = of("tensor_details.bitmatrix").make_bitmatrix_metadata(experts, bits)
    flat = experts.flatten().long()
    order = flat.argsort(stable=True).int()
    yield found.col_sum, flat.bincount(minlength=EXPERTS).int()
    yield found.col_sorted_indx, order
    yield found.row_sorted_indx, order.argsort().int()


def metadata_of_slices():
    sizes = torch.tensor([3, 0, 40, 17, 64, 1], dtype=torch.int32)
    found = of("tensor_details.ragged_tensor").make_ragged_tensor_metadata(sizes, 125)
    yield found.slice_offs, torch.tensor([0, *sizes.cumsum(0)], dtype=torch.int32)
    blocks = -(-sizes // 16)
    schedule = [block << 16 | at for at, count in enumerate(blocks.tolist()) for block in range(count)]
    yield found.block_offs(16), torch.tensor([0, *blocks.cumsum(0)], dtype=torch.int32)
    yield found.block_schedule(16)[: len(schedule)], torch.tensor(schedule, dtype=torch.int32)


def compaction():
    values, indices = randn(5, 8), torch.stack([torch.randperm(32)[:8] for _ in range(5)]).int()
    masks = torch.randint(0, 2**31, (5, 1), dtype=torch.int32)
    keep = (masks >> indices & 1).bool()
    order = (~keep).int().argsort(dim=1, stable=True)
    found = of("compaction").compaction(values, indices, masks)
    for got, given in zip(found, (values, indices), strict=True):
        yield got, torch.where(keep, given, -1).gather(1, order).to(given.dtype)


def reduction():
    x, mask = randn(8, 3, 64), torch.randint(0, 2, (8, 3, 64)) > 0
    yield of("reduce").reduce_forward(x, 1, mask=mask)[0], Real(x * mask).sum(1)


def swiglu():
    a, module = randn(16, 256) * 4, of("swiglu")
    gate, up = Real(a[:, ::2].clamp(max=7)), Real(a[:, 1::2].clamp(-7, 7))
    yield module.swiglu(a, 1.702, module.PrecisionConfig(7.0)), gate * (1.702 * gate).sigmoid() * (up + 1)


def to_mxfp8():
    x = randn(64, 128) * torch.exp2(torch.randint(-20, 20, (64, 1)))
    codes, scales = quantized(x)
    yield from zip((codes.view(torch.uint8), scales), mxfp8(x), strict=True)


def from_mxfp8():
    codes, scales = mxfp8(randn(64, 128))
    codes = codes.view(torch.float8_e4m3fn)
    found = of("numerics_details.mxfp").upcast_from_mxfp(codes, scales, torch.bfloat16, -1)
    yield found, decoded(codes, scales).bfloat16()


def matmul_bf16():
    a, b = torch.randint(-9, 9, (48, 96)).bfloat16(), torch.randint(-9, 9, (96, 80)).bfloat16()
    yield of("matmul").matmul(a, b, None), (a.float() @ b.float()).bfloat16()


def moe_mxfp8():
    """Routes, GEMM 1 with SwiGLU, GEMM 2 with the router weights, the sum: each from what the stage before gave."""
    module, fused, activation = of("matmul"), of("matmul").FusedActivation, of("swiglu").swiglu_fn
    _, weights, experts, bits = routed()
    routes = of("tensor_details.bitmatrix").make_bitmatrix_metadata(experts, bits)
    slices = of("tensor_details.ragged_tensor").make_ragged_tensor_metadata(routes.col_sum, TOKENS * TOP_K)
    order = routes.col_sorted_indx
    expert = experts.flatten()[order.long()].long()

    def layer(rows, width, **more):
        """A GEMM of rows as they are gathered; what it gives, and the products' exact terms [routes, K, N]."""
        codes, scales = quantized(rows)
        w, w_scales = quantized(randn(EXPERTS, rows.shape[-1], width), 1)
        w = w.transpose(1, 2).contiguous().transpose(1, 2)
        precision = module.PrecisionConfig(
            a_mx_scale=scales, a_microblock_size=32, b_mx_scale=w_scales, b_microblock_size=32, out_dtype=torch.bfloat16
        )
        found = module.matmul(codes, w, None, a_ragged_metadata=slices, precision_config=precision, **more)
        each = decoded(codes, scales)
        each = each[order.long() // TOP_K] if "gather_indx" in more else each
        return found, Real(each[:, :, None] * decoded(w, w_scales, 1)[expert]).sum(1)[:, 0]

    swiglu_of = fused(module.FnSpecs("swiglu", activation, ("alpha", "limit"), reduction_n=2), (1.702, 7.0))
    gather = (order // TOP_K).int()
    between, sums = layer(
        randn(TOKENS, HIDDEN).bfloat16(), 2 * INTERMEDIATE, gather_indx=gather, fused_activation=swiglu_of
    )
    gate, up = (
        Real(part.value.clip(low, 7), part.error) for part, low in ((sums[:, ::2], -np.inf), (sums[:, 1::2], -7))
    )
    yield between, gate * (1.702 * gate).sigmoid() * (up + 1)
    gammas = weights.flatten()[order.long()]
    out, sums = layer(between, HIDDEN, scatter_indx=order, gammas=gammas)
    yield out[order.long()], sums * gammas[:, None]
    yield (
        of("reduce").reduce_forward(out.view(TOKENS, TOP_K, HIDDEN), 1)[0],
        Real(out.view(TOKENS, TOP_K, HIDDEN)).sum(1),
    )


KERNELS = (
    *(topk, metadata_of_routes, metadata_of_slices, compaction, reduction, swiglu),
    *(to_mxfp8, from_mxfp8, matmul_bf16, moe_mxfp8),
)
