"""How do two golden stores differ? One line per difference: case, tensor, index, both bit patterns and values."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reports.foreign.reading import content
from vectors.case import Arrays
from vectors.store import manifest
from vectors.store.case_text import shown
from vectors.store.formats import StoreError, bits
from vectors.store.store import MOST, Store

_OF_STORE = ("format_version", "generator_version", "flags", "formats", "compare")
_LINE = 120  # characters of a line that are shown
_OF_GROUP = ("asks", "notes", "parameters", "arrays")


class Words(NamedTuple):
    """How a line speaks of the two sides, and of a case that only one has."""

    first: str
    second: str
    only_second: str
    only_first: str


HAS_NEEDS = Words("has", "needs", "missing from the store", "extra, no such case in this tier")
WAS_IS = Words("was", "is", "added", "removed")


def differences(old: Store, new: Store, words: Words = HAS_NEEDS) -> Iterator[str]:
    """Lines saying what ``old`` would have to change to equal ``new``; none when all their files are equal.

    Raises StoreError where a group file of either is not what its manifest says.
    """
    lines: list[str] = []
    told = set()  # files whose difference a line speaks of
    for key in _OF_STORE:
        lines += _about(manifest.NAME, key, old.manifest[key], new.manifest[key], words)
    for folder, ids in sorted(_members(old, new).items()):
        of_group = [*_group_differences(old, new, folder, words)]
        for case_id in sorted(ids):
            found = [*_case_differences(old, new, case_id, words)]
            of_group += found
            told |= {store.entry(case_id)["file"] for store in (old, new) if found and case_id in store}
        if of_group:
            told |= {f"{folder}/{name}" for name in (manifest.GROUP_NAME, manifest.TEXT_NAME)}
        lines += of_group
    lines += _file_differences(old, new, told | ({manifest.NAME} if lines else set()), words)
    yield from lines


def _members(old: Store, new: Store) -> dict[str, set[str]]:
    """``family/group`` -> ids that either store has there."""
    found: dict[str, set[str]] = {}
    for store in (old, new):
        for group in store.manifest["groups"]:
            found.setdefault(f"{group['family']}/{group['group']}", set()).update(group["cases"])
    return found


def _about(where: str, key: str, was: Any, now: Any, words: Words) -> Iterator[str]:
    """One line for a plain value; for a table one line for each of its differing keys."""
    if was == now:
        return
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for name in sorted({*was, *now}):
            yield from _about(where, f"{key}.{name}", was.get(name), now.get(name), words)
        return
    yield f"{where}: {key} {words.first} {was!r}, {words.second} {now!r}"


def _group_differences(old: Store, new: Store, folder: str, words: Words) -> Iterator[str]:
    """What a group says about itself, where both stores have it."""
    family, _, name = folder.partition("/")
    if any(f"{folder}/{manifest.GROUP_NAME}" not in store.manifest["files"] for store in (old, new)):
        return
    was, now = old.group(family, name), new.group(family, name)
    for key in _OF_GROUP:
        yield from _about(folder, key, was[key], now[key], words)


def _case_differences(old: Store, new: Store, case_id: str, words: Words) -> Iterator[str]:
    if case_id not in old or case_id not in new:
        yield f"{case_id}: {words.only_first if case_id in old else words.only_second}"
        return
    was, now = old.entry(case_id), new.entry(case_id)
    for key in sorted(now.keys() - {"tensors"}):
        yield from _about(case_id, key, was[key], now[key], words)
    for name in sorted({*was["tensors"], *now["tensors"]}):
        specs = was["tensors"].get(name), now["tensors"].get(name)
        if specs[0] != specs[1]:
            yield f"{case_id}: {name} {words.first} {_spec(specs[0])}, {words.second} {_spec(specs[1])}"
    try:
        before, after = old.load(case_id), new.load(case_id)
    except StoreError as error:
        yield f"{case_id}: {error}"
        return
    lines = [
        *_tensor_lines("input", before.inputs, after.inputs, now["tensors"], words),
        *_tensor_lines("expected", before.expected, after.expected, now["tensors"], words),
    ]
    if not lines and was["tensors"] == now["tensors"] and old.digest(case_id) != new.digest(case_id):
        lines = ["the file differs in its header only, every tensor is equal"]
    yield from (f"{case_id}: {line}" for line in lines)


def _tensor_lines(side: str, old: Arrays, new: Arrays, specs: Mapping[str, Any], words: Words) -> Iterator[str]:
    """One line per tensor of equal dtype and shape whose bits differ; the rest is in the group file."""
    for name in sorted(old.keys() & new.keys()):
        if old[name].dtype != new[name].dtype or old[name].shape != new[name].shape:
            continue
        differ = np.asarray(bits(old[name]) != bits(new[name]))
        if differ.any():
            index = tuple(int(i) for i in np.argwhere(differ)[0])
            form = specs[f"{side}.{name}"]["format"]
            yield (
                f"{side}.{name} first differs at {list(index)}: {words.first} {shown(old[name], form, index)},"
                f" {words.second} {shown(new[name], form, index)}; {int(differ.sum())} of {differ.size} differ"
            )


def _spec(spec: Mapping[str, Any] | None) -> str:
    return "no such tensor" if spec is None else f"{spec['format']} {spec['shape']}"


def _file_differences(old: Store, new: Store, told: set[str], words: Words) -> Iterator[str]:
    """Files that differ and of which no line has spoken yet."""
    listed = old.manifest["files"].keys() & new.manifest["files"].keys() | {manifest.NAME}
    for file in sorted(listed):
        was, now = (_content(store.path / file) for store in (old, new))
        gone = None in (was, now) and not file.endswith(".safetensors")  # a line of its case says that
        if was != now and (gone or file not in told):
            yield f"{file}: {_first_line(was, now, words)}"
    for store, side in ((old, words.first), (new, words.second)):
        yield from (f"{file}: {side} an extra file, not in the manifest" for file in _unlisted(store))


def _content(path: Path) -> bytes | None:
    try:
        return content(path, StoreError, MOST)
    except StoreError:
        return None


def _first_line(was: bytes | None, now: bytes | None, words: Words) -> str:
    """Where two files part, as text."""
    if was is None or now is None:
        return f"{words.first} {'no file' if was is None else 'one'}, {words.second} {'none' if now is None else 'one'}"
    pairs = itertools.zip_longest(was.splitlines(), now.splitlines())
    for number, (first, second) in enumerate(pairs, 1):
        if first != second:
            return f"line {number} {words.first} {_line(first)}, {words.second} {_line(second)}"
    return "the line ends differ"


def _line(text: bytes | None) -> str:
    return "nothing" if text is None else repr(text.decode("utf-8", "replace")[:_LINE])


def _unlisted(store: Store) -> list[str]:
    """Files beside and below the manifest that it does not list; hidden ones are nobody's business."""
    present = {path.relative_to(store.path) for path in store.path.rglob("*") if path.is_symlink() or not path.is_dir()}
    named = {path.as_posix() for path in present if not any(part.startswith(".") for part in path.parts)}
    return sorted(named - {*store.manifest["files"], manifest.NAME})
