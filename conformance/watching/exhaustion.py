"""Did an exception say that memory ran out? Of the device or of the machine; and what must then be let go?"""

import gc
import traceback
from collections.abc import Iterator

# What libraries say where they raise no class of their own: CUDA's and HIP's runtime, torch's allocator of host memory.
_DEVICE = ("CUDA out of memory", "HIP out of memory", "CUDA error: out of memory", "HIP error: out of memory")
_HOST = ("can't allocate memory", "Cannot allocate memory")


def what_ran_out(error: BaseException) -> str:
    """'device memory', 'host memory', or '' where the exception, and what it was raised from, says neither."""
    for one in _chain(error):
        names = {base.__name__ for base in type(one).__mro__}
        if "OutOfMemoryError" in names or any(words in str(one) for words in _DEVICE):
            return "device memory"
        if isinstance(one, MemoryError) or any(words in str(one) for words in _HOST):
            return "host memory"
    return ""


def let_go(error: BaseException) -> None:
    """Drop what the frames of an exception hold: arrays and tensors that would else live until the next exception."""
    for one in _chain(error):
        traceback.clear_frames(one.__traceback__)
    gc.collect()


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            left += [one.__cause__, one.__context__]
