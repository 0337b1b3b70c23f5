"""Which kernels show a device's own arithmetic, one result at a time? The smallest ones.

Import this only on an activated backend: Triton decides at decoration how these run.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-incomplete-defs=False

import triton
import triton.language as tl

BLOCK = tl.constexpr(32)  # elements that share a scale byte


@triton.jit
def dot(a, b, c, y, K: tl.constexpr, TILE: tl.constexpr):
    """y[i] = c[i] + a[i] . b[i]: the diagonals of tiles."""
    m = tl.program_id(0) * TILE + tl.arange(0, TILE)
    k = tl.arange(0, K)
    left = tl.load(a + m[:, None] * K + k[None, :])
    right = tl.load(b + m[None, :] * K + k[:, None])
    start = tl.load(c + m)[:, None] + tl.zeros([TILE, TILE], tl.float32)
    result = tl.dot(left, right, acc=start)
    tl.store(y + m[:, None] + tl.zeros([TILE, TILE], tl.int32), result, mask=m[:, None] == m[None, :])


@triton.jit
def dot_scaled(a, a_scale, b, b_scale, c, y, K: tl.constexpr, TILE: tl.constexpr):
    """Likewise, of E4M3 with E8M0 bytes."""
    m = tl.program_id(0) * TILE + tl.arange(0, TILE)
    k = tl.arange(0, K)
    s = tl.arange(0, K // BLOCK)
    left = tl.load(a + m[:, None] * K + k[None, :])
    right = tl.load(b + m[None, :] * K + k[:, None])
    left_scale = tl.load(a_scale + m[:, None] * (K // BLOCK) + s[None, :])
    right_scale = tl.load(b_scale + m[:, None] * (K // BLOCK) + s[None, :])
    start = tl.load(c + m)[:, None] + tl.zeros([TILE, TILE], tl.float32)
    result = tl.dot_scaled(left, left_scale, "e4m3", right, right_scale, "e4m3", acc=start)
    tl.store(y + m[:, None] + tl.zeros([TILE, TILE], tl.int32), result, mask=m[:, None] == m[None, :])
