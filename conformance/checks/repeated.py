"""How is a kernel asked about many rows cheaply? A few that stand for all, in turn, and a look at some results."""

from typing import TypeVar

import numpy as np
import torch

from conformance.calls import tensors
from reference.interval import Interval, RealInterval


def rows(given: np.ndarray, count: int, device: torch.device | str) -> torch.Tensor:
    """``given`` [R, K] in turn as ``count`` rows [count, K]; a single one with stride 0, in the memory of one."""
    few = tensors.tensor(given, device)
    return few.expand(count, -1) if len(few) == 1 else few[torch.arange(count, device=few.device) % len(few)]


def turns(expected: np.ndarray, of: list[int]) -> np.ndarray:
    """What is right for the rows ``of``, given what is right for the few."""
    return expected[np.array(of) % len(expected)]


def seen(count: int) -> list[int]:
    """The rows whose results are looked at: both ends, the middle, and the neighbours of each power of two."""
    powers = [2**n + step for n in range(count.bit_length()) for step in (-1, 0, 1)]
    return sorted({row for row in (*powers, count // 2, count - 2, count - 1) if 0 <= row < count})


Accepted = TypeVar("Accepted", Interval, RealInterval)


def of_each(of_few: Accepted, places: list[int]) -> Accepted:
    """What is accepted of the rows ``places``, given what is accepted of the few."""
    return of_few.at(np.array(places) % len(of_few.lo))


def taken(result: torch.Tensor, of: list[int]) -> np.ndarray:
    """Those rows of a result."""
    raw = result.view(torch.uint8) if result.dtype == torch.float8_e4m3fn else result
    return tensors.array(raw[torch.tensor(of, device=raw.device)])
