"""Which memory may a launch touch? The storages of the tensors that it was given, each pointer its own tensor's.

A lane that is not masked must lie, whole, in its tensor's storage, as on the device, where nobody knows of views: who
pads a scratch and passes ``pad[:n]`` may touch all of ``pad``. How much of it a launch may touch is a ``Reach``, which
who launches may choose stricter: ``view_of`` is what the tensor's sizes and strides reach, from the first byte to the
last, gaps between rows included. What lies beyond the view and within the reach is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.gfx950.storage.items import Array


class OutOfBounds(RuntimeError):
    """A kernel's load, store or atomic left the memory of its launch's tensors; nothing was touched by it."""


Bytes = tuple[int, int]  # addresses [start, stop)
Reach = Callable[[Any], Bytes]


def view_of(tensor: Any) -> Bytes:
    """The bytes that a strided tensor's sizes and strides reach, torch's or Triton's wrapper of one."""
    start, shape = tensor.data_ptr(), tuple(tensor.shape)
    reach = sum((n - 1) * stride for n, stride in zip(shape, tensor.stride(), strict=True)) + 1
    return start, start + (0 if 0 in shape else reach * tensor.element_size())


def storage_of(tensor: Any) -> Bytes:
    """The bytes of the storage that it is a view of, up to a multiple of 4: a 16-bit atomic is one of a whole dword."""
    start, stop = view_of(tensor)
    storage = getattr(getattr(tensor, "base", tensor), "untyped_storage", None)
    if storage is None:
        return start, stop
    first = storage().data_ptr()
    last = first + storage().nbytes()
    return (first, last + -last % 4) if first <= start <= stop <= last else (start, stop)


@dataclass(frozen=True)
class Span:
    """One argument's bytes, as addresses: [start, stop) is the view, [first, last) what a launch may touch by it.

    name: the kernel's parameter, ``p[1]`` inside a tuple; text: the view's dtype, shape and strides.
    """

    name: str
    start: int
    stop: int
    text: str
    first: int
    last: int

    @classmethod
    def of(cls, name: str, tensor: Any, reach: Reach) -> Span:
        """The span of a strided tensor."""
        start, stop = view_of(tensor)
        first, last = reach(tensor)
        text = f"{tensor.dtype} {list(tensor.shape)}, strides {list(tensor.stride())}"
        return cls(name, start, stop, text, min(first, start), max(last, stop))

    @property
    def wide(self) -> bool:
        """Whether it may be touched beyond the view."""
        return (self.first, self.last) != (self.start, self.stop)

    def distance(self, address: int) -> int:
        """Bytes from the nearest byte that may be touched; 0 inside."""
        return max(self.first - address, address - self.last + 1, 0)

    def __str__(self) -> str:
        storage = f" at {self.start - self.first} of a storage's {self.last - self.first}" if self.wide else ""
        return f"{self.name}, which has {self.stop - self.start} bytes{storage} ({self.text})"


def tensors_in(name: str, argument: Any) -> Iterator[tuple[str, Any]]:
    """The tensors that a kernel's argument gives pointers to: itself, a tuple's members, a descriptor's base."""
    if hasattr(argument, "data_ptr"):
        yield name, argument
    elif isinstance(argument, tuple):
        for index, member in enumerate(argument):
            yield from tensors_in(f"{name}[{index}]", member)
    elif hasattr(argument, "base"):
        yield from tensors_in(f"{name}.base", argument.base)


class Spans:
    """What one launch may touch. kernel: its name; arguments: (parameter, argument) pairs as launched; reach: of each
    tensor."""

    def __init__(self, kernel: str, arguments: Iterable[tuple[str, Any]], reach: Reach = storage_of) -> None:
        self.kernel = kernel
        found = [pair for name, argument in arguments for pair in tensors_in(name, argument)]
        # The launch keeps its arguments alive, so an id is one tensor's; the same tensor twice is one span.
        self._span_of = {id(tensor): Span.of(name, tensor, reach) for name, tensor in found}
        self.spans = sorted(self._span_of.values(), key=lambda span: span.first)
        self._starts = np.array([span.first for span in self.spans], dtype=np.uint64)
        # They may overlap: of all that start at or before an address, the one that reaches furthest decides.
        self._stops = np.maximum.accumulate(np.array([span.last for span in self.spans], dtype=np.uint64))

    def span_of(self, tensor: Any) -> Span | None:
        """The span of one of the launch's tensors, found by identity."""
        return self._span_of.get(id(tensor))

    def check(self, what: str, program: Any, addresses: Array, mask: Any, width: int, owner: Span | None) -> None:
        """Raise OutOfBounds unless every active lane's ``width`` bytes are inside.

        what: ``load``, ``store`` or ``atomic``; program: its id, for the message; addresses: uint64, any
        shape; mask: what broadcasts to that, or None for all lanes; owner: the span that the pointer was
        derived from, None where that is not known: then any one tensor of the launch will do.
        """
        if owner is not None and _within(owner, addresses, width):
            return  # the usual case, the masked lanes inside as well
        active = np.ones(addresses.shape, bool)
        if mask is not None:
            active = np.broadcast_to(np.asarray(mask).astype(bool, copy=False), addresses.shape)
            addresses_used = addresses[active]
            if not addresses_used.size or (owner is not None and _within(owner, addresses_used, width)):
                return
        bad = active & ~self._inside(addresses, width, owner)
        if bad.any():
            raise OutOfBounds(self._complaint(what, program, addresses, active, bad, width, owner))

    def _inside(self, addresses: Array, width: int, owner: Span | None) -> Array:
        """For each lane, whether it lies where its owner may be touched, or any tensor where there is no owner."""
        if owner is not None:
            starts, stops = np.uint64(owner.first), np.uint64(owner.last)
            known = addresses >= starts
        elif self.spans:
            at = np.searchsorted(self._starts, addresses, side="right")
            known, stops = at > 0, self._stops[np.maximum(at, 1) - 1]
        else:
            return np.zeros(addresses.shape, bool)
        # What remains from a lane to the end; subtracted only where it is no less than zero.
        left = np.where(addresses < stops, stops - addresses, np.uint64(0))
        return np.asarray(known & (left >= np.uint64(width)))

    def _complaint(
        self, what: str, program: Any, addresses: Array, active: Array, bad: Array, width: int, owner: Span | None
    ) -> str:
        lane = np.unravel_index(int(np.argmax(bad)), bad.shape)
        address = int(addresses[lane])
        counts = f"{int(bad.sum())} of {int(active.sum())} active lanes"
        head = f"{what} in kernel {self.kernel}, program {tuple(map(int, program))}: {counts} out of bounds;"
        span = owner or min(self.spans, key=lambda s: s.distance(address), default=None)
        if span is None:
            return f"{head} the launch has no tensor"
        first = f"the first, lane {list(map(int, lane))}, {width} bytes at offset {address - span.start}"
        inside = next((s.name for s in self.spans if s.start <= address < s.stop and s is not span), None)
        other = f"; there lies {inside}" if inside else ""
        return f"{head} {first} from {span}{other}"


def _within(span: Span, addresses: Array, width: int) -> bool:
    """Whether all lanes lie in the span, from the least and the greatest alone."""
    if addresses.size == 1:
        least = greatest = addresses.item()
    else:
        least, greatest = int(addresses.min()), int(addresses.max())
    return span.first <= least and greatest + width <= span.last
