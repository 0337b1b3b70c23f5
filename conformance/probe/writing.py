"""How is what was measured written? A profile of one device, each fact with the inputs that showed it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conformance.probe import conversions, edges, functions
from conformance.probe.finding import Found, to_json, words
from conformance.probe.grouping import ranges
from conformance.silicon.profile import VERSION

_DEVICE = ("backend", "device", "arch", "toolkit", "torch", "triton", "fp_fusion", "compiler", "profile", "modelled")
_DRIVERS = {name: Path(f"/sys/module/{name}/version") for name in ("amdgpu", "nvidia")}


def empty(facts: dict[str, Any]) -> dict[str, Any]:
    """A profile without a fact, of the device that a backend describes."""
    device = {key: str(facts[key]) for key in _DEVICE if key in facts}
    drivers = [f"{name} {at.read_text().strip()}" for name, at in _DRIVERS.items() if at.is_file()]
    if drivers and "toolkit" in facts:  # of a device
        device["driver"] = drivers[0]
    return {"profile": VERSION, "device": device, **{part: {} for part in _SENTENCES}}


def write(profile: dict[str, Any], path: Path) -> None:
    replaced(path, json.dumps(profile, indent=1) + "\n")


def replaced(path: Path, text: str) -> None:
    """A file of this text, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text)
    part.replace(path)


def of_finding(found: Found) -> dict[str, Any]:
    return {
        "what": found.kind.what,
        "groups": ranges(found.grouping.groups),
        "c_last": found.grouping.c_last,
        "model": to_json(found.models[0]) if found.models else None,
        "also": [to_json(model) for model in found.models[1:]],
        "sure": found.sure,
        "words": words(found.models[0]) if found.models else "no model of the family gives these results",
        "why": {name: [asdict(one) for one in why] for name, why in found.why.items()},
        "designed": found.designed,
        "random": found.random,
        "misfits": found.misfits,
        "contradictions": [asdict(one) for one in found.contradictions],
    }


def sentence(part: str, result: dict[str, Any]) -> str:
    """What was found of a part, in one line."""
    if "raised" in result:
        return f"raised {result['raised']}"
    return _SENTENCES[part](result)


def _of_sum(result: dict[str, Any]) -> str:
    sure = "sure" if result["sure"] else "NOT sure"
    tested = f"{result['misfits']} of {result['random']} random results differ" if result["model"] else "none compared"
    against = f"; {result['contradictions'][0]}" if result["contradictions"] else ""
    return f"{result['words']} ({sure}; {tested}; {result['seconds']} s){against}"


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "sums": _of_sum,
    "functions": functions.summary,
    "instructions": functions.summary,
    "conversions": conversions.summary,
    "edges": edges.summary,
}
