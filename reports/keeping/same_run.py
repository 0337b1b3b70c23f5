"""Do two reports have parts of one run? Only if their verdicts rest on the same things."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Facts of an environment that verdicts do not rest on. `commit` is one: `code` is the digest of what it stands for.
_MAY_DIFFER = frozenset(
    {"platform", "machine", "cpus", "commit", "started", "resumed", "command", "note", "peak_memory_mib", "shards"}
)
_OF_ONE_PART = frozenset({"shard", "asked"})


@dataclass(frozen=True)
class Differing:
    """A fact that two reports do not share, in words of each."""

    name: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.name}: {self.first} and {self.second}"


def facts(tier: str, environment: Mapping[str, Any], selection: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same, by the names that a report has for it."""
    versions = environment.get("versions", {})
    found = {"tier": tier}
    found |= {name: value for name, value in selection.items() if name not in _OF_ONE_PART}
    found |= {name: value for name, value in environment.items() if name not in _MAY_DIFFER | {"versions"}}
    return found | {f"version of {name}": value for name, value in versions.items()}


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """'backend: cuda and interpreter' for each of ``facts`` that differs."""
    return [str(found) for found in differing(one, other)]


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Differing]:
    """Each of ``facts`` that differs."""
    return [
        Differing(name, value(one.get(name)), value(other.get(name)))
        for name in dict.fromkeys([*one, *other])
        if one.get(name) != other.get(name)
    ]


def value(fact: Any) -> str:
    """A fact in words; 'none' where there is none."""
    if isinstance(fact, list):
        return " ".join(map(str, fact)) or "none"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, dict):
        return json.dumps(fact, ensure_ascii=False)
    return "none" if fact in (None, "") else str(fact)
