"""Which kernels besides the project's own does the emulated gfx950 run? Small ones, each for a part of the machine."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def reductions(x_ptr, sum_ptr, max_ptr, arg_ptr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Within lanes, across lanes and, through LDS, across waves."""
    rows, columns = tl.arange(0, ROWS), tl.arange(0, COLUMNS)
    x = tl.load(x_ptr + rows[:, None] * COLUMNS + columns[None, :])
    tl.store(sum_ptr + rows, tl.sum(x, axis=1))
    tl.store(max_ptr + columns, tl.max(x, axis=0))
    tl.store(arg_ptr + rows, tl.argmax(x, axis=1))


@triton.jit
def transpose(x_ptr, out_ptr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Coalesced on both sides, so that the tile goes through LDS."""
    rows, columns = tl.arange(0, ROWS), tl.arange(0, COLUMNS)
    x = tl.load(x_ptr + rows[:, None] * COLUMNS + columns[None, :])
    tl.store(out_ptr + columns[:, None] * ROWS + rows[None, :], tl.trans(x))


@triton.jit
def scan(x_ptr, out_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    tl.store(out_ptr + at, tl.cumsum(tl.load(x_ptr + at), axis=0))


@triton.jit
def histogram(x_ptr, counts_ptr, sums_ptr, n, BLOCK: tl.constexpr):
    """Atomics of several programs on the same words."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x_ptr + at, mask=at < n, other=0)
    tl.atomic_add(counts_ptr + value, 1, mask=at < n)
    tl.atomic_max(sums_ptr + value, at, mask=at < n)


@triton.jit
def uneven_loops(trips_ptr, out_ptr, n):
    """Programs that leave at once, and loops of different lengths: waves part and rejoin."""
    pid = tl.program_id(0)
    if pid % 3 == 2:
        return
    total = 0
    for step in range(tl.load(trips_ptr + pid)):
        total += step * pid
        if total > n:
            total -= n
    tl.store(out_ptr + pid, total)


@triton.jit
def integers(a_ptr, b_ptr, out_ptr, N: tl.constexpr):
    """Divisions, shifts and wide products: a and b int32, b never 0."""
    at = tl.arange(0, N)
    a, b = tl.load(a_ptr + at), tl.load(b_ptr + at)
    wide = a.to(tl.int64) * b
    tl.store(out_ptr + at, (a // b).to(tl.int64))
    tl.store(out_ptr + N + at, (a % b).to(tl.int64))
    tl.store(out_ptr + 2 * N + at, wide)
    tl.store(out_ptr + 3 * N + at, wide // 7)
    tl.store(out_ptr + 4 * N + at, tl.umulhi(a.to(tl.uint32), b.to(tl.uint32)).to(tl.int64))
    tl.store(out_ptr + 5 * N + at, (wide >> (b & 31)) ^ (wide << (a & 15)))


@triton.jit
def floats(a_ptr, b_ptr, out_ptr, N: tl.constexpr):
    """Operations that IEEE 754 decides."""
    at = tl.arange(0, N)
    a, b = tl.load(a_ptr + at), tl.load(b_ptr + at)
    tl.store(out_ptr + at, a + b)
    tl.store(out_ptr + N + at, a * b)
    tl.store(out_ptr + 2 * N + at, tl.math.div_rn(a, b))
    tl.store(out_ptr + 3 * N + at, tl.fma(a, b, a))
    tl.store(out_ptr + 4 * N + at, tl.math.sqrt_rn(tl.abs(a)))
    tl.store(out_ptr + 5 * N + at, tl.floor(a))
    tl.store(out_ptr + 6 * N + at, tl.ceil(b))
    tl.store(out_ptr + 7 * N + at, tl.maximum(a, b))
    tl.store(out_ptr + 8 * N + at, tl.where(a < b, a, b - a))
    tl.store(out_ptr + 9 * N + at, (a.to(tl.float64) * b.to(tl.float64) + 1.0).to(tl.float32))
    tl.store(out_ptr + 10 * N + at, a.to(tl.int32, bitcast=True).to(tl.float32))


@triton.jit
def halved(x_ptr, half_ptr, N: tl.constexpr):
    """To FP16, in a kernel without FP8: for FP8 Triton sets FP16_OVFL, which makes FP16 saturate as well."""
    at = tl.arange(0, N)
    tl.store(half_ptr + at, tl.load(x_ptr + at).to(tl.float16))


@triton.jit
def narrow(x_ptr, bfloat_ptr, e4m3_ptr, back_ptr, N: tl.constexpr):
    """Casts to the narrow formats and back."""
    at = tl.arange(0, N)
    x = tl.load(x_ptr + at)
    tl.store(bfloat_ptr + at, x.to(tl.bfloat16))
    code = x.to(tl.float8e4nv)
    tl.store(e4m3_ptr + at, code.to(tl.uint8, bitcast=True))
    tl.store(back_ptr + at, code.to(tl.float32))


@triton.jit
def narrow_again(x_ptr, e4m3_ptr, e5m2_ptr, N: tl.constexpr):
    """From 16 bits to 8, two values to a half of a register: four in a row fill one."""
    at = tl.arange(0, N)
    x = tl.load(x_ptr + at)
    tl.store(e4m3_ptr + at, x.to(tl.float8e4nv).to(tl.uint8, bitcast=True))
    tl.store(e5m2_ptr + at, x.to(tl.float8e5).to(tl.uint8, bitcast=True))


@triton.jit
def product(a_ptr, b_ptr, out_ptr, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    """[M, K] by [K, N] on the matrix cores, in whichever format the pointers have."""
    m, n, k = tl.arange(0, M), tl.arange(0, N), tl.arange(0, K)
    a = tl.load(a_ptr + m[:, None] * K + k[None, :])
    b = tl.load(b_ptr + k[:, None] * N + n[None, :])
    tl.store(out_ptr + m[:, None] * N + n[None, :], tl.dot(a, b))


@triton.jit
def ordered(x_ptr, out_ptr, N: tl.constexpr):
    """A bitonic sort: exchanges between lanes at every distance."""
    at = tl.arange(0, N)
    tl.store(out_ptr + at, tl.sort(tl.load(x_ptr + at)))


@triton.jit
def gathered(x_ptr, index_ptr, out_ptr, N: tl.constexpr):
    at = tl.arange(0, N)
    tl.store(out_ptr + at, tl.gather(tl.load(x_ptr + at), tl.load(index_ptr + at), axis=0))


@triton.jit
def exponential(x_ptr, out_ptr, N: tl.constexpr):
    """2**x by the bare instruction."""
    at = tl.arange(0, N)
    tl.store(out_ptr + at, tl.exp2(tl.load(x_ptr + at)))


@triton.jit
def block_scaled_by_division(x_ptr, codes_ptr, BLOCKS: tl.constexpr):
    """The published formula whose scale of an all-zero block is 2**-127: x / exp2(exponent), then the cast."""
    at = tl.arange(0, BLOCKS)[:, None] * 32 + tl.arange(0, 32)[None, :]
    x = tl.load(x_ptr + at)
    amax = tl.max(tl.abs(x), axis=1)
    bits = amax.to(tl.int32, bitcast=True)
    exponent = tl.maximum(((bits >> 23) & 0xFF) - 127 - 8, -127)
    code = (x / tl.exp2(exponent.to(tl.float32))[:, None]).to(tl.float8e4nv)
    tl.store(codes_ptr + at, code.to(tl.uint8, bitcast=True))
