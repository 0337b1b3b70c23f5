"""How does data become JSON that reads line by line, and what is refused on the way back?"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reports.foreign.reading import parsed_json
from vectors.store.formats import StoreError

_WIDTH = 180
# The spelling of JSON's relatives; no parameter that is a lower-case word can be taken for one of them.
_SPECIAL = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


def encode(value: Any, where: str = "params") -> Any:
    """A parameter as JSON: None is null, tuples are lists, inf is "Infinity", -inf "-Infinity", nan "NaN".

    Raises StoreError for a type without a JSON form, and for a string that one of those three words would
    turn into a float on the way back.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        if value in _SPECIAL:
            raise StoreError(f"{where}: has the string {value!r}, needs another word (this one means a float)")
        return value
    if isinstance(value, np.generic):
        return encode(value.item(), where)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, Mapping):
        return {str(key): encode(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item, f"{where}[{i}]") for i, item in enumerate(value)]
    raise StoreError(f"{where}: has a {type(value).__name__}, needs None, bool, int, float, str, a list or a dict")


def decode(value: Any) -> Any:
    """The parameter that ``encode`` wrote; tuples stay lists."""
    if isinstance(value, str):
        return _SPECIAL.get(value, value)
    if isinstance(value, dict):
        return {key: decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    return value


def to_bytes(data: Any) -> bytes:
    """UTF-8 JSON, keys in the order given; what fits on a line stands on one, so that a diff shows it whole."""
    return (_lines(data, 0, 0) + "\n").encode("utf-8")


def _lines(value: Any, depth: int, before: int) -> str:
    """``value`` at ``depth``, where the line has ``before`` characters already."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, (dict, list)) or not value or (depth and before + len(line) < _WIDTH):
        return line
    indent, end = " " * (depth + 1), "\n" + " " * depth
    if isinstance(value, list):
        items = [indent + _lines(item, depth + 1, depth + 1) for item in value]
        return "[\n" + ",\n".join(items) + end + "]"
    named = [(f"{indent}{json.dumps(str(key), ensure_ascii=False)}: ", item) for key, item in value.items()]
    items = [name + _lines(item, depth + 1, len(name)) for name, item in named]
    return "{\n" + ",\n".join(items) + end + "}"


def parse(raw: bytes, path: Path) -> Any:
    """The data of JSON text. Raises StoreError naming ``path`` for NaN, infinities, a key twice, and no JSON."""
    return parsed_json(raw, path, StoreError)
