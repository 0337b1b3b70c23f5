"""Is the committed store what its notes say: within its size, by its schema, each array of the shape that is noted?"""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
import safetensors.numpy

from vectors.registry import GOLDEN, all_cases, committed_store
from vectors.store import manifest
from vectors.store.store import Store

MOST = int(4.5 * 2**20)  # of the 5 MiB that a checkout may carry: room for a few cases more
STORE = Store(GOLDEN)
GROUPS = [(group["family"], group["group"]) for group in STORE.manifest["groups"]]


def test_the_store_is_small():
    sizes = {path: path.stat().st_size for path in GOLDEN.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= MOST
    listed = sum(file["bytes"] for file in STORE.manifest["files"].values())
    assert sum(sizes.values()) == listed + (GOLDEN / manifest.NAME).stat().st_size


def test_it_holds_the_golden_cases_of_the_quick_tier():
    golden = {case.id for case in all_cases() if case.golden and case.tier == "quick" and not case.device}
    assert set(STORE.ids) == golden


def test_the_suite_reads_it():
    assert committed_store() is not None


@pytest.mark.parametrize("kind", ["manifest", "group"])
def test_the_schemas_in_the_store_describe_its_files(kind):
    schema = json.loads((GOLDEN / f"{kind}.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    files = [GOLDEN / "manifest.json"] if kind == "manifest" else sorted(GOLDEN.glob("*/*/group.json"))
    assert files
    for file in files:
        validator.validate(json.loads(file.read_text()))


def test_each_file_says_what_it_holds():
    for name in STORE.ids:
        entry = STORE.entry(name)
        with safetensors.safe_open(GOLDEN / entry["file"], "np") as file:
            ((_, said),) = file.metadata().items()  # several would come in any order
        needs = {"case": name, "generator_version": STORE.generator_version, "tensors": entry["tensors"]}
        assert json.loads(said) == needs


@pytest.mark.parametrize("group", GROUPS, ids="/".join)
def test_every_array_has_the_noted_shape(group):
    content = STORE.group(*group)
    for case in content["cases"]:
        sizes: dict[str, int] = {}
        for name, spec in case["tensors"].items():
            problem = misfit(content["arrays"][name]["shape"], spec["shape"], sizes)
            assert not problem, f"{case['id']}: {name} {spec['shape']}: {problem}"
        for name, size in sizes.items():
            assert case["params"].get(name, size) == size, f"{case['id']}: {name}"


def misfit(noted: str, shape: list[int], sizes: dict[str, int]) -> str | None:
    """Why a shape is not the noted one, or None; ``sizes`` learns the plain names."""
    words = noted.strip("[]").split(", ")
    if words[0] == "...":
        words, shape = words[1:], shape[len(shape) - len(words) + 1 :]
    if len(words) != len(shape):
        return f"{noted} has {len(words)} axes"
    for word, size in zip(words, shape, strict=True):
        factor, name, divisor = re.fullmatch(r"(?:(\d+)\*)?(\w+|\w\*\w)(?:/(\d+))?", word).groups()
        whole = size * int(divisor or 1) / int(factor or 1)
        if name.isdigit():
            expected = int(name)
        elif "*" in name:
            expected = sizes[name[0]] * sizes[name[2]] if set(name) - {"*"} <= sizes.keys() else whole
        else:
            expected = sizes.setdefault(name, whole)
        if whole != expected:
            return f"{word} of {noted} has {size}"
    return None


@pytest.mark.parametrize(
    ("noted", "shape", "fits"),
    [
        ("[..., K/32]", [2, 3, 4], True),
        ("[..., K/32]", [3], False),
        ("[T, 2*I]", [5, 6], True),
        ("[T, 2*I]", [5, 7], False),
        ("[T*k, 2]", [10, 2], True),
        ("[T*k, 2]", [9, 2], False),
        ("[T]", [5, 1], False),
    ],
)
def test_a_wrong_shape_is_noticed(noted, shape, fits):
    assert (misfit(noted, shape, {"T": 5, "k": 2, "K": 128, "I": 3}) is None) == fits


@pytest.mark.parametrize("group", GROUPS, ids="/".join)
def test_accepted_sets_are_laid_out_as_the_comparisons_say(group):
    """Each hi has its lo of the same shape and format, each mask its values, each context no comparison."""
    content = STORE.group(*group)
    for case in content["cases"]:
        compare = {name: content["arrays"][name]["compare"] for name in case["tensors"]}
        for name, word in compare.items():
            assert (word in ("input", "context")) >= name.startswith("input."), name
            if word in ("hi", "real-hi", "nan", "free"):
                low = name.rpartition(".")[0] + ".lo"
                assert compare[low] == ("real-lo" if compare[low] == "real-lo" else "lo")
                assert case["tensors"][low]["shape"] == case["tensors"][name]["shape"]
            if word in ("mask", "nan", "free"):
                assert case["tensors"][name]["format"] == "bool"


def test_it_can_be_read_with_json_and_safetensors_alone():
    content = json.loads((GOLDEN / "manifest.json").read_text())
    for listed in content["groups"]:
        group = json.loads((GOLDEN / listed["family"] / listed["group"] / "group.json").read_text())
        for case in group["cases"]:
            tensors = safetensors.numpy.load_file(GOLDEN / case["file"])
            assert {name: list(array.shape) for name, array in tensors.items()} == {
                name: spec["shape"] for name, spec in case["tensors"].items()
            }
