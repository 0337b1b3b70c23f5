"""Is a change of golden vectors announced by its generator version, here and in every commit?"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import safetensors.numpy

from tests.vectors.store.stores import edit_manifest, refresh
from vectors.data import GENERATOR_VERSION
from vectors.registry import GOLDEN
from vectors.store import drift
from vectors.store.store import Store

ROOT = GOLDEN.parents[1]
MANIFEST = GOLDEN.relative_to(ROOT) / "manifest.json"
COMMITS = 50  # of those that touched the store, counted back from now


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (GENERATOR_VERSION, None),
        (GENERATOR_VERSION - 1, "older than this checkout's .* `python -m vectors .* writes it anew"),
        (GENERATOR_VERSION + 1, "newer than this checkout's .* take the checkout that wrote it"),
    ],
)
def test_a_store_of_other_generators_says_so(root, version, sentence):
    edit_manifest(root, lambda content: content.update(generator_version=version))
    found = drift.age(Store(root))
    assert found is None if sentence is None else re.search(sentence, str(found))


def test_every_commit_that_changed_arrays_raised_the_version():
    """The rule, over the history that this checkout has, the working tree last."""
    manifests = [*committed(), json.loads((ROOT / MANIFEST).read_text())]
    assert broken(manifests) == []


def committed() -> list[dict[str, Any]]:
    """The manifests of the commits that touched the store, oldest first; none without git."""
    if not (ROOT / ".git").exists():
        return []
    log = git("log", f"-{COMMITS}", "--format=%H", "--", str(MANIFEST))
    return [json.loads(git("show", f"{commit}:{MANIFEST}")) for commit in reversed(log.split())]


def git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def broken(manifests: list[dict[str, Any]]) -> list[str]:
    """Cases whose file's digest changed from one manifest to the next without a higher version."""
    found = []
    for old, new in itertools.pairwise(manifests):
        if "files" not in old or any(new.get(name, 0) > old.get(name, 0) for name in VERSIONS):
            continue
        before, after = digests(old), digests(new)
        found += [name for name, digest in before.items() if after.get(name, digest) != digest]
    return found


VERSIONS = ("generator_version", "format_version")  # the latter: the files say something else beside their arrays


def digests(manifest: dict[str, Any]) -> dict[str, str]:
    """family/slug -> digest of the case's file; the group is left out, since a case may move to another."""
    files = ((path.split("/"), file) for path, file in manifest["files"].items() if path.endswith(".safetensors"))
    return {"/".join([parts[0], *parts[2:]]): file["sha256"] for parts, file in files}


def test_the_rule_is_noticed_when_it_is_broken():
    def manifest(version: int, **digests: str) -> dict[str, Any]:
        files = {f"f/g/{name}.safetensors": {"sha256": digest} for name, digest in digests.items()}
        return {"generator_version": version, "files": files | {"f/g/cases.txt": {"sha256": str(digests)}}}

    old = manifest(1, a="x", b="y")
    assert broken([old, manifest(1, a="x", c="z")]) == []
    assert broken([old, manifest(2, a="w", b="y")]) == []
    assert broken([old, manifest(1, a="w", b="y")]) == ["f/a.safetensors"]
    assert broken([old, manifest(2, a="w"), manifest(2, a="v")]) == ["f/a.safetensors"]
    assert broken([{"generator_version": 1, "cases": []}, old]) == []


def test_a_file_that_says_more_beside_equal_arrays_has_not_changed(root, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(root, other)
    path = next(other.rglob("*.safetensors"))
    safetensors.numpy.save_file(safetensors.numpy.load_file(path), path, metadata={"by": "another writer"})
    refresh(other, path.relative_to(other).as_posix())
    assert drift.changed_cases(Store(root), Store(other)) == []
    arrays = safetensors.numpy.load_file(path)
    next(array for array in arrays.values() if array.size).reshape(-1).view("uint8")[0] ^= 1
    safetensors.numpy.save_file(arrays, path)
    refresh(other, path.relative_to(other).as_posix())
    assert len(drift.changed_cases(Store(root), Store(other))) == 1
