"""Is every byte looked at when a tensor is compared with what it was made from?"""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from conformance.calls import tensors

ARRAYS = {
    "bytes": np.arange(50, dtype=np.uint8).reshape(5, 10),
    "bf16": np.linspace(-1, 1, 30).astype(ml_dtypes.bfloat16),
    "nan": np.full(7, np.nan, np.float32),
    "ids": np.arange(12, dtype=np.int32).reshape(3, 4),
    "none": np.empty((0, 4), np.float32),
}


@pytest.fixture(autouse=True, params=[3, 1 << 24])
def piece(request, monkeypatch):
    """Bytes that are compared at once."""
    monkeypatch.setattr(tensors, "_PIECE", request.param)


@pytest.mark.parametrize("name", ARRAYS)
def test_a_tensor_has_the_bytes_that_it_was_made_from(name):
    assert tensors.same_bytes(tensors.tensor(ARRAYS[name]), ARRAYS[name])


@pytest.mark.parametrize("name", [name for name in ARRAYS if ARRAYS[name].size])
def test_any_byte_that_changed_is_seen(name):
    value = tensors.tensor(ARRAYS[name])
    seen = tensors.raw(value)
    for place in range(seen.size):
        seen[place] ^= 1
        assert not tensors.same_bytes(value, ARRAYS[name]), place
        seen[place] ^= 1
    assert tensors.same_bytes(value, ARRAYS[name])


def test_another_size_is_not_the_same():
    assert not tensors.same_bytes(tensors.tensor(np.zeros(9, np.uint8)), np.zeros(8, np.uint8))
