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


@triton.jit
def function(x, y, n, NAME: tl.constexpr, BLOCK: tl.constexpr):
    """y = NAME(x), as Triton's language has it."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + i, mask=i < n, other=1.0)
    if NAME == "exp2":
        found = tl.exp2(value)
    elif NAME == "log2":
        found = tl.log2(value)
    elif NAME == "rcp":
        found = 1.0 / value
    elif NAME == "sqrt":
        found = tl.sqrt(value)
    elif NAME == "rsqrt":
        found = tl.rsqrt(value)
    elif NAME == "sin":
        found = tl.sin(value)
    else:
        found = tl.cos(value)
    tl.store(y + i, found, mask=i < n)


@triton.jit
def instruction(x, y, n, TEXT: tl.constexpr, OPERANDS: tl.constexpr, BLOCK: tl.constexpr):
    """y = one instruction of the device on x."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + i, mask=i < n, other=1.0)
    found = tl.inline_asm_elementwise(TEXT, OPERANDS, [value], dtype=tl.float32, is_pure=True, pack=1)
    tl.store(y + i, found, mask=i < n)


@triton.jit
def convert(x, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + i, mask=i < n)
    tl.store(y + i, value.to(y.dtype.element_ty), mask=i < n)


@triton.jit
def pair(x, z, y, n, NAME: tl.constexpr, BLOCK: tl.constexpr):
    """y = NAME(x, z)."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    left = tl.load(x + i, mask=i < n)
    right = tl.load(z + i, mask=i < n)
    if NAME == "minimum":
        found = tl.minimum(left, right)
    elif NAME == "maximum":
        found = tl.maximum(left, right)
    elif NAME == "clamp":
        found = tl.clamp(left, -right, right)
    elif NAME == "add":
        found = left + right
    else:
        found = left * right
    tl.store(y + i, found, mask=i < n)
