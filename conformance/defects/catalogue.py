"""Which defects are re-created here? The catalogue as data: each a wrong kernel, as edits of the source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from conformance.defects.fields import FIELDS

CATALOGUE = Path(__file__).with_name("catalogue.toml")
SUBJECTS = ("native", "emulation")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEXTS = ("id", "field", "defect", "revealed_by", "source")
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
    wrong, one sentence. revealed_by: data that show it. source: "owner/repo #number" of a public thread about such a
    defect, or "own". subject: the implementation that it changes, whose norm is measured. edits: how it is made.
    """

    id: str
    field: str
    defect: str
    revealed_by: str
    source: str
    subject: str
    edits: tuple[Edit, ...]

    @property
    def packages(self) -> tuple[str, ...]:
        """The top-level packages that the edits change, sorted."""
        return tuple(sorted({edit.package for edit in self.edits}))


def load(path: Path = CATALOGUE) -> tuple[Defect, ...]:
    """The entries of a catalogue, in order. Raises CatalogueError that names what is wrong with which entry."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"{path}: {error}") from error
    unknown = sorted(set(document) - {"defect"})
    if unknown:
        raise CatalogueError(f"{path}: has {', '.join(unknown)}, needs [[defect]] tables only")
    rows = document.get("defect", [])
    if not isinstance(rows, list) or not rows:
        raise CatalogueError(f"{path}: has no entry, needs [[defect]] tables")
    found = tuple(_defect(number, row) for number, row in enumerate(rows, 1))
    ids = [entry.id for entry in found]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise CatalogueError(f"{path}: has {', '.join(twice)} more than once, needs unique ids")
    return found


def _defect(number: int, row: Any) -> Defect:
    name = f"entry {number}"
    if not isinstance(row, Mapping):
        raise CatalogueError(f"{name}: has a {type(row).__name__}, needs a table")
    name = f"entry {number} ({row.get('id', 'without id')})"
    unknown = sorted(set(row) - {*_TEXTS, "subject", "edits"})
    if unknown:
        raise CatalogueError(f"{name}: has the unknown key {', '.join(unknown)}")
    texts = {key: _text(name, row, key) for key in _TEXTS}
    if not _ID.fullmatch(texts["id"]):
        raise CatalogueError(f"{name}: id has {texts['id']!r}, needs lower-case words joined by '-'")
    _member(name, "field", texts["field"], tuple(FIELDS))
    subject = row.get("subject", SUBJECTS[0])
    _member(name, "subject", subject, SUBJECTS)
    edits = row.get("edits")
    if not isinstance(edits, list) or not edits:
        raise CatalogueError(f"{name}: edits has {edits!r}, needs at least one table")
    return Defect(**texts, subject=subject, edits=tuple(_edit(name, edit) for edit in edits))


def _edit(name: str, row: Any) -> Edit:
    if not isinstance(row, Mapping) or set(row) != set(_EDIT):
        has = sorted(row) if isinstance(row, Mapping) else type(row).__name__
        raise CatalogueError(f"{name}: an edit has {has}, needs {', '.join(_EDIT)}")
    for key in _EDIT:
        if not isinstance(row[key], str):
            raise CatalogueError(f"{name}: {key} of an edit has a {type(row[key]).__name__}, needs a string")
    path = PurePosixPath(row["file"])
    if path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        raise CatalogueError(
            f"{name}: file has {row['file']!r}, needs a path inside a package of the checkout"
        )
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
