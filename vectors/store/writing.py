"""How does a golden store come to be, never half of one? Staged, then moved into place, the manifest last."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import safetensors.numpy

from reports.foreign.reading import json_file
from vectors.case import Case
from vectors.store import json_text, manifest
from vectors.store.case_text import group_text, tensor_lines
from vectors.store.drift import unannounced
from vectors.store.formats import StoreError, format_of, to_stored
from vectors.store.notes import StoreGroup, Tables, project_notes
from vectors.store.store import Store, generate

__all__ = ["write"]

METADATA = "mxfp8-moe-conformance"  # the one key of a file's __metadata__: safetensors orders several by chance
_SCRATCH = ".writing-"


def write(
    cases: Iterable[Case],
    out_dir: str | Path,
    *,
    flags: Mapping[str, str],
    notes: Tables | None = None,
    progress: Callable[[Case], None] | None = None,
) -> dict[str, Any]:
    """Generates every case and makes ``out_dir`` the store of exactly these; returns the manifest.

    flags: the glossary, flag id -> meaning. notes: on groups, arrays and parameters, the project's by default.
    progress: called with each case before it is generated. All files are first written to a scratch folder inside
    ``out_dir`` and moved into place when every case succeeded, the manifest last; an exception at any point, also while
    moving, leaves the former store as it was. A kill while moving leaves files that are not what the former manifest
    says: the loader refuses those, and the next write replaces them. Files that the former manifest listed and the new
    one does not are removed at the end. Raises StoreError where another process is writing there, for duplicate ids,
    undefined flags, cases, arrays and parameters without a note, arrays or parameters that have no form in the store,
    and for a case with other arrays than the store there has of it where the generator version is not raised.
    """
    root = Path(out_dir)
    root.mkdir(parents=True, exist_ok=True)
    former = _listed_files(root)
    with _alone(root), tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=root) as scratch:
        staged = Path(scratch) / "new"
        written = _stage(cases, staged, flags, notes or project_notes(), progress)
        _refuse_unannounced(root, staged)
        files = [*written["files"], manifest.NAME]
        _move_into_place(staged, root, files, backup=Path(scratch) / "old")
        _remove_stale(root, former - set(files), Path(scratch))
    return written


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Nobody else writes this store in the block; the lock is the folder's own and goes with the process."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StoreError(f"{root}: has another process writing it, needs to be written by one") from error
    finally:
        os.close(descriptor)


def _stage(
    cases: Iterable[Case],
    staged: Path,
    flags: Mapping[str, str],
    notes: Tables,
    progress: Callable[[Case], None] | None,
) -> dict[str, Any]:
    """Writes the whole store at ``staged`` and returns its manifest."""
    members: dict[StoreGroup, list[tuple[Case, dict[str, Any], list[str]]]] = {}
    files: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise StoreError(f"cases: has {case.id} twice, needs each id once")
        seen.add(case.id)
        if progress is not None:
            progress(case)
        group = notes.group_of(case.id)
        entry, raw, text = _case(case, group)
        for name in entry["tensors"]:
            notes.array(group.family, name)  # a missing note shows now, not when hundreds of cases are made
        files[entry["file"]] = _put(staged, entry["file"], raw)
        members.setdefault(group, []).append((case, entry, text))
    groups = []
    for group, found in members.items():
        found.sort(key=lambda member: member[0].id)
        built = manifest.build_group(group, [m[0] for m in found], [m[1] for m in found], notes)
        groups.append(built)
        texts = group_text(built, (member[2] for member in found))
        for name, raw in ((manifest.GROUP_NAME, json_text.to_bytes(built)), (manifest.TEXT_NAME, texts)):
            files[f"{group.path}/{name}"] = _put(staged, f"{group.path}/{name}", raw)
    for schema in manifest.SCHEMAS:
        files[schema.name] = _put(staged, schema.name, schema.read_bytes())
    written = manifest.build(groups, files, flags, notes)
    _put(staged, manifest.NAME, json_text.to_bytes(written))
    return written


def _case(case: Case, group: StoreGroup) -> tuple[dict[str, Any], bytes, list[str]]:
    """Generates one case: its entry in the group file, its safetensors file and its text."""
    vector = generate(case)
    tensors: dict[str, np.ndarray] = {}
    stored: dict[str, np.ndarray] = {}
    formats: dict[str, str] = {}
    for side, arrays in (("input", vector.inputs), ("expected", vector.expected)):
        for name in sorted(arrays):
            array = arrays[name]
            if not isinstance(array, np.ndarray):
                raise StoreError(f"{side}.{name} of {case.id}: has a {type(array).__name__}, needs an array")
            full = f"{side}.{name}"
            formats[full], tensors[full] = format_of(name, array), array
            stored[full] = to_stored(array, formats[full])
    specs = {name: {"format": form, "shape": list(tensors[name].shape)} for name, form in formats.items()}
    entry = {**manifest.describe(case, group), "tensors": specs}
    said = json.dumps(manifest.of_file(entry), separators=(",", ":"))
    return entry, safetensors.numpy.save(stored, metadata={METADATA: said}), tensor_lines(tensors, formats)


def _put(folder: Path, name: str, raw: bytes) -> dict[str, Any]:
    """Writes one file and returns what the manifest says about it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return manifest.digest(raw)


def _refuse_unannounced(root: Path, staged: Path) -> None:
    try:
        former = Store(root)
    except StoreError:
        return  # nothing there, or another format: nothing to compare with
    changed = unannounced(former, Store(staged))
    if changed:
        raise StoreError(f"{root}: {changed}")


def _listed_files(root: Path) -> set[str]:
    """The files of the store that is there, of whichever version; none when there is none."""
    try:
        former = json_file(root / manifest.NAME, StoreError)
    except StoreError:
        return set()
    return set(former["files"]) if isinstance(former, dict) and isinstance(former.get("files"), dict) else set()


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


def _remove_stale(root: Path, files: set[str], own: Path) -> None:
    """Removes files of former cases, the folders that this empties, and scratch of killed writes but its ``own``."""
    for name in sorted(files):
        if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
            continue  # not a name that a store has: a file outside is nobody's to remove
        path = root / name
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
    for folder in root.glob(f"{_SCRATCH}*"):
        if folder != own:
            shutil.rmtree(folder, ignore_errors=True)
