"""What lies beside a tensor where no address is checked? Bytes that nobody may write, and that show when they are read.

On such a device (``surround``) tensors lie within a larger buffer. Beside floats, codes and scale bytes it holds NaN;
beside ids and maps zeros: an index that every kernel may use, so that a read gives a wrong route and not a lost device.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from conformance.calls import notes

REACH = 4096  # bytes on each side: a row of most tensors, and a multiple of every alignment
LARGEST = 1 << 28  # bytes of a tensor that is surrounded: it stays where it is until the case is over
_OTHER = 1  # a byte of which no format makes a NaN
_on = False


@dataclass(frozen=True)
class Guard:
    """What lies before and behind a tensor of ``size`` bytes. fill: what it holds."""

    before: torch.Tensor
    behind: torch.Tensor
    size: int
    fill: int

    def set(self, byte: int) -> None:
        """Have it hold that byte."""
        self.before.fill_(byte)
        self.behind.fill_(byte)

    def damage(self) -> tuple[int, int] | None:
        """How many bytes are others, and where the first is, from the tensor's first byte on; None where none is."""
        found = torch.cat([self.before, self.behind]) != self.fill
        if not bool(found.any()):
            return None
        first = int(torch.nonzero(found)[0])
        return int(found.sum()), first - REACH if first < REACH else self.size + first - REACH


def surround(on: bool) -> None:
    """Whether tensors that checks make from now on are surrounded."""
    global _on
    _on = on


def are_on() -> bool:
    """Whether they are."""
    return _on


def surrounded(value: torch.Tensor, fill: int | None = None) -> torch.Tensor:
    """The same elements within a guarded buffer; itself where nothing is surrounded, where it is empty or very large.

    fill: a byte for what is around it, None for what suits the dtype.
    """
    if not _on or not 0 < value.numel() * value.element_size() <= LARGEST:
        return value
    found, guard = within(value, fill)
    notes.current().guards[memory_of(found)] = guard
    return found


def within(value: torch.Tensor, fill: int | None = None) -> tuple[torch.Tensor, Guard]:
    """A contiguous tensor of the same elements in the middle of a buffer, and what is around it."""
    size = value.numel() * value.element_size()
    if fill is None:
        fill = 0xFF if value.dtype.is_floating_point or value.dtype == torch.uint8 else 0
    buffer = torch.full((2 * REACH + size,), fill, dtype=torch.uint8, device=value.device)
    middle = buffer[REACH : REACH + size]
    middle.copy_(value.detach().contiguous().reshape(-1).view(torch.uint8))
    guard = Guard(buffer[:REACH], buffer[REACH + size :], size, fill)
    return middle.view(value.dtype).view(value.shape), guard


def around(run: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Guard]:
    """The call's arguments, as people know them, that have a guard -> the guard."""
    known: Mapping[int, Guard] = notes.current().guards
    if not known:
        return {}
    names = [*_names(run), *(f"argument {place}" for place in range(len(args)))]
    places = [
        (name, memory_of(value))
        for name, value in (*zip(names, args, strict=False), *kwargs.items())
        if isinstance(value, torch.Tensor)
    ]
    return {name: known[place] for name, place in places if place in known}


def _names(run: Callable[..., Any]) -> list[str]:
    """Of a function's parameters, as far as they take one argument each."""
    try:
        found = inspect.signature(run).parameters.values()
    except (TypeError, ValueError):
        return []
    return [one.name for one in found if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]


def memory_of(value: Any) -> int:
    """Where a tensor's memory begins, whatever view it is; 0 where it has none of its own, and for anything else."""
    try:
        return int(value.untyped_storage().data_ptr())
    except (AttributeError, NotImplementedError, RuntimeError):  # no tensor, sparse
        return 0


def damages(guards: Mapping[str, Guard]) -> Iterator[str]:
    """What was written beside which tensor, in words; the guards are whole again."""
    if all(_whole([guard for guard in guards.values() if guard.fill == fill]) for fill in (0, 0xFF)):
        return
    for name, guard in guards.items():
        if (found := guard.damage()) is not None:
            guard.set(guard.fill)
            count, first = found
            yield f"{count} bytes beside {name} were written, the first at offset {first} of its {guard.size} bytes"


def _whole(guards: Sequence[Guard]) -> bool:
    """Whether all of them, of one fill, hold it: one look at the device."""
    parts = [part for guard in guards for part in (guard.before, guard.behind)]
    return not parts or not bool((torch.cat(parts) != guards[0].fill).any())


def followed(guards: Mapping[str, Guard], spoilt: Callable[[], int]) -> str:
    """Beside which tensors is what a result follows, in words; '' for none.

    spoilt: calls again, and counts the elements that hold poison.
    """
    before = spoilt()
    found = [name for name, guard in guards.items() if _holding_other(guard, spoilt) < before]
    return f"what lies beside {', '.join(found)} was read: it decides elements of the result" if found else ""


def _holding_other(guard: Guard, spoilt: Callable[[], int]) -> int:
    with _set(guard):
        return spoilt()


@contextmanager
def _set(guard: Guard) -> Iterator[None]:
    guard.set(_OTHER)
    try:
        yield
    finally:
        guard.set(guard.fill)
