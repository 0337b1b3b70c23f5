"""How is one example of a property kept? A small JSON file that asks exactly this example again, wherever it lies."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.foreign.reading import json_file
from vectors.data import GENERATOR_VERSION

FORMAT = 1
FOUND = Path(__file__).parents[1] / "found"
_KINDS: dict[str, tuple[type, str]] = {
    "generator": (int, "the version of the generators, a whole number"),
    "case": (str, "the id of a property's case"),
    "example": (dict, "an object with the values that the property draws"),
    "found": (dict, "an object that says where it was found"),
}
_KEYS = {"format", *_KINDS}


class ExampleError(ValueError):
    """A file is no example; the message names it, what it has and what it needs."""


@dataclass(frozen=True)
class Example:
    """case: id of the case whose property broke. values: what was drawn, JSON. found: where and how, for people.

    The arrays follow from these, so that an example stays small and readable. generator: the version of the generators
    that made them; under another one the same values may stand for other numbers.
    """

    case: str
    values: Mapping[str, Any]
    found: Mapping[str, str]
    generator: int = GENERATOR_VERSION

    @property
    def name(self) -> str:
        """A slug of its own: the same values have the same name."""
        text = json.dumps([self.case, self.values], sort_keys=True)
        return f"{self.case.rpartition('/')[2]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def to_bytes(self) -> bytes:
        """The file."""
        document = {
            "format": FORMAT,
            "generator": self.generator,
            "case": self.case,
            "example": self.values,
            "found": self.found,
        }
        return (json.dumps(document, indent=1) + "\n").encode()


def read(path: Path) -> Example:
    """The example of a file. Raises ExampleError."""
    document = json_file(path, ExampleError)
    if not isinstance(document, dict) or set(document) != _KEYS:
        has = sorted(document) if isinstance(document, dict) else type(document).__name__
        raise ExampleError(f"{path}: has {has}, needs {', '.join(sorted(_KEYS))}")
    if document["format"] != FORMAT:
        raise ExampleError(
            f"{path}: has format {document['format']!r}, needs {FORMAT}; a run of the property saves it anew"
        )
    for key, (kind, needs) in _KINDS.items():
        if type(document[key]) is not kind:
            raise ExampleError(f"{path}: {key}: has {document[key]!r:.80}, needs {needs}")
    return Example(document["case"], document["example"], document["found"], document["generator"])
