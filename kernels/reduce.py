"""What is a token's output, given its routes' outputs?"""

import torch
import triton
import triton.language as tl

from kernels import validate
from kernels.tiles import cdiv, reduce_columns_per_program


@triton.jit(do_not_specialize=["top_k"])
def _sum_kernel(
    routes_ptr,  # [T * top_k, columns] BF16, FP16 or FP32, rows stride_route apart
    experts_ptr,  # [T * top_k] int32, read where HAS_EXPERTS: a negative one's row is not read
    out_ptr,  # [T, columns] BF16, FP16 or FP32
    top_k,
    columns,
    stride_route,
    HAS_EXPERTS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """One token and BLOCK columns per program; routes are added in FP32 in the order of the token's choices."""
    token = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = column < columns
    pointers = routes_ptr + token * top_k * stride_route + column
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for choice in range(top_k):
        here = mask
        if HAS_EXPERTS:
            here = mask & (tl.load(experts_ptr + token * top_k + choice) >= 0)
        total += tl.load(pointers, mask=here, other=0.0).to(tl.float32)
        pointers += stride_route
    tl.store(out_ptr + token * columns + column, total.to(out_ptr.dtype.element_ty), mask=mask)


def launch_sum(
    routes: torch.Tensor, top_k: int, dtype: torch.dtype, local_experts: torch.Tensor | None = None
) -> torch.Tensor:
    """moe_sum of checked arguments."""
    tokens, columns = routes.shape[0] // top_k, routes.shape[1]
    out = torch.empty((tokens, columns), dtype=dtype, device=routes.device)
    if out.numel():
        routes = routes if routes.stride(1) == 1 else routes.contiguous()
        block = reduce_columns_per_program(columns)
        _sum_kernel[(tokens, cdiv(columns, block))](
            routes,
            routes if local_experts is None else local_experts,  # a pointer that is never read without experts
            out,
            top_k,
            columns,
            routes.stride(0),
            HAS_EXPERTS=local_experts is not None,
            BLOCK=block,
        )
    return out


def moe_sum(
    routes: torch.Tensor,  # [T * top_k, H] BF16, FP16 or FP32
    top_k: int,
    dtype: torch.dtype,
    *,
    local_experts: torch.Tensor | None = None,  # [T * top_k] int32
) -> torch.Tensor:  # [T, H] of dtype
    """Sum each token's top_k consecutive rows in FP32, in order, and round once (RNE) to dtype.

    local_experts: where it is negative the route adds nothing, and its row is not read.
    Raises TypeError or ValueError naming the argument.
    """
    validate.check_moe_sum(routes, top_k, dtype, local_experts)
    return launch_sum(routes, top_k, dtype, local_experts)
