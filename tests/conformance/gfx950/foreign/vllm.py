"""vLLM's Triton kernels beside its MXFP8 MoE (which is a subject): a GEMM of MXFP8 blocks, AWQ, norms, sampling."""

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


KERNELS = (gemm_mxfp8_of_blocks, awq_weights, silu_and_multiply, gemma_rms_norm, smallest_probability, nans_of_rows)
