"""Which uses are there, and what does a file say of one? Facts by name, each with its source."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reports.foreign.reading import toml_file
from reports.foreign.showing import line

SERVED = Path(__file__).with_name("served")
SCHEMA_FILE = Path(__file__).with_name("use.schema.json")
_OF_ITSELF = ("name", "about", "pipeline", "like")


class UseError(ValueError):
    """A file says nothing of a use; the message names the file and why."""


@dataclass(frozen=True)
class Use:
    """What a served model gives to the kernels of one pipeline. What no fact states excludes nothing.

    facts: name -> its table in the file: what occurs, and the source of that.
    """

    name: str
    about: str
    pipeline: str
    facts: Mapping[str, Mapping[str, Any]] = field(repr=False)


def named(files: Sequence[Path]) -> tuple[Use, ...]:
    """The uses of these files, or those that the project ships where there are none. Raises UseError."""
    uses = tuple(_read(file) for file in files) or served()
    names = [use.name for use in uses]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UseError(f"--use: has two uses named {', '.join(twice)}, a report needs two names")
    return uses


@functools.cache
def served() -> tuple[Use, ...]:
    """Those that the project ships; a test holds their files to the schema."""
    return tuple(_read(path, checked=False) for path in sorted(SERVED.glob("*.toml"), reverse=True))


def _read(path: Path, *, checked: bool = True) -> Use:
    found = toml_file(path, UseError)
    if checked:
        import jsonschema  # slow to import, and needed only where a file is not the project's

        schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
        wrong = next(jsonschema.Draft202012Validator(schema).iter_errors(found), None)
        if wrong is not None:
            raise UseError(f"{path}: is no use: {wrong.json_path}: {line(wrong.message, 300)}")
    own = {name: table for name, table in found.items() if name not in _OF_ITSELF}
    return Use(found["name"], found["about"], found["pipeline"], {**_base(path, found.get("like")), **own})


def _base(path: Path, like: str | None) -> Mapping[str, Mapping[str, Any]]:
    if like is None:
        return {}
    base = SERVED / f"{like}.toml"
    if Path(like).name != like or not base.is_file():
        known = ", ".join(sorted(file.stem for file in SERVED.glob("*.toml")))
        raise UseError(f"{path}: like: has {like!r:.80}, needs one of {known}")
    return _read(base, checked=False).facts
