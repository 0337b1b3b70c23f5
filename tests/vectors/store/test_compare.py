"""Does a comparison of two stores say what changed in which case, and miss nothing?"""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from tests.vectors.store.stores import edit_group, edit_manifest, entry, refresh
from tests.vectors.tiny_cases import FLAGS, NOTES, make_case, tiny_inputs
from vectors import export
from vectors.store import manifest
from vectors.store.compare import WAS_IS, differences
from vectors.store.formats import StoreError
from vectors.store.store import Store
from vectors.store.writing import write


@pytest.fixture
def other(root, tmp_path):
    shutil.copytree(root, tmp_path / "other")
    return tmp_path / "other"


def lines(old, new):
    return list(differences(Store(old), Store(new), WAS_IS))


def test_equal_stores_have_no_difference(root, other):
    assert lines(root, other) == []


def test_changed_arrays_are_named_with_index_bits_and_values(root, tmp_path, cases, monkeypatch, capsys):
    def changed(case):
        inputs = dict(tiny_inputs(case))
        codes, scale = inputs["codes"].copy(), inputs["x_scale"].copy()
        codes[1, 5], scale[:] = 0x38, 130
        return inputs | {"codes": codes, "x_scale": scale, "long": np.zeros(4, np.int64)}

    one = make_case("tiny/one", inputs=changed, expected=lambda c, i: {}, params=cases[0].params)
    new = tmp_path / "new"
    write([one, cases[2], make_case("tiny/added")], new, flags=FLAGS, notes=NOTES)
    old_code, old_scale = cases[0].inputs()["codes"][1, 5], int(cases[0].inputs()["x_scale"][0, 0])
    assert export.diff(root, new) == 1
    found = capsys.readouterr().out.splitlines()
    assert any(
        line.startswith(f"tiny/one: input.codes first differs at [1, 5]: was 0x{old_code:02x} (")
        and line.endswith(", is 0x38 (1); 1 of 64 differ")
        for line in found
    )
    was = f"was 0x{old_scale:02x} (2^{old_scale - 127}), is 0x82 (2^3); 2 of 2 differ"
    assert f"tiny/one: input.x_scale first differs at [0, 0]: {was}" in found
    for line in (
        "tiny/one: input.long was int64 [3], is int64 [4]",
        "tiny/one: expected.value was float64 [3], is no such tensor",
        "tiny/two: removed",
        "tiny/added: added",
    ):
        assert line in found
    assert "changed under" in found[-2] and "tiny/one" in found[-2] and "tiny/two" not in found[-2]
    assert found[-1].endswith(f"{len(found) - 1} differences")
    monkeypatch.setattr(manifest, "GENERATOR_VERSION", manifest.GENERATOR_VERSION + 1)
    write([one], new, flags=FLAGS, notes=NOTES)
    assert not any("changed under" in line for line in lines(root, new))
    assert any(line.startswith("manifest.json: generator_version was") for line in lines(root, new))


def test_what_cases_and_groups_say_about_themselves_is_compared(root, other):
    def edit(group):
        entry(group)["title"] = "Another."
        entry(group)["params"]["limit"] = 3
        group["notes"] = "Bit by bit."
        group["arrays"]["input.codes"]["means"] = "Codes."

    edit_group(other, edit)
    edit_manifest(other, lambda content: content["flags"].update(rounding="Rounds."))
    assert lines(root, other) == [
        "manifest.json: flags.rounding was 'Rounds the wrong way.', is 'Rounds.'",
        "tiny/some: notes was 'Bit for bit.', is 'Bit by bit.'",
        "tiny/some: arrays.input.codes.means was 'Something.', is 'Codes.'",
        "tiny/one: params.limit was 'Infinity', is 3",
        "tiny/one: title was 'A tiny case.', is 'Another.'",
    ]


def test_other_bytes_of_equal_content_are_a_difference(root, other):
    """Byte for byte: the form of a JSON file, an edited text and a schema count as well."""
    edit_group(other, lambda group: None)
    text = other / "tiny/some/cases.txt"
    text.write_bytes(text.read_bytes().replace(b"eighths", b"eights", 1))
    refresh(other, "tiny/some/cases.txt")
    (other / "group.schema.json").write_text("{}\n")
    refresh(other, "group.schema.json")
    found = lines(root, other)
    assert [line.split(":")[0] for line in found] == [
        "group.schema.json",
        "manifest.json",
        "tiny/some/cases.txt",
        "tiny/some/group.json",
    ]
    assert "line 7 was '    least" in found[2] and "eights" in found[2].partition(" is ")[2]


def test_missing_extra_and_damaged_files_are_named(root, other):
    (other / "tiny/some/cases.txt").unlink()
    (other / "tiny/some/notes.txt").write_text("mine")
    (other / "README.md").write_text("not a store's")
    (other / ".hidden").write_text("nobody's")
    (other / "tiny/loop.txt").symlink_to("loop.txt")
    raw = bytearray((other / "tiny/some/two.safetensors").read_bytes())
    raw[-1] ^= 1
    (other / "tiny/some/two.safetensors").write_bytes(raw)
    assert [line.partition(" has ")[0] for line in lines(other, root)] == [
        f"tiny/two: {other}/tiny/some/two.safetensors:",
        "tiny/some/cases.txt: was no file, is one",
        *(
            f"{name}: was an extra file, not in the manifest"
            for name in ("README.md", "tiny/loop.txt", "tiny/some/notes.txt")
        ),
    ]
    assert "README.md: is an extra file, not in the manifest" in lines(root, other)


def test_a_file_that_links_to_itself_is_named(root, other):
    path = other / "tiny/some/two.safetensors"
    path.unlink()
    path.symlink_to(path.name)
    assert any("has a link that leads nowhere" in line or "cannot be read" in line for line in lines(other, root))


def test_a_manifest_without_one_of_its_groups_is_refused(other):
    path = other / "manifest.json"
    document = json.loads(path.read_text())
    document["groups"].pop()
    path.write_text(json.dumps(document))
    with pytest.raises(StoreError, match=r"has files in .*, needs a group for each folder"):
        Store(other)


def test_a_group_that_only_one_store_has(root, tmp_path, cases):
    write(cases[:1], tmp_path / "less", flags=FLAGS, notes=NOTES)
    assert "other/deep/three: removed" in lines(root, tmp_path / "less")
    assert "other/deep/three: added" in lines(tmp_path / "less", root)


def test_a_damaged_group_file_stops_the_comparison(root, other):
    (other / "tiny/some/group.json").write_text(json.dumps({}))
    with pytest.raises(StoreError, match=r"group.json: has 2 bytes, needs"):
        lines(other, root)


def test_a_file_whose_header_alone_differs(root, other):
    path = other / "tiny/some/two.safetensors"
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    path.write_bytes((size + 8).to_bytes(8, "little") + raw[8 : 8 + size] + b" " * 8 + raw[8 + size :])
    refresh(other, "tiny/some/two.safetensors")
    assert lines(root, other) == ["tiny/two: the file differs in its header only, every tensor is equal"]
