"""What differs between two reports? Verdicts, bits and what was asked, case by case, and whether any of it is worse."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property

from reports.comparing.closeness import Closeness, closeness
from reports.comparing.comparable import beside, incomparable, unfinished
from reports.comparing.lowering import KernelChange, costs_changed, variants
from reports.comparing.pairing import Pairs, pair
from reports.comparing.timing import Timing, timing
from reports.keeping.reading import ReportError
from reports.keeping.same_run import Differing
from reports.model import Document
from reports.views.expected import Row, unexpected
from reports.views.reach import rank

NONE = "none"  # a verdict or digest that a report does not have
_RANK = {"pass": 0, NONE: 0, "declared": 1, "unsupported": 1, "deviation": 2, "fail": 3}

Change = tuple[str, str]  # before, after


@dataclass(frozen=True)
class CaseDifference:
    """One case on one pair of subjects, in which the reports differ.

    subject: the pair's name; before, after: the case's row in each report, the first's None where it has none.
    verdicts: requirement -> change of verdict. broken: requirements that fail now, did not before, and were not
    expected to. bits: observable -> change of digest. because: why other bits are no fault, by observable, in words.
    """

    case: str
    subject: str
    before: Row | None = field(repr=False)
    after: Row = field(repr=False)
    verdicts: Mapping[str, Change]
    broken: tuple[str, ...]
    bits: Mapping[str, Change]
    because: Mapping[str, str]

    @property
    def fixed(self) -> bool:
        """Whether a verdict is better and none is worse."""
        steps = [_RANK[new] - _RANK[old] for old, new in self.verdicts.values() if NONE not in (old, new)]
        return bool(steps) and max(steps) < 0

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Observables with other bits for which there is no reason."""
        return tuple(observable for observable in self.bits if observable not in self.because)


@dataclass(frozen=True)
class Comparison:
    """Two reports held against each other.

    incomparable: facts that make them differ whatever the subjects do; unfinished, beside: what else to know. contract:
    requirement -> how it changed, in words. both: the rows of each case that both reports have. only_before,
    only_after: (case, subject) that one report alone has. same: cases without a difference. idle: declarations that
    nothing needed.
    """

    before: Document = field(repr=False)
    after: Document = field(repr=False)
    pairs: Pairs
    incomparable: list[Differing]
    unfinished: list[str]
    beside: list[Differing]
    contract: dict[str, str]
    both: list[tuple[Row, Row]] = field(repr=False)
    differences: list[CaseDifference]
    only_before: list[tuple[str, str]]
    only_after: list[tuple[str, str]]
    same: int
    idle: list[str]

    @property
    def broken(self) -> list[CaseDifference]:
        """Cases with a new failure, those that a served model meets first."""
        return sorted((found for found in self.differences if found.broken), key=lambda found: rank([found.after]))

    @property
    def changed(self) -> list[CaseDifference]:
        """Cases with other bits and no reason for them."""
        return [found for found in self.differences if found.unexplained]

    @property
    def worse(self) -> bool:
        return bool(self.broken or self.changed)

    @cached_property
    def aligned(self) -> tuple[Document, Document]:
        """Both reports with the cases of both alone, each subject under the name of its pair."""
        names = [self.pairs.name(old["subject"]) for old, _ in self.both]
        first = [{**old, "subject": name} for (old, _), name in zip(self.both, names, strict=True)]
        second = [{**new, "subject": name} for (_, new), name in zip(self.both, names, strict=True)]
        return {**self.before, "cases": first}, {**self.after, "cases": second}

    @cached_property
    def closeness(self) -> Closeness:
        """Histograms of the cases of both, by stage."""
        return closeness(*self.aligned)

    @cached_property
    def variants(self) -> list[KernelChange]:
        """What kernels were compiled to otherwise in the cases of both."""
        return variants(*self.aligned)

    @cached_property
    def launches_changed(self) -> list[KernelChange]:
        """What the launches of the cases of both did otherwise."""
        return costs_changed(*self.aligned)

    @cached_property
    def timing(self) -> Timing:
        """What the cases of both took."""
        return timing(*self.aligned)


def compare(before: Document, after: Document, said: Iterable[str] = (), declared: Sequence[str] = ()) -> Comparison:
    """Hold the second report against the first.

    said: pairs of subjects 'A=B' (reports.comparing.pairing). declared: 'PATTERN=REASON' for cases that may have other
    bits. Raises ReportError for a pair or a declaration that is none.
    """
    pairs, contract = pair(before, after, said), _contract(before, after)
    rows, others = _rows(before), _rows(after)
    both = {key: other for key in rows if (other := (key[0], pairs.after.get(key[1], ""))) in others}
    observables = _observables(before) | _observables(after)
    found = [
        _difference(rows[key], others[other], pairs.name(key[1]), contract, observables) for key, other in both.items()
    ]
    differences = [item for item in found if item.verdicts or item.bits]
    matched = set(both.values())
    only_after = [key for key in others if key not in matched]
    new = [_new(others[key]) for key in only_after if key[1] in pairs.after.values()]
    declared_differences, idle = _declare([*differences, *(item for item in new if item.broken)], declared)
    return Comparison(
        before,
        after,
        pairs,
        incomparable=incomparable(before, after),
        unfinished=unfinished(before, after),
        beside=beside(before, after),
        contract=contract,
        both=[(rows[key], others[other]) for key, other in both.items()],
        differences=declared_differences,
        only_before=[key for key in rows if key not in both],
        only_after=only_after,
        same=len(both) - len(differences),
        idle=idle,
    )


def _rows(document: Document) -> dict[tuple[str, str], Row]:
    return {(row["id"], row["subject"]): row for row in document["cases"]}


def _contract(before: Document, after: Document) -> dict[str, str]:
    """How each requirement changed, of those that did."""
    old, new = ({row["id"]: row for row in document["requirements"]} for document in (before, after))
    found = {}
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            found[name] = "is no requirement any more"
        elif name not in old:
            found[name] = "is a new requirement"
        elif words := [
            f"{fact} {old[name].get(fact)!r} -> {new[name].get(fact)!r}"
            for fact in ("level", "text", "observable")
            if old[name].get(fact) != new[name].get(fact)
            and (fact != "observable" or {fact} <= old[name].keys() & new[name].keys())
        ]:
            found[name] = ", ".join(words)
    return found


def _observables(document: Document) -> dict[str, str]:
    return {row["id"]: row.get("observable", "") for row in document["requirements"]}


def _difference(
    old: Row, new: Row, subject: str, contract: Mapping[str, str], observables: Mapping[str, str]
) -> CaseDifference:
    verdicts = _changes(_verdicts(old), _verdicts(new))
    surprising = unexpected(new)
    broken = tuple(name for name, (was, now) in verdicts.items() if now == "fail" != was and name in surprising)
    # What a subject did not return before is no change; what it returns no more is one.
    bits = {name: change for name, change in _changes(_bits(old), _bits(new)).items() if change[0] != NONE}
    found = CaseDifference(new["id"], subject, old, new, verdicts, broken, bits, {})
    because = {name: why for name in bits if (why := _why(name, old, new, found, contract, observables))}
    return replace(found, because=because)


def _new(row: Row) -> CaseDifference:
    """A case that the first report does not have: a failure is new there too."""
    broken = tuple(unexpected(row))
    verdicts = dict.fromkeys(broken, (NONE, "fail"))
    return CaseDifference(row["id"], row["subject"], None, row, verdicts, broken, {}, {})


def _why(
    observable: str,
    old: Row,
    new: Row,
    found: CaseDifference,
    contract: Mapping[str, str],
    observables: Mapping[str, str],
) -> str:
    """Why other bits are no fault; '' where nothing says so."""
    if old.get("asked") != new.get("asked") and old.get("asked") and new.get("asked"):
        return "changed contract: the case asks or accepts something else"
    resting = [
        name
        for name in dict.fromkeys([*old["requirements"], *new["requirements"]])
        if name in contract and observables.get(name) in (observable, "")
    ]
    if resting:
        return f"changed contract: {', '.join(resting)}"
    return "a verdict is better and none worse" if found.fixed else ""


def _verdicts(row: Row) -> dict[str, str]:
    return {finding["requirement"]: finding["verdict"] for finding in row["findings"]}


def _bits(row: Row) -> dict[str, str]:
    return dict(row.get("bits", {}))


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, Change]:
    pairs = {name: (old.get(name, NONE), new.get(name, NONE)) for name in dict.fromkeys([*old, *new])}
    return {name: (was, now) for name, (was, now) in pairs.items() if was != now}


def _declare(found: list[CaseDifference], declared: Sequence[str]) -> tuple[list[CaseDifference], list[str]]:
    """The differences with what was declared of them; and what nothing needed, though another machine may."""
    idle = []
    for declaration in declared:
        pattern, equals, reason = (part.strip() for part in declaration.partition("="))
        if not (pattern and equals and reason):
            raise ReportError(f"--changed-contract: has {declaration!r}, needs PATTERN=REASON")
        meant = [n for n, item in enumerate(found) if item.unexplained and fnmatchcase(item.case, pattern)]
        for n in meant:
            said = dict.fromkeys(found[n].unexplained, f"declared: {reason}")
            found[n] = replace(found[n], because={**found[n].because, **said})
        if not meant:
            idle.append(declaration)
    return found, idle
