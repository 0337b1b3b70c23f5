"""What is a subject? An implementation under test: which pipeline it claims, and the stages that it lets us call."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from conformance.calls import aspects, faults, guards, notes, surroundings, views
from conformance.calls.explanation import FaultError
from conformance.calls.memory import guarded_allocations, poisoned_allocations
from conformance.calls.named import Way, made
from conformance.subjects.abilities import Abilities
from reference.arithmetic import CONTRACT
from vectors.case import Case

Stage = Callable[..., Any]

# The stages that each family of cases calls. A family is asked of every subject of the pipelines that have those
# stages; a subject that does not expose one has declared that, which the report counts.
STAGES_OF_FAMILY: dict[str, tuple[str, ...]] = {
    "quantize": ("quantize",),
    "fp32-sweep": ("quantize",),  # what rests on the cast
    "activation": ("activation",),
    "activation-quantize": ("activation_quantize",),
    "dequantize": ("dequantize",),
    "align": ("align",),
    "gemm-mx": ("grouped_gemm",),
    "gemm-bf16": ("grouped_gemm",),
    "moe": ("fused_moe",),
    "batch-invariance": ("fused_moe",),  # or the experts class, where the case calls that
    "moe-sum": ("moe_sum",),
    "stages": ("grouped_gemm",),  # and the pipeline's activation; of the sum where there is one
    "expert-map": ("fused_moe",),
    "expert-parallel": ("fused_moe",),
    "bad-input": ("fused_moe",),  # or the stage that the case names
    "experts-class": ("experts", "quant_config"),
    "selection": ("select", "experts"),
    "lowering": (),  # the stage that the case names
    "lowering-fallback": (),
    "property": (),
    "property-mx": (),
    "use": (),
    "use-mx": (),
    "use-bf16": (),
}
STAGES = tuple(dict.fromkeys(stage for stages in STAGES_OF_FAMILY.values() for stage in stages))
_ACTIVATION_OF_PIPELINE = {"native": "activation_quantize", "emulation": "activation"}
_SHARED = {
    *("activation", "align", "moe", "moe-sum", "stages", "expert-map", "expert-parallel", "bad-input"),
    *("experts-class", "selection", "property", "batch-invariance", "use"),
}
FAMILIES_OF_PIPELINE: dict[str, frozenset[str]] = {
    "native": frozenset(
        _SHARED | {"quantize", "activation-quantize", "gemm-mx", "fp32-sweep", "lowering", "property-mx", "use-mx"}
    ),
    "emulation": frozenset(_SHARED | {"dequantize", "gemm-bf16", "lowering-fallback", "use-bf16"}),
}


# What a stage returns: one tensor, unless it stands here. Shapes, and the dtype of one tensor, are the checks' affair.
_RETURNS: dict[str, tuple[torch.dtype, ...] | int] = {
    "quantize": (torch.float8_e4m3fn, torch.uint8),
    "activation_quantize": (torch.float8_e4m3fn, torch.uint8),
    "align": 3,
}


def _check_form(stage: str, found: Any) -> None:
    """Raises FaultError unless a stage returned as many tensors as it has, of dtypes that no check could see."""
    needs = _RETURNS.get(stage, 1)
    dtypes = needs if isinstance(needs, tuple) else (None,) * needs
    parts = found if isinstance(found, tuple | list) and dtypes != (None,) else (found,)
    has = [str(p.dtype).removeprefix("torch.") if isinstance(p, torch.Tensor) else type(p).__name__ for p in parts]
    right = len(parts) == len(dtypes) and all(
        isinstance(part, torch.Tensor) and dtype in (None, part.dtype)
        for part, dtype in zip(parts, dtypes, strict=False)
    )
    if not right:
        named = [str(dtype).removeprefix("torch.") if dtype else "a torch.Tensor" for dtype in dtypes]
        raise FaultError(f"{stage} returned {' and '.join(has) or 'nothing'}, needs {' and '.join(named)}")


def _guarded(stage: str, before: faults.Copies, around: Mapping[str, guards.Guard], run: Callable[[], Any]) -> Any:
    """What a call returns that is made while fresh allocations are poisoned. What else it does is noted.

    before: copies of what it may not change. around: what lies beside its arguments.
    """
    kept = surroundings.kept(stage, (*aspects.ARITHMETIC, *aspects.CALLS))
    wanted = guards.are_on() and notes.current().guards_fresh
    with kept, poisoned_allocations(), guarded_allocations(wanted) as fresh:
        found = run()
    notes.current().outside += [f"{stage}: {words}" for words in guards.damages({**around, **fresh})]
    if changed := faults.changed(before):
        notes.current().changed.append(f"{stage} changed its inputs: {', '.join(changed)}")
    return found


@dataclass(frozen=True)
class Subject:
    """An implementation under test.

    name: how ``--subject`` and the report call it.
    pipeline: ``native`` or ``emulation``: which of the reference's pipelines it is held to.
    stages: stage name -> callable over torch tensors, with the signatures of ``kernels`` (one at least: ``fused_moe``,
    ``quantize``, ``activation``, ``activation_quantize``, ``dequantize``, ``align``, ``grouped_gemm``, ``moe_sum``,
    ``experts`` (a class), ``quant_config``, ``select`` where there is one).
    abilities: what it declares to do otherwise than the contract, or not at all.
    expectations: files of verdicts that are known to differ (conformance.asking.expectations).
    held_to_views: whether its launches leave all but views alone in its own storages too (conformance.calls.views).
    unable_here: why none of its stages runs on the backend that is active; None where they do.
    """

    name: str
    pipeline: str
    stages: Mapping[str, Stage] = field(repr=False)
    abilities: Abilities = field(default_factory=Abilities)
    expectations: tuple[Path, ...] = ()
    held_to_views: bool = False
    unable_here: str | None = None

    def __post_init__(self) -> None:
        if self.pipeline not in FAMILIES_OF_PIPELINE:
            needs = ", ".join(FAMILIES_OF_PIPELINE)
            raise ValueError(f"pipeline of subject {self.name}: has {self.pipeline!r}, needs one of {needs}")
        if not self.stages.keys() & set(STAGES):
            has = ", ".join(sorted(self.stages)) or "none"
            raise ValueError(f"stages of subject {self.name}: has {has}, needs at least one of {', '.join(STAGES)}")

        if self.pipeline == "emulation" and self.abilities.arithmetic != CONTRACT:
            raise ValueError(
                f"abilities of subject {self.name}: has {self.abilities.arithmetic}, needs the contract's arithmetic: "
                "the emulation pipeline quantizes nothing"
            )

    @property
    def families(self) -> frozenset[str]:
        """The families of cases that this subject's pipeline is asked."""
        return FAMILIES_OF_PIPELINE[self.pipeline]

    def call(self, stage: str, *args: Any, **kwargs: Any) -> Any:
        """Call a stage while every fresh allocation is poisoned: memory that it leaves unwritten shows.

        What it does wrong beside its values is noted (conformance.calls.notes). Raises FaultError for a result of
        another form than the stage's.
        """
        run = self.stages[stage] if self.held_to_views else views.lent(self.stages[stage])
        # Of the whole MoE the checks themselves judge it, for every argument; its weights may be gigabytes.
        before = {} if stage == "fused_moe" else faults.copies(args, kwargs)
        around = guards.around(run, args, kwargs)
        found = _guarded(stage, before, around, lambda: run(*args, **kwargs))
        _check_form(stage, found)
        self._look_at(stage, found, around, lambda: run(*args, **kwargs))
        return found

    def apply(self, experts: Any, **given: Any) -> None:
        """Call ``apply`` of an experts class as a stage is called: nothing but ``output`` may be another one behind it.

        What shares memory with output may change with it, and workspaces are there to be written.
        """
        output = given["output"]
        written = {"output", "workspace13", "workspace2"}
        kept = {n: v for n, v in given.items() if n not in written and not faults.share_memory(v, output)}
        config = getattr(getattr(experts, "quant_config", None), "__dict__", {})
        run = experts.apply if self.held_to_views else views.lent(experts.apply, config)
        around = guards.around(experts.apply, (), given)
        _guarded("apply", faults.copies((), kept), around, lambda: run(**given))

        def again() -> torch.Tensor:
            fresh = torch.empty_like(output)
            run(**{**given, "output": fresh})
            return fresh

        self._look_at("apply", output, around, again)

    def _look_at(self, stage: str, found: Any, around: Mapping[str, guards.Guard], again: Callable[[], Any]) -> None:
        """Note what a call returned; where that holds what poisoned memory holds, how to ask whether it is that."""
        noted, results = notes.current(), faults.results(found, faults.some)
        noted.keep(self.name, stage, [array for array, _ in results])
        if noted.suspect is None and faults.holds_poison(results):
            noted.suspect = lambda: faults.unwritten(stage, again)
            noted.beside = lambda: faults.read_beside(around, again)

    def calling(self, stage: str, way: Way) -> "Subject":
        """The same subject, whose calls of that stage are made in that way."""
        return replace(self, stages={**self.stages, stage: made(stage, self.stages[stage], way)})

    def asked(self, case: Case) -> Case:
        """The case as it is asked of this subject: with the arithmetic that it declares."""
        return self.abilities.asked(case)

    @property
    def declared(self) -> Mapping[str, Any]:
        """What it declares to do otherwise than the contract, or not at all, by the ability's name."""
        return self.abilities.declared()

    def contradicted(self, case: Case) -> Mapping[str, str]:
        """Requirements of the case that what this subject declares contradicts, with the reason."""
        return self.abilities.contradicted(case)

    def unable(self, case_family: str, params: Mapping[str, Any], requirements: Collection[str] = ()) -> str | None:
        """Why this subject declares that it cannot run a case of that family, parameters and requirements; None where
        it can."""
        if self.pipeline not in params.get("pipelines", (self.pipeline,)):
            return f"{self.name} is no {' or '.join(params['pipelines'])} pipeline, of which alone this is asked"
        needed = list(STAGES_OF_FAMILY[case_family])
        if case_family == "stages":
            needed.append(_ACTIVATION_OF_PIPELINE[self.pipeline])
        if "experts" in (params.get("call"), params.get("stage")):
            needed += STAGES_OF_FAMILY["experts-class"]
        elif "stage" in params:  # the case names its own
            needed.append(params["stage"])
        missing = [stage for stage in needed if stage not in self.stages]
        if missing:
            return f"{self.name} exposes no stage {', '.join(missing)}"
        reason = self.abilities.unable(case_family, params, requirements)
        return None if reason is None else f"{self.name} {reason}"
