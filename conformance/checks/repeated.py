"""How is a kernel asked about more elements than fit 2^31? One row that stands for all, and a look at some results."""

from typing import TypeVar

import numpy as np
import torch

from conformance.calls import tensors
from reference.interval import Interval, RealInterval


def rows(row: np.ndarray, count: int, device: torch.device | str) -> torch.Tensor:
    """``row`` [1, K] as ``count`` rows [count, K] of stride 0, which take the memory of one."""
    return tensors.tensor(row, device).expand(count, row.shape[1])


def seen(count: int) -> list[int]:
    """The rows whose results are looked at: both ends, the middle, and the neighbours of each power of two."""
    powers = [2**n + step for n in range(count.bit_length()) for step in (-1, 0, 1)]
    return sorted({row for row in (*powers, count // 2, count - 2, count - 1) if 0 <= row < count})


Accepted = TypeVar("Accepted", Interval, RealInterval)


def of_each(of_one: Accepted, places: list[int]) -> Accepted:
    """What is accepted of the one row, for each of these rows."""
    return of_one.at(np.zeros(len(places), dtype=np.intp))


def taken(result: torch.Tensor, of: list[int]) -> np.ndarray:
    """Those rows of a result."""
    raw = result.view(torch.uint8) if result.dtype == torch.float8_e4m3fn else result
    return tensors.array(raw[torch.tensor(of, device=raw.device)])
