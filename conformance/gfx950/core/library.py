"""What can the core that was built here do? Its operations by name, and the one call that runs records."""

import ctypes
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.gfx950.core import build, layout
from conformance.gfx950.settings import Settings


@dataclass(frozen=True)
class Library:
    """vector, scalar: an operation's number by its mnemonic. run, link, barrier: core_run, core_link, core_barrier."""

    vector: Mapping[str, int]
    scalar: Mapping[str, int]
    run: Callable[..., int]
    link: Callable[..., None]
    barrier: Callable[[int], bool]


@functools.cache
def library() -> Library | None:
    """None where no compiler was of use; build.load says why."""
    compiled = build.load().library
    if compiled is None:
        return None
    sizes = (ctypes.c_int64 * len(layout.STRUCTURES))()
    compiled.core_sizes(sizes)
    if list(sizes) != [ctypes.sizeof(structure) for structure in layout.STRUCTURES]:
        raise RuntimeError(f"the core's structures have {list(sizes)} bytes in C, others in layout.py")
    compiled.core_start()
    compiled.core_run.restype = ctypes.c_int64
    compiled.core_run.argtypes = [ctypes.c_void_p]
    compiled.core_link.restype = None
    compiled.core_link.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p]
    compiled.core_barrier.restype, compiled.core_barrier.argtypes = ctypes.c_bool, [ctypes.c_void_p]
    names = _names(compiled.core_vector_name), _names(compiled.core_scalar_name)
    return Library(*names, compiled.core_run, compiled.core_link, compiled.core_barrier)


def executed_by(settings: Settings) -> str:
    """Which core runs launches with these settings, in words."""
    if settings.core != "compiled":
        return "the NumPy core, as asked for"
    built = build.load()
    return f"the core in C, {built.said}" if built.library else f"the NumPy core: {built.said}"


def _names(function: Callable[[int], bytes | None]) -> dict[str, int]:
    function.restype = ctypes.c_char_p  # type: ignore[attr-defined]
    found: dict[str, int] = {}
    while (name := function(len(found))) is not None:
        found[name.decode()] = len(found)
    return found
