"""What do kernels that others wrote give on the emulated gfx950? ``-m tests.conformance.gfx950.foreign.run TABLE``.

Prints a JSON object: kernel -> what is wrong with its result, or null. A process of its own for each package, since
what its files ask of torch about the machine is answered as a ROCm build on an MI355X would.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from types import SimpleNamespace

import torch

from conformance.gfx950.launching import cache
from conformance.gfx950.launching.driver import EmulatedDriver
from conformance.gfx950.settings import Settings
from tests.conformance.gfx950.foreign.account import Real, wrong

PROPERTIES = SimpleNamespace(
    name="AMD Instinct MI355X",
    gcnArchName="gfx950:sramecc+:xnack-",
    major=9,
    minor=5,
    multi_processor_count=256,
    warp_size=64,
)
ANSWERS = {
    "get_device_properties": PROPERTIES,
    "get_device_capability": (9, 5),
    "get_device_name": PROPERTIES.name,
    "is_available": True,
    "current_device": 0,
    "device_count": 1,
    "device": contextlib.nullcontext(),
    "device_of": contextlib.nullcontext(),
}


def be_a_gfx950() -> None:
    """The emulated device is Triton's, and torch speaks of it."""
    cache.install(RuntimeError)
    EmulatedDriver(Settings()).install()
    torch.version.hip = "7.2"
    for name, answer in ANSWERS.items():
        setattr(torch.cuda, name, lambda *_, answer=answer: answer)


def outcome(call: object) -> str | None:
    """What is wrong with a kernel, or with what it is compared to: another order of the right elements must fail."""
    try:
        pairs = list(call())
    except Exception as error:
        return f"raised {type(error).__name__}: {' '.join(str(error).split())[:400]}"
    for found, expected in pairs:
        if said := wrong(found, expected):
            return said
        flat = found.reshape(-1)
        if len(flat) > 1 and wrong(flat.roll(1).reshape(found.shape), expected) is None:
            return "its comparison accepts the elements in another order"
        if isinstance(expected, Real) and not (expected.error <= 0.01 * abs(expected.value).max()).all():
            return "its bound is more than a hundredth of its largest value"
    return None if pairs else "nothing was compared"


def main(table: str) -> None:
    be_a_gfx950()
    torch.manual_seed(0)
    kernels = importlib.import_module(f"tests.conformance.gfx950.foreign.{table}").KERNELS
    with contextlib.redirect_stdout(sys.stderr):
        found = {call.__name__: outcome(call) for call in kernels}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
