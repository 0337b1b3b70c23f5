"""Which subjects do something wrong beside giving wrong values? Our kernels, each stage with one fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import triton
import triton.language as tl

from conformance.subjects.base import Subject
from conformance.subjects.ours import native

Fault = Callable[[Callable[..., Any]], Callable[..., Any]]
STAGES = ("fused_moe", "quantize", "activation", "activation_quantize", "grouped_gemm", "moe_sum")


@triton.jit
def _write(out_ptr, offset, value):
    tl.store(out_ptr + offset, value)


def _of_result(change: Callable[[torch.Tensor], Any]) -> Fault:
    """The first tensor that a stage returns is changed."""

    def fault(stage: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            found = stage(*args, **kwargs)
            return (change(found[0]), *found[1:]) if isinstance(found, tuple) else change(found)

        return call

    return fault


def _raises(stage: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("on purpose")

    return call


def _says_nothing(stage: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        assert len(args) > 99

    return call


def _mutates(stage: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        found = stage(*args, **kwargs)
        _write[(1,)](args[0].view(torch.uint8), 0, 3)  # through a pointer: torch does not see it
        return found

    return call


def _beyond(found: torch.Tensor) -> torch.Tensor:
    _write[(1,)](found.view(torch.uint8), found.numel() * found.element_size(), 3)
    return found


def _unwritten(found: torch.Tensor) -> torch.Tensor:
    """The last row is not written."""
    made = torch.empty_like(found)
    made.view(torch.uint8)[:-1] = found.view(torch.uint8)[:-1]
    return made


_FAULTS: dict[str, Fault] = {
    "raises": _raises,
    "says-nothing": _says_nothing,
    "shape": _of_result(lambda found: found[:-1]),
    "dtype": _of_result(lambda found: found.view(torch.uint8) if found.element_size() == 1 else found.double()),
    "nothing": lambda stage: lambda *args, **kwargs: None,
    "mutates": _mutates,
    "beyond": _of_result(_beyond),
    "unwritten": _of_result(_unwritten),
}


def _subject(name: str, fault: Fault) -> Subject:
    stages = native().stages
    return Subject(name, "native", {stage: fault(stages[stage]) for stage in STAGES})


globals().update({name: _subject(name, fault) for name, fault in _FAULTS.items()})
