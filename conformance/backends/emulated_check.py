"""Does this gfx950 compute as the emulated one does by default? What verdicts without hardware rest on.

Asked on a gfx950 alone, by a small run of the probe (conformance.probe), whose whole run makes a profile of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Protocol

from conformance.backends.differences import Outcome
from conformance.gfx950.instructions.aligned import SumModel
from conformance.probe import functions
from conformance.probe.finding import find, words
from conformance.probe.operands import KINDS, Adds, Array

RANDOM, STEP = 2000, 1 << 10
# Products that an instruction adds at once where the sum is exact, as Triton compiles the probe's kernels for gfx950.
EXACT = {"scaled-32x32": 64, "scaled-16x16": 128, "e4m3": 64, "bf16": 16, "fp16": 16}
WHAT_TO_DO = (
    "verdicts on gfx950-emulated were made under another arithmetic than this device's: measure it by nox -s probe,"
    " and ask again with --backend gfx950-emulated:profile=FILE"
)


class Adding(Adds, Protocol):
    """As probe.device.ProbedDevice."""

    def instruction(self, name: str, x: Array) -> Array: ...


def as_emulated(
    device: Adding, kinds: Iterable[str] = tuple(KINDS), names: Iterable[str] = tuple(functions.ASKED)
) -> Outcome:
    """Whether each sum is exact and each approximate instruction gives the nearest result."""
    others, asked = [], 0
    for kind in kinds:
        found = find(device, KINDS[kind], RANDOM)
        asked += found.designed + found.random
        if not found.sure or SumModel(EXACT[kind], None) not in found.models:
            others.append(f"{kind}: {words(found.models[0]) if found.models else 'of no known model'}")
    for name in names:
        function = functions.ASKED[name]
        exact = functions.of_instruction(function.instruction, radians=False)
        result = functions.measured(partial(device.instruction, function.instruction), exact, function, STEP)
        asked += sum(sum(counted.values()) for counted in result["units"].values())
        if result["rule"] != 0:
            others.append(f"v_{function.instruction}_f32: {functions.summary(result)}")
    return not others, "; ".join([*others, WHAT_TO_DO]) if others else f"{asked} results, all as on the emulated device"
