"""How much work does one program take?

Pure functions of sizes that the host knows: the same on every device and in every run, so that results never
depend on tuning, and no function here reads a tensor.
"""

from dataclasses import dataclass

from kernels.constants import K_GRANULARITY


@dataclass(frozen=True)
class GemmTile:
    """One program of a grouped GEMM: [block_m, block_n] outputs, block_k elements of K per step."""

    block_m: int
    block_n: int
    block_k: int
    num_warps: int
    num_stages: int


BLOCK_M_CHOICES = (16, 32, 64)


def choose_block_m(num_routes: int, num_experts: int) -> int:
    """Rows per tile for ``num_routes`` routes spread over ``num_experts`` weight rows.

    The least choice that holds an average expert's rows, so that padding does not outweigh work and each
    expert's weights are read about once. 16 rows is the least that the matrix cores take.
    """
    average = num_routes / max(num_experts, 1)
    return next((block_m for block_m in BLOCK_M_CHOICES if average <= block_m), BLOCK_M_CHOICES[-1])


def _block_n(n: int) -> int:
    """The power of two in [32, 128] that covers ``n``, or 128."""
    return next((size for size in (32, 64) if n <= size), 128)


def mxfp8_gemm_tile(block_m: int, n: int, k: int) -> GemmTile:
    """Tile of the MXFP8 grouped GEMM; k % 128 == 0, and block_k divides k, so that no step has a tail."""
    return GemmTile(block_m, _block_n(n), 256 if k % 256 == 0 else K_GRANULARITY, num_warps=4, num_stages=2)


def bf16_gemm_tile(block_m: int, n: int, k: int) -> GemmTile:
    """Tile of the BF16 grouped GEMM; k % 32 == 0, the last step may be partial."""
    block_k = next((size for size in (32, 64) if k <= size), 128)
    return GemmTile(block_m, _block_n(n), block_k, num_warps=4, num_stages=2)


@dataclass(frozen=True)
class RowTile:
    """One program of a row kernel: runs of 32 elements, and the warps that share them."""

    blocks: int
    num_warps: int


def row_tile(num_blocks: int) -> RowTile:
    """Tile of a row kernel over ``num_blocks`` runs of 32 elements: larger once every compute unit has work.

    Elements per thread stay the same, for more of them spill registers in the fused activation.
    """
    return RowTile(64, 4) if num_blocks < 1 << 14 else RowTile(256, 16)


def reduce_columns_per_program(columns: int) -> int:
    """Columns of one token that a program of the top-k sum takes: a power of two, at most 1024."""
    return min(1024, max(32, 1 << (columns - 1).bit_length()))
