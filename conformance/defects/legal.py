"""What may kernels do otherwise and still be right? Variants that have to pass all: what fails on them is an alarm.

``legal.toml`` has those that are changes of the source. Here are those that run the source as it is on another backend,
under another model of the matrix cores' sum, another rounding of approximate instructions, with or without FP fusion.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.backends.gfx950_emulated import NAME as EMULATED
from conformance.backends.gfx950_emulated import SUM_MODELS
from conformance.backends.variables import FP_FUSION
from conformance.defects.catalogue import SUBJECTS, CatalogueError, Defect, Edit, edit_from
from conformance.defects.records import CLEAN
from reports.foreign.reading import toml_file

LEGAL = Path(__file__).with_name("legal.toml")
INTERPRETER = "interpreter"
SETTINGS = (*(f"sum={model}" for model in SUM_MODELS if model != "exact"), "ulp=-1", "ulp=1", "sanitize")
_TEXTS = ("id", "what", "allowed_by")


@dataclass(frozen=True)
class Legal:
    """One legal variant.

    what: one sentence. allowed_by: what in the contract leaves it free. edits: how the source is changed, none for a
    configuration. subjects: those that it changes. backend: where it runs, empty for the run's own. fused: FP fusion
    on or off, None for as it is.
    """

    id: str
    what: str
    allowed_by: str
    edits: tuple[Edit, ...] = ()
    subjects: tuple[str, ...] = SUBJECTS
    backend: str = ""
    fused: bool | None = None

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """Variables that make it so."""
        return () if self.fused is None else ((FP_FUSION, str(int(self.fused))),)

    def as_defect(self) -> Defect:
        """The same edits as an entry, for the mechanism that applies them."""
        return Defect(self.id, "", self.what, "", "own", self.subjects[0], self.edits)


def variants(path: Path = LEGAL) -> tuple[Legal, ...]:
    """The changes of the source, in order. Raises CatalogueError that names what is wrong with which entry."""
    rows = toml_file(path, CatalogueError).get("variant")
    if not isinstance(rows, list):
        raise CatalogueError(f"{path}: has none, needs [[variant]] tables")
    return tuple(_variant(f"{path.name}: entry {number}", row) for number, row in enumerate(rows, 1))


def configurations(backend: str) -> tuple[Legal, ...]:
    """The kernels as they are: on the run's own backend (``clean``), then on all others.

    The interpreter computes each operation by itself, so that there is nothing to fuse.
    """
    found = [Legal(CLEAN, "The kernels as they are.", "They are right.", backend=backend)]
    if backend != INTERPRETER:
        found.append(_configuration(INTERPRETER, "", None))
    for settings in ("", *SETTINGS):
        name = f"{EMULATED}:{settings}" if settings else EMULATED
        found += [_configuration(name, settings, fused) for fused in (True, False) if not (fused and name == backend)]
    return tuple(found)


def _configuration(backend: str, settings: str, fused: bool | None) -> Legal:
    words = [backend.partition(":")[0], *settings.replace("=-", "-minus-").replace("=", "-").split(",")]
    fusion = {True: "FP fusion on", False: "FP fusion off", None: "where nothing is fused"}[fused]
    return Legal(
        "-".join([CLEAN, *filter(None, words), *(["unfused"] if fused is False else [])]),
        f"The kernels as they are on {backend}, {fusion}.",
        "The order and grouping of additions, and contraction, are free within the error model.",
        backend=backend,
        fused=fused,
    )


def _variant(name: str, row: Any) -> Legal:
    if not isinstance(row, Mapping) or set(row) - {*_TEXTS, "subjects", "edits"}:
        raise CatalogueError(f"{name}: has {row!r}, needs a table of {', '.join(_TEXTS)}, subjects, edits")
    name = f"{name} ({row.get('id', 'without id')})"
    for key in _TEXTS:
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise CatalogueError(f"{name}: {key} has {row.get(key)!r}, needs a text")
    subjects = tuple(row.get("subjects", SUBJECTS))
    if not subjects or set(subjects) - {*SUBJECTS}:
        raise CatalogueError(f"{name}: subjects has {subjects!r}, needs some of {', '.join(SUBJECTS)}")
    if not row.get("edits"):
        raise CatalogueError(f"{name}: edits has none, needs at least one table")
    edits = tuple(edit_from(name, edit) for edit in row["edits"])
    return Legal(row["id"], row["what"], row["allowed_by"], edits, subjects)
