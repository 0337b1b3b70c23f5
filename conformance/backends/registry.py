"""Which backends exist, and which one is taken? The one asked for, or the best that runs here."""

from collections.abc import Callable
from dataclasses import dataclass

from conformance.backends.base import Backend, BackendUnavailable
from conformance.backends.device import DeviceBackend, device_arch
from conformance.backends.gfx950_emulated import Gfx950EmulatedBackend
from conformance.backends.interpreter import InterpreterBackend


@dataclass(frozen=True)
class Entry:
    """A backend's name and how to make it (BackendUnavailable where it cannot run).

    is_device: whether ``device`` means it too. takes_settings: whether ``name:settings`` is a name of it, the settings
    then being what ``make`` is called with.
    """

    name: str
    make: Callable[..., Backend]
    is_device: bool = False
    takes_settings: bool = False


# In order of preference where the kernels' own device, a gfx950, is neither there nor emulated. A torch build sees
# either ROCm or CUDA devices, never both. A new backend is a new file and a line here.
BACKENDS: tuple[Entry, ...] = (
    Entry("rocm", lambda: DeviceBackend("rocm"), is_device=True),
    Entry("cuda", lambda: DeviceBackend("cuda"), is_device=True),
    Entry("interpreter", InterpreterBackend),
    Entry("gfx950-emulated", Gfx950EmulatedBackend, takes_settings=True),
)
DEVICE = "device"
KERNELS_ARCH = "gfx950"
EMULATED = "gfx950-emulated"


def choices() -> tuple[str, ...]:
    """The names that ``pick`` takes."""
    return (DEVICE, *(entry.name for entry in BACKENDS))


def pick(name: str | None = None) -> Backend:
    """The backend of this name; ``device`` is whichever GPU torch sees; None the best that runs here.

    The best is a gfx950; without one the emulated gfx950; where that cannot run either, the first of BACKENDS that
    does, with a note. ``name:settings`` gives a backend settings.
    Raises ValueError for an unknown name, BackendUnavailable where the named one cannot run here.
    """
    if name is None:
        return _best()
    plain, colon, settings = name.partition(":")
    known = [entry for entry in BACKENDS if not colon or entry.takes_settings]
    if plain not in (*(entry.name for entry in known), *(() if colon else (DEVICE,))):
        raise ValueError(f"backend: has {name!r}, needs one of {', '.join(choices())}")
    wanted = [entry for entry in known if plain == entry.name or (plain == DEVICE and entry.is_device)]
    return _first(wanted, *([settings] if colon else []))


def _best() -> Backend:
    if device_arch() == KERNELS_ARCH:
        return pick("rocm")
    try:
        return pick(EMULATED)
    except BackendUnavailable as error:
        backend = _first(BACKENDS)
        backend.note = f"not on {EMULATED}, the default: {error}"
        return backend


def _first(entries: tuple[Entry, ...] | list[Entry], *settings: str) -> Backend:
    reasons = []
    for entry in entries:
        try:
            return entry.make(*settings)
        except BackendUnavailable as error:
            reasons.append(str(error))
    raise BackendUnavailable("; ".join(reasons))
