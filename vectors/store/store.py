"""Where do golden vectors lie, and are they what was written? One safetensors file per case in the folder of its group.

    manifest.json                                format and generator version, glossaries, groups, SHA-256 of every file
    manifest.schema.json, group.schema.json      JSON Schema of the JSON files
    <family>/<group>/group.json                  what the group asks, what each array is, its cases
    <family>/<group>/cases.txt                   the cases as text, for diffs
    <family>/<group>/<case-slug>.safetensors     tensors ``input.<name>`` and ``expected.<name>``, plain bits

A file holds E4M3 codes, E8M0 bytes and booleans as U8, BF16 and FP16 as U16, the rest as F32, F64, I32 or
I64; the group file names each tensor's format and shape. Nothing is handed out before size, SHA-256, names,
dtypes and shapes agree with manifest and group file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from reports.foreign import reading
from reports.foreign.reading import content
from vectors.case import Case, Vector
from vectors.store import manifest
from vectors.store.formats import FORMATS, StoreError, from_stored, with_one_nan

MOST = 8 << 30  # bytes of a file; the largest case has arrays of 2 GiB


def generate(case: Case) -> Vector:
    """The case's arrays, made by its own functions; NaN in an expected array is always the same one."""
    inputs = case.inputs()
    expected = {name: with_one_nan(array) for name, array in case.expected(inputs).items()}
    return Vector(inputs, expected)


class Store:
    """A golden store opened for reading; its manifest is checked here, every other file when it is first needed.

    path: the folder that holds manifest.json. Raises StoreError naming the file, what it has and what it needs.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.manifest = manifest.read(self.path / manifest.NAME)
        self._listed = {case_id: group for group in self.manifest["groups"] for case_id in group["cases"]}
        self._groups: dict[tuple[str, str], dict[str, Any]] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all cases, sorted."""
        return tuple(sorted(self._listed))

    @property
    def generator_version(self) -> int:
        """The version of the generators that wrote the store."""
        return int(self.manifest["generator_version"])

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._listed

    def group(self, family: str, name: str) -> Mapping[str, Any]:
        """The content of a group file. Raises StoreError for a group that is not listed and for a bad file."""
        if (family, name) not in self._groups:
            listed = [g for g in self.manifest["groups"] if (g["family"], g["group"]) == (family, name)]
            if not listed:
                raise StoreError(f"{self.path / manifest.NAME}: has no group {family}/{name}, needs one that it lists")
            file = f"{family}/{name}/{manifest.GROUP_NAME}"
            raw = self.verified_bytes(file, reading.MOST)
            self._groups[family, name] = manifest.parse_group(raw, self.path / file, listed[0], self.manifest)
        return self._groups[family, name]

    def entry(self, case_id: str) -> Mapping[str, Any]:
        """What the group file says about a case. Raises StoreError for an id that the manifest does not list."""
        if case_id not in self._listed:
            raise StoreError(f"{self.path / manifest.NAME}: has no case {case_id!r}, needs one of its {len(self.ids)}")
        listed = self._listed[case_id]
        cases = self.group(listed["family"], listed["group"])["cases"]
        return cases[listed["cases"].index(case_id)]

    def digest(self, case_id: str) -> str:
        """The SHA-256 of the case's file as the manifest says: equal when all arrays are equal."""
        return str(self.manifest["files"][self.entry(case_id)["file"]]["sha256"])

    def load(self, case_id: str) -> Vector:
        """The arrays of a case, writable, bit for bit as they were written.

        Raises StoreError when the file is missing, lies outside the store, or differs from its manifest entry.
        """
        entry = self.entry(case_id)
        path = self.path / entry["file"]
        raw = self.verified_bytes(entry["file"])
        try:
            tensors = safetensors.numpy.load(raw)
        except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:  # the latter: a dtype of others
            raise StoreError(f"{path}: has no safetensors content ({error}), needs it") from error
        _check_tensors(path, tensors, entry["tensors"])
        arrays: dict[str, dict[str, np.ndarray]] = {"input": {}, "expected": {}}
        for name, spec in entry["tensors"].items():
            side, _, short = name.partition(".")
            try:
                arrays[side][short] = from_stored(tensors[name], spec["format"])
            except StoreError as error:
                raise StoreError(f"{path}: {name}: {error}") from error
        return Vector(arrays["input"], arrays["expected"])

    def verified_bytes(self, file: str, most: int = MOST) -> bytes:
        """A file of the store, relative to the manifest. Raises StoreError unless it is what the manifest says."""
        path, root, needs = self.path / file, self.path.resolve(), self.manifest["files"][file]
        try:
            inside = path.resolve().is_relative_to(root)
        except (OSError, RuntimeError, ValueError) as error:  # a link to itself, or a name that no file has
            raise StoreError(f"{path}: has a link that leads nowhere, needs a file inside the store") from error
        if not inside:
            raise StoreError(f"{path}: has its target outside {root}, needs a file inside the store")
        raw = content(path, lambda words: StoreError(f"{words}; needs the one that {manifest.NAME} lists"), most)
        has = manifest.digest(raw)
        if has["bytes"] != needs["bytes"]:
            raise StoreError(f"{path}: has {len(raw)} bytes, needs {needs['bytes']} as the manifest says")
        if has["sha256"] != needs["sha256"]:
            raise StoreError(f"{path}: has SHA-256 {has['sha256']}, needs {needs['sha256']} as the manifest says")
        return raw


def _check_tensors(path: Path, tensors: Mapping[str, np.ndarray], specs: Mapping[str, Any]) -> None:
    if tensors.keys() != specs.keys():
        raise StoreError(
            f"{path}: has extra tensors {sorted(tensors.keys() - specs.keys())} and lacks"
            f" {sorted(specs.keys() - tensors.keys())}, needs exactly those that {manifest.GROUP_NAME} lists"
        )
    for name, spec in specs.items():
        has, stored = tensors[name], FORMATS[spec["format"]].stored
        if has.dtype != stored or list(has.shape) != spec["shape"]:
            raise StoreError(
                f"{path}: {name} has {has.dtype} {list(has.shape)}, needs {stored} {spec['shape']}"
                f" for {spec['format']} as {manifest.GROUP_NAME} says"
            )
