"""Is every edit of a report either refused in one line or shown by every command, without a traceback?"""

from __future__ import annotations

import copy
import json
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.__main__ import main
from reports.keeping import reading
from reports.model import SCHEMA
from tests.reports.full_report import NUMBER, write_full
from tests.reports.keeping.test_reading import GOOD

VALUES = (
    *(None, True, False, 0, 1, -1, 3, 2**53 - 1, 2**53, 10**40, 0.5, -0.0, 1e308, 1e-308, float("nan"), float("inf")),
    *("", " ", "a", "A-01", "fail", "pass", "\x00\udcff\u202e", "<b>|`$@a\n::error::", "x" * 5000, "1/2", "9999/1"),
    *("0" * 16, "====", "a/b/c", "%s{}{{", "-01", "gate", "2030-01-01"),
    *([], {}, [[]], [None], {"": ""}, {"a": {}}, [0, 0], [1, 2, 3], ["a"] * 300),
)
FILES = {"report.html", "report.md", "junit.xml"}


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    return [write_full(tmp_path_factory.mktemp("full"), shard="1/1"), GOOD]


@pytest.fixture(autouse=True)
def schema_asked_once_of_each_document(monkeypatch):
    """Seven commands read the same documents, and most of the time goes into the same answers of the schema."""
    first, errors = reading._validator().iter_errors, {}

    class Remembering:
        def iter_errors(self, document):
            text = json.dumps(document)
            if text not in errors:
                errors[text] = [*islice(first(document), 1)]
            return errors[text]

    monkeypatch.setattr(reading, "_validator", Remembering)


def _places(value, path=()):
    """Where something stands in a report: a path of names and numbers for each."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from _places(inner, (*path, name))


def _at(document, path):
    """What stands there; None where earlier edits have removed it."""
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


@st.composite
def edits(draw, documents):
    """A report with one to three things replaced, removed, doubled, added, or swapped with another."""
    document = copy.deepcopy(documents[draw(st.integers(0, len(documents) - 1))])
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        *path, last = draw(st.sampled_from(places))
        place = document
        for step in path:
            place = place[step]
        kind = draw(st.sampled_from(["value", "value", "remove", "double", "add", "swap"]))
        if kind == "value":
            place[last] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        elif kind == "remove":
            del place[last]
        elif kind == "double" and isinstance(place, list):
            place.append(copy.deepcopy(place[last]))
        elif kind == "add" and isinstance(place, dict):
            name = draw(st.sampled_from(["", "colour", "expected", "pictures", "histograms", "launches"]))
            place[name] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        elif kind == "swap":
            *way, end = draw(st.sampled_from(places))
            place[last] = copy.deepcopy(_at(document, (*way, end)))
    return document


def _asked(capsys, *words):
    """The exit code of a command; what is refused says so in one line and does nothing else."""
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    if code == 2:
        assert said.err.count("\n") == 1 and said.out == "", said
        assert "\x1b" not in said.err and "\x00" not in said.err and len(said.err) < 2000
    return code


def check(document, folder, capsys):
    """Ask every command about this document."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    whole = folder / "whole"
    (folder / "report.json").write_text(json.dumps(document))
    code = _asked(capsys, "render", folder)
    assert {path.name for path in folder.iterdir()} - {"whole", "sound"} == {
        "report.json",
        *(FILES if code == 0 else ()),
    }
    assert code in (0, 2)
    assert _asked(capsys, "annotations", folder) == code
    assert (_asked(capsys, "lowering-diff", folder, folder / "sound") == 2) == (code == 2)
    assert (_asked(capsys, "compare", folder, folder / "sound") == 2) == (code == 2)
    assert (_asked(capsys, "gate", folder / "sound", folder) == 2) == (code == 2)
    merged = _asked(capsys, "merge", folder, "--out", whole)
    if merged != 2:
        assert code == 0
        assert _asked(capsys, "render", whole) == 0, "what a merge writes is a report"
    return code


def test_any_edit_is_refused_or_shown(documents, tmp_path, capsys):
    write_full(tmp_path / "sound", shard="1/1")
    codes = []

    @settings(max_examples=150, deadline=None)
    @given(edits(documents))
    def ask(document):
        codes.append(check(document, tmp_path, capsys))

    ask()
    assert {0, 2} <= set(codes), "some edits are of no weight, others break the report"


def test_no_edit_at_all_is_shown(documents, tmp_path, capsys):
    write_full(tmp_path / "sound", shard="1/1")
    assert documents[0]["schema"] == SCHEMA and len(documents[0]["cases"]) == NUMBER
    assert [check(document, tmp_path, capsys) for document in documents] == [0, 0]
