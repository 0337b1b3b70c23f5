"""What did a kernel change do to its machine code? The differences of two reports' lowering facts and launch counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reports.model import Document
from reports.views.kernels import Facts, KernelCost, costs, lowered

# In the order that a reader asks: what decides speed first. The others follow by their own name.
FIRST = ("waves", "vgprs", "agprs", "sgprs", "lds", "scratch", "vgpr_spills", "sgpr_spills", "scaled", "unscaled")


@dataclass(frozen=True)
class FactChange:
    """share: by how much a count changed, in words; '' where that says nothing."""

    fact: str
    before: str
    after: str
    share: str = ""

    def __str__(self) -> str:
        return f"{self.fact} {self.before} -> {self.after}{self.share}"


@dataclass(frozen=True)
class KernelChange:
    """What differs of one kernel of a subject, of one compiled variant or, where that is '', of all its launches.

    only: 'first' or 'second' where the other report does not have it, whose facts ``summary`` has in words.
    """

    subject: str
    kernel: str
    variant: str
    changes: list[FactChange] = field(default_factory=list)
    only: str = ""
    summary: str = ""


def differences(before: Document, after: Document) -> list[str]:
    """Lines of text; none where the reports have the same kernels with the same facts and counts."""
    lines = [line for change in variants(before, after) for line in _lines(change)]
    if launches := costs_changed(before, after):
        lines.append(f"Launches in the {len(_rows(before) & _rows(after))} cases of both reports:")
        lines += [line for change in launches for line in _lines(change)]
    return lines


def variants(before: Document, after: Document) -> list[KernelChange]:
    """Compiled variants whose facts differ, or that one report alone has."""
    old, new = lowered(before), lowered(after)
    found = []
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            found.append(KernelChange(*key, only="first", summary=_summary(old[key])))
        elif key not in old:
            found.append(KernelChange(*key, only="second", summary=_summary(new[key])))
        elif changed := list(_changed(old[key], new[key])):
            found.append(KernelChange(*key, changed))
    return found


def costs_changed(before: Document, after: Document) -> list[KernelChange]:
    """Kernels whose launches, over the cases that both reports have, did other things."""
    both = _rows(before) & _rows(after)
    old, new = costs(before, both), costs(after, both)
    found = []
    for key in sorted(old.keys() | new.keys()):
        a, b = (_flat(counts.get(key, KernelCost())) for counts in (old, new))
        if changed := list(_counts(a, b)):
            found.append(KernelChange(*key, "", changed))
    return found


def _lines(found: KernelChange) -> Iterator[str]:
    name = f"{found.subject} {found.kernel}" + (f" [{found.variant}]" if found.variant else "")
    if found.only:
        sign = "-" if found.only == "first" else "+"
        yield f"{sign} {name}: only in the {found.only} report ({found.summary})"
    else:
        yield f"~ {name}"
        yield f"    {', '.join(map(str, found.changes))}"


def _changed(old: Facts, new: Facts) -> Iterator[FactChange]:
    names = [*FIRST, *(name for name in old if name in new and name not in FIRST)]
    for name in names:
        if isinstance(old[name], dict):
            yield from _counts(old[name], new[name], f"{name} ")
        elif old[name] != new[name]:
            yield FactChange(name, _value(old[name]), _value(new[name]))


def _counts(old: Mapping[str, int], new: Mapping[str, int], prefix: str = "") -> Iterator[FactChange]:
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name, 0), new.get(name, 0)
        if a != b:
            share = f" ({100 * (b - a) / a:+.1f} %)" if a else ""
            yield FactChange(f"{prefix}{name}", f"{a:,}", f"{b:,}", share)


def _summary(facts: Facts) -> str:
    return ", ".join(f"{name} {_value(facts[name])}" for name in FIRST if facts[name] not in (0, [0, 0]))


def _value(value: Any) -> str:
    """Counts [in the K loop, in the kernel] as '4/8'; instructions one after the other."""
    if isinstance(value, list):
        return ("/" if all(isinstance(item, int) for item in value) else "; ").join(map(str, value)) or "none"
    return str(value)


def _rows(document: Document) -> set[tuple[str, str]]:
    return {(case["id"], case["subject"]) for case in document["cases"]}


def _flat(cost: KernelCost) -> dict[str, int]:
    whole = {name: getattr(cost, name) for name in ("launches", "workgroups", "waves")}
    return {**whole, **cost.instructions, **cost.traffic}
