"""How do two golden stores differ? One line per difference: case, tensor, index, both bit patterns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from vectors import manifest
from vectors.case import Arrays
from vectors.formats import StoreError, bits
from vectors.store import Store

_ABOUT_TENSORS = {"file", "sha256", "bytes", "tensors"}


def differences(have: Store, need: Store) -> Iterator[str]:
    """Lines saying what ``have`` would have to change to equal ``need``; none when the two are identical."""
    for key in ("format_version", "generator_version", "flags"):
        if have.manifest[key] != need.manifest[key]:
            yield f"{manifest.NAME}: {key} has {have.manifest[key]!r}, needs {need.manifest[key]!r}"
    for case_id in sorted({*have.ids, *need.ids}):
        if case_id not in have:
            yield f"{case_id}: missing from the store"
        elif case_id not in need:
            yield f"{case_id}: extra, no such case in this tier"
        else:
            yield from _case_differences(have, need, case_id)
    for file in _unlisted(have):
        yield f"{file}: extra file, not in the manifest"


def _case_differences(have: Store, need: Store, case_id: str) -> Iterator[str]:
    has, needs = have.entry(case_id), need.entry(case_id)
    for key in sorted(needs.keys() - _ABOUT_TENSORS):
        if has[key] != needs[key]:
            yield f"{case_id}: {key} has {has[key]!r}, needs {needs[key]!r}"
    for name in sorted({*has["tensors"], *needs["tensors"]}):
        spec_has, spec_needs = has["tensors"].get(name), needs["tensors"].get(name)
        if spec_has != spec_needs:
            yield f"{case_id}: {name} has {_spec(spec_has)}, needs {_spec(spec_needs)}"
    try:
        old = have.load(case_id)
    except StoreError as error:
        yield f"{case_id}: {error}"
        return
    if has["sha256"] == needs["sha256"]:
        return
    new = need.load(case_id)
    lines = [
        *_tensor_lines("input", old.inputs, new.inputs),
        *_tensor_lines("expected", old.expected, new.expected),
    ]
    if not lines and has["tensors"] == needs["tensors"]:
        lines = ["the file differs in its header only, every tensor is equal"]
    yield from (f"{case_id}: {line}" for line in lines)


def _tensor_lines(side: str, old: Arrays, new: Arrays) -> Iterator[str]:
    """One line per tensor of equal dtype and shape whose bits differ; the rest is in the manifest."""
    for name in sorted(old.keys() & new.keys()):
        if old[name].dtype != new[name].dtype or old[name].shape != new[name].shape:
            continue
        differ = np.asarray(bits(old[name]) != bits(new[name]))
        if differ.any():
            index = tuple(int(i) for i in np.argwhere(differ)[0])
            yield (
                f"{side}.{name} first differs at {list(index)}: has {_shown(old[name], index)}, needs"
                f" {_shown(new[name], index)}; {int(differ.sum())} of {differ.size} differ"
            )


def _shown(array: np.ndarray, index: tuple[int, ...]) -> str:
    """A bit pattern in hex, with the value where the dtype shows one."""
    pattern = f"0x{int(bits(array)[index]):0{2 * array.dtype.itemsize}x}"
    return pattern if array.dtype == np.uint8 else f"{pattern} ({array[index]})"


def _spec(spec: Mapping[str, Any] | None) -> str:
    return "no such tensor" if spec is None else f"{spec['format']} {spec['shape']}"


def _unlisted(store: Store) -> list[str]:
    listed = {store.entry(case_id)["file"] for case_id in store.ids}
    present = (path.relative_to(store.path) for path in store.path.rglob("*.safetensors"))
    visible = {path.as_posix() for path in present if not any(part.startswith(".") for part in path.parts)}
    return sorted(visible - listed)
