"""How do fronts run on the compiled core? Their registers and a launch's memory as it sees them, one call a run."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from conformance.gfx950.binding import Bound
from conformance.gfx950.core import layout
from conformance.gfx950.core.layout import PLACES, RING
from conformance.gfx950.core.library import Library
from conformance.gfx950.core.plans import Code, State, state_of
from conformance.gfx950.core.watching import UnwaitedRing, Watching, parts, shadows_of
from conformance.gfx950.counts import Traffic
from conformance.gfx950.settings import SUM_MODELS, Settings
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.storage.lds import Delivery
from conformance.gfx950.storage.sanitizer import Sanitizer, Unwaited
from conformance.gfx950.storage.waits import Issued, Landings, Pending
from conformance.gfx950.wave import Front, lanes_of

_DENORMALS = 0x30
_COUNTED = ("global_loaded", "global_stored", "lds_loaded", "lds_stored")


class Flight:
    """A front as the core sees it. state: what its waves wait for, None where its ``Pending`` says that."""

    def __init__(self, front: Front, core: Core) -> None:
        lds, waves = front.chunk.lds, front.waves
        self.lds = lds
        self.state: State | None = None
        self._first, self._lanes = np.zeros((RING, waves), np.int64), np.zeros((RING, waves), np.uint64)
        self._watching = core.watching
        self._places = np.zeros((waves, PLACES), np.uint64)
        self._kept = front.workgroup = np.ascontiguousarray(front.workgroup)
        machine = self.machine = layout.Machine(waves=waves, s=front.s.ctypes.data, scc=front.scc.ctypes.data)
        machine.file[:] = front.v.ctypes.data, front.a.ctypes.data
        machine.file_step[:] = front.v.strides[0] // 4, front.a.strides[0] // 4
        machine.s_step, machine.workgroup = front.s.strides[0] // 4, self._kept.ctypes.data
        machine.ulp, machine.sum_model = core.settings.ulp, SUM_MODELS.index(core.settings.sum_model)
        machine.regions, machine.num_regions = ctypes.addressof(core.regions), len(core.regions)
        machine.lds, machine.lds_state = lds.items.data.ctypes.data, lds.state.data.ctypes.data
        machine.lds_size, machine.lds_stride, machine.traffic = lds.size, lds.stride, core.traffic.ctypes.data
        machine.places = self._places.ctypes.data
        machine.deliveries.first, machine.deliveries.lanes = self._first.ctypes.data, self._lanes.ctypes.data
        self.address = ctypes.addressof(machine)
        if core.watching is not None:
            self._watch(front, core.library, core.watching)

    def _watch(self, front: Front, library: Library, watching: Watching) -> None:
        watching.sanitizer.enter(front)
        self._wave = np.ascontiguousarray(front.wave)
        self._order = np.argsort(self._wave)
        machine, self._barrier = self.machine, library.barrier
        machine.watch = ctypes.addressof(watching.record)
        machine.wave, machine.order = self._wave.ctypes.data, self._order.ctypes.data
        self._unwaited = UnwaitedRing(machine.unwaited, machine.waves)

    def barrier(self) -> None:
        """The waves come to a barrier and go on, as Sanitizer.barrier has it."""
        machine = self.machine
        if self._watching is not None:
            self._watching.sanitizer.make_room((machine.deliveries.count + machine.unwaited.count) * machine.waves)
            self._watching.refresh()
            self._barrier(self.address)

    def enter(self, pending: Pending) -> State | None:
        """What is in flight, loads to LDS also where the core finds them; None where no plan knows that."""
        state = state_of(pending)
        if state is not None:
            flying, unwaited = self.machine.deliveries, self.machine.unwaited
            flying.head = flying.count = unwaited.head = unwaited.count = 0
            for landing in pending.landings():
                if isinstance(landing, Delivery):
                    self._first[flying.count], self._lanes[flying.count] = landing.first, landing.lanes
                    flying.width[flying.count] = landing.width
                    flying.count += 1
                elif landing.what == "copy":  # of the delivery before
                    flying.issue[flying.count - 1], flying.line[flying.count - 1] = -landing.issue, landing.line
                elif not self._unwaited.add(landing):
                    return None
        return state

    def leave(self) -> Pending:
        """What is in flight, as NumPy's instructions know it."""
        state, self.state = self.state, None
        if state is None:
            raise RuntimeError("what is in flight is not the core's to tell")
        deliveries = self._deliveries()
        unwaited = self._unwaited.told(self._watching.sanitizer, self._wave) if self._watching else iter(())

        def landing(issued: Issued) -> Any:
            if "vm" in issued.counters:
                return next(deliveries)
            return Landings(itertools.islice(unwaited, parts(issued.instruction)))

        return Pending.of(state.shape, landing)

    def _deliveries(self) -> Iterator[Any]:
        flying = self.machine.deliveries
        for number in range(flying.count):
            at = (flying.head + number) % RING
            delivery = Delivery(self.lds, self._first[at].copy(), self._lanes[at].copy(), flying.width[at])
            yield delivery if self._watching is None else Landings((delivery, self._copy(self._watching, delivery, at)))

    def _copy(self, watching: Watching, delivery: Delivery, at: int) -> Unwaited:
        flying = self.machine.deliveries
        row, lane = np.nonzero(lanes_of(delivery.lanes))
        start = delivery.first[row] + lane * delivery.width
        how = delivery.width, flying.line[at], -flying.issue[at]
        return watching.sanitizer.unwaited("copy", start, row, *how, self._wave)


class Core:
    """The compiled core for one launch. watching: its race search, if any."""

    def __init__(
        self, library: Library, memory: GlobalMemory, settings: Settings, codes: dict[int, Code],
        sanitizer: Sanitizer | None = None,
    ) -> None:  # fmt: skip
        self.library, self.settings, self._codes = library, settings, codes
        self._memory = memory
        self.regions = (layout.RegionRecord * len(memory.regions))(*[_region(one) for one in memory.regions.values()])
        self.traffic = np.zeros(len(_COUNTED), np.int64)
        self.watching = None if sanitizer is None else Watching(sanitizer)
        if sanitizer is not None:
            for region, (shadow, shares) in zip(self.regions, shadows_of(sanitizer, memory), strict=True):
                region.shadow, region.shares = shadow, shares

    def advance(self, start: int, bound: Sequence[Bound], at: int, front: Front) -> int:
        """Run instructions of the block that starts at ``start`` from ``at`` on; returns the first that is left."""
        code = self._codes.get(start)
        if code is None:
            guesses = self.watching.sanitizer.guesses if self.watching else None
            code = self._codes[start] = Code(bound, self.library, guesses)
        if front.undefined or not code.known[at] or front.mode & _DENORMALS not in (0, _DENORMALS):
            return at
        flight = front.flight
        if flight is None:
            flight = front.flight = Flight(front, self)
        state = flight.state or flight.enter(front.pending)
        if state is None:
            return at
        plan = code.plan(at, state, len(bound))
        if plan.stop == at:
            return at
        flight.machine.mode = front.mode
        if self.watching is not None:
            self.watching.refresh()
        reached = self.library.run(flight.address, code.records, plan.landings, at, plan.stop)
        if reached == at:
            return at
        flight.state = plan.exit if reached == plan.stop else code.plan(at, state, reached).exit
        if flight.machine.exec_written:
            flight.machine.exec_written = 0
            front.refresh_exec()
        return reached

    def settle(self, traffic: Traffic) -> None:
        """Add what it counted to the launch's counts."""
        for name, number in zip(_COUNTED, self.traffic.tolist(), strict=True):
            setattr(traffic, name, getattr(traffic, name) + number)
        for region, known in zip(self._memory.regions.values(), self.regions, strict=True):
            region.beyond += known.beyond
            known.beyond = 0
        self.traffic[:] = 0


def _region(region: Any) -> layout.RegionRecord:
    first, stop = region.slack, region.slack + region.size
    made = layout.RegionRecord(origin=int(region.origin), first=first, stop=stop, tensor=region.is_tensor)
    made.writable, made.viewed, made.view[:] = region.writable, region.view is not None, region.view or (0, 0)
    made.data, made.loaded, made.stored = (
        items.data.ctypes.data if items.data.size else 0 for items in (region.items, region.loaded, region.stored)
    )
    return made
