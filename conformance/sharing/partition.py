"""Who judges what? A selection cut into parts of about equal effort: shards of a run, or the workers of one."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.asking.selection import Asked, Shard
from conformance.sharing import effort

UNITS_PER_PART = 16  # so small that parts come out even, so large that cases with the same kernels stay together


@dataclass(frozen=True)
class Unit:
    """Cases, each with all its subjects, that are judged one after the other in one process.

    They launch mostly the same kernels, which are then compiled once. seconds: the estimate for all of them.
    """

    items: tuple[Asked, ...]
    seconds: float


def units(asked: Sequence[Asked], parts: int) -> list[Unit]:
    """The selection as units, the longest first; a case is in one unit, and all cases with large arrays are.

    The latter, so that no two of them are in memory at once.
    """
    by_case: dict[str, list[Asked]] = {}
    for item in asked:
        by_case.setdefault(item.case.id, []).append(item)
    groups: dict[tuple[str, ...], list[Unit]] = {}
    for items in by_case.values():
        case = items[0].case
        key = ("",) if effort.heavy(case) else effort.kernels(case)
        groups.setdefault(key, []).append(Unit(tuple(items), effort.seconds(case)))
    most = sum(case.seconds for group in groups.values() for case in group) / (parts * UNITS_PER_PART)
    found = [unit for key, group in groups.items() for unit in _cut(group, most if key != ("",) else None)]
    return sorted(found, key=lambda unit: (-unit.seconds, unit.items[0].name))


def partition(asked: Sequence[Asked], parts: int) -> list[list[Unit]]:
    """Every item in exactly one part, each part's units the longest first; the same on every machine.

    Each unit goes, from the longest on, to the part that has least: no part exceeds another one by more than its
    last unit.
    """
    found: list[list[Unit]] = [[] for _ in range(parts)]
    least = [(0.0, number) for number in range(parts)]
    for unit in units(asked, parts):
        sum_of, number = heapq.heappop(least)
        found[number].append(unit)
        heapq.heappush(least, (sum_of + unit.seconds, number))
    return found


def of_shard(asked: Sequence[Asked], shard: Shard | None) -> list[Asked]:
    """What one shard asks, in the order of the selection; everything where there is none."""
    if shard is None:
        return list(asked)
    mine = {item.name for unit in partition(asked, shard.of)[shard.index - 1] for item in unit.items}
    return [item for item in asked if item.name in mine]


def _cut(group: Sequence[Unit], most: float | None) -> list[Unit]:
    """Neighbours put together up to `most` seconds; None for no bound."""
    found: list[list[Unit]] = []
    sum_of = 0.0
    for case in group:
        if not found or (most is not None and sum_of + case.seconds > most):
            found.append([])
            sum_of = 0.0
        found[-1].append(case)
        sum_of += case.seconds
    return [
        Unit(tuple(item for case in cases for item in case.items), sum(case.seconds for case in cases))
        for cases in found
    ]
