"""What does fresh memory contain? While poisoned: NaN, or the largest integer, wherever torch allocates."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def poisoned_allocations() -> Iterator[None]:
    """Within the block, torch.empty and its like give NaN (floats) or the largest integer.

    torch's own fill of uninitialised memory does it, which its deterministic mode switches on.
    """
    before, filling = (
        torch.get_deterministic_debug_mode(),
        torch.utils.deterministic.fill_uninitialized_memory,
    )
    # "warn": operations without a deterministic form still run. (use_deterministic_algorithms imports inductor.)
    torch.set_deterministic_debug_mode("warn")
    torch.utils.deterministic.fill_uninitialized_memory = True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*deterministic.*", category=UserWarning)
            yield
    finally:
        torch.set_deterministic_debug_mode(before)
        torch.utils.deterministic.fill_uninitialized_memory = filling
