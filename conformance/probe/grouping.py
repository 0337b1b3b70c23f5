"""Which products are added together, and in which order do the groups follow? Read off, no model assumed.

Each sum is C = M, with -M at place i, a tiny u at place l, and nothing else. M swallows u, so u survives exactly where
it is added after the two M have cancelled: where l's group comes after i's. (Where all bits are kept it also survives
in i's own group.) So the table of survivors, over all i and l, orders the places, and those that neither follows the
other are added together. Where C is added last every u is lost; then a product is M in C's place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conformance.probe.operands import Adds, Array, Kind, SumOperands, joined, operands_of

_LARGE = {"e4m3": (8, -9), "bf16": (30, -30), "fp16": (14, -14)}  # exponents of the factors of M, and of those of u


@dataclass(frozen=True)
class Grouping:
    """groups: places added together, one group after the other. keeps_all: whether M and u fit into one sum.

    c_last: whether C comes after all products. survives: bool [K, K], by i and l. odd: results that are neither 0 nor
    u, or that no such order explains, in words.
    """

    groups: tuple[tuple[int, ...], ...]
    keeps_all: bool
    c_last: bool
    survives: Array
    odd: tuple[str, ...]

    @property
    def size(self) -> int | None:
        """Of all groups but the last, which may be smaller; None where they differ."""
        sizes = [len(group) for group in self.groups]
        regular = len(set(sizes[:-1])) <= 1 and sizes[-1] <= sizes[0]
        return sizes[0] if regular else None


def measured(device: Adds, kind: Kind) -> Grouping:
    table, odd = _survivors(device, kind, None)
    c_last = not table.any() and kind.depth > 1
    if c_last:
        table, odd = _without_c(device, kind)
    keeps_all = bool((table & table.T).any())
    groups = _ordered(table | np.eye(kind.depth, dtype=bool) if keeps_all else table)
    if c_last:
        groups = _first_alone(groups)
    expected = _explained(groups, kind.depth, keeps_all)
    wrong = (expected != table) & ~np.eye(kind.depth, dtype=bool)
    if c_last:
        wrong[groups[0][0]] = False
    if wrong.any():
        i, k = np.argwhere(wrong)[0]
        odd = (*odd, f"u at k={k} {'survives' if table[i, k] else 'is lost'} beside -M at k={i}, {wrong.sum()} such")
    return Grouping(groups, keeps_all, c_last, table, odd)


def questions(kind: Kind, first: int | None, minus: Array, tiny: Array) -> SumOperands:
    """Sums with -M and u at these places. first: the place of M; None: it is C."""
    large, small = (np.exp2(exponent) for exponent in _LARGE[kind.format])
    rows = np.arange(len(minus))
    a, b = np.zeros((2, len(minus), kind.depth))
    a[rows, tiny] = b[rows, tiny] = small
    if first is not None:
        a[:, first] = b[:, first] = large
    a[rows, minus], b[rows, minus] = -large, large
    return operands_of(kind, a, b, np.full(len(minus), large**2 if first is None else 0.0))


def _survivors(device: Adds, kind: Kind, first: int | None) -> tuple[Array, tuple[str, ...]]:
    minus, tiny = (index.ravel() for index in np.mgrid[: kind.depth, : kind.depth])
    asked = questions(kind, first, minus, tiny)
    found = device.sums(asked).astype(np.float64).reshape(kind.depth, kind.depth)
    meant = ~np.eye(kind.depth, dtype=bool)
    if first is not None:
        meant[first], meant[:, first] = False, False
    odd = meant & (found != _tiny(kind)) & (found != 0)
    said = [f"{asked.words(i * kind.depth + k)} gave {found[i, k]!r}" for i, k in np.argwhere(odd)[:3]]
    return meant & (found == _tiny(kind)), tuple(said)


def _without_c(device: Adds, kind: Kind) -> tuple[Array, tuple[str, ...]]:
    """The table, from a place of the first group: one that survives beside no other."""
    first = 0
    for _ in range(kind.depth):
        table, odd = _survivors(device, kind, first)
        earlier = _earlier(device, kind, first, np.flatnonzero(~table.any(axis=0)))
        if not earlier:
            break
        first = earlier[0]
    table[first] = True
    table[first, first] = False
    return table, odd


def _earlier(device: Adds, kind: Kind, first: int, candidates: Array) -> list[int]:
    """Those beside which, as M with some -M, u at ``first`` survives."""
    others = [int(place) for place in candidates if place != first]
    if not others:
        return []
    minus, tiny = np.arange(kind.depth), np.full(kind.depth, first)
    asked = joined([questions(kind, place, minus, tiny) for place in others])
    found = device.sums(asked).reshape(len(others), kind.depth)
    return [place for place, row in zip(others, found, strict=True) if (row == _tiny(kind)).any()]


def _tiny(kind: Kind) -> float:
    return float(np.exp2(2.0 * _LARGE[kind.format][1]))


def _first_alone(groups: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The place of M stands by itself in the table; it belongs to the group behind it, but where groups are of one."""
    if len(groups) < 2 or len(groups[0]) > 1 or len(groups[1]) == 1 == len(groups[-1]):
        return groups
    return (tuple(sorted(groups[0] + groups[1])), *groups[2:])


def _ordered(table: Array) -> tuple[tuple[int, ...], ...]:
    """Places by how many others follow them, most first."""
    followers = table.sum(axis=1)
    return tuple(tuple(np.flatnonzero(followers == n).tolist()) for n in sorted(set(followers.tolist()), reverse=True))


def _explained(groups: tuple[tuple[int, ...], ...], depth: int, keeps_all: bool) -> Array:
    """The table that these groups make."""
    number = np.zeros(depth, np.int64)
    for at, group in enumerate(groups):
        number[list(group)] = at
    later = number[None, :] > number[:, None]
    return (later | (number[None, :] == number[:, None])) & ~np.eye(depth, dtype=bool) if keeps_all else later


def ranges(groups: tuple[tuple[int, ...], ...]) -> list[str]:
    """Each group in words: ``0-15``, or ``0-3 8-11``."""
    said = []
    for group in groups:
        starts = [k for k in group if k - 1 not in group]
        stops = [k for k in group if k + 1 not in group]
        said.append(" ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in zip(starts, stops, strict=True)))
    return said
