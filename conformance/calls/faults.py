"""What did one call of a subject do wrong beside giving wrong values? Inputs that it changed, memory that it left."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from conformance.calls import guards, tensors
from conformance.calls.memory import OTHER_POISON, poisoned_allocations

_LARGE = 1 << 28  # elements of a result; what is seen in it leads to a closer look and is no verdict
Copies = Mapping[str, tuple[torch.Tensor, torch.Tensor]]
Result = tuple[np.ndarray, torch.dtype]


def copies(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Copies:
    """Argument -> the tensor and a copy of its elements, of those that share memory only one."""
    named = {f"argument {place}": value for place, value in enumerate(args)} | dict(kwargs)
    return {
        name: (value, _once(value).detach().clone(memory_format=torch.contiguous_format))
        for name, value in named.items()
        if isinstance(value, torch.Tensor) and value.device.type != "meta" and value.numel()
    }


def share_memory(value: Any, other: Any) -> bool:
    """Whether two tensors are views of the same memory."""
    return 0 != guards.memory_of(value) == guards.memory_of(other)


def _once(value: torch.Tensor) -> torch.Tensor:
    """The tensor without the repetitions of a stride of 0: one row may stand for gigabytes of equal ones."""
    for axis in range(value.ndim):
        if value.stride(axis) == 0:
            value = value.narrow(axis, 0, 1)
    return value


def changed(before: Copies) -> list[str]:
    """Which arguments hold other bytes than their copies."""
    return [
        f"{name} ({str(value.dtype).removeprefix('torch.')}{list(value.shape)})"
        for name, (value, copy) in before.items()
        if not torch.equal(_bytes(_once(value)), _bytes(copy))
    ]


def _bytes(value: torch.Tensor) -> torch.Tensor:
    return value.detach().contiguous().reshape(-1).view(torch.uint8)


def holds_poison(found: list[Result]) -> bool:
    """Whether a result holds anywhere what poisoned memory holds."""
    return any(bool(_poisoned(*part).any()) for part in found)


def results(found: Any, looked_at: Callable[[torch.Tensor], torch.Tensor] = lambda part: part) -> list[Result]:
    """A call's results that are in memory as arrays, each with its tensor's dtype. looked_at: what of each."""
    every = found if isinstance(found, tuple | list) else (found,)
    held = [part for part in every if isinstance(part, torch.Tensor) and (guards.memory_of(part) or not part.numel())]
    return [(tensors.array(looked_at(part)), part.dtype) for part in held]


def some(part: torch.Tensor) -> torch.Tensor:
    """All of a result, or about 2^24 elements of one that is larger than any host looks through."""
    return part if part.numel() <= _LARGE else part[:: 1 + (part.numel() >> 24)]


def unwritten(stage: str, again: Callable[[], Any]) -> str:
    """How much of a call's result nothing wrote, in words; '' where all is the subject's own doing.

    The call is made twice, with different contents in fresh memory: what holds the poison of the first and not that of
    the second follows what that memory held.
    """
    with poisoned_allocations():
        first = [_poisoned(*part) for part in results(again())]
    with poisoned_allocations(OTHER_POISON):
        second = [_poisoned(*part) for part in results(again())]
    if [part.shape for part in first] != [part.shape for part in second]:
        return f"stale memory: {stage} returns other shapes for other contents of memory that nothing wrote"
    lost = sum(int((a & ~b).sum()) for a, b in zip(first, second, strict=True))
    total = sum(part.size for part in first)
    words = f"stale memory: {stage} leaves {lost} of {total} elements to memory that nothing wrote"
    return words if lost else ""


def read_beside(around: Mapping[str, guards.Guard], again: Callable[[], Any]) -> str:
    """Which tensors a call reads beside, in words; '' for none. Made again with other bytes there."""
    with poisoned_allocations():
        return guards.followed(around, lambda: sum(int(_poisoned(*part).sum()) for part in results(again())))


def _poisoned(array: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    """Where a result holds NaN, a NaN code, the largest byte or integer."""
    if dtype == torch.float8_e4m3fn:
        return np.asarray((array & 0x7F) == 0x7F)
    if dtype.is_floating_point:
        return np.isnan(array.astype(np.float32))
    return np.asarray(array == np.iinfo(array.dtype).max if array.dtype.kind in "iu" else array != array)
