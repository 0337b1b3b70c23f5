"""What is measured, one part after the other, of which none stops the next?"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from conformance.backends.base import Backend
from conformance.probe import profile
from conformance.probe.finding import find
from conformance.probe.operands import KINDS, Adds
from reports.foreign.showing import line, say

LONGEST = 400  # characters of an error
Part = Callable[[], dict[str, Any]]


def measure(backend: Backend, random: int, chosen: list[str]) -> dict[str, Any]:
    """The profile of an active backend. random: results of each kind that a found model has to give."""
    from conformance.probe.device import ProbedDevice  # loads Triton, which asks whether a backend is active

    device = ProbedDevice(backend.device)
    parts: dict[str, Part] = {f"sums/{name}": partial(_sum, device, name, random) for name in KINDS}
    found = profile.empty(backend.describe())
    for name, part in parts.items():
        if chosen and not any(name.startswith(start) for start in chosen):
            continue
        folder, _, key = name.partition("/")
        found[folder][key] = result = guarded(part)
        say(f"{name}: {profile.sentence(folder, result)}")
    return found


def _sum(device: Adds, kind: str, random: int) -> dict[str, Any]:
    return profile.of_finding(find(device, KINDS[kind], random))


def guarded(part: Part) -> dict[str, Any]:
    """What a part found, with its seconds; what it raised, where it did."""
    started = time.monotonic()
    try:
        found = part()
    except Exception as error:
        found = {"raised": line(f"{type(error).__name__}: {error}", LONGEST)}
    return {**found, "seconds": round(time.monotonic() - started, 1)}
