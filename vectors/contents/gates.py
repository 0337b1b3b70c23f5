"""Which gate and up values decide a SwiGLU-OAI? Grids of the values that matter, as [rows, 2I] in the split layout."""

from __future__ import annotations

import numpy as np

from vectors import data
from vectors.data import BLOCK, Stream


def crossed(gates: np.ndarray, ups: np.ndarray, dtype: type) -> np.ndarray:
    """Every gate with every up: [rows, 2 * 32], the last row filled up by repetition."""
    gate, up = (m.reshape(-1) for m in np.meshgrid(gates, ups, indexing="ij"))
    rows = -(-gate.size // BLOCK)
    halves = [np.resize(values, (rows, BLOCK)) for values in (gate, up)]
    with np.errstate(over="ignore"):
        return data.rounded(np.concatenate(halves, axis=1).astype(np.float64), dtype)


def around(value: float, dtype: type) -> list[float]:
    """The value rounded to dtype with the two representable values on each side."""
    centre = data.rounded(np.array([value]), dtype)
    bits = centre.view(f"i{centre.dtype.itemsize}")
    return [float(v) for v in (bits + np.arange(-2, 3, dtype=bits.dtype)).view(centre.dtype).astype(np.float64)]


def limit_edges(limit: float | None, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Gates and ups on, one and two steps below and above the limit, of both signs, at zero and far beyond."""
    ordinary = [0.0, -0.0, 0.25, -0.25, 1.0, -1.0, 3.5, -3.5]
    edges = [] if limit in (None, 0.0) or np.isinf(limit) else around(limit, dtype)
    far = [40.0, -40.0, 1e4, -1e4]
    values = np.array([*ordinary, *edges, *(-e for e in edges), *far])
    return values, values


def gaussian(case_id: str, rows: int, width: int, *, std: float, dtype: type) -> np.ndarray:
    """Gaussian gate and up [rows, 2 * width] with a few large gates."""
    values = data.normal(Stream(case_id, "gate_up"), (rows, 2 * width), std=std, dtype=dtype)
    return data.with_outliers(values, data.outlier_channels(Stream(case_id, "channels"), 2 * width, width // 16), 3)


def interleaved(gate_up: np.ndarray) -> np.ndarray:
    """The same pairs in the interleaved layout: gate0, up0, gate1, up1, ..."""
    half = gate_up.shape[1] // 2
    return np.stack([gate_up[:, :half], gate_up[:, half:]], axis=-1).reshape(gate_up.shape)
