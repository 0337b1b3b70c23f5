"""Which rows are properties of row kernels asked on? Few fixed shapes; values of every binade, some of them drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from conformance.properties.search import Example
from vectors import data
from vectors.data import DTYPES, Stream


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
