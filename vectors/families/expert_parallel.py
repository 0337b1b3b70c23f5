"""What is asked of ranks as processes? Each runs with its own experts' weights, and an all-reduce adds the outputs."""

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from reference import pipelines
from reference.codec import round_float64
from reference.interval import Interval
from vectors.arrays import flattened
from vectors.case import Arrays, Case, as_case
from vectors.contents.moe import EXACT, as_moe, certify, parameters
from vectors.families.expert_map import rank_weights, ranks_inputs

_PIPELINES: dict[str, Callable[..., Any]] = {"emulation": pipelines.emulation, "native": pipelines.native}


def expect_processes(case: Case, inputs: Arrays) -> Arrays:
    """Per pipeline the output of each rank, the total of the all-reduce in BF16, and where it is the whole run's.

    A token's output is non-zero on two ranks at most, so that an all-reduce in BF16 rounds once, whatever its order:
    the total is the two outputs' exact sum, rounded to nearest even. as_whole marks the elements where no rank's own
    rounding lost anything. Raises ValueError for data where more ranks meet, or where as_whole holds in less than half.
    """
    found: dict[str, np.ndarray] = {}
    for name, run in _PIPELINES.items():
        outputs = []
        for rank, expert_map in enumerate(inputs["expert_maps"]):
            held = rank_weights(inputs, expert_map)
            outputs.append(run(as_moe(case, inputs, **held, expert_map=expert_map)).output)
            certify(case, name, outputs[-1])
            found |= flattened(outputs[-1], f"{name}.rank{rank}.")
        whole = run(as_moe(case, inputs)).output
        certify(case, name, whole)
        total = _total(case, outputs)
        same = total.hi.astype(np.float32) == whole.hi.astype(np.float32)
        if same.mean() < 0.5:
            raise ValueError(f"inputs of {case.id}: ranks sum to the whole in {same.mean():.0%}, needs half at least")
        found |= flattened(total, f"{name}.total.") | {f"{name}.as_whole": same}
    return found


def _total(case: Case, outputs: list[Interval]) -> Interval:
    """The all-reduce's only right answer; a zero has either sign."""
    each = np.stack([output.hi.astype(np.float64) for output in outputs])
    meet = int((each != 0).sum(axis=0).max(initial=0))
    if meet > 2:
        raise ValueError(f"inputs of {case.id}: {meet} ranks have a part of one element, needs two at most")
    total = round_float64(each.sum(axis=0), ml_dtypes.bfloat16)
    zero = np.zeros_like(total)
    lo, hi = np.where(total == 0, -zero, total), np.where(total == 0, zero, total)
    nowhere = np.zeros(total.shape, dtype=bool)
    return Interval(lo, hi, nowhere, nowhere)


def case_over(world: int, kind: str, experts: int, tier: str = "exhaustive") -> Case:
    """The case of ``experts`` experts placed by ``kind`` (vectors.data.expert_maps.placed) on ``world`` processes."""
    one = "process" if world == 1 else "processes"
    return as_case(
        f"expert-parallel/{kind}-{experts}-experts-over-{world}-{one}",
        f"{world} {one} with an all-reduce: {experts} experts, {kind.replace('-', ' ')}.",
        "EPM-04 EPM-05", "expert-map rank-sum", tier,
        parameters(T=6, H=128, I=128, k=2, E=experts, world=world, map=kind, **EXACT), ranks_inputs, expect_processes,
    )  # fmt: skip


def cases() -> tuple[Case, ...]:
    """The family's cases: three placements on two processes; every world of up to eight experts."""
    placed = (("contiguous", 6), ("round-robin", 7), ("random-partition", 5))
    return (
        *(case_over(2, kind, experts, "gate") for kind, experts in placed),
        *(case_over(world, "contiguous", 8) for world in range(1, 9)),
        case_over(3, "round-robin", 7),
        case_over(5, "random-partition", 12),
    )
