"""vLLM's Triton kernels beside its MXFP8 MoE (a subject): MXFP8 blocks, AWQ, norms, sampling, its triton_kernels."""

from __future__ import annotations

import importlib
import sys

import torch
import triton
from torch import randn

from tests.conformance.gfx950.foreign import packages
from tests.conformance.gfx950.foreign.account import Real, rms
from tests.conformance.gfx950.foreign.formats import decoded

AWQ = "model_executor.layers.quantization.awq_triton"
BLOCKS = "model_executor.kernels.linear.mxfp8.rocm_block32_gemm"
SILU = "models.inkling.amd.ops.silu_and_mul"
NORM = "models.minimax_m3.amd.ops.gemma_rmsnorm"
MIN_P, NANS = "v1.worker.gpu.sample.min_p", "v1.worker.gpu.metrics.logits"


def of(name):
    if "vllm" not in sys.modules:
        packages.emptied("vllm", AWQ, BLOCKS, SILU, NORM, MIN_P, NANS, "utils.torch_utils")
        packages.stand_in("vllm.triton_utils", triton=triton, tl=triton.language)
        packages.stand_in("vllm.utils.torch_utils", direct_register_custom_op=lambda **_: None)
    return importlib.import_module(f"vllm.{name}")


def gemm_mxfp8_of_blocks():
    x, w = (torch.randint(-8, 9, (rows, 256)).to(torch.float8_e4m3fn) for rows in (24, 96))
    x_scales, w_scales = (torch.randint(125, 130, (rows, 8), dtype=torch.uint8) for rows in (24, 3))
    found = of(BLOCKS)._rocm_mxfp8_block32_gemm_impl(x, x_scales, w, w_scales, torch.bfloat16)
    yield found, (decoded(x, x_scales) @ decoded(w, w_scales.repeat_interleave(32, 0)).T).bfloat16()


def awq_weights():
    def packed(x):
        return (x.int().unflatten(-1, (-1, 8))[..., [0, 2, 4, 6, 1, 3, 5, 7]] << torch.arange(0, 32, 4)).sum(-1).int()

    w, zeros = torch.randint(0, 16, (128, 64)), torch.randint(0, 16, (2, 64))
    scales = torch.exp2(torch.randint(-4, 4, (2, 64))).half()
    found = of(AWQ).awq_dequantize_triton(packed(w), scales, packed(zeros))
    yield found, ((w - zeros.repeat_interleave(64, 0)) * scales.repeat_interleave(64, 0)).half()


def silu_and_multiply():
    x = randn(6, 512)
    gate = Real(x[:, ::2])
    yield of(SILU).silu_and_mul_triton(x), gate * gate.sigmoid() * x[:, 1::2]


def gemma_rms_norm():
    x, w = randn(6, 256), randn(256)
    yield of(NORM).gemma_rmsnorm(x, w, 1e-6), Real(x) * rms(Real(x), 1e-6) * (Real(w) + 1)


def smallest_probability():
    logits, least = randn(5, 300), torch.tensor([0.25, 0.0, 0.125])
    rows = torch.tensor([0, 1, 2, 0, 2], dtype=torch.int32)
    found = logits.clone()
    of(MIN_P).apply_min_p(found, rows, least)
    threshold = logits.double().amax(1) + least[rows.long()].double().log()
    yield found, torch.where(logits < threshold[:, None], float("-inf"), logits)


def nans_of_rows():
    logits = randn(6, 300)
    logits[torch.rand(6, 300) < 0.3] = float("nan")
    yield of(NANS).get_num_nans(logits), logits.isnan().sum(1).int()


def moe_of_its_older_triton_kernels():
    """Routing, dispatch and combine of the triton_kernels that it brings: BF16 rows, MXFP8 weights."""
    of(AWQ)  # so that the package is there
    sys.path.insert(0, f"{sys.modules['vllm'].__path__[0]}/third_party")
    matmul, mxfp, routing = (
        importlib.import_module(f"triton_kernels.{name}") for name in ("matmul_ogs", "numerics_details.mxfp", "routing")
    )
    tokens, experts, top_k, width = 37, 8, 2, 128
    logits = randn(tokens, experts)
    data, gather, scatter = routing.routing(logits, top_k)
    chosen = logits.topk(top_k).indices.sort(1).values  # of a token's routes, the one to the lower expert first
    order = chosen.flatten().argsort(stable=True)
    yield gather.src_indx, order.int()
    w, w_scales = mxfp.downcast_to_mxfp(randn(experts, width, width), torch.float8_e4m3fn, 1)
    w = w.transpose(1, 2).contiguous().transpose(1, 2)
    each, precision = decoded(w, w_scales, 1)[chosen.flatten()[order]], matmul.PrecisionConfig(weight_scale=w_scales)
    x = randn(tokens, width).bfloat16()
    found = matmul.matmul_ogs(x, w, None, data, gather_indx=gather, precision_config=precision)
    yield found, Real(x[order // top_k].double()[:, :, None] * each).sum(1)[:, 0]
    weighted = {"gammas": data.gate_scal, "precision_config": precision}
    out = matmul.matmul_ogs(found, w, None, data, scatter_indx=scatter, **weighted)
    routes = Real(found.double()[:, :, None] * each).sum(1)[:, 0] * data.gate_scal[:, None]
    back = order.argsort()
    routes = Real(routes.value[back], routes.error[back]).to(torch.bfloat16)
    yield out, Real(*(part.reshape(tokens, top_k, width) for part in (routes.value, routes.error))).sum(1)


KERNELS = (
    moe_of_its_older_triton_kernels,
    gemm_mxfp8_of_blocks,
    awq_weights,
    silu_and_multiply,
    gemma_rms_norm,
    smallest_probability,
    nans_of_rows,
)
