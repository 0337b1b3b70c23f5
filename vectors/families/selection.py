"""What is asked of the selection? Architectures and shapes on both sides of the native kernel's support."""

from reference.formats import BLOCK
from reference.pipelines import K_GRANULARITY
from vectors.case import Case, as_case, expect_nothing, no_inputs

_ASKED = (
    ("gfx950", 6144, 384, "native"),
    ("gfx950:sramecc+:xnack-", 128, 128, "native"),
    ("gfx950", 6144, 352, "emulation"),
    ("gfx950", 160, 128, "emulation"),
    ("gfx942", 6144, 384, "emulation"),
    ("gfx942:sramecc+:xnack-", 6144, 384, "emulation"),
    ("gfx90a", 128, 128, "emulation"),
    ("gfx1201", 128, 128, "emulation"),
    ("gfx9500", 128, 128, "emulation"),
    ("sm_90", 6144, 384, "emulation"),
    (None, 6144, 384, "emulation"),
)


# What torch sees -> the architecture that it names there, where it names one.
_MACHINES = {
    "cpu": None,
    "cuda": None,
    "rocm-without-a-device": None,
    "rocm-gfx950": "gfx950:sramecc+:xnack-",
    "rocm-gfx942": "gfx942:sramecc+:xnack-",
    "rocm-gfx9500": "gfx9500",
}
_SIZES = {
    "that-fit": ((128, 128), (6144, 384), (32, 32), (96, 128), (128, 96), (160, 224)),
    "of-nothing": ((0, 128), (128, 0), (0, 0), (-128, 128), (128, -128), (-32, -32)),
    "off-a-block": ((100, 128), (128, 100), (1, 128), (127, 129), (33, 32)),
}


def _supporting(hidden: int, intermediate: int) -> list[str]:
    """The pipelines that take these sizes: positive multiples of 128, or of 32."""
    return [
        pipeline
        for pipeline, step in (("native", K_GRANULARITY), ("emulation", BLOCK))
        if all(size > 0 and size % step == 0 for size in (hidden, intermediate))
    ]


def _case(name: str, title: str, requirement: str, **params: object) -> Case:
    return as_case(f"selection/{name}", title, requirement, "selection", "quick", params, no_inputs, expect_nothing)


def _sizes(name: str, pairs: tuple[tuple[int, int], ...]) -> Case:
    sizes = [[*pair, _supporting(*pair)] for pair in pairs]
    return _case(f"sizes-{name}", f"Which sizes a class supports: {name}.", "SEL-03", sizes=sizes)


def _machine(machine: str, arch: str | None) -> Case:
    title = f"Whether the class supports the device that torch sees: {machine.replace('-', ' ')}."
    supported = {"native": (arch or "").split(":")[0] == "gfx950", "emulation": True}
    return _case(f"class-on-{machine}", title, "SEL-04", machine=machine, arch=arch, supported=supported)


def _selects(arch: str | None, hidden: int, intermediate: int, selects: str) -> Case:
    name = (arch or "no-gpu").replace("_", "-").replace(":", "-").replace("+", "-on").rstrip("-")
    title = f"On {arch or 'a machine without a GPU'} with H {hidden} and I {intermediate}: {selects}."
    asked = "SEL-01" if selects == "native" or (arch or "").startswith("gfx950") else "SEL-02"
    words = f"{name}-hidden-{hidden}-intermediate-{intermediate}"
    return _case(words, title, asked, arch=arch, H=hidden, I=intermediate, selects=selects)


def cases() -> tuple[Case, ...]:
    """The family's cases: what the classes say of themselves, and which is selected."""
    said = (*(_sizes(*of) for of in _SIZES.items()), *(_machine(*of) for of in _MACHINES.items()))
    return (*said, *(_selects(*of) for of in _ASKED))
