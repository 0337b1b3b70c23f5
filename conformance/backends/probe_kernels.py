"""Which kernels show a backend's own arithmetic? The smallest ones, one operation each.

Import this only on an activated backend: Triton decides at decoration how these run.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-incomplete-defs=False

import triton
import triton.language as tl

from reference import formats

MX_BLOCK = tl.constexpr(formats.BLOCK)


@triton.jit
def multiply(x, z, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + i, tl.load(x + i, mask=i < n) * tl.load(z + i, mask=i < n), mask=i < n)


@triton.jit
def divide(x, z, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + i, tl.load(x + i, mask=i < n) / tl.load(z + i, mask=i < n, other=1.0), mask=i < n)


@triton.jit
def exp(x, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + i, tl.exp(tl.load(x + i, mask=i < n)), mask=i < n)


@triton.jit
def exp2(x, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + i, tl.exp2(tl.load(x + i, mask=i < n)), mask=i < n)


@triton.jit
def log2(x, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + i, tl.log2(tl.load(x + i, mask=i < n, other=1.0)), mask=i < n)


@triton.jit
def dot_scaled(a, a_scale, b, b_scale, y, N: tl.constexpr, K: tl.constexpr, BLOCK_M: tl.constexpr):
    m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    n = tl.arange(0, N)
    k = tl.arange(0, K)
    s = tl.arange(0, K // MX_BLOCK)
    left = tl.load(a + m[:, None] * K + k[None, :])
    right = tl.load(b + n[None, :] * K + k[:, None])
    left_scale = tl.load(a_scale + m[:, None] * (K // MX_BLOCK) + s[None, :])
    right_scale = tl.load(b_scale + n[:, None] * (K // MX_BLOCK) + s[None, :])
    result = tl.dot_scaled(left, left_scale, "e4m3", right, right_scale, "e4m3")
    tl.store(y + m[:, None] * N + n[None, :], result)


@triton.jit
def dot(a, b, y, N: tl.constexpr, K: tl.constexpr, BLOCK_M: tl.constexpr):
    m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    n = tl.arange(0, N)
    k = tl.arange(0, K)
    left = tl.load(a + m[:, None] * K + k[None, :])
    right = tl.load(b + n[None, :] * K + k[:, None])
    tl.store(y + m[:, None] * N + n[None, :], tl.dot(left, right))
