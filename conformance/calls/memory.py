"""What may a kernel see of memory? Fresh memory is poisoned, and a backend that can checks every address."""

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from conformance.calls import guards

_FRESH = {
    getattr(torch.ops.aten, name) for name in ("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided")
}
_MADE = _FRESH | {getattr(torch.ops.aten, name) for name in ("zeros", "zeros_like", "new_zeros", "full", "full_like")}
OTHER_POISON = 1  # a number that is neither NaN nor an extreme in any dtype


class EveryOperator(TorchDispatchMode):  # type: ignore[misc]  # torch gives it no type
    """Sees each of torch's operators, also those that a custom operator calls."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch imports Dynamo for its yes, which takes seconds, and nothing is compiled here

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        if func.namespace != "aten":
            on = {value.device.type for value in (*args, *given.values()) if isinstance(value, torch.Tensor)}
            key = torch._C.DispatchKey.CUDA if "cuda" in on else torch._C.DispatchKey.CPU
            with self:  # past this mode, which is there again for what the operator calls
                return func.redispatch(torch._C.DispatchKeySet(key), *args, **given)
        return self.operated(func, args, given)

    def operated(self, func: Any, args: Any, given: Any) -> Any:
        """What an operator of torch's returns."""
        raise NotImplementedError


class _Changed(EveryOperator):
    """What some operators give is changed."""

    def __init__(self, operators: set[Any], change: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self._operators, self._change = operators, change

    def operated(self, func: Any, args: Any, given: Any) -> Any:
        found = func(*args, **given)
        return self._change(found) if func.overloadpacket in self._operators else found


@contextlib.contextmanager
def guarded_allocations(wanted: bool) -> Iterator[dict[str, guards.Guard]]:
    """Within the block, where it is wanted, fresh memory lies between guards; they come by what they are of."""
    made: dict[str, guards.Guard] = {}

    def change(found: torch.Tensor) -> torch.Tensor:
        if not found.numel() or not found.is_contiguous() or found.device.type == "meta":
            return found
        moved, guard = guards.within(found)
        form = f"{str(found.dtype).removeprefix('torch.')}{list(found.shape)}"
        made[f"the fresh {form} number {len(made) + 1}"] = guard
        return moved

    with _Changed(_MADE, change) if wanted else contextlib.nullcontext():
        yield made


class _LazyZeros(EveryOperator):
    """torch.zeros of the CPU is memory that the system gives as zeros when it is touched."""

    def operated(self, func: Any, args: Any, given: Any) -> Any:
        if func is not torch.ops.aten.zeros.default or torch.device(given.get("device") or "cpu").type != "cpu":
            return func(*args, **given)
        dtype = given.get("dtype") or torch.get_default_dtype()
        carrier = np.zeros(math.prod(args[0]) * dtype.itemsize, np.uint8)
        return torch.from_numpy(carrier).view(dtype).view(args[0])


def lazy_zeros(device: torch.device | str) -> contextlib.AbstractContextManager[Any]:
    """Within the block, torch.zeros on the CPU takes memory only where it is written; torch's own writes all zeros."""
    return _LazyZeros() if torch.device(device).type == "cpu" else contextlib.nullcontext()


@contextlib.contextmanager
def poisoned_allocations(number: int | None = None) -> Iterator[None]:
    """Within the block, torch.empty and its like give NaN (floats) or the largest integer; or this number.

    torch's own fill of uninitialised memory does it, which its deterministic mode switches on.
    """
    with (
        _nan_allocations(),
        contextlib.nullcontext() if number is None else _Changed(_FRESH, lambda found: found.fill_(number)),
    ):
        yield


@contextlib.contextmanager
def _nan_allocations() -> Iterator[None]:
    before, filling = (torch.get_deterministic_debug_mode(), torch.utils.deterministic.fill_uninitialized_memory)
    # "warn": operations without a deterministic form still run. (use_deterministic_algorithms imports inductor.)
    torch.set_deterministic_debug_mode("warn")
    torch.utils.deterministic.fill_uninitialized_memory = True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*deterministic.*", category=UserWarning)
            yield
    finally:
        torch.set_deterministic_debug_mode(before)
        torch.utils.deterministic.fill_uninitialized_memory = filling
