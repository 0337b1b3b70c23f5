"""What of all that wrong kernels showed is committed? The symptoms of each that failed what the right kernels pass."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from conformance.defects.called import calling
from conformance.defects.catalogue import Defect
from conformance.defects.causes import causes, parts
from conformance.defects.collecting import SeenError, read
from conformance.defects.records import CLEAN
from conformance.likeness.record import Known, KnownDefects
from conformance.likeness.symptoms import of_row
from vectors.case import Case


def record(folder: Path, entries: Sequence[Defect], cases: Sequence[Case], prints: Mapping[str, str]) -> KnownDefects:
    """Of the files of a folder, those of these entries as they are now. Raises SeenError where one of the right kernels
    is missing, or made elsewhere."""
    clean = read(folder / f"{CLEAN}.json")
    if clean is None or clean.problem:
        raise SeenError(f"{folder}: has no answer of the right kernels ({CLEAN}.json), needs one")
    rights = {(row["id"], row["subject"]) for row in clean.rows}
    asked, known = set[str](), list[Known]()
    for entry in entries:
        seen = read(folder / f"{entry.id}.json")
        if seen is None or seen.problem or seen.fingerprint != prints[entry.id]:
            continue
        if seen.versions != clean.versions:
            raise SeenError(f"{folder}: {entry.id} was asked with {seen.versions}, needs {clean.versions}")
        fails = {row["id"]: of_row(row) for row in seen.rows if (row["id"], row["subject"]) not in rights}
        fails = {case: shown for case, shown in fails.items() if shown}
        asked |= set(seen.asked)
        if fails:
            left = {case.id for case in calling(entry, cases)} - set(seen.asked) if seen.cut else set[str]()
            facts = (entry.defect, entry.source, causes().get(entry.id) or ", ".join(_places(entry)))
            known.append(Known(entry.id, *facts, seen.fingerprint, frozenset(left), fails))
    return KnownDefects(dict(clean.versions), clean.backend, frozenset(asked | set(clean.asked)), known)


def _places(entry: Defect) -> Iterator[str]:
    yield from sorted(parts(entry))
