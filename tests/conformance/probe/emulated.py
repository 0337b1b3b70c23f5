"""What does the probe find on the emulated device, under each of its settings? Run as a program; prints JSON.

One process, since each that compiles for a gfx950 takes seconds before it begins.
"""

import json
import sys
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.backends.gfx950_emulated import Gfx950EmulatedBackend
from conformance.gfx950.instructions.aligned import SumModel
from conformance.gfx950.measured import Measured
from conformance.gfx950.settings import SUM_MODELS, ULPS
from conformance.probe.operands import KINDS, random_operands
from conformance.silicon import profile

SUMS, STEP = 500, 1 << 13
BF16 = replace(KINDS["bf16"], tile=16)  # whose diagonals are more of what is multiplied
MEASURED = {"bf16": SumModel(4, 22, "down", "zero", "after", "value"), "e4m3": SumModel(5, 19)}


def main() -> None:
    backend = Gfx950EmulatedBackend()
    backend.activate()
    from conformance.probe import functions, writing
    from conformance.probe.device import ProbedDevice
    from conformance.probe.finding import find
    from conformance.probe.grouping import measured

    device = ProbedDevice(backend.device)
    found: dict[str, Any] = {}

    def sums(name: str, **settings: Any) -> None:
        with backend.using(**settings):
            found[name] = writing.of_finding(find(device, BF16, SUMS))

    for model in SUM_MODELS:
        sums(model, sum_model=model)
    for core in ("compiled", "numpy"):
        sums(f"measured {core}", core=core, measured=Measured("a test's", MEASURED, {"exp": 1}))
    found["groups of e4m3"] = [len(group) for group in measured(device, KINDS["e4m3"]).groups]
    for ulp in ULPS:
        with backend.using(ulp=ulp):
            for name in ("exp", "rcp"):
                asked = functions.ASKED[{"exp": "exp2"}.get(name, name)]
                run, exact = partial(device.instruction, name), functions.of_instruction(name, radians=False)
                found[f"{name} {ulp}"] = functions.measured(run, exact, asked, STEP)["rule"]
    with backend.using(measured=Measured("a test's", {}, {"exp": 1})):
        asked = functions.ASKED["exp2"]
        run, exact = partial(device.instruction, "exp"), functions.of_instruction("exp", radians=False)
        found["exp measured"] = functions.measured(run, exact, asked, STEP)["rule"]
    asked = random_operands(KINDS["scaled-32x32"], 20_000, 31).at(slice(0, 128))  # as test_profile.py has it
    with backend.using(measured=profile.taken(profile.load(profile.FOLDER / "nvidia-h200.json"))):
        found["h200"] = [f"{bits:08x}" for bits in device.sums(asked).view("uint32").tolist()]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
