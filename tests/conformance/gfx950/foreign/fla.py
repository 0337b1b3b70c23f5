"""flash-linear-attention's kernels (fla-core): sums along chunks, pooling, norms. Autotuning takes what costs least."""

from __future__ import annotations

import importlib

from torch import randn

from tests.conformance.gfx950.foreign.account import Real, softmax


def of(name):
    return importlib.import_module(f"fla.{name}")


def sums_along_chunks():
    g = randn(1, 128, 3)
    chunks = Real(g.reshape(2, 64, 3))
    sums = [chunks[:, : stop + 1].sum(1) for stop in range(64)]
    found = of("ops.utils.cumsum").chunk_local_cumsum(g, 64).reshape(2, 64, 3)
    for at in (0, 1, 31, 63):
        yield found[:, at], sums[at]


def means_of_chunks():
    x = randn(1, 64, 2, 32)
    yield of("ops.utils.pooling").mean_pooling_fwd(x, 16), Real(x.reshape(1, 4, 16, 2, 32)).mean(2)


def softmax_of_rows():
    x = randn(6, 200)
    yield of("ops.utils.softmax").softmax_fwd(x), softmax(Real(x))


def l2_norm():
    x = randn(6, 2, 64)
    factor = ((Real(x) * x).sum() + 1e-6).rsqrt()
    y, rstd = of("modules.norm.l2norm").l2norm_fwd(x)
    yield y, Real(x) * factor
    yield rstd, factor[..., 0]


KERNELS = (sums_along_chunks, means_of_chunks, softmax_of_rows, l2_norm)
