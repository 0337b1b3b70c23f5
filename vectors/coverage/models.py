"""Which models of combinations are there, and what do cases outside of them hold?"""

from vectors.case import Case
from vectors.contents import gemm_bytes
from vectors.families import (
    activation_combined,
    align_combined,
    expert_map_combined,
    experts_class_combined,
    gemm_combined,
    moe_combined,
    quantize_combined,
)
from vectors.sweep import combinations
from vectors.sweep import dimensions as dim
from vectors.sweep.combinations import Held, Model

TABLED: tuple[Model, ...] = (
    moe_combined.MODEL,
    moe_combined.FALLBACK,
    expert_map_combined.MODEL,
    experts_class_combined.MODEL,
    align_combined.MODEL,
    gemm_combined.MX,
    gemm_combined.BF16,
    activation_combined.PLAIN,
    activation_combined.FUSED,
    quantize_combined.MODEL,
)
MODELS: tuple[Model, ...] = (*TABLED, *activation_combined.PLACES)
"""With those whose values each case crosses: they need no rows of their own."""


# Every call of these families is made while fresh memory is poisoned.
_CALLED = {model.family for model in TABLED} | {"dequantize", "stages"}


def held_elsewhere(case: Case) -> Held:
    """The values of dimensions that a case holds and no model combines."""
    p = case.params
    held: dict[str, set[str | None]] = {"poison": {"allocator"} if case.family in _CALLED else set()}
    if case.family == "experts-class":
        held["poison"] |= {"output", "workspaces"}
        held["calls"] = {"once"}
    if case.family.startswith("gemm-") and p["T"] and (p["E"] > 1 or p["world"] > 1):
        held["poison"] |= {
            "past-the-end"
        }  # of a single expert whose routes are all here they would write what is right
    if p.get("row_padding") or "padded" in (p.get("layout"), p.get("weights_layout")):
        held["poison"] |= {"padding"}
    if "MOE-04" in case.requirements:
        held["calls"] = {"again", "after-larger", *(["after-smaller"] if p.get("T", 2) > 1 else [])}
    if "FMT-02" in case.requirements or (case.family == "dequantize" and all(p.get("shape", ()))):
        held["codes"] = {"nan"}
    numbers = _bytes(case)
    held["byte"] = {dim.BYTES.named(number) for number in numbers}
    if "first_byte" in p or case.id == "dequantize/every-code-under-every-byte":
        held["codes"] = {"all"}
    return combinations.holding(held)


def _bytes(case: Case) -> set[int]:
    """Scale bytes that a case holds for certain, from its parameters."""
    p = case.params
    if case.id.startswith("dequantize/every"):
        return set(range(256))
    if "under_bytes" in p:
        return set(p["under_bytes"])
    if "first_byte" in p:
        return set(range(p["first_byte"], p["first_byte"] + (p["T"] if p.get("swapped") else p["N"])))
    if p.get("scale_bytes") and p["T"] * p["K"] and p["exact"]:
        first, last = gemm_bytes.RANGES[p["scale_bytes"]][0]
        return set(range(first, last + 1)) | ({255} if p["scale_bytes"] == "nan" else set())
    return set()
