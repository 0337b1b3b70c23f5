"""How do fronts run on the compiled core? Registers and memory as it sees them, and where it is to stop."""

from __future__ import annotations

import ctypes
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.gfx950.core import layout
from conformance.gfx950.core.layout import PLACES, RING
from conformance.gfx950.core.library import Library
from conformance.gfx950.core.plans import Code, RunPlan, State, Straight, state_of
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
    """A front as the core sees it. state: what its waves wait for, None where its ``Pending`` says that.

    plan: what it ran last.
    """

    def __init__(self, front: Front, core: Core) -> None:
        lds, waves = front.chunk.lds, front.waves
        self.lds = lds
        self.state: State | None = None
        self.plan: RunPlan | None = None
        self._first, self._lanes = np.zeros((RING, waves), np.int64), np.zeros((RING, waves), np.uint64)
        self._watching = core.watching
        self._places = np.zeros((waves, PLACES), np.uint64)
        self._kept = front.workgroup = np.ascontiguousarray(front.workgroup)
        machine = self.machine = layout.Machine(waves=waves, s=front.s.ctypes.data, scc=front.scc.ctypes.data)
        machine.file[:] = front.v.ctypes.data, front.a.ctypes.data
        machine.file_step[:] = front.v.strides[0] // 4, front.a.strides[0] // 4
        machine.s_step, machine.workgroup = front.s.strides[0] // 4, self._kept.ctypes.data
        machine.ulp, machine.sum_model = core.settings.most_ulp, SUM_MODELS.index(core.settings.sum_model)
        machine.regions, machine.num_regions = ctypes.addressof(core.regions), len(core.regions)
        machine.lds, machine.lds_state = lds.items.data.ctypes.data, lds.state.data.ctypes.data
        machine.lds_size, machine.lds_stride, machine.traffic = lds.size, lds.stride, core.traffic.ctypes.data
        machine.places = self._places.ctypes.data
        machine.deliveries.first, machine.deliveries.lanes = self._first.ctypes.data, self._lanes.ctypes.data
        machine.freedom = ctypes.addressof(core.freedom)
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


class Codes:
    """A program's blocks as the core has them, by the index of their first instruction, and plans by address."""

    def __init__(self) -> None:
        self.blocks: dict[int, Code] = {}
        self.plans: dict[int, RunPlan] = {}


class Core:
    """The compiled core for one launch of a kernel of ``length`` instructions.

    freedom: how far the front that runs next may go on behind its block; executed: by block, the waves that did.
    watching: its race search, if any.
    """

    def __init__(
        self, library: Library, memory: GlobalMemory, settings: Settings, codes: Codes, length: int = 1,
        sanitizer: Sanitizer | None = None,
    ) -> None:  # fmt: skip
        self.library, self.settings, self._codes = library, settings, codes
        self._memory = memory
        self.regions = (layout.RegionRecord * len(memory.regions))(*[_region(one) for one in memory.regions.values()])
        self.traffic = np.zeros(len(_COUNTED), np.int64)
        self.executed = np.zeros(length, np.int64)
        self.freedom = layout.Freedom(executed=self.executed.ctypes.data)
        self.watching = None if sanitizer is None else Watching(sanitizer)
        if sanitizer is not None:
            for region, (shadow, shares) in zip(self.regions, shadows_of(sanitizer, memory), strict=True):
                region.shadow, region.shares = shadow, shares

    def advance(self, block: Straight, at: int, front: Front) -> tuple[int, int]:
        """Run a block's instructions from ``at`` on, and blocks behind it as far as ``freedom`` lets the front go.

        Returns where it stands: a block's start, and its first instruction that is left, which NumPy has to run.
        """
        code = self._codes.blocks.get(block.start)
        if code is None:
            guesses = self.watching.sanitizer.guesses if self.watching else None
            code = self._codes.blocks.setdefault(
                block.start, Code(block, self.library, guesses, self.settings.numpy_adds)
            )
        if front.undefined or not all(code.known[at : at + 1]) or front.mode & _DENORMALS not in (0, _DENORMALS):
            return block.start, at
        flight = front.flight
        if flight is None:
            flight = front.flight = Flight(front, self)
        state = flight.state or flight.enter(front.pending)
        if state is None:
            return block.start, at
        plan = code.plan(at, state, len(block.bound))
        self._lead_to(plan, flight.plan)
        machine = flight.machine
        machine.mode, machine.step = front.mode, plan.address
        if self.watching is not None:
            self.watching.refresh()
        reached = self.library.run(flight.address)
        plan = flight.plan = self._codes.plans[machine.step]
        flight.state = plan.exit if reached == plan.stop else plan.code.plan(plan.at, plan.state, reached).exit
        if machine.exec_written:
            machine.exec_written = 0
            front.refresh_exec()
        return plan.code.block.start, reached

    def _lead_to(self, plan: RunPlan, before: RunPlan | None) -> None:
        """Have the core find this plan by itself where the one before leads to it."""
        self._codes.plans[plan.address] = plan
        if before is not None and not plan.at and plan.state is before.exit:
            for branch, start in enumerate(before.leads):
                if start == plan.code.block.start:
                    self.library.link(before.address, branch, plan.address)

    def settle(self, traffic: Traffic, executed: Counter[int]) -> None:
        """Add what it counted to the launch's counts."""
        for start in np.flatnonzero(self.executed).tolist():
            executed[start] += int(self.executed[start])
        self.executed[:] = 0
        for name, number in zip(_COUNTED, self.traffic.tolist(), strict=True):
            setattr(traffic, name, getattr(traffic, name) + number)
        for region, known in zip(self._memory.regions.values(), self.regions, strict=True):
            region.beyond += known.beyond
            known.beyond = 0
        self.traffic[:] = 0


def _region(region: Any) -> layout.RegionRecord:
    first, stop = region.slack, region.slack + region.size
    data, loaded, stored = (_address(items.data) for items in (region.items, region.loaded, region.stored))
    before = region.before
    before, kept = (None, None) if before is None else (_address(before.bytes), _address(before.kept))
    flags = region.is_tensor, region.writable, region.view is not None
    return layout.RegionRecord(
        int(region.origin), first, stop, region.view or (0, 0), 0, data, loaded, stored, before, kept, *flags
    )


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0]) if array.size else 0
