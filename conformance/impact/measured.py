"""How much does a stage change? Outputs with it and with the reference's in its place, both held to the exact one."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from conformance.calls.explanation import explain
from conformance.impact.chain import WHOLE, output, stages, whole
from conformance.impact.layer import UseLayer
from conformance.subjects.base import Subject
from reference.codec import F64, AnyArray, float64_to_bf16, ordered_key, to_float64
from reports.line import what

OF_OTHERS = "the subject's", "the reference's"  # stages beside the one that is looked at
_HALF = 0.5  # of the result: what is that far off has more error in it than result


@dataclass(frozen=True)
class Impact:
    """What one stage does to a layer of a use.

    others: whose the other stages are. changed: share of the outputs that have other bits with it. rel_l2: relative L2
    error against the exact result, without and with it. moved: relative L2 between both. cosine: with it, to the exact
    result. ulps: the most representable values between both. quantized, rounded: the relative L2 error of the
    reference's pipeline, and of the exact result in BF16. problem: why nothing could be measured, in words.
    """

    subject: str
    use: str
    stage: str
    others: str
    changed: float = 0.0
    rel_l2: tuple[float, float] = (0.0, 0.0)
    moved: float = 0.0
    cosine: float = 1.0
    ulps: int = 0
    quantized: float = 0.0
    rounded: float = 0.0
    problem: str = ""

    @property
    def weight(self) -> str:
        """What it comes to, in words."""
        if self.problem:
            return f"not measured: {self.problem}"
        if not self.changed:
            return "no output changes"
        if not np.isfinite(self.rel_l2[1]):
            return "unusable: outputs are NaN or infinite"
        if self.moved <= self.rounded:
            return f"below what rounding to BF16 changes ({self.rounded:.4f})"
        if self.rel_l2[1] > _HALF:
            return "unusable"
        if self.moved <= self.quantized:
            return f"below what the format itself costs ({self.quantized:.4f})"
        return f"above what the format itself costs ({self.quantized:.4f})"

    def __str__(self) -> str:
        start = f"{self.stage} of {self.subject} in {self.use}, other stages {self.others}: "
        if self.problem or not self.changed:
            return f"{start}{self.weight}"
        without, with_it = self.rel_l2
        return (
            f"{start}{100 * self.changed:.3g} % of outputs change, at most {self.ulps} ulp, rel-L2 {without:.4f} -> "
            f"{with_it:.4f}, cosine {self.cosine:.6f}: {self.weight}"
        )

    def to_json(self) -> dict[str, Any]:
        """As a file has it; NaN and infinities as words."""
        found = asdict(self) | {"weight": self.weight}
        numbers = {"rel_l2": [_number(value) for value in self.rel_l2]}
        return found | numbers | {name: _number(found[name]) for name in ("moved", "cosine")}


def impacts(
    layer: UseLayer, subject: Subject, failing: Sequence[str], device: torch.device | str = "cpu"
) -> list[Impact]:
    """Of each failing stage, beside the subject's other stages and, where another one fails too, the reference's.

    The reference's are by the arithmetic that the subject declares: what is declared is no failure.
    """
    layer = replace(layer, moe=replace(layer.moe, arithmetic=subject.abilities.arithmetic))
    parts = [stage for stage in stages(subject.pipeline) if stage in failing and stage in subject.stages]
    every = frozenset(stages(subject.pipeline))
    right = output(layer, subject, (), device)

    def pair(stage: str, beside: frozenset[str]) -> Callable[[], tuple[AnyArray, AnyArray]]:
        return lambda: (
            output(layer, subject, beside - {stage}, device),
            output(layer, subject, beside | {stage}, device),
        )

    found = [_measured(layer, subject, stage, OF_OTHERS[0], right, pair(stage, every)) for stage in parts]
    if len(parts) > 1:
        alone = frozenset[str]()
        found += [_measured(layer, subject, stage, OF_OTHERS[1], right, pair(stage, alone)) for stage in parts]
    if WHOLE in failing and WHOLE in subject.stages:
        names = (WHOLE, OF_OTHERS[1])
        found.append(_measured(layer, subject, *names, right, lambda: (right, whole(layer, subject, device))))
    return found


def _measured(
    layer: UseLayer,
    subject: Subject,
    stage: str,
    others: str,
    right: AnyArray,
    both: Callable[[], tuple[AnyArray, AnyArray]],
) -> Impact:
    names = (subject.name, layer.use.name, stage, others)
    try:
        without, with_it = both()
    except Exception as error:
        return Impact(*names, problem=what(explain(error)))
    if without.shape != with_it.shape or without.dtype != with_it.dtype:
        has, needs = (f"{a.dtype}{list(a.shape)}" for a in (with_it, without))
        return Impact(*names, problem=f"the output has {has}, needs {needs}")
    exact = layer.exact
    apart = np.abs(ordered_key(with_it).astype(np.int64) - ordered_key(without))
    return Impact(
        *names,
        changed=float((apart != 0).mean()),
        rel_l2=(_rel_l2(without, exact), _rel_l2(with_it, exact)),
        moved=_rel_l2(with_it, exact, without),
        cosine=_cosine(to_float64(with_it), exact),
        ulps=int(apart.max()),
        quantized=_rel_l2(right, exact),
        rounded=_rel_l2(float64_to_bf16(exact), exact),
    )


def _rel_l2(found: AnyArray, exact: F64, other: AnyArray | None = None) -> float:
    with np.errstate(all="ignore"):
        off = to_float64(found) - (exact if other is None else to_float64(other))
        value = float(np.linalg.norm(off) / np.linalg.norm(exact))
    return value if np.isfinite(value) else float("inf")


def _cosine(a: F64, b: F64) -> float:
    with np.errstate(all="ignore"):
        return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b)))


def _number(value: float) -> float | str:
    return value if np.isfinite(value) else "not finite"
