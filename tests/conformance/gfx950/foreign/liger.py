"""Liger's kernels (liger-kernel): norms, activations, losses, rotations. Each with the formula that it is to follow."""

from __future__ import annotations

import importlib

import torch
from torch import randn

from tests.conformance.gfx950.foreign.account import Real, rms, softmax


def ops(name):
    return importlib.import_module(f"liger_kernel.ops.{name}")


def swiglu():
    a, b = randn(6, 200), randn(6, 200)
    yield ops("swiglu").swiglu_forward(a, b)[-1], Real(a) * Real(a).sigmoid() * b


def swiglu_bf16():
    a, b = randn(5, 256).bfloat16(), randn(5, 256).bfloat16()
    yield ops("swiglu").swiglu_forward(a, b)[-1], (Real(a) * Real(a).sigmoid()).to(a.dtype) * b


def swiglu_backward():
    a, b, d = randn(6, 200), randn(6, 200), randn(6, 200)
    s = Real(a).sigmoid()
    da, db = ops("swiglu").swiglu_backward(a.clone(), b.clone(), d.clone())
    yield db, d * (s * a)
    yield da, d * b * (s * (1 - s) * a + s)


def geglu():
    a, b = randn(6, 200), randn(6, 200)
    inner = (Real(a) * a * a * 0.044715 + a) * 0.7978845608028654
    yield ops("geglu").geglu_forward(a, b)[-1], 0.5 * Real(a) * (1 + inner.tanh()) * b


def relu_squared():
    x = randn(6, 200)
    yield ops("relu_squared").relu_squared_forward(x), x.relu() * x.relu()


def rms_norm():
    x, w = randn(6, 200), randn(200)
    yield ops("rms_norm").rms_norm_forward(x, w, 1e-6, 0.0, "llama", None)[0], Real(x) * rms(Real(x), 1e-6) * w


def rms_norm_block():
    x, w = randn(64, 128), randn(128)
    found = ops("rms_norm").rms_norm_forward(x, w, 1e-6, 1.0, "gemma", False)[0]
    yield found, Real(x) * rms(Real(x), 1e-6) * (Real(w) + 1)


def fused_add_rms_norm():
    x, r, w = randn(6, 200), randn(6, 200), randn(200)
    y, s, *_ = ops("fused_add_rms_norm").fused_add_rms_norm_forward(x, r, w, 1e-6, 0.0, "llama")
    yield s, x + r
    yield y, Real(x + r) * rms(Real(x + r), 1e-6) * w


def layer_norm():
    x, w, b = randn(6, 200), randn(200), randn(200)
    centred = Real(x) - Real(x).mean()
    yield ops("layer_norm").layer_norm_forward(x, w, b, 1e-6)[0], centred * rms(centred, 1e-6) * w + b


def softmax_row():
    x = randn(6, 200) * 4
    yield ops("softmax")._softmax_forward(x)[0], softmax(Real(x))


def dynamic_tanh():
    x, alpha, g, b = randn(6, 256), torch.tensor([0.75]), randn(256), randn(256)
    yield ops("dyt").liger_dyt_fwd(x, alpha, g, b), (Real(x) * alpha).tanh() * g + b


def rope():
    q, k, cos, sin = randn(1, 2, 5, 32), randn(1, 2, 5, 32), randn(1, 5, 32), randn(1, 5, 32)
    turned = ops("rope").rope_forward(q.clone(), k.clone(), cos, sin)
    c, s = cos[..., :16], sin[..., :16]
    for found, x in zip(turned[:2], (q, k), strict=True):
        low, high = Real(x[..., :16]), Real(x[..., 16:])
        yield found[..., :16], low * c - high * s
        yield found[..., 16:], high * c + low * s


def kl_divergence():
    logs, true = randn(6, 200).log_softmax(-1), randn(6, 200).softmax(-1)
    yield ops("kl_div").kldiv_forward_triton(logs, true, False, "none", 1e-10), (Real(true).log() - logs) * true


def total_variation():
    p, q = randn(6, 200).softmax(-1), randn(6, 200).softmax(-1)
    loss, gradient = ops("tvd").tv_distance_forward_triton(p.clone(), q, None, "none", -100, False)
    yield loss, 0.5 * (p - q).abs()
    yield gradient, torch.where(p > q, 0.5, -0.5)


def cross_entropy():
    x, target = randn(6, 200), torch.randint(0, 200, (6,))
    shifted = Real(x) - Real(x).max()
    lse = shifted.exp().sum().log() + Real(x).max()
    found = ops("cross_entropy").cross_entropy_forward(x.clone(), target, None, -100, 0.0, 0.0, "none", None, False)[0]
    yield found, lse[:, 0] - x[torch.arange(6), target]


def causal_mask_of_scores():
    scores = randn(1, 2, 48, 48)
    yield ops("multi_token_attention")._mask_zero_forward(scores), scores.tril()


KERNELS = (
    *(swiglu, swiglu_bf16, swiglu_backward, geglu, relu_squared, rms_norm, rms_norm_block, fused_add_rms_norm),
    *(
        layer_norm,
        softmax_row,
        dynamic_tanh,
        rope,
        kl_divergence,
        total_variation,
        cross_entropy,
        causal_mask_of_scores,
    ),
)
