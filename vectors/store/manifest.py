"""What does a golden store say it holds? Its manifest and one file a group, built from cases and checked when read."""

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from reports.foreign.reading import content
from vectors.case import Case
from vectors.data import GENERATOR_VERSION
from vectors.store import json_text
from vectors.store.formats import FORMAT_NOTES, StoreError
from vectors.store.json_text import encode
from vectors.store.notes import StoreGroup, Tables

FORMAT_VERSION = 3
NAME, GROUP_NAME, TEXT_NAME = "manifest.json", "group.json", "cases.txt"
SCHEMAS = tuple(Path(__file__).with_name(f"{name}.schema.json") for name in ("manifest", "group"))


def file_of(case_id: str, group: str) -> str:
    """Where a case's tensors lie, relative to the manifest: its slug in the folder of its group, ``family/group``."""
    slug = case_id.partition("/")[2].removeprefix(f"{group.partition('/')[2]}/")
    return f"{group}/{slug}.safetensors"


def describe(case: Case, group: StoreGroup) -> dict[str, Any]:
    """What a group file says about a case before its tensors are known."""
    return {
        "id": case.id,
        "title": case.title,
        "tier": case.tier,
        "params": encode(case.params, f"params of {case.id}"),
        "flags": sorted(case.flags),
        "requirements": sorted(case.requirements),
        "needs": sorted(case.needs),
        "file": file_of(case.id, group.path),
    }


def build_group(
    group: StoreGroup, cases: Iterable[Case], entries: Iterable[Mapping[str, Any]], notes: Tables
) -> dict[str, Any]:
    """The group file of these cases and their entries, sorted by id; notes on every array and parameter they have.

    Raises StoreError for an array or parameter without a note and for whatever the schema refuses.
    """
    listed = sorted(entries, key=lambda entry: str(entry["id"]))
    names = sorted({name for entry in listed for name in entry["tensors"]}, key=_inputs_first)
    found = {
        "format_version": FORMAT_VERSION,
        "family": group.family,
        "group": group.name,
        "asks": group.asks,
        "notes": group.notes,
        "parameters": notes.parameters(cases),
        "arrays": {name: notes.array(group.family, name) for name in names},
        "cases": listed,
    }
    validate(found, f"the group {group.path} to be written", "group")
    return found


def _inputs_first(name: str) -> tuple[bool, str]:
    return not name.startswith("input."), name


def build(
    groups: Iterable[Mapping[str, Any]], files: Mapping[str, Mapping[str, Any]], flags: Mapping[str, str], notes: Tables
) -> dict[str, Any]:
    """The manifest of these group files, with the glossaries that they need; files: path -> ``digest``.

    Raises StoreError for a flag that the glossary does not define and for whatever the schema refuses.
    """
    listed = sorted(groups, key=lambda group: (str(group["family"]), str(group["group"])))
    used = {flag: case["id"] for group in listed for case in group["cases"] for flag in case["flags"]}
    for flag, case_id in used.items():
        if flag not in flags:
            raise StoreError(f"flags of {case_id}: has {flag!r}, needs a flag that the glossary defines")
    manifest = {
        "format_version": FORMAT_VERSION,
        "generator_version": GENERATOR_VERSION,
        "flags": {flag: flags[flag] for flag in sorted(used)},
        "formats": FORMAT_NOTES,
        "compare": notes.compare,
        "groups": [
            {key: group[key] for key in ("family", "group", "asks")}
            | {"cases": [case["id"] for case in group["cases"]]}
            for group in listed
        ],
        "files": {path: files[path] for path in sorted(files)},
    }
    validate(manifest, "the manifest to be written", "manifest")
    return manifest


def of_file(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a case's file says of itself, from its entry in the group file: enough to read it without that one."""
    return {"case": entry["id"], "generator_version": GENERATOR_VERSION, "tensors": entry["tensors"]}


def digest(raw: bytes) -> dict[str, Any]:
    """What the manifest says about a file."""
    return {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}


def read(path: Path) -> dict[str, Any]:
    """A manifest from disk, valid by version, schema, ids and file names. Raises StoreError otherwise."""
    raw = content(path, lambda words: StoreError(f"{words}; needs a manifest, which `python -m vectors` writes"))
    manifest = json_text.parse(raw, path)
    _check_version(manifest, path)
    validate(manifest, str(path), "manifest")
    _check_groups(manifest, path)
    return dict(manifest)


def parse_group(raw: bytes, path: Path, listed: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A group file's content, valid by version and schema and agreeing with what the manifest lists as this group."""
    group = json_text.parse(raw, path)
    _check_version(group, path)
    validate(group, str(path), "group")
    ids = [case["id"] for case in group["cases"]]
    if (group["family"], group["group"], ids) != (listed["family"], listed["group"], listed["cases"]):
        raise StoreError(f"{path}: has other cases than {NAME} lists for it, needs those")
    folder = f"{group['family']}/{group['group']}"
    for case in group["cases"]:
        file = file_of(case["id"], folder)
        if case["file"] != file or file not in manifest["files"]:
            raise StoreError(f"{path}: has file {case['file']!r} for {case['id']}, needs {file!r}, listed in {NAME}")
        _check_glossary(path, f"flags in {case['id']}", case["flags"], manifest["flags"])
        _check_glossary(path, f"arrays in {case['id']}", case["tensors"], group["arrays"])
    words = {note["compare"] for note in group["arrays"].values()}
    _check_glossary(path, "compare words", words, manifest["compare"])
    return dict(group)


def validate(data: Mapping[str, Any], where: str, kind: str) -> None:
    """Raises StoreError naming the first place that breaks the schema; kind: manifest or group."""
    error = jsonschema.exceptions.best_match(_validator(kind).iter_errors(data))
    if error is not None:
        raise StoreError(f"{where}: at {error.json_path} {error.message}; needs what {kind}.schema.json describes")


@functools.cache
def _validator(kind: str) -> Any:
    path = next(path for path in SCHEMAS if path.name == f"{kind}.schema.json")
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _check_version(data: Any, path: Path) -> None:
    version = data.get("format_version") if isinstance(data, dict) else None
    if version != FORMAT_VERSION or isinstance(version, bool):
        raise StoreError(
            f"{path}: has format_version {version!r}, needs {FORMAT_VERSION}; write the store anew with"
            " `python -m vectors [--out DIR --tier T]`, or read it with the checkout that wrote it"
        )


def _check_groups(manifest: Mapping[str, Any], path: Path) -> None:
    seen: set[str] = set()
    for group in manifest["groups"]:
        file = f"{group['family']}/{group['group']}/{GROUP_NAME}"
        if file not in manifest["files"]:
            raise StoreError(f"{path}: has no file {file}, needs one for each group")
        for case_id in group["cases"]:
            if case_id in seen:
                raise StoreError(f"{path}: has the case {case_id} twice, needs each id once")
            if not case_id.startswith(f"{group['family']}/"):
                raise StoreError(f"{path}: has {case_id} in the family {group['family']}, needs its own there")
            seen.add(case_id)
    grouped = {f"{group['family']}/{group['group']}" for group in manifest["groups"]}
    stray = sorted({file.rpartition("/")[0] for file in manifest["files"] if "/" in file} - grouped)
    if stray:
        raise StoreError(f"{path}: has files in {', '.join(stray)}, needs a group for each folder")


def _check_glossary(path: Path, what: str, has: Iterable[str], glossary: Iterable[str]) -> None:
    undefined = sorted(set(has) - set(glossary))
    if undefined:
        raise StoreError(f"{path}: has undefined {what}, needs them in the glossary: {undefined}")
