"""Which GPU may a process see? The variables that CUDA and HIP read once, when a process first asks for a device.

A worker is given its GPU so, and not by torch.cuda.set_device: then a kernel that asks for ``cuda`` or ``cuda:0`` gets
the worker's own, and no worker holds memory and a context on the GPU of another one.
"""

from collections.abc import Mapping

BEFORE = "MXFP8_DEVICES_BEFORE"  # in a worker: what the run may see
_NAMES = {"cuda": ("CUDA_VISIBLE_DEVICES",), "rocm": ("HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES")}
_BEHIND = ","


def seen(kind: str, count: int, environment: Mapping[str, str]) -> tuple[str, ...]:
    """A name for each of the ``count`` GPUs that this process sees, as the variable wants it. kind: cuda or rocm."""
    for name in _NAMES[kind]:
        if name in environment:
            named = [word.strip() for word in environment[name].split(_BEHIND) if word.strip()]
            return tuple(named[:count])
    return tuple(map(str, range(count)))


def only(kind: str, device: str, devices: tuple[str, ...]) -> dict[str, str]:
    """What to add to the environment of a process that is to see one of the run's devices."""
    return {_NAMES[kind][0]: device, BEFORE: _BEHIND.join(devices)}


def all_of_run(kind: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What to add to the environment of a process that is to see all of them again; nothing outside of a worker."""
    return {_NAMES[kind][0]: environment[BEFORE]} if BEFORE in environment else {}
