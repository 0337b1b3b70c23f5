"""What is asked of expert parallelism? Partitions of the experts over ranks: each rank alone, and the sum of all."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference import pipelines
from reference.interval import Interval
from vectors.arrays import flattened
from vectors.case import Arrays, Case, as_case
from vectors.contents.moe import EXACT, as_moe, certify, make_inputs, native_can, parameters
from vectors.data import Stream, expert_maps

_WEIGHTS = ("w13", "w13_scale", "w2", "w2_scale")


def _maps(case: Case) -> tuple[np.ndarray, ...]:
    p = case.params
    return expert_maps.placed(p["map"], Stream(case.id, "map"), p["E"], p["world"])


def ranks_inputs(case: Case) -> Arrays:
    return {**make_inputs(case), "expert_maps": np.stack(_maps(case))}


def expect_ranks(case: Case, inputs: Arrays) -> Arrays:
    """Per pipeline and rank the accepted output and the foreign rows; of a partition the whole run and the sum.

    exact_sum marks the elements where no rank's BF16 rounding loses anything: there the ranks' outputs must sum to the
    whole run's bits. Raises ValueError where exact data leave fewer than half of the elements so.
    """
    found: dict[str, np.ndarray] = {}
    runs: dict[str, Callable[..., Any]] = {"emulation": pipelines.emulation}
    if native_can(case):
        runs["native"] = pipelines.native
    for name, run in runs.items():
        outputs = []
        for rank, expert_map in enumerate(inputs["expert_maps"]):
            accepted = run(as_moe(case, inputs, **rank_weights(inputs, expert_map), expert_map=expert_map)).output
            certify(case, name, accepted)
            local = np.isin(inputs["topk_ids"], np.flatnonzero(expert_map >= 0))
            found |= flattened(accepted, f"{name}.rank{rank}.")
            found[f"{name}.rank{rank}.foreign_rows"] = np.logical_not(local.any(axis=1))
            outputs.append(accepted)
        if "EPM-01" in case.requirements:
            whole = run(as_moe(case, inputs)).output
            found |= flattened(whole, f"{name}.whole.") | flattened(_sum(outputs), f"{name}.sum.")
            found[f"{name}.exact_sum"] = _exact_sum(case, whole, outputs)
    return found


def _exact_sum(case: Case, whole: Interval, outputs: list[Interval]) -> np.ndarray:
    """Where the ranks' only right answers sum to the whole run's only right answer."""
    certain = np.all([o.is_value() for o in (whole, *outputs)], axis=0)
    total = np.sum([o.hi.astype(np.float64) for o in outputs], axis=0)
    exact: np.ndarray = certain & (total == whole.hi.astype(np.float64))
    if case.params["data"] == "exact" and exact.mean() < 0.5:
        raise ValueError(f"inputs of {case.id}: ranks sum exactly in {exact.mean():.0%}, needs half at least")
    return exact


def rank_weights(inputs: Arrays, expert_map: np.ndarray) -> dict[str, np.ndarray]:
    """What a rank holds: its own experts in the order of its map.

    A single rank without a local expert holds all weights, which it may not use; one of several holds none.
    """
    owned = np.flatnonzero(expert_map >= 0)
    if not owned.size and len(inputs["expert_maps"]) == 1:
        owned = np.arange(len(expert_map))
    order = owned[np.argsort(expert_map[owned], kind="stable")]
    return {name: inputs[name][order] for name in _WEIGHTS}


def _sum(outputs: list[Interval]) -> Interval:
    """The FP32 sum of BF16 outputs in rank order; exact in float64, then one rounding for each FP32 addition.

    The partial sums of at most eight BF16 numbers of similar size need far fewer than 53 bits, so the float64 sums of
    the ends are exact; where FP32 has to round, the set reaches one FP32 value further on each side per addition.
    """
    low = np.sum([o.lo.astype(np.float64) for o in outputs], axis=0)
    high = np.sum([o.hi.astype(np.float64) for o in outputs], axis=0)
    lo, hi = low.astype(np.float32), high.astype(np.float32)
    for _ in range(len(outputs) - 1):
        lo = np.where(lo == low, lo, np.nextafter(lo, np.float32(-np.inf)))
        hi = np.where(hi == high, hi, np.nextafter(hi, np.float32(np.inf)))
    lo, hi = np.where(lo == 0, np.float32(-0.0), lo), np.where(hi == 0, np.float32(0.0), hi)
    nan = np.any([o.nan for o in outputs], axis=0)
    return Interval(lo, hi, nan, np.any([o.free for o in outputs], axis=0))


_CASES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("identity", "identity", "quick", {"world": 1, "E": 5, **EXACT}),
    ("contiguous-halves", "contiguous", "quick", {"world": 2, "E": 6, **EXACT}),
    ("contiguous-uneven-thirds", "contiguous", "gate", {"world": 3, "E": 8, **EXACT}),
    ("round-robin-over-3", "round-robin", "quick", {"world": 3, "E": 7, **EXACT}),
    ("permutation", "permutation", "quick", {"world": 1, "E": 7, **EXACT}),
    ("random-partition-over-4", "random-partition", "gate", {"world": 4, "E": 12, **EXACT}),
    ("one-local-expert-each", "one-local", "gate", {"world": 5, "E": 5, **EXACT}),
    ("more-ranks-than-experts", "contiguous", "gate", {"world": 4, "E": 3, **EXACT}),
    ("none-local-beside-weights", "none-local", "quick", {"world": 1, "E": 4, **EXACT}),
    ("gaussian-over-2", "round-robin", "gate", {"world": 2, "E": 6}),
)


def ranks_case(name: str, title: str, kind: str, flags: str, tier: str, golden: bool, params: dict[str, Any]) -> Case:
    # A rank alone that holds nothing is no partition: there is no sum to speak of.
    asked = f"{'' if kind == 'none-local' else 'EPM-01'} EPM-02 EPM-03 MOE-05"
    hunted = f"{flags} expert-map rank-sum stale-memory"
    return as_case(f"expert-map/{name}", title, asked, hunted, tier, params, ranks_inputs, expect_ranks, golden=golden)


def cases() -> tuple[Case, ...]:
    """The family's cases."""
    return tuple(
        ranks_case(name, f"{name.replace('-', ' ')}: each rank alone, and the sum over the ranks.", kind, "", tier,
                   name == "contiguous-halves", parameters(T=6, H=128, I=128, k=2, **given) | {"map": kind})
        for name, kind, tier, given in _CASES
    )  # fmt: skip
