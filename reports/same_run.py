"""Do two reports have parts of one run? Only if their verdicts rest on the same things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Facts of an environment that verdicts do not rest on. `commit` is one: `code` is the digest of what it stands for.
_MAY_DIFFER = frozenset(
    {
        "platform",
        "machine",
        "cpus",
        "commit",
        "started",
        "resumed",
        "command",
        "note",
        "peak_memory_mib",
        "shards",
    }
)
_OF_ONE_PART = frozenset({"shard", "asked"})


def facts(tier: str, environment: Mapping[str, Any], selection: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same, by the names that a report has for it."""
    versions = environment.get("versions", {})
    found = {"tier": tier}
    found |= {name: value for name, value in selection.items() if name not in _OF_ONE_PART}
    found |= {name: value for name, value in environment.items() if name not in _MAY_DIFFER | {"versions"}}
    return found | {f"version of {name}": value for name, value in versions.items()}


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """'backend: cuda and interpreter' for each of ``facts`` that differs."""
    return [
        f"{name}: {_value(one.get(name))} and {_value(other.get(name))}"
        for name in dict.fromkeys([*one, *other])
        if one.get(name) != other.get(name)
    ]


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)
