"""Can two reports be held against each other? Only where both asked in the same way; the rest is told beside."""

from collections.abc import Mapping
from typing import Any

from reports.keeping.same_run import Differing, differing
from reports.model import Document

# What decides which bits a right kernel gives, and which cases are asked.
_ARITHMETIC = (
    "backend", "device", "arch", "compute_capability", "fp_fusion", "interpreted", "arithmetic", "profile", "modelled",
)  # fmt: skip
_ASKED = ("expression", "replay", "shard")
_MACHINE = ("platform", "machine", "cpus", "device_count")
_CODE = ("compiler", "commit", "code", "code_of_subjects", "declared")
_BESIDE = ("toolkit", "torch", "triton", *_CODE, "note", *_MACHINE)


def incomparable(before: Document, after: Document) -> list[Differing]:
    """Each fact that makes what the reports say differ; none where they can be compared."""
    return differing(_decisive(before), _decisive(after)) + _about_rows(before, after)


def beside(before: Document, after: Document) -> list[Differing]:
    """What else is different: it may be why verdicts, bits and times are."""
    found = differing(*({name: d["environment"].get(name) for name in _BESIDE} for d in (before, after)))
    versions = [document["environment"]["versions"] for document in (before, after)]
    found += [item for item in differing(*versions) if item.name not in _BESIDE]
    return [*found, *differing(_platform(before), _platform(after))]


def unfinished(before: Document, after: Document) -> list[str]:
    """Which of the two does not hold all that was asked."""
    named = (("the first report", before), ("the second report", after))
    return [f"{name} is of a run that did not finish" for name, document in named if not document["complete"]]


def _decisive(document: Document) -> dict[str, Any]:
    environment, selection = document["environment"], document.get("selection", {})
    found = {"tier": document["tier"]}
    found |= {name: environment.get(name) for name in _ARITHMETIC}
    return found | {"-k" if name == "expression" else name: selection.get(name) for name in _ASKED}


def _about_rows(before: Document, after: Document) -> list[Differing]:
    """A report that an older suite wrote has no bits to compare; two without a common case have nothing at all."""
    cases = [{row["id"] for row in document["cases"]} for document in (before, after)]
    if not cases[0] & cases[1]:
        return [Differing("cases", str(len(cases[0])), f"{len(cases[1])}, none of them in both")]
    bits = [any(row.get("bits") for row in document["cases"]) for document in (before, after)]
    return [Differing("bits", *("some" if has else "none" for has in bits))] if bits[0] != bits[1] else []


def _platform(document: Document) -> Mapping[str, str]:
    return {f"platform check {check['id']}": check["verdict"] for check in document["platform_checks"]}
