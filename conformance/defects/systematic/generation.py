"""Which mutants are there? Every change that an operator makes, less what is free by contract, up to a limit."""

import ast
import re
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from conformance.defects.catalogue import SYSTEMATIC, Defect
from conformance.defects.mutant import ROOT
from conformance.defects.systematic import exclusions, kernel_parts
from conformance.defects.systematic.changes import Change, Operator, apply, edit, flat
from conformance.defects.systematic.kernel_parts import SystematicError
from conformance.defects.systematic.operators import OPERATORS
from conformance.defects.systematic.sites import Function, Site, Text, units

FOLDER = Path("kernels")
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
# How many are taken of what one operator makes in one function (a file's constants count as one). One keeps a run of
# all mutants within its time; masks are few, and each guards memory of its own, as a kept result is of another tensor
# and each tile's end of another size. Fixed before any result was known.
LIMIT = 1
LIMITS = {"mask-dropped": 8, "kept-by-object": 2, "last-lost-in-largest-tile": 2}
Item = TypeVar("Item")


@dataclass(frozen=True)
class Candidate:
    """One change: in which unit, by which operator, and which of that operator's there."""

    unit: Site
    operator: Operator
    ordinal: int
    change: Change

    @property
    def file(self) -> str:
        return self.unit.text.file

    @property
    def place(self) -> str:
        """The function, method or constant."""
        return self.unit.name

    @property
    def kind(self) -> str:
        """The operator's name."""
        return self.operator.name

    @property
    def group(self) -> tuple[str, str, str]:
        """What is limited together: file, function and operator."""
        function = isinstance(self.unit.root, Function)
        return self.file, self.unit.name if function else "constants", self.operator.name

    @property
    def shown(self) -> str:
        """The text that changes, as the reader sees it."""
        return self.change.before

    @property
    def id(self) -> str:
        words = (Path(self.file).stem, self.unit.name, self.operator.name, str(self.ordinal))
        return "-".join(map(slug, words))

    @property
    def line(self) -> int:
        """From 1."""
        return self.unit.text.row(self.change.place) + 1


def generate(root: Path = ROOT, equivalent: Path = EQUIVALENT) -> tuple[Defect, ...]:
    """The mutants, by file and line; the same on every call.

    equivalent: the arguments for those that no input can tell. Raises SystematicError where it names others.
    """
    chosen = sorted(_chosen(candidates(root)), key=lambda found: (found.file, found.line, found.id))
    arguments = equivalents(equivalent)
    unknown = sorted(set(arguments) - {candidate.id for candidate in chosen})
    if unknown:
        raise SystematicError(f"{equivalent.name}: has {', '.join(unknown)}, needs ids of generated mutants")
    return tuple(_defect(candidate, arguments.get(candidate.id, "")) for candidate in chosen)


def candidates(root: Path = ROOT) -> Iterator[Candidate]:
    """All changes of all operators in all units, also those that are left out. No two make the same text."""
    for path in sorted((root / FOLDER).glob("*.py")):
        text = Text(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        seen: set[str] = {text.source}
        for unit in units(text):
            for operator in OPERATORS:
                found = sorted(operator.changes(unit), key=lambda change: (change.place, change.after))
                for ordinal, change in enumerate(found, 1):
                    result = apply(text, change.pieces)
                    if result not in seen and _parses(result):
                        seen.add(result)
                        yield Candidate(unit, operator, ordinal, change)


def _chosen(found: Iterable[Candidate]) -> Iterator[Candidate]:
    """What is not excluded, of each group as many as LIMITS allow."""
    groups: dict[tuple[str, str, str], list[Candidate]] = {}
    for candidate in found:
        if not exclusions.reason(candidate):
            groups.setdefault(candidate.group, []).append(candidate)
    for key, group in groups.items():
        yield from spread(group, LIMITS.get(key[-1], LIMIT), " ".join(key))


def spread(items: Sequence[Item], count: int, name: str) -> list[Item]:
    """At most ``count`` of the items, at equal distances; where they begin depends on the name and nothing else."""
    if len(items) <= count:
        return list(items)
    begin = zlib.crc32(name.encode())
    return [items[(begin + part * len(items) // count) % len(items)] for part in range(count)]


def slug(name: str) -> str:
    """A name as lower-case words joined by '-'."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z]\d)(?=[A-Z])", "-", name)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def equivalents(path: Path) -> dict[str, str]:
    """Id -> why no input can tell that mutant from the right kernel."""
    found: dict[str, str] = {}
    for row in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", []):
        for name in row["ids"]:
            if name in found:
                raise SystematicError(f"{path.name}: has {name} twice, needs one argument for each")
            found[name] = flat(row["argument"])
    return found


def _defect(candidate: Candidate, equivalent: str) -> Defect:
    text, change = candidate.unit.text, candidate.change
    row = text.row(change.place)
    line = text.lines(row, row).strip()
    where = "" if change.before.startswith(line) else f", at `{line}`"
    place = kernel_parts.place(candidate.file, candidate.unit.name)
    return Defect(
        id=candidate.id,
        field=candidate.operator.field or place.field,
        defect=f"In {candidate.file}, {candidate.unit.name}{where}: `{change.before}` became `{change.after}`.",
        revealed_by=candidate.operator.revealed_by,
        source="generated",
        subject=place.subject,
        edits=(edit(text, change),),
        equivalent=equivalent,
        kind=SYSTEMATIC,
    )


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True
