"""How much work does one program take?

Pure functions of sizes that the host knows and of the backend that Triton compiles for (hip or cuda): the same in
every run, so that results never depend on tuning, and no function here reads a tensor.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from kernels.constants import K_GRANULARITY

_KEPT = 1024  # choices that the host need not make again


def cdiv(n: int, size: int) -> int:
    """n / size, rounded up: as triton.cdiv, which is a kernel's function and costs the host some microseconds."""
    return -(-n // size)


@dataclass(frozen=True)
class GemmTile:
    """One program of a grouped GEMM: [block_m, block_n] outputs, block_k elements of K per step.

    group_m: rows of tiles that go through one column of tiles before the next column's turn.
    """

    block_m: int
    block_n: int
    block_k: int
    num_warps: int
    num_stages: int
    group_m: int = 1


# Average routes of an expert up to which a tile has so many rows; above the last 128. hip: what vLLM measured on an
# MI355X (PRs 45725, 45875: 16 rows in decoding, 128 from 32 routes an expert on, 64 between). cuda: least times of
# bench -- kernels' layers on an H200, where a tile holds one and a half average experts.
_BLOCK_M = {"hip": ((8, 16), (31, 64)), "cuda": ((10, 16), (21, 32), (42, 64))}
_MOST_ROWS = 128

# By block_m. hip: vLLM's on an MI355X for 16 (PR 45875), 64 and 128 rows (PR 45725), rows of tiles in groups of 4 where
# an expert can have so many (0.33.0); each leaves two waves or more to a SIMD and spills nothing (LOW-03, waves in the
# report). cuda: the fastest of 24 to 57 for each block_m over both products of those layers.
_MXFP8_TILES = {
    "hip": {
        16: GemmTile(16, 64, 256, num_warps=4, num_stages=2),
        32: GemmTile(32, 64, 256, num_warps=4, num_stages=2),
        64: GemmTile(64, 64, 256, num_warps=4, num_stages=2, group_m=4),
        128: GemmTile(128, 256, 128, num_warps=8, num_stages=2, group_m=4),
    },
    "cuda": {
        16: GemmTile(16, 128, 128, num_warps=4, num_stages=3),
        32: GemmTile(32, 128, 128, num_warps=4, num_stages=3),
        64: GemmTile(64, 128, 64, num_warps=4, num_stages=3),
        128: GemmTile(128, 128, 64, num_warps=4, num_stages=3),
    },
}
# hip: vLLM's defaults for BF16 on ROCm. cuda: as above.
_BF16_TILES = {
    "hip": {
        16: GemmTile(16, 64, 128, num_warps=4, num_stages=2),
        32: GemmTile(32, 64, 128, num_warps=4, num_stages=2),
        64: GemmTile(64, 128, 64, num_warps=4, num_stages=2),
        128: GemmTile(128, 128, 64, num_warps=8, num_stages=2),
    },
    "cuda": {
        16: GemmTile(16, 64, 128, num_warps=4, num_stages=4),
        32: GemmTile(32, 128, 128, num_warps=4, num_stages=3),
        64: GemmTile(64, 128, 64, num_warps=4, num_stages=3),
        128: GemmTile(128, 256, 64, num_warps=8, num_stages=4),
    },
}
# cuda, where fewer programs than twice an H200's multiprocessors would have work: narrow columns, long steps.
_FEW_PROGRAMS, _FEW = 264, GemmTile(16, 64, 256, num_warps=4, num_stages=3)


def choose_block_m(num_routes: int, num_experts: int, backend: str) -> int:
    """Rows per tile for ``num_routes`` routes spread over ``num_experts`` weight rows; 16 is what matrix cores take."""
    average = num_routes / max(num_experts, 1)
    return next((block_m for most, block_m in _BLOCK_M[backend] if average <= most), _MOST_ROWS)


@lru_cache(_KEPT)
def mxfp8_gemm_tile(block_m: int, num_routes: int, n: int, k: int, backend: str) -> GemmTile:
    """Tile of the MXFP8 grouped GEMM; k % 128 == 0, and block_k divides k, so that no step has a tail."""
    tile = _MXFP8_TILES[backend][min(block_m, _MOST_ROWS)]
    if backend == "cuda" and block_m == _FEW.block_m and num_routes * cdiv(n, tile.block_n) < _FEW_PROGRAMS:
        tile = _FEW
    block_k = tile.block_k if k % tile.block_k == 0 else K_GRANULARITY
    return replace(tile, block_m=block_m, block_n=_block_n(tile, n), block_k=block_k)


@lru_cache(_KEPT)
def bf16_gemm_tile(block_m: int, n: int, k: int, backend: str) -> GemmTile:
    """Tile of the BF16 grouped GEMM; k % 32 == 0, the last step may be partial."""
    tile = _BF16_TILES[backend][min(block_m, _MOST_ROWS)]
    block_k = 64 if k <= 64 else tile.block_k
    return replace(tile, block_m=block_m, block_n=_block_n(tile, n), block_k=block_k)


def _block_n(tile: GemmTile, n: int) -> int:
    """The tile's columns, of 256 half where these cover ``n``."""
    return 128 if tile.block_n == 256 and n <= 128 else tile.block_n


@dataclass(frozen=True)
class RowTile:
    """One program of a row kernel: runs of 32 elements, and the warps that share them."""

    blocks: int
    num_warps: int


@lru_cache(_KEPT)
def row_tile(num_blocks: int, backend: str, activates: bool) -> RowTile:
    """Tile of a row kernel over ``num_blocks`` runs of 32 elements: larger once every compute unit has work.

    16 elements per lane, of which a warp of hip's has 64; 8 in an activation there, whose masks of more spill SGPRs.
    """
    blocks = 64 if num_blocks < 1 << 14 else 256
    return RowTile(blocks, blocks // (32 if backend == "hip" and not activates else 16))


def reduce_columns_per_program(columns: int) -> int:
    """Columns of one token that a program of the top-k sum takes: a power of two, at most 1024."""
    return min(1024, max(32, 1 << (columns - 1).bit_length()))


# Routes that a program of the alignment compares with each other at once. Up to the largest one program does all.
ROUTE_BLOCKS = (64, 128)


def routes_per_program(num_routes: int, num_groups: int) -> int:
    """Routes that a program of a large alignment places, a multiple of the largest block.

    Of P programs each compares routes**2 / P**2 pairs and reads P * groups counts: P near the cube root of
    routes**2 / groups makes the two alike.
    """
    programs = max(1, round((num_routes**2 / max(num_groups, 1)) ** (1 / 3)))
    block = ROUTE_BLOCKS[-1]
    return cdiv(num_routes, programs * block) * block
