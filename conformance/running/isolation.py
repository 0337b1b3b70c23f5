"""What keeps one case from another one? What a check's calls do to their process is put back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.calls import surroundings
from conformance.calls.aspects import ARITHMETIC, CALLS, PROCESS, streams_of_its_own

_WHO = "a call"


@contextmanager
def isolated() -> Iterator[None]:
    """Within the block, subjects are called: they see no sign of pytest, and what they change is put back."""
    with _unseen("PYTEST_"), surroundings.kept(_WHO, (*PROCESS, *ARITHMETIC, *CALLS)), streams_of_its_own(_WHO):
        yield


@contextmanager
def _unseen(prefix: str) -> Iterator[None]:
    """Without the environment variables of that prefix."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)
