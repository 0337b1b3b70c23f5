"""Where do golden vectors lie, and are they what was written? One safetensors file per case, a manifest
beside them.

    manifest.json                        format version, generator version, flags, one entry per case
    <family>/<case-slug>.safetensors     tensors ``input.<name>`` and ``expected.<name>``, plain bits

A file holds E4M3 codes, E8M0 bytes and booleans as U8, BF16 and FP16 as U16, the rest as F32, F64, I32 or
I64; the manifest names each tensor's format and shape. Nothing is handed out before size, SHA-256, names,
dtypes and shapes agree with the manifest.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from vectors import manifest
from vectors.case import Arrays, Case
from vectors.formats import FORMATS, StoreError, format_of, from_stored, to_stored

__all__ = ["Store", "StoreError", "Vector", "generate", "write"]

_SCRATCH = ".writing-"


@dataclass(frozen=True)
class Vector:
    """The arrays of one case by name, without prefix."""

    inputs: Arrays
    expected: Arrays


def generate(case: Case) -> Vector:
    """The case's arrays, made by its own functions."""
    inputs = case.inputs()
    return Vector(inputs, case.expected(inputs))


class Store:
    """A golden store opened for reading; its manifest is checked here, each file when it is loaded.

    path: the folder that holds manifest.json. Raises StoreError naming the file, what it has and what it
    needs.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.manifest = manifest.read(self.path / manifest.NAME)
        self._entries: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in self.manifest["cases"]}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all cases, sorted."""
        return tuple(sorted(self._entries))

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._entries

    def entry(self, case_id: str) -> Mapping[str, Any]:
        """What the manifest says about a case. Raises StoreError for an id that it does not list."""
        if case_id not in self._entries:
            raise StoreError(
                f"{self.path / manifest.NAME}: has no case {case_id!r}, needs one of its {len(self.ids)}"
            )
        return self._entries[case_id]

    def load(self, case_id: str) -> Vector:
        """The arrays of a case, writable, bit for bit as they were written.

        Raises StoreError when the file is missing, lies outside the store, or differs from its manifest
        entry.
        """
        entry = self.entry(case_id)
        path = self.path / entry["file"]
        raw = self._verified_bytes(path, entry)
        try:
            tensors = safetensors.numpy.load(raw)
        except safetensors.SafetensorError as error:
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

    def _verified_bytes(self, path: Path, entry: Mapping[str, Any]) -> bytes:
        root = self.path.resolve()
        if not path.resolve().is_relative_to(root):
            raise StoreError(f"{path}: has its target outside {root}, needs a file inside the store")
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise StoreError(
                f"{path}: has no readable file ({error.strerror}), needs the one of {entry['id']}"
            ) from error
        if len(raw) != entry["bytes"]:
            raise StoreError(f"{path}: has {len(raw)} bytes, needs {entry['bytes']} as the manifest says")
        digest = hashlib.sha256(raw).hexdigest()
        if digest != entry["sha256"]:
            raise StoreError(f"{path}: has SHA-256 {digest}, needs {entry['sha256']} as the manifest says")
        return raw


def write(
    cases: Iterable[Case],
    out_dir: str | Path,
    *,
    flags: Mapping[str, str],
    progress: Callable[[Case], None] | None = None,
) -> dict[str, Any]:
    """Generates every case and makes ``out_dir`` the store of exactly these; returns the manifest.

    flags: the glossary, flag id -> meaning. progress: called with each case before it is generated.
    All files are first written to a scratch folder inside ``out_dir`` and moved into place when every case
    succeeded, the manifest last; an exception at any point, also while moving, leaves the former store as it
    was. Files of cases that the former manifest listed and the new one does not are removed at the end.
    Raises StoreError for duplicate ids, undefined flags, and arrays or parameters that have no form in the
    store.
    """
    root = Path(out_dir)
    root.mkdir(parents=True, exist_ok=True)
    former = _listed_files(root)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=root) as scratch:
        staged = Path(scratch) / "new"
        entries: dict[str, dict[str, Any]] = {}
        for case in cases:
            if case.id in entries:
                raise StoreError(f"cases: has {case.id} twice, needs each id once")
            if progress is not None:
                progress(case)
            entries[case.id] = _write_case(case, staged)
        written = manifest.build(entries.values(), flags)
        staged.mkdir(exist_ok=True)
        (staged / manifest.NAME).write_bytes(manifest.to_bytes(written))
        files = [entry["file"] for entry in written["cases"]]
        _move_into_place(staged, root, [*files, manifest.NAME], backup=Path(scratch) / "old")
    _remove_stale(root, former - set(files))
    return written


def _write_case(case: Case, folder: Path) -> dict[str, Any]:
    """Generates one case, writes its file and returns its manifest entry."""
    vector = generate(case)
    tensors: dict[str, np.ndarray] = {}
    specs: dict[str, dict[str, Any]] = {}
    for side, arrays in (("input", vector.inputs), ("expected", vector.expected)):
        for name in sorted(arrays):
            array = arrays[name]
            if not isinstance(array, np.ndarray):
                raise StoreError(f"{side}.{name} of {case.id}: has a {type(array).__name__}, needs an array")
            form = format_of(name, array)
            tensors[f"{side}.{name}"] = to_stored(array, form)
            specs[f"{side}.{name}"] = {"format": form, "shape": list(array.shape)}
    raw = safetensors.numpy.save(tensors)
    path = folder / manifest.file_of(case.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return {
        **manifest.describe(case),
        "file": manifest.file_of(case.id),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "bytes": len(raw),
        "tensors": specs,
    }


def _check_tensors(path: Path, tensors: Mapping[str, np.ndarray], specs: Mapping[str, Any]) -> None:
    if tensors.keys() != specs.keys():
        raise StoreError(
            f"{path}: has extra tensors {sorted(tensors.keys() - specs.keys())} and lacks"
            f" {sorted(specs.keys() - tensors.keys())}, needs exactly those that the manifest lists"
        )
    for name, spec in specs.items():
        has, stored = tensors[name], FORMATS[spec["format"]].stored
        if has.dtype != stored or list(has.shape) != spec["shape"]:
            raise StoreError(
                f"{path}: {name} has {has.dtype} {list(has.shape)}, needs {stored} {spec['shape']}"
                f" for {spec['format']} as the manifest says"
            )


def _listed_files(root: Path) -> set[str]:
    """The files of the store that is there; none when there is no store that this version can read."""
    try:
        return {entry["file"] for entry in manifest.read(root / manifest.NAME)["cases"]}
    except StoreError:
        return set()


def _move_into_place(staged: Path, root: Path, files: list[str], backup: Path) -> None:
    """Moves ``files`` in order from ``staged`` to ``root``; an exception puts back what was there before."""
    moved: list[tuple[Path, Path | None]] = []
    try:
        for name in files:
            target, saved = root / name, None
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                saved = backup / name
                saved.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(target, saved)
            moved.append((target, saved))
            (staged / name).replace(target)
    except BaseException:
        for target, saved in reversed(moved):
            if saved is not None:
                saved.replace(target)
            else:
                target.unlink(missing_ok=True)
        raise


def _remove_stale(root: Path, files: set[str]) -> None:
    """Removes files of former cases, the folders that this empties, and scratch of killed writes."""
    for name in sorted(files):
        path = root / name
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
    for folder in root.glob(f"{_SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)
