"""What does a device profile say, and what of it can the emulated device take?"""

import functools
import json
from pathlib import Path
from typing import Any

from conformance.gfx950.instructions.aligned import SumModel
from conformance.gfx950.measured import Measured
from reports.foreign.reading import json_file

SCHEMA = Path(__file__).with_name("profile.schema.json")
FOLDER = Path(__file__).with_name("profiles")
VERSION = 1
AS_DOCUMENTED = {
    "e4m3": ["nearest", "saturates", "kept"],
    "bf16": ["nearest", "infinity", "kept"],
    "fp16": ["nearest", "infinity", "kept"],
}


class NoProfileError(ValueError):
    """No profile can be read from a file; the message says why."""


def load(path: Path) -> dict[str, Any]:
    """Raises NoProfileError, in one line, for what is no profile."""
    found: dict[str, Any] = json_file(path, NoProfileError, schema(), about="device profile")
    return found


@functools.cache
def schema() -> Any:
    return json.loads(SCHEMA.read_text())


def model_of(found: Any) -> SumModel | str:
    """A sum's model, as it stands in a profile."""
    return found if isinstance(found, str) else SumModel(**found)


def taken(profile: dict[str, Any]) -> Measured:
    """What is sure in it and can be said of one instruction: places over K that are added together stand together."""
    sums = {
        kind: model_of(one["model"])
        for kind, one in profile["sums"].items()
        if one.get("sure") and not any(" " in places for places in one["groups"])
    }
    ulps = {name: one["rule"] for name, one in profile["instructions"].items() if one.get("rule") is not None}
    return Measured(profile["device"]["device"], sums, ulps, _left(profile, {*sums}, {*ulps}))


def _left(profile: dict[str, Any], sums: set[str], ulps: set[str]) -> tuple[str, ...]:
    """What is taken from the documents instead, in words."""
    kinds, names = (schema()["properties"][part]["propertyNames"]["enum"] for part in ("sums", "instructions"))
    lacks = [f"sums/{kind}" for kind in kinds if kind not in sums]
    lacks += [f"instructions/{name}" for name in names if name not in ulps]
    for form, documented in AS_DOCUMENTED.items():
        one = profile["conversions"].get(form, {})
        if one.get("misfits") or one.get("rule") != documented:
            lacks.append(f"conversions/{form}{' (measured otherwise)' if one.get('rule') else ''}")
    return tuple(lacks)
