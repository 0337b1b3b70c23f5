"""What may a kernel see of memory? Fresh memory is poisoned, and a backend that can checks every address."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from conformance.backends import Backend
    from conformance.judge import Judge


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


def judge_addresses(judge: Judge, backend: Backend) -> None:
    """Judge that the launches so far touched no memory outside their tensors, where the case asks for it.

    A backend that checks addresses raises in the launch, so that a check gets here only after a clean one; where a
    backend does not check, nothing is claimed.
    """
    if not judge.asks("memory"):
        return
    if backend.checks_addresses:
        judge.claim("memory", True, "")
    else:
        judge.cannot("memory", f"{backend.name} does not check addresses")
