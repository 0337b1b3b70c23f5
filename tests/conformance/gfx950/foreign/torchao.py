"""torchao's prototypes: an MXFP8 quantizer of rows, its decoding, scaled INT8, permuted tokens."""

from __future__ import annotations

import importlib

import torch
from torch import randn

from tests.conformance.gfx950.foreign import packages
from tests.conformance.gfx950.foreign.formats import decoded, mxfp8


def of(name):
    return importlib.import_module(f"torchao.prototype.{name}")


def mxfp8_rows():
    x = (randn(64, 128) * torch.exp2(torch.randint(-20, 20, (64, 1)))).bfloat16()
    found = of("mx_formats.kernels").triton_to_mxfp8_dim0(x, scaling_mode="rceil")
    for got, expected in zip(found, mxfp8(x), strict=True):
        yield got.view(torch.uint8), expected


def decoded_mxfp8():
    codes, scales = mxfp8(randn(64, 128))
    codes = codes.view(torch.float8_e4m3fn)
    found = of("mx_formats.kernels").triton_mxfp8_dequant_dim0(codes, scales, torch.bfloat16)
    yield found, decoded(codes, scales).bfloat16()


def scaled_int8_product():
    a, b = (torch.randint(-99, 100, shape, dtype=torch.int8) for shape in ((32, 128), (128, 64)))
    rows, columns = torch.exp2(torch.randint(-3, 3, (32, 1)).float()), torch.exp2(torch.randint(-3, 3, (1, 64)).float())
    found = of("quantized_training.int8_mm").scaled_int8_mm_cuda(a, b, rows, columns)
    yield found, (a.int() @ b.int()).float() * rows * columns


def indices_of_experts():
    counts, ranks, experts = torch.randint(0, 9, (8,), dtype=torch.int32), 2, 4
    starts = (counts.cumsum(0) - counts).int()
    sizes = counts.reshape(ranks, experts).sum(0)
    offsets = (sizes.cumsum(0) - sizes).int()
    packages.emptied("torchao.prototype.moe_training", "ep.kernels")  # whose own imports ask for another Triton
    found = of("moe_training.ep.kernels").fill_indices_wrapper(counts, starts, offsets, experts, ranks, 80)
    want = torch.full((80,), -1, dtype=torch.int32)
    by_expert = [
        torch.arange(int(starts[at]), int(starts[at] + counts[at])) for e in range(experts) for at in (e, e + experts)
    ]
    want[: int(counts.sum())] = torch.cat(by_expert).int()
    yield found, want


KERNELS = (mxfp8_rows, decoded_mxfp8, scaled_int8_product, indices_of_experts)
