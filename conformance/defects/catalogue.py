"""Which defects are re-created here? The catalogue as data: each a wrong kernel, as edits of the source.

Every entry is listed, also one that cannot be re-created here (``not_applicable`` says why) and one that no input can
tell from the right kernel (``equivalent`` argues it).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from conformance.defects.fields import FIELDS
from reports.foreign.reading import toml_file

CATALOGUE = Path(__file__).with_name("entries")
SUBJECTS = ("native", "emulation")
CATALOGUED, SYSTEMATIC = "catalogue", "systematic"
BACKENDS = ("", "interpreter", "gfx950-emulated")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEXTS = ("id", "field", "defect", "revealed_by", "source")
_OPTIONAL = ("subject", "backend", "deviation", "not_applicable", "equivalent")
_EDIT = ("file", "anchor", "replacement")


class CatalogueError(ValueError):
    """The catalogue is not what it has to be; the message names entry, key, what it has and what it needs."""


@dataclass(frozen=True)
class Edit:
    """One replacement: ``anchor``, which occurs once in ``file`` (relative to the checkout), by ``replacement``."""

    file: str
    anchor: str
    replacement: str

    @property
    def package(self) -> str:
        """The top-level package that the edit changes."""
        return PurePosixPath(self.file).parts[0]


@dataclass(frozen=True)
class Defect:
    """One wrong kernel.

    id: slug, stable. field: where the defect sits, a key of ``conformance.defects.fields.FIELDS``. defect: what is
    wrong, one sentence. revealed_by: data that show it. source: "owner/repo #number" of public threads about such a
    defect, "own", or "generated". subject: the implementation that it changes, whose norm is measured. edits: how it is
    made. backend: where it is judged, empty for the run's own. deviation: why only a SHOULD can tell it, so that a
    deviation which the right kernels do not have kills it; empty where a MUST has to fail. not_applicable: why it
    cannot be re-created here; there are no edits then. equivalent: why no input can tell it from the right kernel.
    kind: "catalogue" or "systematic".
    """

    id: str
    field: str
    defect: str
    revealed_by: str
    source: str
    subject: str
    edits: tuple[Edit, ...]
    backend: str = ""
    deviation: str = ""
    not_applicable: str = ""
    equivalent: str = ""
    kind: str = CATALOGUED

    @property
    def applicable(self) -> bool:
        """Whether it is a mutant that something must stop."""
        return not self.not_applicable and not self.equivalent

    @property
    def packages(self) -> tuple[str, ...]:
        """The top-level packages that the edits change, sorted."""
        return tuple(sorted({edit.package for edit in self.edits}))


def load(path: Path = CATALOGUE) -> tuple[Defect, ...]:
    """The entries of a catalogue: of one file, in order, or of a folder's files by name.

    Raises CatalogueError that names what is wrong with which entry of which file.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise CatalogueError(f"{path}: has no .toml file, needs one")
    found = tuple(entry for file in files for entry in _file(file))
    ids = [entry.id for entry in found]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise CatalogueError(f"{path}: has {', '.join(twice)} more than once, needs unique ids")
    return found


def _file(path: Path) -> list[Defect]:
    document = toml_file(path, CatalogueError)
    unknown = sorted(set(document) - {"defect"})
    if unknown:
        raise CatalogueError(f"{path}: has {', '.join(unknown)}, needs [[defect]] tables only")
    rows = document.get("defect", [])
    if not isinstance(rows, list) or not rows:
        raise CatalogueError(f"{path}: has no entry, needs [[defect]] tables")
    return [_defect(f"{path.name}: entry {number}", row) for number, row in enumerate(rows, 1)]


def _defect(name: str, row: Any) -> Defect:
    if not isinstance(row, Mapping):
        raise CatalogueError(f"{name}: has a {type(row).__name__}, needs a table")
    name = f"{name} ({row.get('id', 'without id')})"
    unknown = sorted(set(row) - {*_TEXTS, *_OPTIONAL, "edits"})
    if unknown:
        raise CatalogueError(f"{name}: has the unknown key {', '.join(unknown)}")
    texts = {key: _text(name, row, key) for key in _TEXTS}
    if not _ID.fullmatch(texts["id"]):
        raise CatalogueError(f"{name}: id has {texts['id']!r}, needs lower-case words joined by '-'")
    _member(name, "field", texts["field"], tuple(FIELDS))
    optional = {key: _text(name, row, key) for key in _OPTIONAL if key in row}
    _member(name, "subject", optional.setdefault("subject", SUBJECTS[0]), SUBJECTS)
    _member(name, "backend", optional.get("backend", ""), BACKENDS)
    edits = row.get("edits", [])
    if not isinstance(edits, list) or (not edits and "not_applicable" not in row):
        raise CatalogueError(f"{name}: edits has {edits!r}, needs at least one table")
    if edits and "not_applicable" in row:
        raise CatalogueError(f"{name}: has edits and not_applicable, needs one of them")
    return Defect(**texts, **optional, edits=tuple(edit_from(name, edit) for edit in edits))


def edit_from(name: str, row: Any) -> Edit:
    """The edit that a table of an entry means. Raises CatalogueError; name: of the entry, for its message."""
    if not isinstance(row, Mapping) or set(row) != set(_EDIT):
        has = sorted(row) if isinstance(row, Mapping) else type(row).__name__
        raise CatalogueError(f"{name}: an edit has {has}, needs {', '.join(_EDIT)}")
    for key in _EDIT:
        if not isinstance(row[key], str):
            raise CatalogueError(f"{name}: {key} of an edit has a {type(row[key]).__name__}, needs a string")
    path = PurePosixPath(row["file"])
    if path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        raise CatalogueError(f"{name}: file has {row['file']!r}, needs a path inside a package of the checkout")
    if not row["anchor"].strip():
        raise CatalogueError(f"{name}: anchor in {row['file']} is empty")
    if row["anchor"] == row["replacement"]:
        raise CatalogueError(f"{name}: replacement in {row['file']} equals its anchor, needs a change")
    return Edit(row["file"], row["anchor"], row["replacement"])


def _text(name: str, row: Mapping[str, Any], key: str) -> str:
    if key not in row:
        raise CatalogueError(f"{name}: has no {key}, needs one")
    if not isinstance(row[key], str) or not row[key].strip():
        raise CatalogueError(f"{name}: {key} has {row[key]!r}, needs a text")
    return row[key]


def _member(name: str, key: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise CatalogueError(f"{name}: {key} has {value!r}, needs one of {', '.join(allowed)}")
