"""How is a mismatch told? ``[2, 5] observed 0x3f81 (1.007), expected 0x3f80 (1); 3 of 64 bad; steps off {<=1: 3}``."""

from __future__ import annotations

from conformance.judging.accepted import Index, Mismatch
from reports.model import Expected


def told(found: Mismatch) -> str:
    """All of a mismatch."""
    return f"{place(found.index)} {difference(found)}".lstrip()


def place(index: Index) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def difference(found: Mismatch) -> str:
    """All but where it is."""
    count = f"; {found.bad} of {found.total} bad" if found.total else ""
    off = ", ".join(f"{label}: {n}" for label, n in found.steps.items())
    steps = f"; steps off {{{off}}}" if off else ""
    return f"observed {found.observed}, expected {wording(found.expected)}{count}{steps}"


def wording(expected: Expected) -> str:
    """``0x3f80 (1)``, ``0x3f80 (1) to 0x3f82 (1.015625)``, ``scale byte 119 to 120``, ``a code of [1, 1.5] / 2^-8``."""
    span = f"{expected.least}" if expected.most is None else f"{expected.least} to {expected.most}"
    return f"{expected.of} {span}".lstrip()
