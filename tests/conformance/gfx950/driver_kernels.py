"""Which kernels try the driver? Small ones, each with another way of taking arguments or being launched.

Import this only where kernels are compiled.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-incomplete-defs=False

import triton
import triton.language as tl


@triton.jit
def scaled_sum(x, y, n, factor, offset, flag, BLOCK: tl.constexpr):
    """y = x * factor + offset, and n more where flag: integers of two widths, a float, a bool."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + i, mask=i < n, other=0.0) * factor + offset.to(tl.float32)
    if flag:
        value += n
    tl.store(y + i, value, mask=i < n)


@triton.jit
def of_a_tuple(pair, sizes, y, BLOCK: tl.constexpr):
    """y = pair[0] + pair[1] * sizes[1]; sizes[0] elements."""
    i = tl.arange(0, BLOCK)
    inside = i < sizes[0]
    tl.store(y + i, tl.load(pair[0] + i, mask=inside) + tl.load(pair[1] + i, mask=inside) * sizes[1], mask=inside)


@triton.jit
def by_descriptor(source, target, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """target = 2 * source, tile by tile."""
    row, column = tl.program_id(0) * ROWS, tl.program_id(1) * COLUMNS
    target.store([row, column], source.load([row, column]) * 2)


@triton.jit
def maybe(x, y, BLOCK: tl.constexpr):
    """y = x, or ones where x is None."""
    i = tl.arange(0, BLOCK)
    if x is None:
        tl.store(y + i, tl.full((BLOCK,), 1.0, tl.float32))
    else:
        tl.store(y + i, tl.load(x + i))


@triton.jit
def where_am_i(y):
    """y[z, y, x] = 100 z + 10 y + x + 1000 (grid's x)."""
    x, row, z = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    at = (z * tl.num_programs(1) + row) * tl.num_programs(0) + x
    tl.store(y + at, 100 * z + 10 * row + x + 1000 * tl.num_programs(0))


@triton.jit
def beyond(x, y, BLOCK: tl.constexpr):
    """Reads one block behind x."""
    i = tl.arange(0, BLOCK)
    tl.store(y + i, tl.load(x + BLOCK + i))


@triton.jit
def add_to_last(y):
    """y[2] += 1: of FP16 this is an atomic on the aligned dword around it."""
    tl.atomic_add(y + 2, tl.full((), 1.0, tl.float16))


@triton.autotune(configs=[triton.Config({"BLOCK": b}, num_warps=1) for b in (64, 256, 1024)], key=["n"])
@triton.jit
def tuned(x, y, n, BLOCK: tl.constexpr):
    """y = x in a loop of one program: the larger the block, the fewer instructions."""
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        tl.store(y + i, tl.load(x + i, mask=i < n), mask=i < n)


@triton.jit(noinline=True)
def of_steps(x, n):
    """x + x + 1 + ... + x + n - 1."""
    total = 0.0
    for step in range(n):
        total += x + step
    return total


@triton.jit(noinline=True)
def of_two(x, n):
    """A call within a call: what must survive it is kept on the stack."""
    return of_steps(x, n) * 3.0 + of_steps(x + n, n + 1)


@triton.jit
def calling(y, n, BLOCK: tl.constexpr):
    """Programs call functions of their own, by their number."""
    program = tl.program_id(0)
    if program % 2 == 0:
        value = of_steps(program.to(tl.float32), n)
    else:
        value = of_two(program.to(tl.float32), program)
    tl.store(y + program * BLOCK + tl.arange(0, BLOCK), value)


@triton.jit(debug=True)
def asserting(x, y, BLOCK: tl.constexpr):
    """y = x, whose numbers must be positive and less than 9."""
    i = tl.arange(0, BLOCK)
    value = tl.load(x + i)
    tl.device_assert(value > 0, "every number has to be positive")
    tl.device_assert(value < 9, "so large a number is a mistake")
    tl.store(y + i, value)


@triton.jit(debug=True)
def asserting_once(x, BLOCK: tl.constexpr):
    """LLVM puts the only text into the function that prints it."""
    tl.device_assert(tl.load(x + tl.arange(0, BLOCK)) < 9, "9 is too much")
