"""What is known already, and how is it kept? On disk after each verdict; what an earlier run found is taken up."""

from collections.abc import Mapping
from pathlib import Path

from conformance.defects import document, tables
from conformance.defects.document import Findings
from conformance.defects.records import LegalOutcome, Outcome
from reports.files import write_whole
from vectors.case import TIERS

NAME = "mutants.json"


class Keeper:
    """The findings of a run and their files, ``mutants.json`` and ``mutants.md``.

    folder: of the files. findings: without outcomes yet. fingerprints: of each entry and each legal variant, by id;
    what the folder has with another one is dropped. Raises RecordError where it holds something else under that name.
    """

    def __init__(self, folder: Path, findings: Findings, fingerprints: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.findings = folder / NAME, findings
        outcomes, legal = document.read(self.path)
        equivalent = {entry.id for entry in findings.entries if entry.equivalent}
        for found in outcomes:
            if fingerprints.get(found.id) == found.fingerprint and not found.problem:
                (findings.equivalent if found.id in equivalent else findings.mutants)[found.id] = found
        for kept in legal:
            if fingerprints.get(kept.id) == kept.fingerprint and not kept.problem:
                findings.legal[kept.id] = kept

    def holds(self, name: str) -> bool:
        """Whether there is a verdict of this mutant that the asked tier would not change."""
        found = self.findings.mutants.get(name)
        if found is None:
            return name in self.findings.equivalent
        return found.killed or _reaches(found.tier, self.findings.tier)

    def holds_legal(self, name: str, tier: str) -> bool:
        """Whether this legal variant is known to pass the tier. One that fails is asked again."""
        found = self.findings.legal.get(name)
        return found is not None and found.passes and _reaches(found.tier, tier)

    def survived(self, name: str) -> str:
        """The largest tier that this mutant survived on these sources; empty where there is none."""
        found = self.findings.mutants.get(name)
        return found.tier if found and found.survived else ""

    def add(self, found: Outcome | LegalOutcome) -> None:
        """Keep one verdict; both files have it when this returns."""
        findings = self.findings
        if isinstance(found, LegalOutcome):
            findings.legal[found.id] = found
        elif any(entry.id == found.id and entry.equivalent for entry in findings.entries):
            findings.equivalent[found.id] = found
        else:
            findings.mutants[found.id] = found
        self.write()

    def write(self) -> None:
        document.write(self.path, self.findings)
        write_whole(self.path.with_suffix(".md"), tables.page(self.findings).encode())


def _reaches(tier: str, wanted: str) -> bool:
    return TIERS.index(tier) >= TIERS.index(wanted)
