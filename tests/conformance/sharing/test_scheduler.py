"""Is everything judged once, the longest first, and no worker idle while another has work? With imagined workers."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from conformance.sharing.partition import Unit
from conformance.sharing.scheduler import Scheduler


def _unit(*names, seconds=1.0):
    return Unit(tuple(SimpleNamespace(name=name) for name in names), seconds)


def _names(parts):
    return [item.name for part in parts for unit in part for item in unit.items]


def _parts(sizes, per_unit=3):
    """Parts of so many items, in units of `per_unit`."""
    found = []
    for part, size in enumerate(sizes):
        names = [f"p{part}-{n}" for n in range(size)]
        found.append([_unit(*names[n : n + per_unit], seconds=9.0 - n) for n in range(0, size, per_unit)])
    return found


def _finish(scheduler, count, choose=lambda workers: workers[0]):
    """All that is left, as (worker, name); `choose` says who is next."""
    judged, busy = [], list(range(count))
    while busy:
        worker = choose(busy)
        name = scheduler.next(worker)
        judged += [] if name is None else [(worker, name)]
        if name is None:
            busy.remove(worker)
    assert not any(scheduler.left(worker) for worker in range(count))
    return judged


@pytest.mark.parametrize("sizes", [(0, 0), (1, 0), (2, 1), (9, 9), (30, 2), (7, 8, 9, 1), (5,)])
@pytest.mark.parametrize("seed", range(3))
def test_everything_is_judged_once(sizes, seed):
    parts = _parts(sizes)
    judged = _finish(Scheduler(parts), len(sizes), random.Random(seed).choice)
    assert sorted(name for _, name in judged) == sorted(_names(parts))


def test_each_worker_begins_with_its_longest():
    parts = [[_unit("long", seconds=50), _unit("short")], [_unit("middle", seconds=30), _unit("shorter")]]
    scheduler = Scheduler(parts)
    assert [scheduler.next(worker) for worker in (1, 0, 1, 0)] == ["middle", "long", "shorter", "short"]


def test_who_is_done_takes_from_the_end_of_the_one_with_most_left():
    parts = [
        [_unit(f"a-{n}", seconds=9 - n) for n in range(6)],
        [_unit("b-0")],
        [_unit(f"c-{n}", seconds=0.1) for n in range(8)],
    ]
    scheduler = Scheduler(parts)
    assert [scheduler.next(1) for _ in range(2)] == ["b-0", "a-5"]


def test_a_unit_that_was_begun_is_not_taken_apart():
    scheduler = Scheduler([[_unit(*(f"a-{n}" for n in range(9)))], [_unit("b-0", "b-1")]])
    assert scheduler.next(0) == "a-0"
    assert [scheduler.next(1) for _ in range(3)] == ["b-0", "b-1", None], "what is left belongs together"
    assert (scheduler.left(0), scheduler.left(1)) == (True, False)
    assert [scheduler.next(0) for _ in range(8)] == [f"a-{n}" for n in range(1, 9)]


def test_who_comes_in_place_of_a_worker_goes_on_behind_what_that_was_given():
    scheduler = Scheduler([[_unit("a-0", "a-1", "a-2")], [_unit("b-0")]])
    assert [scheduler.next(0), scheduler.next(1), scheduler.next(1)] == ["a-0", "b-0", None]
    assert scheduler.left(0), "worker 0 died in a-0"
    assert [scheduler.next(0) for _ in range(3)] == ["a-1", "a-2", None]


def test_what_a_worker_had_not_begun_is_judged_by_others():
    scheduler = Scheduler([[_unit("a-0"), _unit("a-1")], [_unit("b-0")]])
    assert [scheduler.next(0), *(scheduler.next(1) for _ in range(3))] == ["a-0", "b-0", "a-1", None]


def test_what_is_done_is_left_out():
    parts, done = _parts((6, 3)), {"p0-0", "p0-1", "p0-2", "p1-0", "p1-1", "p1-2"}
    scheduler = Scheduler(parts, done)
    assert (scheduler.has_own(0), scheduler.has_own(1)) == (True, False)
    assert sorted(name for _, name in _finish(scheduler, 2)) == sorted(set(_names(parts)) - done)
