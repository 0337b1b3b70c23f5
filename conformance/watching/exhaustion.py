"""Did an exception say that memory ran out? Of the device or of the machine; and what must then be let go?"""

import functools
import gc
import os
import traceback
from collections.abc import Iterator
from pathlib import Path

from conformance.calls.explanation import name_of, text_of, traceback_of

# What libraries say where they raise no class of their own: CUDA's and HIP's runtime, torch's allocator of host memory.
_DEVICE = ("CUDA out of memory", "HIP out of memory", "CUDA error: out of memory", "HIP error: out of memory")
_HELD, _LIMIT = Path("/proc/self/statm"), Path("/sys/fs/cgroup/memory.max")
_COUNTS = 64 << 20
_HOST = ("can't allocate memory", "Cannot allocate memory")
_CAUSE, _CONTEXT = (vars(BaseException)[name].__get__ for name in ("__cause__", "__context__"))  # whatever a class says


def what_ran_out(error: BaseException) -> str:
    """'device memory', 'host memory', or '' where the exception, and what it was raised from, says neither."""
    for one in _chain(error):
        names, text = {name_of(kind) for kind in type.mro(type(one))}, text_of(one)
        if "OutOfMemoryError" in names or any(words in text for words in _DEVICE):
            return "device memory"
        if issubclass(type(one), MemoryError) or any(words in text for words in _HOST):
            return "host memory"
    return ""


def keeps_too_much(before: int, ran_out: bool) -> bool:
    """Whether this process still holds what other cases need, since before a case (``held_bytes``).

    Where memory ran out that is anything that counts, else a quarter of the machine's or its container's.
    """
    most = before + (_COUNTS if ran_out else _all_bytes() // 4)
    if held_bytes() > most:
        gc.collect()  # what only refers to itself is nobody's any more
    return held_bytes() > most


def held_bytes() -> int:
    """The resident set of this process; 0 where the system does not tell."""
    try:
        return int(_HELD.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@functools.cache
def _all_bytes() -> int:
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(machine, int(_LIMIT.read_text()))
    except (OSError, ValueError):  # it says "max" where there is none
        return machine


def let_go(error: BaseException) -> None:
    """Drop what the frames of an exception hold: arrays and tensors that would else live until the next exception."""
    for one in _chain(error):
        traceback.clear_frames(traceback_of(one))
    gc.collect()


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            left += [_CAUSE(one), _CONTEXT(one)]
