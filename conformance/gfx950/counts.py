"""What did launches do, each and together? Counts that are the same in every run: a kernel's cost without a clock."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

CLASSES = ("SALU", "VALU", "SMEM", "VMEM", "LDS", "MFMA", "BRANCH", "OTHER")


@dataclass
class Traffic:
    """Bytes that active lanes moved. distinct_loaded, distinct_stored: global bytes, each counted once.
    beyond_views: by accesses that left their tensor's view and stayed where they may."""

    global_loaded: int = 0
    global_stored: int = 0
    lds_loaded: int = 0
    lds_stored: int = 0
    distinct_loaded: int = 0
    distinct_stored: int = 0
    beyond_views: int = 0


@dataclass
class LaunchCounts:
    """One launch. instructions: wave-instructions by class of CLASSES. executed: index of each straight run's first
    instruction in the kernel -> waves that ran it.
    """

    kernel: str
    grid: tuple[int, int, int]
    waves: int
    instructions: dict[str, int] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)
    executed: dict[int, int] = field(default_factory=dict)


@dataclass
class Cost:
    """The launches of one variant of a kernel, added up. code: the digest of what ran, '' where it is not known.

    instructions: wave-instructions by class. traffic: bytes; its *distinct* ones count each byte once for each launch,
    so they are the least that a launch can move to and from memory, however it is tiled.
    """

    kernel: str
    variant: str
    code: str = ""
    launches: int = 0
    workgroups: int = 0
    waves: int = 0
    instructions: Counter[str] = field(default_factory=Counter)
    traffic: Traffic = field(default_factory=Traffic)

    def add(self, counts: LaunchCounts) -> None:
        """Add one launch."""
        x, y, z = counts.grid
        self.launches += 1
        self.workgroups += x * y * z
        self.waves += counts.waves
        self.instructions.update(counts.instructions)
        for name, value in asdict(counts.traffic).items():
            setattr(self.traffic, name, getattr(self.traffic, name) + value)

    def to_json(self) -> dict[str, Any]:
        """As a report's row has it: classes that did not occur are left out."""
        facts = asdict(self)
        if not self.code:
            del facts["code"]
        facts["instructions"] = {name: int(n) for name, n in self.instructions.items() if n}
        facts["traffic"] = {name: int(n) for name, n in facts["traffic"].items()}
        return facts
