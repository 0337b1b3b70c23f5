"""How is a kernel launched on CPU tensors, whoever compiled it? On a device that keeps what each launch did."""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from conformance.gfx950.assembly import Kernel
from conformance.gfx950.counts import Cost, LaunchCounts
from conformance.gfx950.errors import IllegalAccess
from conformance.gfx950.launching.kernarg import BadArgument, pack
from conformance.gfx950.machine import execute
from conformance.gfx950.settings import Settings
from conformance.gfx950.storage.bounds import OutOfBounds, Reach, storage_of
from conformance.gfx950.storage.global_memory import GlobalMemory
from conformance.gfx950.wave import LANES


class LeftItsTensors(IllegalAccess, OutOfBounds):
    """An illegal access of a launch, by the name that it has on every backend that checks addresses."""


@dataclass(frozen=True)
class Loaded:
    """A kernel as it is launched. variant: which of its forms this is. threads: of a workgroup, in x, y and z.

    lds: bytes of a workgroup, of which the launch asks for the last ``dynamic_lds`` and the code for the others.
    """

    kernel: Kernel
    variant: str
    threads: tuple[int, int, int]
    lds: int
    dynamic_lds: int

    @property
    def waves(self) -> int:
        """Of a workgroup."""
        return -(-math.prod(self.threads) // LANES)


class Device:
    """A gfx950 whose memory is the CPU's.

    settings: read at each launch, so they may be replaced between two. reach: what a launch may touch of each tensor.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reach: Reach = storage_of
        self._costs: dict[tuple[str, str, str], Cost] = {}
        self.wave_instructions = 0  # since the process began: the device's clock

    @contextmanager
    def using(self, settings: Settings) -> Iterator[None]:
        """Within the block, launches run with these settings."""
        before, self.settings = self.settings, settings
        try:
            yield
        finally:
            self.settings = before

    def take_costs(self) -> list[Cost]:
        """What the launches since the last call did, those of one variant of a kernel added up."""
        taken = list(self._costs.values())
        self._costs = {}
        return taken

    def launch(
        self,
        loaded: Loaded,
        grid: tuple[int, int, int],
        values: Sequence[tuple[str, str, Any]],
        arguments: Iterable[tuple[str, Any]],
    ) -> None:
        """Run a grid of workgroups to its end. values: (name, type, value) of each machine argument, in order.

        arguments: (name, value) as they were passed, which the memory is made of. Raises BadArgument, LeftItsTensors,
        another EmulationError.
        """
        kernel = loaded.kernel
        for name, kind, value in values:
            if kind.startswith("*"):
                check_on_cpu(name, value)
        memory = GlobalMemory(kernel.name, arguments, self.reach)
        memory.add_constants(kernel.constants)
        size = int(kernel.metadata.get("kernarg_segment_size", 0))
        segment = pack(
            kernel.arguments, values, memory.address_of, grid, loaded.waves, loaded.dynamic_lds, size, loaded.threads
        )
        try:
            counts = execute(kernel, memory, segment, grid, loaded.waves, loaded.lds, self.settings, loaded.threads)
        except IllegalAccess as error:
            raise LeftItsTensors(str(error)) from None
        self._ran(loaded.variant, kernel.digest, counts)

    def _ran(self, variant: str, code: str, counts: LaunchCounts) -> None:
        key = (counts.kernel, variant, code)
        self._costs.setdefault(key, Cost(*key)).add(counts)
        self.wave_instructions += sum(counts.instructions.values())


_in_use: list[Device] = []  # at most one


def use(device: Device) -> None:
    """Make it the one of this process."""
    _in_use[:] = [device]


def in_use() -> Device | None:
    """The device of this process, None where no emulated one is active."""
    return next(iter(_in_use), None)


def check_on_cpu(name: str, value: Any) -> None:
    """Raise BadArgument for a tensor of another device or without memory, which the emulated one cannot read."""
    tensor = getattr(value, "base", value)
    device = getattr(value, "device", None) or getattr(tensor, "device", None)
    if device is not None and torch.device(device).type != "cpu":
        raise BadArgument(f"{name}: has a tensor on {device}, needs one on cpu, the emulated gfx950's memory")
    # Of a mode that only traces; the storage says it, since a view's own address is its offset then.
    if isinstance(tensor, torch.Tensor) and tensor.numel() and not tensor.untyped_storage().data_ptr():
        raise BadArgument(f"{name}: has a {type(tensor).__name__} without memory, needs a tensor of values")
