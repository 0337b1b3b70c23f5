"""Which cases are asked of which subjects? One pure function of the run's options, the same in every process."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.asking.expression import parse
from conformance.asking.suite import SubjectUnderTest, Suite
from conformance.calls.explanation import explain, text_of
from conformance.calls.surroundings import ImportChangesError
from conformance.root import COMMAND
from conformance.watching.link import RunStopped
from reports.foreign.showing import is_plain
from reports.line import what
from vectors.case import TIERS, Case, expect_nothing, no_inputs

MOST_SHARDS = 10_000


@dataclass(frozen=True)
class Shard:
    """One of `of` parts of a selection, counted from 1."""

    index: int
    of: int

    @staticmethod
    def from_text(text: str) -> Shard:
        """The shard that 'i/n' means. Raises ValueError."""
        index, slash, of = text.partition("/")
        numbers = f"{index}{of}"
        small = numbers.isascii() and numbers.isdecimal() and max(len(index), len(of)) <= len(str(MOST_SHARDS))
        if not (slash and index and of and small and 1 <= int(index) <= int(of) <= MOST_SHARDS):
            raise ValueError(f"has {text!r:.80}, needs i/n, shard i of n, with 1 <= i <= n <= {MOST_SHARDS}")
        return Shard(int(index), int(of))

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


@dataclass(frozen=True)
class RunOptions:
    """What a process that judges must know of a run.

    suite: ``module:attribute``. subjects: as ``--subject`` names them. failed_platform: ids of failed platform checks.
    shard: the part of the selection that this run asks, None for all of it. replay: a file with an example of a
    property, which is then all that is asked. found: folder for examples that break a property, '' for none.
    uses: files of what served models give, () for the project's.
    case_timeout: seconds for each case, 0 for no limit, None for that of the case's tier.
    """

    suite: str
    tier: str
    subjects: tuple[str, ...]
    backend: str
    expression: str = ""
    failed_platform: tuple[str, ...] = ()
    shard: Shard | None = None
    replay: str = ""
    found: str = ""
    uses: tuple[str, ...] = ()
    case_timeout: float | None = None

    def rerun(self, case: Case, subject: str) -> str:
        """The command that runs just this case on this subject (as ``--subject`` names it)."""
        words = ["--tier", self.tier, "--subject", subject, "--backend", self.backend]
        words += ["--replay", self.replay] if self.replay else ["-k", case.id]
        return f"{COMMAND} {shlex.join(words)}"


@dataclass(frozen=True)
class Asked:
    """One case asked of one subject. spec: the subject as ``--subject`` names it."""

    case: Case
    subject: SubjectUnderTest
    spec: str

    @property
    def name(self) -> str:
        """How the run names it, for people and for the processes among themselves."""
        return f"{self.case.id}-{self.subject.name}"

    def told(self) -> Asked:
        """What another process may know of it, which makes no arrays and loads no subject."""
        case = replace(self.case, make_inputs=no_inputs, make_expected=expect_nothing)
        return Asked(case, NamedSubject(self.subject.name), self.spec)


@dataclass(frozen=True)
class NamedSubject:
    """A subject that is not loaded."""

    name: str
    families: tuple[str, ...] = ()
    expectations: tuple[Path, ...] = ()
    unable_here: str | None = None

    def unable(self, case_family: str, params: Any, requirements: Any, /) -> str | None:
        return None

    def asked(self, case: Case, /) -> Case:
        return case

    def contradicted(self, case: Case, /) -> Mapping[str, str]:
        return {}

    @property
    def declared(self) -> Mapping[str, Any]:
        return {}


def load_subjects(
    suite: Suite, specs: Sequence[str], loading: Callable[[str], None] | None = None
) -> dict[str, SubjectUnderTest]:
    """The subjects by the names they were asked for. loading: told each name before it is loaded.

    Raises ValueError that names the subject, whatever its module raises; also where two have the same name.
    """
    found: dict[str, SubjectUnderTest] = {}
    for spec in specs:
        if loading is not None:
            loading(spec)
        found[spec] = _load_subject(suite, spec)
    owners: dict[str, str] = {}
    for spec, subject in found.items():
        if not is_plain(subject.name):
            raise ValueError(f"subject: {spec} is named {subject.name!r}, needs a name of characters that show")
        other = owners.setdefault(subject.name, spec)
        if other != spec:
            raise ValueError(f"subject: {other} and {spec} are both named {subject.name!r}, a report needs two names")
    return found


def _load_subject(suite: Suite, spec: str) -> SubjectUnderTest:
    try:
        return suite.subject(spec)
    except (RunStopped, ImportChangesError):
        raise
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: an import may not end the run
        if issubclass(type(error), ValueError) and spec in (words := text_of(error)):
            raise ValueError(words) from error
        raise ValueError(f"subject: {spec} cannot be loaded: {what(explain(error))}") from error


def select(suite: Suite, options: RunOptions, subjects: Mapping[str, SubjectUnderTest]) -> list[Asked]:
    """Cases of the tier, each with the subjects that its family is asked of, where the expression holds, in order.

    Of all shards: conformance.sharing.partition cuts them. Raises ExpressionError.
    """
    cases = suite.cases()
    if options.replay:
        from vectors.examples.example import read  # only here, since NumPy comes with it
        from vectors.families.properties import of_example

        cases = [of_example(read(Path(options.replay)), {case.id: case for case in cases}, options.replay)]
    wanted = parse(options.expression, {case.id for case in cases})
    found = [
        Asked(subject.asked(case), subject, spec)
        for case in cases
        if case.in_tier(options.tier)
        for spec, subject in subjects.items()
        if case.family in subject.families and wanted(case, subject.name)
    ]
    order = suite.order
    return found if order is None else sorted(found, key=lambda item: order(item.name))


def why_nothing(suite: Suite, options: RunOptions, subjects: Mapping[str, SubjectUnderTest]) -> str:
    """Why this selection is empty: where else its cases are asked."""
    start = f"nothing selected: tier {options.tier}, -k {options.expression!r}"
    for tier in TIERS[TIERS.index(options.tier) + 1 :]:
        found = select(suite, replace(options, tier=tier), subjects)
        if found:
            return f"{start}; {_first(found)} in tier {tier}"
    wanted = parse(options.expression, {case.id for case in suite.cases()})
    names = [subject.name for subject in subjects.values()]
    others = [case for case in suite.cases() if any(wanted(case, name) for name in names)]
    if not others:
        return start
    more = f" (and {len(others) - 1} more)" if len(others) > 1 else ""
    return f"{start}; {others[0].id}{more} is not asked of {', '.join(names)}"


def _first(found: Sequence[Asked]) -> str:
    ids = list(dict.fromkeys(item.case.id for item in found))
    return f"{ids[0]} is asked" if len(ids) == 1 else f"{ids[0]} and {len(ids) - 1} more are asked"
