"""Which verdicts are known to differ? Expectation files: TOML with one entry for each, its reason and its evidence.

An expectation turns nothing green: the row keeps its verdict and gets what was expected of it beside. An entry that
does not come true fails the run like a failure that nobody expected, and so does one that means no case.
"""

import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.requirements import MEMORY
from reports.foreign.reading import MOST_OF_TOML, content, parsed_toml
from reports.line import line
from reports.model import UNASKED, CaseResult, Finding
from vectors.case import Case

SCHEMA_FILE = Path(__file__).with_name("expectations.schema.json")


class ExpectationError(ValueError):
    """A file cannot be read, has another shape, or an entry means nothing; the message names file and entry."""


@dataclass(frozen=True)
class Expectation:
    """One entry. where: the file and the entry's number in it, for messages.

    cases, requirements, subjects, backends: patterns, of which one must match; () for all. With requirements the
    verdict is that of their findings, without it is the case's; the requirement about memory is every case's. says:
    what each line of such a verdict must hold.
    """

    where: str
    verdict: str
    reason: str
    evidence: str
    cases: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    says: str = ""

    def means(self, case: str, requirements: Collection[str], subject: str) -> bool:
        """Whether it is about this case with these requirements on this subject."""
        named = not self.requirements or any(name in self.requirements for name in (*requirements, MEMORY))
        return named and fits(case, self.cases) and fits(subject, self.subjects)

    def of_row(self, row: CaseResult) -> dict[str, Any] | None:
        """What came of it in a row, as a report has it (``expected``); None where it is not about the row."""
        on = fits(row.backend, self.backends)
        if not (on and self.means(row.id, row.requirements, row.subject)):
            return None
        concerned = [f for f in row.findings if not self.requirements or f.requirement in self.requirements]
        if not self.requirements:  # the case's verdict: what beside the worst passes is as it should be
            worst = [finding for finding in concerned if finding.verdict == row.verdict]
            concerned = [f for f in concerned if self._holds(f, row)] or worst
        unjudged = [f for f in concerned if f.verdict in UNASKED and f.verdict != self.verdict]
        unmet = [f for f in concerned if f not in unjudged and not self._holds(f, row)]
        kept = row.verdict not in UNASKED and not any(f.requirement == MEMORY for f in row.findings)
        if kept and MEMORY in self.requirements:
            unmet.append(Finding(MEMORY, "pass"))
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "evidence": self.evidence,
            "met": [finding.requirement for finding in concerned if self._holds(finding, row)],
            "unmet": {finding.requirement: self._instead(finding) for finding in unmet},
            "unjudged": [finding.requirement for finding in unjudged],
        }

    def _holds(self, finding: Finding, row: CaseResult) -> bool:
        return finding.verdict == self.verdict and self.says in line(finding, row.id, row.subject, row.backend)

    def _instead(self, finding: Finding) -> str:
        if finding.verdict != self.verdict:
            return finding.verdict
        return f"{finding.verdict} that does not say {self.says!r}"


@dataclass(frozen=True)
class Source:
    """A file of entries. subject: that brings it, the only one that it is about then; '' where the command names it."""

    file: str
    digest: str
    entries: tuple[Expectation, ...]
    subject: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a report has it."""
        facts = {"file": self.file, "digest": self.digest, "entries": len(self.entries)}
        return {**facts, "subject": self.subject} if self.subject else facts


@dataclass(frozen=True)
class Expectations:
    """All that a run expects."""

    sources: tuple[Source, ...] = ()

    @property
    def entries(self) -> Iterator[tuple[Expectation, str]]:
        """Each with the one subject that it is about, '' for any."""
        return ((entry, source.subject) for source in self.sources for entry in source.entries)

    def on(self, row: CaseResult) -> CaseResult:
        """The row with what was expected of it."""
        found = [entry.of_row(row) for entry, owner in self.entries if owner in ("", row.subject)]
        return replace(row, expected=tuple(item for item in found if item is not None))

    def to_json(self) -> list[dict[str, Any]]:
        """As a report has it."""
        return [source.to_json() for source in self.sources]


def load(files: Iterable[Path], defaults: Mapping[str, Sequence[Path]]) -> Expectations:
    """The expectations of these files, and of those that subjects bring (subject's name -> files).

    Raises ExpectationError.
    """
    named = [_read(path, str(path)) for path in files]
    brought = [replace(_read(path, path.name), subject=name) for name, paths in defaults.items() for path in paths]
    return Expectations((*named, *brought))


def check_known(expectations: Expectations, cases: Sequence[Case], requirements: Collection[str]) -> None:
    """Raise ExpectationError where an entry names what no case of any tier is."""
    for entry, _ in expectations.entries:
        for name in entry.requirements:
            if name not in requirements:
                raise ExpectationError(f"{entry.where}: requirement has {name!r}, needs a requirement's id")
            one = replace(entry, requirements=(name,), subjects=())
            if not any(one.means(case.id, case.requirements, "") for case in cases):
                raise ExpectationError(f"{entry.where}: requirement has {name}, needs one that its cases ask")
        for pattern in entry.cases:
            if not any(fnmatchcase(case.id, pattern) for case in cases):
                raise ExpectationError(
                    f"{entry.where}: case has {pattern!r}, needs a case's id or a pattern that one fits; "
                    "--list-cases prints them"
                )
            one = replace(entry, cases=(pattern,), subjects=())
            if not any(one.means(case.id, case.requirements, "") for case in cases):
                asked = " or ".join(entry.requirements)
                raise ExpectationError(f"{entry.where}: case has {pattern!r}, needs one that asks {asked}")


def check_asked(expectations: Expectations, asked: Iterable[tuple[Case, str]], backend: str) -> None:
    """Raise ExpectationError where an entry for this backend means none of what is asked: case, subject's name."""
    items = list(asked)
    for entry, owner in expectations.entries:
        if not fits(backend, entry.backends):
            continue
        for pattern in entry.cases or ("*",):
            one = replace(entry, cases=(pattern,))
            if not any(
                owner in ("", subject) and one.means(case.id, case.requirements, subject) for case, subject in items
            ):
                raise ExpectationError(f"{entry.where}: matches nothing: no subject of this run is asked {_words(one)}")


def _words(entry: Expectation) -> str:
    parts = {"case": entry.cases, "requirement": entry.requirements, "subject": entry.subjects}
    return ", ".join(f"{name} {' or '.join(values)}" for name, values in parts.items() if values)


def fits(name: str, patterns: Collection[str]) -> bool:
    """Whether one of the patterns is the name's; where there are none, all are."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _read(path: Path, name: str) -> Source:
    raw = content(path, ExpectationError, MOST_OF_TOML)
    document = parsed_toml(raw, path, ExpectationError)
    wrong = next(iter(_validator().iter_errors(document)), None)
    if wrong is not None:
        raise ExpectationError(f"{path}: {wrong.json_path}: {wrong.message[:300]}")
    entries = [
        Expectation(
            where=f"{path}: entry {number}",
            verdict=entry["verdict"],
            reason=" ".join(entry["reason"].split()),
            evidence=" ".join(entry["evidence"].split()),
            cases=_tuple(entry.get("case", ())),
            requirements=_tuple(entry.get("requirement", ())),
            subjects=_tuple(entry.get("subject", ())),
            backends=_tuple(entry.get("backend", ())),
            says=entry.get("says", ""),
        )
        for number, entry in enumerate(document["expect"], 1)
    ]
    return Source(name, f"sha256:{hashlib.sha256(raw).hexdigest()[:16]}", tuple(entries))


def _tuple(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@functools.cache
def _validator() -> Any:
    import jsonschema  # slow to import, and needed only where a file is read

    return jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
