"""What does a golden store say it holds? Its manifest, built from cases and checked when read."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np

from vectors.case import Case
from vectors.data import GENERATOR_VERSION
from vectors.formats import StoreError

FORMAT_VERSION = 1
NAME = "manifest.json"
SCHEMA = Path(__file__).with_name("manifest.schema.json")
_NUMBERS = re.compile(r"\[\s+((?:-?\d+,\s+)*-?\d+)\s+\]")
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
            raise StoreError(
                f"{where}: has the string {value!r}, needs another word (this one means a float)"
            )
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
    raise StoreError(
        f"{where}: has a {type(value).__name__}, needs None, bool, int, float, str, a list or a dict"
    )


def decode(value: Any) -> Any:
    """The parameter that ``encode`` wrote; tuples stay lists."""
    if isinstance(value, str):
        return _SPECIAL.get(value, value)
    if isinstance(value, dict):
        return {key: decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    return value


def file_of(case_id: str) -> str:
    """Where a case's tensors lie, relative to the manifest."""
    return f"{case_id}.safetensors"


def describe(case: Case) -> dict[str, Any]:
    """What the manifest says about a case before its tensors are known."""
    return {
        "id": case.id,
        "title": case.title,
        "family": case.family,
        "tier": case.tier,
        "params": encode(case.params, f"params of {case.id}"),
        "flags": sorted(case.flags),
        "requirements": sorted(case.requirements),
        "needs": sorted(case.needs),
    }


def build(entries: Iterable[Mapping[str, Any]], flags: Mapping[str, str]) -> dict[str, Any]:
    """The manifest of these case entries, sorted by id, with the glossary cut to the flags that they carry.

    Raises StoreError for a flag that the glossary does not define and for whatever the schema refuses.
    """
    cases = sorted(entries, key=lambda entry: str(entry["id"]))
    used = {flag: entry["id"] for entry in cases for flag in entry["flags"]}
    for flag, case_id in used.items():
        if flag not in flags:
            raise StoreError(f"flags of {case_id}: has {flag!r}, needs a flag that the glossary defines")
    manifest = {
        "format_version": FORMAT_VERSION,
        "generator_version": GENERATOR_VERSION,
        "flags": {flag: flags[flag] for flag in sorted(used)},
        "cases": cases,
    }
    validate(manifest, "the manifest to be written")
    return manifest


def to_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as UTF-8 JSON: one line per value or shape, keys in the order given."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    return (_join_number_lists(text) + "\n").encode("utf-8")


def read(path: Path) -> dict[str, Any]:
    """A manifest from disk, valid by version, schema, ids and file names. Raises StoreError otherwise."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{path}: has no readable manifest ({error.strerror}), needs one; `python -m vectors` writes it"
        ) from error
    try:
        manifest = json.loads(
            raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_duplicates
        )
    except ValueError as error:
        raise StoreError(f"{path}: has text that is not JSON ({error}), needs a manifest") from error
    _check_version(manifest, path)
    validate(manifest, str(path))
    _check_entries(manifest, path)
    return dict(manifest)


def validate(manifest: Mapping[str, Any], where: str) -> None:
    """Raises StoreError naming the first place that breaks the schema."""
    error = jsonschema.exceptions.best_match(_validator().iter_errors(manifest))
    if error is not None:
        raise StoreError(f"{where}: at {error.json_path} {error.message}; needs what {SCHEMA.name} describes")


@functools.cache
def _validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _check_version(manifest: Any, path: Path) -> None:
    version = manifest.get("format_version") if isinstance(manifest, dict) else None
    if version != FORMAT_VERSION or isinstance(version, bool):
        raise StoreError(
            f"{path}: has format_version {version!r}, needs {FORMAT_VERSION}; write the store anew with"
            " `python -m vectors`, or read it with the checkout that wrote it"
        )


def _check_entries(manifest: Mapping[str, Any], path: Path) -> None:
    seen: set[str] = set()
    for entry in manifest["cases"]:
        case_id, flags = entry["id"], set(entry["flags"])
        if case_id in seen:
            raise StoreError(f"{path}: has the case {case_id} twice, needs each id once")
        seen.add(case_id)
        if entry["file"] != file_of(case_id):
            raise StoreError(f"{path}: has file {entry['file']!r} for {case_id}, needs {file_of(case_id)!r}")
        if not flags <= manifest["flags"].keys():
            raise StoreError(
                f"{path}: has undefined flags in {case_id}, needs them in the glossary: {sorted(flags)}"
            )


def _no_constant(text: str) -> Any:
    raise ValueError(f"the constant {text}")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key twice among {[key for key, _ in pairs]}")
    return found


def _join_number_lists(text: str) -> str:
    """Shapes on one line each: they are what a reviewer compares."""
    return _NUMBERS.sub(lambda found: "[" + ", ".join(re.split(r",\s+", found[1])) + "]", text)
