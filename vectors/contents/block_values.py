"""Which blocks does a combination quantize? Blocks of each kind, drawn with repetition to fill any number of them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vectors import data
from vectors.case import Case
from vectors.contents import quantize
from vectors.data import BLOCK, Stream

_SHAPES: dict[int, dict[int, tuple[int, ...]]] = {
    1: {1: ()},
    2: {0: (0,), 1: (1,), 7: (7,), 65: (65,)},
    3: {0: (0, 3), 1: (1, 1), 7: (7, 1), 65: (5, 13)},
    4: {0: (2, 0, 1), 1: (1, 1, 1), 7: (1, 7, 1), 65: (5, 1, 13)},
}


def can_lead(leading: int, rows: int) -> bool:
    """Whether so many rows can lie on that many axes."""
    return rows in _SHAPES[leading]


def shape_of(leading: int, rows: int, width: int) -> tuple[int, ...]:
    """A shape of that many axes, the last of them ``width``, the others with ``rows`` rows in all."""
    return (*_SHAPES[leading][rows], width)


def drawn(case: Case) -> np.ndarray:
    """Blocks of the kind ``content`` in the case's shape and dtype. Every block holds what the kind is about."""
    p = case.params
    pool = _POOLS[p["content"]](case).reshape(-1, BLOCK)
    count = int(np.prod(p["shape"])) // BLOCK
    order = Stream(case.id, "order").permutation(len(pool))
    return pool[np.resize(order, count)].reshape(p["shape"])


def _made(maker: Callable[[Case], np.ndarray], **params: object) -> Callable[[Case], np.ndarray]:
    """A named case's blocks, by this case's stream and dtype."""
    return lambda case: maker(replace(case, params={"dtype": case.params["dtype"], **params}))


def _signed_zeros(case: Case) -> np.ndarray:
    signs = Stream(case.id, "signs").signs((64, BLOCK))
    zeros = np.where(signs < 0, -0.0, 0.0)
    zeros[0], zeros[1] = 0.0, -0.0
    return data.rounded(zeros, data.DTYPES[case.params["dtype"]])


def _special(value: float) -> Callable[[Case], np.ndarray]:
    """One special element in each place and of each sign."""

    def make(case: Case) -> np.ndarray:
        blocks = _made(quantize.gaussian, shape=(2 * BLOCK, BLOCK))(case)
        places = np.arange(2 * BLOCK)
        blocks[places, places % BLOCK] = np.where(places < BLOCK, value, -value).astype(blocks.dtype)
        return blocks

    return make


def _ties(case: Case) -> np.ndarray:
    exponents = {"bf16": [-20, 3], "fp16": [0], "fp32": [-100, 0, 100]}[case.params["dtype"]]
    return _made(quantize.ties, exponents=exponents)(case)


_POOLS: dict[str, Callable[[Case], np.ndarray]] = {
    "gaussian": _made(quantize.gaussian, shape=(256, BLOCK)),
    "zero": _signed_zeros,
    "outlier": _made(quantize.outliers),
    "subnormal": _made(quantize.tiny),
    "powers": _made(quantize.scale_edges),
    "ties": _ties,
    "huge": _made(quantize.huge),
    "one-sided": _made(quantize.one_sided),
    "nan": _special(np.nan),
    "inf": _special(np.inf),
}
