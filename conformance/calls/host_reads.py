"""Does a call read a tensor's values on the host? A trip wire for every way there is, with the line that takes it.

On a CPU tensor, which is what an emulated device has, ``tolist`` and ``numpy`` reach no operator: methods are watched
and operators. What Triton, its interpreter and an emulated device read as they launch a kernel is not the host's doing.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from conformance.calls.explanation import is_theirs, place_in
from conformance.calls.memory import EveryOperator
from conformance.calls.named import NamedCall
from conformance.root import ROOT

# ``.to(device)`` of the device that a tensor has on an emulated one is no read: of "cpu" by name it is.
_METHODS = {
    *("item", "tolist", "numpy", "cpu", "__array__", "__bool__", "__int__", "__float__", "__index__", "__complex__"),
    *("__repr__", "__str__", "__format__", "__dlpack__", "__contains__", "is_nonzero"),
}
_DECIDED_BY_VALUES = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
_INDEXING = {torch.ops.aten.index, torch.ops.aten.index_put, torch.ops.aten.index_put_, torch.ops.aten._index_put_impl_}
_LAUNCHING = (ROOT / "conformance" / "gfx950", ROOT / "conformance" / "backends")


class HostReads:
    """A way to make a call (conformance.calls.named.Way), once. found: what was read, in words, once for each line."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def __call__(self, call: NamedCall) -> Any:
        with _Methods(self), _Operators(self), _no_waiting():
            return call()

    @property
    def found(self) -> list[str]:
        return list(self._found.values())

    def note(self, what: str) -> None:
        """Something read: kept unless a launch did it."""
        place = _reader()
        if place:
            self._found.setdefault(place, f"{what} reads a tensor's values on the host, {place}")


class _Methods(TorchFunctionMode):  # type: ignore[misc]  # torch gives it no type
    """Watches the methods of tensors, and functions of torch."""

    def __init__(self, reads: HostReads) -> None:
        super().__init__()
        self._reads = reads

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name in _METHODS or (name == "to" and _names_the_host(*args[1:], **(kwargs or {}))):
            self._reads.note(f"{name} of {_form(args[0])}" if args else name)
        return func(*args, **(kwargs or {}))


class _Operators(EveryOperator):
    """Watches the operators."""

    def __init__(self, reads: HostReads) -> None:
        super().__init__()
        self._reads = reads

    def operated(self, func: Any, args: Any, given: Any) -> Any:
        found = func(*args, **given)
        if _needs_values(func, args, given) or _is_brought(found, args):
            first = next((arg for arg in args if isinstance(arg, torch.Tensor)), None)
            self._reads.note(f"{func.overloadpacket.__name__} of {_form(first)}")
        return found


def _names_the_host(*given: Any, device: Any = None, **_: Any) -> bool:
    return any(isinstance(value, str) and value == "cpu" for value in (*given, device))


def _needs_values(func: Any, args: Any, given: Any) -> bool:
    """Whether what an operator returns, or its shape, is for the host to find out from values."""
    if func.overloadpacket in _INDEXING:  # by integers it is not
        return any(isinstance(i, torch.Tensor) and i.dtype in (torch.bool, torch.uint8) for i in args[1])
    if func is torch.ops.aten.repeat_interleave.Tensor and given.get("output_size") is not None:
        return False
    return not _DECIDED_BY_VALUES.isdisjoint(func.tags)


def _is_brought(found: Any, args: Any) -> bool:
    """Whether an operator brought values from a device to the host."""
    on_host = isinstance(found, torch.Tensor) and found.device.type == "cpu"
    return on_host and any(isinstance(arg, torch.Tensor) and arg.is_cuda for arg in args)


def _form(value: Any) -> str:
    if not isinstance(value, torch.Tensor):
        return type(value).__name__
    return f"{str(value.dtype).removeprefix('torch.')}{list(value.shape)}"


def _reader() -> str:
    """The innermost line outside of torch, the library and the suite; '' where a launch reads."""
    triton = getattr(sys.modules.get("triton"), "__file__", None)
    launching = (*_LAUNCHING, *((Path(triton).parent,) if triton else ()))
    others = ""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not HostReads.__call__.__code__:
        file = Path(frame.f_code.co_filename)
        if any(file.is_relative_to(folder) for folder in launching):
            return ""
        if is_theirs(file):
            return _at(frame, file)
        if not others and not file.is_relative_to(Path(torch.__file__).parent) and file.parent != Path(__file__).parent:
            others = _at(frame, file)
        frame = frame.f_back
    return others or "somewhere"


def _at(frame: FrameType, file: Path) -> str:
    place = place_in(file, frame.f_lineno, frame.f_code.co_name)
    return f"at {place.file}:{place.line} in {place.function}"


@contextlib.contextmanager
def _no_waiting() -> Iterator[None]:
    """Within the block, what waits for a GPU by torch raises at its line."""
    if not torch.cuda.is_available():
        yield
        return
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)
