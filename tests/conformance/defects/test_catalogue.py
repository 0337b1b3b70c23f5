"""Does the catalogue load, and does every entry still match the source?"""

from __future__ import annotations

import ast
import collections
import re
import tomllib
from pathlib import Path

import pytest

from conformance.defects import catalogue
from conformance.defects.catalogue import CatalogueError
from conformance.defects.fields import FIELDS
from conformance.defects.mutant import edited
from conformance.requirements import REQUIREMENTS
from conformance.subjects.base import STAGES_OF_FAMILY

# Defects that are known, as a checkout may have them beside it. Where it does not, the tests skip.
SHARED = Path(__file__).resolve().parents[4] / "shared"
KNOWN = ("known_defects.toml", "more_defects.toml")
ENTRY = {"id": "a-defect", "field": "codec", "defect": "It is wrong.", "revealed_by": "Any data.", "source": "own"}
EDIT = {"file": "kernels/quantize.py", "anchor": "a", "replacement": "b"}


def toml(entry, edits):
    lines = ["[[defect]]", *(f'{key} = "{value}"' for key, value in entry.items())]
    for edit in edits:
        lines += ["[[defect.edits]]", *(f'{key} = "{value}"' for key, value in edit.items())]
    return "\n".join(lines) + "\n"


def load(folder, text):
    path = folder / "catalogue.toml"
    path.write_text(text)
    return catalogue.load(path)


@pytest.mark.parametrize("defect", catalogue.load(), ids=lambda defect: defect.id)
def test_every_anchor_occurs_once_and_the_result_is_python(defect):
    for text in edited(defect).values():
        ast.parse(text)


def test_the_shipped_catalogue_covers_every_field():
    counts = collections.Counter(defect.field for defect in catalogue.load())
    assert set(counts) == set(FIELDS)
    assert sum(counts.values()) >= 24


def known_defects():
    files = [SHARED / name for name in KNOWN if (SHARED / name).is_file()]
    if not files:
        pytest.skip(f"{SHARED} has none of {', '.join(KNOWN)}")
    return [row for file in files for row in tomllib.loads(file.read_text(encoding="utf-8"))["defect"]]


def test_every_known_defect_is_an_entry_of_its_field():
    fields = {defect.id: defect.field for defect in catalogue.load()}
    known = {row["id"]: row["field"].removesuffix("/routing") for row in known_defects()}
    assert {name: fields.get(name) for name in known} == known


def test_every_thread_of_a_known_defect_is_named():
    sources = {defect.id: defect.source for defect in catalogue.load()}
    for row in known_defects():
        if not row["source"].startswith("none"):
            missing = set(re.findall(r"#\d+", row["source"])) - set(re.findall(r"#\d+", sources[row["id"]]))
            assert not missing, (row["id"], missing)


def test_entries_have_words_of_their_own():
    found = {defect.id: defect for defect in catalogue.load()}
    for row in known_defects():
        entry = found[row["id"]]
        assert entry.defect.rstrip(".").lower() != row["defect"].rstrip(".").lower(), entry.id


@pytest.mark.parametrize("defect", catalogue.load(), ids=lambda defect: defect.id)
def test_a_source_is_threads_or_own(defect):
    thread = r"[\w.-]+/[\w.-]+ #\d+"
    assert defect.source == "own" or re.fullmatch(f"{thread}(; {thread})*", defect.source)


def test_what_cannot_be_told_or_made_has_an_argument():
    arguments = {
        defect.id: defect.not_applicable or defect.equivalent for defect in catalogue.load() if not defect.applicable
    }
    assert {name for name, text in arguments.items() if len(text.split()) < 20} == set()
    assert len(set(arguments.values())) == len(arguments), "each entry has its own"


@pytest.mark.parametrize("defect", catalogue.load(), ids=lambda defect: defect.id)
def test_a_defect_of_a_platform_layer_is_judged_on_that_platform(defect):
    of_a_backend = [edit for edit in defect.edits if edit.file.startswith("conformance/")]
    assert bool(of_a_backend) == bool(defect.backend)


def test_fields_name_families_and_requirements_that_exist():
    known = (*REQUIREMENTS, "PLT-")
    for name, field in FIELDS.items():
        assert set(field.families) <= set(STAGES_OF_FAMILY), name
        for prefix in field.requirements:
            assert any(requirement.startswith(prefix) for requirement in known), (name, prefix)


def test_an_entry_is_read_as_written(tmp_path):
    (found,) = load(tmp_path, toml(ENTRY, [EDIT]))
    assert (found.id, found.subject, found.packages) == ("a-defect", "native", ("kernels",))
    assert found.edits[0].replacement == "b"


def test_an_entry_that_cannot_apply_has_a_reason_and_no_edits(tmp_path):
    (found,) = load(tmp_path, toml(ENTRY | {"not_applicable": "Another format."}, []))
    assert (found.edits, found.applicable) == ((), False)


def test_an_equivalent_mutant_is_still_made(tmp_path):
    (found,) = load(tmp_path, toml(ENTRY | {"equivalent": "x + 0 is x."}, [EDIT]))
    assert (len(found.edits), found.applicable) == (1, False)


def test_the_files_of_a_folder_are_one_catalogue(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(toml(ENTRY | {"id": name}, [EDIT]))
    assert [entry.id for entry in catalogue.load(tmp_path)] == ["a", "b"]
    (tmp_path / "b.toml").write_text(toml(ENTRY | {"id": "a"}, [EDIT]))
    with pytest.raises(CatalogueError, match="has a more than once"):
        catalogue.load(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match=r"has no \.toml file"):
        catalogue.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "Not A Slug"}, ("entry 1", "id", "Not A Slug", "lower-case")),
        ({"field": "colour"}, ("a-defect", "field", "colour", "codec")),
        ({"subject": "someone"}, ("a-defect", "subject", "someone", "emulation")),
        ({"defect": " "}, ("a-defect", "defect", "needs a text")),
        ({"colour": "blue"}, ("a-defect", "unknown key", "colour")),
        ({"source": None}, ("a-defect", "no source")),
        ({"backend": "abacus"}, ("a-defect", "backend", "abacus", "interpreter")),
        ({"equivalent": ""}, ("a-defect", "equivalent", "needs a text")),
        ({"not_applicable": "Another format."}, ("a-defect", "edits and not_applicable")),
    ],
)
def test_a_bad_entry_is_refused_by_name(tmp_path, change, words):
    entry = {key: value for key, value in (ENTRY | change).items() if value is not None}
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, toml(entry, [EDIT]))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("edits", "word"),
    [
        ([], "at least one"),
        ([{"file": "kernels/quantize.py", "anchor": "a"}], "replacement"),
        ([EDIT | {"file": "../elsewhere.py"}], "../elsewhere.py"),
        ([EDIT | {"file": "noxfile.py"}], "noxfile.py"),
        ([EDIT | {"anchor": ""}], "empty"),
        ([EDIT | {"replacement": "a"}], "equals its anchor"),
    ],
)
def test_a_bad_edit_is_refused_by_name(tmp_path, edits, word):
    with pytest.raises(CatalogueError, match=r"a-defect") as caught:
        load(tmp_path, toml(ENTRY, edits))
    assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "word"),
    [("", "no entry"), ("[other]\n", "other"), ("[[defect", "catalogue.toml"), ("defect = [1]\n", "entry 1")],
)
def test_a_bad_file_is_refused(tmp_path, text, word):
    with pytest.raises(CatalogueError, match=word):
        load(tmp_path, text)


def test_ids_are_unique(tmp_path):
    with pytest.raises(CatalogueError, match="more than once"):
        load(tmp_path, toml(ENTRY, [EDIT]) * 2)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match=r"nowhere\.toml"):
        catalogue.load(tmp_path / "nowhere.toml")


def test_a_field_leaves_out_families_that_only_end_alike():
    assert FIELDS["quantize"].expression == "quantize/ and not activation-quantize/ and not dequantize/"
