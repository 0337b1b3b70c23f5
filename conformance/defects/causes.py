"""Have two wrong kernels one cause? A relation that was written down before their likeness was measured.

Two entries of the catalogue have one where ``causes.toml`` puts them together; a generated one has it with whatever
changes the same function, method or constant.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from conformance.defects.catalogue import CATALOGUED, CatalogueError, Defect, Edit
from conformance.defects.mutant import ROOT
from conformance.defects.systematic.sites import Text, units
from reports.foreign.reading import toml_file

CAUSES = Path(__file__).with_name("causes.toml")


@cache
def causes(path: Path = CAUSES) -> Mapping[str, str]:
    """Id of an entry -> the name of its cause. Raises CatalogueError where an entry has two."""
    found: dict[str, str] = {}
    for name, row in toml_file(path, CatalogueError)["cause"].items():
        for entry in row["ids"]:
            if entry in found:
                raise CatalogueError(f"{path.name}: {entry} has {found[entry]} and {name}, needs one cause")
            found[entry] = name
    return found


def same_cause(one: Defect, other: Defect) -> bool:
    """Whether the relation holds between two entries."""
    if one.kind == other.kind == CATALOGUED:
        return causes().get(one.id) == causes().get(other.id)
    return bool(parts(one) & parts(other))


@cache
def parts(defect: Defect) -> frozenset[str]:
    """What the edits change: functions, methods and constants, each behind its file."""
    return frozenset(name for edit in defect.edits for name in _parts(edit))


def _parts(edit: Edit) -> set[str]:
    text = _text(edit.file)
    place = text.source.index(edit.anchor)
    pairs = zip(edit.anchor, edit.replacement, strict=False)
    place += next((count for count, (old, new) in enumerate(pairs) if old != new), 0)
    spans = {site.name: text.span(site.root) for site in units(text)}
    return {f"{edit.file} {name}" for name, (begin, end) in spans.items() if begin <= place < end} or {edit.file}


@cache
def _text(file: str) -> Text:
    return Text(file, (ROOT / file).read_text(encoding="utf-8"))
