"""How is a kernel launched that no Triton compiled? From its assembly's text, with arguments by name."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from conformance.gfx950.assembly import Argument, Kernel, parse
from conformance.gfx950.launching.kernarg import EXPLICIT, BadArgument
from conformance.gfx950.launching.launch import Device, Loaded
from conformance.gfx950.limits import MOST_THREADS
from conformance.gfx950.lowering.facts import LDS_BYTES

Size = int | Sequence[int]  # in x, or in x, y and z
told: list[Callable[[Loaded], None]] = []  # each is told of each launch
_FLOATS = {2: "fp16", 4: "fp32", 8: "fp64"}


class Assembled:
    """A kernel of an assembly text."""

    def __init__(self, text: str, name: str = "") -> None:
        """name: of the kernel; '' for the only one. Raises NotEmulated."""
        self.kernel: Kernel = parse(text, name)
        self._arguments = [argument for argument in self.kernel.arguments if argument.kind in EXPLICIT]

    def launch(self, device: Device, arguments: Mapping[str, Any], *, grid: Size, threads: Size, lds: int = 0) -> None:
        """Run it on the device. arguments: tensors and scalars by the names that the kernel's metadata has, or, where
        it has none, in the kernel's order. grid: workgroups. threads: of a workgroup. lds: bytes beyond the code's own.

        None is a null pointer; a number is what it is in Python: 1 an integer, 1.0 a float; a NumPy scalar or bytes
        are taken as they are. Raises BadArgument, an EmulationError.
        """
        blocks, shape = _size("grid", grid), _size("threads", threads)
        most, count = int(self.kernel.metadata.get("max_flat_workgroup_size", MOST_THREADS)), math.prod(shape)
        if count > most:
            raise BadArgument(f"threads: has {count}, needs at most {most}, for which {self.kernel.name} is compiled")
        total = lds + self.kernel.descriptor.get("group_segment_fixed_size", 0)
        if not 0 <= lds <= total <= LDS_BYTES:
            raise BadArgument(f"lds: has {lds} bytes, {total} with the code's own, needs 0 and at most {LDS_BYTES}")
        variant = f"threads={','.join(map(str, shape))}" + (f" lds={lds}" if lds else "")
        loaded = Loaded(self.kernel, variant, shape, total, lds)
        for note in told:
            note(loaded)
        values = [_value(argument, name, value) for argument, name, value in self._matched(arguments)]
        device.launch(loaded, blocks, values, list(arguments.items()))

    def _matched(self, given: Mapping[str, Any]) -> list[tuple[Argument, str, Any]]:
        """Each of the kernel's arguments with what is given for it."""
        names = [argument.name for argument in self._arguments]
        if not all(names):
            if len(names) != len(given):
                raise BadArgument(f"kernel {self.kernel.name}: has {len(given)} arguments, needs {len(names)}")
            return [(a, name, value) for a, (name, value) in zip(self._arguments, given.items(), strict=True)]
        if set(names) != set(given):
            raise BadArgument(f"kernel {self.kernel.name}: has arguments {_listed(given)}, needs {_listed(names)}")
        return [(argument, argument.name, given[argument.name]) for argument in self._arguments]


def _size(name: str, given: Size) -> tuple[int, int, int]:
    sizes = tuple(given) if isinstance(given, Sequence) else (given,)
    if not 1 <= len(sizes) <= 3 or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise BadArgument(f"{name}: has {given!r}, needs 1 to 3 integers of at least 1")
    x, y, z = (*sizes, 1, 1)[:3]
    return x, y, z


def _value(argument: Argument, name: str, value: Any) -> tuple[str, str, Any]:
    """(name, type, value) as the kernarg segment takes it."""
    if argument.kind == "global_buffer" or isinstance(value, torch.Tensor):
        if value is None or isinstance(value, torch.Tensor):
            return name, "*i8", value
        raise BadArgument(f"{name}: has {value!r}, needs a tensor or None")
    if isinstance(value, np.generic):
        return name, "bytes", value.tobytes()
    if isinstance(value, float) and argument.size in _FLOATS:
        return name, _FLOATS[argument.size], value
    if isinstance(value, int):
        return name, f"{'i' if value < 0 else 'u'}{8 * argument.size}", value
    if isinstance(value, bytes) and len(value) == argument.size:
        return name, "bytes", value
    raise BadArgument(f"{name}: has {value!r}, needs a number of {argument.size} bytes, or {argument.size} bytes")


def _listed(names: Any) -> str:
    return ", ".join(names) or "none"
