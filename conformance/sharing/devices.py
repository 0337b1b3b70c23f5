"""How many processes share which devices, and how many threads has each?"""

import os
from collections.abc import Mapping

from reference import cores

GPUS = "gpus"
_MOST_PER_GPU = 8  # beyond that, contexts and compilers cost more memory than the arrays made meanwhile save time
# What libraries read when they are loaded: how many threads one process may use. The threads of all fit the cores.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")

# A thread without work sleeps at once: spinning, it takes a fifth of a run's CPU time from those that have some.
_IDLE = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_THREAD_TIMEOUT": "4"}


def how_many(asked: int | str, backend: str, gpus: int) -> int:
    """Worker processes. asked: their number; gpus, one for each GPU; auto, what keeps the machine busy.

    One worker leaves a GPU idle while it makes the next case's arrays and compiles, which cores do. Raises ValueError
    where gpus are asked for on a backend that runs on none.
    """
    if isinstance(asked, int):
        return asked
    if asked == GPUS:
        if not gpus:
            raise ValueError(f"-n: has gpus, needs a number or auto on {backend}, which runs on no GPU")
        return gpus
    return max(gpus, min(cores.usable(), gpus * _MOST_PER_GPU)) if gpus else cores.usable()


def threads(workers: int) -> dict[str, str]:
    """What to add to the environment of each of so many workers, or (0) of the one process without workers."""
    each = dict.fromkeys(_THREADS, str(max(1, cores.usable() // workers))) if workers else {}
    return {name: value for name, value in {**_IDLE, **each}.items() if name not in os.environ}


class Devices:
    """Who has which device: each new worker gets the one with the fewest, so that k workers spread over k devices.

    environments: what a process gets that is to use the device of that name; where it has no name, nothing.
    """

    def __init__(self, environments: Mapping[str, Mapping[str, str]]) -> None:
        self._environments = environments or {"": {}}
        self._users: dict[str, set[str]] = {name: set() for name in self._environments}
        self._gone: dict[str, str] = {}  # device -> why

    @property
    def none_left(self) -> bool:
        return not self._users

    @property
    def why_gone(self) -> str:
        """Of each that is lost."""
        return "; ".join(f"device {name}: {why}" if name else why for name, why in self._gone.items())

    def take(self, worker: str) -> Mapping[str, str]:
        """The environment of the worker on its device, of which one must be left."""
        name = min(self._users, key=lambda device: len(self._users[device]))
        self._users[name].add(worker)
        return self._environments[name]

    def give_back(self, worker: str) -> str | None:
        """What the worker had, for the next one; None where that is lost."""
        for name, users in self._users.items():
            if worker in users:
                users.remove(worker)
                return name
        return None

    def lose(self, name: str, why: str) -> None:
        """Give this one to nobody any more."""
        self._users.pop(name, None)
        self._gone[name] = why
