"""Which kernel is autotuned? One whose result shows the block that was chosen."""

import triton
import triton.language as tl


@triton.autotune(configs=[triton.Config({"BLOCK": b}) for b in (8, 16)], key=["n"])
@triton.jit
def tuned(y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + i, tl.full([BLOCK], BLOCK, tl.int32), mask=i < n)
