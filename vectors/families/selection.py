"""What is asked of the selection? Architectures and shapes on both sides of the native kernel's support."""

from __future__ import annotations

from vectors.case import Case, expect_nothing, no_inputs

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


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    found = []
    for arch, hidden, intermediate, selects in _ASKED:
        name = (arch or "no-gpu").replace("_", "-").replace(":", "-").replace("+", "-on").rstrip("-")
        found.append(
            Case(
                id=f"selection/{name}-hidden-{hidden}-intermediate-{intermediate}",
                title=f"On {arch or 'a machine without a GPU'} with H {hidden} and I {intermediate}: {selects}.",
                requirements=(
                    "SEL-01" if selects == "native" or (arch or "").startswith("gfx950") else "SEL-02",
                ),
                flags=("selection",),
                tier="quick",
                golden=False,
                params={"arch": arch, "H": hidden, "I": intermediate, "selects": selects},
                make_inputs=no_inputs,
                make_expected=expect_nothing,
            )
        )
    return tuple(found)
