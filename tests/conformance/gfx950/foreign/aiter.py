"""AITER's Triton kernels (ROCm/aiter): quantizers, norms, GEMMs of its formats, routing and its MXFP8 MoE."""

from __future__ import annotations

import importlib
import sys

import torch
from torch import randn

from tests.conformance.gfx950.foreign import packages
from tests.conformance.gfx950.foreign.account import Real, rms, softmax
from tests.conformance.gfx950.foreign.formats import (
    decoded,
    decoded_fp4,
    fp4_of_rounded_maxima,
    mxfp8_of_rounded_maxima,
    to_e4m3,
)

E4M3 = torch.float8_e4m3fn
DTYPES = {"fp8": E4M3, "bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32, "fp4x2": torch.uint8}


def of(name):
    if "aiter" not in sys.modules:
        packages.emptied("aiter", "ops.triton.quant", "jit.utils.chip_info", "utility.dtypes")
        packages.stand_in("aiter.utility.dtypes", **DTYPES)
        vars(sys.modules["aiter"]).update(dtypes=sys.modules["aiter.utility.dtypes"])
    return importlib.import_module(f"aiter.ops.triton.{name}")


def integers(*shape, most=8):
    return torch.randint(-most, most + 1, shape).float()


def scales_near(exponent, *shape):
    return torch.randint(125, 130, shape, dtype=torch.uint8) + exponent


def per_tensor_quantizer():
    x, scale, out = integers(16, 256, most=300), torch.tensor([0.5]), torch.empty(16, 256, dtype=E4M3)
    of("quant.quant").static_per_tensor_quant_fp8_i8(out, x, scale)
    yield out, to_e4m3(x * 2)


def per_token_quantizer_int8():
    x, out, scale = integers(16, 256, most=90), torch.empty(16, 256, dtype=torch.int8), torch.empty(16)
    x[:, 0] = 127
    of("quant.quant").dynamic_per_token_quant_fp8_i8(out, x, scale)
    yield out, x.to(torch.int8)


def mxfp8_quantizer():
    x = (randn(16, 256) * torch.exp2(torch.randint(-20, 20, (16, 1)))).bfloat16()
    x[:, ::64] = 1.75 * torch.exp2(torch.arange(16.0))[:, None]  # which rounds up
    codes, scales = of("quant.quant").dynamic_mxfp8_quant(x)
    yield from zip((codes.view(torch.uint8), scales), mxfp8_of_rounded_maxima(x), strict=True)


def mxfp4_quantizer():
    x = randn(16, 256).bfloat16()
    codes, scales = of("quant.quant").dynamic_mxfp4_quant(x)
    yield from zip((codes, scales), fp4_of_rounded_maxima(x), strict=True)


def rms_norm():
    x, w = randn(6, 256), randn(256)
    yield of("normalization.rmsnorm").rms_norm(x, w, 1e-6), Real(x) * rms(Real(x), 1e-6) * w


def layer_norm():
    x, w, b = randn(6, 256), randn(256), randn(256)
    centred = Real(x) - Real(x).mean()
    yield of("normalization.norm").layer_norm(x, w, b, 1e-6), centred * rms(centred, 1e-6) * w + b


def softmax_of_rows():
    x = randn(6, 200) * 4
    yield of("softmax").softmax(x), softmax(Real(x))


def topk():
    x = randn(6, 128)
    values, indices = of("topk").topk(x, 4)
    yield values, x.topk(4).values
    yield indices, x.topk(4).indices


def causal_attention():
    """Flash attention of two sequences: weights rounded to BF16 for the product with the values, their sum is not."""
    lengths, heads, width = (50, 14), 2, 64
    q, k, v = (randn(sum(lengths), heads, width).bfloat16() for _ in range(3))
    found, starts = torch.empty_like(q), torch.tensor([0, 50])
    of("attention.prefill_attention").context_attention_fwd(q, k, v, found, starts, torch.tensor(lengths), 50, True)
    for row in (0, 1, 17, 49, 50, 63):
        keys = slice(0 if row < 50 else 50, row + 1)
        scores = (Real(q[row].double()) * k[keys].double()).sum() * width**-0.5
        weights = (scores - scores.max(0)).exp()
        yield found[row], ((weights.to(torch.bfloat16) * v[keys].double()).sum(0) / weights.sum(0))[0]


def gemm_bf16():
    x, w = integers(32, 128).bfloat16(), integers(64, 128).bfloat16()
    yield of("gemm.basic.gemm_a16w16").gemm_a16w16(x, w), (x.float() @ w.float().T).bfloat16()


def gemm_fp8_by_row_and_column():
    x, w = integers(32, 128).to(E4M3), integers(64, 128).to(E4M3)
    rows, columns = torch.exp2(integers(32, 1, most=3)), torch.exp2(integers(1, 64, most=3))
    found = of("gemm.basic.gemm_a8w8").gemm_a8w8(x, w, rows, columns)
    yield found, (x.float() @ w.float().T * rows * columns).bfloat16()


def gemm_mxfp8():
    x, w, x_scales, w_scales = (
        integers(32, 256).to(E4M3),
        integers(256, 256).to(E4M3),
        scales_near(0, 32, 8),
        scales_near(0, 2, 2),
    )
    found = of("gemm.basic.gemm_afp8wfp8").gemm_afp8wfp8(x, w, x_scales, w_scales)
    of_rows = w_scales.repeat_interleave(128, 0).repeat_interleave(4, 1)  # a byte is that of 128 x 128 weights
    yield found, (decoded(x, x_scales) @ decoded(w, of_rows).T).bfloat16()


def gemm_mxfp4():
    x, w = (torch.randint(0, 256, (rows, 128), dtype=torch.uint8) for rows in (32, 64))
    x_scales, w_scales = scales_near(0, 32, 8), scales_near(0, 64, 8)
    found = of("gemm.basic.gemm_afp4wfp4").gemm_afp4wfp4(x, w, x_scales, w_scales)
    yield found, (decoded_fp4(x, x_scales) @ decoded_fp4(w, w_scales).T).bfloat16()


def block_alignment():
    ids, block = torch.randint(0, 8, (33, 2), dtype=torch.int32), 16
    routes = torch.full((66 + 8 * (block - 1),), 66, dtype=torch.int32)
    experts, total = torch.zeros(-(-len(routes) // block), dtype=torch.int32), torch.zeros(1, dtype=torch.int32)
    of("moe.moe_align_block_size").moe_align_block_size_triton(ids, 8, block, routes, experts, total)
    blocks = -(-ids.flatten().long().bincount(minlength=8) // block)
    yield total, (blocks.sum() * block).int().reshape(1)
    yield experts[: blocks.sum()], torch.arange(8, dtype=torch.int32).repeat_interleave(blocks)
    used = routes[: int(total)]
    yield used.sort().values[:66], torch.arange(66, dtype=torch.int32)
    real = used < 66
    yield experts.repeat_interleave(block)[: int(total)][real], ids.flatten()[used[real].long()]


def moe_mxfp8():
    """Its routing, a GEMM of MXFP8 rows with SwiGLU, one with the router weights and the sum over a token's routes."""
    tokens, experts, top_k, width = 37, 8, 2, 256
    module = of("moe.moe_op_gemm_a8w8")
    logits = randn(tokens, experts)
    routing, gather, scatter = of("moe.moe_routing.routing").routing(logits, top_k)
    chosen = logits.topk(top_k).indices.sort(1).values  # of a token's routes, the one to the lower expert first
    order = chosen.flatten().argsort(stable=True)
    expert = chosen.flatten()[order]
    yield gather.int(), order.int()
    weights = softmax(Real(logits.gather(1, chosen)))
    yield routing.gate_scal, Real(weights.value.flatten()[order], weights.error.flatten()[order])

    def layer(rows, **more):
        codes, scales = (torch.randint(-2, 3, (rows, width)).to(E4M3), scales_near(-5, rows, width // 32))
        w, w_scales = (
            torch.randint(-2, 3, (experts, width, width)).to(E4M3),
            scales_near(0, experts, width // 32, width),
        )
        w = w.transpose(1, 2).contiguous().transpose(1, 2)
        found = module.moe_gemm_a8w8(codes, w, scales, w_scales, routing_data=routing, **more)
        return found, decoded(codes, scales), decoded(w, w_scales, 1)[expert]

    found, rows, w = layer(tokens, gather_indx=gather, apply_swiglu=True, alpha=1.702, limit=7.0)
    sums = torch.einsum("rk,rkn->rn", rows[order // top_k], w)
    gate, up = Real(sums[:, ::2].clamp(max=7)), Real(sums[:, 1::2].clamp(-7, 7))
    yield found, gate * (1.702 * gate).sigmoid() * (up + 1)
    found, rows, w = layer(tokens * top_k, scatter_indx=scatter, gammas=routing.gate_scal)
    sums = torch.einsum("rk,rkn->rn", rows, w) * routing.gate_scal.double()[:, None]
    each = Real(torch.zeros_like(sums).index_copy(0, order, sums)).to(torch.bfloat16)
    each = Real(each.value.reshape(tokens, top_k, -1), each.error.reshape(tokens, top_k, -1))
    yield found, each.sum(1)


KERNELS = (
    *(per_tensor_quantizer, per_token_quantizer_int8, mxfp8_quantizer, mxfp4_quantizer, rms_norm, layer_norm),
    *(softmax_of_rows, topk, causal_attention, gemm_bf16, gemm_fp8_by_row_and_column, gemm_mxfp8, gemm_mxfp4),
    *(block_alignment, moe_mxfp8),
)
