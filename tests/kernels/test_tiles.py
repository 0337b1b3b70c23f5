"""Do tiles cover every size within what the kernels and the matrix cores take?"""

from __future__ import annotations

import pytest

from kernels.tiles import bf16_gemm_tile, choose_block_m, mxfp8_gemm_tile, reduce_columns_per_program, row_tile


def is_power_of_two(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0


BACKENDS = ("hip", "cuda")


def test_block_m_grows_with_the_average_group() -> None:
    routes = (0, 1, 64, 80, 81, 168, 248, 256, 336, 337, 10**6)
    assert [choose_block_m(n, 8, "hip") for n in routes] == [16, 16, 16, 64, 64, 64, 64, 128, 128, 128, 128]
    assert [choose_block_m(n, 8, "cuda") for n in routes] == [16, 16, 16, 16, 32, 32, 64, 64, 64, 128, 128]
    assert choose_block_m(5, 0, "hip") == 16


def test_few_programs_take_narrow_columns() -> None:
    assert [mxfp8_gemm_tile(16, n, 6144, 6144, "cuda").block_n for n in (1, 5, 6, 4096)] == [64, 64, 128, 128]


@pytest.mark.parametrize("k", [128, 256, 384, 512, 640, 6144])
@pytest.mark.parametrize("n", [1, 32, 33, 128, 768, 6144])
@pytest.mark.parametrize("block_m", [16, 32, 64, 128, 256])
@pytest.mark.parametrize("backend", BACKENDS)
def test_mxfp8_steps_have_no_tail(block_m: int, n: int, k: int, backend: str) -> None:
    tile = mxfp8_gemm_tile(block_m, 1000, n, k, backend)
    assert k % tile.block_k == 0
    assert tile.block_m == block_m
    assert all(map(is_power_of_two, (tile.block_n, tile.block_k, tile.num_warps)))


@pytest.mark.parametrize("k", [32, 64, 96, 160, 6144])
@pytest.mark.parametrize("backend", BACKENDS)
def test_bf16_steps_are_powers_of_two(k: int, backend: str) -> None:
    tile = bf16_gemm_tile(16, 96, k, backend)
    assert is_power_of_two(tile.block_k)
    assert 64 <= tile.block_k <= 128


@pytest.mark.parametrize("size", [1, 31, 32, 33, 1000, 1 << 20])
def test_row_kernels_take_powers_of_two(size: int) -> None:
    assert is_power_of_two(reduce_columns_per_program(size))
    assert all(is_power_of_two(row_tile(size, backend, False).blocks) for backend in ("hip", "cuda"))
