"""What did the kernels cost, and what were they compiled to? The rows' counts and facts, put together by kernel."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from reports.model import Document

Facts = dict[str, Any]
ALL = "all"
CLASSES = ("SALU", "VALU", "SMEM", "VMEM", "LDS", "MFMA", "BRANCH", "OTHER")


@dataclass
class KernelCost:
    """All launches of one kernel. instructions: wave-instructions by class; traffic: bytes by the schema's names.

    cases: ids of cases that launched it; variants: the compiled forms that ran.
    """

    cases: set[str] = field(default_factory=set)
    variants: set[str] = field(default_factory=set)
    launches: int = 0
    workgroups: int = 0
    waves: int = 0
    instructions: dict[str, int] = field(default_factory=dict)
    traffic: dict[str, int] = field(default_factory=dict)

    def add(self, case: str, launches: Facts) -> None:
        """Add one entry of a row's ``launches``."""
        self.cases.add(case)
        self.variants.add(launches["variant"])
        for name in ("launches", "workgroups", "waves"):
            setattr(self, name, getattr(self, name) + launches[name])
        for mine, others in ((self.instructions, launches["instructions"]), (self.traffic, launches["traffic"])):
            for name, count in others.items():
                mine[name] = mine.get(name, 0) + count

    @property
    def moved(self) -> int:
        """Global bytes loaded and stored."""
        return self.traffic["global_loaded"] + self.traffic["global_stored"]

    @property
    def least(self) -> int:
        """What of that no tiling can avoid: each launch's bytes counted once."""
        return self.traffic["distinct_loaded"] + self.traffic["distinct_stored"]


def costs(document: Document, rows: Collection[tuple[str, str]] | None = None) -> dict[tuple[str, str], KernelCost]:
    """(subject, kernel) -> its launches, by name. rows: the (case, subject) to count; None for all."""
    found: dict[tuple[str, str], KernelCost] = {}
    for case in document["cases"]:
        if rows is None or (case["id"], case["subject"]) in rows:
            for launches in case.get("launches", ()):
                found.setdefault((case["subject"], launches["kernel"]), KernelCost()).add(case["id"], launches)
    return dict(sorted(found.items()))


def costs_of_configurations(document: Document) -> dict[tuple[str, str, str], KernelCost]:
    """(subject, kernel, configuration) -> its launches; behind each kernel's configurations stand all, as ``ALL``."""
    found: dict[tuple[str, str, str], KernelCost] = {}
    for case in document["cases"]:
        for launches in case.get("launches", ()):
            for name in (configuration(launches["variant"]), ALL):
                key = (case["subject"], launches["kernel"], name)
                found.setdefault(key, KernelCost()).add(case["id"], launches)
    return dict(sorted(found.items(), key=lambda item: (*item[0][:2], item[0][2] == ALL, _sizes(item[0][2]))))


def configuration(variant: str) -> str:
    """What a launch chose: the constants and warps of a variant, without what Triton specialised of itself."""
    return variant.partition(" | ")[0]


def _sizes(name: str) -> list[tuple[int, str]]:
    """So that BLOCK_M=16 comes before BLOCK_M=128."""
    return [(len(word), word) for word in name.split()]


def spills(facts: Facts) -> int:
    """Registers of either kind that a compiled kernel keeps in memory."""
    count: int = facts["vgpr_spills"] + facts["sgpr_spills"]
    return count


def loop_counts(facts: Facts) -> list[str]:
    """Scaled and other MFMA and upcasts as 'in the K loop/in the kernel', and all instructions of the K loop."""
    pairs = ["/".join(map(str, facts[name])) for name in ("scaled", "unscaled", "upcasts")]
    return [*pairs, str(sum(facts["loop"].values()))]


def step_clocks(facts: Facts) -> str:
    """'global 792, LDS 528, ...': for how many clocks a step over K keeps each part busy, the one that bounds it first.

    Empty without a matrix instruction, and in reports from before these were counted.
    """
    parts = sorted(facts.get("step", {}).items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {count:,}" for name, count in parts)


def lowered(document: Document) -> dict[tuple[str, str, str], Facts]:
    """(subject, kernel, variant) -> facts of its machine code, in that order; several cases may launch the same."""
    found: dict[tuple[str, str, str], Facts] = {}
    for case in document["cases"]:
        for facts in case.get("lowering", ()):
            found.setdefault((case["subject"], facts["kernel"], facts["variant"]), facts)
    return dict(sorted(found.items()))
