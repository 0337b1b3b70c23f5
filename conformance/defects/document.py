"""What stands in mutants.json? Totals of both kinds, false alarms, and a record of each mutant."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from conformance.defects import norm
from conformance.defects.catalogue import CATALOGUED, SYSTEMATIC, Defect
from conformance.defects.records import CLEAN, LegalOutcome, Outcome, ordered
from reports.files import write_whole
from reports.foreign.reading import json_file
from vectors.case import TIERS

SCHEMA = 2
SCHEMA_FILE = Path(__file__).with_name("outcome.schema.json")
KINDS = (CATALOGUED, SYSTEMATIC)
BLOCKING = TIERS[:2]  # the tiers that stop a change: quick and gate


class RecordError(ValueError):
    """A record file is not one of these; the message names the file and what is wrong."""


@dataclass
class Findings:
    """What a run has found.

    tier: the largest that is asked. backend: where, unless an entry says another one. entries: all, of both kinds.
    mutants, equivalent, legal: by id. asked_legal: ids of the legal variants that are asked. shared_seconds: of CPU,
    for what all trials of this run share.
    """

    tier: str
    backend: str
    entries: Sequence[Defect] = ()
    mutants: dict[str, Outcome] = field(default_factory=dict)
    equivalent: dict[str, Outcome] = field(default_factory=dict)
    legal: dict[str, LegalOutcome] = field(default_factory=dict)
    asked_legal: Sequence[str] = ()
    shared_seconds: float = 0.0

    @property
    def missing(self) -> list[str]:
        """Ids of what should have a verdict and has none."""
        rows: list[Outcome | LegalOutcome] = [*self.mutants.values(), *self.equivalent.values(), *self.legal.values()]
        found = {row.id for row in rows if not row.problem}
        wanted = [entry.id for entry in self.entries if not entry.not_applicable]
        return [name for name in (*wanted, *self.asked_legal) if name not in found]

    @property
    def survivors(self) -> list[str]:
        return sorted(name for name, found in self.mutants.items() if found.survived)

    @property
    def refuted(self) -> list[str]:
        """Ids of entries that are argued to be equivalent and were killed."""
        return sorted(name for name, found in self.equivalent.items() if found.killed)

    @property
    def false_alarms(self) -> int:
        """How many cases failed on legal variants."""
        return sum(len({(a.case, a.subject) for a in found.alarms}) for found in self.legal.values())

    def totals(self, kind: str) -> dict[str, int]:
        """Of the entries of a kind. well_killed and killed_by_norm: of those that apply, in any tier."""
        entries = [entry for entry in self.entries if entry.kind == kind]
        found = [self.mutants[entry.id] for entry in entries if entry.id in self.mutants]
        return {
            "entries": len(entries),
            "applicable": sum(entry.applicable for entry in entries),
            "killed_quick": sum(row.killed and row.tier == TIERS[0] for row in found),
            "killed_gate": sum(row.killed and row.tier in BLOCKING for row in found),
            "well_killed": sum(row.well_killed for row in found),
            "killed_by_norm": sum(not row.let_through for row in found),
        }

    def cpu_seconds(self) -> dict[str, float]:
        """What verdicts cost: on the right kernels, on other legal variants, on wrong kernels; and what they share."""
        legal = [(CLEAN if row.id == CLEAN else "legal", row.cpu_seconds) for row in self.legal.values()]
        wrong = [("wrong", row.cpu_seconds) for row in (*self.mutants.values(), *self.equivalent.values())]
        found = {CLEAN: 0.0, "legal": 0.0, "wrong": 0.0, "shared": round(self.shared_seconds, 1)}
        for name, seconds in (*legal, *wrong):
            found[name] = round(found[name] + seconds, 1)
        return found

    def document(self) -> dict[str, Any]:
        """The file's JSON."""
        by_id = {entry.id: entry for entry in self.entries}
        return {
            "schema": SCHEMA,
            "tier": self.tier,
            "backend": self.backend,
            "complete": not self.missing,
            "threshold": norm.THRESHOLD,
            "shapes": [asdict(shape) for shape in norm.SHAPES],
            **{kind: self.totals(kind) for kind in KINDS},
            "false_alarms": self.false_alarms,
            "cpu_seconds": self.cpu_seconds(),
            "survivors": self.survivors,
            "mutants": [asdict(found) for found in ordered(list(self.mutants.values()))],
            "equivalent": [
                {**asdict(row), "argument": by_id[row.id].equivalent} for row in ordered(list(self.equivalent.values()))
            ],
            "not_applicable": [
                {"id": entry.id, "kind": entry.kind, "field": entry.field, "reason": entry.not_applicable}
                for entry in self.entries
                if entry.not_applicable
            ],
            "legal": [asdict(found) for found in self.legal.values()],
        }


def write(path: Path, findings: Findings) -> None:
    """Put the file at ``path``, whole or not at all."""
    text = json.dumps(findings.document(), indent=1, allow_nan=False)
    write_whole(path, text.encode() + b"\n")


def read(path: Path) -> tuple[list[Outcome], list[LegalOutcome]]:
    """The records of a file, equivalent ones among them; none where there is no file. Raises RecordError."""
    if not path.exists():
        return [], []
    found = json_file(path, RecordError, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")), "file of outcomes")
    equivalent = [{k: v for k, v in row.items() if k != "argument"} for row in found["equivalent"]]
    rows = [*found["mutants"], *equivalent]
    return [Outcome.from_json(row) for row in rows], [LegalOutcome.from_json(row) for row in found["legal"]]
