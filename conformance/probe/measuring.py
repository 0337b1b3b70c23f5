"""What is measured, one part after the other, of which none stops the next?

Import this only on an activated backend: Triton decides at decoration how kernels run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch

from conformance.probe import conversions, edges, functions, writing
from conformance.probe.device import ProbedDevice
from conformance.probe.finding import find
from conformance.probe.operands import KINDS, Adds, Array
from reports.foreign.showing import line, say

EMULATED_STEP = 64  # of significands, where no device is: for a million that takes a second
LONGEST = 400  # characters of an error
Part = Callable[[], dict[str, Any]]
Patterns = Callable[[], Array]


class Measurable(Protocol):
    """What is asked of a backend (conformance.backends.base.Backend), which is active."""

    name: str

    @property
    def device(self) -> torch.device: ...
    def describe(self) -> dict[str, Any]: ...


def measure(
    backend: Measurable, decisive: Mapping[str, Patterns], random: int, chosen: list[str], out: Path
) -> dict[str, Any]:
    """The profile of an active backend, written to ``out`` after each part.

    decisive: FP32 patterns that decide a conversion, asked where all of them would take too long. random: results of
    each kind of sum that a found model has to give. chosen: what names of parts begin with; [] all. Raises
    ValueError for what begins none.
    """
    device = ProbedDevice(backend.device)
    parts: dict[str, Part] = {f"sums/{name}": partial(_sum, device, name, random) for name in KINDS}
    is_device = backend.name in ("cuda", "rocm")
    for form in conversions.TARGETS:
        parts[f"conversions/{form}"] = partial(_conversion, device, form, None if is_device else decisive[form])
    for name in (*KINDS, edges.FP32):
        parts[f"edges/{name}"] = partial(edges.measured, device, name)
    step = 1 if is_device else EMULATED_STEP
    for name, function in functions.ASKED.items():
        own = functions.of_instruction(function.instruction, backend.name == "cuda")
        parts[f"functions/{name}"] = partial(
            functions.measured, partial(device.function, name), function.exact, function, step
        )
        parts[f"instructions/{function.instruction}"] = partial(
            functions.measured, partial(device.instruction, function.instruction), own, function, step
        )
    if unknown := [start for start in chosen if not any(name.startswith(start) for name in parts)]:
        raise ValueError(f"--only: has {', '.join(unknown)}, needs what begins one of {', '.join(parts)}")
    found = writing.empty(backend.describe())
    for name, part in parts.items():
        if chosen and not any(name.startswith(start) for start in chosen):
            continue
        folder, _, key = name.partition("/")
        found[folder][key] = result = guarded(part)
        writing.write(found, out)
        say(f"{name}: {writing.sentence(folder, result)}")
    return found


def _conversion(device: ProbedDevice, form: str, decisive: Patterns | None) -> dict[str, Any]:
    """decisive: None for all 2^32 patterns."""
    place = device.torch_device
    if decisive is None:
        return conversions.measured(device.converted, form, conversions.every_pattern(place))
    return conversions.measured(device.converted, form, [torch.from_numpy(decisive().view("int32")).to(place)])


def _sum(device: Adds, kind: str, random: int) -> dict[str, Any]:
    return writing.of_finding(find(device, KINDS[kind], random))


def guarded(part: Part) -> dict[str, Any]:
    """What a part found, with its seconds; what it raised, where it did."""
    started = time.monotonic()
    try:
        found = part()
    except Exception as error:
        found = {"raised": line(f"{type(error).__name__}: {error}", LONGEST)}
    return {**found, "seconds": round(time.monotonic() - started, 1)}
