"""What did a launch do? Counts that are the same in every run: a kernel's cost without a clock."""

from __future__ import annotations

from dataclasses import dataclass, field

CLASSES = ("SALU", "VALU", "SMEM", "VMEM", "LDS", "MFMA", "BRANCH", "OTHER")


@dataclass
class Traffic:
    """Bytes that active lanes moved. distinct_loaded, distinct_stored: global bytes, each counted once."""

    global_loaded: int = 0
    global_stored: int = 0
    lds_loaded: int = 0
    lds_stored: int = 0
    distinct_loaded: int = 0
    distinct_stored: int = 0


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
