"""Which experts live on this rank? Maps from global expert id to local id, int32 [experts], -1 = not here."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vectors.data.stream import Stream


def from_owned(experts: int, owned: np.ndarray) -> np.ndarray:
    """The map of a rank that holds the global ids ``owned`` in that local order."""
    local = np.full(experts, -1, dtype=np.int32)
    local[owned] = np.arange(len(owned), dtype=np.int32)
    return local


def identity(experts: int) -> np.ndarray:
    """All experts here, under their own ids."""
    return np.arange(experts, dtype=np.int32)


def contiguous(experts: int, rank: int, world: int) -> np.ndarray:
    """Rank ``rank`` of ``world`` holds one run of ids; the first experts % world ranks one more."""
    _check_rank(rank, world)
    share, extra = divmod(experts, world)
    begin = rank * share + min(rank, extra)
    return from_owned(experts, np.arange(begin, begin + share + (rank < extra)))


def round_robin(experts: int, rank: int, world: int) -> np.ndarray:
    """Rank ``rank`` of ``world`` holds the ids rank, rank + world, rank + 2 * world, ..."""
    _check_rank(rank, world)
    return from_owned(experts, np.arange(rank, experts, world))


def random_permutation(stream: Stream, experts: int) -> np.ndarray:
    """All experts here, in a random local order."""
    return from_owned(experts, stream.permutation(experts))


def random_partition(stream: Stream, experts: int, world: int) -> tuple[np.ndarray, ...]:
    """One map per rank: each expert on one random rank, in random local order, shares equal within one."""
    _check_rank(0, world)
    return tuple(from_owned(experts, owned) for owned in np.array_split(stream.permutation(experts), world))


def one_local(experts: int, expert: int) -> np.ndarray:
    """Only ``expert`` here, as local id 0."""
    if not 0 <= expert < experts:
        raise ValueError(f"expert: has {expert}, needs 0 .. {experts - 1}")
    return from_owned(experts, np.array([expert]))


def none_local(experts: int) -> np.ndarray:
    """No expert here."""
    return np.full(experts, -1, dtype=np.int32)


def replicated(experts: int, rows: int) -> np.ndarray:
    """Every weight row under several global ids, as a load balancer copies popular experts."""
    return (np.arange(experts) % rows).astype(np.int32)


def without_minus_one(expert_map: np.ndarray, rows: int, dtype: type[np.signedinteger[Any]]) -> np.ndarray:
    """The map with other values than -1 for what is not here: all that are no weight row mean the same.

    In int64 they are, cut to 32 bits, a row.
    """
    found, absent = expert_map.astype(dtype), np.flatnonzero(expert_map < 0)
    beyond = np.array([-2, rows, 2**31 - 1, rows + 7, -(2**31)])
    wide = np.array([2**32, -(2**32) + rows - 1, 2**40, 2**63 - 2**32])
    found[absent] = np.resize(beyond if dtype is np.int32 else wide, len(absent))
    return found


# Name of a placement -> one map per rank; ``one-local`` has a rank for each expert, whatever the world.
PLACEMENTS: dict[str, Callable[[Stream, int, int], tuple[np.ndarray, ...]]] = {
    "contiguous": lambda _, experts, world: tuple(contiguous(experts, rank, world) for rank in range(world)),
    "round-robin": lambda _, experts, world: tuple(round_robin(experts, rank, world) for rank in range(world)),
    "random-partition": random_partition,
    "one-local": lambda _, experts, world: tuple(one_local(experts, expert) for expert in range(experts)),
    "identity": lambda _, experts, world: (identity(experts),),
    "permutation": lambda stream, experts, world: (random_permutation(stream, experts),),
    "none-local": lambda _, experts, world: (none_local(experts),),
}


def placed(kind: str, stream: Stream, experts: int, world: int) -> tuple[np.ndarray, ...]:
    """One map per rank by the name of a placement. Raises ValueError for an unknown name."""
    if kind not in PLACEMENTS:
        raise ValueError(f"kind: has {kind!r}, needs a placement of experts")
    return PLACEMENTS[kind](stream, experts, world)


def local_count(expert_map: np.ndarray) -> int:
    """How many experts the map places here."""
    return int((expert_map >= 0).sum())


def owned(expert_map: np.ndarray) -> np.ndarray:
    """The global ids placed here, by local id, int64: takes this rank's weights out of all weights."""
    held = np.flatnonzero(expert_map >= 0)
    return held[np.argsort(expert_map[held], kind="stable")]


def popular_held(ids: np.ndarray, expert_map: np.ndarray) -> np.ndarray:
    """The routes with two experts' ids exchanged so that a rank which holds some expert holds the most popular one.

    Otherwise few routes, or all to one expert, may leave a rank nothing to do. Ids outside of the map stay.
    """
    held, known = owned(expert_map), (ids >= 0) & (ids < len(expert_map))
    if not held.size or not known.any():
        return ids
    popular, mine = np.bincount(ids[known]).argmax(), held[-1]
    if popular in held:
        return ids
    return np.where(ids == popular, mine, np.where(ids == mine, popular, ids)).astype(ids.dtype)


def last_named(ids: np.ndarray, held: np.ndarray) -> np.ndarray:
    """The routes with two experts' ids exchanged so that one names the last of the ids ``held``, if past a byte.

    Only where none does, and some route names an expert held here; then the most popular of these is exchanged.
    """
    here = ids[np.isin(ids, held)]
    if not here.size or held.max() < 256 or (here == held.max()).any():
        return ids
    popular, last = np.bincount(here).argmax(), held.max()
    return np.where(ids == popular, last, np.where(ids == last, popular, ids)).astype(ids.dtype)


def _check_rank(rank: int, world: int) -> None:
    if not 0 <= rank < world:
        raise ValueError(f"rank, world: has {rank}, {world}, needs 0 <= rank < world")
