"""Does the golden store give back what was written, and refuse anything else?"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from tests.vectors.tiny_cases import FLAGS, make_case
from vectors import registry
from vectors.formats import bits
from vectors.store import Store, StoreError, write


@pytest.fixture
def root(tmp_path, cases):
    write(cases, tmp_path / "golden", flags=FLAGS)
    return tmp_path / "golden"


def snapshot(root):
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }


def edit_manifest(root, change):
    path = root / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def entry(content, case_id="tiny/one"):
    return next(case for case in content["cases"] if case["id"] == case_id)


def same_bits(a, b):
    return a.keys() == b.keys() and all(
        a[name].dtype == b[name].dtype
        and a[name].shape == b[name].shape
        and np.array_equal(bits(a[name]), bits(b[name]))
        for name in a
    )


def test_every_array_comes_back_bit_for_bit(root, cases):
    store = Store(root)
    assert store.ids == ("other/deep/three", "tiny/one", "tiny/two")
    for case in cases:
        vector = store.load(case.id)
        inputs = case.inputs()
        assert same_bits(vector.inputs, inputs)
        assert same_bits(vector.expected, case.expected(inputs))
        vector.inputs["codes"][0, 0] = 1  # writable, so that a subject may wrap it


def test_the_manifest_says_what_a_reader_needs(root):
    content = json.loads((root / "manifest.json").read_text())
    one = entry(content)
    assert content["format_version"] == 1
    assert content["flags"] == {"rounding": FLAGS["rounding"], "scales": FLAGS["scales"]}
    assert one["params"] == {"limit": "Infinity", "shape": [2, 32], "none": None}
    assert one["file"] == "tiny/one.safetensors"
    assert one["tensors"]["input.x_scale"] == {"format": "e8m0", "shape": [2, 1]}
    assert one["tensors"]["input.codes"]["format"] == "e4m3"
    raw = (root / one["file"]).read_bytes()
    assert (one["bytes"], one["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())
    plain = safetensors.numpy.load(raw)
    assert {plain["input.gate"].dtype, plain["input.half"].dtype} == {np.dtype(np.uint16)}
    assert {plain["input.codes"].dtype, plain["expected.free"].dtype} == {np.dtype(np.uint8)}


def test_writing_again_gives_the_same_bytes_in_any_order(root, cases, tmp_path):
    first = snapshot(root)
    write(cases, root, flags=FLAGS)
    write(cases[::-1], tmp_path / "reversed", flags=dict(reversed(FLAGS.items())))
    assert snapshot(root) == snapshot(tmp_path / "reversed") == first


def test_the_bytes_are_the_same_on_every_machine_and_library_version(tmp_path):
    """A new digest means other golden files for every reader: only with a new format version."""
    case = make_case("tiny/pinned", params={"limit": float("inf"), "shape": (2, 32)})
    write([case], tmp_path, flags=FLAGS)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.rglob("*.*")}
    assert digests == PINNED


PINNED = {
    "manifest.json": "010b9ee79e663583c4903c22f5adb91461ab84509b0935c538d0a49a737d19b3",
    "pinned.safetensors": "6b24bcc28e210fec5c97c103d8a560c5a5865f300e4ab5ab65a24be0375687b6",
}


def test_files_of_former_cases_go_and_foreign_files_stay(root, cases):
    (root / "README.md").write_text("kept")
    write(cases[:1], root, flags=FLAGS)
    assert sorted(snapshot(root)) == ["README.md", "manifest.json", "tiny/one.safetensors"]
    assert not (root / "other").exists()


def flip_bit(root):
    path = root / "tiny/one.safetensors"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)


def cut_short(root):
    path = root / "tiny/one.safetensors"
    path.write_bytes(path.read_bytes()[:-1])


def remove_file(root):
    (root / "tiny/one.safetensors").unlink()


def point_outside(root):
    path = root / "tiny/one.safetensors"
    path.rename(root.parent / "one.safetensors")
    path.symlink_to(root.parent / "one.safetensors")


def rewrite(root, tensors):
    """A file with other tensors and a manifest that knows its size and hash."""
    raw = tensors if isinstance(tensors, bytes) else safetensors.numpy.save(tensors)
    (root / "tiny/one.safetensors").write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    edit_manifest(root, lambda content: entry(content).update(sha256=digest, bytes=len(raw)))


def change_tensors(change):
    def damage(root):
        tensors = safetensors.numpy.load_file(root / "tiny/one.safetensors")
        change(tensors)
        rewrite(root, tensors)

    return damage


def altered(change):
    return lambda root: edit_manifest(root, lambda content: change(entry(content)))


DAMAGED_FILES = {
    "a flipped bit": (flip_bit, "one.safetensors: has SHA-256 .* needs"),
    "a short file": (cut_short, r"one.safetensors: has \d+ bytes, needs \d+"),
    "a missing file": (remove_file, "one.safetensors: has no readable file .* needs the one of tiny/one"),
    "a link to the outside": (point_outside, "one.safetensors: has its target outside"),
    "another hash": (altered(lambda e: e.update(sha256="0" * 64)), "has SHA-256 .* needs 0000"),
    "another size": (altered(lambda e: e.update(bytes=3)), r"has \d+ bytes, needs 3"),
    "another shape": (
        altered(lambda e: e["tensors"]["input.codes"].update(shape=[64])),
        r"input.codes has uint8 \[2, 32\], needs uint8 \[64\]",
    ),
    "another format": (
        altered(lambda e: e["tensors"]["input.codes"].update(format="float16")),
        "input.codes has uint8 .* needs uint16",
    ),
    "an unlisted tensor": (
        altered(lambda e: e["tensors"].pop("input.codes")),
        r"has extra tensors \['input.codes'\]",
    ),
    "an extra tensor": (
        change_tensors(lambda t: t.update(z=np.zeros(1, np.uint8))),
        r"one.safetensors: has extra tensors \['z'\]",
    ),
    "a lost tensor": (change_tensors(lambda t: t.pop("input.half")), r"lacks \['input.half'\]"),
    "a bool of 2": (change_tensors(lambda t: t["expected.free"].fill(2)), "expected.free: .* needs 0 or 1"),
    "no safetensors": (lambda root: rewrite(root, b"not tensors"), "has no safetensors content"),
}


@pytest.mark.parametrize("what", DAMAGED_FILES)
def test_a_damaged_file_is_refused_when_loaded(root, what):
    damage, message = DAMAGED_FILES[what]
    damage(root)
    store = Store(root)
    with pytest.raises(StoreError, match=message):
        store.load("tiny/one")
    store.load("tiny/two")


BROKEN_MANIFESTS = {
    "a newer version": (
        lambda m: m.update(format_version=2),
        "has format_version 2, needs 1; write the store anew",
    ),
    "no version": (lambda m: m.pop("format_version"), "has format_version None, needs 1"),
    "version true": (lambda m: m.update(format_version=True), "has format_version True, needs 1"),
    "an unknown key": (lambda m: m.update(author="x"), "author"),
    "a missing key": (lambda m: entry(m).pop("sha256"), r"at \$.cases\[1\] 'sha256' is a required property"),
    "a bad hash": (lambda m: entry(m).update(sha256="xyz"), "sha256"),
    "an unknown format": (lambda m: entry(m)["tensors"]["input.codes"].update(format="fp4"), "fp4"),
    "a climbing path": (lambda m: entry(m).update(file="../one.safetensors"), "manifest.schema.json"),
    "an absolute path": (lambda m: entry(m).update(file="/etc/passwd"), "manifest.schema.json"),
    "another case's file": (
        lambda m: entry(m).update(file="tiny/two.safetensors"),
        "has file 'tiny/two.safetensors' for tiny/one, needs 'tiny/one.safetensors'",
    ),
    "an unsafe id": (lambda m: entry(m).update(id="tiny/../one"), "manifest.schema.json"),
    "a case twice": (lambda m: m["cases"].append(m["cases"][0]), "has the case other/deep/three twice"),
    "an undefined flag": (lambda m: m["flags"].pop("rounding"), "undefined flags in"),
}


@pytest.mark.parametrize("what", BROKEN_MANIFESTS)
def test_a_broken_manifest_is_refused_when_opened(root, what):
    change, message = BROKEN_MANIFESTS[what]
    edit_manifest(root, change)
    with pytest.raises(StoreError, match=message) as caught:
        Store(root)
    assert str(root / "manifest.json") in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"format_version": NaN}', '{"a": 1, "a": 2}', "\xff"])
def test_a_manifest_that_is_not_json_is_refused(root, text):
    (root / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(StoreError, match=r"manifest\.json: has"):
        Store(root)


def test_a_missing_manifest_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(StoreError, match=r"has no readable manifest .* `python -m vectors` writes it"):
        Store(tmp_path / "nowhere")


def test_an_unknown_case_is_refused(root):
    assert "tiny/four" not in Store(root)
    with pytest.raises(StoreError, match="has no case 'tiny/four'"):
        Store(root).load("tiny/four")


def failing(case):
    raise RuntimeError("midway")


def changed_cases(cases):
    """Other bits for every case and one case more."""
    changed = tuple(
        make_case(c.id, inputs=lambda case: {"x": np.zeros(3, np.float32)}, expected=lambda c, i: {})
        for c in cases
    )
    return (*changed, make_case("tiny/added"))


def test_an_exception_while_generating_leaves_the_store(root, cases):
    before = snapshot(root)
    with pytest.raises(RuntimeError, match="midway"):
        write([*changed_cases(cases), make_case("tiny/zz", inputs=failing)], root, flags=FLAGS)
    assert snapshot(root) == before
    assert not list(root.glob(".writing-*"))


@pytest.mark.parametrize("survived", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
def test_an_exception_while_moving_leaves_the_store(root, cases, monkeypatch, survived, kind):
    before = snapshot(root)
    moved, replace = [], Path.replace

    def interrupted(self, target):
        if "new" in self.parts:
            if len(moved) == survived:
                raise kind("midway")
            moved.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(kind, match="midway"):
        write(changed_cases(cases), root, flags=FLAGS)
    assert len(moved) == survived
    assert snapshot(root) == before
    Store(root).load("tiny/one")


def test_a_killed_write_is_noticed_and_cleaned_up(root, cases):
    (root / ".writing-dead").mkdir()
    (root / ".writing-dead" / "x").write_text("left")
    write(cases, root, flags=FLAGS)
    assert not list(root.glob(".writing-*"))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: [make_case("a/b"), make_case("a/b")], "has a/b twice"),
        (lambda: [make_case("a/b", flags=("typo",))], "flags of a/b: has 'typo'"),
        (
            lambda: [
                make_case("a/b", inputs=lambda c: {"z": np.zeros(2, complex)}, expected=lambda c, i: {})
            ],
            "complex128",
        ),
        (
            lambda: [make_case("a/b", inputs=lambda c: {"z": [1]}, expected=lambda c, i: {})],
            "input.z of a/b: has a list",
        ),
        (
            lambda: [make_case("a/b", inputs=lambda c: {"no name": np.zeros(1)}, expected=lambda c, i: {})],
            "no name",
        ),
        (lambda: [make_case("a/b", params={"f": print})], r"params of a/b\.f: has a builtin"),
    ],
)
def test_what_the_store_cannot_hold_is_refused(root, bad, message):
    before = snapshot(root)
    with pytest.raises(StoreError, match=message):
        write(bad(), root, flags=FLAGS)
    assert snapshot(root) == before


def test_the_store_serves_its_cases_and_others_are_generated(root, cases):
    store = Store(root)
    foreign = make_case("tiny/foreign")
    assert same_bits(registry.vector(foreign, store).inputs, foreign.inputs())
    flip_bit(root)
    with pytest.raises(StoreError, match="SHA-256"):
        registry.vector(cases[0], store)
    with pytest.raises(StoreError, match=r"has tiny/two with params \{\}, needs \{'k': 2\}"):
        registry.vector(make_case("tiny/two", params={"k": 2}), store)


def test_a_store_can_be_read_without_this_package(root):
    """Two well-known libraries are enough; the manifest names every tensor's format."""
    content = json.loads((root / "manifest.json").read_text())
    case = entry(content)
    tensors = safetensors.numpy.load_file(root / case["file"])
    assert {name: list(array.shape) for name, array in tensors.items()} == {
        name: spec["shape"] for name, spec in case["tensors"].items()
    }
