"""When do the chunks of a launch run on threads, and how is what they leave the same as of one after another?

Each thread notes apart what it loads and stores. Where one stored a dword that another one loaded or stored, or where
anything went wrong, memory gets back what it had, and the chunks run one after another: so every bit, count and error
is theirs, whatever came first.
"""

import copy
import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from itertools import pairwise, permutations
from typing import Any, NoReturn

import numpy as np

from conformance.gfx950.assembly import Kernel
from conformance.gfx950.core.runs import Core
from conformance.gfx950.counts import Traffic
from conformance.gfx950.storage.global_memory import GlobalMemory, KeptBytes, Region
from conformance.gfx950.storage.items import Items

LEAST = 4  # chunks: for fewer, making threads and what each has takes as much time as they save
MOST = 8  # threads: each notes for itself what it loads, a byte for each dword
_ORDERED = re.compile(r"(global|buffer|flat)_atomic|s_memtime|s_memrealtime")
_after_another: dict[str, bool] = {}  # by a kernel's digest, whether its chunks are not to run on threads


@dataclass
class Share:
    """What the chunks have that run one after another."""

    memory: GlobalMemory
    core: Core | None
    traffic: Traffic = field(default_factory=Traffic)
    executed: Counter[int] = field(default_factory=Counter)

    def settle(self) -> None:
        """Take the core's counts in."""
        if self.core is not None:
            self.core.settle(self.traffic, self.executed)


class NotAlone(Exception):
    """A chunk does what has to wait for those before it."""


class _Apart(GlobalMemory):
    """The same memory for one of several threads. NumPy's stores are not kept to be undone, so it makes none."""

    def __init__(self, whole: GlobalMemory, before: dict[int, KeptBytes]) -> None:
        self.__dict__.update(whole.__dict__)
        self.regions = {number: _apart(region, before.get(number)) for number, region in whole.regions.items()}

    def _refuse(self, *_: Any) -> NoReturn:
        raise NotAlone

    store: Any = _refuse
    atomic: Any = _refuse
    tick: Any = _refuse


def _apart(region: Region, before: KeptBytes | None) -> Region:
    twin = copy.copy(region)
    twin.loaded, twin.stored = (Items(np.zeros(len(items.data), np.uint8)) for items in (region.loaded, region.stored))
    twin.beyond, twin.before = 0, before
    return twin


def threads() -> int:
    """How many this process may have: as many as other libraries are told, or its part of the cores."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdecimal() and int(told):
        return min(int(told), MOST)
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return max(1, min(len(os.sched_getaffinity(0)) // processes, MOST))


def run(
    kernel: Kernel,
    memory: GlobalMemory,
    chunks: Sequence[Any],
    core_of: Callable[[GlobalMemory], Core | None],
    run_chunk: Callable[[Share, Any], None],
) -> Share | None:
    """Run the chunks on threads. None where they have to run one after another; memory is then as it was before."""
    number = min(threads(), len(chunks))
    if len(chunks) < LEAST or number < 2 or _known_to_need_order(kernel) or _overlap(memory):
        return None
    before = {at: KeptBytes(region) for at, region in memory.regions.items() if region.is_tensor and region.size}
    shares = [Share(apart, core_of(apart)) for apart in (_Apart(memory, before) for _ in range(number))]

    def work(first: int) -> None:
        with np.errstate(all="ignore"):
            for chunk in chunks[first::number]:
                run_chunk(shares[first], chunk)

    with ThreadPoolExecutor(number) as pool:
        tasks = [pool.submit(work, first) for first in range(number)]
    if any(task.exception() for task in tasks) or _met([share.memory for share in shares]):
        _after_another[kernel.digest] = True
        for at, kept in before.items():
            kept.restore(memory.regions[at])
        return None
    return _merged(memory, shares)


def _known_to_need_order(kernel: Kernel) -> bool:
    if kernel.digest not in _after_another:
        _after_another[kernel.digest] = any(_ORDERED.match(one.mnemonic) for one in kernel.instructions)
    return _after_another[kernel.digest]


def _overlap(memory: GlobalMemory) -> bool:
    """Whether two of the launch's tensors have bytes in common."""
    places = sorted((region.host, region.host + region.size) for region in memory.regions.values() if region.size)
    return any(one[1] > other[0] for one, other in pairwise(places))


def _met(memories: list[GlobalMemory]) -> bool:
    """Whether one stored what another one loaded or stored."""
    for one, other in permutations(memories, 2):
        for number, region in one.regions.items():
            stored, there = region.stored.data, other.regions[number]
            if stored.any() and (stored & (there.loaded.data | there.stored.data)).any():
                return True
    return False


def _merged(memory: GlobalMemory, shares: list[Share]) -> Share:
    """Their counts as one."""
    whole = Share(memory, None)
    for share in shares:
        share.settle()
        whole.executed.update(share.executed)
        for name in (one.name for one in fields(Traffic)):
            setattr(whole.traffic, name, getattr(whole.traffic, name) + getattr(share.traffic, name))
        for number, region in memory.regions.items():
            part = share.memory.regions[number]
            region.loaded.data |= part.loaded.data
            region.stored.data |= part.stored.data
            region.beyond += part.beyond
    return whole
