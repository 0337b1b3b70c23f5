"""Which kernels show whether the emulated device runs what a Triton compiles? One kind of machine code each.

Import this only on an activated backend: Triton decides at decoration how these run. Conversions, quotients and single
matrix instructions are those of ``probe_kernels``.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-incomplete-defs=False

import triton
import triton.language as tl

from reference import formats

MX_BLOCK = tl.constexpr(formats.BLOCK)


@triton.jit
def masked_tiles(x, y, rows, columns, stride, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Each tile but its last column, whose place holds 7: loads and stores behind a mask in a grid of two axes."""
    m = tl.program_id(1) * ROWS + tl.arange(0, ROWS)[:, None]
    n = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)[None, :]
    inside = (m < rows) & (n < columns)
    value = tl.load(x + m * stride + n, mask=inside & (n < columns - 1), other=7)
    tl.store(y + m * stride + n, value, mask=inside)


@triton.jit
def integers(x, z, y, n, BLOCK: tl.constexpr):
    """Nine operations of int32, each into n results of its own; z is positive."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    a = tl.load(x + i, mask=i < n)
    b = tl.load(z + i, mask=i < n, other=1)
    tl.store(y + i, a + b, mask=i < n)
    tl.store(y + n + i, a * b - (a ^ b), mask=i < n)
    tl.store(y + 2 * n + i, a // b, mask=i < n)
    tl.store(y + 3 * n + i, a % b, mask=i < n)
    tl.store(y + 4 * n + i, a >> (b & 31), mask=i < n)
    tl.store(y + 5 * n + i, a << (b & 31), mask=i < n)
    tl.store(y + 6 * n + i, tl.where((a < b) & (a != 5), tl.minimum(a, -b), tl.maximum(a, 2 * b)), mask=i < n)
    tl.store(y + 7 * n + i, ((a.to(tl.int64) * b.to(tl.int64)) >> 32).to(tl.int32), mask=i < n)
    tl.store(y + 8 * n + i, (a.to(tl.int8) + b.to(tl.int16)).to(tl.int32), mask=i < n)


@triton.jit
def floats(x, z, y, n, BLOCK: tl.constexpr):
    """Six operations of FP32, each into n results of its own."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    a = tl.load(x + i, mask=i < n)
    b = tl.load(z + i, mask=i < n)
    tl.store(y + i, a + b, mask=i < n)
    tl.store(y + n + i, tl.fma(a, b, a), mask=i < n)
    tl.store(y + 2 * n + i, tl.floor(a) - tl.abs(b), mask=i < n)
    tl.store(y + 3 * n + i, tl.maximum(a, tl.minimum(b, 1.5)), mask=i < n)
    tl.store(y + 4 * n + i, a.to(tl.int32).to(tl.float32), mask=i < n)
    tl.store(y + 5 * n + i, a.to(tl.int32, bitcast=True).to(tl.float32), mask=i < n)


@triton.jit
def reduced(x, sums, largest, places, running, SIZE: tl.constexpr):
    """Over a tile [SIZE, SIZE] that waves share: sums of columns, largest of rows and where, running sums turned."""
    i = tl.arange(0, SIZE)
    tile = tl.load(x + i[:, None] * SIZE + i[None, :])
    tl.store(sums + i, tl.sum(tile, axis=0))
    tl.store(largest + i, tl.max(tile, axis=1))
    tl.store(places + i, tl.argmax(tile, axis=1))
    tl.store(running + i[:, None] * SIZE + i[None, :], tl.cumsum(tl.trans(tile), axis=0))


@triton.jit
def counted(x, counts, most, n, BINS: tl.constexpr, BLOCK: tl.constexpr):
    """How many of all programs' values fall into each bin, and the largest of each."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + i, mask=i < n, other=0)
    tl.atomic_add(counts + value % BINS, 1, mask=i < n)
    tl.atomic_max(most + value % BINS, value, mask=i < n)


@triton.jit
def halvings(x, y):
    """How often a program's value is halved, or tripled and increased, until it is 1: branches on data."""
    value = tl.load(x + tl.program_id(0))
    count = 0
    while value != 1:
        if value % 2 == 0:
            value = value // 2
        else:
            value = 3 * value + 1
        count += 1
    tl.store(y + tl.program_id(0), count)


@triton.jit
def scaled_products(
    a, a_scale, b, b_scale, y, N, K, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr
):
    """A GEMM as kernels have it: a pipelined loop over K, tiles that pass through LDS."""
    m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    k = tl.arange(0, BLOCK_K)
    s = tl.arange(0, BLOCK_K // MX_BLOCK)
    sums = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for start in range(0, K, BLOCK_K):
        left = tl.load(a + m[:, None] * K + start + k[None, :])
        right = tl.load(b + n[None, :] * K + start + k[:, None])
        left_scale = tl.load(a_scale + m[:, None] * (K // MX_BLOCK) + start // MX_BLOCK + s[None, :])
        right_scale = tl.load(b_scale + n[:, None] * (K // MX_BLOCK) + start // MX_BLOCK + s[None, :])
        sums = tl.dot_scaled(left, left_scale, "e4m3", right, right_scale, "e4m3", sums)
    tl.store(y + m[:, None] * N + n[None, :], sums)
