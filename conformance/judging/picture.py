"""Where is an answer wrong? A small map for a report."""

import base64
from typing import Any

import numpy as np

_MOST_CELLS = (32, 64)


def picture(wrong: np.ndarray) -> dict[str, Any]:
    """A map of the wrong elements, of at most ``_MOST_CELLS``: leading axes are put together, cells are powers of two.

    So a cell never crosses the border of a block of 32 elements unless it holds whole blocks. ValueError where no
    element is wrong.
    """
    if not wrong.any():
        raise ValueError(f"wrong: has no wrong element among {wrong.size}, needs one")
    flat = wrong.reshape(-1, wrong.shape[-1]) if wrong.ndim else wrong.reshape(1, 1)
    least = (-(-size // most) for size, most in zip(flat.shape, _MOST_CELLS, strict=True))
    tall, wide = (1 << (size - 1).bit_length() for size in least)
    rows, columns = (np.flatnonzero(flat.any(axis=axis)) for axis in (1, 0))
    cells = np.logical_or.reduceat(flat, np.arange(0, flat.shape[0], tall), axis=0)
    cells = np.logical_or.reduceat(cells, np.arange(0, flat.shape[1], wide), axis=1)
    found = {
        "shape": list(flat.shape),
        "cell": [tall, wide],
        "bad": int(np.count_nonzero(flat)),
        "rows": [int(rows[0]), int(rows[-1])],
        "columns": [int(columns[0]), int(columns[-1])],
        "bad_cells": base64.b64encode(np.packbits(cells.reshape(-1)).tobytes()).decode(),
    }
    return found if wrong.ndim == 2 else found | {"axes": list(wrong.shape)}
