"""Does every case have a group, and every array and parameter a meaning?"""

from __future__ import annotations

import math
import re
import tomllib

import pytest

from tests.vectors.tiny_cases import NOTES, make_case
from vectors.registry import all_cases
from vectors.store.formats import StoreError
from vectors.store.notes import ARRAYS, project_notes
from vectors.store.store import generate

STORED = [case for case in all_cases() if case.in_stores]


def test_every_case_has_a_group_and_every_group_a_case():
    notes = project_notes()
    held = {notes.group_of(case.id).path for case in STORED}
    empty = {group.path for group in notes.groups} - held
    assert {path for path in empty if not path.endswith("/combined")} == set()


def test_every_parameter_has_a_meaning():
    """One case of each family and parameter, so that all that lack a note are named at once."""
    first = {(case.family, name): case for case in STORED for name in case.params}
    problems = set()
    for case in first.values():
        try:
            project_notes().parameters([case])
        except StoreError as error:
            problems.add(str(error))
    assert problems == set()


def size(case):
    """How much there is to generate, roughly."""
    names = ("T", "H", "I", "E", "N", "K")
    return math.prod(case.params.get(name) or 1 for name in names) + math.prod(case.params.get("shape", [1]))


def test_every_array_has_a_meaning():
    """Of the smallest case of each group and set of requirements: cases of a family differ little in their arrays."""
    notes = project_notes()
    chosen = {}
    for case in sorted(STORED, key=size, reverse=True):
        if case.tier != "exhaustive" and size(case) <= 1 << 24:
            group = notes.group_of(case.id).path
            chosen[group, () if group.endswith("/combined") else case.requirements] = case
    problems = set()
    for case in chosen.values():
        vector = generate(case)
        names = [f"input.{name}" for name in vector.inputs] + [f"expected.{name}" for name in vector.expected]
        for name in names:
            try:
                notes.array(case.family, name)
            except StoreError as error:
                problems.add(str(error))
    assert problems == set()


def test_notes_refer_to_groups_that_there_are():
    notes = project_notes()
    paths = {group.path for group in notes.groups}
    families = {group.family for group in notes.groups}
    for group in notes.groups:
        named = set(re.findall(r"\b([a-z0-9-]+/[a-z0-9-]+)\b", group.notes))
        assert {name for name in named if name.split("/")[0] in families} <= paths, group.path


def test_every_comparison_in_a_note_is_defined():
    notes = project_notes()
    table = tomllib.loads(ARRAYS.read_text(encoding="utf-8"))
    del table["compare"]
    used = {note["compare"] for family in table.values() for name, note in family.items() if name != "like"}
    assert used == notes.compare.keys()


def test_the_first_group_that_matches_takes_the_case():
    assert NOTES.group_of("tiny/two").path == "tiny/some"
    assert NOTES.group_of("other/deep/three").path == "other/deep"
    for case_id in ("tiny/six", "deep/three", "tinyx/one"):
        with pytest.raises(StoreError, match=rf"groups\.toml: has no group for the case {case_id}, needs a pattern"):
            NOTES.group_of(case_id)


def test_what_has_no_note_is_refused_with_where_it_belongs():
    assert NOTES.array("other", "input.x")["means"] == "Something."
    with pytest.raises(StoreError, match=r"array_notes\.toml: has no note on hidden of the family tiny"):
        NOTES.array("tiny", "hidden")
    with pytest.raises(StoreError, match=r"array_notes\.toml: has no note on input.x of the family nobody"):
        NOTES.array("nobody", "input.x")
    with pytest.raises(StoreError, match=r"parameter_notes\.toml: has no meaning of q, a parameter of tiny/one"):
        NOTES.parameters([make_case("tiny/one", params={"q": 1})])
    assert list(NOTES.parameters([make_case("tiny/one", params={"shape": 1, "k": 2})])) == ["k", "shape"]
