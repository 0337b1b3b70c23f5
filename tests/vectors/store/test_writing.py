"""Is a store written whole or not at all, with the same bytes everywhere?"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from tests.vectors.store.stores import snapshot
from tests.vectors.tiny_cases import FLAGS, NOTES, make_case
from vectors.store import manifest
from vectors.store.formats import StoreError
from vectors.store.store import Store
from vectors.store.writing import write


def test_writing_again_gives_the_same_bytes_in_any_order(root, cases, tmp_path):
    first = snapshot(root)
    write(cases, root, flags=FLAGS, notes=NOTES)
    write(cases[::-1], tmp_path / "reversed", flags=dict(reversed(FLAGS.items())), notes=NOTES)
    assert snapshot(root) == snapshot(tmp_path / "reversed") == first


def test_the_bytes_are_the_same_on_every_machine_and_library_version(tmp_path):
    """A new digest means other golden files for every reader: of the tensors' file only with a new format version."""
    case = make_case("tiny/pinned", params={"limit": float("inf"), "shape": (2, 32)})
    write([case], tmp_path, flags=FLAGS, notes=NOTES)
    found = {name: hashlib.sha256((tmp_path / "tiny/some" / name).read_bytes()).hexdigest() for name in PINNED}
    assert found == PINNED


PINNED = {
    "cases.txt": "70ffb4994fdb74c1284b9ae75ff1b75689e3a7d4049905d741d5946879d6fdd7",
    "group.json": "56bcdc66fab41961faf0555e65b2612bf195d1d8a77502376ebe56cbc706eeca",
    "pinned.safetensors": "2a8203abf4c0853c0836441a5a6de296e357567926018d02237fa5ede932ac31",
}


def test_files_of_former_cases_go_and_foreign_files_stay(root, cases):
    (root / "README.md").write_text("kept")
    write(cases[:1], root, flags=FLAGS, notes=NOTES)
    assert sorted(snapshot(root)) == [
        "README.md",
        "group.schema.json",
        "manifest.json",
        "manifest.schema.json",
        "tiny/some/cases.txt",
        "tiny/some/group.json",
        "tiny/some/one.safetensors",
    ]
    assert not (root / "other").exists()


def failing(case):
    raise RuntimeError("midway")


def changed_cases(cases):
    """Other bits for every case and one case more."""
    changed = tuple(
        make_case(c.id, inputs=lambda case: {"x": np.zeros(3, np.float32)}, expected=lambda c, i: {}) for c in cases
    )
    return (*changed, make_case("tiny/added"))


def test_an_exception_while_generating_leaves_the_store(root, cases):
    before = snapshot(root)
    with pytest.raises(RuntimeError, match="midway"):
        write([*changed_cases(cases), make_case("tiny/zz", inputs=failing)], root, flags=FLAGS, notes=NOTES)
    assert snapshot(root) == before
    assert not list(root.glob(".writing-*"))


@pytest.mark.parametrize("survived", [0, 1, 4, 9, 10])
@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
def test_an_exception_while_moving_leaves_the_store(root, cases, monkeypatch, survived, kind):
    before = snapshot(root)
    monkeypatch.setattr(manifest, "GENERATOR_VERSION", manifest.GENERATOR_VERSION + 1)
    moved, replace = [], Path.replace

    def interrupted(self, target):
        if "new" in self.parts:
            if len(moved) == survived:
                raise kind("midway")
            moved.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(kind, match="midway"):
        write(changed_cases(cases), root, flags=FLAGS, notes=NOTES)
    assert len(moved) == survived
    assert snapshot(root) == before
    Store(root).load("tiny/one")


def test_other_arrays_of_a_known_case_need_a_higher_generator_version(root, cases, monkeypatch):
    before = snapshot(root)
    with pytest.raises(StoreError, match=r"tiny/one, tiny/two changed under \d+: needs a higher one \(GENERATOR_"):
        write(changed_cases(cases), root, flags=FLAGS, notes=NOTES)
    assert snapshot(root) == before
    monkeypatch.setattr(manifest, "GENERATOR_VERSION", manifest.GENERATOR_VERSION + 1)
    write(changed_cases(cases), root, flags=FLAGS, notes=NOTES)
    assert snapshot(root) != before


def test_titles_and_added_and_removed_cases_need_no_new_version(root, cases):
    named = make_case("tiny/two", flags=("scales",), needs=("e8m0-zero",), title="Another title.")
    write([cases[0], named, make_case("tiny/zz")], root, flags=FLAGS, notes=NOTES)
    assert Store(root).ids == ("tiny/one", "tiny/two", "tiny/zz")


def test_a_store_of_another_format_is_written_over_without_leaving_its_files(root, cases):
    content = json.loads((root / "manifest.json").read_text())
    (root / "tiny/old.json").write_text("{}")
    files = content["files"] | dict.fromkeys(["tiny/old.json", "../kept.json", "/kept.json"])
    (root / "manifest.json").write_text(json.dumps({"format_version": 1, "files": files}))
    (root.parent / "kept.json").write_text("a foreign file")
    write(changed_cases(cases), root, flags=FLAGS, notes=NOTES)
    assert not (root / "tiny/old.json").exists()
    assert (root.parent / "kept.json").exists()


@pytest.mark.parametrize("text", ["[]", "{", '{"files": 3}'])
def test_whatever_is_no_manifest_is_written_over(root, cases, text):
    (root / "manifest.json").write_text(text)
    write(cases, root, flags=FLAGS, notes=NOTES)
    assert len(Store(root).ids) == 3


def test_a_killed_write_is_noticed_and_cleaned_up(root, cases):
    (root / ".writing-dead").mkdir()
    (root / ".writing-dead" / "x").write_text("left")
    write(cases, root, flags=FLAGS, notes=NOTES)
    assert not list(root.glob(".writing-*"))


def test_two_do_not_write_one_store_at_a_time(root, cases):
    before = snapshot(root)
    refused = []

    def another_begins(case):
        with pytest.raises(StoreError, match="has another process writing it"):
            write(cases[:1], root, flags=FLAGS, notes=NOTES)
        refused.append(case.id)

    write(cases, root, flags=FLAGS, notes=NOTES, progress=another_begins)
    assert len(refused) == len(cases) and snapshot(root) == before
    write(cases, root, flags=FLAGS, notes=NOTES)  # the lock is gone


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: [make_case("a/b"), make_case("a/b")], "has a/b twice"),
        (lambda: [make_case("a/b", flags=("typo",))], "flags of a/b: has 'typo'"),
        (
            lambda: [make_case("a/b", inputs=lambda c: {"z": np.zeros(2, complex)}, expected=lambda c, i: {})],
            "complex128",
        ),
        (
            lambda: [make_case("a/b", inputs=lambda c: {"z": [1]}, expected=lambda c, i: {})],
            "input.z of a/b: has a list",
        ),
        (lambda: [make_case("a/b", inputs=lambda c: {"no name": np.zeros(1)}, expected=lambda c, i: {})], "no name"),
        (lambda: [make_case("a/b", params={"f": print})], r"params of a/b\.f: has a builtin"),
        (lambda: [make_case("tiny/six")], r"groups.toml: has no group for the case tiny/six, needs a pattern"),
        (
            lambda: [make_case("a/b", params={"wrong": 1})],
            "parameter_notes.toml: has no meaning of wrong, a parameter of a/b",
        ),
    ],
)
def test_what_the_store_cannot_hold_is_refused(root, bad, message):
    before = snapshot(root)
    with pytest.raises(StoreError, match=message):
        write(bad(), root, flags=FLAGS, notes=NOTES)
    assert snapshot(root) == before
