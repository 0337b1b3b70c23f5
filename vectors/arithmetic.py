"""How is a case asked of an implementation that declares another arithmetic? The same question, with that parameter.

The parameter is not the family's: it is put in for one subject, the id stays, and no store holds the arrays.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from reference.arithmetic import CONTRACT, Arithmetic
from reference.fused import AcceptedBlocks
from reference.interval import RealInterval
from vectors.case import Case

PARAMETER = "arithmetic"
# Families whose expected arrays, or what is accepted by them, follow from how the native pipeline quantizes.
FAMILIES = frozenset(
    {
        "quantize",
        "activation-quantize",
        "stages",
        "moe",
        "expert-map",
        "expert-parallel",
        "experts-class",
        "property",
        "property-mx",
        "use",
        "use-mx",
    }
)


def of(params: Mapping[str, Any]) -> Arithmetic:
    """The arithmetic that a case's parameters ask for: the contract's where they say nothing."""
    return Arithmetic(**params.get(PARAMETER, {}))


def under(case: Case, arithmetic: Arithmetic) -> Case:
    """The case as it is asked under that arithmetic: itself where nothing of it depends on it."""
    if arithmetic == CONTRACT or case.family not in FAMILIES:
        return case
    return replace(case, golden=False, params={**case.params, **params(arithmetic)})


def params(by: Arithmetic) -> dict[str, Any]:
    """What a case's parameters have more under that arithmetic."""
    return {} if by == CONTRACT else {PARAMETER: asdict(by)}


def accepted_blocks(params: Mapping[str, Any], enclosure: RealInterval) -> AcceptedBlocks:
    """The accepted blocks of enclosed activations, by the arithmetic of a case with these parameters."""
    by = of(params)
    return AcceptedBlocks(enclosure, by.scale_rule, by.amax_floor, by.bf16_between)


def held_in_stores(case: Case) -> bool:
    """Whether a store may hold the arrays of the case: those of the contract's arithmetic only."""
    return PARAMETER not in case.params
