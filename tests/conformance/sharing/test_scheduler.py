"""Is everything judged once, the longest first, and no worker idle while another has work? With imagined workers."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from conformance.sharing.partition import Unit
from conformance.sharing.scheduler import AHEAD, Scheduler


def _unit(*names, seconds=1.0):
    return Unit(tuple(SimpleNamespace(name=name) for name in names), seconds)


def _id(name):
    return f"check.py::test_it[{name}]"


def _name(nodeid):
    return nodeid.partition("[")[2].removesuffix("]")


class Worker:
    """Judges what it is sent, one after the other, and like pytest-xdist's only when it knows the next or must end."""

    def __init__(self):
        self.queue, self.judged, self.shutting_down = [], [], False

    def send_runtest_some(self, places):
        assert not self.shutting_down
        self.queue += places

    def shutdown(self):
        self.shutting_down = True

    @property
    def can(self):
        return len(self.queue) >= (1 if self.shutting_down else 2)


class Session:
    """What pytest-xdist's session does with a scheduler, without processes."""

    def __init__(self, parts, collection=None, done=()):
        self.names = collection or [item.name for part in parts for unit in part for item in unit.items]
        self.scheduler = Scheduler(parts, done, _name)
        self.workers = [Worker() for _ in parts]
        for worker in self.workers:
            self.scheduler.add_node(worker)
        for worker in self.workers:
            assert not self.scheduler.collection_is_completed
            self.scheduler.add_node_collection(worker, [_id(name) for name in self.names])
        self.scheduler.schedule()

    def step(self, worker):
        """The worker judges its next item."""
        place = worker.queue.pop(0)
        worker.judged.append(self.names[place])
        self.scheduler.mark_test_complete(worker, place)

    def dies(self, worker):
        """The worker ends in its next item; another one comes in its place. The pytest id of the item."""
        self.workers.remove(worker)
        died_in = self.scheduler.remove_node(worker)
        if worker.queue:
            assert died_in == _id(self.names[worker.queue[0]])
        self.workers.append(clone := Worker())
        self.scheduler.add_node(clone)
        self.scheduler.add_node_collection(clone, [_id(name) for name in self.names])
        self.scheduler.schedule()
        return died_in

    def finish(self, choose=lambda workers: workers[0]):
        """All that is left; `choose` says who is next."""
        while busy := [worker for worker in self.workers if worker.can]:
            if self.scheduler.tests_finished:
                for worker in self.workers:
                    worker.shutdown()
            self.step(choose(busy))
        assert self.scheduler.tests_finished and not self.scheduler.has_pending
        assert all(worker.shutting_down for worker in self.workers)

    @property
    def judged(self):
        return [name for worker in self.workers for name in worker.judged]


def _parts(sizes, per_unit=3):
    """Parts of so many items, in units of `per_unit`."""
    found = []
    for part, size in enumerate(sizes):
        names = [f"p{part}-{n}" for n in range(size)]
        found.append([_unit(*names[n : n + per_unit], seconds=9.0 - n) for n in range(0, size, per_unit)])
    return found


@pytest.mark.parametrize("sizes", [(0, 0), (1, 0), (2, 1), (9, 9), (30, 2), (7, 8, 9, 1), (5,)])
@pytest.mark.parametrize("seed", range(3))
def test_everything_is_judged_once(sizes, seed):
    session = Session(_parts(sizes))
    session.finish(random.Random(seed).choice)
    assert sorted(session.judged) == sorted(session.names)


def test_each_worker_begins_with_its_longest():
    parts = [[_unit("long", seconds=50), _unit("short")], [_unit("middle", seconds=30), _unit("shorter")]]
    session = Session(parts)
    first, second = session.workers
    assert [session.names[place] for place in first.queue] == ["long", "short"]
    assert [session.names[place] for place in second.queue] == ["middle", "shorter"]


def test_who_is_done_takes_from_the_end_of_the_one_with_most_left():
    parts = [
        [_unit(f"a-{n}", seconds=9 - n) for n in range(6)],
        [_unit(f"b-{n}") for n in range(2)],
        [_unit(f"c-{n}", seconds=0.1) for n in range(8)],
    ]
    session = Session(parts)
    session.step(session.workers[1])
    assert session.names[session.workers[1].queue[-1]] == "a-5"


def test_a_unit_that_was_begun_is_not_taken_apart():
    session = Session([[_unit(*(f"a-{n}" for n in range(9)))], [_unit("b-0", "b-1")]])
    mine, other = session.workers
    while other.can:
        session.step(other)
    assert other.judged == ["b-0", "b-1"], "it ends, since what is left belongs together"
    session.finish()
    assert mine.judged == [f"a-{n}" for n in range(9)]


def test_no_worker_holds_more_than_it_needs():
    session = Session(_parts((40, 40)))
    assert [len(worker.queue) for worker in session.workers] == [AHEAD, AHEAD]
    session.step(session.workers[0])
    assert len(session.workers[0].queue) == AHEAD


def test_what_a_dead_worker_held_is_judged_but_for_where_it_died():
    session = Session(_parts((9, 9)))
    session.step(session.workers[0])
    dead = session.workers[0]
    assert session.dies(dead) == _id("p0-1")
    session.finish()
    assert sorted([*dead.judged, *session.judged]) == sorted(set(session.names) - {"p0-1"})


def test_workers_that_die_again_and_again_do_not_lose_or_repeat_anything():
    session = Session(_parts((20, 20)))
    draw, judged, lost = random.Random(1), [], []
    for _ in range(12):
        worker = draw.choice(session.workers)
        if worker.can and draw.random() < 0.5:
            session.step(worker)
        else:
            judged += worker.judged
            lost.append(_name(session.dies(worker)))
    session.finish(draw.choice)
    assert sorted([*judged, *session.judged, *lost]) == sorted(session.names)


def test_a_worker_that_dies_at_the_end_leaves_its_work_to_the_next():
    session = Session([[_unit("a-0", "a-1", "a-2")], [_unit("b-0")]])
    mine, other = session.workers
    while other.can:
        session.step(other)
    assert other.shutting_down
    session.dies(mine)
    session.finish()
    assert sorted(session.judged) == ["a-1", "a-2", "b-0"]


def test_a_worker_that_dies_before_it_has_anything_is_replaced():
    scheduler = Scheduler(_parts((2, 2)), (), _name)
    first, second = Worker(), Worker()
    for worker in (first, second):
        scheduler.add_node(worker)
    assert scheduler.remove_node(first) is None
    scheduler.add_node(first)
    for worker in (first, second):
        scheduler.add_node_collection(worker, [_id(f"p{p}-{n}") for p in (0, 1) for n in (0, 1)])
    scheduler.schedule()
    assert len(first.queue) == len(second.queue) == 2


def test_what_is_done_is_left_out():
    session = Session(_parts((6, 6)), done={"p0-0", "p0-1", "p0-2", "p1-4"})
    session.finish()
    assert sorted(session.judged) == sorted(set(session.names) - {"p0-0", "p0-1", "p0-2", "p1-4"})


def test_what_no_check_is_for_is_left_out_and_what_two_are_for_runs_twice():
    session = Session([[_unit("a", "orphan", "twice"), _unit("b")]], collection=["a", "twice", "twice", "b"])
    session.finish()
    assert sorted(session.judged) == ["a", "b", "twice", "twice"]


def test_another_collection_of_a_worker_has_its_own_places():
    scheduler = Scheduler([[_unit("a", "b")], [_unit("c", "d")]], (), _name)
    first, second = Worker(), Worker()
    for worker in (first, second):
        scheduler.add_node(worker)
    scheduler.add_node_collection(first, [_id(name) for name in "abcd"])
    scheduler.add_node_collection(second, [_id(name) for name in "dcba"])
    scheduler.schedule()
    assert (first.queue, second.queue) == ([0, 1], [1, 0])
