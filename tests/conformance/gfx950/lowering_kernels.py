"""Which kernels are compiled to be looked at? One that is lowered as it should be, and ones that are not.

Import this only where kernels are compiled.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-incomplete-defs=False

import triton
import triton.language as tl


@triton.jit
def scaled(a, a_scale, b, b_scale, y, steps, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr, LHS: tl.constexpr):
    """[M, steps K] x [steps K, N], one tile; LHS "bf16" has no scales and is multiplied as BF16."""
    m, n, k, s = tl.arange(0, M), tl.arange(0, N), tl.arange(0, K), tl.arange(0, K // 32)
    acc = tl.zeros((M, N), dtype=tl.float32)
    for step in range(steps):
        left = tl.load(a + m[:, None] * K * steps + step * K + k[None, :])
        right = tl.load(b + n[None, :] * K * steps + step * K + k[:, None])
        right_bytes = tl.load(b_scale + (n[:, None] * steps + step) * (K // 32) + s[None, :])
        if LHS == "e4m3":
            left_bytes = tl.load(a_scale + (m[:, None] * steps + step) * (K // 32) + s[None, :])
            acc = tl.dot_scaled(left, left_bytes, "e4m3", right, right_bytes, "e4m3", acc)
        else:
            acc = tl.dot_scaled(left, None, "bf16", right, right_bytes, "e4m3", acc)
    tl.store(y + m[:, None] * N + n[None, :], acc)


@triton.jit
def upcast(a, b, y, steps, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    """The same by hand: E4M3 converted to BF16 in the loop, no scales."""
    m, n, k = tl.arange(0, M), tl.arange(0, N), tl.arange(0, K)
    acc = tl.zeros((M, N), dtype=tl.float32)
    for step in range(steps):
        left = tl.load(a + m[:, None] * K * steps + step * K + k[None, :])
        right = tl.load(b + n[None, :] * K * steps + step * K + k[:, None])
        acc = tl.dot(left.to(tl.bfloat16), right.to(tl.bfloat16), acc)
    tl.store(y + m[:, None] * N + n[None, :], acc)
