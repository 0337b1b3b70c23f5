"""What does fresh memory contain? While poisoned: NaN, or the largest integer, wherever torch allocates."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def poisoned_allocations() -> Iterator[None]:
    """Within the block, torch.empty and its like give NaN (floats) or the largest integer.

    torch's own fill of uninitialised memory does it, which its deterministic mode switches on.
    """
    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    filling = torch.utils.deterministic.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = True
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
        torch.utils.deterministic.fill_uninitialized_memory = filling
