"""What did a kernel change do to its machine code? The differences of two reports' lowering facts and launch counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.kernels import Facts, KernelCost, costs, lowered
from reports.model import Document

# In the order that a reader asks: what decides speed first. The others follow by their own name.
_FIRST = (
    "waves",
    "vgprs",
    "agprs",
    "sgprs",
    "lds",
    "scratch",
    "vgpr_spills",
    "sgpr_spills",
    "scaled",
    "unscaled",
)


def differences(before: Document, after: Document) -> list[str]:
    """Lines of text; none where the reports have the same kernels with the same facts and counts."""
    return [*_facts(lowered(before), lowered(after)), *_costs(before, after)]


def _facts(old: Mapping[Any, Facts], new: Mapping[Any, Facts]) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        subject, kernel, variant = key
        name = f"{subject} {kernel} [{variant}]"
        if key not in new:
            yield f"- {name}: only in the first report ({_summary(old[key])})"
        elif key not in old:
            yield f"+ {name}: only in the second report ({_summary(new[key])})"
        elif changed := list(_changed(old[key], new[key])):
            yield f"~ {name}"
            yield f"    {', '.join(changed)}"


def _changed(old: Facts, new: Facts) -> Iterator[str]:
    names = [*_FIRST, *(name for name in old if name not in _FIRST)]
    for name in names:
        if isinstance(old[name], dict):
            yield from _counts(old[name], new[name], f"{name} ")
        elif old[name] != new[name]:
            yield f"{name} {_value(old[name])} -> {_value(new[name])}"


def _counts(old: Mapping[str, int], new: Mapping[str, int], prefix: str = "") -> Iterator[str]:
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name, 0), new.get(name, 0)
        if a != b:
            share = f" ({100 * (b - a) / a:+.1f} %)" if a else ""
            yield f"{prefix}{name} {a:,} -> {b:,}{share}"


def _summary(facts: Facts) -> str:
    return ", ".join(f"{name} {_value(facts[name])}" for name in _FIRST if facts[name] not in (0, [0, 0]))


def _value(value: Any) -> str:
    """Counts [in the K loop, in the kernel] as '4/8'; instructions one after the other."""
    if isinstance(value, list):
        return ("/" if all(isinstance(item, int) for item in value) else "; ").join(map(str, value)) or "none"
    return str(value)


def _costs(before: Document, after: Document) -> Iterator[str]:
    """Launch counts over the cases that both reports have."""
    both = _rows(before) & _rows(after)
    old, new = costs(before, both), costs(after, both)
    lines = []
    for key in sorted(old.keys() | new.keys()):
        a, b = (_flat(found.get(key, KernelCost())) for found in (old, new))
        if changed := list(_counts(a, b)):
            lines += [f"~ {' '.join(key)}", f"    {', '.join(changed)}"]
    if lines:
        yield f"Launches in the {len(both)} cases of both reports:"
        yield from lines


def _rows(document: Document) -> set[tuple[str, str]]:
    return {(case["id"], case["subject"]) for case in document["cases"]}


def _flat(cost: KernelCost) -> dict[str, int]:
    whole = {name: getattr(cost, name) for name in ("launches", "workgroups", "waves")}
    return {**whole, **cost.instructions, **cost.traffic}
