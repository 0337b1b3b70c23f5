"""Which rows are properties of row kernels asked on? Few fixed shapes; values of every binade, some of them drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.properties.asking import DTYPES
from conformance.properties.search import Example
from vectors import data
from vectors.data import Stream

_BASES = ("zeros", "gaussian", "wide")
_MOST_DRAWN = 12


def rows(params: Mapping[str, Any], width: int, **more: SearchStrategy[Any]) -> SearchStrategy[Example]:
    """Rows [rows, width]: a base (seed, kind) with some elements drawn bit by bit, and what else a property draws."""
    bits = 8 * np.dtype(DTYPES[params["dtype"]]).itemsize
    element = st.tuples(st.integers(0, params["rows"] * width - 1), st.integers(0, (1 << bits) - 1)).map(list)
    return st.fixed_dictionaries(
        {
            "base": st.sampled_from(_BASES),
            "seed": st.integers(0, 999),
            "drawn": st.lists(element, max_size=_MOST_DRAWN),
            **more,
        }
    )


def values(params: Mapping[str, Any], width: int, example: Example) -> np.ndarray:
    """The rows of an example; patterns of NaN and infinity become zeros."""
    dtype, shape = DTYPES[params["dtype"]], (params["rows"], width)
    stream = Stream(f"property/rows-{example['seed']}", "x")
    if example["base"] == "zeros":
        found = np.zeros(shape, dtype)
    elif example["base"] == "gaussian":
        found = data.normal(stream, shape, std=2.0, dtype=dtype)
    else:
        low, high = (-20, 14) if params["dtype"] == "fp16" else (-60, 60)
        found = data.rounded(data.log_uniform(stream, shape, low, high).astype(np.float64), dtype)
    flat = found.reshape(-1)
    patterns = flat.view(f"u{flat.dtype.itemsize}")
    for place, bits in example["drawn"]:
        patterns[place] = bits
    flat[~np.isfinite(flat.astype(np.float32))] = 0
    return found
