"""What has each known defect shown? A committed file, written by ``python -m conformance.defects --symptoms``."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance.likeness.symptoms import Fails, Feature, Symptom, features
from reports.files import write_whole
from reports.foreign.reading import json_file

RECORD = Path(__file__).with_name("record.json")
SCHEMA = 1
_TEXTS = ("what", "source", "cause", "fingerprint")
_COUNTS = {"type": "array", "items": {"type": "integer", "minimum": 0}}
_KNOWN = {
    "type": "object",
    "required": [*_TEXTS, "unasked", "fails"],
    "properties": {name: {"type": "string"} for name in _TEXTS}
    | {"unasked": _COUNTS, "fails": {"type": "array", "items": {**_COUNTS, "minItems": 2}}},
    "additionalProperties": False,
}
_SHAPE = {
    "type": "object",
    "required": ["schema", "versions", "backend", "cases", "symptoms", "known"],
    "properties": {
        "schema": {"const": SCHEMA},
        "versions": {"type": "object", "additionalProperties": {"type": "string"}},
        "backend": {"type": "string"},
        "cases": {"type": "array", "items": {"type": "string"}},
        "symptoms": {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "maxItems": 5}},
        "known": {"type": "object", "additionalProperties": _KNOWN},
    },
    "additionalProperties": False,
}


class LikenessError(ValueError):
    """The file is no record of symptoms; the message names it and what is wrong."""


@dataclass(frozen=True)
class Known:
    """One known defect.

    what: is wrong, a sentence. source: the public thread about such a defect, "own" or "generated". cause: the name of
    its cause, of a generated one the part of the kernels. fingerprint: of the entry, the sources and the backend that
    it was asked with. unasked: cases that would call the changed code and were not asked, for lack of time. fails: what
    it fails; cases that are in neither pass.
    """

    id: str
    what: str
    source: str
    cause: str
    fingerprint: str
    unasked: frozenset[str] = frozenset()
    fails: Fails = field(default_factory=dict)

    @cached_property
    def features(self) -> frozenset[Feature]:
        """Of all that it fails."""
        return frozenset(features(self.fails))


@dataclass(frozen=True)
class KnownDefects:
    """versions: of Python and the packages. backend: where. cases: ids of all that were asked of any."""

    versions: Mapping[str, str]
    backend: str
    cases: frozenset[str]
    known: Sequence[Known]


def read(path: Path = RECORD) -> KnownDefects:
    """The record of a file. Raises LikenessError."""
    found = json_file(path, LikenessError, _SHAPE, "record of symptoms")
    cases, symptoms = found["cases"], [Symptom(*row) for row in found["symptoms"]]
    try:
        known = [_known(name, row, cases, symptoms) for name, row in found["known"].items()]
    except IndexError:
        raise LikenessError(f"{path}: is no record of symptoms: it names a case or a symptom that it has not") from None
    return KnownDefects(found["versions"], found["backend"], frozenset(cases), known)


def write(record: KnownDefects, path: Path = RECORD) -> None:
    """Put the record at ``path``, a line for each case, symptom and known defect."""
    cases = sorted(record.cases)
    symptoms = sorted({one for known in record.known for shown in known.fails.values() for one in shown})
    places = {one: place for place, one in enumerate(symptoms)}
    numbers = {case: number for number, case in enumerate(cases)}
    rows = {known.id: _row(known, numbers, places) for known in sorted(record.known, key=lambda known: known.id)}
    parts = [
        f'"schema": {SCHEMA}',
        f'"versions": {json.dumps(record.versions)}',
        f'"backend": {json.dumps(record.backend)}',
        _lines("cases", "[]", map(json.dumps, cases)),
        _lines("symptoms", "[]", (json.dumps(_short(one)) for one in symptoms)),
        _lines("known", "{}", (f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())),
    ]
    write_whole(path, ("{\n " + ",\n ".join(parts) + "\n}\n").encode())


def _known(name: str, row: Mapping[str, Any], cases: Sequence[str], symptoms: Sequence[Symptom]) -> Known:
    fails = {cases[case]: frozenset(symptoms[one] for one in shown) for case, *shown in row["fails"]}
    unasked = frozenset(cases[case] for case in row["unasked"])
    return Known(name, **{text: row[text] for text in _TEXTS}, unasked=unasked, fails=fails)


def _row(known: Known, numbers: Mapping[str, int], places: Mapping[Symptom, int]) -> dict[str, Any]:
    texts = {name: getattr(known, name) for name in _TEXTS}
    fails = [[numbers[case], *sorted(places[one] for one in shown)] for case, shown in sorted(known.fails.items())]
    return {**texts, "unasked": sorted(numbers[case] for case in known.unasked), "fails": fails}


def _short(symptom: Symptom) -> list[str]:
    """Its fields without empty ones at the end."""
    found = list(astuple(symptom))
    while len(found) > 1 and not found[-1]:
        found.pop()
    return found


def _lines(name: str, ends: str, rows: Iterable[str]) -> str:
    return f'"{name}": {ends[0]}\n  ' + ",\n  ".join(rows) + f"\n {ends[1]}"
