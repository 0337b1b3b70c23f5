"""Which kernels call functions and add integers? Small ones, for the tests of the interpreter's overhead."""

import triton
import triton.language as tl


@triton.jit
def largest(values):
    return tl.max(values, axis=0)


@triton.jit
def nested(x, y, scale, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(y + i, tl.zeros([N], tl.float32) + largest(tl.load(x + i)) * scale)


@triton.jit
def wraps(x, y):
    tl.store(y, tl.load(x) + 1)
