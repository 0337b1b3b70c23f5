"""What do reports of two small runs look like? Made by the collector from (case, verdicts, bits)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reports.keeping.collector import Collector
from reports.model import CaseResult, Cause, Document, Finding, RequirementText, RunInfo

KNOWN = (
    RequirementText("A-01", "MUST", "It is right.", "s", "output"),
    RequirementText("A-02", "SHOULD", "It is pretty.", "s", "codes"),
    RequirementText("A-03", "MUST", "It is quiet.", "s", "output"),
)
ENVIRONMENT = {"versions": {"numpy": "2"}, "backend": "interpreter", "fp_fusion": "1", "commit": "c0ffee"}
SELECTION = {"subjects": ["native"], "expression": "", "items": 3, "asked": 3}
WRONG = Cause("claim", "output[0] is wrong")


@dataclass(frozen=True)
class Row:
    """verdicts: requirement -> verdict; bits: observable -> any word, which becomes a digest; cause: of failures."""

    case: str
    verdicts: dict[str, str] = field(default_factory=lambda: {"A-01": "pass", "A-02": "pass"})
    bits: dict[str, str] = field(default_factory=lambda: {"output": "a", "codes": "b"})
    subject: str = "native"
    asked: str = "0"
    expected: tuple[dict[str, Any], ...] = ()
    histograms: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)
    pairs: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.1
    lowering: tuple[dict[str, Any], ...] = ()
    launches: tuple[dict[str, Any], ...] = ()
    cause: Cause = WRONG
    reach: dict[str, list[str]] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)

    def but(self, **changes: Any) -> Row:
        return replace(self, **changes)

    def result(self) -> CaseResult:
        wrong = {"cause": self.cause, "rerun": f"nox -s conformance -- -k {self.case}"}
        findings = [
            Finding(name, verdict, **({} if verdict == "pass" else wrong)) for name, verdict in self.verdicts.items()
        ]
        facts = {"requirements": tuple(self.verdicts), "flags": (), "seconds": self.seconds, "backend": "interpreter"}
        digests = {name: word.encode().hex().ljust(16, "0") for name, word in self.bits.items()}
        asked = self.asked.rjust(16, "0") if self.asked else ""
        row = CaseResult.of(findings, id=self.case, subject=self.subject, bits=digests, asked=asked, **facts)
        seen: dict[str, Any] = {"histograms": self.histograms, "pictures": self.pictures, "pairs": self.pairs}
        seen |= {"lowering": self.lowering, "launches": self.launches, "reach": self.reach, "rules": self.rules}
        return replace(row, expected=self.expected, **seen)


ROWS = (Row("a/one"), Row("a/two"), Row("b/three", {"A-03": "pass"}, {"output": "c"}))


def changed(place: int, **changes: Any) -> tuple[Row, ...]:
    """ROWS with another one at a place."""
    rows = list(ROWS)
    rows[place] = rows[place].but(**changes)
    return tuple(rows)


def write(
    folder: Path,
    rows: tuple[Row, ...] = ROWS,
    *,
    known: tuple[RequirementText, ...] = KNOWN,
    tier: str = "quick",
    complete: bool = True,
    selection: dict[str, Any] | None = None,
    **environment: Any,
) -> Document:
    """A finished report in `folder`; its document."""
    info = RunInfo(tier, ENVIRONMENT | environment, list(known), SELECTION | (selection or {}))
    collector = Collector(folder, info, lambda: 1.0, started=0.0)
    for row in rows:
        collector.add(row.result())
    return collector.finish(complete=complete).document
