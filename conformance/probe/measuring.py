"""What is measured, one part after the other, of which none stops the next?

Import this only on an activated backend: Triton decides at decoration how kernels run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from conformance.backends import probe_data
from conformance.backends.base import Backend
from conformance.probe import conversions, edges, functions, writing
from conformance.probe.device import ProbedDevice
from conformance.probe.finding import find
from conformance.probe.operands import KINDS, Adds
from reports.foreign.showing import line, say

EMULATED_STEP = 64  # of significands: an emulated device takes a second for a million
LONGEST = 400  # characters of an error
Part = Callable[[], dict[str, Any]]


def measure(backend: Backend, random: int, chosen: list[str], out: Path) -> dict[str, Any]:
    """The profile of an active backend, written to ``out`` after each part.

    random: results of each kind of sum that a found model has to give. chosen: what names of parts begin with; [] all.
    """
    device = ProbedDevice(backend.device)
    parts: dict[str, Part] = {f"sums/{name}": partial(_sum, device, name, random) for name in KINDS}
    for form in conversions.TARGETS:
        parts[f"conversions/{form}"] = partial(_conversion, device, form, backend.name in ("cuda", "rocm"))
    for name in (*KINDS, edges.FP32):
        parts[f"edges/{name}"] = partial(edges.measured, device, name)
    step = 1 if backend.compiles_for is None or backend.name == "rocm" else EMULATED_STEP
    for name, function in functions.ASKED.items():
        own = functions.of_instruction(function.instruction, backend.name == "cuda")
        parts[f"functions/{name}"] = partial(
            functions.measured, partial(device.function, name), function.exact, function, step
        )
        parts[f"instructions/{function.instruction}"] = partial(
            functions.measured, partial(device.instruction, function.instruction), own, function, step
        )
    found = writing.empty(backend.describe())
    for name, part in parts.items():
        if chosen and not any(name.startswith(start) for start in chosen):
            continue
        folder, _, key = name.partition("/")
        found[folder][key] = result = guarded(part)
        writing.write(found, out)
        say(f"{name}: {writing.sentence(folder, result)}")
    return found


def _conversion(device: ProbedDevice, form: str, every: bool) -> dict[str, Any]:
    """every: all 2^32 patterns, else those that decide."""
    place = device.torch_device
    if every:
        return conversions.measured(device.converted, form, conversions.every_pattern(place))
    decisive = {"bf16": probe_data.for_bf16, "fp16": probe_data.for_fp16, "e4m3": probe_data.for_e4m3}[form]()
    return conversions.measured(device.converted, form, [torch.from_numpy(decisive.view("int32")).to(place)])


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
