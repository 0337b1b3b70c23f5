"""Does the golden store give back what was written, and refuse anything else?"""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import safetensors.numpy

from tests.vectors.store.stores import edit_group, edit_manifest, entry, refresh
from tests.vectors.tiny_cases import FLAGS, make_case
from vectors import registry
from vectors.store.formats import StoreError, bits
from vectors.store.store import Store, generate


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


def test_manifest_and_group_say_what_a_reader_needs(root):
    content = json.loads((root / "manifest.json").read_text())
    assert content["format_version"] == 3
    assert content["flags"] == {"rounding": FLAGS["rounding"], "scales": FLAGS["scales"]}
    assert [(g["family"], g["group"], g["cases"]) for g in content["groups"]] == [
        ("other", "deep", ["other/deep/three"]),
        ("tiny", "some", ["tiny/one", "tiny/two"]),
    ]
    group = json.loads((root / "tiny/some/group.json").read_text())
    assert group["arrays"]["input.codes"] == {"shape": "[...]", "compare": "input", "means": "Something."}
    assert {note["compare"] for note in group["arrays"].values()} <= content["compare"].keys()
    one = entry(group)
    assert one["params"] == {"limit": "Infinity", "shape": [2, 32], "none": None}
    assert group["parameters"].keys() >= one["params"].keys()
    assert one["file"] == "tiny/some/one.safetensors"
    assert one["tensors"]["input.x_scale"] == {"format": "e8m0", "shape": [2, 1]}
    assert one["tensors"]["input.codes"]["format"] == "e4m3"
    assert {spec["format"] for spec in one["tensors"].values()} <= content["formats"].keys()
    raw = (root / one["file"]).read_bytes()
    listed = content["files"][one["file"]]
    assert (listed["bytes"], listed["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())
    plain = safetensors.numpy.load(raw)
    assert {plain["input.gate"].dtype, plain["input.half"].dtype} == {np.dtype(np.uint16)}
    assert {plain["input.codes"].dtype, plain["expected.free"].dtype} == {np.dtype(np.uint8)}


def test_the_manifest_lists_every_file_but_itself(root):
    content = json.loads((root / "manifest.json").read_text())
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert files - content["files"].keys() == {"manifest.json"}
    assert "other/deep/three.safetensors" in files  # the group's name does not stand twice


def flip_bit(root):
    path = root / "tiny/some/one.safetensors"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)


def cut_short(root):
    path = root / "tiny/some/one.safetensors"
    path.write_bytes(path.read_bytes()[:-1])


def remove_file(root):
    (root / "tiny/some/one.safetensors").unlink()


def point_outside(root):
    path = root / "tiny/some/one.safetensors"
    path.rename(root.parent / "one.safetensors")
    path.symlink_to(root.parent / "one.safetensors")


def rewrite(root, tensors):
    """A file with other tensors and a manifest that knows its size and hash."""
    raw = tensors if isinstance(tensors, bytes) else safetensors.numpy.save(tensors)
    (root / "tiny/some/one.safetensors").write_bytes(raw)
    refresh(root, "tiny/some/one.safetensors")


def change_tensors(change):
    def damage(root):
        tensors = safetensors.numpy.load_file(root / "tiny/some/one.safetensors")
        change(tensors)
        rewrite(root, tensors)

    return damage


def listed(change):
    """The manifest says something else about the file of tiny/one."""
    return lambda root: edit_manifest(root, lambda m: change(m["files"]["tiny/some/one.safetensors"]))


def altered(change):
    """The group file says something else about tiny/one, and the manifest knows the group file."""
    return lambda root: edit_group(root, lambda group: change(entry(group)))


DAMAGED_FILES = {
    "a flipped bit": (flip_bit, "one.safetensors: has SHA-256 .* needs"),
    "a short file": (cut_short, r"one.safetensors: has \d+ bytes, needs \d+"),
    "a missing file": (remove_file, "one.safetensors: cannot be read: .* needs the one that manifest.json lists"),
    "a link to the outside": (point_outside, "one.safetensors: has its target outside"),
    "another hash": (listed(lambda e: e.update(sha256="0" * 64)), "has SHA-256 .* needs 0000"),
    "another size": (listed(lambda e: e.update(bytes=3)), r"has \d+ bytes, needs 3"),
    "another shape": (
        altered(lambda e: e["tensors"]["input.codes"].update(shape=[64])),
        r"input.codes has uint8 \[2, 32\], needs uint8 \[64\]",
    ),
    "another format": (
        altered(lambda e: e["tensors"]["input.codes"].update(format="float16")),
        "input.codes has uint8 .* needs uint16",
    ),
    "an unlisted tensor": (altered(lambda e: e["tensors"].pop("input.codes")), r"has extra tensors \['input.codes'\]"),
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
    "a newer version": (lambda m: m.update(format_version=4), "has format_version 4, needs 3; write the store anew"),
    "an older version": (
        lambda m: m.update(format_version=1),
        "has format_version 1, needs 3; .* or read it with the checkout that wrote it",
    ),
    "no version": (lambda m: m.pop("format_version"), "has format_version None, needs 3"),
    "version true": (lambda m: m.update(format_version=True), "has format_version True, needs 3"),
    "an unknown key": (lambda m: m.update(author="x"), "author"),
    "a missing key": (
        lambda m: m["files"]["manifest.schema.json"].pop("sha256"),
        r"at \$.files\['manifest.schema.json'\] 'sha256' is a required property",
    ),
    "a bad hash": (lambda m: m["files"]["manifest.schema.json"].update(sha256="xyz"), "sha256"),
    "a climbing path": (lambda m: m["files"].update({"../one.json": {}}), "manifest.schema.json"),
    "an absolute path": (lambda m: m["files"].update({"/etc/passwd": {}}), "manifest.schema.json"),
    "an unsafe id": (lambda m: m["groups"][1]["cases"].append("tiny/../one"), "manifest.schema.json"),
    "a case twice": (lambda m: m["groups"].append(m["groups"][0]), "has the case other/deep/three twice"),
    "a case of another family": (
        lambda m: m["groups"][1]["cases"].append("other/four"),
        "has other/four in the family tiny",
    ),
    "a group without file": (
        lambda m: m["files"].pop("tiny/some/group.json"),
        "has no file tiny/some/group.json, needs one for each group",
    ),
}


@pytest.mark.parametrize("what", BROKEN_MANIFESTS)
def test_a_broken_manifest_is_refused_when_opened(root, what):
    change, message = BROKEN_MANIFESTS[what]
    edit_manifest(root, change)
    with pytest.raises(StoreError, match=message) as caught:
        Store(root)
    assert str(root / "manifest.json") in str(caught.value)


BROKEN_GROUPS = {
    "another version": (lambda g: g.update(format_version=1), "has format_version 1, needs 3"),
    "an unknown key": (lambda g: g.update(author="x"), "author.* needs what group.schema.json describes"),
    "a missing key": (lambda g: entry(g).pop("title"), r"at \$.cases\[0\] 'title' is a required property"),
    "an unknown format": (lambda g: entry(g)["tensors"]["input.codes"].update(format="fp4"), "fp4"),
    "a climbing path": (lambda g: entry(g).update(file="../one.safetensors"), "group.schema.json"),
    "another case's file": (
        lambda g: entry(g).update(file="tiny/some/two.safetensors"),
        "has file 'tiny/some/two.safetensors' for tiny/one, needs 'tiny/some/one.safetensors'",
    ),
    "another family": (lambda g: g.update(family="other"), "has other cases than manifest.json lists for it"),
    "another case": (lambda g: g["cases"].pop(), "has other cases than manifest.json lists for it"),
    "an undefined flag": (lambda g: entry(g)["flags"].append("typo"), r"undefined flags in tiny/one.*\['typo'\]"),
    "an array without a note": (
        lambda g: g["arrays"].pop("input.codes"),
        r"undefined arrays in tiny/one.*\['input.codes'\]",
    ),
    "an undefined comparison": (
        lambda g: g["arrays"]["input.codes"].update(compare="roughly"),
        r"undefined compare words.*\['roughly'\]",
    ),
}


@pytest.mark.parametrize("what", BROKEN_GROUPS)
def test_a_broken_group_is_refused_when_a_case_of_it_is_loaded(root, what):
    change, message = BROKEN_GROUPS[what]
    edit_group(root, change)
    store = Store(root)
    with pytest.raises(StoreError, match=message) as caught:
        store.load("tiny/one")
    assert str(root / "tiny/some/group.json") in str(caught.value)
    store.load("other/deep/three")


def test_a_group_file_that_the_manifest_does_not_know_is_refused(root):
    path = root / "tiny/some/group.json"
    path.write_bytes(path.read_bytes().replace(b"Bit for bit", b"Bit by bit."))
    with pytest.raises(StoreError, match=r"group.json: has SHA-256 .* needs .* as the manifest says"):
        Store(root).load("tiny/one")
    with pytest.raises(StoreError, match="has no group tiny/none"):
        Store(root).group("tiny", "none")


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"format_version": NaN}', '{"a": 1, "a": 2}', "\xff"])
def test_a_manifest_that_is_not_json_is_refused(root, text):
    (root / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(StoreError, match=r"manifest\.json: has"):
        Store(root)


def test_a_missing_manifest_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(StoreError, match=r"cannot be read: .*; needs a manifest, which `python -m vectors` writes"):
        Store(tmp_path / "nowhere")


def test_an_unknown_case_is_refused(root):
    assert "tiny/four" not in Store(root)
    with pytest.raises(StoreError, match="has no case 'tiny/four'"):
        Store(root).load("tiny/four")


def test_the_one_nan_of_expected_arrays(root):
    """Which NaN an operation gives depends on the processor, so expected arrays hold one."""

    def odd(case, inputs):
        return {"value": inputs["nans"], "gate": inputs["gate"], "text": np.array([1, 2])}

    case = make_case("tiny/foreign", expected=odd)
    found = generate(case)
    assert bits(found.inputs["nans"]).tolist() == [0x7FF8000000000001, 0xFFF800000000BEEF, 1 << 63]
    assert bits(found.expected["value"]).tolist() == [0x7FF8 << 48, 0x7FF8 << 48, 1 << 63]
    assert same_bits(case.inputs(), found.inputs)


def test_the_store_serves_its_cases_and_others_are_generated(root, cases):
    store = Store(root)
    foreign = make_case("tiny/foreign")
    assert same_bits(registry.vector(foreign, store).inputs, foreign.inputs())
    flip_bit(root)
    with pytest.raises(StoreError, match="SHA-256"):
        registry.vector(cases[0], store)
    with pytest.raises(StoreError, match=r"has tiny/two with params \{\}, needs \{'k': 2\}"):
        registry.vector(make_case("tiny/two", params={"k": 2}), store)
