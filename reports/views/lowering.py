"""What were the kernels compiled to, and what did their launches do? Rows of numbers by subject, kernel and tile."""

import math
import re
from dataclasses import dataclass

from reports.model import Document
from reports.views.kernels import CLASSES, Facts, costs_of_configurations, loop_counts, lowered, spills, step_clocks

Row = tuple[str, ...]
# Of a workgroup on the architectures whose limits a requirement names: registers of a lane, VGPRs and AGPRs together,
# and bytes of LDS.
LIMITS = {"gfx950": (512, 160 * 1024)}
TO_NEAREST_EVEN, KEEPS_SUBNORMALS = 0, 3  # FP32 modes
_TILE = re.compile(r"\b(BLOCK\w*|TILE\w*)=(\d+)")


@dataclass(frozen=True)
class Table:
    """head: names of the columns; words: of these, how many at the start are no numbers."""

    head: tuple[str, ...]
    words: int
    rows: list[Row]


def variants(document: Document) -> Table:
    """One row for each compiled variant of a kernel. Pairs of numbers are of the K loop and of the whole kernel.

    Clocks are the least for which a workgroup's step over K keeps each part of a compute unit busy, the longest first.
    """
    head = (
        *(
            "subject",
            "kernel",
            "tile",
            "limits",
            "waves",
            "waves/SIMD",
            "VGPR",
            "AGPR",
            "SGPR",
            "LDS",
            "scratch",
            "spills",
        ),
        *("scaled MFMA", "other MFMA", "upcasts", "loop", "clocks of a step", "variant"),
    )
    rows: list[Row] = []
    for (subject, kernel, variant), facts in lowered(document).items():
        single = [facts[name] for name in ("warps", "waves", "vgprs", "agprs", "sgprs", "lds", "scratch")]
        counts = [*map(str, [*single, spills(facts)]), *loop_counts(facts), step_clocks(facts)]
        rows.append((subject, kernel, tile(variant), ", ".join(passed_limits(facts)) or "kept", *counts, variant))
    return Table(head, 4, rows)


def passed_limits(facts: Facts) -> list[str]:
    """What speaks against a kernel as it was compiled, in words; nothing where all limits are kept."""
    registers, lds = LIMITS.get(facts["arch"], (math.inf, math.inf))
    has = facts["vgprs"] + facts["agprs"]
    mode = (facts["round"], facts["denormal"]) != (TO_NEAREST_EVEN, KEEPS_SUBNORMALS) or facts["mode_writes"]
    found = {
        f"LDS above {lds}": facts["lds"] > lds,
        f"registers above {registers}": has > registers,
        "no workgroup fits": not facts["waves"],
        "spills": spills(facts) > 0,
        "scratch": facts["scratch"] > 0,
        "another FP32 mode": mode,
        "scaled products not by MFMA": facts["scaled_dots"] > 0 and not facts["scaled"][1],
    }
    return [f"! {words}" for words, passed in found.items() if passed]


def tile(variant: str) -> str:
    """'M=16 N=128' of the constants that a variant names."""
    sizes = _TILE.findall(variant.partition("|")[0])
    return " ".join(f"{name.partition('_')[2] or name.lower()}={size}" for name, size in sizes)


def launches(document: Document) -> Table:
    """One row for each configuration of a kernel that ran, and one for all of it: by how many cases, in how many
    compiled variants; what the launches did together, and the bytes that a workgroup moved."""
    head = (
        *(
            "subject",
            "kernel",
            "configuration",
            "cases",
            "variants",
            "launches",
            "workgroups",
            "wave-instructions",
            *CLASSES,
        ),
        *("bytes/workgroup", "least", "LDS bytes/workgroup", "bytes beyond views"),
    )
    rows: list[Row] = []
    for key, cost in costs_of_configurations(document).items():
        moved = [cost.moved, cost.least, cost.traffic["lds_loaded"] + cost.traffic["lds_stored"]]
        each = [round(count / max(1, cost.workgroups)) for count in moved]
        kinds = [cost.instructions.get(name, 0) for name in CLASSES]
        ran = [len(cost.cases), len(cost.variants), cost.launches, cost.workgroups]
        counts = [*ran, sum(cost.instructions.values()), *kinds, *each, cost.traffic.get("beyond_views", 0)]
        rows.append((*key, *(f"{count:,}" for count in counts)))
    return Table(head, 3, rows)
