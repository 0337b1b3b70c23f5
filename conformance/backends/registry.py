"""Which backends exist, and which one is taken? The first that runs here, or the one asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.backends.base import Backend, BackendUnavailable
from conformance.backends.device import DeviceBackend
from conformance.backends.interpreter import InterpreterBackend


@dataclass(frozen=True)
class Entry:
    """A backend's name, how to make it (BackendUnavailable where it cannot run), and whether ``device``
    means it too.
    """

    name: str
    make: Callable[[], Backend]
    is_device: bool = False


# In order of preference. A torch build sees either ROCm or CUDA devices, never both, so a gfx950 comes first whenever
# there is one. A new backend is a new file and a line here.
BACKENDS: tuple[Entry, ...] = (
    Entry("rocm", lambda: DeviceBackend("rocm"), is_device=True),
    Entry("cuda", lambda: DeviceBackend("cuda"), is_device=True),
    Entry("interpreter", InterpreterBackend),
)
DEVICE = "device"


def choices() -> tuple[str, ...]:
    """The names that ``pick`` takes."""
    return (DEVICE, *(entry.name for entry in BACKENDS))


def pick(name: str | None = None) -> Backend:
    """The backend of this name; ``device`` is whichever GPU torch sees; None the first that runs here.

    Raises ValueError for an unknown name, BackendUnavailable where the named one cannot run here.
    """
    if name is not None and name not in choices():
        raise ValueError(f"backend: has {name!r}, needs one of {', '.join(choices())}")
    reasons = []
    for entry in BACKENDS:
        if name in (None, entry.name) or (name == DEVICE and entry.is_device):
            try:
                return entry.make()
            except BackendUnavailable as error:
                reasons.append(str(error))
    raise BackendUnavailable("; ".join(reasons))
