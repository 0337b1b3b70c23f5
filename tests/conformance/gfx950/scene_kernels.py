"""Which scenes are not of the project's own kernels? Data that moves between lanes and waves, on ragged tiles."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def transpose(x_ptr, out_ptr, rows, columns, stride, stride_out, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """A tile per program, coalesced on both sides, so that it goes through LDS."""
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    live = (row < rows)[:, None] & (column < columns)[None, :]
    x = tl.load(x_ptr + row[:, None] * stride + column[None, :], mask=live)
    flipped = out_ptr + column[:, None] * stride_out + row[None, :]
    tl.store(flipped, tl.trans(x), mask=tl.trans(live))


@triton.jit
def reductions(x_ptr, sum_ptr, max_ptr, arg_ptr, rows, columns, stride, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Within lanes, across lanes and, through LDS, across waves; ROWS rows per program."""
    row, column = tl.program_id(0) * ROWS + tl.arange(0, ROWS), tl.arange(0, COLUMNS)
    live = (row < rows)[:, None] & (column < columns)[None, :]
    x = tl.load(x_ptr + row[:, None] * stride + column[None, :], mask=live, other=float("-inf"))
    tl.store(arg_ptr + row, tl.argmax(x, axis=1), mask=row < rows)
    tl.store(max_ptr + tl.program_id(0) * columns + column, tl.max(x, axis=0), mask=column < columns)
    tl.store(sum_ptr + row, tl.sum(tl.where(live, x, 0.0), axis=1), mask=row < rows)


@triton.jit
def scan(x_ptr, out_ptr, n, N: tl.constexpr):
    """Running sums of N values per program, across lanes and waves."""
    at = tl.arange(0, N)
    live = tl.program_id(0) * N + at < n
    x = tl.load(x_ptr + tl.program_id(0) * N + at, mask=live, other=0)
    tl.store(out_ptr + tl.program_id(0) * N + at, tl.cumsum(x, axis=0), mask=live)


@triton.jit
def ordered(x_ptr, out_ptr, n, N: tl.constexpr):
    """A bitonic sort: exchanges between lanes and waves at every distance."""
    at = tl.arange(0, N)
    live = tl.program_id(0) * N + at < n
    x = tl.load(x_ptr + tl.program_id(0) * N + at, mask=live, other=0x7FFFFFFF)
    tl.store(out_ptr + tl.program_id(0) * N + at, tl.sort(x), mask=live)
