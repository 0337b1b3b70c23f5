"""Is one row that stands for many seen where offsets pass a power of two, and is a wrong row among them noticed?"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from conformance import repeated
from conformance.layouts import expanded_columns, laid_out


def test_the_rows_take_the_memory_of_one() -> None:
    rows = repeated.rows(np.arange(4, dtype=np.float32)[None], 1000, "cpu")
    assert rows.shape == (1000, 4) and rows.stride() == (0, 1)
    assert rows.untyped_storage().nbytes() == 16


@pytest.mark.parametrize("count", [1, 2, 3, 7, 2**19 + 3])
def test_both_ends_and_the_neighbours_of_powers_of_two_are_looked_at(count: int) -> None:
    places = repeated.seen(count)
    assert places == sorted(set(places)) and places[0] == 0 and places[-1] == count - 1
    for power in (2**n for n in range(20)):
        assert {row for row in (power - 1, power, power + 1) if row < count} <= set(places)


def test_codes_are_taken_as_bits() -> None:
    codes = torch.arange(12, dtype=torch.uint8).reshape(6, 2).view(torch.float8_e4m3fn)
    np.testing.assert_array_equal(repeated.taken(codes, [0, 5]), [[0, 1], [10, 11]])


def test_columns_of_stride_0_need_equal_elements() -> None:
    rows = torch.tensor([[1.0, 1.0], [-2.0, -2.0]])
    found = expanded_columns(rows)
    assert found.stride(1) == 0 and torch.equal(found, rows)
    with pytest.raises(ValueError, match="needs one number a row"):
        expanded_columns(torch.tensor([[1.0, 2.0]]))


def test_half_of_a_far_axis_passes_2_to_the_31() -> None:
    found = laid_out(torch.zeros((2, 512), dtype=torch.uint8), "far-columns")
    assert found.stride(0) == 1 and 256 * found.stride(1) >= 2**31
    assert 2 * laid_out(torch.zeros((3, 8), dtype=torch.uint8), "distant-rows").stride(0) >= 2**31
