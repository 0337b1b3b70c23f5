"""What killed a mutant last time? A committed file, read as a hint of what to ask first, never as a verdict."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reports.files import write_whole
from reports.foreign.reading import json_file
from vectors.case import TIERS

if TYPE_CHECKING:
    from conformance.defects.records import Outcome

RECORD = Path(__file__).with_name("killing_record.json")
SCHEMA = 1
_TEXTS = ("case", "subject", "requirement", "fingerprint")
_KILL = {
    "required": [*_TEXTS, "tier", "well"],
    "properties": {name: {"type": "string"} for name in _TEXTS}
    | {"tier": {"enum": TIERS}, "well": {"type": "boolean"}},
    "additionalProperties": False,
}
_SHAPE = {
    "type": "object",
    "required": ["schema", "kills"],
    "properties": {
        "schema": {"const": SCHEMA},
        "kills": {"type": "object", "additionalProperties": {"type": "object", **_KILL}},
    },
}


class KillsError(ValueError):
    """The file is no record of kills; the message names it and what is wrong."""


@dataclass(frozen=True)
class Kill:
    """The last kill of one mutant.

    fingerprint: of the entry, the sources and the backend, as an outcome has it. While it is the same, what the kill
    says of the rest of the suite holds too: that no smaller tier kills, and, where it was not well killed, that no
    case of its tier fails by a requirement of the field.
    """

    case: str
    subject: str
    tier: str
    requirement: str
    well: bool
    fingerprint: str


def read(path: Path = RECORD) -> dict[str, Kill]:
    """Mutant id -> its last kill; none where there is no file. Raises KillsError where it is something else."""
    if not path.exists():
        return {}
    found = json_file(path, KillsError, _SHAPE, "record of kills")
    return {name: Kill(**row) for name, row in found["kills"].items()}


def updated(kills: Mapping[str, Kill], outcomes: Iterable[Outcome], known: Iterable[str]) -> dict[str, Kill]:
    """The record after these outcomes: of mutants that are still known; a survivor loses its kill."""
    found = {name: kills[name] for name in known if name in kills}
    for outcome in outcomes:
        found.pop(outcome.id, None)
        if outcome.killed:
            found[outcome.id] = Kill(
                outcome.case,
                outcome.judged,
                outcome.tier,
                outcome.requirement,
                outcome.well_killed,
                outcome.fingerprint,
            )
    return found


def write(kills: Mapping[str, Kill], path: Path = RECORD) -> None:
    """Put the record at ``path``, a line for each mutant."""
    rows = [f"  {json.dumps(name)}: {json.dumps(asdict(kills[name]))}" for name in sorted(kills)]
    text = f'{{\n "schema": {SCHEMA},\n "kills": {{\n' + ",\n".join(rows) + "\n }\n}\n"
    write_whole(path, text.encode())


def counts(kills: Iterable[Kill]) -> Counter[str]:
    """Case id -> how many mutants it killed."""
    return Counter(kill.case for kill in kills)
